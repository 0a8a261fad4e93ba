//! Shortest paths to each goal, searched from the goals.

use super::{
    Goal, PATHS_MAX, Start,
    edge::{Vertex, VertexId},
    graph::Graph,
};
use std::collections::{BTreeMap, VecDeque};

/// One path as edges.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) start: Start,
    pub(super) goal: Goal,
    pub(super) edges: Vec<usize>,
}

/// How far each vertex is from a goal, and the edge that leads nearer.
struct Distances {
    steps: Vec<Option<(usize, Option<usize>)>>,
}

impl Distances {
    /// Distances to a goal.
    fn to(graph: &Graph<'_>, goal: Goal) -> Self {
        let mut distances = Self { steps: vec![None; graph.len()] };
        let Some(end) = graph.find(Vertex::Goal(goal)) else { return distances };
        distances.set(end, (0, None));
        // Edges that cost nothing go to the front, so vertices come out in order of distance.
        let mut queue = VecDeque::from([end]);
        while let Some(vertex) = queue.pop_front() {
            let Some((here, _)) = distances.at(vertex) else { continue };
            for index in graph.into(vertex) {
                let Some(edge) = graph.edge(*index) else { continue };
                let there = here + edge.weight();
                if distances.at(edge.from).is_none_or(|(known, _)| there < known) {
                    distances.set(edge.from, (there, Some(*index)));
                    if edge.weight() == 0 {
                        queue.push_front(edge.from);
                    } else {
                        queue.push_back(edge.from);
                    }
                }
            }
        }
        distances
    }

    fn at(&self, vertex: VertexId) -> Option<(usize, Option<usize>)> {
        *self.steps.get(usize::try_from(vertex.0).ok()?)?
    }

    fn set(&mut self, vertex: VertexId, step: (usize, Option<usize>)) {
        let slot = usize::try_from(vertex.0).ok().and_then(|at| self.steps.get_mut(at));
        if let Some(slot) = slot {
            *slot = Some(step);
        }
    }
}

/// For each object that opens something, and for each goal, the shortest route; the first
/// [`PATHS_MAX`].
pub(super) fn routes(graph: &Graph<'_>) -> Vec<Route> {
    let mut routes = Vec::new();
    for goal in Goal::ALL {
        let distances = Distances::to(graph, goal);
        // By the object that opens: of its services the one from which it is shortest.
        let mut nearest = BTreeMap::new();
        for index in graph.entries() {
            let Some(edge) = graph.edge(*index) else { continue };
            let Some((steps, _)) = distances.at(edge.to) else { continue };
            let best = nearest.entry((edge.object, edge.from)).or_insert((steps, *index));
            *best = (*best).min((steps, *index));
        }
        let mut of_goal: Vec<_> = nearest
            .into_iter()
            .filter_map(|((object, from), (steps, index))| {
                let Vertex::Outside(start) = graph.vertex(from) else { return None };
                Some((start, steps, object, index))
            })
            .collect();
        of_goal.sort_unstable();
        for (start, _, _, index) in of_goal.into_iter().take(PATHS_MAX - routes.len()) {
            routes.push(Route { start, goal, edges: follow(graph, &distances, index) });
        }
    }
    routes
}

fn follow(graph: &Graph<'_>, distances: &Distances, entry: usize) -> Vec<usize> {
    let mut edges = vec![entry];
    let mut at = graph.edge(entry).map(|edge| edge.to);
    // Each edge leads nearer to the goal, so there are no more than vertices.
    while let Some(next) = at.and_then(|vertex| distances.at(vertex)).and_then(|(_, next)| next) {
        edges.push(next);
        at = graph.edge(next).map(|edge| edge.to);
    }
    edges
}
