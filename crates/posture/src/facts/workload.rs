//! The root `workload`: the pods that an object makes, with what the set says about them.

use super::node::{self, Kinds};
use crate::{
    ObjectId, ObjectSet, Workload,
    access::{Rights, Subject},
    kind::Kind,
    network::LEADING,
};
use cofferdam_cel::{Lookup, Map, Node, Source, Value};
use cofferdam_manifest::{ContainerKind, View};
use cofferdam_model::ImageReference;
use cofferdam_policy::facts::ObjectSource;
use std::sync::OnceLock;

/// The maps and lists under `workload`, by their places in [`KINDS`].
pub(super) mod kinds {
    pub(crate) const TOP: usize = 0;
    pub(crate) const CONTAINERS: usize = 1;
    pub(crate) const CONTAINER: usize = 2;
    pub(crate) const IMAGE: usize = 3;
    pub(crate) const SECURITY: usize = 4;
    pub(crate) const APP_ARMOR: usize = 5;
    pub(crate) const ACCOUNT: usize = 6;
    pub(crate) const POWERS: usize = 7;
    pub(crate) const SERVICES: usize = 8;
    pub(crate) const SERVICE: usize = 9;
    pub(crate) const PORTS: usize = 10;
    pub(crate) const EXPOSED_BY: usize = 11;
    pub(crate) const ISOLATION: usize = 12;
}

const KINDS: Kinds = &[
    &[
        "kind",
        "apiVersion",
        "name",
        "namespace",
        "labels",
        "annotations",
        "pod",
        "containers",
        "serviceAccount",
        "services",
        "exposure",
        "exposedBy",
        "isolation",
    ],
    &[],
    &["name", "kind", "spec", "image", "securityContext"],
    &["text", "registry", "repository", "tag", "digest", "valid"],
    &[
        "privileged",
        "allowPrivilegeEscalation",
        "runAsNonRoot",
        "runAsUser",
        "runAsGroup",
        "readOnlyRootFilesystem",
        "procMount",
        "capabilities",
        "seccompProfile",
        "seLinuxOptions",
        "appArmorProfile",
        "windowsOptions",
    ],
    &["type", "localhostProfile"],
    &["name", "automount", "powers"],
    &[],
    &[],
    &["name", "type", "ports"],
    &[],
    &[],
    &["ingress", "egress"],
];

/// What a container has from its pod where it says nothing itself (Kubernetes API,
/// SecurityContext).
fn is_inherited(key: &str) -> bool {
    matches!(
        key,
        "runAsNonRoot"
            | "runAsUser"
            | "runAsGroup"
            | "seccompProfile"
            | "seLinuxOptions"
            | "appArmorProfile"
            | "windowsOptions"
    )
}

/// How AppArmor was asked for before Kubernetes 1.30.
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// A workload of a set.
#[derive(Debug)]
pub(super) struct WorkloadSource<'s, 't> {
    pub(super) set: &'s ObjectSet<'t>,
    pub(super) workload: &'s Workload<'t>,
    pub(super) object: &'s ObjectSource<'s>,
    pub(super) containers: Vec<(ContainerKind, View<'t>)>,
    /// The security contexts of the containers, and behind them that of the pod.
    contexts: Vec<Option<View<'t>>>,
    images: Vec<OnceLock<Option<ImageReference>>>,
    services: OnceLock<Vec<ObjectId>>,
    exposed_by: OnceLock<Vec<(ObjectId, String)>>,
}

impl<'s, 't> WorkloadSource<'s, 't> {
    pub(super) fn new(
        set: &'s ObjectSet<'t>,
        workload: &'s Workload<'t>,
        object: &'s ObjectSource<'s>,
    ) -> Self {
        let containers: Vec<_> = workload.pod.containers().collect();
        let holders = containers.iter().map(|(_, container)| *container);
        let contexts = holders.chain([workload.pod.spec]).map(|one| one.get("securityContext"));
        let contexts = contexts.collect();
        let images = containers.iter().map(|_| OnceLock::new()).collect();
        Self {
            set,
            workload,
            object,
            containers,
            contexts,
            images,
            services: OnceLock::new(),
            exposed_by: OnceLock::new(),
        }
    }

    pub(super) fn container(&self, index: usize) -> Option<View<'t>> {
        self.containers.get(index).map(|(_, view)| *view)
    }

