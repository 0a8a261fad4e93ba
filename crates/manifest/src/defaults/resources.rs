//! Resources of a whole pod.

use super::{edit::Edit, quantity::Quantity};
use crate::{NodeId, Scalar, Value};

/// A pod that limits its containers together requests of CPU and memory what they request
/// together, and what they do not request, up to its limit. Huge pages that only containers are
/// limited in are not added up.
pub(super) fn pod_level(edit: &mut Edit<'_>, spec: NodeId) {
    let Some(resources) = edit.child(spec, "resources") else { return };
    let Some(limits) = edit.child(resources, "limits") else { return };
    if edit.view(limits).is_empty() {
        return;
    }
    let Some(requests) = edit.made(resources, "requests") else { return };
    for key in ["cpu", "memory"] {
        if edit.get(requests, key).is_none()
            && let Some(sum) = requested(edit, spec, key)
        {
            edit.set(requests, key, Scalar::String(&sum.to_string()));
        }
    }
    edit.copy_missing(limits, requests);
}

/// What the containers request at most at any time; nothing if none requests any.
fn requested(edit: &Edit<'_>, spec: NodeId, key: &str) -> Option<Quantity> {
    let containers = |list| edit.get(spec, list).into_iter().flat_map(crate::View::elements);
    let request = |container: crate::View<'_>| {
        let number;
        let text = match container.at(&["resources", "requests", key])?.value() {
            Value::String(text) => text,
            Value::Int(value) => {
                number = value.to_string();
                &number
            }
            _ => return None,
        };
        Quantity::parse(text)
    };
    let mut any = false;
    let mut of = |container| {
        let request = request(container);
        any |= request.is_some();
        request.unwrap_or(Quantity::ZERO)
    };
    let running = containers("containers").map(&mut of).fold(Quantity::ZERO, Quantity::plus);
    let (mut beside, mut starting) = (Quantity::ZERO, Quantity::ZERO);
    for container in containers("initContainers") {
        let own = of(container);
        let restart = container.get("restartPolicy").and_then(crate::View::as_str);
        let now = beside.plus(own);
        if restart == Some("Always") {
            beside = now;
        }
        starting = starting.or_more(now);
    }
    any.then(|| running.plus(beside).or_more(starting))
}
