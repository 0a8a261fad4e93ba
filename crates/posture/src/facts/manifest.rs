//! The root `manifest`: what the text of an object holds besides its meaning.

use super::{
    World,
    credential::{Credential, credentials},
    namespace::{self, Namespace},
    node::{self, Kinds},
};
use crate::{ObjectId, ObjectSet, set::Entry};
use cofferdam_cel::{Lookup, Node, Source, Step};
use cofferdam_manifest::{
    View,
    schema::{Lifecycle, MismatchKind, Schema},
};
use cofferdam_policy::{
    Provenance,
    facts::{FactSource, ObjectSource, Place},
};
use std::sync::OnceLock;

mod kinds {
    pub(super) const TOP: usize = 0;
    pub(super) const SECRETS: usize = 1;
    pub(super) const SECRET: usize = 2;
    pub(super) const API: usize = 3;
    pub(super) const PROBLEMS: usize = 4;
    pub(super) const PROBLEM: usize = 5;
    pub(super) const NAMESPACE: usize = 6;
    pub(super) const LABELS: usize = 7;
}

const KINDS: Kinds = &[
    &["file", "secrets", "api", "problems", "namespace"],
    &[],
    &["kind", "title", "masked", "path"],
    &["deprecatedIn", "removedIn", "replacement"],
    &[],
    &["kind", "detail", "path"],
    namespace::MEMBERS,
    // Labels of the namespace.
    &[],
];

/// The text of one object of a set.
pub(super) struct ManifestSource<'s, 't> {
    entry: Option<&'s Entry<'t>>,
    object: &'s ObjectSource<'s>,
    world: &'s World,
    credentials: OnceLock<Vec<Credential<'t>>>,
    problems: OnceLock<Vec<TextProblem<'t>>>,
    life: OnceLock<[Option<String>; 3]>,
    namespace: Namespace<'s, 't>,
}

/// Something that the API server would refuse, or read otherwise than its writer meant.
struct TextProblem<'t> {
    kind: &'static str,
    detail: String,
    path: String,
    view: View<'t>,
}

impl<'s, 't> ManifestSource<'s, 't> {
    pub(super) fn new(
        set: &'s ObjectSet<'t>,
        id: ObjectId,
        object: &'s ObjectSource<'s>,
        world: &'s World,
    ) -> Self {
        Self {
            entry: set.get(id),
            object,
            world,
            credentials: OnceLock::new(),
            problems: OnceLock::new(),
            life: OnceLock::new(),
            namespace: Namespace::of(set, id),
        }
    }

    fn credentials(&self) -> &[Credential<'t>] {
        self.credentials.get_or_init(|| {
            let object = self.entry.map(|entry| &entry.object);
            object.map_or_else(Vec::new, |object| credentials(object, &self.world.scanner))
        })
    }

    fn problems(&self) -> &[TextProblem<'t>] {
        self.problems.get_or_init(|| self.entry.map_or_else(Vec::new, problems))
    }

    /// The labels of the namespace, if it has any.
    fn labels(&self) -> Option<View<'t>> {
        self.namespace.labels()
    }

    fn api(&self, key: &str) -> Lookup<'_> {
        let life = self.life.get_or_init(|| {
            let life = self.entry.and_then(|entry| {
                let object = &entry.object;
                Schema::built_in().lifecycle(object.group(), object.version(), object.kind)
            });
            life.as_ref().map_or([const { None }; 3], words)
        });
        let names = KINDS.get(kinds::API).copied().unwrap_or_default();
        let position = names.iter().position(|name| *name == key);
        let word = position.and_then(|position| life.get(position)).and_then(Option::as_deref);
        Lookup::optional(word)
    }
}

/// Deprecated, removed, replacement.
fn words(life: &Lifecycle) -> [Option<String>; 3] {
    [
        life.deprecated.map(|release| release.to_string()),
        life.removed.map(|release| release.to_string()),
        life.replacement.map(|kind| kind.to_string()),
    ]
}

/// Values that do not fit their types, and keys that stand twice.
fn problems<'t>(entry: &Entry<'t>) -> Vec<TextProblem<'t>> {
    let object = &entry.object;
    let mismatches = Schema::built_in().validate(object).into_iter().map(|mismatch| TextProblem {
        kind: match mismatch.kind {
            MismatchKind::UnknownField { .. } => "unknown-field",
            MismatchKind::WrongType { .. } => "wrong-type",
            MismatchKind::Missing { .. } => "missing-field",
            MismatchKind::UnknownValue { .. } => "unknown-value",
        },
        detail: mismatch.to_string(),
        view: mismatch.view,
        path: mismatch.path,
    });
    let span = object.view.span();
    let twice = entry.document.duplicates.iter().filter_map(|duplicate| {
        let view = entry.document.tree.view(duplicate.entry);
        let at = view.key_span()?;
        let is_inside = span.start <= at.start && at.end <= span.end;
        is_inside.then(|| TextProblem {
            kind: "duplicate-key",
            detail: format!("duplicate key {}; the last one counts", view.own_key()),
            path: view.own_key().to_owned(),
            view,
        })
    });
    mismatches.chain(twice).collect()
}

