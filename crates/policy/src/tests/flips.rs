//! Which change of an object is told as one that passes.

use super::objects::{DEPLOYMENT, DEPLOYMENTS, text, with};
use crate::{Bundle, Explain, Facts, PolicyFile, Stage};
use serde_json::Value;

/// The change that makes the first finding go away, with its line.
fn flip(spec: &str) -> String {
    flip_in(&text(spec))
}

/// The same of the first policy of several.
fn flip_in(policies: &str) -> String {
    let file = PolicyFile { place: "p.yaml".into(), text: policies.to_owned() };
    let bundle = Bundle::only(&[file]).unwrap();
    with(DEPLOYMENT, |facts, target| {
        let remake = |object: &Value, look: &mut dyn FnMut(&Facts<'_>)| {
            with(&object.to_string(), |facts, _| look(facts));
        };
        let (stage, now) = (Stage::Build, super::now());
        let explain = Explain { bundle: &bundle, facts, target, stage, now, remake: &remake };
        let verdicts = explain.verdicts(&bundle.policies[0]);
        let Some(flip) = &verdicts[0].findings[0].flip else { return "nothing".to_owned() };
        let line = flip.place.as_ref().map(|place| format!(" at {}", place.line));
        format!("{flip}{}", line.unwrap_or_default())
    })
}

#[test]
fn the_smallest_change_is_tried() {
    let pod = "object.spec.template.spec";
    let at = "/spec/template/spec";
    for (validation, patch, expected) in [
        (
            format!("!(has({pod}.hostNetwork) && {pod}.hostNetwork)"),
            "",
            format!("set {at}/hostNetwork to false instead of true at 10"),
        ),
        (format!("!has({pod}.hostNetwork)"), "", format!("remove {at}/hostNetwork at 10")),
        (
            "object.metadata.labels.tier in ['back', 'middle']".to_owned(),
            "",
            "set /metadata/labels/tier to \"back\" at 6".to_owned(),
        ),
        (
            format!("has({pod}.serviceAccountName)"),
            "",
            format!("set {at}/serviceAccountName to any value at 9"),
        ),
        // Not any value passes, and which do is not said.
        (format!("has({pod}.hostname) && {pod}.hostname != 'bad'"), "", "nothing".to_owned()),
        (
            format!("has({pod}.hostname) && !({pod}.hostname in ['bad', 'worse'])"),
            "",
            "nothing".to_owned(),
        ),
        (
            format!("has({pod}.priority) && {pod}.priority > 5"),
            "",
            format!("set {at}/priority to 6 at 9"),
        ),
        // Its own patch is tried first.
        (
            format!("has({pod}.dnsPolicy) && {pod}.dnsPolicy != 'Default'"),
            "{op: add, path: /spec/template/spec/dnsPolicy, value: ClusterFirst}",
            format!("set {at}/dnsPolicy to \"ClusterFirst\""),
        ),
        (
            format!("has({pod}.priority) && {pod}.priority > 5"),
            "{op: add, path: /spec/template/spec/priority, value: 5}",
            format!("set {at}/priority to 6 at 9"),
        ),
        // No single value can.
        (
            "object.metadata.labels.tier == 'a' && object.metadata.labels.team == 'b'".to_owned(),
            "",
            "nothing".to_owned(),
        ),
        // What is left out of a rule is not what the rule is about.
        (
            "!has(object.metadata.labels) || object.metadata.labels.size() == 7".to_owned(),
            "",
            "nothing".to_owned(),
        ),
        // Compared is something else.
        (
            "'middle' == 'm' || object.metadata.labels.tier.startsWith('m')".to_owned(),
            "",
            "nothing".to_owned(),
        ),
        // With another name it would be another object.
        ("object.metadata.name == 'a'".to_owned(), "", "nothing".to_owned()),
    ] {
        let spec = format!(
            "{DEPLOYMENTS}validations: [{{expression: \"{validation}\", message: M.}}]\nremediation: {{text: T., patch: [{patch}]}}"
        );
        assert_eq!(flip(&spec), expected, "{validation}");
    }
}

#[test]
fn a_change_that_another_policy_forbids_is_not_told() {
    let expression = "!(object.spec.template.spec.hostNetwork)";
    let spec = format!("{DEPLOYMENTS}validations: [{{expression: '{expression}', message: M.}}]");
    let other = text(&spec)
        .replace("name: test", "name: other")
        .replace("T-1", "T-2")
        .replace(expression, "object.spec.template.spec.hostNetwork");
    let alone = text(&spec);
    assert_eq!(
        flip_in(&alone),
        "set /spec/template/spec/hostNetwork to false instead of true at 10"
    );
    assert_eq!(flip_in(&format!("{alone}\n---\n{other}")), "nothing");
}

#[test]
fn parameters_are_tried_too() {
    let spec = format!(
        "{DEPLOYMENTS}params: {{tiers: [back, middle]}}\nvalidations: [{{expression: 'object.metadata.labels.tier in params.tiers', message: M.}}]"
    );
    assert_eq!(flip(&spec), "set /metadata/labels/tier to \"back\" at 6");
}
