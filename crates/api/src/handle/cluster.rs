//! The cluster, its nodes and namespaces, and what its API server tells.

use super::list;
use crate::{
    Inner,
    call::{Answered, Call, Scope, given},
    refusal::Refusal,
    rows,
    wire::{
        Time,
        cluster::{Cluster, ClusterMore, ClusterSummary, Namespace, Node},
    },
};
use cofferdam_store::{
    EventFilter, LARGEST_PAGE, ObjectFilter, ObjectSort, Page, WorkloadFilter, WorkloadSort,
    rows::Object,
};
use serde_json::Value;

/// Nodes and namespaces that are shown at most: what a cluster of the largest size has.
const OBJECTS: usize = 5_000;
/// The label by which a namespace says what its pods must hold to (Pod Security Admission).
const POD_SECURITY: &str = "pod-security.kubernetes.io/enforce";

/// The cluster in a line.
pub(crate) async fn summary(inner: &Inner) -> Result<ClusterSummary, Refusal> {
    let view = inner.control.view();
    let known = view.cluster.clone();
    let stored = inner.store.clusters().await?.into_iter().find(|one| one.id == known.id);
    let (synced_at, lost) =
        stored.map(|stored| (stored.synced_at.map(Time), stored.lost)).unwrap_or_default();
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
        is_sample: inner.settings.is_sample,
    })
}

/// `GET /cluster`
pub(crate) async fn get(call: Call) -> Answered {
    // Nodes are shared by all namespaces: who sees a few of these sees no node.
    let node_list = match &call.scope {
        Scope::All => objects(&call, "Node").await?.iter().map(node).collect(),
        Scope::Namespaces(_) => Vec::new(),
    };
    let mut namespace_list = Vec::new();
    for object in objects(&call, "Namespace").await? {
        if call.may_see(Some(&object.name)) {
            namespace_list.push(namespace(&call, &object).await?);
        }
    }
    let more = ClusterMore { node_list, namespace_list };
    Ok(given(&Cluster::new(summary(&call.api).await?, more)))
}

/// All objects of a kind, by name.
async fn objects(call: &Call, kind: &str) -> Result<Vec<Object>, Refusal> {
    let filter = ObjectFilter { kind: Some(kind.to_owned()), ..ObjectFilter::default() };
    let mut page =
        Page { limit: LARGEST_PAGE, after: None, sort: ObjectSort::Name, descending: false };
    let mut all = Vec::new();
    while all.len() < OBJECTS {
        let listed = call.api.store.objects(&filter, &page).await?;
        all.extend(listed.items);
        page.after = listed.next;
        if page.after.is_none() {
            break;
        }
    }
    Ok(all)
}

fn parsed(object: &Object) -> Value {
    serde_json::from_str(&object.json.0).unwrap_or_default()
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

async fn namespace(call: &Call, object: &Object) -> Result<Namespace, Refusal> {
    let json = parsed(object);
    let labels = json.pointer("/metadata/labels").and_then(Value::as_object);
    let pod_security = labels.and_then(|labels| labels.get(POD_SECURITY)?.as_str());
    let namespaces = Some(vec![object.name.clone()]);
    let workloads = WorkloadFilter { namespaces: namespaces.clone(), ..WorkloadFilter::default() };
    let one = Page { limit: 1, ..Page::<WorkloadSort>::default() };
    let workloads = call.api.store.workloads(&workloads, &one).await?.total;
    let policies = ObjectFilter {
        kind: Some("NetworkPolicy".to_owned()),
        namespaces,
        ..ObjectFilter::default()
    };
    let first = Page { limit: LARGEST_PAGE, ..Page::default() };
    let policies = call.api.store.objects(&policies, &first).await?.items;
    Ok(Namespace {
        name: object.name.clone(),
        pod_security: pod_security.map(str::to_owned),
        workloads,
        is_default_deny: Some(policies.iter().any(|policy| denies_by_default(&parsed(policy)))),
    })
}

/// Whether a NetworkPolicy selects all pods and lets nothing in.
fn denies_by_default(policy: &Value) -> bool {
    let is_empty = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.values().all(|value| {
            value.as_object().is_some_and(serde_json::Map::is_empty)
                || value.as_array().is_some_and(Vec::is_empty)
        }),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    };
    let types = policy.pointer("/spec/policyTypes").and_then(Value::as_array);
    let is_about_ingress =
        types.is_none_or(|types| types.iter().any(|kind| kind.as_str() == Some("Ingress")));
    is_empty(policy.pointer("/spec/podSelector"))
        && is_empty(policy.pointer("/spec/ingress"))
        && is_about_ingress
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

#[cfg(test)]
mod tests {
    use super::denies_by_default;
    use serde_json::json;

    #[test]
    fn what_denies_by_default() {
        let check =
            |spec, expected| assert_eq!(denies_by_default(&json!({ "spec": spec })), expected);
        check(json!({ "podSelector": {}, "policyTypes": ["Ingress"] }), true);
        check(json!({ "podSelector": {} }), true);
        check(json!({ "podSelector": {}, "policyTypes": ["Egress"] }), false);
        check(json!({ "podSelector": {}, "ingress": [{}] }), false);
        check(json!({ "podSelector": { "matchLabels": { "app": "web" } } }), false);
        check(json!({ "podSelector": { "matchLabels": {} }, "ingress": [] }), true);
    }
}
