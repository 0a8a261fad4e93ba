//! Every rule of `rules/` that is about objects or Dockerfiles, against its fixtures.
//!
//! Beside `policy.yaml` lie files of objects that are judged together as one set: `fires*.yaml`
//! and `quiet*.yaml`, and `unknown*.yaml` where it cannot be known. A comment at the end of a line
//! says what must be found there: `# fires`, `# fires 2` for two findings, `# unknown`. A file may
//! begin with `# kubernetes 1.30`, the version of the cluster. `RULE=pod/privileged cargo test -p
//! cofferdam-posture rules` looks at one rule only.
//!
//! Where a rule proposes a patch, it does so for each finding, and the patches are applied until
//! nothing fails: the rule then holds, and no other that held before and is as severe has begun to
//! fail. In files named `fires-by-hand*.yaml` lies what such a rule leaves to people.

use crate::{DockerfileFacts, ObjectFacts, ObjectSet, World};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Source, Value, View, default, dockerfile, read};
use cofferdam_model::Severity;
use cofferdam_policy::{Facts, Finding, Outcome, PatchOperation, Policy, Verdict, judge};
use serde_json::Value as Json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// Rules that there are at least, images and Dockerfiles included.
const RULES_MIN: usize = 200;

/// Patches that one fixture may need, one after the other.
const PATCHES_MAX: usize = 50;

fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

pub(super) fn text(path: &Path) -> String {
    cofferdam_bounds::file::read_text(path, 1 << 20).unwrap()
}

/// Folders of rules: `pod/privileged`, but for those about images, whose fixtures are facts.
pub(super) fn folders() -> Vec<String> {
    let names = |path: &Path| {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    };
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let groups = names(&rules());
    let rules = groups.iter().flat_map(|group| {
        names(group).into_iter().map(move |rule| format!("{}/{}", name(group), name(&rule)))
    });
    rules.filter(|rule| self::rules().join(rule).join("policy.yaml").is_file()).collect()
}

fn policy(rule: &str) -> Result<Policy, String> {
    let place = rules().join(rule).join("policy.yaml");
    Policy::compile(&text(&place), &format!("rules/{rule}/policy.yaml"))
        .map_err(|errors| format!("{errors:#?}"))
}

/// Lines with what stands there: how many fail, how many are unknown.
type Lines = BTreeMap<usize, [usize; 2]>;

/// What the comments of a fixture expect.
fn expected(text: &str) -> Lines {
    let mut lines = Lines::new();
    for (line, content) in text.lines().enumerate() {
        let Some((before, comment)) = content.rsplit_once("# ") else { continue };
        let mut words = comment.split_whitespace();
        let outcome = match words.next() {
            Some("fires") => 0,
            Some("unknown") => 1,
            _ => continue,
        };
        let count = words.next().map_or(1, |count| count.parse().unwrap());
        // A comment of its own, as in Dockerfiles, is about the line below.
        let line = if before.trim().is_empty() { line + 2 } else { line + 1 };
        lines.entry(line).or_default()[outcome] += count;
    }
    lines
}

fn got(findings: &[Finding]) -> Lines {
    let mut lines = Lines::new();
    for finding in findings {
        let line = finding.place.as_ref().map_or(0, |place| place.line);
        lines.entry(line).or_default()[usize::from(finding.outcome == Outcome::Unknown)] += 1;
    }
    lines
}

/// The objects of a file as the API server would store them.
pub(super) fn objects(text: &str) -> Source {
    let mut source = read("fixture.yaml", text.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}\n{text}", source.problems);
    for document in &mut source.documents {
        for object in &document.objects {
            default(&mut document.tree, *object);
        }
    }
    source
}

/// What a function says of the facts of each object of a file.
fn each<T>(source: &Source, version: Option<&str>, say: impl Fn(&Facts<'_>) -> T) -> Vec<T> {
    let world = World { kubernetes_version: version.map(str::to_owned), ..World::default() };
    let set = ObjectSet::of([source]);
    let ids: Vec<_> = set.entries().map(|(id, _)| id).collect();
    ids.into_iter()
        .map(|id| {
            let object = set.object(id).unwrap();
            let facts = ObjectFacts::of(&set, id, &object, &world);
            say(&facts.facts())
        })
        .collect()
}

fn judged(policy: &Policy, facts: &Facts<'_>) -> Verdict {
    judge(policy, facts, "2026-11-21T00:00:00Z".parse().unwrap())
}

/// The verdict on each object of a file.
fn verdicts(policy: &Policy, source: &Source, version: Option<&str>) -> Vec<Verdict> {
    each(source, version, |facts| judged(policy, facts))
}

/// All rules.
static RULES: LazyLock<Vec<Policy>> =
    LazyLock::new(|| folders().iter().map(|rule| policy(rule).unwrap()).collect());

/// The codes of those that propose a patch.
static RULES_WITH_PATCH: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let propose =
        |rule: &String| text(&rules().join(rule).join("policy.yaml")).contains("\n    patch:");
    folders().iter().filter(|rule| propose(rule)).map(|rule| policy(rule).unwrap().code).collect()
});

