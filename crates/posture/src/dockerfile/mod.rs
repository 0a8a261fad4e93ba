//! Facts about a Dockerfile, for policies: the root `dockerfile`. `docs/policies.md` lists them.

mod build;
mod secrets;
#[cfg(test)]
mod tests;

use cofferdam_cel::{Handle, List, Lookup, Map, Node, Source, Step, Value};
use cofferdam_manifest::{Lines, Span, dockerfile::Dockerfile};
use cofferdam_policy::{
    Provenance,
    facts::{FactSource, Place},
};
use cofferdam_secrets::Scanner;
use std::sync::Arc;

/// The root `dockerfile`: stages, instructions, the commands that shells are made to start, and
/// credentials. Every value knows its line.
#[derive(Debug)]
pub struct DockerfileFacts<'f> {
    tables: Vec<Table>,
    file: Arc<str>,
    lines: Lines<'f>,
}

/// A map or a list. The first is the root.
#[derive(Debug)]
struct Table {
    is_list: bool,
    entries: Vec<Entry>,
    /// Where it stands.
    span: Span,
}

/// A member of a map, or an element of a list (then its name is empty).
#[derive(Debug)]
struct Entry {
    name: Box<str>,
    fact: Fact,
    /// Where it stands, if not where its map does.
    span: Option<Span>,
}

/// What stands there.
#[derive(Debug)]
enum Fact {
    Text(String),
    Int(i64),
    Bool(bool),
    /// A map or list, by index.
    Table(usize),
    /// Only whoever builds knows.
    Unknown(String),
}

impl<'f> DockerfileFacts<'f> {
    /// The facts of a Dockerfile. `scanner` finds credentials in it.
    pub fn of(file: &'f Dockerfile, scanner: &Scanner) -> Self {
        build::facts(file, scanner)
    }

    fn table(&self, node: Node) -> Option<&Table> {
        self.tables.get(usize::try_from(node.0).ok()?)
    }

    fn value<'s>(&'s self, entry: Option<&'s Entry>) -> Lookup<'s> {
        let Some(entry) = entry else { return Lookup::Absent };
        Lookup::Value(match &entry.fact {
            Fact::Text(text) => Value::from(&**text),
            Fact::Int(number) => Value::Int(*number),
            Fact::Bool(held) => Value::Bool(*held),
            Fact::Unknown(_) => return Lookup::Unknown,
            Fact::Table(index) => {
                let handle = Handle::new(self, Node(u64::try_from(*index).unwrap_or(u64::MAX)));
                match self.tables.get(*index) {
                    Some(Table { is_list: true, .. }) => Value::List(List::Source(handle)),
                    _ => Value::Map(Map::Source(handle)),
                }
            }
        })
    }

    fn entry(&self, node: Node, step: &Step<'_>) -> Option<&Entry> {
        let entries = &self.table(node)?.entries;
        match step {
            Step::Member(name) => entries.iter().find(|entry| *entry.name == **name),
            Step::Element(index) => entries.get(*index),
            Step::Variable(_) | Step::Length => None,
        }
    }

    /// Where the entry stands that a step leads to; where it leads to none, what is around it.
    fn span(&self, node: Node, step: &Step<'_>) -> Span {
        let around = self.table(node).map(|table| table.span).unwrap_or_default();
        match self.entry(node, step) {
            Some(Entry { span: Some(span), .. }) => *span,
            Some(Entry { fact: Fact::Table(index), .. }) => {
                self.tables.get(*index).map_or(around, |table| table.span)
            }
            _ => around,
        }
    }

    fn place_of(&self, span: Span) -> Place {
        let (line, column) = self.lines.at(span.start);
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        Place {
            file: Arc::clone(&self.file),
            line: number(line),
            column: number(column),
            start: span.start,
            end: span.end,
            is_default: false,
        }
    }
}

impl Source for DockerfileFacts<'_> {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        let table = self.table(node).filter(|table| !table.is_list);
        self.value(table.and_then(|table| table.entries.iter().find(|it| &*it.name == key)))
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        let table = self.table(node).filter(|table| table.is_list);
        self.value(table.and_then(|table| table.entries.get(index)))
    }

    fn length(&self, node: Node) -> usize {
        self.table(node).map_or(0, |table| table.entries.len())
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        let table = self.table(node).filter(|table| !table.is_list)?;
        table.entries.get(position).map(|entry| &*entry.name)
    }
}

impl FactSource for DockerfileFacts<'_> {
    fn provenance(&self, node: Node, step: &Step<'_>) -> Provenance {
        Provenance::Place(self.place_of(self.span(node, step)))
    }

    fn reason(&self, node: Node, step: &Step<'_>) -> String {
        match self.entry(node, step) {
            Some(Entry { fact: Fact::Unknown(reason), .. }) => reason.clone(),
            _ => "it was not found out".to_owned(),
        }
    }

    fn place(&self, node: Node) -> Option<Place> {
        self.table(node).map(|table| self.place_of(table.span))
    }
}
