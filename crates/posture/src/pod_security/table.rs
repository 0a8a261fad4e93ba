//! Which checks there are, from which release on, and which of them take another's place.

use super::{Level, Version, Violation, baseline, profiles, restricted, subject::Subject, volumes};

/// A revision of a check.
pub(super) type Rule = for<'t> fn(&Subject<'t>) -> Option<Violation<'t>>;

/// A check through the releases.
pub(super) struct Check {
    /// Its name in Kubernetes.
    pub(super) id: &'static str,
    /// Its revisions, each with the minor release that brought it, newest first.
    revisions: &'static [(u32, Rule)],
    /// The restricted check that is made in its stead, from the minor release on.
    replaced: Option<u32>,
}

const fn check(id: &'static str, revisions: &'static [(u32, Rule)]) -> Check {
    Check { id, revisions, replaced: None }
}

const fn replaced(id: &'static str, revisions: &'static [(u32, Rule)], from: u32) -> Check {
    Check { id, revisions, replaced: Some(from) }
}

/// In the order of their ids, as all that follow.
const BASELINE: &[Check] = &[
    check("appArmorProfile", &[(0, profiles::app_armor)]),
    replaced("capabilities_baseline", &[(0, baseline::capabilities)], 22),
    check("hostNamespaces", &[(0, baseline::host_namespaces)]),
    replaced("hostPathVolumes", &[(0, volumes::host_path)], 0),
    check("hostPorts", &[(0, baseline::host_ports)]),
    check("hostProbesAndHostLifecycle", &[(34, baseline::host_handlers)]),
    check("privileged", &[(0, baseline::privileged)]),
    replaced(
        "procMount",
        &[(35, baseline::proc_mount_outside_user_namespace), (0, baseline::proc_mount)],
        35,
    ),
    check("seLinuxOptions", &[(31, profiles::se_linux_with_engine), (0, profiles::se_linux)]),
    replaced(
        "seccompProfile_baseline",
        &[(19, profiles::seccomp), (0, profiles::seccomp_annotations)],
        19,
    ),
    check(
        "sysctls",
        &[
            (37, |subject| baseline::sysctls(subject, 14)),
            (32, |subject| baseline::sysctls(subject, 12)),
            (29, |subject| baseline::sysctls(subject, 10)),
            (27, |subject| baseline::sysctls(subject, 6)),
            (0, |subject| baseline::sysctls(subject, 5)),
        ],
    ),
    check("windowsHostProcess", &[(0, baseline::windows_host_process)]),
];

const RESTRICTED: &[Check] = &[
    check(
        "allowPrivilegeEscalation",
        &[
            (25, |subject| not_windows(subject, restricted::privilege_escalation)),
            (8, restricted::privilege_escalation),
        ],
    ),
    check(
        "capabilities_restricted",
        &[
            (25, |subject| not_windows(subject, restricted::capabilities)),
            (22, restricted::capabilities),
        ],
    ),
    check("procMount_restricted", &[(35, restricted::proc_mount)]),
    check("restrictedVolumes", &[(0, volumes::restricted)]),
    check(
        "runAsNonRoot",
        &[
            (35, |subject| not_in_user_namespace(subject, restricted::run_as_non_root)),
            (0, restricted::run_as_non_root),
        ],
    ),
    check(
        "runAsUser",
        &[
            (35, |subject| not_in_user_namespace(subject, restricted::run_as_user)),
            (23, restricted::run_as_user),
        ],
    ),
    check(
        "seccompProfile_restricted",
        &[
            (25, |subject| not_windows(subject, profiles::seccomp_required)),
            (19, profiles::seccomp_required),
        ],
    ),
];

/// Windows refuses these fields, so a pod that says it is for Windows need not set them.
fn not_windows<'t>(subject: &Subject<'t>, rule: Rule) -> Option<Violation<'t>> {
    if subject.is_windows() { None } else { rule(subject) }
}

/// Root in a user namespace of its own is nobody on the node.
pub(super) fn not_in_user_namespace<'t>(
    subject: &Subject<'t>,
    rule: Rule,
) -> Option<Violation<'t>> {
    if subject.has_user_namespace() { None } else { rule(subject) }
}

impl Check {
    /// The revision that holds in a release, if there was one.
    fn rule(&self, minor: u32) -> Option<Rule> {
        self.revisions.iter().find(|(since, _)| *since <= minor).map(|(_, rule)| *rule)
    }
}

fn minor(version: Version) -> u32 {
    match version {
        Version::Minor(minor) => minor,
        Version::Latest => u32::MAX,
    }
}

/// The checks made at a level above privileged, in order.
pub(super) fn checks(level: Level, version: Version) -> impl Iterator<Item = &'static Check> {
    let minor = minor(version);
    let strict = level == Level::Restricted;
    let none: &[Check] = &[];
    let is_replaced = move |check: &Check| check.replaced.is_some_and(|from| from <= minor);
    BASELINE
        .iter()
        .filter(move |check| !(strict && is_replaced(check)))
        .chain(if strict { RESTRICTED } else { none })
        .filter(move |check| level > Level::Privileged && check.rule(minor).is_some())
}

/// Their revisions.
pub(super) fn rules(level: Level, version: Version) -> impl Iterator<Item = Rule> {
    checks(level, version).filter_map(move |check| check.rule(minor(version)))
}
