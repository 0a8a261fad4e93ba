//! One verdict wherever it is asked: thousands of objects through `check`, the audit and the door.
//!
//! Seeds are the fixtures of all rules. Each is put into a namespace of one cluster and changed at
//! random where rules look: members go, come from other fixtures, or take another value. Then all
//! three ways have to say the same of it, down to the digest over everything that was read.

use super::{BUILT_IN, ask, door, request, settings};
use crate::admission::Modes;
use cofferdam_assess::{
    check::{Check, Input, Question, check},
    live::{Objects, audit},
};
use cofferdam_bounds::Meter;
use cofferdam_model::{ObjectKey, Severity};
use cofferdam_policy::{Outcome, Stage};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Objects that are compared. Seconds of a debug build each hundred; more find more, and `make
/// prove` asks a real API server too.
const OBJECTS: usize = 3_000;

/// Fixtures in one cluster.
const TOGETHER: usize = 24;

/// Kinds of the cluster itself among the fixtures.
const OF_CLUSTER: &[&str] = &[
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

/// A generator of numbers that is the same everywhere (Steele, Lea, Flood: SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// The objects of every fixture of rules about objects.
fn seeds() -> Vec<Vec<Value>> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut paths = Vec::new();
    for area in folders(&rules) {
        if area.ends_with("image") || area.ends_with("dockerfile") || area.ends_with("schema") {
            continue;
        }
        for rule in folders(&area) {
            let files = fs::read_dir(rule).unwrap().map(|file| file.unwrap().path());
            paths.extend(files.filter(|path| !path.ends_with("policy.yaml")));
        }
    }
    paths.sort();
    let seed = |path: &std::path::PathBuf| -> Vec<Value> {
        let text = cofferdam_bounds::file::read_text(path, 1 << 20).unwrap();
        let source = cofferdam_manifest::read("x", text.into(), &Meter::default());
        let objects = source
            .documents
            .iter()
            .flat_map(|document| document.objects.iter().map(|id| document.tree.view(*id)));
        objects.filter_map(cofferdam_policy::written).collect()
    };
    paths.iter().map(seed).filter(|objects| !objects.is_empty()).collect()
}

fn folders(path: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

/// What stands under which key anywhere in the fixtures.
fn pool(seeds: &[Vec<Value>]) -> BTreeMap<String, Vec<Value>> {
    let mut pool: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut left: Vec<&Value> = seeds.iter().flatten().collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    pool.entry(key.clone()).or_default().push(value.clone());
                    left.push(value);
                }
            }
            Value::Array(list) => left.extend(list),
            _ => {}
        }
    }
    pool
}

/// Changes one thing somewhere below the top of an object.
fn change(object: &mut Value, pool: &BTreeMap<String, Vec<Value>>, numbers: &mut Numbers) {
    const KEPT: [&str; 4] = ["apiVersion", "kind", "metadata", "name"];
    let mut here = object;
    loop {
        let keys: Vec<String> = match &*here {
            Value::Object(map) => {
                map.keys().filter(|key| !KEPT.contains(&&***key)).cloned().collect()
            }
            Value::Array(list) => (0..list.len()).map(|at| at.to_string()).collect(),
            _ => return,
        };
        if keys.is_empty() {
            return;
        }
        let key = numbers.one(&keys).clone();
        let is_inner = match &*here {
            Value::Object(map) => map[&key].is_object() || map[&key].is_array(),
            _ => true,
        };
        if is_inner && numbers.below(5) > 0 {
            here = match here {
                Value::Object(map) => map.get_mut(&key).unwrap(),
                Value::Array(list) => &mut list[key.parse::<usize>().unwrap()],
                _ => return,
            };
            continue;
        }
        match here {
            Value::Object(map) => member(map, &key, pool, numbers),
            Value::Array(list) if numbers.below(2) == 0 => {
                list.remove(key.parse().unwrap());
            }
            Value::Array(list) => {
                let again = list[key.parse::<usize>().unwrap()].clone();
                list.push(again);
            }
            _ => {}
        }
        return;
    }
}

fn member(
    map: &mut Map<String, Value>,
    key: &str,
    pool: &BTreeMap<String, Vec<Value>>,
    numbers: &mut Numbers,
) {
    match numbers.below(4) {
        0 => {
            map.remove(key);
        }
        1 => {
            // A whole other value that stands under this key elsewhere.
            let value = pool.get(key).map(|values| numbers.one(values).clone());
            map.extend(value.map(|value| (key.to_owned(), value)));
        }
        2 => {
            // A neighbour that stands beside this key elsewhere.
            let keys: Vec<&String> = pool.keys().collect();
            let other = *numbers.one(&keys);
            map.insert(other.clone(), numbers.one(&pool[other]).clone());
        }
        _ => {
            let value = match &map[key] {
                Value::Bool(value) => json!(!value),
                Value::Number(_) => json!(*numbers.one(&[0_i64, 1, -1, 80, 443, 65_536])),
                Value::String(_) => json!(*numbers.one(&["", "Always", "*", "latest", "true"])),
                other => other.clone(),
            };
            map.insert(key.to_owned(), value);
        }
    }
}

