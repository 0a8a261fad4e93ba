//! Where to cut: the change that closes most paths and hurts least, tried.

use super::{
    Goal,
    edge::{Change, Edge},
    graph::Graph,
    search::{Distances, Route},
};
use std::collections::BTreeMap;

/// Edges that all searches for cuts may look at together: about a third of a second.
const WORK_MAX: usize = 20_000_000;

/// For each route the position of the edge to cut, and how many of the routes that closes;
/// `None` where no single change was found that closes it.
pub(super) fn cuts(graph: &Graph<'_>, routes: &[Route]) -> Vec<Option<(usize, usize)>> {
    let tried = tried(graph, routes);
    routes
        .iter()
        .enumerate()
        .map(|(route, path)| {
            let candidates = path.edges.iter().enumerate().filter_map(|(position, edge)| {
                let (change, cost) = graph.edge(*edge)?.change()?;
                let closed = tried.get(&change)?;
                closed.binary_search(&route).ok()?;
                let count = u64::try_from(closed.len()).unwrap_or(u64::MAX);
                // Closed paths per cost; of equals the later, which is nearer to what is guarded.
                Some((count.saturating_mul(WORTH) / cost, position, closed.len()))
            });
            candidates.max().map(|(_, position, closes)| (position, closes))
        })
        .collect()
}

/// So that closed paths divided by cost are whole numbers that differ.
const WORTH: u64 = 60;

/// For each change on some route the routes that it closes, sorted.
fn tried(graph: &Graph<'_>, routes: &[Route]) -> BTreeMap<Change, Vec<usize>> {
    let mut on: BTreeMap<Change, usize> = BTreeMap::new();
    for edge in routes.iter().flat_map(|route| &route.edges) {
        if let Some((change, _)) = graph.edge(*edge).and_then(Edge::change) {
            *on.entry(change).or_default() += 1;
        }
    }
    // Those on most routes first, for there may not be time for all.
    let mut changes: Vec<_> = on.into_iter().collect();
    changes.sort_by_key(|(change, count)| (std::cmp::Reverse(*count), *change));
    let each = Goal::ALL.len() * (graph.edges().len() + graph.len()).max(1);
    let changes = changes.into_iter().take((WORK_MAX / each).max(1));
    changes.map(|(change, _)| (change, closed(graph, routes, change))).collect()
}

/// The routes whose beginning no longer leads to their goal by any way.
fn closed(graph: &Graph<'_>, routes: &[Route], change: Change) -> Vec<usize> {
    let distances = Goal::ALL.map(|goal| (goal, Distances::to(graph, goal, Some(change))));
    let is_open = |route: &Route| {
        let Some(entry) = route.edges.first().and_then(|edge| graph.edge(*edge)) else {
            return false;
        };
        let found = distances.iter().find(|(goal, _)| *goal == route.goal);
        let Some((_, distances)) = found else { return false };
        // The same object may open other services that lead there too.
        graph.entries_like(entry).any(|other| {
            let is_gone = other.change().map(|(change, _)| change) == Some(change);
            !is_gone && distances.at(other.to).is_some()
        })
    };
    let closed = routes.iter().enumerate().filter(|(_, route)| !is_open(route));
    closed.map(|(index, _)| index).collect()
}
