//! A made-up cluster; of 2,500 applications as large as Kubernetes supports: 5,000 nodes, 10,000
//! workloads in 200 namespaces and the 100,000 pods that they make. The pods are written when they are asked
//! for.
#![expect(clippy::indexing_slicing, reason = "JSON of our own making, in a benchmark")]

use crate::reviews;
use cofferdam_control::inventory::ImageKey;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// What each application has; 2,500 applications make the largest cluster that Kubernetes supports.
const WORKLOADS_EACH: usize = 4;
const PODS_EACH: usize = 40;
const NODES_EACH: usize = 2;
const SECRETS_EACH: usize = 2;
/// Applications that share a namespace, so that the largest has 200.
const NEIGHBOURS: usize = 12;
/// A CronJob has one Job with one pod; the other three workloads share the rest.
const PODS_OF_WORKLOAD: usize = (PODS_EACH - 1) / (WORKLOADS_EACH - 1);

const TIME: &str = "2026-05-01T10:00:00Z";

/// The objects by the paths of their collections.
pub(crate) struct Company {
    applications: usize,
    lists: HashMap<String, Vec<String>>,
    /// What pods are made of: the owner, and the template.
    makers: Vec<Maker>,
}

struct Maker {
    namespace: String,
    owner: Value,
    template: Value,
    count: usize,
}

impl Company {
    pub(crate) fn new(applications: usize) -> Result<Self, String> {
        let mut company = Self { applications, lists: HashMap::new(), makers: Vec::new() };
        let namespaces = applications.div_ceil(NEIGHBOURS);
        for object in reviews::cluster(applications, namespaces)? {
            company.add(object)?;
        }
        company.add(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": "kube-system", "uid": "705ab4f5-6393-11e8-b7cc-42010a800002"}}))?;
        for number in 0..company.nodes() {
            company.add(node(number))?;
        }
        for number in 0..applications * SECRETS_EACH {
            let namespace = format!("team-{:02}", number % namespaces);
            company.add(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {
                "name": format!("secret-{number}"), "namespace": namespace, "uid": uid(0, number),
                "creationTimestamp": TIME}}))?;
        }
        Ok(company)
    }

    pub(crate) const fn nodes(&self) -> usize {
        self.applications * NODES_EACH
    }

    pub(crate) const fn pods(&self) -> usize {
        self.applications * PODS_EACH
    }

    pub(crate) const fn workloads(&self) -> usize {
        self.applications * WORKLOADS_EACH
    }

    /// A Deployment, to be changed.
    pub(crate) fn deployment(&self, number: usize) -> Option<Value> {
        let list = self.lists.get("/apis/apps/v1/deployments")?;
        serde_json::from_str(list.get(number % list.len())?).ok()
    }

    /// The images that run, each once, in order of their names.
    pub(crate) fn images(&self) -> Vec<ImageKey> {
        let containers = self.makers.iter().filter_map(|maker| {
            maker.template.pointer("/spec/containers").and_then(Value::as_array)
        });
        let named: BTreeSet<&str> =
            containers.flatten().filter_map(|one| one["image"].as_str()).collect();
        let key = |image: &str| {
            let resolved = resolved(image);
            let (_, digest) = resolved.split_once('@')?;
            let platform = "linux/amd64".to_owned();
            Some(ImageKey {
                name: name_of(image).to_owned(),
                digest: digest.parse().ok()?,
                platform,
            })
        };
        named.into_iter().filter_map(key).collect()
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> usize {
        self.lists.values().map(Vec::len).sum::<usize>()
            + self.makers.iter().map(|maker| maker.count).sum::<usize>()
    }

    /// A page of a collection, and where the next one begins; nothing where there is no such
    /// collection.
    pub(crate) fn page(
        &self,
        path: &str,
        from: usize,
        limit: Option<usize>,
    ) -> Option<(Vec<String>, Option<usize>)> {
        let (items, length): (Vec<String>, usize) = if path == "/api/v1/pods" {
            let end = from.saturating_add(limit.unwrap_or(usize::MAX)).min(self.pods());
            ((from..end).map(|number| self.pod(number).to_string()).collect(), self.pods())
        } else {
            if path.matches('/').count() < 4 && !path.starts_with("/api/v1/") {
                return None;
            }
            if ["gateway", "cofferdam", "argoproj"].iter().any(|group| path.contains(group)) {
                return None;
            }
            let empty = Vec::new();
            let list = self.lists.get(path).unwrap_or(&empty);
            let items = list.iter().skip(from).take(limit.unwrap_or(usize::MAX));
            (items.cloned().collect(), list.len())
        };
        let next = from + items.len();
        Some((items, (next < length).then_some(next)))
    }

    fn add(&mut self, mut object: Value) -> Result<(), String> {
        let text = |key: &str| object[key].as_str().map(str::to_owned).ok_or("a word");
        let (api_version, kind) = (text("apiVersion")?, text("kind")?);
        let number = self.lists.values().map(Vec::len).sum::<usize>();
        object["metadata"]["uid"] = json!(uid(1, number));
        object["metadata"]["managedFields"] = managed();
        self.make_pods(&object, &api_version, &kind, number);
        let path = collection(&api_version, &kind);
        self.lists.entry(path).or_default().push(object.to_string());
        Ok(())
    }

    /// What stands between a workload and its pods, and that there are such pods.
    fn make_pods(&mut self, object: &Value, api_version: &str, kind: &str, number: usize) {
        let between = match kind {
            "Deployment" => Some(("apps/v1", "ReplicaSet", &object["spec"])),
            "CronJob" => Some(("batch/v1", "Job", &object["spec"]["jobTemplate"]["spec"])),
            "StatefulSet" | "DaemonSet" => None,
            _ => return,
        };
        let metadata = &object["metadata"];
        let namespace = metadata["namespace"].as_str().unwrap_or_default().to_owned();
        let mut owner = reference(api_version, kind, &metadata["name"], &metadata["uid"]);
        let count = if kind == "CronJob" { 1 } else { PODS_OF_WORKLOAD };
        let spec = between.map_or(&object["spec"], |(_, _, spec)| spec);
        let template = spec["template"].clone();
        if let Some((api_version, kind, spec)) = between {
            let name = format!("{}-5d8f9c7b6", metadata["name"].as_str().unwrap_or_default());
            let own = json!({"apiVersion": api_version, "kind": kind, "metadata": {
                "name": name, "namespace": namespace, "labels": metadata["labels"],
                "uid": uid(2, number), "resourceVersion": number.to_string(),
                "ownerReferences": [owner], "creationTimestamp": TIME,
                "managedFields": managed()}, "spec": spec, "status": {"replicas": count}});
            owner = reference(api_version, kind, &own["metadata"]["name"], &own["metadata"]["uid"]);
            let path = collection(api_version, kind);
            self.lists.entry(path).or_default().push(own.to_string());
        }
        self.makers.push(Maker { namespace, owner, template, count });
    }

    /// The pod with this number.
    fn pod(&self, number: usize) -> Value {
        // The makers take turns, so that it does not matter how many pods each has.
        let round = number / self.makers.len();
        let mut at = number % self.makers.len();
        while self.makers[at].count <= round {
            at = (at + 1) % self.makers.len();
        }
        let maker = &self.makers[at];
        let node = format!("node-{:04}", number % self.nodes());
        let mut pod = maker.template.clone();
        pod["apiVersion"] = json!("v1");
        pod["kind"] = json!("Pod");
        let owner = maker.owner["name"].as_str().unwrap_or_default();
        let metadata = &mut pod["metadata"];
        metadata["name"] = json!(format!("{owner}-{number}"));
        metadata["namespace"] = json!(maker.namespace);
        metadata["uid"] = json!(uid(3, number));
        metadata["resourceVersion"] = json!(number.to_string());
        metadata["creationTimestamp"] = json!(TIME);
        metadata["ownerReferences"] = json!([maker.owner]);
        metadata["managedFields"] = managed();
        pod["spec"]["nodeName"] = json!(node);
        pod["status"] = status(&pod["spec"]["containers"], number);
        pod
    }
}