impl Source for ManifestSource<'_, '_> {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        let (kind, index) = node::split(node);
        match (kind, key) {
            (kinds::TOP, "file") => Lookup::optional(self.entry.map(|entry| &*entry.source.path)),
            (kinds::TOP, "secrets") => node::list(self, kinds::SECRETS, 0),
            (kinds::TOP, "api") => node::map(self, kinds::API, 0),
            (kinds::TOP, "problems") => node::list(self, kinds::PROBLEMS, 0),
            (kinds::TOP, "namespace") => node::map(self, kinds::NAMESPACE, 0),
            (kinds::NAMESPACE, "labels") if !self.namespace.is_defined() => Lookup::Unknown,
            (kinds::NAMESPACE, "labels") => node::map(self, kinds::LABELS, 0),
            (kinds::NAMESPACE, _) => self.namespace.member(key),
            (kinds::LABELS, _) => {
                Lookup::optional(self.labels().and_then(|labels| labels.get(key)?.as_str()))
            }
            (kinds::SECRET, _) => {
                let Some(found) = self.credentials().get(index) else { return Lookup::Absent };
                match key {
                    "kind" => Lookup::of(found.kind),
                    "title" => Lookup::of(found.title),
                    "masked" => Lookup::of(&*found.masked),
                    "path" => Lookup::of(&*found.path),
                    _ => Lookup::Absent,
                }
            }
            (kinds::API, _) => self.api(key),
            (kinds::PROBLEM, _) => {
                let Some(found) = self.problems().get(index) else { return Lookup::Absent };
                match key {
                    "kind" => Lookup::of(found.kind),
                    "detail" => Lookup::of(&*found.detail),
                    "path" => Lookup::of(&*found.path),
                    _ => Lookup::Absent,
                }
            }
            _ => Lookup::Absent,
        }
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        if index >= self.length(node) {
            return Lookup::Absent;
        }
        match node::split(node).0 {
            kinds::SECRETS => node::map(self, kinds::SECRET, index),
            kinds::PROBLEMS => node::map(self, kinds::PROBLEM, index),
            _ => Lookup::Absent,
        }
    }

    fn length(&self, node: Node) -> usize {
        match node::split(node).0 {
            kinds::SECRETS => self.credentials().len(),
            kinds::PROBLEMS => self.problems().len(),
            kinds::LABELS => self.labels().map_or(0, View::len),
            _ => node::keys(KINDS, self, node).count(),
        }
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        match node::split(node).0 {
            kinds::LABELS => self.labels()?.key(position),
            _ => node::keys(KINDS, self, node).nth(position),
        }
    }
}

impl<'s, 't: 's> ManifestSource<'s, 't> {
    fn view(&self, kind: usize, index: usize) -> View<'s> {
        let found = match kind {
            kinds::SECRET => self.credentials().get(index).map(|found| found.view),
            kinds::PROBLEM => self.problems().get(index).map(|found| found.view),
            kinds::API => self.object.view().get("apiVersion"),
            _ => None,
        };
        found.unwrap_or_else(|| self.object.view())
    }
}

impl<'s, 't: 's> FactSource for ManifestSource<'s, 't> {
    fn provenance(&self, node: Node, step: &Step<'_>) -> Provenance {
        let (kind, index) = node::split(node);
        let view = match (kind, step) {
            (kinds::SECRETS, Step::Element(index)) => self.view(kinds::SECRET, *index),
            (kinds::PROBLEMS, Step::Element(index)) => self.view(kinds::PROBLEM, *index),
            (kinds::NAMESPACE | kinds::LABELS, _) => {
                let view = self.object.view();
                let own =
                    || self.object.place_of(view.at(&["metadata", "namespace"]).unwrap_or(view));
                return Provenance::Place(self.namespace.place().unwrap_or_else(own));
            }
            _ => self.view(kind, index),
        };
        Provenance::Place(self.object.place_of(view))
    }

    fn reason(&self, _: Node, step: &Step<'_>) -> String {
        let key = if let Step::Member(key) = step { &**key } else { "" };
        self.namespace.reason(key)
    }

    fn place(&self, node: Node) -> Option<Place> {
        let (kind, index) = node::split(node);
        Some(self.object.place_of(self.view(kind, index)))
    }
}
