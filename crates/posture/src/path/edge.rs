//! The steps that there are, in words.

use super::{Goal, Start, escape::Means};
use crate::{
    ObjectId, ObjectSet,
    access::{POWERS, Power, Scope},
};
use cofferdam_manifest::{NodeId, View};
use cofferdam_policy::facts::Place;

/// Names a vertex of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct VertexId(pub(super) u32);

/// Where somebody can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Vertex<'t> {
    Outside(Start),
    Service(ObjectId),
    /// Behind any of the services with one selector.
    Group(usize),
    /// In a container of the pods that an object makes.
    Workload(ObjectId),
    /// With the token of an account.
    Account(Option<&'t str>, &'t str),
    /// With any account of a namespace, or of all.
    AnyAccount(Scope<'t>),
    /// In any container of a namespace, or of all.
    AnyWorkload(Scope<'t>),
    Goal(Goal),
}

/// What leads from one vertex to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something takes requests from outside to a service.
    Route,
    /// A service takes them from outside itself.
    Open,
    /// A workload listens on its node.
    HostPort,
    /// A service sends requests to a workload.
    Selects,
    /// Out of a container, by this means.
    Escape(Means),
    /// The token of the account is mounted.
    Token,
    /// The token of a pod that runs on every node.
    NodeToken,
    /// A power, by its position.
    Power(usize),
    /// From a group to a member.
    Member,
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge<'t> {
    pub(super) from: VertexId,
    pub(super) to: VertexId,
    pub(super) kind: Kind,
    /// The object whose fact it is.
    pub(super) object: ObjectId,
    /// Where the fact stands in that object, if more is known than the object.
    pub(super) view: Option<View<'t>>,
    /// The binding of a power.
    pub(super) binding: Option<ObjectId>,
}

/// What a change changes: edges that rest on one fact go together.
pub(super) type Change = (ObjectId, Option<NodeId>);

impl<'t> Edge<'t> {
    /// How many steps it counts.
    pub(super) const fn weight(&self) -> usize {
        if matches!(self.kind, Kind::Member) { 0 } else { 1 }
    }

    /// What would be changed to take it away, and how much that hurts: a flag that is set too
    /// generously less than a way in that somebody wants. `None` where it cannot be changed.
    pub(super) fn change(&self) -> Option<(Change, u64)> {
        let cost = match self.kind {
            Kind::Escape(_) | Kind::Token => 1,
            Kind::Power(_) => 2,
            Kind::NodeToken => 3,
            Kind::Open | Kind::HostPort => 12,
            Kind::Route => 20,
            Kind::Selects | Kind::Member => return None,
        };
        Some(((self.object, self.view.map(View::id)), cost))
    }

    pub(super) fn place(&self, set: &ObjectSet<'t>) -> Option<Place> {
        set.place_of(self.object, self.view)
    }

    /// What happens, one sentence without its full stop.
    pub(super) fn text(&self, set: &ObjectSet<'t>, from: Vertex<'t>, to: Vertex<'t>) -> String {
        let own = set.title(self.object);
        let target = name(set, to);
        match self.kind {
            Kind::Route => format!("{own} routes requests from {} to {target}", name(set, from)),
            Kind::Open => format!("{own} is exposed to {}", name(set, from)),
            Kind::HostPort => format!("{own} listens on a port of its nodes"),
            Kind::Selects => format!("{own} forwards requests to {target}"),
            Kind::Escape(means) => {
                format!("a container of {own} {}, which gives access to {target}", means.does)
            }
            Kind::Token => format!("{own} mounts the token of {target}"),
            Kind::NodeToken => {
                format!("{own} runs on every node and mounts the token of {target}")
            }
            Kind::Power(power) => self.power_text(set, power, from, to),
            Kind::Member => String::new(),
        }
    }

    fn power_text(
        &self,
        set: &ObjectSet<'t>,
        power: usize,
        from: Vertex<'t>,
        to: Vertex<'t>,
    ) -> String {
        let can = POWERS.get(power).map_or("do more", |power: &Power| power.can);
        let by = self.binding.map_or_else(String::new, |id| set.title(id));
        let role = if self.binding == Some(self.object) {
            String::new()
        } else {
            format!(" and {}", set.title(self.object))
        };
        let (from, to) = (name(set, from), name(set, to));
        format!("{from} can {can} ({by}{role}), which gives access to {to}")
    }

    /// What to do to take it away, one sentence without its full stop.
    pub(super) fn advice(&self, set: &ObjectSet<'t>) -> String {
        let own = set.title(self.object);
        match self.kind {
            Kind::Route | Kind::Open | Kind::HostPort => {
                format!("expose {own} only to the addresses that need it, or not at all")
            }
            Kind::Selects | Kind::Member => String::new(),
            Kind::Escape(means) => format!("remove {} from {own}", means.remove),
            Kind::Token | Kind::NodeToken => format!(
                "set automountServiceAccountToken to false in {own}, or give it a service account \
                 without these rights"
            ),
            Kind::Power(power) => {
                let can = POWERS.get(power).map_or("do more", |power: &Power| power.can);
                format!("remove from {own} the permission to {can}")
            }
        }
    }
}

fn name(set: &ObjectSet<'_>, vertex: Vertex<'_>) -> String {
    let any = |what: &str, scope: Scope<'_>| match scope {
        Scope::Cluster => format!("any {what}"),
        Scope::Namespace(None) => format!("any {what} of its namespace"),
        Scope::Namespace(Some(namespace)) => format!("any {what} of namespace {namespace}"),
    };
    match vertex {
        Vertex::Outside(start) => start.as_str().to_owned(),
        Vertex::Service(id) | Vertex::Workload(id) => set.title(id),
        Vertex::Group(_) => "the pods of its selector".to_owned(),
        Vertex::Account(Some(namespace), name) => format!("ServiceAccount {namespace}/{name}"),
        Vertex::Account(None, name) => format!("ServiceAccount {name}"),
        Vertex::AnyAccount(scope) => any("service account", scope),
        Vertex::AnyWorkload(scope) => any("pod", scope),
        Vertex::Goal(goal) => goal.as_str().to_owned(),
    }
}
