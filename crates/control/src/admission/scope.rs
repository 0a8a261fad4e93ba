//! Which rules may be about a request, as far as its resource and namespace say.

use super::Settings;
use cofferdam_policy::{Policy, Stage, facts::RootSet};
use std::collections::BTreeSet;

/// A request to add a container to a pod: the whole pod comes with it, and is judged.
pub(super) const EPHEMERAL: &str = "pods/ephemeralcontainers";

/// What makes pods, by resource.
const POD_MAKERS: &[&str] = &[
    "pods",
    EPHEMERAL,
    "replicationcontrollers",
    "podtemplates",
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "jobs",
    "cronjobs",
    "rollouts",
];

/// Those of the rules that may be about a resource, such as `pods/exec`, in a namespace.
pub(super) fn about<'s>(
    settings: &'s Settings,
    codes: impl Iterator<Item = &'s str>,
    resource: &str,
    namespace: Option<&str>,
) -> Vec<&'s str> {
    let is_here =
        |policy: &&Policy| policy.namespace.is_none() || policy.namespace.as_deref() == namespace;
    let asked = asked(settings, codes).into_iter().filter(is_here);
    asked.filter(|policy| is_about(policy, resource)).map(|policy| &*policy.code).collect()
}

/// The policies of these codes that are asked at the door, in the order of their codes.
pub(super) fn asked<'s>(
    settings: &'s Settings,
    codes: impl Iterator<Item = &'s str>,
) -> Vec<&'s Policy> {
    let codes: BTreeSet<&str> = codes.collect();
    let is_asked = |policy: &&Policy| {
        codes.contains(&*policy.code) && policy.stages.contains(&Stage::Admission)
    };
    let mut asked: Vec<&Policy> = settings.bundle.policies.iter().filter(is_asked).collect();
    asked.sort_by(|one, other| one.code.cmp(&other.code));
    asked
}

/// Whether a policy may be about a resource or a subresource.
pub(super) fn is_about(policy: &Policy, resource: &str) -> bool {
    let is_named = policy.names(resource) || resource == EPHEMERAL && policy.names("pods");
    let is_of_workloads = policy.reads.has_any(RootSet::of(["workload"]));
    is_named && (!is_of_workloads || POD_MAKERS.contains(&resource))
}