/// The rules that fail, with the number of the object that they fail on.
fn failing(source: &Source, version: Option<&str>) -> BTreeSet<(usize, (Severity, &'static str))> {
    let failing = each(source, version, |facts| {
        let about = RULES.iter().filter(|policy| policy.is_about(facts));
        let failing = about.filter(|policy| judged(policy, facts).outcome == Outcome::Fail);
        failing.map(|policy| (policy.severity, &*policy.code)).collect::<Vec<_>>()
    });
    let numbered = failing.into_iter().enumerate();
    numbered.flat_map(|(index, rules)| rules.into_iter().map(move |rule| (index, rule))).collect()
}

/// The verdict on a Dockerfile.
fn dockerfile_verdict(policy: &Policy, text: &str) -> Verdict {
    let (file, problems) = dockerfile::read("Dockerfile", text.into(), &Meter::default());
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    let mut facts = Facts::default();
    facts.insert("dockerfile", DockerfileFacts::of(&file, &World::default().scanner));
    judged(policy, &facts)
}

/// Judges one fixture; says what is other than its comments expect.
fn check(rule: &str, policy: &Policy, path: &Path) -> Result<(), String> {
    let text = text(path);
    let name = format!("rules/{rule}/{}", path.file_name().unwrap().display());
    let version = text.lines().next().and_then(|line| line.strip_prefix("# kubernetes "));
    let is_dockerfile = path.extension().is_some_and(|extension| extension == "Dockerfile");
    let source = objects(if is_dockerfile { "" } else { &text });
    let verdicts = if is_dockerfile {
        vec![dockerfile_verdict(policy, &text)]
    } else {
        verdicts(policy, &source, version.map(str::trim))
    };
    let findings: Vec<_> = verdicts.iter().flat_map(|verdict| verdict.findings.clone()).collect();
    let (expected, got) = (expected(&text), got(&findings));
    if got != expected {
        let mut report = format!("{name}: [fires, unknown] by line\n");
        let _ = writeln!(report, "  expected {expected:?}\n       got {got:?}");
        for finding in &findings {
            let place = finding.place.as_ref().map_or_else(String::new, ToString::to_string);
            let Finding { outcome, subject, message, .. } = finding;
            let _ = writeln!(report, "  {place}: {outcome}: {subject}: {message}");
        }
        return Err(report);
    }
    patched(&name, policy, &source, version, &findings)
}

/// Applies the patches that the findings of a fixture propose, one after the other, and judges
/// again after each.
fn patched(
    name: &str,
    policy: &Policy,
    source: &Source,
    version: Option<&str>,
    findings: &[Finding],
) -> Result<(), String> {
    let failed = || findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    let mended = failed().filter(|finding| finding.patch.is_some()).count();
    let proposes = RULES_WITH_PATCH.contains(&*policy.code) && !name.contains("/fires-by-hand");
    let wanted = if proposes { failed().count() } else { 0 };
    if mended != wanted {
        return Err(format!("{name}: {mended} patches for findings instead of {wanted}"));
    }
    if mended == 0 {
        return Ok(());
    }
    let mut objects: Vec<Json> =
        ObjectSet::of([source]).entries().map(|(_, entry)| json(entry.object.view)).collect();
    for _ in 0..PATCHES_MAX {
        let text: Vec<_> = objects.iter().map(ToString::to_string).collect();
        let text = text.join("\n---\n");
        let again = self::objects(&text);
        let verdicts = verdicts(policy, &again, version.map(str::trim));
        let failing = verdicts.iter().zip(&mut objects).find_map(|(verdict, object)| {
            let failed = |finding: &&Finding| finding.outcome == Outcome::Fail;
            Some((verdict.findings.iter().find(failed)?, object))
        });
        let Some((finding, object)) = failing else {
            return not_worse(name, policy, version, source, &again);
        };
        let about = format!("{name}: {}: {}", finding.subject, finding.message);
        let Some(patch) = &finding.patch else {
            return Err(format!("{about}: still fails, and there is no patch for it\n{text}"));
        };
        let before = object.clone();
        let shown: Vec<_> = patch.iter().map(|operation| operation.to_json().to_string()).collect();
        if let Err(error) = PatchOperation::apply_all(patch, object) {
            return Err(format!("{about}: {error}: {shown:?}\n{text}"));
        }
        if *object == before {
            return Err(format!("{about}: the patch changes nothing: {shown:?}\n{text}"));
        }
    }
    Err(format!("{name}: still fails after {PATCHES_MAX} patches"))
}

/// Says what holds no more now that a policy is kept. Something lighter may: it can have been silent
/// because of what was graver.
fn not_worse(
    name: &str,
    policy: &Policy,
    version: Option<&str>,
    before: &Source,
    after: &Source,
) -> Result<(), String> {
    let version = version.map(str::trim);
    let mut new = failing(after, version);
    let old = failing(before, version);
    new.retain(|one| !old.contains(one) && one.1.0 >= policy.severity);
    if new.is_empty() {
        Ok(())
    } else {
        Err(format!("{name}: the patch lets others fail: {new:?}"))
    }
}

/// A value as its file has it.
pub(super) fn json(view: View<'_>) -> Json {
    match view.value() {
        Value::Null => Json::Null,
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::Float(value) => value.into(),
        Value::String(text) => text.into(),
        Value::List => view.elements().filter(|view| !view.is_defaulted()).map(json).collect(),
        Value::Map => view
            .entries()
            .filter(|(_, view)| !view.is_defaulted())
            .map(|(key, view)| (key.to_owned(), json(view)))
            .collect(),
    }
}

/// The fixtures of a rule, by the first word of their names.
pub(super) fn fixtures(rule: &str) -> BTreeMap<PathBuf, String> {
    let files = fs::read_dir(rules().join(rule)).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| !path.ends_with("policy.yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let word = name.split(['-', '.']).next().unwrap().to_owned();
            (path.clone(), word)
        })
        .collect()
}

