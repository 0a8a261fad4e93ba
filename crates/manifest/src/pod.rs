//! Pods, and the templates of pods in the objects that make them.

use crate::{Object, View};

/// The pod that an object is or makes.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'t> {
    /// Its `spec`, a map.
    pub spec: View<'t>,
    /// Its `metadata`, if that is a map.
    pub metadata: Option<View<'t>>,
}

/// In which of a pod's lists a container stands, and so when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerKind {
    /// One of `containers`.
    Main,
    /// One of `initContainers` that ends before the main ones start.
    Init,
    /// One of `initContainers` with `restartPolicy: Always`: it runs beside the main ones.
    Sidecar,
    /// One of `ephemeralContainers`.
    Ephemeral,
}

impl ContainerKind {
    /// The name in policies and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "container",
            Self::Init => "init",
            Self::Sidecar => "sidecar",
            Self::Ephemeral => "ephemeral",
        }
    }
}

impl<'t> Pod<'t> {
    /// The pod of a Pod, PodTemplate, ReplicationController, Deployment, ReplicaSet, StatefulSet,
    /// DaemonSet, Job or CronJob, of an Argo Rollout or an OpenShift DeploymentConfig.
    pub fn of(object: &Object<'t>) -> Option<Self> {
        let path: &[&str] = match (object.group(), object.kind) {
            ("", "Pod") => &[],
            ("", "PodTemplate") => &["template"],
            ("", "ReplicationController" | "DeploymentConfig")
            | ("apps" | "extensions", "Deployment" | "ReplicaSet" | "DaemonSet")
            | ("apps", "StatefulSet")
            | ("batch", "Job")
            | ("argoproj.io", "Rollout")
            | ("apps.openshift.io", "DeploymentConfig") => &["spec", "template"],
            ("batch", "CronJob" | "ScheduledJob") => &["spec", "jobTemplate", "spec", "template"],
            _ => return None,
        };
        let template = object.view.at(path)?;
        let map = |key| template.get(key).filter(|view: &View<'t>| view.is_map());
        Some(Self { spec: map("spec")?, metadata: map("metadata") })
    }

    /// Its containers of every kind, in the order in which they start.
    pub fn containers(&self) -> impl Iterator<Item = (ContainerKind, View<'t>)> + use<'t> {
        let spec = self.spec;
        let list = move |key| spec.get(key).map(View::elements).into_iter().flatten();
        let with = |kind| move |view: View<'t>| (kind, view);
        let init = list("initContainers").map(|view| (init(view), view));
        init.chain(list("containers").map(with(ContainerKind::Main)))
            .chain(list("ephemeralContainers").map(with(ContainerKind::Ephemeral)))
            .filter(|(_, view)| view.is_map())
    }
}

fn init(container: View<'_>) -> ContainerKind {
    match container.get("restartPolicy").and_then(View::as_str) {
        Some("Always") => ContainerKind::Sidecar,
        _ => ContainerKind::Init,
    }
}
