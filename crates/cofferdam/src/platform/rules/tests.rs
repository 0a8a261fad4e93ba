//! Policies and exceptions of a cluster, from the change that brings them to the finding, the door
//! and the trail.

use super::{Files, Kept, Parts, keep};
use crate::{platform::door::follow, recording};
use cofferdam_bus::{Bus, Events};
use cofferdam_control::{
    Controller, Handle, Source, Tasks,
    admission::{Door, Settings},
    events::CHANGED,
    scan::Images,
};
use cofferdam_model::{Change, ClusterIdentity, ClusterObject, ObjectKey};
use cofferdam_store::{
    FindingFilter, Mode, OnFailure, Outcome, Page, Store, SubjectKind, Updates, rows,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

const OURS: &str = "cofferdam.dev/v1alpha1";

fn clock() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn object(
    api_version: &str,
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    spec: &Value,
) -> Change {
    let uid = format!("{kind} {namespace:?} {name}");
    let json = json!({"apiVersion": api_version, "kind": kind, "spec": spec,
        "metadata": {"name": name, "namespace": namespace, "uid": uid}});
    Change::Put(ClusterObject {
        key: ObjectKey::new(api_version, kind, namespace, name),
        uid,
        resource_version: "1".to_owned(),
        owner: None,
        json: json.to_string().into(),
        applied: None,
    })
}

fn deployment(namespace: &str) -> Change {
    let template = json!({"spec": {"containers": [{"name": "web", "image": "web:1"}]}});
    let spec = json!({"replicas": 0, "template": template});
    object("apps/v1", "Deployment", Some(namespace), "web", &spec)
}

/// A policy that wants an owner of Deployments.
fn policy(namespace: Option<&str>, code: &str, expression: &str) -> Change {
    let kind = if namespace.is_some() { "SecurityPolicy" } else { "ClusterSecurityPolicy" };
    let spec = json!({"code": code, "title": "t", "description": "d", "severity": "high",
        "stages": ["admission", "background"],
        "matchConstraints": {"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["v1"],
            "operations": ["CREATE"], "resources": ["deployments"]}]},
        "validations": [{"expression": expression, "message": "There is no owner."}]});
    object(OURS, kind, namespace, &code.to_lowercase(), &spec)
}

const OWNED: &str = "has(object.metadata.labels) && 'owner' in object.metadata.labels";

fn exception() -> Change {
    exception_until("2027-01-01")
}

fn exception_until(expires: &str) -> Change {
    let spec = json!({"owner": "ann", "reason": "soon gone", "expires": expires,
        "policies": ["ALL-1"]});
    object(OURS, "PolicyException", Some("shop"), "e", &spec)
}

/// A cluster that says what a test says, watched and judged.
struct House {
    store: Store,
    kept: Kept,
    handle: Handle,
    changes: mpsc::Sender<Change>,
    events: Events,
    door: Door,
    _tasks: Tasks,
    _folder: TempDir,
}

fn identity() -> ClusterIdentity {
    ClusterIdentity {
        id: "c".to_owned(),
        name: "test".to_owned(),
        version: "v1.34.4".to_owned(),
        server: String::new(),
    }
}

impl House {
    async fn new() -> Self {
        let (changes, heard) = mpsc::channel(100);
        let source = Source::Heard { identity: identity(), changes: heard };
        Self::over(source, Images::Recorded(Arc::new(HashMap::new())), changes).await
    }

    async fn over(source: Source, images: Images, changes: mpsc::Sender<Change>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.sqlite").display());
        let store = Store::open(&url).await.unwrap();
        let bus = Bus::open("memory:").await.unwrap();
        let events = bus.events(CHANGED).await.unwrap();
        let mut tasks = Tasks::default();
        let parts = Parts {
            files: Files::default(),
            store: store.clone(),
            bus: bus.clone(),
            cluster: "c".to_owned(),
            clock,
        };
        let kept = keep(parts, &mut tasks).unwrap();
        let handle = Controller::start(cofferdam_control::Parts {
            store: store.clone(),
            bus,
            source,
            images,
            rules: kept.rules.clone(),
            documents: kept.documents.clone(),
            leads: watch::channel(true).1,
            clock,
        });
        let settings = Settings {
            bundle: Arc::clone(&kept.rules.borrow().bundle),
            modes: cofferdam_control::admission::Modes::default(),
            kubernetes_minor: Some(34),
            own_namespace: "cofferdam".to_owned(),
        };
        let (door, _) = Door::new(handle.objects(), settings, clock);
        Self { store, kept, handle, changes, events, door, _tasks: tasks, _folder: folder }
    }

