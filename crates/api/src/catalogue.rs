//! The policies that are asked, as people read them: what each says and catches.

use crate::yaml::yaml;
use cofferdam_control::admission;
use cofferdam_model::Severity;
use cofferdam_policy::{Bundle, Policy, PolicyFile, Reference, Stage};
use rust_embed::RustEmbed;
use serde::Deserialize;
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

/// The rules that the binary brings along, with their fixtures.
#[derive(RustEmbed)]
#[folder = "../../rules"]
#[include = "*/*/*.yaml"]
struct Rules;

/// Where a built-in policy says it was read.
const BUILT_IN: &str = "built-in:";
/// Where people read that it comes from.
const SOURCE: &str = "built-in";
/// The area of policies that are not built in.
const OWN: &str = "own";

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) severity: Severity,
    /// Where it is asked.
    pub(crate) stages: Vec<String>,
    /// The folder of `rules/`.
    pub(crate) area: String,
    /// `built-in`, a file and line, or an object of the cluster.
    pub(crate) source: String,
    /// The only namespace that it is about.
    pub(crate) namespace: Option<String>,
    pub(crate) references: Vec<Reference>,
    /// What must hold, CEL.
    pub(crate) expressions: Vec<String>,
    pub(crate) remediation: String,
    pub(crate) tests: Vec<Test>,
    /// As it is written.
    pub(crate) yaml: String,
}

/// A fixture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Test {
    pub(crate) name: String,
    /// `fires` or `quiet`.
    pub(crate) expect: &'static str,
    pub(crate) text: String,
}

/// All policies, by code.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    entries: BTreeMap<String, Arc<Entry>>,
}

/// What is read of a policy's text beyond what the compiled one says.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Written {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    validations: Vec<Validation>,
    remediation: Remediation,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Validation {
    expression: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Remediation {
    text: String,
}

impl Entry {
    /// Whether it is asked at the door.
    pub(crate) fn is_asked_at_the_door(&self) -> bool {
        self.stages.iter().any(|stage| stage == Stage::Admission.as_str())
    }
}

impl Catalogue {
    /// The policies of a bundle, and the texts of those that are not built in: YAML, or JSON as a
    /// cluster has them.
    pub fn new(bundle: &Bundle, own: &[PolicyFile]) -> Self {
        Self::default().renewed(bundle, own)
    }

    /// The same of another bundle. What is built in is not read again.
    #[must_use]
    pub fn renewed(&self, bundle: &Bundle, own: &[PolicyFile]) -> Self {
        let mut names: Vec<Cow<'static, str>> = Vec::new();
        let entries = bundle.policies.iter().map(|policy| {
            let entry = match policy.place.strip_prefix(BUILT_IN) {
                Some(place) => match self.entries.get(&policy.code) {
                    Some(known) if known.source == SOURCE => Arc::clone(known),
                    _ => {
                        if names.is_empty() {
                            names = Rules::iter().collect();
                            names.sort();
                        }
                        Arc::new(built_in(policy, place, &names))
                    }
                },
                None => Arc::new(entry(policy, OWN, text_of(policy, own), Vec::new())),
            };
            (policy.code.clone(), entry)
        });
        Self { entries: entries.collect() }
    }

    /// All of them, by code.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().map(|entry| &**entry)
    }

    /// The one with this code.
    pub(crate) fn get(&self, code: &str) -> Option<&Entry> {
        self.entries.get(code).map(|entry| &**entry)
    }
}

