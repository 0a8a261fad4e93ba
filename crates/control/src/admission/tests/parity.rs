//! One verdict wherever it is asked: thousands of objects through `check`, the audit and the door.
//!
//! Fixtures of rules, changed at random, share a cluster. All three ways have to say the same of
//! each object, down to the digest over everything that was read.

use super::{
    BUILT_IN, ask, door,
    generate::{Numbers, key, pool, seeds, settled},
    request, settings,
};
use crate::admission::Modes;
use cofferdam_assess::{
    check::{Check, Found, Input, Question, check},
    live::{Objects, Ways, audit, audit_some},
};
use cofferdam_bounds::Meter;
use cofferdam_model::{ObjectKey, Severity};
use cofferdam_policy::{Outcome, Stage, facts::RootSet};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Objects that are compared. Seconds of a debug build each hundred; more find more, and `make
/// prove` asks a real API server too.
const OBJECTS: usize = 3_000;

/// Fixtures in one cluster.
const TOGETHER: usize = 24;

/// What a watch tells of an object: of Secrets and ConfigMaps, metadata only.
fn watched(object: &Value) -> Value {
    let mut watched = object.clone();
    if is_confidential(object) {
        let known = ["apiVersion", "kind", "metadata"];
        watched.as_object_mut().unwrap().retain(|field, _| known.contains(&&**field));
    }
    watched
}

/// Whether the door never sees it, and the audit no more than its metadata.
fn is_confidential(object: &Value) -> bool {
    ["Secret", "ConfigMap"].iter().any(|kind| object["kind"] == *kind)
}

/// By code: the worst outcome and the digest; and in full what is said about what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    verdicts: BTreeMap<String, (Outcome, String)>,
    findings: BTreeSet<(String, String, String)>,
}

impl Said {
    /// What of it is asked at the door as well.
    fn of_the_door(&self) -> Self {
        let is_asked = |code: &str| {
            let policy = BUILT_IN.policies.iter().find(|policy| policy.code == code).unwrap();
            policy.stages.contains(&Stage::Admission)
        };
        let mut said = self.clone();
        said.leave(is_asked);
        said
    }

    /// Leaves what these rules say.
    fn leave(&mut self, is_left: impl Fn(&str) -> bool) {
        self.verdicts.retain(|code, _| is_left(code));
        self.findings.retain(|(code, ..)| is_left(code));
    }
}

fn said(check: &Check) -> BTreeMap<String, Said> {
    let mut all: BTreeMap<String, Said> = BTreeMap::new();
    for found in &check.findings {
        let said = all.entry(check.own_path(found).to_owned()).or_default();
        let code = check.rule(found).unwrap().code.clone();
        let digest = found.explanation.as_ref().unwrap().digest.unwrap().to_string();
        said.findings.insert((code.clone(), found.about.to_string(), found.message.to_string()));
        let known = said.verdicts.entry(code).or_insert((found.outcome, digest.clone()));
        assert_eq!(known.1, digest, "one verdict, one digest");
        known.0 = known.0.max(found.outcome);
    }
    all
}

fn by_door(response: &Value) -> BTreeMap<String, (Outcome, String)> {
    let rules = response["auditAnnotations"]["rules"].as_str().unwrap();
    assert!(!rules.contains(" more"), "{rules}");
    let verdict = |text: &str| {
        let (code, rest) = text.split_once('=').unwrap();
        let (outcome, digest) = rest.split_once(':').unwrap();
        let all = [Outcome::Pass, Outcome::Unknown, Outcome::Fail];
        let outcome = all.into_iter().find(|one| one.as_str() == outcome).unwrap();
        (code.to_owned(), (outcome, digest.to_owned()))
    };
    // Nothing here runs: what is said of images is compared in `images`.
    let all = rules.split_whitespace().filter(|text| !text.starts_with("CFD-IMG-"));
    all.map(verdict).collect()
}

fn question(stage: Stage) -> Question<'static> {
    Question {
        bundle: &BUILT_IN,
        stage,
        now: super::now(),
        fail_on: Severity::None,
        kubernetes_minor: Some(34),
        pod_security: None,
        changes: None,
        patches: false,
        explain: true,
    }
}

