//! Attack paths: chains of objects by which somebody outside gets what the cluster guards.
//!
//! The graph has the network outside, services, workloads, service accounts, and as its ends the
//! node, every Secret, and the rights of cluster-admin. Each edge rests on one fact of one object.
//! Only what the objects say is an edge; what may also be possible (a kernel exploit, two pods
//! that happen to share a node) is not.

mod cut;
mod edge;
mod escape;
mod graph;
mod search;

use crate::{ObjectId, ObjectSet};
use cofferdam_policy::facts::Place;
use graph::Graph;
use search::Route;

/// Paths that are listed: more than these nobody reads, and the shortest come first.
pub const PATHS_MAX: usize = 100;

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Start {
    /// An Ingress, a route, a load balancer.
    Internet,
    /// A port of the nodes.
    NodeNetwork,
}

/// What a path leads to, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// Every right over the cluster.
    ClusterAdmin,
    /// A node with all that runs on it.
    Node,
    /// Every Secret of the cluster.
    Secrets,
}

/// One way from outside to a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackPath {
    /// Where it begins.
    pub start: Start,
    /// Where it ends.
    pub goal: Goal,
    /// The steps in order, at least one.
    pub steps: Vec<Step>,
    /// The one change that closes it, where there is one; tried by searching again without it.
    pub cut: Option<Cut>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happens, one sentence without its full stop: "Ingress shop/web routes requests
    /// from the internet to Service shop/web".
    pub text: String,
    /// The object whose fact it is.
    pub object: ObjectId,
    /// Where the fact stands.
    pub place: Option<Place>,
}

/// A change that closes a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which step it takes away, from 0.
    pub step: usize,
    /// What to do, one sentence without its full stop: "remove privileged from Deployment
    /// shop/web".
    pub advice: String,
    /// How many of the listed paths it closes, this one among them.
    pub closes: usize,
}

impl Start {
    /// "the internet"
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internet => "the internet",
            Self::NodeNetwork => "the network of the nodes",
        }
    }
}

impl Goal {
    /// Every goal, the worst first.
    pub const ALL: [Self; 3] = [Self::ClusterAdmin, Self::Node, Self::Secrets];

    /// "cluster-admin"
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClusterAdmin => "cluster-admin",
            Self::Node => "the node",
            Self::Secrets => "every Secret",
        }
    }
}

impl AttackPath {
    /// "from the internet to cluster-admin in 4 steps"
    pub fn title(&self) -> String {
        let steps = self.steps.len();
        let word = if steps == 1 { "step" } else { "steps" };
        format!("from {} to {} in {steps} {word}", self.start.as_str(), self.goal.as_str())
    }
}

/// What was found, and how much of the set could not be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// The paths.
    pub found: Vec<AttackPath>,
    /// Steps beyond what there is room for: a path over one of them is not found.
    pub left_out: usize,
}

/// The shortest path from each way in to each goal that it leads to, the worst goal first, then
/// from the internet before from the nodes' network, then the shortest; at most [`PATHS_MAX`].
pub fn paths(set: &ObjectSet<'_>) -> Paths {
    let graph = Graph::of(set);
    let left_out = graph.left_out();
    if graph.entries().is_empty() {
        return Paths { found: Vec::new(), left_out };
    }
    let routes = search::routes(&graph);
    let cuts = cut::cuts(&graph, &routes);
    let found = routes.iter().zip(cuts).map(|(route, cut)| told(set, &graph, route, cut));
    Paths { found: found.collect(), left_out }
}

fn told<'t>(
    set: &ObjectSet<'t>,
    graph: &Graph<'t>,
    route: &Route,
    cut: Option<(usize, usize)>,
) -> AttackPath {
    // Steps that cost nothing lead from a group to its members; the step before has said it.
    let edges: Vec<_> = route.edges.iter().filter_map(|edge| graph.edge(*edge)).collect();
    let steps = edges.iter().enumerate().filter(|(_, edge)| edge.weight() > 0).map(|(at, edge)| {
        let end = edges.get(at + 1).filter(|next| next.weight() == 0).map_or(edge.to, |n| n.to);
        Step {
            text: edge.text(set, graph.vertex(edge.from), graph.vertex(end)),
            object: edge.object,
            place: edge.place(set),
        }
    });
    let steps: Vec<_> = steps.collect();
    let cut = cut.and_then(|(position, closes)| {
        let edge = edges.get(position)?;
        let step = edges.iter().take(position).filter(|edge| edge.weight() > 0).count();
        Some(Cut { step, advice: edge.advice(set), closes })
    });
    AttackPath { start: route.start, goal: route.goal, steps, cut }
}
