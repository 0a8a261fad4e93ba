//! Changes in, workloads out; every order of arrival gives the same.

use super::{Inventory, WorkloadKey, testing::object};
use cofferdam_model::{Change, ObjectKey};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

fn start() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn meta(kind: &str, name: &str, owner: Option<(&str, &str)>) -> Value {
    let owners = owner.map(|(kind, name)| {
        let version = match kind {
            "ReplicaSet" | "Deployment" | "StatefulSet" => "apps/v1",
            "Job" | "CronJob" => "batch/v1",
            "Node" => "v1",
            _ => "example.com/v1",
        };
        json!([{"apiVersion": version, "kind": kind, "name": name, "uid": format!("{kind}-{name}"),
            "controller": true}])
    });
    json!({"name": name, "namespace": "shop", "uid": format!("{kind}-{name}"),
        "creationTimestamp": "2026-11-20T00:00:00Z", "ownerReferences": owners})
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"serviceAccountName": "seller",
        "containers": [{"name": "web", "image": image}]}})
}

fn maker(version: &str, kind: &str, name: &str, owner: Option<(&str, &str)>) -> Value {
    let template = template("registry.example/shop/web:1");
    let spec = match kind {
        "CronJob" => json!({"jobTemplate": {"spec": {"template": template}}}),
        _ => json!({"replicas": 2, "template": template}),
    };
    json!({"apiVersion": version, "kind": kind, "metadata": meta(kind, name, owner), "spec": spec,
        "status": {"observedGeneration": 3}})
}

fn pod(name: &str, owner: Option<(&str, &str)>) -> Value {
    let mut pod = template("registry.example/shop/web:1");
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"] = meta("Pod", name, owner);
    pod["spec"]["nodeName"] = "one".into();
    pod["status"] = json!({"phase": "Running", "startTime": "2026-11-20T00:00:05Z",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "web", "image": "registry.example/shop/web:1",
            "imageID": format!("registry.example/shop/web@{DIGEST}")}]});
    pod
}

fn node() -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "uid": "node-one"},
        "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "amd64",
            "kubeletVersion": "v1.34.4", "containerRuntimeVersion": "containerd://1.7.24"},
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "x"}]}})
}

/// One line a workload: what a person would ask first, and what is judged for it.
fn told(inventory: &Inventory) -> Vec<String> {
    let one = |key: WorkloadKey| {
        let workload = inventory.workload(&key).unwrap();
        let nodes: Vec<String> =
            workload.nodes.iter().map(|(node, pods)| format!("{node}:{pods}")).collect();
        let judged: Vec<String> = workload.judged.iter().map(ObjectKey::to_string).collect();
        format!(
            "{} {}/{} as {} on {} runs {} judged by {}",
            key.title(),
            workload.ready,
            workload.replicas,
            workload.account,
            nodes.join(","),
            workload.images.len(),
            judged.join(",")
        )
    };
    inventory.workloads().into_iter().map(one).collect()
}

fn fed<'v>(values: impl IntoIterator<Item = &'v Value>) -> Inventory {
    let mut inventory = Inventory::default();
    for value in values {
        inventory.apply(Change::Put(object(value)), start());
    }
    inventory.apply(Change::Synced, start());
    inventory.take(start());
    inventory
}

/// Feeds the objects forwards and backwards, expects the same both times, and nothing new when
/// all come a second time.
fn check(values: &[Value], expected: &[&str]) {
    for mut inventory in [fed(values), fed(values.iter().rev())] {
        assert_eq!(told(&inventory), expected);
        for value in values {
            inventory.apply(Change::Put(object(value)), start());
        }
        inventory.apply(Change::Synced, start());
        let again = inventory.take(start());
        assert!(again.is_empty() || again.objects.is_empty() && again.pods.is_empty(), "{again:?}");
        assert_eq!(told(&inventory), expected);
    }
}

#[test]
fn pods_hang_on_what_a_person_edits() {
    check(
        &[
            node(),
            maker("apps/v1", "Deployment", "web", None),
            maker("apps/v1", "ReplicaSet", "web-1", Some(("Deployment", "web"))),
            maker("apps/v1", "ReplicaSet", "web-0", Some(("Deployment", "web"))),
            pod("web-1-a", Some(("ReplicaSet", "web-1"))),
            pod("web-1-b", Some(("ReplicaSet", "web-1"))),
        ],
        &["Deployment shop/web 2/2 as seller on one:2 runs 1 judged by Deployment shop/web"],
    );
}

