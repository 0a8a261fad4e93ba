//! Which rules may be about a request, as far as its resource and namespace say.

use super::Settings;
use cofferdam_policy::{Operation, Policy, Stage, facts::RootSet};
use std::{collections::BTreeSet, sync::LazyLock};

/// A request to add a container to a pod: the whole pod comes with it, and is judged.
pub(super) const EPHEMERAL: &str = "pods/ephemeralcontainers";

static IMAGE: LazyLock<RootSet> = LazyLock::new(|| RootSet::of(["image"]));

/// What is looked into while it is built.
static BUILT: LazyLock<RootSet> = LazyLock::new(|| RootSet::of(["image", "dockerfile"]));

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

/// A resource or a subresource that comes to the door, and what is done with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resource<'a> {
    pub(super) group: &'a str,
    /// `pods`, `pods/exec`.
    pub(super) path: &'a str,
    pub(super) operations: &'a [Operation],
}

/// Those of the rules that may be about a resource in a namespace.
pub(super) fn about<'s>(
    settings: &'s Settings,
    codes: impl Iterator<Item = &'s str>,
    resource: &Resource<'_>,
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
    let is_meant = |policy: &&Policy| codes.contains(&*policy.code) && is_asked(policy);
    let mut asked: Vec<&Policy> = settings.bundle.policies.iter().filter(is_meant).collect();
    asked.sort_by(|one, other| one.code.cmp(&other.code));
    asked
}

/// Whether a policy is asked at the door. One about images is if it is asked in the background too:
/// nobody looks into an image while a request waits. What is about a file of a build never comes
/// here, nor what the API server is not asked to send, or sends to nobody.
pub fn is_asked(policy: &Policy) -> bool {
    let asked_at = |stage| policy.stages.contains(&stage);
    let is_about_others = policy.reads.has_any(*BUILT);
    let is_known = !is_about_others || is_about_images(policy) && asked_at(Stage::Background);
    asked_at(Stage::Admission)
        && is_known
        && super::configuration::reviewed().any(|resource| is_about(policy, &resource))
}

/// Whether a policy is about images, and about nothing else.
pub(super) fn is_about_images(policy: &Policy) -> bool {
    policy.reads.has(*IMAGE) && policy.reads.subjects() == *IMAGE
}

/// Whether a policy may be about a resource.
pub(super) fn is_about(policy: &Policy, resource: &Resource<'_>) -> bool {
    let Resource { group, path, operations } = *resource;
    let names = |path: &str| policy.names(group, path, operations);
    let is_named = names(path) || path == EPHEMERAL && names("pods");
    let is_of_workloads = policy.reads.has_any(RootSet::of(["workload", "image"]));
    is_named && (!is_of_workloads || POD_MAKERS.contains(&path))
}
