//! Objects of files as facts: the roots `object`, `oldObject`, `params` and the like.

use super::{FactSource, Place, TOP};
use crate::{Provenance, patch};
use cofferdam_cel::{Handle, List, Lookup, Map, Node, Source, Step, Value};
use cofferdam_manifest::{Lines, NodeId, Value as Found, View};
use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

/// Values of one object that are looked at to find the way to one of them.
const NODES_MAX: usize = 100_000;

/// An object in a file, or a part of one, with places.
#[derive(Debug)]
pub struct ObjectSource<'a> {
    view: View<'a>,
    file: Arc<str>,
    lines: &'a Lines<'a>,
    /// What holds each value, by value; found out when the way to one is first asked for.
    held: OnceLock<Vec<Held>>,
    unasked: &'static [&'static str],
}

/// Where a value stands in the one around it.
#[derive(Clone, Copy, Debug)]
struct Held {
    value: NodeId,
    around: NodeId,
    position: usize,
}

/// A step from a value to one that it holds.
enum Down<'t> {
    Key(&'t str),
    Index(usize),
}

impl<'a> ObjectSource<'a> {
    /// The object `view` of the file that people know as `file_name`, with the file's lines.
    pub fn new(view: View<'a>, file_name: impl Into<Arc<str>>, lines: &'a Lines<'a>) -> Self {
        Self { view, file: file_name.into(), lines, held: OnceLock::new(), unasked: &[] }
    }

    /// The same, where these fields of the object were not asked for: one that is missing is
    /// unknown.
    #[must_use]
    pub const fn without(mut self, unasked: &'static [&'static str]) -> Self {
        self.unasked = unasked;
        self
    }

    fn is_unasked(&self, node: Node, key: &str) -> bool {
        !self.unasked.is_empty()
            && self.of(node).id() == self.view.id()
            && self.unasked.contains(&key)
    }

    /// The object.
    pub const fn view(&self) -> View<'a> {
        self.view
    }

    /// The lines of its file.
    pub const fn lines(&self) -> &'a Lines<'a> {
        self.lines
    }

    /// A value of the same tree as expressions see it: what another source hands out.
    pub fn value<'s>(&'s self, view: View<'a>) -> Value<'s> {
        match view.value() {
            Found::Null => Value::Null,
            Found::Bool(value) => Value::Bool(value),
            Found::Int(value) => Value::Int(value),
            Found::Float(value) => Value::Double(value),
            Found::String(text) => Value::from(text),
            Found::List => Value::List(List::Source(Handle::new(self, Self::node(view)))),
            Found::Map => Value::Map(Map::Source(Handle::new(self, Self::node(view)))),
        }
    }

    /// Where a value stands; one that is filled in, where it would.
    pub fn place_of(&self, view: View<'a>) -> Place {
        if !view.is_defaulted() {
            let span = if view.is_map() || view.is_list() { head(view) } else { view.span() };
            return self.at(span.start, span.end, false);
        }
        let span = head(view.written());
        self.at(span.start, span.end, true)
    }

    fn node(view: View<'_>) -> Node {
        Node(u64::from(view.id().0) + 1)
    }

    fn of(&self, node: Node) -> View<'a> {
        let id = node.0.checked_sub(1).and_then(|id| u32::try_from(id).ok());
        id.map_or(self.view, |id| self.view.tree().view(NodeId(id)))
    }

    fn found<'s>(&'s self, view: Option<View<'a>>) -> Lookup<'s> {
        view.map_or(Lookup::Absent, |view| Lookup::Value(self.value(view)))
    }

    fn child(&self, node: Node, step: &Step<'_>) -> Option<View<'a>> {
        match step {
            Step::Member(name) => self.of(node).get(name),
            Step::Element(index) => self.of(node).element(*index),
            Step::Variable(_) | Step::Length => None,
        }
    }

    fn at(&self, start: u32, end: u32, is_default: bool) -> Place {
        let (line, column) = self.lines.at(start);
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let (line, column) = (number(line), number(column));
        Place { file: Arc::clone(&self.file), line, column, start, end, is_default }
    }

    /// The steps from the object down to the value with this id.
    fn way(&self, wanted: NodeId) -> Vec<Down<'a>> {
        let held = self.held.get_or_init(|| held(self.view));
        let find = |value: NodeId| {
            let at = held.binary_search_by_key(&value, |held| held.value).ok()?;
            held.get(at)
        };
        let mut way = Vec::new();
        let mut value = wanted;
        while let Some(held) = find(value) {
            let around = self.view.tree().view(held.around);
            way.push(down(around, held.position));
            value = held.around;
        }
        way.reverse();
        way
    }
}