#[test]
fn jobs_hang_on_their_cron_job_and_what_runs_nothing_is_known_too() {
    check(
        &[
            node(),
            maker("batch/v1", "CronJob", "nightly", None),
            maker("batch/v1", "Job", "nightly-1", Some(("CronJob", "nightly"))),
            pod("nightly-1-a", Some(("Job", "nightly-1"))),
            maker("apps/v1", "StatefulSet", "idle", None),
        ],
        &[
            "CronJob shop/nightly 1/1 as seller on one:1 runs 1 judged by CronJob shop/nightly",
            "StatefulSet shop/idle 0/2 as seller on  runs 0 judged by StatefulSet shop/idle",
        ],
    );
}

#[test]
fn operators_own_what_their_objects_made() {
    check(
        &[
            node(),
            // Nobody watches kind Postgres: of one only a pod is seen, of the other a StatefulSet.
            pod("db-0", Some(("Postgres", "db"))),
            maker("apps/v1", "StatefulSet", "big", Some(("Postgres", "big"))),
            pod("big-0", Some(("StatefulSet", "big"))),
        ],
        &[
            "Postgres shop/big 1/1 as seller on one:1 runs 1 judged by StatefulSet shop/big",
            "Postgres shop/db 1/1 as seller on one:1 runs 1 judged by Pod shop/db-0",
        ],
    );
}

#[test]
fn bare_and_static_pods() {
    check(
        &[node(), pod("alone", None), pod("proxy-one", Some(("Node", "one")))],
        &[
            "Node-static shop/proxy 1/1 as seller on one:1 runs 1 judged by Pod shop/proxy-one",
            "Pod shop/alone 1/1 as seller on one:1 runs 1 judged by Pod shop/alone",
        ],
    );
}

#[test]
fn containers_of_every_kind_are_seen_and_a_debugger_is_judged() {
    let mut debugged = pod("web-1-a", Some(("ReplicaSet", "web-1")));
    debugged["spec"]["initContainers"] = json!([{"name": "first", "image": "a"},
        {"name": "beside", "image": "b", "restartPolicy": "Always"}]);
    debugged["spec"]["ephemeralContainers"] = json!([{"name": "debug", "image": "busybox"}]);
    let inventory = fed(&[
        node(),
        maker("apps/v1", "Deployment", "web", None),
        maker("apps/v1", "ReplicaSet", "web-1", Some(("Deployment", "web"))),
        debugged,
    ]);
    let key = inventory.workloads().pop_first().unwrap();
    let workload = inventory.workload(&key).unwrap();
    let kinds: Vec<String> = workload
        .containers
        .iter()
        .map(|one| format!("{} {} {}", one.kind.as_str(), one.name, one.image.is_some()))
        .collect();
    assert_eq!(
        kinds,
        ["sidecar beside false", "ephemeral debug false", "init first false", "container web true"]
    );
    let image = workload.images.keys().next().unwrap();
    assert_eq!(image.to_string(), format!("registry.example/shop/web@{DIGEST} (linux/amd64)"));
    let judged: Vec<String> = workload.judged.iter().map(ToString::to_string).collect();
    assert_eq!(judged, ["Deployment shop/web", "Pod shop/web-1-a"]);
    assert_eq!(inventory.workload_of(workload.judged.last().unwrap()), Some(key));
}

#[test]
fn a_pod_waits_for_its_replica_set_but_not_for_ever() {
    let mut inventory = fed(&[node()]);
    let late = pod("web-1-a", Some(("ReplicaSet", "web-1")));
    inventory.apply(Change::Put(object(&late)), start());
    let changes = inventory.take(start());
    assert!(changes.is_empty(), "{changes:?}");
    assert!(inventory.is_waiting() && inventory.workloads().is_empty());

    // It comes, with its own owner not far behind.
    let mut other = fed(&[node(), late.clone()]);
    let set = maker("apps/v1", "ReplicaSet", "web-1", Some(("Deployment", "web")));
    other.apply(Change::Put(object(&set)), start());
    let changes = other.take(start());
    assert!(
        changes.workloads.iter().all(|key| other.workload(key).is_none())
            && changes.pods.is_empty()
    );
    other.apply(Change::Put(object(&maker("apps/v1", "Deployment", "web", None))), start());
    let changes = other.take(start());
    let titles: Vec<String> = changes.workloads.iter().map(WorkloadKey::title).collect();
    assert!(titles.contains(&"Deployment shop/web".to_owned()), "{titles:?}");
    assert_eq!(changes.pods[0].workload.title(), "Deployment shop/web");
    assert_eq!(
        told(&other),
        ["Deployment shop/web 1/2 as seller on one:1 runs 1 judged by Deployment shop/web"]
    );

    // It does not come.
    let changes = inventory.take(start() + SignedDuration::from_secs(4));
    let titles: Vec<String> = changes.workloads.iter().map(WorkloadKey::title).collect();
    assert_eq!(titles, ["ReplicaSet shop/web-1"]);
    assert!(!inventory.is_waiting());
    assert_eq!(
        told(&inventory),
        ["ReplicaSet shop/web-1 1/1 as seller on one:1 runs 1 judged by Pod shop/web-1-a"]
    );
}

