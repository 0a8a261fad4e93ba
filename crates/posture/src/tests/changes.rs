//! What is told as a change that passes, over every fixture of `rules/` that fires: the object is
//! edited so, all objects of the fixture are judged again, the finding is gone and none of the
//! built-in rules has a new one.

use super::rules::{fixtures, folders, json, objects, text};
use crate::{ObjectFacts, ObjectSet, World};
use cofferdam_manifest::Source;
use cofferdam_policy::{
    Bundle, Detail, Explain, Facts, Finding, PatchOperation, Policy, Stage, Target, screen_with,
};
use serde_json::Value as Json;
use std::{collections::BTreeMap, fmt::Write as _, path::Path, sync::LazyLock};

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| Bundle::built_in().unwrap());

const NOW: &str = "2026-11-21T00:00:00Z";

fn world(version: Option<&str>) -> World {
    World { kubernetes_version: version.map(str::to_owned), ..World::default() }
}

/// The objects as one file.
fn file(objects: &[Json]) -> Source {
    let texts: Vec<_> = objects.iter().map(ToString::to_string).collect();
    self::objects(&texts.join("\n---\n"))
}

/// Shows the facts of one of the objects.
fn with<T>(
    all: &[Json],
    index: usize,
    version: Option<&str>,
    look: impl FnOnce(&Facts<'_>, &Target<'_>) -> T,
) -> T {
    let source = file(all);
    let set = ObjectSet::of([&source]);
    let (id, entry) = set.entries().nth(index).unwrap();
    let object = set.object(id).unwrap();
    let world = world(version);
    let facts = ObjectFacts::of(&set, id, &object, &world);
    let about = &entry.object;
    let target = Target::object(about.api_version, about.kind, about.namespace, about.name);
    look(&facts.facts(), &target)
}

/// How many findings each rule has about the object.
fn complaints(
    all: &[Json],
    index: usize,
    version: Option<&str>,
    stage: Stage,
) -> BTreeMap<String, usize> {
    with(all, index, version, |facts, target| {
        let now = NOW.parse().unwrap();
        let screened = screen_with(&BUNDLE, facts, target, stage, now, Detail::Brief);
        let verdicts = screened.verdicts.into_iter().map(|judged| judged.verdict);
        verdicts.map(|verdict| (verdict.code, verdict.findings.len())).collect()
    })
}

/// The findings of one policy about one object, with the changes that pass.
fn explained(policy: &Policy, all: &[Json], index: usize, version: Option<&str>) -> Vec<Finding> {
    let stage = policy.stages[0];
    with(all, index, version, |facts, target| {
        let remake = |object: &Json, look: &mut dyn FnMut(&Facts<'_>)| {
            let mut changed = all.to_vec();
            changed[index] = object.clone();
            with(&changed, index, version, |facts, _| look(facts));
        };
        let explain = Explain {
            bundle: &BUNDLE,
            facts,
            target,
            stage,
            now: NOW.parse().unwrap(),
            remake: &remake,
        };
        explain.verdicts(policy).into_iter().flat_map(|verdict| verdict.findings).collect()
    })
}

/// Edits the object as it is told, and says what is not as it should be.
fn wrong(
    policy: &Policy,
    all: &[Json],
    index: usize,
    version: Option<&str>,
    patch: &[PatchOperation],
    is_proposed: bool,
) -> Option<String> {
    let mut changed = all.to_vec();
    PatchOperation::apply_all(patch, &mut changed[index]).unwrap();
    let stage = policy.stages[0];
    let before = complaints(all, index, version, stage);
    let after = complaints(&changed, index, version, stage);
    let count =
        |of: &BTreeMap<String, usize>, code: &str| of.get(code).copied().unwrap_or_default();
    if count(&after, &policy.code) >= count(&before, &policy.code) {
        return Some(format!("{} is not gone", policy.code));
    }
    // What a rule proposes itself may uncover what is no graver.
    let matters = |code: &str| {
        let other = BUNDLE.policies.iter().find(|policy| policy.code == code).unwrap();
        !is_proposed || other.severity > policy.severity
    };
    let mut new = after.iter().filter(|(code, found)| **found > count(&before, code));
    let new = new.find(|(code, _)| matters(code));
    new.map(|(code, _)| format!("{code} complains anew"))
}

