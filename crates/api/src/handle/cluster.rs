//! The cluster, its nodes and namespaces, and what its API server tells.

use super::{
    list,
    objects::{objects, parsed},
};
use crate::{
    Inner,
    call::{Answered, Call, Scope, given},
    refusal::Refusal,
    rows,
    wire::{
        Time,
        cluster::{
            Cluster, ClusterMore, ClusterSummary, Namespace, NamespaceNames, Node, Withheld,
        },
    },
};
use cofferdam_store::{EventFilter, ObjectFilter, rows::Object};
use serde_json::Value;

/// The label by which a namespace says what its pods must hold to (Pod Security Admission).
const POD_SECURITY: &str = "pod-security.kubernetes.io/enforce";

/// The cluster in a line.
pub(crate) async fn summary(inner: &Inner) -> Result<ClusterSummary, Refusal> {
    let view = inner.control.view();
    let known = view.cluster.clone();
    let stored = inner.store.clusters().await?.into_iter().find(|one| one.id == known.id);
    let (synced_at, lost) =
        stored.map(|stored| (stored.synced_at.map(Time), stored.lost)).unwrap_or_default();
    let withheld = view.state.withheld.iter();
    let withheld = withheld.map(|(kind, why)| Withheld { kind: kind.clone(), why: why.clone() });
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(ClusterSummary {
        id: known.id,
        name: known.name,
        version: known.version,
        server: known.server,
        nodes: number(view.numbers.nodes),
        pods: number(view.numbers.pods),
        namespaces: number(view.numbers.namespaces),
        synced_at,
        lost,
        withheld: withheld.collect(),
        is_recorded: inner.settings.is_recorded,
    })
}

/// `GET /cluster`
pub(crate) async fn get(call: Call) -> Answered {
    // Nodes are shared by all namespaces: who sees a few of these sees no node.
    let (nodes, more_nodes) = match &call.scope {
        Scope::All => objects(&call, of_kind("Node")).await?,
        Scope::Namespaces(_) => (Vec::new(), false),
    };
    let node_list = nodes.iter().map(node).collect();
    let workloads = call.api.store.workloads_by_namespace(call.own_namespaces()).await?;
    let denials = call.api.control.view().denials.clone();
    let (namespaces, more_namespaces) = objects(&call, of_kind("Namespace")).await?;
    let namespaces = namespaces.into_iter().filter(|object| call.may_see(Some(&object.name)));
    let namespace_list = namespaces.map(|object| Namespace {
        pod_security: pod_security(&object),
        workloads: workloads.get(&object.name).copied().unwrap_or(0),
        is_default_deny: denials.as_ref().and_then(|denials| denials.of(&object.name)),
        name: object.name,
    });
    let namespace_list = namespace_list.collect();
    let more = ClusterMore { node_list, more_nodes, namespace_list, more_namespaces };
    Ok(given(&Cluster::new(summary(&call.api).await?, more)))
}

/// `GET /cluster/namespaces`
pub(crate) async fn namespaces(call: Call) -> Answered {
    let (all, more) = objects(&call, of_kind("Namespace")).await?;
    let names = all.into_iter().map(|object| object.name);
    let names = names.filter(|name| call.may_see(Some(name))).collect();
    Ok(given(&NamespaceNames { names, more }))
}

fn of_kind(kind: &str) -> ObjectFilter {
    ObjectFilter { kind: Some(kind.to_owned()), ..ObjectFilter::default() }
}

fn node(object: &Object) -> Node {
    let json = parsed(object);
    let info = |key: &str| {
        let text = json.pointer(&format!("/status/nodeInfo/{key}")).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let conditions = json.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().any(|condition| {
        condition["type"].as_str() == Some("Ready") && condition["status"].as_str() == Some("True")
    });
    Node {
        name: object.name.clone(),
        version: info("kubeletVersion"),
        os: info("osImage"),
        runtime: info("containerRuntimeVersion"),
        ready,
    }
}

/// What a Namespace says that its pods must hold to.
fn pod_security(namespace: &Object) -> Option<String> {
    let json = parsed(namespace);
    let labels = json.pointer("/metadata/labels")?;
    labels.get(POD_SECURITY)?.as_str().map(str::to_owned)
}

/// `GET /cluster/events`
pub(crate) async fn events(call: Call) -> Answered {
    let filter = EventFilter {
        verb: call.query.owned("verb"),
        user: call.query.owned("user"),
        namespaces: call.namespaces(),
        text: call.query.owned("q"),
    };
    let listed = call.api.store.events(&filter, &call.query.page(true)?).await?;
    Ok(given(&list(listed, rows::event)))
}
