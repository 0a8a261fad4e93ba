//! Rules that name resources (apiserver, `admission/plugin/policy/matching` and `webhook/predicates/rules`).

use crate::{Operation, Target};

/// One of `resourceRules` or `excludeResourceRules`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) groups: Vec<String>,
    pub(crate) versions: Vec<String>,
    /// Empty: every operation.
    pub(crate) operations: Vec<Operation>,
    /// `pods`, `pods/exec`, `*`, `*/*`, `pods/*`, `*/scale`.
    pub(crate) resources: Vec<String>,
    /// Empty: every name.
    pub(crate) names: Vec<String>,
    pub(crate) scope: Scope,
}

/// Whether a rule is about objects in namespaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    #[default]
    All,
    Cluster,
    Namespaced,
}

impl Rule {
    /// Whether the rule is about the target. Names of one thing in several groups and versions
    /// are one where the rule need not be exact.
    pub(crate) fn matches(&self, target: &Target<'_>, is_exact: bool) -> bool {
        (self.operations.is_empty() || self.operations.contains(&target.operation))
            && self.is_of_resource(&target.resource, target.subresource)
            && self.is_of_group(target, is_exact)
            && self.is_of_scope(target)
            && (self.names.is_empty()
                || target.name.is_some_and(|name| self.names.iter().any(|wanted| wanted == name)))
    }

    /// Whether it names one of these operations on a resource, or on a subresource: `pods/exec`.
    pub(crate) fn names(&self, group: &str, resource: &str, operations: &[Operation]) -> bool {
        let (resource, sub) = resource.split_once('/').unwrap_or((resource, ""));
        let has = |group: &str| self.groups.iter().any(|wanted| any(wanted, group));
        (self.operations.is_empty() || operations.iter().any(|one| self.operations.contains(one)))
            && self.is_of_resource(resource, sub)
            && crate::resource::groups(group, resource).any(has)
    }

    fn is_of_resource(&self, given: &str, subresource: &str) -> bool {
        // Most rules name what objects are served as.
        if subresource.is_empty() && self.resources.iter().any(|resource| any(resource, given)) {
            return true;
        }
        self.resources.iter().any(|resource| {
            let (resource, sub) = resource.split_once('/').unwrap_or((resource, ""));
            any(resource, given) && any(sub, subresource)
        })
    }

    /// A rule that need not be exact speaks of an object in every version that it is served in:
    /// the API server converts between them.
    fn is_of_group(&self, target: &Target<'_>, is_exact: bool) -> bool {
        if is_exact {
            return self.groups.iter().any(|wanted| any(wanted, target.group))
                && self.versions.iter().any(|wanted| any(wanted, target.version));
        }
        let has = |group: &str| self.groups.iter().any(|wanted| any(wanted, group));
        // Its own first: where else it is served is hardly ever asked.
        has(target.group) || crate::resource::groups(target.group, &target.resource).any(has)
    }

    fn is_of_scope(&self, target: &Target<'_>) -> bool {
        match self.scope {
            Scope::All => true,
            // A Namespace is an object of the cluster.
            Scope::Namespaced => crate::resource::is_namespaced(target),
            Scope::Cluster => !crate::resource::is_namespaced(target),
        }
    }
}

fn any(wanted: &str, given: &str) -> bool {
    wanted == "*" || wanted == given
}