fn reference(api_version: &str, kind: &str, name: &Value, uid: &Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true,
        "blockOwnerDeletion": true})
}

fn status(containers: &Value, number: usize) -> Value {
    let containers = containers.as_array().map(Vec::as_slice).unwrap_or_default();
    let statuses: Vec<Value> = containers
        .iter()
        .map(|one| {
            let image = one["image"].as_str().unwrap_or_default();
            json!({"name": one["name"], "ready": true, "restartCount": 0, "image": image,
                "imageID": resolved(image),
                "containerID": format!("containerd://{}", uid(4, number)),
                "state": {"running": {"startedAt": TIME}}})
        })
        .collect();
    let conditions: Vec<Value> = ["Initialized", "Ready", "ContainersReady", "PodScheduled"]
        .iter()
        .map(|what| json!({"type": what, "status": "True", "lastTransitionTime": TIME}))
        .collect();
    json!({"phase": "Running", "startTime": TIME, "podIP": "10.0.0.1", "hostIP": "10.1.0.1",
        "qosClass": "Burstable", "conditions": conditions, "containerStatuses": statuses})
}

/// What a runtime says it runs.
fn resolved(image: &str) -> String {
    let digest = cofferdam_store::rows::id(&[image]).repeat(2);
    format!("{}@sha256:{digest}", name_of(image))
}

fn name_of(image: &str) -> &str {
    image.rsplit_once(':').map_or(image, |(name, _)| name)
}

fn node(number: usize) -> Value {
    let images: Vec<Value> = (0..50)
        .map(|image| json!({"names": [format!("registry.example.test/shop/{image}:1")], "sizeBytes": 1_000_000}))
        .collect();
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {
        "name": format!("node-{number:04}"), "resourceVersion": number.to_string(),
        "labels": {"kubernetes.io/os": "linux", "topology.kubernetes.io/zone": "a"},
        "creationTimestamp": TIME}, "spec": {"podCIDR": "10.0.0.0/24"},
        "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "amd64",
            "kubeletVersion": "v1.34.4", "containerRuntimeVersion": "containerd://1.7.24"},
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": TIME}],
            "images": images}})
}

/// What the API server keeps of who set which field: a quarter of an object, as a rule.
fn managed() -> Value {
    let fields: serde_json::Map<String, Value> =
        (0..20).map(|number| (format!("f:field-{number}"), json!({"f:name": {}}))).collect();
    json!([{"manager": "kubectl", "operation": "Apply", "time": TIME, "fieldsV1": fields}])
}

fn uid(space: u32, number: usize) -> String {
    format!("{space:08x}-0000-4000-8000-{number:012x}")
}

fn collection(api_version: &str, kind: &str) -> String {
    let resource = cofferdam_policy::Target::object(api_version, kind, None, None).resource;
    let root = if api_version.contains('/') { "/apis" } else { "/api" };
    format!("{root}/{api_version}/{resource}")
}

#[cfg(test)]
mod tests {
    use super::Company;

    #[test]
    fn as_large_as_it_says() {
        let company = Company::new(50).unwrap();
        assert_eq!(company.makers.len(), company.workloads());
        assert_eq!(company.makers.iter().map(|maker| maker.count).sum::<usize>(), company.pods());
        let last = company.pods() - 2;
        let (items, next) = company.page("/api/v1/pods", last, Some(500)).unwrap();
        assert_eq!((items.len(), next), (2, None));
    }
}
