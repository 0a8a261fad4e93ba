//! The pod under test, looked up once for all checks, and the words that details are made of.

use super::Violation;
use cofferdam_manifest::{Pod, View};
use std::collections::BTreeSet;

/// A pod, with what nearly every check asks for.
pub(super) struct Subject<'t> {
    pub(super) spec: View<'t>,
    pub(super) annotations: Option<View<'t>>,
    /// The pod's own `securityContext`.
    pub(super) security: Security<'t>,
    /// Init, main and ephemeral containers, in this order.
    pub(super) containers: Vec<Container<'t>>,
}

/// The fields of a container that checks ask for. Null counts as not there, here and below.
pub(super) struct Container<'t> {
    pub(super) name: &'t str,
    pub(super) view: View<'t>,
    pub(super) security: Security<'t>,
    pub(super) ports: Option<View<'t>>,
    /// For liveness, readiness and startup.
    pub(super) probes: [Option<View<'t>>; 3],
    pub(super) lifecycle: Option<View<'t>>,
}

/// The fields of a `securityContext`, of a pod or a container.
#[derive(Default)]
pub(super) struct Security<'t> {
    pub(super) view: Option<View<'t>>,
    pub(super) privileged: Option<View<'t>>,
    pub(super) allow_privilege_escalation: Option<View<'t>>,
    pub(super) capabilities: Option<View<'t>>,
    pub(super) proc_mount: Option<View<'t>>,
    pub(super) run_as_non_root: Option<View<'t>>,
    pub(super) run_as_user: Option<View<'t>>,
    pub(super) seccomp: Option<View<'t>>,
    pub(super) app_armor: Option<View<'t>>,
    pub(super) se_linux: Option<View<'t>>,
    pub(super) windows: Option<View<'t>>,
    pub(super) sysctls: Option<View<'t>>,
}

impl<'t> Subject<'t> {
    pub(super) fn of(pod: &Pod<'t>) -> Self {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        let lists = lists.iter().filter_map(|name| pod.spec.get(name));
        Self {
            spec: pod.spec,
            annotations: pod.metadata.and_then(|metadata| present(metadata, "annotations")),
            security: present(pod.spec, "securityContext").map(Security::of).unwrap_or_default(),
            containers: lists.flat_map(View::elements).map(Container::of).collect(),
        }
    }

    /// The pod says that it is for Windows.
    pub(super) fn is_windows(&self) -> bool {
        self.spec.at(&["os", "name"]).and_then(View::as_str) == Some("windows")
    }

    /// The pod says that it has a user namespace of its own.
    pub(super) fn has_user_namespace(&self) -> bool {
        is(self.spec.get("hostUsers"), false).is_some()
    }

    /// The containers that a test finds something in, with what it found.
    pub(super) fn find<T>(
        &self,
        mut test: impl FnMut(&Container<'t>) -> Option<T>,
    ) -> Found<'t, T> {
        let containers = self.containers.iter();
        Found(containers.filter_map(|one| Some((one.name, test(one)?))).collect())
    }
}

impl<'t> Container<'t> {
    /// In one pass over its fields, which is quicker than asking for each.
    fn of(view: View<'t>) -> Self {
        let mut container = Self {
            name: "",
            view,
            security: Security::default(),
            ports: None,
            probes: [None; 3],
            lifecycle: None,
        };
        let [liveness, readiness, startup] = &mut container.probes;
        for (key, value) in view.entries().filter(|(_, value)| !value.is_null()) {
            match key {
                "name" => container.name = value.as_str().unwrap_or_default(),
                "securityContext" => container.security = Security::of(value),
                "ports" => container.ports = Some(value),
                "livenessProbe" => *liveness = Some(value),
                "readinessProbe" => *readiness = Some(value),
                "startupProbe" => *startup = Some(value),
                "lifecycle" => container.lifecycle = Some(value),
                _ => {}
            }
        }
        container
    }

    /// Where a field of its `securityContext` would be.
    pub(super) fn nearest(&self) -> View<'t> {
        self.security.view.unwrap_or(self.view)
    }
}

impl<'t> Security<'t> {
    fn of(view: View<'t>) -> Self {
        let mut security = Self { view: Some(view), ..Self::default() };
        for (key, value) in view.entries().filter(|(_, value)| !value.is_null()) {
            let field = match key {
                "privileged" => &mut security.privileged,
                "allowPrivilegeEscalation" => &mut security.allow_privilege_escalation,
                "capabilities" => &mut security.capabilities,
                "procMount" => &mut security.proc_mount,
                "runAsNonRoot" => &mut security.run_as_non_root,
                "runAsUser" => &mut security.run_as_user,
                "seccompProfile" => &mut security.seccomp,
                "appArmorProfile" => &mut security.app_armor,
                "seLinuxOptions" => &mut security.se_linux,
                "windowsOptions" => &mut security.windows,
                "sysctls" => &mut security.sysctls,
                _ => continue,
            };
            *field = Some(value);
        }
        security
    }
}

/// A field that is there.
pub(super) fn present<'t>(map: View<'t>, key: &str) -> Option<View<'t>> {
    map.get(key).filter(|value| !value.is_null())
}

/// A boolean that has this value.
pub(super) fn is(value: Option<View<'_>>, wanted: bool) -> Option<View<'_>> {
    value.filter(|value| value.as_bool() == Some(wanted))
}

/// Containers by name, each with what was found in it.
pub(super) struct Found<'t, T>(pub(super) Vec<(&'t str, T)>);

impl<T> Found<'_, T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// `container "a"`, `containers "a", "b"`.
    pub(super) fn named(&self) -> String {
        let names = quoted(self.0.iter().map(|(name, _)| *name));
        format!("{} {names}", plural(self.count(), "container", "containers"))
    }
}

impl<'t> Found<'t, View<'t>> {
    pub(super) fn places(&self) -> impl Iterator<Item = View<'t>> {
        self.0.iter().map(|(_, place)| *place)
    }

    /// The violation that these containers are, if there are any.
    pub(super) fn violation(
        &self,
        check: &'static str,
        reason: &'static str,
        detail: impl FnOnce(String) -> String,
    ) -> Option<Violation<'t>> {
        if self.is_empty() {
            return None;
        }
        let places = self.places().collect();
        Some(Violation { check, reason, detail: detail(self.named()), places })
    }

    /// `pod`, `container "a"`, `pod and containers "a", "b"`; with the pod's own place first.
    pub(super) fn with_pod(&self, pod: Option<View<'t>>) -> Option<(String, Vec<View<'t>>)> {
        let places: Vec<View<'t>> = pod.into_iter().chain(self.places()).collect();
        let setters = match (pod, self.is_empty()) {
            (None, true) => return None,
            (Some(_), true) => "pod".to_owned(),
            (Some(_), false) => format!("pod and {}", self.named()),
            (None, false) => self.named(),
        };
        Some((setters, places))
    }
}

/// The word for one or for any other number.
pub(super) fn plural<'w>(count: usize, one: &'w str, many: &'w str) -> &'w str {
    if count == 1 { one } else { many }
}

/// `"a", "b"`.
pub(super) fn quoted<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    format!("\"{}\"", words.join("\", \""))
}

/// The texts of values, sorted and each once.
pub(super) fn texts<'t>(values: impl IntoIterator<Item = View<'t>>) -> BTreeSet<&'t str> {
    values.into_iter().map(|value| value.as_str().unwrap_or_default()).collect()
}
