//! What holds for all verdicts: digests, time, errors, order.

use super::fixture::Fixture;
use super::{check, judge_yaml, policy, told, with_rules_about_images};
use crate::judge::judge_within;
use crate::{Bundle, Facts, Observation, Outcome, PolicyFile, Provenance, judge};

const USER: &str = "validations: [{expression: 'image.config.user != \"root\"', message: Root.}]";

#[test]
fn nothing_that_cannot_be_evaluated_passes() {
    let not = "unknown\nunknown: Test: Not assessed: the rule cannot be evaluated here, ";
    let place = "(spec.validations[0].expression line 1, column";
    let fails = |expression: &str, message: &str, column: usize| {
        let spec = format!("validations: [{{expression: {expression:?}, message: Wrong.}}]");
        check(&spec, "image: {user: app}", &format!("{not}{message} {place} {column})."));
    };
    fails("dyn(image.config.user) > 5", "> does not take string and int", 1);
    fails("1 / 0 == 1", "division by zero", 1);
    fails("dyn(image.config).usr == ''", "there is no \"usr\" here; ask with has() first", 1);
    fails("dyn(image.config.user)", "the condition does not take string", 1);
    fails("true && dyn(image.config)", "&& does not take map", 9);
    // What decides, decides: the error does not matter then.
    check("validations: [{expression: 'true || 1 / 0 == 1'}]", "image: {}", "pass");
}

#[test]
fn three_values() {
    let facts = "
packages: [{kind: npm, name: a, version: '1', path: p}]
vulnerabilities: [{id: CVE-1, epss: 0.5}]
";
    let each = "forEach: {variable: v, in: image.vulnerabilities}\nsubject: v.id\nvalidations:\n";
    let with =
        |expression: &str| format!("{each}  - {{expression: \"{expression}\", message: Wrong.}}");
    let unknown = "unknown\nunknown: CVE-1: Not assessed: no source gives a severity for CVE-1.";
    check(&with("v.severity == 'low' || v.epss > 0.1"), facts, "pass");
    check(&with("v.severity == 'low' && v.epss > 0.9"), facts, "fail\nfail: CVE-1: Wrong.");
    check(&with("v.severity == 'low' && v.epss > 0.1"), facts, unknown);
    check(&with("v.severity != 'low'"), facts, unknown);
    check(&with("has(v.severity)"), facts, unknown);
    check(&with("!has(v.fixedVersion)"), facts, "pass");
    check(
        &with("v.knownExploited ? v.severity == 'low' : true"),
        &format!("exploitedNotLoaded: true\n{facts}"),
        "unknown\nunknown: CVE-1: \
        Not assessed: the catalogue of known exploited vulnerabilities (CISA KEV) is not loaded.",
    );
}