#[test]
fn kinds_that_cannot_be_listed_are_not_waited_for() {
    let (kind, why) = ("ReplicaSet".to_owned(), "forbidden".to_owned());
    let lost = Change::Lost { kind: kind.clone(), why: why.clone(), was_read: false };
    for said in [lost, Change::Withheld { kind, why }] {
        let mut inventory = fed(&[node(), pod("web-1-a", Some(("ReplicaSet", "web-1")))]);
        assert!(inventory.workloads().is_empty());
        inventory.apply(said, start());
        inventory.take(start());
        assert_eq!(inventory.workloads().len(), 1);
    }
}

#[test]
fn a_kind_is_lost_or_withheld_until_it_is_current() {
    let mut inventory = fed(&[]);
    let (kind, why) = (|| "Secret".to_owned(), || "why".to_owned());
    let kinds = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>().concat();
    let said = |inventory: &Inventory| {
        (kinds(inventory.lost()), kinds(inventory.withheld()), inventory.unread().len())
    };
    inventory.apply(Change::Withheld { kind: kind(), why: why() }, start());
    assert_eq!(said(&inventory), (String::new(), kind(), 1));
    let lost = |was_read| Change::Lost { kind: kind(), why: why(), was_read };
    inventory.apply(lost(false), start());
    assert_eq!(said(&inventory), (kind(), String::new(), 1), "it was never read");
    inventory.apply(Change::Withheld { kind: kind(), why: why() }, start());
    assert_eq!(said(&inventory), (String::new(), kind(), 1));
    inventory.apply(Change::Synced, start());
    assert_eq!(said(&inventory), (String::new(), kind(), 1), "the others are current");
    inventory.apply(Change::Current { kind: kind() }, start());
    assert_eq!(said(&inventory), (String::new(), String::new(), 0));
    inventory.apply(lost(true), start());
    assert_eq!(said(&inventory), (kind(), String::new(), 0), "what was read is known");
}

#[test]
fn what_goes_is_told_once_and_leaves_nothing() {
    let values = [
        maker("apps/v1", "Deployment", "web", None),
        maker("apps/v1", "ReplicaSet", "web-1", Some(("Deployment", "web"))),
        pod("web-1-a", Some(("ReplicaSet", "web-1"))),
        pod("alone", None),
        pod("db-0", Some(("Postgres", "db"))),
    ];
    let mut inventory = fed(&values);
    assert_eq!(inventory.workloads().len(), 3);
    for value in &values {
        inventory.apply(Change::Gone(object(value).key), start());
    }
    let changes = inventory.take(start());
    assert_eq!(changes.pods_gone.len(), 3);
    assert!(changes.objects.values().all(Option::is_none), "{:?}", changes.objects);
    assert!(changes.workloads.iter().all(|key| inventory.workload(key).is_none()));
    assert!(inventory.workloads().is_empty() && inventory.objects().is_empty());
    assert_eq!(inventory.owners.number(), 0);
    assert!(inventory.take(start()).is_empty());
}

#[test]
fn an_object_made_again_is_the_same_workload() {
    let mut inventory = fed(&[node(), maker("apps/v1", "Deployment", "web", None)]);
    let before = inventory.workloads();
    let mut again = maker("apps/v1", "Deployment", "web", None);
    again["metadata"]["uid"] = "another".into();
    inventory.apply(Change::Put(object(&again)), start());
    inventory.take(start());
    assert_eq!(inventory.workloads(), before);
    assert_eq!(inventory.owners.number(), 1);
}

/// Whoever makes a pod may write what owns it, and what that is called.
#[test]
fn an_object_is_called_what_it_says_itself() {
    let mut liar = pod("liar", Some(("Deployment", "web")));
    liar["metadata"]["ownerReferences"][0]["name"] = "forged".into();
    let web = maker("apps/v1", "Deployment", "web", None);
    let expected =
        ["Deployment shop/web 1/2 as seller on one:1 runs 1 judged by Deployment shop/web"];
    check(&[node(), web.clone(), liar.clone()], &expected);

    let mut inventory = fed(&[node(), liar]);
    let later = start() + SignedDuration::from_secs(4);
    inventory.take(later);
    assert!(told(&inventory)[0].starts_with("Deployment shop/forged "));
    inventory.apply(Change::Put(object(&web)), later);
    let changes = inventory.take(later);
    let names: Vec<&str> = changes.workloads.iter().map(|key| &*key.name).collect();
    assert_eq!(names, ["forged", "web"]);
    assert_eq!(told(&inventory), expected);
    inventory.apply(Change::Gone(object(&web).key), later);
    inventory.apply(Change::Gone(ObjectKey::new("v1", "Pod", Some("shop"), "liar")), later);
    assert!(inventory.workloads().is_empty());
    assert_eq!(inventory.owners.number(), 0);
}