    /// A value of the object itself.
    fn raw(&self, view: Option<View<'s>>) -> Lookup<'_> {
        let view = view.filter(|view| !view.is_null());
        view.map_or(Lookup::Absent, |view| Lookup::Value(self.object.value(view)))
    }

    fn map_of(&self, view: Option<View<'s>>) -> Lookup<'_> {
        match view.filter(|view| !view.is_null()) {
            Some(view) => Lookup::Value(self.object.value(view)),
            None => Map::from_entries(Vec::new())
                .map_or(Lookup::Absent, |map| Lookup::Value(Value::Map(map))),
        }
    }

    fn top(&self, key: &str) -> Lookup<'_>
    where
        't: 's,
    {
        let network = self.set.network();
        let Some(entry) = self.set.get(self.workload.id) else { return Lookup::Absent };
        let exposure = || network.exposure(self.set, self.workload.id);
        match key {
            "kind" => Lookup::of(entry.object.kind),
            "apiVersion" => Lookup::of(entry.object.api_version),
            "name" => Lookup::optional(entry.object.name),
            "namespace" => Lookup::optional(entry.object.namespace),
            "labels" => self.map_of(self.workload.labels()),
            "annotations" => self.map_of(self.workload.annotations()),
            "pod" => self.raw(Some(self.workload.pod.spec)),
            "containers" => node::list(self, kinds::CONTAINERS, 0),
            "serviceAccount" => node::map(self, kinds::ACCOUNT, 0),
            "isolation" => node::map(self, kinds::ISOLATION, 0),
            "exposure" => Lookup::known(exposure().map(crate::Exposure::as_str)),
            "services" | "exposedBy" if !network.is_spoken_of(self.set, self.workload.id) => {
                Lookup::Unknown
            }
            "services" if self.set.lacks(&[Kind::Service]) => Lookup::Unknown,
            "services" => node::list(self, kinds::SERVICES, 0),
            "exposedBy" => node::list(self, kinds::EXPOSED_BY, 0),
            _ => Lookup::Absent,
        }
    }

    fn container_member(&self, index: usize, key: &str) -> Lookup<'_>
    where
        't: 's,
    {
        let Some((kind, view)) = self.containers.get(index) else { return Lookup::Absent };
        match key {
            "name" => Lookup::optional(view.get("name").and_then(View::as_str)),
            "kind" => Lookup::of(kind.as_str()),
            "spec" => self.raw(Some(*view)),
            "image" => node::map(self, kinds::IMAGE, index),
            "securityContext" => node::map(self, kinds::SECURITY, index),
            _ => Lookup::Absent,
        }
    }

    fn image(&self, index: usize, key: &str) -> Lookup<'_> {
        let view = self.container(index).and_then(|container| container.get("image"));
        let text = view.and_then(View::as_str);
        if key == "text" {
            return Lookup::optional(text);
        }
        let Some(parsed) = self.images.get(index) else { return Lookup::Absent };
        let parsed = parsed.get_or_init(|| text?.parse().ok());
        match (key, parsed) {
            ("valid", parsed) => Lookup::of(parsed.is_some()),
            ("registry", Some(image)) => Lookup::of(&*image.registry),
            ("repository", Some(image)) => Lookup::of(&*image.repository),
            ("tag", Some(image)) => Lookup::optional(image.tag.as_deref()),
            // A digest is written in one way.
            ("digest", Some(image)) => {
                let written = text.and_then(|text| Some(text.rsplit_once('@')?.1));
                Lookup::optional(written.filter(|_| image.digest.is_some()))
            }
            _ => Lookup::Absent,
        }
    }

    /// A member of the effective security context: the container's, otherwise the pod's.
    pub(super) fn security(&self, index: usize, key: &str) -> Option<View<'t>> {
        let member = |context: &Option<View<'t>>| {
            context.and_then(|context| context.get(key)).filter(|value| !value.is_null())
        };
        let own = self.contexts.get(index).and_then(member);
        own.or_else(|| self.contexts.last().filter(|_| is_inherited(key)).and_then(member))
    }

    fn security_member(&self, index: usize, key: &str) -> Lookup<'_>
    where
        't: 's,
    {
        match self.security(index, key) {
            Some(view) => self.raw(Some(view)),
            None if key == "appArmorProfile" && self.app_armor(index).is_some() => {
                node::map(self, kinds::APP_ARMOR, index)
            }
            None => Lookup::Absent,
        }
    }

    /// The annotation that asks for an AppArmor profile for a container.
    pub(super) fn app_armor(&self, index: usize) -> Option<View<'t>> {
        let name = self.container(index)?.get("name")?.as_str()?;
        let of_container = |key: &str| key.strip_prefix(APP_ARMOR) == Some(name);
        let mut annotations = self.workload.annotations()?.entries();
        annotations.find(|(key, _)| of_container(key)).map(|(_, value)| value)
    }

    /// The same in the words of `appArmorProfile`.
    fn app_armor_member(&self, index: usize, key: &str) -> Lookup<'_> {
        let Some(text) = self.app_armor(index).and_then(View::as_str) else {
            return Lookup::Absent;
        };
        let local = text.strip_prefix("localhost/");
        match (key, text) {
            ("type", "runtime/default") => Lookup::of("RuntimeDefault"),
            ("type", "unconfined") => Lookup::of("Unconfined"),
            ("type", _) if local.is_some() => Lookup::of("Localhost"),
            ("localhostProfile", _) => Lookup::optional(local),
            _ => Lookup::Absent,
        }
    }

    /// What the account of the pods may do; `None` where nothing in the set speaks of it.
    pub(super) fn rights(&self) -> Option<&'s Rights<'t>> {
        let subject = Subject::Account(self.workload.namespace, self.workload.account());
        self.set.access().rights(subject).filter(|rights| rights.is_spoken_of)
    }

    fn account(&self, key: &str) -> Lookup<'_> {
        match key {
            "name" => Lookup::of(self.workload.account()),
            "automount" => Lookup::known(self.workload.mounts_token(self.set)),
            "powers" if self.rights().is_none() => Lookup::Unknown,
            "powers" => node::list(self, kinds::POWERS, 0),
            _ => Lookup::Absent,
        }
    }

    /// The name of a power; behind the last one that is unknown which is not known to be all.
    fn power(&self, index: usize) -> Lookup<'_> {
        let grants = self.rights().map_or(&[][..], |rights| &rights.grants);
        grants.get(index).map_or(Lookup::Unknown, |grant| Lookup::optional(grant.name()))
    }

    fn powers(&self) -> usize {
        self.rights().map_or(0, |rights| rights.grants.len() + usize::from(!rights.is_complete))
    }

    pub(super) fn services(&self) -> &[ObjectId] {
        self.services.get_or_init(|| self.set.network().services(self.set, self.workload.id))
    }

    fn service(&self, index: usize, key: &str) -> Lookup<'_> {
        let object = self.services().get(index).and_then(|id| self.set.get(*id));
        let Some(object) = object.map(|entry| &entry.object) else { return Lookup::Absent };
        let kind = || object.view.at(&["spec", "type"]).and_then(View::as_str);
        match key {
            "name" => Lookup::optional(object.name),
            "type" => Lookup::of(kind().unwrap_or("ClusterIP")),
            "ports" => node::list(self, kinds::PORTS, index),
            _ => Lookup::Absent,
        }
    }

    /// The ports of a service, those that are numbers.
    fn ports(&self, index: usize) -> impl Iterator<Item = i64> {
        let service = self.services().get(index).and_then(|id| self.set.get(*id));
        let ports = service.and_then(|entry| entry.object.view.at(&["spec", "ports"]));
        let ports = ports.into_iter().flat_map(View::elements);
        ports.filter_map(|port| port.get("port")?.as_int())
    }

    pub(super) fn exposed_by(&self) -> &[(ObjectId, String)] {
        self.exposed_by.get_or_init(|| {
            let network = self.set.network();
            let openers = self.services().iter().flat_map(|service| network.exposed_by(*service));
            let mut ids: Vec<_> = openers.map(|(id, _)| *id).collect();
            ids.sort_unstable();
            ids.dedup();
            // Examples in several folders have one name: that is told once.
            let mut told: Vec<_> = ids.into_iter().map(|id| (id, self.set.title(id))).collect();
            let mut seen = std::collections::HashSet::new();
            told.retain(|(_, title)| seen.insert(title.clone()));
            told
        })
    }

    fn isolation(&self, key: &str) -> Lookup<'_> {
        let isolation = self.set.network().isolation(self.set, self.workload.id);
        match key {
            "ingress" => Lookup::known(isolation.map(|isolation| isolation.ingress.is_some())),
            "egress" => Lookup::known(isolation.map(|isolation| isolation.egress.is_some())),
            _ => Lookup::Absent,
        }
    }
}

