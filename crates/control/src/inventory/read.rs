//! What the inventory takes from the JSON of an object. Lenient: a field of another type than
//! Kubernetes says is as good as absent.

use super::{image::digest_of, names::Names};
use cofferdam_manifest::ContainerKind;
use cofferdam_model::Digest;
use serde_json::Value;
use std::sync::Arc;

/// One container of a pod or of a template of pods.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Container {
    /// Its name.
    pub name: Arc<str>,
    /// In which list it stands.
    pub kind: ContainerKind,
    /// The image as it is written.
    pub image: Arc<str>,
    /// The image that runs; only where a runtime has said.
    pub digest: Option<Digest>,
    /// `securityContext.privileged`.
    pub is_privileged: bool,
}

/// Where in its life a pod is (Kubernetes API, `PodStatus.phase`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Not all containers have started yet.
    #[default]
    Pending,
    /// It runs.
    Running,
    /// All containers ended well.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
    /// The node does not answer.
    Unknown,
}

impl Phase {
    /// The word as Kubernetes writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether it has ended: its images run no more.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    fn of(word: &str) -> Self {
        match word {
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            "Unknown" => Self::Unknown,
            _ => Self::Pending,
        }
    }
}

/// What a pod itself says.
#[derive(Debug, Default)]
pub(super) struct PodFacts {
    pub(super) node: Option<String>,
    pub(super) phase: Phase,
    pub(super) is_ready: bool,
    /// Milliseconds since 1970.
    pub(super) started: Option<i64>,
    pub(super) created: i64,
    pub(super) account: String,
    pub(super) containers: Vec<Container>,
    pub(super) has_ephemeral: bool,
    /// Names of secrets, between commas.
    pub(super) pull_secrets: String,
}

/// What an object that makes pods says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OwnerFacts {
    pub(super) desired: Option<u32>,
    pub(super) labels: Vec<(String, String)>,
    pub(super) template: Option<Template>,
}

/// The pod that an object makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) account: String,
    pub(super) containers: Vec<Container>,
}

fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty())
}

fn list<'v>(value: &'v Value, path: &[&str]) -> impl Iterator<Item = &'v Value> + use<'v> {
    at(value, path).and_then(Value::as_array).into_iter().flatten()
}

fn millis(value: &Value, path: &[&str]) -> Option<i64> {
    text(value, path)?.parse().ok().map(jiff::Timestamp::as_millisecond)
}

fn number(value: &Value, path: &[&str]) -> Option<u32> {
    at(value, path)?.as_u64().map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

/// Reads a pod.
pub(super) fn pod(value: &Value, names: &mut Names) -> PodFacts {
    let Some(spec) = value.get("spec") else { return PodFacts::default() };
    let mut containers = containers(spec, names);
    let statuses = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];
    for status in statuses.iter().flat_map(|key| list(value, &["status", key])) {
        let (Some(name), Some(id)) = (text(status, &["name"]), text(status, &["imageID"])) else {
            continue;
        };
        if let Some(container) = containers.iter_mut().find(|one| &*one.name == name) {
            container.digest = digest_of(id);
        }
    }
    let is_ready = list(value, &["status", "conditions"])
        .any(|one| text(one, &["type"]) == Some("Ready") && text(one, &["status"]) == Some("True"));
    PodFacts {
        node: text(spec, &["nodeName"]).map(str::to_owned),
        phase: Phase::of(text(value, &["status", "phase"]).unwrap_or_default()),
        is_ready,
        started: millis(value, &["status", "startTime"]),
        created: millis(value, &["metadata", "creationTimestamp"]).unwrap_or_default(),
        account: account(spec).to_owned(),
        has_ephemeral: containers.iter().any(|one| one.kind == ContainerKind::Ephemeral),
        containers,
        pull_secrets: list(spec, &["imagePullSecrets"])
            .filter_map(|one| text(one, &["name"]))
            .collect::<Vec<_>>()
            .join(","),
    }
}