#[test]
fn heartbeats_change_nothing() {
    let mut inventory = fed(&[node(), maker("apps/v1", "Deployment", "web", None)]);
    let mut beat = node();
    beat["metadata"]["resourceVersion"] = "99".into();
    beat["status"]["conditions"][0]["lastHeartbeatTime"] = "y".into();
    beat["status"]["images"] = json!([{"names": ["a"]}]);
    inventory.apply(Change::Put(object(&beat)), start());
    assert!(inventory.take(start()).is_empty());
    beat["status"]["conditions"][0]["status"] = "False".into();
    inventory.apply(Change::Put(object(&beat)), start());
    assert_eq!(inventory.take(start()).objects.len(), 1);
    assert!(!inventory.nodes()["one"].is_ready);
}

#[test]
fn circles_of_owners_end() {
    let inventory = fed(&[
        maker("apps/v1", "ReplicaSet", "a", Some(("ReplicaSet", "b"))),
        maker("apps/v1", "ReplicaSet", "b", Some(("ReplicaSet", "a"))),
        pod("p", Some(("ReplicaSet", "a"))),
    ]);
    assert_eq!(inventory.workloads().len(), 1);
}

#[test]
fn a_node_that_joins_late_says_the_platform_of_images() {
    let mut inventory = fed(&[pod("alone", None)]);
    let key = inventory.workloads().pop_first().unwrap();
    assert!(inventory.workload(&key).unwrap().images.is_empty());
    inventory.apply(Change::Put(object(&node())), start());
    assert!(inventory.take(start()).workloads.contains(&key));
    assert_eq!(inventory.workload(&key).unwrap().images.len(), 1);
}

/// The images of the only workload, with the references of containers.
fn images(inventory: &Inventory) -> Vec<String> {
    let key = inventory.workloads().pop_first().unwrap();
    inventory.workload(&key).unwrap().images.keys().map(ToString::to_string).collect()
}

fn gone(inventory: &mut Inventory, kind: (&str, &str), name: &str) {
    let key = ObjectKey::new(kind.0, kind.1, Some("shop"), name);
    inventory.apply(Change::Gone(key), start());
    inventory.take(start());
}

#[test]
fn between_two_of_its_times_a_cron_job_has_the_image_that_it_ran_last() {
    let mut done = pod("report-1-x", Some(("Job", "report-1")));
    let mut inventory = fed(&[
        node(),
        maker("batch/v1", "CronJob", "report", None),
        maker("batch/v1", "Job", "report-1", Some(("CronJob", "report"))),
        done.clone(),
    ]);
    let runs = images(&inventory);
    assert_eq!(runs.len(), 1);
    done["status"]["phase"] = "Succeeded".into();
    inventory.apply(Change::Put(object(&done)), start());
    assert_eq!(images(&inventory), runs, "its pod has ended");
    gone(&mut inventory, ("v1", "Pod"), "report-1-x");
    assert_eq!(images(&inventory), runs, "its pod is gone");
    gone(&mut inventory, ("batch/v1", "Job"), "report-1");
    assert_eq!(images(&inventory), runs, "its Job is gone");
    let mut other = maker("batch/v1", "CronJob", "report", None);
    other["spec"]["jobTemplate"]["spec"]["template"] = template("registry.example/shop/web:2");
    inventory.apply(Change::Put(object(&other)), start());
    assert!(images(&inventory).is_empty(), "nobody has seen what the other reference is");
}

#[test]
fn a_pod_that_takes_the_place_of_another_runs_the_same_until_it_says_otherwise() {
    let owner = Some(("ReplicaSet", "web-1"));
    let mut inventory =
        fed(&[node(), maker("apps/v1", "ReplicaSet", "web-1", None), pod("web-1-a", owner)]);
    let runs = images(&inventory);
    let mut next = pod("web-1-b", owner);
    let said = next["status"].take();
    next["status"] = json!({"phase": "Pending"});
    gone(&mut inventory, ("v1", "Pod"), "web-1-a");
    inventory.apply(Change::Put(object(&next)), start());
    assert_eq!(images(&inventory), runs);
    next["status"] = said;
    let other = format!("registry.example/shop/web@sha256:{}", "2".repeat(64));
    next["status"]["containerStatuses"][0]["imageID"] = other.clone().into();
    inventory.apply(Change::Put(object(&next)), start());
    assert_eq!(images(&inventory), [format!("{other} (linux/amd64)")]);
}
