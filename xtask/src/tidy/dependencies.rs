//! Who may depend on whom, and on what from outside.

use super::{none, text};
use crate::command::root;
use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf, process::Command};

/// The layers of the house from the top; ARCHITECTURE.md has the same table for people. A crate
/// may depend on rows above its own and on those to its left in its row.
const LAYERS: &[(&str, &[&str])] = &[
    ("words", &["model", "version", "bounds"]),
    ("facts", &["layers", "inventory", "secrets", "manifest", "sbom", "advisory"]),
    ("judgement", &["cel", "policy", "vulnerability", "posture"]),
    ("edges", &["download", "registry", "cluster", "store", "bus", "identity"]),
    ("assembly", &["assess", "report", "control"]),
    ("surface", &["api"]),
    ("binary", &["cofferdam"]),
];

/// Licence words that are accepted inside `A OR B` and `A AND B` expressions.
fn accepted(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace(['(', ')'], " ").replace('/', " OR ");
    let alternative = |text: &str| {
        text.split(" AND ").all(|term| allowed.iter().any(|licence| licence == term.trim()))
    };
    // `A OR B AND C` does not occur in our graph; each side alone must do.
    expression.split(" OR ").any(alternative)
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(arguments).args(["--locked", "--offline"]);
    command
}

fn metadata() -> Value {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn position(name: &str) -> Option<(usize, usize)> {
    LAYERS
        .iter()
        .enumerate()
        .find_map(|(row, (_, crates))| Some((row, crates.iter().position(|other| *other == name)?)))
}

fn noun(package: &str) -> &str {
    package.strip_prefix("cofferdam-").unwrap_or(package)
}

#[test]
fn crates_depend_upwards_and_leftwards_only() {
    let metadata = metadata();
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = package["manifest_path"].as_str().unwrap();
        if !manifest.starts_with(root().join("crates").to_str().unwrap()) {
            continue;
        }
        let name = package["name"].as_str().unwrap();
        let folder = PathBuf::from(manifest).parent().unwrap().file_name().unwrap().to_owned();
        if folder != *noun(name) {
            complaints.push(format!("{name}: lives in {}", folder.display()));
        }
        let Some(own) = position(noun(name)) else {
            complaints.push(format!("{name}: in no layer"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let other = dependency["name"].as_str().unwrap();
            let inner = other.starts_with("cofferdam");
            if inner && position(noun(other)).is_none_or(|place| place >= own) {
                complaints.push(format!("{name}: may not depend on {other}"));
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_architecture_document_names_every_crate() {
    let document = text(&PathBuf::from("ARCHITECTURE.md"));
    let complaints: Vec<String> = LAYERS
        .iter()
        .flat_map(|(_, crates)| crates.iter())
        .filter(|name| !document.contains(&format!("`{name}`")))
        .map(|name| format!("ARCHITECTURE.md: no word about `{name}`"))
        .collect();
    none(&complaints);
}

/// Whether a ban names libraries that may have the crate inside, and nothing else has it.
fn only_inside(ban: &toml::Value) -> bool {
    let Some(wrappers) = ban.get("wrappers").and_then(toml::Value::as_array) else { return false };
    let name = ban["crate"].as_str().unwrap();
    let tree = cargo(&["tree", "--workspace", "--edges", "normal,build", "--prefix", "none"])
        .args(["--depth", "1", "--format", "{p}", "--invert", name])
        .output()
        .unwrap();
    let listed = String::from_utf8(tree.stdout).unwrap();
    let users = listed.lines().skip(1).filter_map(|line| line.split(' ').next());
    let mut users = users.filter(|user| !user.is_empty());
    users.all(|user| wrappers.iter().any(|wrapper| wrapper.as_str() == Some(user)))
}

#[test]
fn licences_and_bans_of_deny_toml() {
    let rules: toml::Value = toml::from_str(&text(&PathBuf::from("deny.toml"))).unwrap();
    let words = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let allowed: Vec<String> =
        rules["licenses"]["allow"].as_array().unwrap().iter().map(words).collect();
    let banned: Vec<String> = rules["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| !only_inside(entry))
        .map(|entry| words(&entry["crate"]))
        .collect();
    // `cargo metadata` lists packages behind features that nobody switched on; the tree does not.
    let tree = cargo(&["tree", "--workspace", "--prefix", "none", "--edges", "normal,build"])
        .args(["--format", "{p}|{l}"])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let listed = String::from_utf8(tree.stdout).unwrap();
    let packages: BTreeSet<(&str, &str)> = listed
        .lines()
        .filter_map(|line| line.split_once('|'))
        .map(|(package, licence)| (package.split(' ').next().unwrap(), licence))
        .map(|(package, licence)| (package, licence.trim_end_matches(" (*)")))
        .collect();
    assert!(packages.len() > 20, "the tree is {} packages", packages.len());
    let mut complaints = Vec::new();
    for (name, licence) in packages {
        if banned.iter().any(|other| other == name) {
            complaints.push(format!("{name}: banned by deny.toml"));
        }
        if !accepted(licence, &allowed) {
            complaints.push(format!("{name}: licence {licence:?} is not in deny.toml"));
        }
    }
    none(&complaints);
}

#[test]
fn outside_dependencies_name_their_features() {
    let manifest: toml::Value = toml::from_str(&text(&PathBuf::from("Cargo.toml"))).unwrap();
    let complaints: Vec<String> = manifest["workspace"]["dependencies"]
        .as_table()
        .unwrap()
        .iter()
        .filter(|(name, _)| !name.starts_with("cofferdam-"))
        .filter(|(_, value)| value.get("default-features") != Some(&toml::Value::Boolean(false)))
        .map(|(name, _)| format!("Cargo.toml: {name} without default-features = false"))
        .collect();
    none(&complaints);
}