/// A seed in a namespace of its own, changed.
fn settled(
    seed: &[Value],
    namespace: &str,
    changes: usize,
    numbers: &mut Numbers,
    pool: &BTreeMap<String, Vec<Value>>,
) -> Vec<Value> {
    let mut objects = seed.to_vec();
    for (at, object) in objects.iter_mut().enumerate() {
        for _ in 0..changes {
            change(object, pool, numbers);
        }
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        if !object["metadata"].is_object() {
            object["metadata"] = json!({});
        }
        let metadata = object["metadata"].as_object_mut().unwrap();
        let is_given = |key: &str| {
            let value = metadata.get(key).and_then(Value::as_str).unwrap_or_default();
            !value.is_empty() && !value.starts_with("kube-")
        };
        let (has_name, has_namespace) = (is_given("name"), is_given("namespace"));
        if !has_name {
            metadata.insert("name".to_owned(), json!(format!("unnamed-{at}")));
        }
        if OF_CLUSTER.contains(&&*kind) {
            metadata.remove("namespace");
        } else if !has_namespace {
            metadata.insert("namespace".to_owned(), json!(namespace));
        }
    }
    objects
}

fn key(object: &Value) -> ObjectKey {
    let metadata = &object["metadata"];
    ObjectKey::new(
        object["apiVersion"].as_str().unwrap(),
        object["kind"].as_str().unwrap(),
        metadata["namespace"].as_str(),
        metadata["name"].as_str().unwrap(),
    )
}

/// By code: the worst outcome and the digest; and in full what is said about what.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    verdicts: BTreeMap<String, (Outcome, String)>,
    findings: BTreeSet<(String, String, String)>,
}

fn said(check: &Check) -> BTreeMap<String, Said> {
    let mut all: BTreeMap<String, Said> = BTreeMap::new();
    for found in &check.findings {
        let said = all.entry(check.path(found).to_owned()).or_default();
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
    rules.split_whitespace().map(verdict).collect()
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
        let text = object.to_string();
        let problems = objects.put(key(object), text.as_str().into());
        assert!(problems.is_empty(), "{problems:?}");
        Input::manifest(path.clone(), text)
    });
    let inputs: Vec<Input> = inputs.collect();
    let by_check = |stage| {
        let check = check(vec![], inputs.clone(), vec![], &question(stage), &Meter::default());
        assert!(check.problems.is_empty(), "{:?}", check.problems);
        said(&check)
    };
    let (at_the_door, background) = (by_check(Stage::Admission), by_check(Stage::Background));
    let audited = said(&audit(&objects, None, &question(Stage::Background)));
    let (door, _decided) = door(objects, settings(Modes::default()));
    let mut codes = BTreeSet::new();
    let nothing = Said::default();
    for (path, object) in cluster {
        let checked = at_the_door.get(path).unwrap_or(&nothing);
        let audited = audited.get(path).unwrap_or(&nothing);
        assert_eq!(background.get(path).unwrap_or(&nothing), audited, "{path}\n{object:#}");
        assert_eq!(checked, audited, "{path}\n{object:#}");
        let response = ask(&door, &request("CREATE", object, None));
        assert_eq!(checked.verdicts, by_door(&response), "{path}\n{object:#}");
        codes.extend(checked.verdicts.keys().cloned());
    }
    (codes, cluster.len())
}

#[test]
fn the_same_verdict_in_a_check_in_the_audit_and_at_the_door() {
    let seeds = seeds();
    let pool = pool(&seeds);
    let mut numbers = Numbers(20_261_121);
    let (mut codes, mut compared, mut round) = (BTreeSet::new(), 0, 0);
    while compared < OBJECTS {
        // Every fixture as it is first, then ever more changed.
        let rounds = seeds.len().div_ceil(TOGETHER);
        let changes = (round / rounds).min(4);
        let mut cluster = BTreeMap::new();
        for place in 0..TOGETHER {
            let at = (round * TOGETHER + place) % seeds.len();
            let namespace = format!("ns-{place}");
            for object in settled(&seeds[at], &namespace, changes, &mut numbers, &pool) {
                cluster.insert(key(&object).to_string(), object);
            }
        }
        let (said, count) = compare(&cluster);
        codes.extend(said);
        compared += count;
        round += 1;
    }
    // Nearly all rules about objects were heard.
    let asked = BUILT_IN.policies.iter().filter(|policy| policy.stages.contains(&Stage::Admission));
    let silent: Vec<&str> =
        asked.map(|policy| &*policy.code).filter(|code| !codes.contains(*code)).collect();
    assert!(silent.len() <= 25, "{} rules said nothing: {silent:?}", silent.len());
}
