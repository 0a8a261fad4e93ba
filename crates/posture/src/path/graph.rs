//! Who can get where in one step.

use super::{
    Goal, Start,
    edge::{Edge, Kind, Vertex, VertexId},
    escape::escapes,
};
use crate::{
    ObjectId, ObjectSet,
    access::{Grant, POWERS, Rights, Scope, Subject},
    kind,
    network::{Exposure, Isolation},
    workload::Workload,
};
use cofferdam_manifest::View;
use std::collections::HashMap;

/// Steps of one graph. 10,000 objects make some 30,000; beyond this the rest is left out, for
/// memory's sake, and counted.
const EDGES_MAX: usize = 2_000_000;

/// Vertices and edges, in an order that depends on nothing but the objects.
pub(super) struct Graph<'t> {
    vertices: Vec<Vertex<'t>>,
    ids: HashMap<Vertex<'t>, VertexId>,
    edges: Vec<Edge<'t>>,
    /// Edges that begin outside.
    entries: Vec<usize>,
    /// The same by the object that opens and by where they begin.
    entries_of: HashMap<(ObjectId, VertexId), Vec<usize>>,
    /// For each vertex the edges that lead to it, and those that lead away.
    into: Vec<Vec<usize>>,
    out: Vec<Vec<usize>>,
    left_out: usize,
}

impl<'t> Graph<'t> {
    pub(super) fn of(set: &ObjectSet<'t>) -> Self {
        let mut graph = Self {
            vertices: Vec::new(),
            ids: HashMap::new(),
            edges: Vec::new(),
            entries: Vec::new(),
            entries_of: HashMap::new(),
            into: Vec::new(),
            out: Vec::new(),
            left_out: 0,
        };
        for workload in set.workloads() {
            graph.reach(set, workload);
            graph.leave(set, workload);
        }
        graph.services(set);
        if graph.entries.is_empty() {
            return graph;
        }
        graph.members(set);
        graph.powers(set);
        graph
    }