    async fn say(&self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            self.changes.send(change).await.unwrap();
        }
    }

    /// Says that these rules refuse, and what nobody can answer with them.
    async fn enforce(&self, rules: &[&str]) {
        for rule in rules {
            let mode = rows::RuleMode {
                rule: (*rule).to_owned(),
                mode: Mode::Enforce,
                on_failure: OnFailure::Fail,
                updates: Updates::Strict,
                by_name: "ann".to_owned(),
                at: clock(),
            };
            self.store.set_mode(&mode).await.unwrap();
        }
    }

    /// What is said of the Deployment of a namespace by a rule.
    async fn of(&self, namespace: &str, rule: &str) -> Option<rows::Finding> {
        let filter = FindingFilter {
            rule: Some(rule.to_owned()),
            namespaces: Some(vec![namespace.to_owned()]),
            ..FindingFilter::default()
        };
        self.store.findings(&filter, &Page::default()).await.unwrap().items.pop()
    }

    /// Waits until this is what is said; every change that could make it so is told.
    async fn until(&mut self, namespace: &str, rule: &str, expected: Option<Outcome>) {
        while self.of(namespace, rule).await.map(|found| found.outcome) != expected {
            self.events.next().await.unwrap();
        }
    }

    /// Waits until everything that lies in the recorded cluster is in force.
    async fn until_ruled(&mut self) {
        self.until("vault", "ALL-1", Some(Outcome::Fail)).await;
        self.until("shop", "ALL-1", Some(Outcome::Excepted)).await;
        for namespace in ["vault", "shop"] {
            self.until(namespace, "SHOP-1", (namespace == "shop").then_some(Outcome::Fail)).await;
            self.until(namespace, "running", Some(Outcome::Fail)).await;
        }
    }

    /// Whether a Deployment may come into a namespace.
    async fn may_enter(&self, namespace: &str) -> bool {
        follow(&self.door, &self.kept.rules, &self.store).await;
        let Change::Put(object) = deployment(namespace) else { unreachable!() };
        let object: Value = serde_json::from_str(&object.json).unwrap();
        let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {"uid": "u", "operation": "CREATE", "namespace": namespace, "name": "web",
                "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
                "resource": {"group": "apps", "version": "v1", "resource": "deployments"},
                "userInfo": {"username": "ann"}, "object": object}});
        let answer = self.door.handle(review.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        answer["response"]["allowed"].as_bool().unwrap()
    }

    /// All that is said of the workloads.
    async fn findings(&self) -> Vec<rows::Finding> {
        let filter =
            FindingFilter { subject_kind: Some(SubjectKind::Workload), ..FindingFilter::default() };
        let page = Page { limit: 1_000, ..Page::default() };
        let mut found = self.store.findings(&filter, &page).await.unwrap().items;
        found.sort_by(|one, other| one.id.cmp(&other.id));
        found
    }

    async fn trail(&self) -> Vec<(String, String, String)> {
        let page = Page { descending: false, ..Page::default() };
        let entries = self.store.trail(None, &page).await.unwrap().items.into_iter();
        let mut told: Vec<_> = entries
            .map(|entry| (entry.action, entry.what, entry.detail.unwrap_or_default()))
            .collect();
        told.sort();
        told
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_cluster_is_in_force() {
    let mut house = House::new().await;
    house.enforce(&["ALL-1", "shop/SHOP-1"]).await;
    house.say([deployment("shop"), deployment("vault"), exception(), Change::Synced]).await;
    // It is judged by what is built in, and by nothing that is not there.
    house.until("shop", "CFD-POD-0002", None).await;
    assert!(house.may_enter("vault").await);
    assert_eq!(house.door.settings().modes.closed().count(), 0, "no rule of theirs is asked");

    // Before the policy is there the exception speaks of nothing, and says so.
    let mut unheeded = house.kept.unheeded.clone();
    let told = unheeded.wait_for(|all| !all.is_empty()).await.unwrap()[0].clone();
    assert_eq!(told.to_string(), "exception e: there is no policy ALL-1: PolicyException shop/e");

    // Three at once: one for all, one for a namespace, and one that is broken.
    let gone = Change::Gone(ObjectKey::new(OURS, "PolicyException", Some("shop"), "e"));
    let broken = policy(Some("shop"), "BAD-1", "object.");
    house
        .say([
            gone.clone(),
            policy(None, "ALL-1", OWNED),
            policy(Some("shop"), "SHOP-1", OWNED),
            broken,
        ])
        .await;
    for (namespace, rule) in [("shop", "ALL-1"), ("vault", "ALL-1"), ("shop", "SHOP-1")] {
        house.until(namespace, rule, Some(Outcome::Fail)).await;
    }
    assert_eq!(house.of("vault", "SHOP-1").await, None, "a namespace speaks for itself only");
    assert!(!house.may_enter("shop").await && !house.may_enter("vault").await);
    assert_eq!(house.door.settings().modes.closed().collect::<Vec<_>>(), ["ALL-1", "SHOP-1"]);
    let told = unheeded.wait_for(|all| all.len() == 1).await.unwrap()[0].clone();
    assert_eq!(told.place.as_deref(), Some("SecurityPolicy shop/bad-1"));
    assert!(told.what.contains("is not a valid expression") && told.remedy.is_some(), "{told}");
    let catalogue = format!("{:?}", house.kept.catalogue.borrow());
    assert!(catalogue.contains("source: \"ClusterSecurityPolicy all-1\""));
    assert!(!catalogue.contains("BAD-1"));

    // Excused in its own namespace: with who, why and until when.
    house.say([exception()]).await;
    house.until("shop", "ALL-1", Some(Outcome::Excepted)).await;
    let excused = house.of("shop", "ALL-1").await.unwrap().exception.unwrap();
    let excused: Value = serde_json::from_str(&excused).unwrap();
    assert_eq!((&excused["owner"], &excused["reason"]), (&json!("ann"), &json!("soon gone")));
    assert!(excused["expires"].as_str().unwrap().starts_with("2027-01-01"), "{excused}");
    assert_eq!(house.of("vault", "ALL-1").await.unwrap().outcome, Outcome::Fail);
    assert!(!house.may_enter("vault").await, "it is excused elsewhere only");

    // Its time is over: that is told too.
    house.say([exception_until("2026-11-21")]).await;
    house.until("shop", "ALL-1", Some(Outcome::Fail)).await;
    let told = unheeded.wait_for(|all| all.len() == 2).await.unwrap()[1].clone();
    assert_eq!(told.place.as_deref(), Some("PolicyException shop/e"));
    assert!(told.what.contains("has expired") && told.remedy.is_some(), "{told}");

    house.say([gone]).await;
    unheeded.wait_for(|all| all.len() == 1).await.unwrap();
    house.say([Change::Gone(ObjectKey::new(OURS, "ClusterSecurityPolicy", None, "all-1"))]).await;
    house.until("vault", "ALL-1", None).await;
    assert!(house.may_enter("vault").await && !house.may_enter("shop").await);

    // Every exception is in the trail, with who answers for it; each as it was written once.
    let trail = house.trail().await;
    let told: Vec<_> = trail.iter().map(|(action, what, _)| (&**action, &**what)).collect();
    let expected = [
        ("exception.gone", "PolicyException shop/e"),
        ("exception.gone", "PolicyException shop/e"),
        ("exception.put", "PolicyException shop/e"),
        ("exception.put", "PolicyException shop/e"),
        ("policy.gone", "ClusterSecurityPolicy all-1"),
        ("policy.put", "ClusterSecurityPolicy all-1"),
        ("policy.put", "SecurityPolicy shop/bad-1"),
        ("policy.put", "SecurityPolicy shop/shop-1"),
    ];
    assert_eq!(told, expected);
    let detail: Value = serde_json::from_str(&trail[2].2).unwrap();
    assert_eq!((&detail["owner"], &detail["policies"]), (&json!("ann"), &json!(["ALL-1"])));
    house.handle.shutdown().await;
}

/// What was said of a rule is not said of another that takes its code, in another namespace or in
/// all.
#[tokio::test(flavor = "multi_thread")]
async fn modes_go_with_the_rule_of_which_they_were_said() {
    let mut house = House::new().await;
    house.enforce(&["shop/SHOP-1", "ALL-1"]).await;
    let both = [policy(Some("shop"), "SHOP-1", OWNED), policy(None, "ALL-1", "true")];
    house.say([deployment("shop"), deployment("vault")].into_iter().chain(both)).await;
    house.say([Change::Synced]).await;
    house.until("shop", "SHOP-1", Some(Outcome::Fail)).await;
    assert!(!house.may_enter("shop").await && house.may_enter("vault").await);
    assert_eq!(house.door.settings().modes.closed().collect::<Vec<_>>(), ["ALL-1", "SHOP-1"]);

    let gone = [
        Change::Gone(ObjectKey::new(OURS, "SecurityPolicy", Some("shop"), "shop-1")),
        Change::Gone(ObjectKey::new(OURS, "ClusterSecurityPolicy", None, "all-1")),
    ];
    let taken = [policy(Some("vault"), "SHOP-1", OWNED), policy(Some("vault"), "ALL-1", OWNED)];
    house.say(gone.into_iter().chain(taken)).await;
    for rule in ["SHOP-1", "ALL-1"] {
        house.until("vault", rule, Some(Outcome::Fail)).await;
    }
    assert!(house.may_enter("vault").await && house.may_enter("shop").await);
    assert_eq!(house.door.settings().modes.closed().count(), 0);
    house.handle.shutdown().await;
}

/// A ValidatingAdmissionPolicy of the cluster, and what binds it.
fn running() -> [Change; 2] {
    const GROUP: &str = "admissionregistration.k8s.io/v1";
    let rules = json!([{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"],
        "resources": ["deployments"]}]);
    let policy = json!({"matchConstraints": {"resourceRules": rules},
        "validations": [{"expression": "object.spec.replicas > 0", "message": "It runs nowhere."}]});
    let binding = json!({"policyName": "running", "validationActions": ["Deny"]});
    [("ValidatingAdmissionPolicy", policy), ("ValidatingAdmissionPolicyBinding", binding)]
        .map(|(kind, spec)| object(GROUP, kind, None, "running", &spec))
}

/// What was recorded says the same elsewhere, by the policies and exceptions that lay there.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_judged_by_the_policies_in_it() {
    let all: Vec<Change> = [deployment("shop"), deployment("vault"), exception()]
        .into_iter()
        .chain([policy(None, "ALL-1", OWNED), policy(Some("shop"), "SHOP-1", OWNED)])
        .chain(running())
        .collect();
    let (kind, why) = ("Ingress".to_owned(), "forbidden".to_owned());
    let withheld = Change::Withheld { kind: kind.clone(), why: why.clone() };
    let missing = BTreeMap::from([(kind.clone(), withheld.clone())]);
    let mut house = House::new().await;
    let last = [withheld, Change::Synced];
    house.say(all.iter().cloned().chain(last)).await;
    house.until_ruled().await;
    let before = house.findings().await;
    let of_cluster = before.iter().filter(|one| !one.rule.starts_with("CFD-")).count();
    assert_eq!(of_cluster, 5, "two of all, one of the namespace, two of the API server's own");

    let folder = tempfile::tempdir().unwrap();
    let objects = all.iter().filter_map(|change| match change {
        Change::Put(object) => Some(object),
        _ => None,
    });
    let has_more =
        recording::save(folder.path(), &identity(), (objects, missing), &house.store).await;
    assert!(!has_more.unwrap());
    house.handle.shutdown().await;
    let shown = recording::read(folder.path()).unwrap();
    let mut house = House::over(shown.source, shown.images, mpsc::channel(1).0).await;
    house.until_ruled().await;
    assert_eq!(house.findings().await, before);
    assert_eq!(
        house.handle.state().withheld,
        BTreeMap::from([(kind, why)]),
        "nor could anybody read more there"
    );
    house.handle.shutdown().await;
}
