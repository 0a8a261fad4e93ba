//! From kinds to resources: `Deployment` to `deployments`, and where else they are served.

use crate::Target;
use cofferdam_manifest::schema::Schema;
use std::borrow::Cow;

/// The resource that objects of this kind are served as. Rules of matching name resources, files
/// name kinds.
pub(crate) fn of<'a>(group: &str, version: &str, kind: &str) -> Cow<'a, str> {
    let schema = Schema::built_in();
    // Most objects are of a version that is served: those are found faster.
    let found = schema.resource(group, version, kind);
    match found.or_else(|| schema.resource_of(group, kind)) {
        Some(resource) => Cow::Borrowed(resource.plural),
        None => Cow::Owned(plural(kind)),
    }
}

/// The plural of a custom resource as its author will have written it: English, as the plurals of
/// Kubernetes' own kinds are.
fn plural(kind: &str) -> String {
    let mut word = kind.to_ascii_lowercase();
    let is_vowel = |byte: &u8| matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u');
    if ["s", "x", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        word.push_str("es");
    } else if word.ends_with('y') && !word.as_bytes().iter().nth_back(1).is_some_and(is_vowel) {
        word.pop();
        word.push_str("ies");
    } else {
        word.push('s');
    }
    word
}

/// Whether the target lives in a namespace: it says so, or its kind is not known to live in none.
pub(crate) fn is_namespaced(target: &Target<'_>) -> bool {
    let resource = || Schema::built_in().resource_of(target.group, target.kind);
    target.kind != "Namespace"
        && (target.namespace.is_some() || resource().is_none_or(|resource| resource.namespaced))
}

/// The namespace of a request: a Namespace is in itself.
pub(crate) fn namespace<'a>(target: &Target<'a>) -> Option<&'a str> {
    let is_namespace = target.group.is_empty() && target.kind == "Namespace";
    if is_namespace { target.name } else { target.namespace }
}

/// Resources that Kubernetes served in more than one group: an object of one is an object of the
/// others (`matchPolicy: Equivalent`).
const MOVED: &[(&str, &[&str])] = &[
    ("daemonsets", &["apps", "extensions"]),
    ("deployments", &["apps", "extensions"]),
    ("events", &["", "events.k8s.io"]),
    ("ingresses", &["networking.k8s.io", "extensions"]),
    ("networkpolicies", &["networking.k8s.io", "extensions"]),
    ("podsecuritypolicies", &["policy", "extensions"]),
    ("replicasets", &["apps", "extensions"]),
];

/// Every group that objects of this resource and group can be had in, their own included.
pub(crate) fn groups<'a>(group: &'a str, resource: &str) -> impl Iterator<Item = &'a str> {
    let moved = MOVED.iter().find(|(moved, groups)| *moved == resource && groups.contains(&group));
    let others = moved.into_iter().flat_map(|(_, groups)| groups.iter().copied());
    std::iter::once(group).chain(others.filter(move |other| *other != group))
}

#[cfg(test)]
mod tests {
    use super::{groups, of};

    #[test]
    fn plurals() {
        for (group, kind, resource) in [
            ("", "Pod", "pods"),
            ("", "Endpoints", "endpoints"),
            ("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
            ("networking.k8s.io", "Ingress", "ingresses"),
            ("example.com", "Gateway", "gateways"),
            ("example.com", "Policy", "policies"),
            ("example.com", "Lens", "lenses"),
        ] {
            assert_eq!(of(group, "v1", kind), resource);
        }
    }

    #[test]
    fn what_moved_is_one() {
        let all = |group, resource| groups(group, resource).collect::<Vec<_>>();
        assert_eq!(all("extensions", "ingresses"), ["extensions", "networking.k8s.io"]);
        assert_eq!(all("example.com", "ingresses"), ["example.com"]);
    }
}
