//! The checks of what confines a container: seccomp, AppArmor and SELinux.

use super::{
    Violation,
    subject::{Container, Subject, plural, present, quoted, texts},
};
use cofferdam_manifest::View;
use std::collections::BTreeSet;

const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR_CONTAINER: &str = "container.apparmor.security.beta.kubernetes.io/";

const SELINUX_TYPES: &[&str] =
    &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// The type of a profile when it is set and leaves the container unconfined; the
/// profile itself when it has no type.
fn unconfined(profile: Option<View<'_>>) -> Option<View<'_>> {
    let profile = profile?;
    let kind = present(profile, "type").unwrap_or(profile);
    let confined = matches!(kind.as_str(), Some("RuntimeDefault" | "Localhost"));
    (!confined).then_some(kind)
}

pub(super) fn app_armor<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let found = subject.find(|container| unconfined(container.security.app_armor));
    let pod = unconfined(subject.security.app_armor);
    let annotations = forbidden_annotations(subject);
    let (mut setters, mut places) = found.with_pod(pod).unwrap_or_default();
    let types = texts(places.iter().copied());
    let mut values: Vec<&str> = types.into_iter().collect();
    if !annotations.is_empty() {
        let and = if setters.is_empty() { "" } else { " and " };
        setters += and;
        setters += plural(annotations.len(), "annotation", "annotations");
        values.extend(annotations.iter().map(|(text, _)| text.as_str()));
        places.extend(annotations.iter().map(|(_, place)| *place));
    }
    if setters.is_empty() {
        return None;
    }
    let many = "forbidden AppArmor profiles";
    Some(Violation {
        check: "appArmorProfile",
        reason: plural(values.len(), "forbidden AppArmor profile", many),
        detail: format!("{setters} must not set AppArmor profile type to {}", quoted(values)),
        places,
    })
}

/// The annotations that named profiles before there was a field, sorted.
fn forbidden_annotations<'t>(subject: &Subject<'t>) -> Vec<(String, View<'t>)> {
    let allowed =
        |text: &str| text.is_empty() || text == "runtime/default" || text.starts_with("localhost/");
    let all = subject.annotations.into_iter().flat_map(View::entries);
    let mut found: Vec<(String, View<'t>)> = all
        .filter(|(key, _)| key.starts_with(APP_ARMOR_CONTAINER))
        .filter_map(|(key, value)| {
            let text = value.as_str().filter(|text| !allowed(text))?;
            Some((format!("{key}={text:?}"), value))
        })
        .collect();
    found.sort_by(|left, right| left.0.cmp(&right.0));
    found
}

pub(super) fn se_linux<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let allowed = SELINUX_TYPES.get(..4).unwrap_or(SELINUX_TYPES);
    se_linux_types(subject, allowed)
}

/// Since 1.31 a container may be one that runs a container engine.
pub(super) fn se_linux_with_engine<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    se_linux_types(subject, SELINUX_TYPES)
}

fn se_linux_types<'t>(subject: &Subject<'t>, allowed: &[&str]) -> Option<Violation<'t>> {
    let (mut types, mut user, mut role) = (BTreeSet::new(), false, false);
    let mut bad = |options: Option<View<'t>>| {
        let options = options?;
        let text = |key| options.get(key).and_then(View::as_str).unwrap_or_default();
        let kind = text("type");
        let bad_type = !allowed.contains(&kind);
        if bad_type {
            types.insert(kind);
        }
        user |= !text("user").is_empty();
        role |= !text("role").is_empty();
        let bad = bad_type || !text("user").is_empty() || !text("role").is_empty();
        bad.then_some(options)
    };
    let pod = bad(subject.security.se_linux);
    let found = subject.find(|container| bad(container.security.se_linux));
    let (setters, places) = found.with_pod(pod)?;
    let mut data = Vec::new();
    if !types.is_empty() {
        let noun = plural(types.len(), "type", "types");
        data.push(format!("{noun} {}", quoted(types)));
    }
    if user {
        data.push("user may not be set".to_owned());
    }
    if role {
        data.push("role may not be set".to_owned());
    }
    let data = data.join("; ");
    Some(Violation {
        check: "seLinuxOptions",
        reason: "seLinuxOptions",
        detail: format!("{setters} set forbidden securityContext.seLinuxOptions: {data}"),
        places,
    })
}

/// Before 1.19 profiles were named by annotations.
pub(super) fn seccomp_annotations<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let annotations = subject.annotations?;
    let allowed = |text: &str| {
        matches!(text, "runtime/default" | "docker/default") || text.starts_with("localhost/")
    };
    let mut found: Vec<(String, View<'t>)> = Vec::new();
    let mut look = |key: &str| {
        let value = annotations.get(key)?;
        let text = value.as_str().filter(|text| !allowed(text))?;
        found.push((format!("{key}={text:?}"), value));
        Some(())
    };
    look(SECCOMP_POD);
    for container in &subject.containers {
        look(&format!("{SECCOMP_CONTAINER}{}", container.name));
    }
    if found.is_empty() {
        return None;
    }
    found.sort_by(|left, right| left.0.cmp(&right.0));
    found.dedup_by(|left, right| left.0 == right.0);
    let noun = plural(found.len(), "annotation", "annotations");
    let words: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
    Some(Violation {
        check: "seccompProfile_baseline",
        reason: "seccompProfile",
        detail: format!("forbidden {noun} {}", words.join(", ")),
        places: found.into_iter().map(|(_, place)| place).collect(),
    })
}

pub(super) fn seccomp<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    seccomp_set(subject, "seccompProfile_baseline")
}

pub(super) fn seccomp_required<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let check = "seccompProfile_restricted";
    if let Some(violation) = seccomp_set(subject, check) {
        return Some(violation);
    }
    if subject.security.seccomp.is_some() {
        return None;
    }
    let silent = |container: &Container<'t>| {
        container.security.seccomp.is_none().then(|| container.nearest())
    };
    subject.find(silent).violation(check, "seccompProfile", |who| {
        let types = "\"RuntimeDefault\" or \"Localhost\"";
        format!("pod or {who} must set securityContext.seccompProfile.type to {types}")
    })
}

/// Profiles that are set to something that confines nothing.
fn seccomp_set<'t>(subject: &Subject<'t>, check: &'static str) -> Option<Violation<'t>> {
    let found = subject.find(|container| unconfined(container.security.seccomp));
    let (setters, places) = found.with_pod(unconfined(subject.security.seccomp))?;
    let types = quoted(texts(places.iter().copied()));
    let detail = format!("{setters} must not set securityContext.seccompProfile.type to {types}");
    Some(Violation { check, reason: "seccompProfile", detail, places })
}
