//! The restricted checks of whom a container runs as and what it may become.

use super::{
    Violation,
    baseline::{added, flat, must_not_add, unmasked},
    subject::{Container, Security, Subject, is},
};
use cofferdam_manifest::View;

pub(super) fn privilege_escalation<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let found = subject.find(|container| {
        let setting = container.security.allow_privilege_escalation;
        match setting.and_then(View::as_bool) {
            Some(false) => None,
            _ => Some(setting.unwrap_or(container.nearest())),
        }
    });
    let reason = "allowPrivilegeEscalation != false";
    found.violation("allowPrivilegeEscalation", reason, |who| {
        format!("{who} must set securityContext.allowPrivilegeEscalation=false")
    })
}

pub(super) fn capabilities<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let keeping = subject.find(|container| (!drops_all(container)).then(|| place(container)));
    let adding = added(subject, |name| name == "NET_BIND_SERVICE");
    let mut details = Vec::new();
    if !keeping.is_empty() {
        let who = keeping.named();
        details.push(format!("{who} must set securityContext.capabilities.drop=[\"ALL\"]"));
    }
    if !adding.is_empty() {
        details.push(must_not_add(&adding));
    }
    if details.is_empty() {
        return None;
    }
    Some(Violation {
        check: "capabilities_restricted",
        reason: "unrestricted capabilities",
        detail: details.join("; "),
        places: keeping.places().chain(flat(adding)).collect(),
    })
}

fn drops_all(container: &Container<'_>) -> bool {
    let dropped = container.security.capabilities.and_then(|both| both.get("drop"));
    let mut names = dropped.into_iter().flat_map(View::elements);
    names.any(|name| name.as_str() == Some("ALL"))
}

/// Where the list of what is dropped is, or would be.
fn place<'t>(container: &Container<'t>) -> View<'t> {
    let capabilities = container.security.capabilities;
    let dropped = capabilities.and_then(|both| both.get("drop"));
    dropped.or(capabilities).unwrap_or(container.nearest())
}

pub(super) fn proc_mount<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    unmasked(subject, "procMount_restricted")
}

pub(super) fn run_as_non_root<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let (check, reason) = ("runAsNonRoot", "runAsNonRoot != true");
    let root = |security: &Security<'t>| is(security.run_as_non_root, false);
    let found = subject.find(|container| root(&container.security));
    if let Some((who, places)) = found.with_pod(root(&subject.security)) {
        let detail = format!("{who} must not set securityContext.runAsNonRoot=false");
        return Some(Violation { check, reason, detail, places });
    }
    if is(subject.security.run_as_non_root, true).is_some() {
        return None;
    }
    let silent = |container: &Container<'t>| {
        let setting = container.security.run_as_non_root.and_then(View::as_bool);
        setting.is_none().then(|| container.nearest())
    };
    subject.find(silent).violation(check, reason, |who| {
        format!("pod or {who} must set securityContext.runAsNonRoot=true")
    })
}

pub(super) fn run_as_user<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let root =
        |security: &Security<'t>| security.run_as_user.filter(|user| user.as_int() == Some(0));
    let found = subject.find(|container| root(&container.security));
    let (who, places) = found.with_pod(root(&subject.security))?;
    let detail = format!("{who} must not set runAsUser=0");
    Some(Violation { check: "runAsUser", reason: "runAsUser=0", detail, places })
}
