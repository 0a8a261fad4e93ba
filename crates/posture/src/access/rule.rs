//! One rule of a role (Kubernetes API, PolicyRule).

use crate::ObjectId;
use cofferdam_manifest::View;

/// What a role allows; all lists as they are written.
#[derive(Clone, Debug, Default)]
pub struct Rule<'t> {
    /// Verbs: `get`, `*`.
    pub verbs: Vec<&'t str>,
    /// API groups, the core group being the empty string.
    pub groups: Vec<&'t str>,
    /// Resources, with their subresource: `pods`, `pods/exec`, `*/scale`, `*`.
    pub resources: Vec<&'t str>,
    /// The only names that it speaks of; empty: all.
    pub names: Vec<&'t str>,
    /// Paths of the API server that are no resources: `/metrics`, `/healthz/*`.
    pub paths: Vec<&'t str>,
    /// The role that says so, and where; absent for a role that every cluster has.
    pub origin: Option<(ObjectId, View<'t>)>,
}

impl<'t> Rule<'t> {
    pub(super) fn of(role: ObjectId, view: View<'t>) -> Self {
        let list = |key: &str| {
            let list = view.get(key).into_iter().flat_map(View::elements);
            list.filter_map(View::as_str).collect()
        };
        Self {
            verbs: list("verbs"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("resourceNames"),
            paths: list("nonResourceURLs"),
            origin: Some((role, view)),
        }
    }

    /// Whether it allows a verb.
    pub fn has_verb(&self, verb: &str) -> bool {
        self.verbs.iter().any(|one| matches!(*one, "*") || *one == verb)
    }

    /// Whether it speaks of a resource (`pods`, `pods/exec`) of a group.
    pub fn has_resource(&self, group: &str, resource: &str) -> bool {
        self.groups.iter().any(|one| matches!(*one, "*") || *one == group)
            && self.resources.iter().any(|one| is_resource(one, resource))
    }

    /// Whether it speaks of a path that is no resource; `/healthz/*` is all that begins so.
    pub fn has_path(&self, path: &str) -> bool {
        self.paths.iter().any(|one| match one.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => *one == path,
        })
    }

    /// Whether it allows everything.
    pub fn is_everything(&self) -> bool {
        let all = |list: &[&str]| list.contains(&"*");
        all(&self.verbs) && all(&self.groups) && all(&self.resources) && self.names.is_empty()
    }
}

/// `*` is every resource with its subresources, `*/scale` that subresource of all.
fn is_resource(pattern: &str, resource: &str) -> bool {
    if pattern == "*" || pattern == resource {
        return true;
    }
    let subresource = pattern.strip_prefix("*/");
    subresource.is_some_and(|wanted| resource.split_once('/').is_some_and(|(_, sub)| sub == wanted))
}