/// Compares all ways over one cluster; gives the codes that were said, and how many objects were
/// compared.
fn compare(cluster: &BTreeMap<String, Value>) -> (BTreeSet<String>, usize) {
    let mut objects = Objects::default();
    let inputs = cluster.iter().map(|(path, object)| {
        let problems = objects.put(key(object), watched(object).to_string().into());
        assert!(problems.is_empty(), "{problems:?}");
        Input::manifest(path.clone(), object.to_string())
    });
    let inputs: Vec<Input> = inputs.collect();
    let by_check = |stage| {
        let check = check(vec![], inputs.clone(), vec![], &question(stage), &Meter::default());
        assert!(check.problems.is_empty(), "{:?}", check.problems);
        said(&check)
    };
    let (at_the_door, background) = (by_check(Stage::Admission), by_check(Stage::Background));
    let whole = audit(&objects, &question(Stage::Background));
    let audited = said(&whole);
    in_steps(cluster, &objects, &whole);
    let (door, _decided) = door(objects, settings(Modes::default()));
    let mut codes = BTreeSet::new();
    for (path, object) in cluster {
        let of = |all: &BTreeMap<String, Said>| {
            let mut said = all.get(path).cloned().unwrap_or_default();
            if is_confidential(object) {
                // What an API server has taken in is as its schema says.
                said.leave(|code| !code.starts_with("CFD-API-000"));
            }
            said
        };
        let (checked, audited) = (of(&at_the_door), of(&audited));
        assert_eq!(of(&background), audited, "{path}\n{object:#}");
        assert_eq!(checked, audited.of_the_door(), "{path}\n{object:#}");
        codes.extend(checked.verdicts.keys().cloned());
        if is_let_through(object) || is_confidential(object) {
            continue;
        }
        let response = ask(&door, &request("CREATE", object, None));
        assert_eq!(checked.verdicts, by_door(&response), "{path}\n{object:#}");
    }
    (codes, cluster.len())
}

/// Objects judged in steps, each in a join of its own: more than one of a namespace, and of several.
const STEP: usize = 7;

/// What is said in steps is what is said at once, to the reason of each score.
fn in_steps(cluster: &BTreeMap<String, Value>, objects: &Objects, whole: &Check) {
    let told = |check: &Check| -> BTreeSet<[String; 5]> {
        let of = |found: &Found| {
            let digest = found.explanation.as_ref().unwrap().digest.unwrap();
            [
                check.own_path(found).to_owned(),
                check.rule(found).unwrap().code.clone(),
                found.message.to_string(),
                found.rank.to_string(),
                digest.to_string(),
            ]
        };
        check.findings.iter().map(of).collect()
    };
    let ways = Ways::of(objects);
    assert_eq!(ways.paths, whole.paths);
    let keys: Vec<ObjectKey> = cluster.values().map(key).collect();
    let mut judged = 0;
    let mut in_steps = BTreeSet::new();
    for step in keys.chunks(STEP) {
        let step: BTreeSet<ObjectKey> = step.iter().cloned().collect();
        let check = audit_some(objects, &step, &ways, &question(Stage::Background));
        assert!(check.problems.is_empty(), "{:?}", check.problems);
        judged += check.tally.judged;
        in_steps.extend(told(&check));
    }
    assert_eq!(judged, whole.tally.judged);
    assert_eq!(in_steps, told(whole));
}

/// Whether the door lets it through unseen, so that it has nothing to say.
fn is_let_through(object: &Value) -> bool {
    let is_namespace = object["kind"] == "Namespace";
    let name = &object["metadata"][if is_namespace { "name" } else { "namespace" }];
    name.as_str().is_some_and(|name| crate::admission::is_exempt(name, "cofferdam"))
}

#[test]
fn the_same_verdict_in_a_check_in_the_audit_and_at_the_door() {
    let seeds = seeds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules"));
    let pool = pool(&seeds);
    let mut numbers = Numbers(20_261_121);
    let (mut codes, mut compared, mut next) = (BTreeSet::new(), 0, 0);
    while compared < OBJECTS {
        let mut cluster = BTreeMap::new();
        for place in 0..TOGETHER {
            // Every fixture as it is first, then ever more changed.
            let changes = (next / seeds.len()).min(4);
            let namespace = format!("ns-{place}");
            let seed = &seeds[next % seeds.len()];
            let objects = settled(seed, &namespace, changes, &mut numbers, &pool);
            let named = objects.into_iter().map(|object| (key(&object).to_string(), object));
            let named: Vec<(String, Value)> = named.collect();
            // Two fixtures that both say what a role of the cluster is meet in no cluster.
            if named.iter().any(|(name, _)| cluster.contains_key(name)) {
                break;
            }
            cluster.extend(named);
            next += 1;
        }
        let (said, count) = compare(&cluster);
        codes.extend(said);
        compared += count;
    }
    let of_images = RootSet::of(["image", "dockerfile"]);
    let asked = BUILT_IN.policies.iter().filter(|policy| {
        policy.stages.contains(&Stage::Admission) && !policy.reads.has_any(of_images)
    });
    let silent: Vec<&str> =
        asked.map(|policy| &*policy.code).filter(|code| !codes.contains(*code)).collect();
    // JSON as an API server gives it has no key twice.
    assert_eq!(silent, ["CFD-API-0005"], "rules that nothing broke");
}