/// What is not as it should be with the changes that are told over one fixture.
fn check(policy: &Policy, path: &Path, complaints: &mut String) -> usize {
    let text = text(path);
    let version = text.lines().next().and_then(|line| line.strip_prefix("# kubernetes "));
    let version = version.map(str::trim);
    let source = objects(&text);
    let all: Vec<Json> =
        ObjectSet::of([&source]).entries().map(|(_, entry)| json(entry.object.view)).collect();
    let mut told = 0;
    for index in 0..all.len() {
        for finding in explained(policy, &all, index, version) {
            let Some(flip) = &finding.flip else { continue };
            told += 1;
            let is_proposed = finding.patch.as_ref() == Some(&flip.patch);
            let what = wrong(policy, &all, index, version, &flip.patch, is_proposed);
            let unfit = flip.patch.iter().find(|one| !is_proposed && !is_plain(one));
            let what = what.or_else(|| unfit.map(|_| "it is no plain value".to_owned()));
            if let Some(what) = what {
                let _ = writeln!(complaints, "{}: {flip}: {what}", path.display());
            }
        }
    }
    told
}

/// Whether this puts a value that says something into a field that does not name the object. What
/// no policy proposes is never taken away.
fn is_plain(operation: &PatchOperation) -> bool {
    let names = ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"];
    let is_said = match &operation.value {
        Some(Json::String(text)) => !text.is_empty(),
        Some(value) => value.is_boolean() || value.is_number() || value.is_object(),
        None => false,
    };
    is_said && !names.contains(&&*operation.path)
}

#[test]
fn what_is_told_as_a_change_passes() {
    let mut complaints = String::new();
    let mut told = 0;
    let of_objects =
        |rule: &String| !["image/", "dockerfile/"].iter().any(|one| rule.starts_with(one));
    for rule in folders().into_iter().filter(of_objects) {
        let name = rule.rsplit('/').next().unwrap();
        let policy = BUNDLE.policies.iter().find(|policy| policy.name == name).unwrap();
        for (path, word) in fixtures(&rule) {
            if word == "fires" && path.extension().is_some_and(|extension| extension == "yaml") {
                told += check(policy, &path, &mut complaints);
            }
        }
    }
    assert_eq!(complaints, "");
    assert!(told > 100, "{told}");
}

/// What is told of the first finding of a rule that has no patch.
fn told(code: &str, objects: &str) -> Option<String> {
    let source = super::rules::objects(objects);
    let all: Vec<Json> =
        ObjectSet::of([&source]).entries().map(|(_, entry)| json(entry.object.view)).collect();
    let policy = BUNDLE.policies.iter().find(|policy| policy.code == code).unwrap();
    let findings = explained(policy, &all, 0, None);
    let finding = findings.first().unwrap_or_else(|| panic!("{code} says nothing"));
    let proposed = finding.patch.as_ref();
    let own = finding.flip.as_ref().filter(|flip| Some(&flip.patch) != proposed);
    own.map(ToString::to_string)
}

#[test]
fn nobody_is_told_to_do_the_wrong_thing() {
    let pod = |container: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop}}\nspec:\n  \
             containers: [{{name: web, {container}}}]\n"
        )
    };
    let role = |rule: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r}}\n\
             rules: [{rule}]\n"
        )
    };
    for (code, objects) in [
        // To run as root, or under a floating tag, or as another kind of container.
        ("CFD-POD-0031", pod("image: 'a:1', securityContext: {runAsUser: 1000}")),
        ("CFD-REF-0001", pod("image: a")),
        ("CFD-REF-0002", pod("image: 'a:1.4'")),
        ("CFD-REL-0001", pod("image: 'a:1'")),
        // To allow something else, or all of it.
        ("CFD-ACC-0004", role("{apiGroups: ['*'], resources: [pods], verbs: [get]}")),
        (
            "CFD-ACC-0006",
            role(
                "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}",
            ),
        ),
    ] {
        let told = told(code, &objects);
        let is_so = |told: &str| {
            told.starts_with("set ") && told.contains("/securityContext/runAsUser to 10000")
        };
        assert!(told.as_deref().is_none_or(is_so), "{code}: {told:?}");
    }
}
