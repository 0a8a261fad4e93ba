//! Where the facts under `workload` come from, and why some are unknown.

use super::{
    node,
    workload::{WorkloadSource, kinds},
};
use crate::{
    ObjectId,
    access::RIGHTS,
    kind::Kind,
    network::{LEADING, POLICIES},
};
use cofferdam_cel::{Node, Step};
use cofferdam_manifest::View;
use cofferdam_policy::{
    Provenance,
    facts::{FactSource, Place},
};

impl<'s, 't: 's> WorkloadSource<'s, 't> {
    /// The value of the object itself that an entry is or stands for.
    fn view(&self, kind: usize, index: usize, step: &Step<'_>) -> Option<View<'t>> {
        let key = if let Step::Member(key) = step { &**key } else { "" };
        let position = if let Step::Element(position) = step { *position } else { 0 };
        let object = || self.set.get(self.workload.id).map(|entry| entry.object.view);
        match (kind, key) {
            (kinds::TOP, "kind" | "apiVersion") => object()?.get(key),
            (kinds::TOP, "name" | "namespace") => object()?.at(&["metadata", key]),
            (kinds::TOP, "labels") => self.workload.labels().or(self.workload.pod.metadata),
            (kinds::TOP, "annotations") => {
                self.workload.annotations().or(self.workload.pod.metadata)
            }
            (kinds::CONTAINERS, _) => self.container(position),
            (kinds::CONTAINER, "name" | "image") => {
                self.container(index)?.get(key).or_else(|| self.container(index))
            }
            (kinds::CONTAINER, _) => self.container(index),
            (kinds::IMAGE, _) => {
                let container = self.container(index)?;
                container.get("image").or(Some(container))
            }
            (kinds::SECURITY, "appArmorProfile") => self
                .security(index, key)
                .or_else(|| self.app_armor(index))
                .or_else(|| self.context(index)),
            (kinds::SECURITY, _) => self.security(index, key).or_else(|| self.context(index)),
            (kinds::APP_ARMOR, _) => self.app_armor(index),
            (kinds::ACCOUNT, "automount") => {
                self.workload.spec("automountServiceAccountToken").or(Some(self.workload.pod.spec))
            }
            (kinds::ACCOUNT, _) => {
                let named = self.workload.spec("serviceAccountName");
                named
                    .or_else(|| self.workload.spec("serviceAccount"))
                    .or(Some(self.workload.pod.spec))
            }
            _ => Some(self.workload.pod.spec),
        }
    }

    /// The security context of a container, or the container where it has none.
    fn context(&self, index: usize) -> Option<View<'t>> {
        let container = self.container(index)?;
        container.get("securityContext").filter(|context| context.is_map()).or(Some(container))
    }

    /// The other object that an entry comes from.
    fn other(&self, kind: usize, index: usize, step: &Step<'_>) -> Option<Place> {
        let key = if let Step::Member(key) = step { &**key } else { "" };
        let of_object = |id: ObjectId| self.set.place_of(id, None);
        let network = self.set.network();
        match (kind, step) {
            (kinds::POWERS, Step::Element(position)) => {
                let grant = self.rights()?.grants.get(*position)?;
                let rule = grant.rule.and_then(|(id, view)| self.set.place_of(id, Some(view)));
                rule.or_else(|| of_object(grant.binding))
            }
            (kinds::SERVICES, Step::Element(position)) => {
                of_object(*self.services().get(*position)?)
            }
            (kinds::SERVICE | kinds::PORTS, _) => of_object(*self.services().get(index)?),
            (kinds::EXPOSED_BY, Step::Element(position)) => {
                of_object(self.exposed_by().get(*position)?.0)
            }
            (kinds::TOP, _) if key == "exposure" => of_object(self.exposed_by().first()?.0),
            (kinds::ISOLATION, _) => {
                let isolation = network.isolation(self.set, self.workload.id)?;
                of_object(if key == "egress" { isolation.egress? } else { isolation.ingress? })
            }
            _ => None,
        }
    }

    fn place_at(&self, view: View<'s>) -> Place {
        self.object.place_of(view)
    }
}

impl<'s, 't: 's> FactSource for WorkloadSource<'s, 't> {
    fn provenance(&self, node: Node, step: &Step<'_>) -> Provenance {
        let (kind, index) = node::split(node);
        let other = self.other(kind, index, step);
        let own = || self.view(kind, index, step).unwrap_or(self.workload.pod.spec);
        Provenance::Place(other.unwrap_or_else(|| self.place_at(own())))
    }

    fn reason(&self, node: Node, step: &Step<'_>) -> String {
        let key = if let Step::Member(key) = step { &**key } else { "" };
        let account = self.workload.account();
        let rests_on = match (node::split(node).0, key) {
            (kinds::ACCOUNT, "automount") => &[Kind::ServiceAccount],
            (kinds::ACCOUNT | kinds::POWERS, _) => RIGHTS,
            (kinds::ISOLATION, _) => POLICIES,
            _ => LEADING,
        };
        if let Some(why) = self.set.why_lacking(rests_on) {
            return why;
        }
        match (node::split(node).0, key) {
            (kinds::ACCOUNT, "automount") => {
                format!("ServiceAccount {account} is not among the objects")
            }
            (kinds::ACCOUNT, _) => {
                format!("no binding among the objects speaks of ServiceAccount {account}")
            }
            (kinds::POWERS, _) => {
                format!("a role that is bound to ServiceAccount {account} is not among the objects")
            }
            (kinds::ISOLATION, _) => {
                "neither its Namespace nor a NetworkPolicy there is among the objects".to_owned()
            }
            _ => "no Service, Ingress or route of its namespace is among the objects".to_owned(),
        }
    }

    fn place(&self, node: Node) -> Option<Place> {
        let (kind, index) = node::split(node);
        let view = match kind {
            kinds::CONTAINER => self.container(index),
            kinds::SECURITY => self.context(index),
            kinds::IMAGE | kinds::APP_ARMOR | kinds::ACCOUNT => {
                self.view(kind, index, &Step::Length)
            }
            _ => Some(self.workload.pod.spec),
        };
        view.map(|view| self.place_at(view))
    }

    fn pointer(&self, node: Node) -> Option<String> {
        let (kind, index) = node::split(node);
        let view = match kind {
            kinds::TOP => return Some(String::new()),
            kinds::CONTAINER => self.container(index)?,
            kinds::SECURITY => self.container(index)?.get("securityContext")?,
            _ => return None,
        };
        let handle = self.object.value(view).handle()?;
        self.object.pointer(handle.node)
    }
}