/// Reads an object that makes pods; an operator's own kind has no template that we know.
pub(super) fn owner(kind: &str, value: &Value, names: &mut Names) -> OwnerFacts {
    let pod_spec: &[&str] = match kind {
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    };
    let desired = match kind {
        "DaemonSet" => number(value, &["status", "desiredNumberScheduled"]),
        "Job" | "CronJob" => None,
        _ => number(value, &["spec", "replicas"]).or(Some(1)),
    };
    let labels = at(value, &["metadata", "labels"]).and_then(Value::as_object);
    OwnerFacts {
        desired,
        labels: labels
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect(),
        template: at(value, pod_spec).map(|spec| Template {
            account: account(spec).to_owned(),
            containers: containers(spec, names),
        }),
    }
}

fn account(spec: &Value) -> &str {
    text(spec, &["serviceAccountName"])
        .or_else(|| text(spec, &["serviceAccount"]))
        .unwrap_or("default")
}

fn containers(spec: &Value, names: &mut Names) -> Vec<Container> {
    let lists = [
        ("initContainers", ContainerKind::Init),
        ("containers", ContainerKind::Main),
        ("ephemeralContainers", ContainerKind::Ephemeral),
    ];
    let all = lists.iter().flat_map(|(key, kind)| list(spec, &[key]).map(|one| (one, *kind)));
    all.map(|(one, kind)| {
        let is_sidecar = text(one, &["restartPolicy"]) == Some("Always");
        Container {
            name: names.share(text(one, &["name"]).unwrap_or_default()),
            kind: match kind {
                ContainerKind::Init if is_sidecar => ContainerKind::Sidecar,
                kind => kind,
            },
            image: names.share(text(one, &["image"]).unwrap_or_default()),
            digest: None,
            is_privileged: at(one, &["securityContext", "privileged"]) == Some(&Value::Bool(true)),
        }
    })
    .collect()
}

/// What a node says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// `linux/amd64`; unknown as long as its kubelet has said nothing.
    pub platform: Option<String>,
    /// The kubelet's version.
    pub version: String,
    /// `containerd://1.7.24`.
    pub runtime: String,
    /// Condition `Ready`.
    pub is_ready: bool,
}

/// Reads a node.
pub(super) fn node(value: &Value) -> NodeFacts {
    let info = |key| text(value, &["status", "nodeInfo", key]);
    let platform = info("operatingSystem").zip(info("architecture"));
    NodeFacts {
        platform: platform.map(|(os, architecture)| format!("{os}/{architecture}")),
        version: info("kubeletVersion").unwrap_or_default().to_owned(),
        runtime: info("containerRuntimeVersion").unwrap_or_default().to_owned(),
        is_ready: list(value, &["status", "conditions"]).any(|one| {
            text(one, &["type"]) == Some("Ready") && text(one, &["status"]) == Some("True")
        }),
    }
}

/// The object without what changes by itself, so that a heartbeat is no change: its status (of a
/// node all but what it is and whether it is ready) and the counters of its metadata.
pub(super) fn settled(kind: &str, mut value: Value) -> Arc<str> {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["resourceVersion", "generation", "managedFields", "selfLink"] {
            metadata.remove(key);
        }
        let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
        if let Some(annotations) = annotations {
            annotations.retain(|key, _| !SELF_CHANGING.contains(&&**key));
        }
    }
    let status = value.as_object_mut().and_then(|object| object.remove("status"));
    if let ("Node", Some(status)) = (kind, status) {
        let mut kept = serde_json::Map::new();
        if let Some(info) = status.get("nodeInfo") {
            kept.insert("nodeInfo".into(), info.clone());
        }
        let conditions = list(&status, &["conditions"])
            .map(|one| serde_json::json!({"type": one.get("type"), "status": one.get("status")}));
        kept.insert("conditions".into(), conditions.collect());
        if let Some(object) = value.as_object_mut() {
            object.insert("status".into(), Value::Object(kept));
        }
    }
    value.to_string().into()
}

/// Annotations that controllers write again and again.
const SELF_CHANGING: [&str; 5] = [
    "deployment.kubernetes.io/revision",
    "control-plane.alpha.kubernetes.io/leader",
    "endpoints.kubernetes.io/last-change-trigger-time",
    "autoscaling.alpha.kubernetes.io/conditions",
    "autoscaling.alpha.kubernetes.io/current-metrics",
];
