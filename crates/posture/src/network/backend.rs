//! Which services Ingresses and routes send requests to.

use super::service::{Exposure, is_internal};
use crate::{ObjectId, ObjectSet, kind::Kind};
use cofferdam_manifest::{Object, View};

/// A route to a service.
pub(super) struct Backend {
    pub(super) route: ObjectId,
    pub(super) service: ObjectId,
    pub(super) exposure: Exposure,
}

/// Every route of the set to a service of the set.
pub(super) fn backends(set: &ObjectSet<'_>) -> Vec<Backend> {
    let mut backends = Vec::new();
    for kind in [Kind::Ingress, Kind::GatewayRoute, Kind::Route, Kind::VirtualService] {
        for (route, object) in set.all(kind) {
            if !is_open(kind, object) {
                continue;
            }
            let exposure = if is_internal(object) { Exposure::Node } else { Exposure::Internet };
            let mut names = Vec::new();
            named(kind, object, &mut names);
            names.sort_unstable();
            names.dedup();
            for (namespace, name) in names {
                let service = set.meant(Kind::Service, namespace.or(object.namespace), name, route);
                backends.extend(service.map(|service| Backend { route, service, exposure }));
            }
        }
    }
    backends
}

/// Whether a route takes requests from outside: one that hangs on a Service (Gateway API for
/// meshes, GAMMA) or that names no gateway of Istio is for the mesh alone.
fn is_open(kind: Kind, object: &Object<'_>) -> bool {
    let spec = object.view.get("spec");
    let list = |key: &str| spec.and_then(|spec| spec.get(key)).into_iter().flat_map(View::elements);
    match kind {
        Kind::GatewayRoute => list("parentRefs").any(|parent| {
            let kind = parent.get("kind").and_then(View::as_str);
            kind.is_none_or(|kind| kind == "Gateway")
        }),
        Kind::VirtualService => list("gateways").any(|gateway| gateway.as_str() != Some("mesh")),
        _ => true,
    }
}

/// Namespace, where one is given, and name of a service.
type Name<'t> = (Option<&'t str>, &'t str);

fn named<'t>(kind: Kind, object: &Object<'t>, names: &mut Vec<Name<'t>>) {
    let Some(spec) = object.view.get("spec") else { return };
    match kind {
        Kind::Ingress => ingress(spec, names),
        Kind::GatewayRoute => {
            for backend in each(spec, "rules").flat_map(|rule| each(rule, "backendRefs")) {
                let kind = text(backend, "kind").unwrap_or("Service");
                if kind == "Service" {
                    let name = text(backend, "name");
                    names.extend(name.map(|name| (text(backend, "namespace"), name)));
                }
            }
        }
        Kind::Route => {
            let others = each(spec, "alternateBackends");
            for target in spec.get("to").into_iter().chain(others) {
                names.extend(text(target, "name").map(|name| (None, name)));
            }
        }
        Kind::VirtualService => {
            let rules = ["http", "tcp", "tls"].into_iter().flat_map(|key| each(spec, key));
            for route in rules.flat_map(|rule| each(rule, "route")) {
                let host = route.at(&["destination", "host"]).and_then(View::as_str);
                names.extend(host.and_then(host_name));
            }
        }
        _ => {}
    }
}

/// `defaultBackend` and the paths of the rules; in the versions before v1 `backend` and
/// `serviceName`.
fn ingress<'t>(spec: View<'t>, names: &mut Vec<Name<'t>>) {
    let paths = each(spec, "rules")
        .filter_map(|rule| rule.get("http"))
        .flat_map(|http| each(http, "paths"))
        .filter_map(|path| path.get("backend"));
    let defaults = ["defaultBackend", "backend"].into_iter().filter_map(|key| spec.get(key));
    for backend in defaults.chain(paths) {
        let name = backend.get("service").and_then(|service| text(service, "name"));
        let name = name.or_else(|| text(backend, "serviceName"));
        names.extend(name.map(|name| (None, name)));
    }
}

/// `web`, `web.shop`, `web.shop.svc.cluster.local`.
fn host_name(host: &str) -> Option<Name<'_>> {
    let mut parts = host.split('.');
    let name = parts.next()?;
    match (parts.next(), parts.next()) {
        (None, _) => Some((None, name)),
        (Some(namespace), None | Some("svc")) => Some((Some(namespace), name)),
        _ => None,
    }
}

fn each<'t>(view: View<'t>, key: &str) -> impl Iterator<Item = View<'t>> + use<'t> {
    view.get(key).into_iter().flat_map(View::elements)
}

fn text<'t>(view: View<'t>, key: &str) -> Option<&'t str> {
    view.get(key)?.as_str()
}
