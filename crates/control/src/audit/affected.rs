//! What a change of one object can mean for the judgement of others.

use cofferdam_model::ObjectKey;
use std::collections::{BTreeMap, BTreeSet};

/// How far a change reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The object alone.
    Itself,
    /// Whatever of its namespace opens, isolates or counts pods.
    Joined,
    /// Everything in a namespace.
    Namespace(String),
    /// Everything.
    Cluster,
}

/// How far a change of this object reaches.
pub(super) fn reach(key: &ObjectKey) -> Reach {
    let namespace = || key.namespace.clone().map_or(Reach::Cluster, Reach::Namespace);
    match (key.group(), &*key.kind) {
        ("", "Namespace") => Reach::Namespace(key.name.clone()),
        ("rbac.authorization.k8s.io", "Role") => namespace(),
        // Who may do what is read wherever an account or a group is named, routes lead to other
        // namespaces, and policies of other makers may hold for all.
        (
            "rbac.authorization.k8s.io"
            | "gateway.networking.k8s.io"
            | "networking.istio.io"
            | "policy.networking.k8s.io",
            _,
        ) => Reach::Cluster,
        (group, _) if group.ends_with("projectcalico.org") || group.ends_with("antrea.io") => {
            Reach::Cluster
        }
        ("networking.k8s.io" | "extensions" | "route.openshift.io" | "cilium.io", _) => namespace(),
        ("", kind) if JOINED.contains(&kind) => namespace(),
        ("" | "apps" | "batch" | "argoproj.io", _) if key.namespace.is_some() => Reach::Joined,
        _ => Reach::Itself,
    }
}

/// Kinds of the core group that facts about other objects of their namespace come from.
const JOINED: [&str; 6] =
    ["Service", "ServiceAccount", "ResourceQuota", "LimitRange", "Secret", "ConfigMap"];

/// Kinds that are judged by the pods they find.
fn looks_at_pods(key: &ObjectKey) -> bool {
    match key.group() {
        "" => matches!(&*key.kind, "Service" | "Namespace" | "ServiceAccount"),
        group => matches!(group, "networking.k8s.io" | "policy" | "autoscaling"),
    }
}

/// The objects to judge anew after these changed; `None`: all of them.
pub(super) fn affected<'k, V>(
    changed: impl IntoIterator<Item = &'k ObjectKey>,
    all: &BTreeMap<ObjectKey, V>,
) -> Option<BTreeSet<ObjectKey>> {
    let mut found = BTreeSet::new();
    let mut namespaces = BTreeSet::new();
    let mut joined = BTreeSet::new();
    for key in changed {
        match reach(key) {
            Reach::Cluster => return None,
            Reach::Namespace(namespace) => {
                namespaces.insert(namespace);
            }
            Reach::Joined => {
                joined.extend(key.namespace.clone());
            }
            Reach::Itself => {}
        }
        found.extend(all.get_key_value(key).map(|(key, _)| key.clone()));
    }
    if !namespaces.is_empty() || !joined.is_empty() {
        let is_meant = |key: &&ObjectKey| {
            let namespace = match &*key.kind {
                "Namespace" => Some(&key.name),
                _ => key.namespace.as_ref(),
            };
            namespace.is_some_and(|namespace| {
                namespaces.contains(namespace) || joined.contains(namespace) && looks_at_pods(key)
            })
        };
        found.extend(all.keys().filter(is_meant).cloned());
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::affected;
    use cofferdam_model::ObjectKey;
    use std::collections::BTreeMap;

    fn key(text: &str) -> ObjectKey {
        let (kind, rest) = text.split_once(' ').unwrap();
        let version = match kind {
            "Deployment" => "apps/v1",
            "NetworkPolicy" => "networking.k8s.io/v1",
            "ClusterRole" | "Role" => "rbac.authorization.k8s.io/v1",
            "HTTPRoute" => "gateway.networking.k8s.io/v1",
            _ => "v1",
        };
        match rest.split_once('/') {
            Some((namespace, name)) => ObjectKey::new(version, kind, Some(namespace), name),
            None => ObjectKey::new(version, kind, None, rest),
        }
    }

    fn check(changed: &str, expected: Option<&[&str]>) {
        let all: BTreeMap<ObjectKey, usize> = [
            "Deployment shop/web",
            "Deployment shop/db",
            "Deployment bank/web",
            "Service shop/web",
            "Namespace shop",
            "ClusterRole all",
            "ValidatingWebhookConfiguration door",
        ]
        .map(|text| (key(text), text.len()))
        .into();
        let found = affected([&key(changed)], &all);
        let found: Option<Vec<String>> =
            found.map(|found| found.iter().map(ToString::to_string).collect());
        let mut expected: Option<Vec<String>> =
            expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
        let mut found = found;
        found.iter_mut().chain(&mut expected).for_each(|all| all.sort());
        assert_eq!(found, expected, "{changed}");
    }

    #[test]
    fn as_far_as_joins_reach() {
        check(
            "Deployment shop/web",
            Some(&["Deployment shop/web", "Service shop/web", "Namespace shop"]),
        );
        let shop =
            ["Deployment shop/web", "Deployment shop/db", "Service shop/web", "Namespace shop"];
        check("Service shop/web", Some(&shop));
        check("NetworkPolicy shop/gone", Some(&shop));
        check("Namespace shop", Some(&shop));
        check("ClusterRole all", None);
        check("HTTPRoute shop/web", None);
        check(
            "ValidatingWebhookConfiguration door",
            Some(&["ValidatingWebhookConfiguration door"]),
        );
        check("Deployment other/new", Some(&[]));
    }
}