    pub(super) fn edge(&self, index: usize) -> Option<&Edge<'t>> {
        self.edges.get(index)
    }

    /// Steps beyond the limit.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    pub(super) fn entries(&self) -> &[usize] {
        &self.entries
    }

    /// The edges by which an object opens something, as one of them does.
    pub(super) fn entries_like(&self, edge: &Edge<'t>) -> impl Iterator<Item = &Edge<'t>> {
        let like = self.entries_of.get(&(edge.object, edge.from)).into_iter().flatten();
        like.filter_map(|index| self.edges.get(*index))
    }

    pub(super) fn len(&self) -> usize {
        self.vertices.len()
    }

    pub(super) fn into(&self, vertex: VertexId) -> &[usize] {
        self.into.get(position(vertex)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn out_of(&self, vertex: VertexId) -> impl Iterator<Item = &Edge<'t>> {
        let out = self.out.get(position(vertex)).into_iter().flatten();
        out.filter_map(|index| self.edges.get(*index))
    }

    pub(super) fn vertex(&self, id: VertexId) -> Vertex<'t> {
        let vertex = self.vertices.get(position(id)).copied();
        vertex.unwrap_or(Vertex::Goal(Goal::ClusterAdmin))
    }

    pub(super) fn find(&self, vertex: Vertex<'t>) -> Option<VertexId> {
        self.ids.get(&vertex).copied()
    }

    fn id(&mut self, vertex: Vertex<'t>) -> VertexId {
        *self.ids.entry(vertex).or_insert_with(|| {
            let id = VertexId(u32::try_from(self.vertices.len()).unwrap_or(u32::MAX));
            self.vertices.push(vertex);
            self.into.push(Vec::new());
            self.out.push(Vec::new());
            id
        })
    }

    fn add(
        &mut self,
        [from, to]: [Vertex<'t>; 2],
        kind: Kind,
        object: ObjectId,
        view: Option<View<'t>>,
        binding: Option<ObjectId>,
    ) {
        if self.edges.len() >= EDGES_MAX {
            self.left_out += 1;
            return;
        }
        let [from_id, to_id] = [from, to].map(|vertex| self.id(vertex));
        let index = self.edges.len();
        self.edges.push(Edge { from: from_id, to: to_id, kind, object, view, binding });
        if let Some(into) = self.into.get_mut(position(to_id)) {
            into.push(index);
        }
        if let Some(out) = self.out.get_mut(position(from_id)) {
            out.push(index);
        }
        if matches!(from, Vertex::Outside(_)) {
            self.entries.push(index);
            self.entries_of.entry((object, from_id)).or_default().push(index);
        }
    }

    /// How requests from outside come to a workload.
    fn reach(&mut self, set: &ObjectSet<'t>, workload: &Workload<'t>) {
        let target = Vertex::Workload(workload.id);
        if let Some(port) = host_port(workload) {
            let start = Vertex::Outside(Start::NodeNetwork);
            self.add([start, target], Kind::HostPort, workload.id, Some(port), None);
        }
        let network = set.network();
        if network.isolation(set, workload.id).is_some_and(Isolation::is_shut) {
            return;
        }
        for group in network.groups_of(set, workload.id) {
            let group = Vertex::Group(*group);
            self.add([group, target], Kind::Member, workload.id, None, None);
        }
    }

    /// From outside to the services that select workloads.
    fn services(&mut self, set: &ObjectSet<'t>) {
        let network = set.network();
        let vertices = self.vertices.clone();
        for vertex in vertices {
            let Vertex::Group(group) = vertex else { continue };
            for service in network.open_services(group) {
                for (opener, exposure) in network.exposed_by(service) {
                    let start = match exposure {
                        Exposure::Internet => Start::Internet,
                        _ => Start::NodeNetwork,
                    };
                    let kind = if *opener == service { Kind::Open } else { Kind::Route };
                    let ends = [Vertex::Outside(start), Vertex::Service(service)];
                    self.add(ends, kind, *opener, None, None);
                }
                self.add([Vertex::Service(service), vertex], Kind::Selects, service, None, None);
            }
        }
    }

    /// How somebody in a container of a workload goes on.
    fn leave(&mut self, set: &ObjectSet<'t>, workload: &Workload<'t>) {
        let own = Vertex::Workload(workload.id);
        for (view, how) in escapes(workload) {
            let ends = [own, Vertex::Goal(Goal::Node)];
            self.add(ends, Kind::Escape(how), workload.id, Some(view), None);
        }
        if !workload.mounts_token(set).unwrap_or(true) {
            return;
        }
        let account = Vertex::Account(workload.namespace, workload.account());
        let is_everywhere = set.get(workload.id).is_some_and(|e| e.object.kind == "DaemonSet");
        let view = workload.spec("serviceAccountName");
        self.add([own, account], Kind::Token, workload.id, view, None);
        if is_everywhere {
            let ends = [Vertex::Goal(Goal::Node), account];
            self.add(ends, Kind::NodeToken, workload.id, view, None);
        }
    }

    /// From groups of accounts and workloads to their members.
    fn members(&mut self, set: &ObjectSet<'t>) {
        for workload in set.workloads() {
            let account = Vertex::Account(workload.namespace, workload.account());
            for scope in [Scope::Cluster, Scope::Namespace(workload.namespace)] {
                let own = Vertex::Workload(workload.id);
                let ends = [Vertex::AnyWorkload(scope), own];
                self.add(ends, Kind::Member, workload.id, None, None);
                let ends = [Vertex::AnyAccount(scope), account];
                self.add(ends, Kind::Member, workload.id, None, None);
            }
        }
        for (id, object) in set.all(kind::Kind::ServiceAccount) {
            let Some(name) = object.name else { continue };
            for scope in [Scope::Cluster, Scope::Namespace(object.namespace)] {
                let ends = [Vertex::AnyAccount(scope), Vertex::Account(object.namespace, name)];
                self.add(ends, Kind::Member, id, None, None);
            }
        }
    }

    /// What accounts can do.
    fn powers(&mut self, set: &ObjectSet<'t>) {
        let accounts: Vec<_> = self
            .vertices
            .iter()
            .filter_map(|vertex| match vertex {
                Vertex::Account(namespace, name) => Some((*namespace, *name)),
                _ => None,
            })
            .collect();
        for (namespace, name) in accounts {
            let rights: Option<&Rights<'t>> =
                set.access().rights(Subject::Account(namespace, name));
            let own = Vertex::Account(namespace, name);
            for grant in rights.into_iter().flat_map(|rights| &rights.grants) {
                for target in targets(set, grant) {
                    let (object, view) = match grant.rule {
                        Some((role, view)) => (role, Some(view)),
                        None => (grant.binding, None),
                    };
                    let kind = Kind::Power(grant.power);
                    self.add([own, target], kind, object, view, Some(grant.binding));
                }
            }
        }
    }
}

/// Where a power leads.
fn targets<'t>(set: &ObjectSet<'t>, grant: &Grant<'t>) -> Vec<Vertex<'t>> {
    let power = POWERS.get(grant.power).map_or("", |power| power.name);
    let scope = grant.scope;
    let (admin, node) = (Vertex::Goal(Goal::ClusterAdmin), Vertex::Goal(Goal::Node));
    let is_cluster_wide = scope == Scope::Cluster;
    match power {
        "cluster-admin" | "escalate" | "bind" | "impersonate" if is_cluster_wide => vec![admin],
        "approve-csr" | "webhooks" => vec![admin],
        "cluster-admin" | "escalate" | "bind" => {
            vec![Vertex::AnyAccount(scope), Vertex::AnyWorkload(scope)]
        }
        "impersonate" | "create-tokens" => vec![Vertex::AnyAccount(scope)],
        "create-pods" | "create-workloads" => {
            let mut targets = vec![Vertex::AnyAccount(scope)];
            let is_open = match scope {
                Scope::Cluster => true,
                Scope::Namespace(namespace) => is_free(set, namespace),
            };
            targets.extend(is_open.then_some(node));
            targets
        }
        "read-secrets" if is_cluster_wide => vec![Vertex::Goal(Goal::Secrets)],
        "exec" => vec![Vertex::AnyWorkload(scope)],
        "node-proxy" => vec![node],
        _ => Vec::new(),
    }
}

/// Whether a namespace is defined in the set and nothing there keeps privileged pods out. Where
/// it is not defined, that cannot be known, and no step is made of it.
fn is_free(set: &ObjectSet<'_>, namespace: Option<&str>) -> bool {
    let defined = namespace.and_then(|name| set.named(kind::Kind::Namespace, None, name));
    let Some(entry) = defined.and_then(|id| set.get(id)) else { return false };
    let path = ["metadata", "labels", "pod-security.kubernetes.io/enforce"];
    let level = entry.object.view.at(&path).and_then(View::as_str);
    !matches!(level, Some("baseline" | "restricted"))
}

/// A port on which a workload listens on its nodes: a host port, or with the node's network a
/// port of a container. One that names no port is taken to listen nowhere.
fn host_port<'t>(workload: &Workload<'t>) -> Option<View<'t>> {
    let is_on_host_network = workload.is_on_host_network();
    let mut ports = workload
        .pod
        .containers()
        .flat_map(|(_, container)| container.get("ports").into_iter().flat_map(View::elements));
    let on_node = |port: View<'t>| {
        let host = port.get("hostPort").filter(|port| port.as_int().is_some_and(|port| port != 0));
        host.or_else(|| port.get("containerPort").filter(|_| is_on_host_network))
    };
    ports.find_map(on_node)
}

fn position(vertex: VertexId) -> usize {
    usize::try_from(vertex.0).unwrap_or(usize::MAX)
}