#[test]
fn match_conditions_and_variables() {
    let spec = "
matchConditions:
  - {name: named, expression: has(image.name)}
  - {name: shop, expression: variables.short == 'shop'}
variables:
  - {name: short, expression: \"image.name.matches('shop') ? 'shop' : 'other'\"}
  - {name: unused, expression: 1 / 0}
validations:
  - {expression: \"variables.short == 'other'\", messageExpression: \"'It is ' + variables.short + '.'\"}
";
    check(spec, "image: {name: shop}", "fail\nfail: Test: It is shop.");
    check(spec, "image: {name: till}", "pass");
    // One condition that is false decides, though the other has no value.
    check(spec, "image: {}", "pass");
    let verdict = judge_yaml(&policy(spec), "image: {name: till}");
    assert!(!verdict.applies);
    assert_eq!(verdict.inputs[0].path, "image.name");
    let per_element = "
forEach: {variable: p, in: image.packages}
variables:
  - {name: wanted, expression: '\"b\"'}
  - {name: same, expression: p.name == variables.wanted}
validations: [{expression: '!variables.same', messageExpression: p.name + ' is here.'}]
";
    let facts = "packages: [{kind: npm, name: a, version: '1', path: p}, {kind: npm, name: b, version: '1', path: q}]";
    check(per_element, facts, "fail\nfail: Test: b is here.");
}

#[test]
fn digest_over_what_was_read() {
    let rule = policy(USER);
    let digest = |facts: &str| judge_yaml(&rule, facts).digest;
    let base = digest("image: {user: app}");
    let elsewhere =
        "image: {user: app, name: other, labels: {a: b}}\nsecrets: [{title: t, masked: m, env: E}]";
    assert_eq!(digest(elsewhere), base, "what was not read does not matter");
    assert_ne!(digest("image: {user: app2}"), base, "what was read does");
    assert_ne!(
        judge_yaml(&policy(&USER.replace("Root.", "Root!")), "image: {user: app}").digest,
        base
    );
    let both_ways = |first: &str, second: &str| {
        let spec = format!("validations: [{{expression: \"{first} && {second}\"}}]");
        judge_yaml(&policy(&spec), "image: {user: app, name: n}")
    };
    let one = both_ways("image.name == 'n'", "image.config.user == 'app'");
    let other = both_ways("image.config.user == 'app'", "image.name == 'n'");
    // Another policy, so another digest, though the same was read.
    assert_ne!(one.digest, other.digest);
}

#[test]
fn digest_and_time() {
    let rule = policy(
        "validations: [{expression: now < timestamp('2027-01-01T00:00:00Z'), message: Late.}]",
    );
    let at = |now: &str| judge_yaml(&rule, &format!("now: {now}"));
    let (early, later) = (at("2026-01-01T00:00:00Z"), at("2026-12-31T23:59:59Z"));
    assert_eq!((early.outcome, early.digest), (later.outcome, later.digest));
    assert_eq!(early.valid_until, Some("2027-01-01T00:00:00Z".parse().unwrap()));
    let late = at("2027-01-01T00:00:00Z");
    assert_eq!((late.outcome, late.valid_until), (Outcome::Fail, None));
    assert_ne!(late.digest, early.digest);
    assert_eq!(late.findings[0].inputs[0].path, "now");
    assert_eq!(late.findings[0].inputs[0].provenance, Provenance::Given);
}

#[test]
fn until_when() {
    let until = |expression: &str| {
        let verdict =
            judge_yaml(&policy(&format!("validations: [{{expression: \"{expression}\"}}]")), "{}");
        verdict.valid_until.map(|until| until.to_string())
    };
    let day = |text: &str| Some(text.to_owned());
    // It is 2026-11-21.
    assert_eq!(
        until("now > timestamp('2026-12-01T00:00:00Z')"),
        day("2026-12-01T00:00:00.000000001Z")
    );
    assert_eq!(until("now >= timestamp('2026-12-01T00:00:00Z')"), day("2026-12-01T00:00:00Z"));
    assert_eq!(until("now > timestamp('2026-10-01T00:00:00Z')"), None);
    assert_eq!(
        until("now - timestamp('2026-11-20T00:00:00Z') < duration('48h')"),
        day("2026-11-22T00:00:00Z")
    );
    assert_eq!(
        until("timestamp('2026-12-01T00:00:00Z') - now > duration('24h')"),
        day("2026-11-30T00:00:00Z")
    );
    assert_eq!(
        until("now + duration('24h') < timestamp('2026-12-01T00:00:00Z')"),
        day("2026-11-30T00:00:00Z")
    );
    assert_eq!(until("now - now == duration('0s')"), None);
    // The clock's own value: holds for this moment.
    assert_eq!(until("now.getFullYear() == 2026"), day("2026-11-21T00:00:00Z"));
    // Of two, the first; one that was not reached does not count.
    let two = "now < timestamp('2028-01-01T00:00:00Z') && now < timestamp('2027-01-01T00:00:00Z')";
    assert_eq!(until(two), day("2027-01-01T00:00:00Z"));
    assert_eq!(until("true || now < timestamp('2027-01-01T00:00:00Z')"), None);
}

#[test]
fn inputs_with_provenance() {
    let facts = "
packages: [{kind: npm, name: a, version: '1', path: app/package.json}]
vulnerabilities: [{id: CVE-1, severity: high}]
";
    let spec = "forEach: {variable: v, in: 'image.vulnerabilities.filter(x, x.id != \"\")'}
validations: [{expression: 'v.severity != \"high\" || v.package.version == \"2\" || v.epss < 0.1'}]";
    let verdict = judge_yaml(&policy(spec), &format!("epssNotLoaded: true\n{facts}"));
    let inputs: Vec<String> = verdict.findings[0]
        .inputs
        .iter()
        .map(|input| format!("{} = {} from {}", input.path, input.value, input.provenance))
        .collect();
    assert_eq!(
        inputs,
        [
            "image.vulnerabilities[0].severity = \"high\" from advisory database of 2026-11-21",
            "image.vulnerabilities[0].package.version = \"1\" from /app/package.json (layer 1)",
            "image.vulnerabilities[0].epss = unknown: exploit prediction scores (FIRST EPSS) are not \
             loaded from exploit prediction scores",
        ]
    );
    assert_eq!(verdict.findings[0].element.as_ref().unwrap().list, "image.vulnerabilities");
    assert_eq!(verdict.inputs[0].path, "image.vulnerabilities.size()");
    assert_eq!(verdict.inputs[0].value, Observation::Int(1));
}

/// The same facts with the keys of a map in another order are the same facts.
#[test]
fn deterministic_and_blind_to_the_order_of_keys() {
    let spec = "
validations:
  - expression: image.config.labels.all(key, image.config.labels[key] != 'bad')
    messageExpression: \"'Labels: ' + image.config.labels.filter(key, image.config.labels[key] == 'bad').join(', ')\"
";
    let rule = policy(spec);
    let mut fixture = Fixture::read("image: {labels: {a: good, b: bad, c: good}}");
    let first = judge(&rule, &Facts::image(fixture.facts()), fixture.now);
    assert_eq!(first, judge(&rule, &Facts::image(fixture.facts()), fixture.now));
    fixture.reverse_labels();
    let reversed = judge(&rule, &Facts::image(fixture.facts()), fixture.now);
    assert_eq!(reversed.digest, first.digest);
    assert_eq!(reversed.findings[0].message, first.findings[0].message);
}

#[test]
fn a_policy_that_takes_too_long_is_unknown() {
    let list = format!("[{}]", ["0"; 50].join(","));
    let inner = (0..4).fold("true".to_owned(), |body, _| format!("{list}.all(x, {body})"));
    let rule = policy(&format!("validations: [{{expression: \"{inner}\"}}]"));
    let fixture = Fixture::read("{}");
    let verdict = judge_within(&rule, &Facts::image(fixture.facts()), fixture.now, 10_000);
    assert_eq!(
        told(&verdict),
        "unknown\nunknown: Test: Not assessed: the rule ran out of steps over these facts \
         (spec.validations[0].expression)."
    );
}

fn refused(text: &str, expected: &[&str]) {
    let file = PolicyFile { place: "mine.yaml".into(), text: text.into() };
    let errors = with_rules_about_images(&[file]).map(|_| ()).unwrap_err();
    let found: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

const HEAD: &str = "# A comment.\n---\napiVersion: cofferdam.dev/v1alpha1\nkind: ClusterSecurityPolicy\n\
    metadata: {name: mine}\nspec:\n  code: MINE-1\n  title: T\n  description: D\n  severity: low\n  stages: [build]\n";

#[test]
fn mistakes_in_policies_have_a_place() {
    refused(
        &format!("{HEAD}  validatoins: []\n"),
        &[
            "cannot read the policy document: mine.yaml:12:3: unknown field `validatoins`, expected one of \
           code, title, description, severity, stages, unknown, matchConstraints, matchConditions, params, variables, \
           forEach, subject, validations, remediation, references",
        ],
    );
    refused(
        &format!(
            "{HEAD}  validations:\n    - expression: imag.config.user == ''\n    - expression: 'a.b('\n"
        ),
        &[
            "spec.validations[0].expression is not a valid expression: mine.yaml:13:19: line 1, column 1: \
             there is no variable \"imag\" here, did you mean \"image\"?; there are image, workload, object, \
             manifest, dockerfile, namespace, cluster, oldObject, request, params, namespaceObject, authorizer, \
             now, variables",
            "spec.validations[1].expression is not a valid expression: mine.yaml:14:19: line 1, column 5: \
             expected an expression, found the end",
        ],
    );
    refused(
        &HEAD.replace("low", "bad").replace("[build]", "[biuld]"),
        &["cannot read the policy document: mine.yaml:11:3: missing field `validations`"],
    );
    refused(
        &format!("{}  validations: []\n", HEAD.replace("low", "bad").replace("[build]", "[biuld]")),
        &[
            "\"bad\" is not a severity: use none, low, medium, high, critical: mine.yaml:10:13",
            "\"biuld\" is not a stage: use build, admission, background, runtime: mine.yaml:11:12",
            "a policy has at least one validation: mine.yaml:5:18",
        ],
    );
    refused(
        "apiVersion: v1\nkind: Pod\n",
        &["apiVersion is \"v1\", expected cofferdam.dev/v1alpha1: mine.yaml:1:13"],
    );
    refused(
        &format!("{HEAD}  validations: [{{expression: 'true'}}]\n")
            .replace("MINE-1", "CFD-IMG-0003"),
        &[
            "the code CFD-IMG-0003 is there twice: mine.yaml:3: it is also at built-in:image/root-user:1",
        ],
    );
    refused(
        "a: b: c\n- x",
        &[
            "cannot read the policy document: mine.yaml:1:5: mapping values are not allowed in this context",
        ],
    );
}

#[test]
fn a_policy_of_ones_own_replaces_the_built_in_one() {
    let text = format!("{HEAD}  validations: [{{expression: 'true'}}]\n")
        .replace("name: mine", "name: root-user");
    let bundle = Bundle::with(&[PolicyFile { place: "mine.yaml".into(), text }]).unwrap();
    let codes: Vec<_> = bundle.policies.iter().map(|policy| &*policy.code).collect();
    assert!(codes.contains(&"MINE-1") && !codes.contains(&"CFD-IMG-0003"), "{codes:?}");
    assert_ne!(bundle.digest, super::built_in().digest);
}

/// A rule that reads everything still lists little, says how much it left out, and is quick.
#[test]
fn inputs_are_bounded_and_counted() {
    let problems = "  - {kind: malformed, path: p, detail: d}\n".repeat(1_000);
    let spec = "forEach: {variable: p, in: 'image.problems.filter(p, p.kind == \"none\")'}
validations: [{expression: 'false'}]";
    let verdict = judge_yaml(&policy(spec), &format!("problems:\n{problems}"));
    assert_eq!(verdict.inputs.len(), 33);
    assert_eq!(verdict.inputs[1].path, "image.problems[0].kind");
    // The length and a thousand kinds, less those that are listed.
    assert_eq!(verdict.inputs[32].value, Observation::Entries(1_001 - 32));
}
