//! The baseline checks of what a pod shares with its node.

use super::{
    Violation,
    subject::{Container, Found, Security, Subject, is, plural, present, quoted, texts},
    table::not_in_user_namespace,
};
use cofferdam_manifest::View;
use std::collections::BTreeSet;

/// The capabilities that container runtimes give anyway, without `NET_RAW`.
const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Kernel parameters that are a pod's own affair, in the order in which they were let in.
const SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_notsent_lowat",
];

pub(super) fn capabilities<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let found = added(subject, |name| CAPABILITIES.contains(&name));
    if found.is_empty() {
        return None;
    }
    Some(Violation {
        check: "capabilities_baseline",
        reason: "non-default capabilities",
        detail: must_not_add(&found),
        places: flat(found),
    })
}

/// The capabilities that containers add although they may not.
pub(super) fn added<'t>(
    subject: &Subject<'t>,
    allowed: impl Fn(&str) -> bool,
) -> Found<'t, Vec<View<'t>>> {
    subject.find(|container| {
        let added = container.security.capabilities?.get("add")?;
        let forbidden = |value: &View<'t>| !allowed(value.as_str().unwrap_or_default());
        let forbidden: Vec<View<'t>> = added.elements().filter(forbidden).collect();
        (!forbidden.is_empty()).then_some(forbidden)
    })
}

pub(super) fn must_not_add(found: &Found<'_, Vec<View<'_>>>) -> String {
    let names = texts(found.0.iter().flat_map(|(_, values)| values.iter().copied()));
    let (who, what) = (found.named(), quoted(names));
    format!("{who} must not include {what} in securityContext.capabilities.add")
}

pub(super) fn flat<'t>(found: Found<'t, Vec<View<'t>>>) -> Vec<View<'t>> {
    found.0.into_iter().flat_map(|(_, places)| places).collect()
}

pub(super) fn host_namespaces<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let keys = ["hostNetwork", "hostPID", "hostIPC"];
    let shared = |key: &'static str| Some((key, is(subject.spec.get(key), true)?));
    let found: Vec<(&str, View<'t>)> = keys.into_iter().filter_map(shared).collect();
    if found.is_empty() {
        return None;
    }
    let words: Vec<String> = found.iter().map(|(key, _)| format!("{key}=true")).collect();
    Some(Violation {
        check: "hostNamespaces",
        reason: "host namespaces",
        detail: words.join(", "),
        places: found.into_iter().map(|(_, place)| place).collect(),
    })
}

pub(super) fn host_ports<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let mut ports = BTreeSet::new();
    let found = subject.find(|container| {
        let host_port = |port: View<'t>| {
            let place = port.get("hostPort")?;
            // By their texts, which is how the reference sorts them too.
            ports.insert(place.as_int().filter(|number| *number != 0)?.to_string());
            Some(place)
        };
        let places: Vec<View<'t>> = container.ports?.elements().filter_map(host_port).collect();
        (!places.is_empty()).then_some(places)
    });
    if found.is_empty() {
        return None;
    }
    let uses = plural(found.count(), "uses", "use");
    let noun = plural(ports.len(), "hostPort", "hostPorts");
    let ports: Vec<String> = ports.into_iter().collect();
    Some(Violation {
        check: "hostPorts",
        reason: "hostPort",
        detail: format!("{} {uses} {noun} {}", found.named(), ports.join(", ")),
        places: flat(found),
    })
}

/// Probes and lifecycle hooks that the kubelet sends to other hosts than the pod.
pub(super) fn host_handlers<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let found = subject.find(|container| {
        let places = handler_hosts(container);
        (!places.is_empty()).then_some(places)
    });
    if found.is_empty() {
        return None;
    }
    // Container names are a set here.
    let names: BTreeSet<&str> = found.0.iter().map(|(name, _)| *name).collect();
    let hosts = texts(found.0.iter().flat_map(|(_, places)| places.iter().copied()));
    let noun = plural(hosts.len(), "probe or lifecycle host", "probe or lifecycle hosts");
    let containers = plural(names.len(), "container", "containers");
    let uses = plural(names.len(), "uses", "use");
    let detail = format!("{containers} {} {uses} {noun} {}", quoted(names), quoted(hosts));
    Some(Violation {
        check: "hostProbesAndHostLifecycle",
        reason: "probe or lifecycle host",
        detail,
        places: flat(found),
    })
}

fn handler_hosts<'t>(container: &Container<'t>) -> Vec<View<'t>> {
    let hooks = ["postStart", "preStop"];
    let hooks = hooks.iter().filter_map(|key| container.lifecycle?.get(key));
    let host = |handler: View<'t>, key| {
        handler.at(&[key, "host"]).filter(|host| host.as_str().is_some_and(|text| !text.is_empty()))
    };
    let both = |handler| [host(handler, "httpGet"), host(handler, "tcpSocket")];
    container.probes.into_iter().flatten().chain(hooks).flat_map(both).flatten().collect()
}

pub(super) fn privileged<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let found = subject.find(|container| is(container.security.privileged, true));
    found.violation("privileged", "privileged", |who| {
        format!("{who} must not set securityContext.privileged=true")
    })
}

pub(super) fn proc_mount<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    unmasked(subject, "procMount")
}

pub(super) fn proc_mount_outside_user_namespace<'t>(
    subject: &Subject<'t>,
) -> Option<Violation<'t>> {
    not_in_user_namespace(subject, proc_mount)
}

/// Containers that see all of /proc.
pub(super) fn unmasked<'t>(subject: &Subject<'t>, check: &'static str) -> Option<Violation<'t>> {
    let found = subject.find(|container| {
        container.security.proc_mount.filter(|value| value.as_str() != Some("Default"))
    });
    found.violation(check, "procMount", |who| {
        let what = quoted(texts(found.places()));
        format!("{who} must not set securityContext.procMount to {what}")
    })
}

/// Other sysctls than the first so many of [`SYSCTLS`].
pub(super) fn sysctls<'t>(subject: &Subject<'t>, allowed: usize) -> Option<Violation<'t>> {
    let allowed = SYSCTLS.get(..allowed).unwrap_or(SYSCTLS);
    let names = subject.security.sysctls?.elements().map(|sysctl| {
        let name = present(sysctl, "name").unwrap_or(sysctl);
        (name.as_str().unwrap_or_default(), name)
    });
    let found: Vec<(&str, View<'t>)> = names.filter(|(name, _)| !allowed.contains(name)).collect();
    if found.is_empty() {
        return None;
    }
    let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    Some(Violation {
        check: "sysctls",
        reason: "forbidden sysctls",
        detail: names.join(", "),
        places: found.into_iter().map(|(_, place)| place).collect(),
    })
}

pub(super) fn windows_host_process<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let host_process = |security: &Security<'t>| is(security.windows?.get("hostProcess"), true);
    let found = subject.find(|container| host_process(&container.security));
    let (who, places) = found.with_pod(host_process(&subject.security))?;
    Some(Violation {
        check: "windowsHostProcess",
        reason: "hostProcess",
        detail: format!("{who} must not set securityContext.windowsOptions.hostProcess=true"),
        places,
    })
}