/// What holds each value of an object, sorted. Values can be shared (YAML aliases): then it is what
/// comes first in the text.
fn held(object: View<'_>) -> Vec<Held> {
    let mut all: Vec<Held> = Vec::new();
    // Lists and maps that hold something: into each it is gone once.
    let mut seen = HashSet::from([object.id()]);
    let mut open: Vec<(View<'_>, usize)> = vec![(object, 0)];
    while let Some((around, next)) = open.last_mut() {
        let Some(child) = around.element(*next).filter(|_| all.len() < NODES_MAX) else {
            open.pop();
            continue;
        };
        let position = *next;
        *next += 1;
        all.push(Held { value: child.id(), around: around.id(), position });
        if !child.is_empty() && seen.insert(child.id()) {
            open.push((child, 0));
        }
    }
    // Stable: of several places of one value the first stays the first.
    all.sort_by_key(|held| held.value);
    all.dedup_by_key(|held| held.value);
    all
}

fn down(view: View<'_>, position: usize) -> Down<'_> {
    view.key(position).map_or(Down::Index(position), Down::Key)
}

/// The first line of a map or list: its key, or what it begins with.
fn head(view: View<'_>) -> cofferdam_manifest::Span {
    if let Some(key) = view.key_span() {
        return key;
    }
    let span = view.span();
    match view.element(0).and_then(View::key_span) {
        Some(key) if key.start >= span.start => key,
        _ => span,
    }
}

impl Source for ObjectSource<'_> {
    /// A field that is left empty is not there: the API server drops it.
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        match self.of(node).get(key).map(|view| self.value(view)) {
            Some(Value::Null) | None if self.is_unasked(node, key) => Lookup::Unknown,
            Some(Value::Null) | None => Lookup::Absent,
            Some(value) => Lookup::Value(value),
        }
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        self.found(self.of(node).element(index))
    }

    fn length(&self, node: Node) -> usize {
        self.of(node).len()
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        self.of(node).key(position)
    }
}

impl FactSource for ObjectSource<'_> {
    fn provenance(&self, node: Node, step: &Step<'_>) -> Provenance {
        let place = match self.child(node, step) {
            Some(child) => self.place_of(child),
            None => self.place_of(self.of(node)),
        };
        Provenance::Place(place)
    }

    fn reason(&self, node: Node, step: &Step<'_>) -> String {
        match step {
            Step::Member(name) if self.is_unasked(node, name) => {
                format!("the {} of Secrets and ConfigMaps is not asked for", &**name)
            }
            _ => "it was not found out".to_owned(),
        }
    }

    fn place(&self, node: Node) -> Option<Place> {
        Some(self.place_of(self.of(node)))
    }

    fn view(&self, node: Node) -> Option<View<'_>> {
        Some(self.of(node))
    }

    fn pointer(&self, node: Node) -> Option<String> {
        let wanted = self.of(node).id();
        if node == TOP || wanted == self.view.id() {
            return Some(String::new());
        }
        let way = self.way(wanted);
        let mut pointer = String::new();
        for down in &way {
            match down {
                Down::Key(key) => patch::push_step(&mut pointer, key),
                Down::Index(index) => patch::push_index(&mut pointer, *index),
            }
        }
        Some(pointer).filter(|_| !way.is_empty())
    }
}