impl<'s, 't: 's> Source for WorkloadSource<'s, 't> {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        let (kind, index) = node::split(node);
        match kind {
            kinds::TOP => self.top(key),
            kinds::CONTAINER => self.container_member(index, key),
            kinds::IMAGE => self.image(index, key),
            kinds::SECURITY => self.security_member(index, key),
            kinds::APP_ARMOR => self.app_armor_member(index, key),
            kinds::ACCOUNT => self.account(key),
            kinds::SERVICE => self.service(index, key),
            kinds::ISOLATION => self.isolation(key),
            _ => Lookup::Absent,
        }
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        if index >= self.length(node) {
            return Lookup::Absent;
        }
        let (kind, owner) = node::split(node);
        match kind {
            kinds::CONTAINERS => node::map(self, kinds::CONTAINER, index),
            kinds::POWERS => self.power(index),
            kinds::SERVICES => node::map(self, kinds::SERVICE, index),
            kinds::PORTS => Lookup::optional(self.ports(owner).nth(index)),
            kinds::EXPOSED_BY => {
                let known = self.exposed_by().get(index);
                known.map_or(Lookup::Unknown, |(_, title)| Lookup::of(title.as_str()))
            }
            _ => Lookup::Absent,
        }
    }

    fn length(&self, node: Node) -> usize {
        let (kind, index) = node::split(node);
        match kind {
            kinds::CONTAINERS => self.containers.len(),
            kinds::POWERS => self.powers(),
            kinds::SERVICES => self.services().len(),
            kinds::PORTS => self.ports(index).count(),
            // Behind the last one that is unknown which is not known to be all.
            kinds::EXPOSED_BY => self.exposed_by().len() + usize::from(self.set.lacks(LEADING)),
            _ => node::keys(KINDS, self, node).count(),
        }
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        node::keys(KINDS, self, node).nth(position)
    }
}
