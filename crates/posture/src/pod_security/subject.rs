//! The pod under test, looked up once for all checks, and the words that details are made of.

use super::Violation;
use cofferdam_manifest::{Pod, View};
use std::collections::BTreeSet;

/// A pod, with what nearly every check asks for.
pub(super) struct Subject<'t> {
    pub(super) spec: View<'t>,
    pub(super) annotations: Option<View<'t>>,
    /// The pod's own `securityContext`.
    pub(super) security: Option<View<'t>>,
    /// Init, main and ephemeral containers, in this order.
    pub(super) containers: Vec<Container<'t>>,
}

pub(super) struct Container<'t> {
    pub(super) name: &'t str,
    pub(super) view: View<'t>,
    pub(super) security: Option<View<'t>>,
}

impl<'t> Subject<'t> {
    pub(super) fn of(pod: &Pod<'t>) -> Self {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        let lists = lists.iter().filter_map(|name| pod.spec.get(name));
        let containers = lists.flat_map(View::elements).map(Container::of).collect();
        Self {
            spec: pod.spec,
            annotations: pod.metadata.and_then(|metadata| present(metadata, "annotations")),
            security: present(pod.spec, "securityContext"),
            containers,
        }
    }

    /// The pod says that it is for Windows.
    pub(super) fn is_windows(&self) -> bool {
        self.spec.at(&["os", "name"]).and_then(View::as_str) == Some("windows")
    }

    /// The pod says that it has a user namespace of its own.
    pub(super) fn has_user_namespace(&self) -> bool {
        self.spec.get("hostUsers").and_then(View::as_bool) == Some(false)
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
    fn of(view: View<'t>) -> Self {
        let name = view.get("name").and_then(View::as_str).unwrap_or_default();
        Self { name, view, security: present(view, "securityContext") }
    }

    /// A field of its `securityContext` that is set.
    pub(super) fn setting(&self, key: &str) -> Option<View<'t>> {
        present(self.security?, key)
    }

    /// Where a field of its `securityContext` would be.
    pub(super) fn nearest(&self) -> View<'t> {
        self.security.unwrap_or(self.view)
    }
}

/// A field that is there and not null, which to Kubernetes is the same as not there.
pub(super) fn present<'t>(map: View<'t>, key: &str) -> Option<View<'t>> {
    map.get(key).filter(|value| !value.is_null())
}

/// The same of a boolean field that has this value.
pub(super) fn flag<'t>(map: View<'t>, key: &str, wanted: bool) -> Option<View<'t>> {
    map.get(key).filter(|value| value.as_bool() == Some(wanted))
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