fn check_rule(rule: &str) -> Result<(), String> {
    let policy = policy(rule)?;
    let mut complaints = String::new();
    let mut words = BTreeSet::new();
    for (path, word) in fixtures(rule) {
        let found = expected(&text(&path));
        let totals = found.values().fold([0, 0], |[a, b], [c, d]| [a + c, b + d]);
        let fits = match &*word {
            "fires" => totals[0] > 0,
            "quiet" => totals == [0, 0],
            "unknown" => totals[0] == 0 && totals[1] > 0,
            _ => false,
        };
        if !fits {
            let name = path.display();
            let _ = writeln!(complaints, "{name}: {totals:?} is not what its name says");
        }
        if let Err(report) = check(rule, &policy, &path) {
            complaints += &report;
            complaints.push('\n');
        }
        words.insert(word);
    }
    for word in ["fires", "quiet"] {
        if !words.contains(word) {
            let _ = writeln!(complaints, "rules/{rule}: no {word} fixture");
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

#[test]
fn every_rule_fires_and_is_quiet() {
    let only = std::env::var_os("RULE");
    let only = only.as_ref().map(|rule| rule.to_str().unwrap());
    let complaints: Vec<_> = folders()
        .iter()
        .filter(|rule| !rule.starts_with("image/"))
        .filter(|rule| only.is_none_or(|only| rule.starts_with(only)))
        .filter_map(|rule| check_rule(rule).err())
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// People choose by these numbers, and they change with every rule.
#[test]
fn the_documents_count_the_rules_and_their_patches_as_they_are() {
    let folders = folders();
    let others = |rule: &&String| rule.starts_with("image/") || rule.starts_with("dockerfile/");
    let others = folders.iter().filter(others).count();
    let (patches, objects) = (RULES_WITH_PATCH.len(), folders.len() - others);
    let said = |document: &str| text(&rules().join("..").join(document));
    let check =
        format!("{patches} of the {objects} rules about objects also propose it as a patch");
    assert!(said("docs/check.md").contains(&check), "docs/check.md: {check}");
    let specification = format!("{patches} of the {objects} about objects propose a patch");
    let rest = format!("the {others} about Dockerfiles and images");
    for part in [specification, rest] {
        assert!(said("SPECIFICATION.md").contains(&part), "SPECIFICATION.md: {part}");
    }
}

#[test]
fn there_are_enough_rules_with_codes_reasons_and_references() {
    let folders = folders();
    assert!(folders.len() >= RULES_MIN, "{} rules of {RULES_MIN}", folders.len());
    let mut codes: BTreeMap<String, &str> = BTreeMap::new();
    let mut complaints = Vec::new();
    for rule in &folders {
        let policy = match policy(rule) {
            Ok(policy) => policy,
            Err(errors) => {
                complaints.push(format!("rules/{rule}: {errors}"));
                continue;
            }
        };
        if let Some(other) = codes.insert(policy.code.clone(), rule) {
            complaints.push(format!("{}: both {other} and {rule}", policy.code));
        }
        if policy.references.is_empty() {
            complaints.push(format!("{rule}: no references"));
        }
        let sentences = policy.description.matches(". ").count() + 1;
        if sentences != 2 || !policy.description.ends_with('.') {
            complaints.push(format!("{rule}: {sentences} sentences of reason, not two"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