/// `place` is `pod/privileged-container:1`; `names` are those of all files, sorted.
fn built_in(policy: &Policy, place: &str, names: &[Cow<'static, str>]) -> Entry {
    let folder = place.split(':').next().unwrap_or_default();
    let area = folder.split('/').next().unwrap_or_default();
    let text = read(&format!("{folder}/policy.yaml")).unwrap_or_default();
    let within = format!("{folder}/");
    let first = names.partition_point(|name| **name < *within);
    let names = names.iter().skip(first).take_while(|name| name.starts_with(&within));
    let tests = names.filter_map(|name| {
        let file = name.strip_prefix(&within)?.strip_suffix(".yaml")?;
        let expect = ["fires", "quiet"].into_iter().find(|word| file.starts_with(word))?;
        Some(Test { name: file.to_owned(), expect, text: read(name)? })
    });
    entry(policy, area, text, tests.collect())
}

fn read(name: &str) -> Option<String> {
    let file = Rules::get(name)?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// The document of a policy in the file that it is from.
fn text_of(policy: &Policy, own: &[PolicyFile]) -> String {
    let is_from = |file: &&PolicyFile| {
        policy.place.strip_prefix(&file.place).is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix(':').is_some_and(|line| !line.contains(':'))
        })
    };
    let documents = own.iter().filter(is_from).flat_map(|file| file.text.split("\n---"));
    let is_it = |text: &&str| written(text).metadata.name == policy.name;
    let text = documents.filter(is_it).map(str::trim).next().unwrap_or_default();
    match serde_json::from_str(text) {
        Ok(object) => yaml(&object),
        Err(_) => text.to_owned(),
    }
}

/// It was compiled before: what cannot be read of it here is left out, never an error.
fn written(text: &str) -> Written {
    serde_saphyr::from_str(text).unwrap_or_default()
}

fn entry(policy: &Policy, area: &str, yaml: String, tests: Vec<Test>) -> Entry {
    let Spec { validations, remediation } = written(&yaml).spec;
    let is_built_in = policy.place.starts_with(BUILT_IN);
    let is_asked_at = |stage: &&Stage| **stage != Stage::Admission || admission::is_asked(policy);
    let expressions = validations.into_iter().map(|one| one.expression.trim().to_owned());
    Entry {
        code: policy.code.clone(),
        name: policy.name.clone(),
        title: policy.title.clone(),
        description: policy.description.clone(),
        severity: policy.severity,
        stages: policy
            .stages
            .iter()
            .filter(is_asked_at)
            .map(|one| one.as_str().to_owned())
            .collect(),
        area: area.to_owned(),
        source: if is_built_in { SOURCE.to_owned() } else { policy.place.clone() },
        namespace: policy.namespace.clone(),
        references: policy.references.clone(),
        expressions: expressions.collect(),
        remediation: remediation.text,
        tests,
        yaml,
    }
}

#[cfg(test)]
mod tests {
    use super::Catalogue;
    use cofferdam_policy::{Bundle, PolicyFile};

    #[test]
    fn every_policy_of_ours_says_what_it_asks_and_what_it_catches() {
        let catalogue = Catalogue::new(&Bundle::built_in().unwrap(), &[]);
        assert!(catalogue.entries().count() > 200);
        for entry in catalogue.entries() {
            assert!(!entry.yaml.is_empty() && !entry.expressions.is_empty(), "{}", entry.code);
            assert!(!entry.remediation.is_empty(), "{}", entry.code);
        }
        let privileged = catalogue.get("CFD-POD-0001").unwrap();
        assert_eq!(privileged.area, "pod");
        let fires = privileged.tests.iter().find(|test| test.expect == "fires").unwrap();
        assert!(fires.text.contains("privileged: true"));
    }

    #[test]
    fn a_policy_of_the_users_own_has_its_text() {
        let text = "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: no-root}
spec:
  code: ACME-1
  title: Runs as root
  description: Why.
  severity: high
  stages: [build]
  validations:
    - expression: image.config.user != ''
      message: The image names no user.
";
        let file = PolicyFile { place: "acme.yaml".to_owned(), text: text.to_owned() };
        let files = [file];
        let catalogue = Catalogue::new(&Bundle::only(&files).unwrap(), &files);
        let entry = catalogue.get("ACME-1").unwrap();
        assert_eq!((entry.area.as_str(), entry.yaml.as_str()), ("own", text.trim()));
        assert_eq!(entry.expressions, ["image.config.user != ''"]);
    }
}
