//! Where to cut: the change that closes most paths and hurts least, tried.

use super::{
    edge::{Change, Edge, Vertex, VertexId},
    graph::Graph,
    search::Route,
};
use std::collections::BTreeMap;

/// Edges that all searches for cuts may look at together: some fifty milliseconds. What is not
/// tried for want of it is not told as a cut.
const WORK_MAX: usize = 5_000_000;

/// So that closed paths divided by cost are whole numbers that differ.
const WORTH: u64 = 60;

/// For each route the position of the edge to cut, and how many of the routes that closes;
/// `None` where no single change was found that closes it.
pub(super) fn cuts(graph: &Graph<'_>, routes: &[Route]) -> Vec<Option<(usize, usize)>> {
    let closed = closed(graph, routes);
    routes
        .iter()
        .enumerate()
        .map(|(route, path)| {
            let candidates = path.edges.iter().enumerate().filter_map(|(position, edge)| {
                let (change, cost) = graph.edge(*edge)?.change()?;
                let closed = closed.get(&change)?;
                closed.binary_search(&route).ok()?;
                let count = u64::try_from(closed.len()).unwrap_or(u64::MAX);
                // Closed paths per cost; of equals the later, which is nearer to what is guarded.
                Some((count.saturating_mul(WORTH) / cost, position, closed.len()))
            });
            candidates.max().map(|(_, position, closes)| (position, closes))
        })
        .collect()
}

/// For each change the routes that it closes, sorted. Only routes that go through what is changed
/// can be among them: the others stay as they are.
fn closed(graph: &Graph<'_>, routes: &[Route]) -> BTreeMap<Change, Vec<usize>> {
    let mut on: BTreeMap<Change, Vec<usize>> = BTreeMap::new();
    for (route, path) in routes.iter().enumerate() {
        for edge in path.edges.iter().filter_map(|edge| graph.edge(*edge)) {
            if let Some((change, _)) = edge.change() {
                let of_change = on.entry(change).or_default();
                if of_change.last() != Some(&route) {
                    of_change.push(route);
                }
            }
        }
    }
    // Those on most routes first, for there may not be time for all.
    let mut changes: Vec<_> = on.into_iter().collect();
    changes.sort_by_key(|(change, on)| (std::cmp::Reverse(on.len()), *change));
    let mut search = Search { graph, seen: vec![0; graph.len()], round: 0, left: WORK_MAX };
    let closes = |(change, mut on): (Change, Vec<usize>)| {
        on.retain(|index| {
            routes.get(*index).is_some_and(|route| search.is_closed(route, change) == Some(true))
        });
        (change, on)
    };
    changes.into_iter().map(closes).collect()
}

/// Looks forward from where a route begins.
struct Search<'g, 't> {
    graph: &'g Graph<'t>,
    /// The round in which each vertex was last met.
    seen: Vec<u32>,
    round: u32,
    left: usize,
}

impl<'t> Search<'_, 't> {
    /// Whether the beginning of a route no longer leads to its goal by any way once a change is
    /// made; `None` where there was no time to find out. The object that a route begins with may
    /// open other things, which count too.
    fn is_closed(&mut self, route: &Route, change: Change) -> Option<bool> {
        let entry = self.graph.edge(*route.edges.first()?)?;
        self.round += 1;
        let stays = |edge: &&Edge<'t>| edge.change().is_none_or(|(other, _)| other != change);
        let mut open: Vec<VertexId> =
            self.graph.entries_like(entry).filter(stays).map(|edge| edge.to).collect();
        while let Some(vertex) = open.pop() {
            if self.graph.vertex(vertex) == Vertex::Goal(route.goal) {
                return Some(false);
            }
            if !self.is_new(vertex) {
                continue;
            }
            for edge in self.graph.out_of(vertex).filter(stays) {
                self.left = self.left.checked_sub(1)?;
                open.push(edge.to);
            }
        }
        Some(true)
    }

    fn is_new(&mut self, vertex: VertexId) -> bool {
        let slot = usize::try_from(vertex.0).ok().and_then(|at| self.seen.get_mut(at));
        slot.is_some_and(|slot| std::mem::replace(slot, self.round) != self.round)
    }
}
