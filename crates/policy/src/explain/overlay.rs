//! Facts with one of them changed.

use crate::{Facts, Provenance, facts::FactSource};
use cofferdam_cel::{Handle, List, Lookup, Map, Node, Source, Value};
use std::sync::{Mutex, PoisonError};

/// One fact that is otherwise.
#[derive(Clone, Debug)]
pub(super) struct Change<'a> {
    /// The map that holds it.
    pub(super) holder: Handle<'a>,
    pub(super) key: &'a str,
    /// `None`: not there.
    pub(super) to: Option<Value<'static>>,
}

/// The facts with the change made, through whichever root it is reached.
pub(super) fn lay<'a>(facts: &'a Facts<'_>, change: &'a Change<'a>) -> Facts<'a> {
    let mut changed = Facts::default();
    for (name, source) in facts.roots() {
        let top = Handle::new(source, crate::facts::TOP);
        changed.insert(name, Overlay { change, nodes: Mutex::new(vec![top]) });
    }
    changed.authorize_as(facts);
    changed
}

/// A source over another. Its nodes are numbers of the other's maps and lists that were met.
struct Overlay<'a> {
    change: &'a Change<'a>,
    nodes: Mutex<Vec<Handle<'a>>>,
}

impl<'a> Overlay<'a> {
    fn of(&self, node: Node) -> Option<Handle<'a>> {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.get(usize::try_from(node.0).ok()?).copied()
    }

    fn number(&self, handle: Handle<'a>) -> Node {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.push(handle);
        Node(u64::try_from(nodes.len() - 1).unwrap_or_default())
    }

    fn is_changed(&self, holder: &Handle<'_>, key: &str) -> bool {
        let changed = &self.change.holder;
        std::ptr::addr_eq(changed.source, holder.source)
            && changed.node == holder.node
            && self.change.key == key
    }

    fn changed(&self) -> Lookup<'_> {
        self.change.to.clone().map_or(Lookup::Absent, Lookup::Value)
    }

    /// What was found, with its maps and lists looked at through this.
    fn through<'s>(&'s self, found: Lookup<'a>) -> Lookup<'s> {
        match found {
            Lookup::Value(Value::Map(Map::Source(handle))) => {
                Lookup::Value(Value::Map(Map::Source(Handle::new(self, self.number(handle)))))
            }
            Lookup::Value(Value::List(List::Source(handle))) => {
                Lookup::Value(Value::List(List::Source(Handle::new(self, self.number(handle)))))
            }
            other => other,
        }
    }
}

impl Source for Overlay<'_> {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        let Some(holder) = self.of(node) else { return Lookup::Absent };
        if self.is_changed(&holder, key) {
            return self.changed();
        }
        self.through(holder.source.member(holder.node, key))
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        let Some(holder) = self.of(node) else { return Lookup::Absent };
        self.through(holder.source.element(holder.node, index))
    }

    fn length(&self, node: Node) -> usize {
        self.of(node).map_or(0, |holder| holder.source.length(holder.node))
    }

    fn has_rest(&self, node: Node) -> bool {
        self.of(node).is_some_and(|holder| holder.source.has_rest(holder.node))
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        let holder = self.of(node)?;
        holder.source.key(holder.node, position)
    }
}

impl FactSource for Overlay<'_> {
    fn provenance(&self, _: Node, _: &cofferdam_cel::Step<'_>) -> Provenance {
        Provenance::Derived
    }

    fn reason(&self, _: Node, _: &cofferdam_cel::Step<'_>) -> String {
        "it was not found out".to_owned()
    }
}
