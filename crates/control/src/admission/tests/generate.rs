//! Objects to compare verdicts of: the fixtures of all rules, changed at random where rules look.
//! Members go, come from other fixtures, or take another value; the same numbers make the same
//! objects everywhere.

use cofferdam_bounds::Meter;
use cofferdam_model::ObjectKey;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Kinds of the cluster itself among the fixtures.
pub(crate) const OF_CLUSTER: &[&str] = &[
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
pub(crate) struct Numbers(pub(crate) u64);

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
pub(crate) fn seeds(rules: &Path) -> Vec<Vec<Value>> {
    let mut paths = Vec::new();
    for area in folders(rules) {
        if area.ends_with("image") || area.ends_with("dockerfile") || area.ends_with("schema") {
            continue;
        }
        for rule in folders(&area) {
            let files = fs::read_dir(rule).unwrap().map(|file| file.unwrap().path());
            paths.extend(files.filter(|path| !path.ends_with("policy.yaml")));
        }
    }
    paths.sort();
    let seed = |path: &PathBuf| -> Vec<Value> {
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

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

/// What stands under which key anywhere in the fixtures.
pub(crate) fn pool(seeds: &[Vec<Value>]) -> BTreeMap<String, Vec<Value>> {
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
pub(crate) fn settled(
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
            metadata.get(key).and_then(Value::as_str).is_some_and(|value| !value.is_empty())
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

/// The key of an object with a name.
pub(crate) fn key(object: &Value) -> ObjectKey {
    let metadata = &object["metadata"];
    ObjectKey::new(
        object["apiVersion"].as_str().unwrap(),
        object["kind"].as_str().unwrap(),
        metadata["namespace"].as_str(),
        metadata["name"].as_str().unwrap(),
    )
}
