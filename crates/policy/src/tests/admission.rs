//! Plain ValidatingAdmissionPolicies. What is expected is what the source of `k8s.io/apiserver`
//! says, and what the documentation of Kubernetes shows.

use super::now;
use crate::{
    Bundle, Facts, ObjectSource, Operation, Outcome, PolicyFile, Stage, Target,
    admission::{Action, AdmissionPolicies, AdmissionResult, review},
    screen,
};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, Object, Source, read};

const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
";

const BINDING: &str = "
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec:
  policyName: p
";

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {replicas: 6, template: {spec: {containers: [{name: a, image: nginx}]}}}
";

const ANYTHING: &str = "
matchConstraints: {resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}
";

fn files(policy: &str, binding: &str, rest: &str) -> Vec<PolicyFile> {
    let binding = if binding.is_empty() {
        String::new()
    } else {
        format!("{BINDING}{}", super::indented(binding))
    };
    let text = format!("{POLICY}{}{binding}\n{rest}", super::indented(policy));
    vec![PolicyFile { place: "vap.yaml".into(), text }]
}

fn parse(yaml: &str) -> Source {
    let source = read("object.yaml", yaml.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}", source.problems);
    source
}

/// Judges an object by what `files` hold.
fn results(files: &[PolicyFile], yaml: &str, operation: Operation) -> Vec<AdmissionResult> {
    let policies = AdmissionPolicies::read(files).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let source = parse(yaml);
    let lines = Lines::of(&source.text);
    let document = &source.documents[0];
    let object = Object::of(document.tree.view(document.objects[0])).unwrap();
    let mut facts = Facts::default();
    facts.insert("object", ObjectSource::new(object.view, "object.yaml", &lines));
    let target = Target::object(object.api_version, object.kind, object.namespace, object.name);
    review(&policies, &facts, &Target { operation, ..target }, now())
}

/// `admitted`, or what a client is told; with the reason.
fn told(result: &AdmissionResult) -> String {
    match (result.is_denied, result.messages.first()) {
        (false, None) => "admitted".to_owned(),
        (false, Some(message)) => format!("admitted: {message}"),
        (true, message) => format!(
            "{}: {}",
            result.reason.as_deref().unwrap_or_default(),
            message.map_or("", |message| message)
        ),
    }
}

fn check(policy: &str, expected: &str) {
    check_with(policy, "validationActions: [Deny]", "", expected);
}

fn check_with(policy: &str, binding: &str, rest: &str, expected: &str) {
    let policy = format!("{ANYTHING}{policy}");
    let found = results(&files(&policy, binding, rest), DEPLOYMENT, Operation::Create);
    let found: Vec<String> = found.iter().map(told).collect();
    assert_eq!(found.join("\n"), expected, "{policy}{binding}{rest}");
}

#[test]
fn validations() {
    check("validations: [{expression: object.spec.replicas <= 6}]", "admitted");
    let five =
        |more: &str| format!("validations: [{{expression: object.spec.replicas <= 5{more}}}]");
    check(&five(""), "Invalid: failed expression: object.spec.replicas <= 5");
    check(&five(", message: ' At most five. ', reason: Forbidden"), "Forbidden: At most five.");
    let computed =
        ", message: Fixed., messageExpression: \"'not ' + string(object.spec.replicas)\"";
    check(&five(computed), "Invalid: not 6");
    // Messages that cannot be used give way to the fixed one.
    for unusable in ["string(object.nothing)", "'  '", "'a\\nb'"] {
        let message =
            format!(", message: Fixed., messageExpression: \"{}\"", unusable.replace('\\', "\\\\"));
        check(&five(&message), "Invalid: Fixed.");
    }
    // All are told, the first decides.
    let two = "validations: [{expression: 'true'}, {expression: 'false', reason: Forbidden}, {expression: 'false', message: Second.}]";
    let policy = format!("{ANYTHING}{two}");
    let found =
        results(&files(&policy, "validationActions: [Deny]", ""), DEPLOYMENT, Operation::Create);
    assert_eq!(found[0].messages, ["failed expression: false", "Second."]);
    assert_eq!(found[0].reason.as_deref(), Some("Forbidden"));
}

#[test]
fn what_cannot_be_evaluated() {
    let broken = "validations: [{expression: object.spec.nothing == 1}]";
    let message = "Invalid: Denied by failurePolicy Fail: the rule cannot be evaluated here, there is no \"nothing\" here; ask with has() first (spec.validations[0].expression line 1, column 1).";
    check(broken, message);
    check(&format!("failurePolicy: Fail\n{broken}"), message);
    check(&format!("failurePolicy: Ignore\n{broken}"), "admitted");
    // Only that validation is passed over.
    let both = "failurePolicy: Ignore
validations: [{expression: object.spec.nothing == 1}, {expression: 'false', message: No.}]";
    check(both, "Invalid: No.");
    // Nobody says who asks: the failure policy decides, and the reason is told.
    let user = "validations: [{expression: \"request.userInfo.username == 'alice'\"}]";
    check(user, "Invalid: Denied by failurePolicy Fail: request.userInfo is not known here.");
    check(&format!("failurePolicy: Ignore\n{user}"), "admitted");
}

#[test]
fn match_conditions() {
    let with = |conditions: &str, failure: &str| {
        format!(
            "failurePolicy: {failure}\nmatchConditions: [{conditions}]\nvalidations: [{{expression: 'false', message: No.}}]"
        )
    };
    let is = "{name: a, expression: \"object.kind == 'Deployment'\"}";
    let is_not = "{name: b, expression: \"object.kind == 'Pod'\"}";
    let broken = "{name: c, expression: object.nothing == 1}";
    check(&with(is, "Fail"), "Invalid: No.");
    check(&with(&format!("{is}, {is_not}"), "Fail"), "admitted");
    // One that is false decides, whatever else is broken.
    check(&with(&format!("{broken}, {is_not}"), "Fail"), "admitted");
    check(&with(&format!("{is}, {broken}"), "Ignore"), "admitted");
    let message = "Invalid: Denied by failurePolicy Fail: the rule cannot be evaluated here, there is no \"nothing\" here; ask with has() first (spec.matchConditions[1].expression line 1, column 1).";
    check(&with(&format!("{is}, {broken}"), "Fail"), message);
}

#[test]
fn variables_are_lazy_and_composed() {
    let policy = "
variables:
- {name: containers, expression: object.spec.template.spec.containers}
- {name: broken, expression: object.nothing}
- {name: images, expression: 'variables.containers.map(c, c.image)'}
validations:
- {expression: \"variables.images.all(image, image == 'nginx') || variables.broken\"}
- {expression: \"'nginx' in variables.images && size(variables.containers) == 1\"}
";
    check(policy, "admitted");
}

#[test]
fn actions_and_bindings() {
    let never = "validations: [{expression: 'false', message: No.}]";
    check_with(never, "validationActions: [Warn]", "", "admitted: No.");
    check_with(never, "validationActions: [Audit, Warn]", "", "admitted: No.");
    check_with(never, "validationActions: [Deny, Audit]", "", "Invalid: No.");
    let elsewhere = "validationActions: [Deny]\nmatchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}";
    check_with(never, elsewhere, "", "admitted");
    let here = elsewhere.replace("other", "shop");
    check_with(never, &here, "", "Invalid: No.");
    // Without a binding a cluster asks nobody.
    check_with(never, "", "", "");
}

const PARAMS: &str = "
---
apiVersion: example.com/v1
kind: Limit
metadata: {name: small, namespace: shop, labels: {env: test}}
max: 3
---
apiVersion: example.com/v1
kind: Limit
metadata: {name: large, namespace: shop, labels: {env: test}}
max: 10
---
apiVersion: example.com/v1
kind: Limit
metadata: {name: small, namespace: other}
max: 1
";

#[test]
fn parameters() {
    let policy = "paramKind: {apiVersion: example.com/v1, kind: Limit}
validations: [{expression: object.spec.replicas <= params.max, messageExpression: \"'max ' + string(params.max)\"}]";
    let with = |reference: &str, expected: &str| {
        let binding = format!("validationActions: [Deny]\nparamRef: {reference}");
        check_with(policy, &binding, PARAMS, expected);
    };
    with("{name: small, parameterNotFoundAction: Deny}", "Invalid: max 3");
    with("{name: large, parameterNotFoundAction: Deny}", "admitted");
    with("{name: small, namespace: other, parameterNotFoundAction: Deny}", "Invalid: max 1");
    with("{name: none, parameterNotFoundAction: Allow}", "admitted");
    with(
        "{name: none, parameterNotFoundAction: Deny}",
        "Invalid: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
    );
    // Each of them must be met.
    with("{selector: {matchLabels: {env: test}}, parameterNotFoundAction: Deny}", "Invalid: max 3");
    with("{selector: {}, parameterNotFoundAction: Deny}", "Invalid: max 3");
    // A binding that names none: params are null.
    let is_null = "paramKind: {apiVersion: example.com/v1, kind: Limit}
validations: [{expression: params == null}]";
    check_with(is_null, "validationActions: [Deny]", PARAMS, "admitted");
}

#[test]
fn kinds_operations_and_what_is_never_asked() {
    let never = "validations: [{expression: 'false', message: No.}]";
    let rule = |rule: &str| format!("matchConstraints: {{resourceRules: [{{{rule}}}]}}\n{never}");
    let ask = |policy: &str, yaml: &str, operation| {
        let found = results(&files(policy, "validationActions: [Deny]", ""), yaml, operation);
        found[0].is_denied
    };
    let create = rule(
        "apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]",
    );
    assert!(ask(&create, DEPLOYMENT, Operation::Create));
    assert!(!ask(&create, DEPLOYMENT, Operation::Update));
    let all = format!("{ANYTHING}{never}");
    assert!(ask(&all, DEPLOYMENT, Operation::Delete));
    let binding = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: x}\n";
    assert!(!ask(&all, binding, Operation::Create));
    let old = DEPLOYMENT.replace("apps/v1", "extensions/v1beta1");
    assert!(ask(&create, &old, Operation::Create));
    let exact = create.replace("{resourceRules", "{matchPolicy: Exact, resourceRules");
    assert!(!ask(&exact, &old, Operation::Create));
    assert!(ask(&exact, DEPLOYMENT, Operation::Create));
}

#[test]
fn requests_and_old_objects() {
    for expression in [
        "oldObject == null",
        "request.operation == 'CREATE' && request.kind.kind == 'Deployment' && request.kind.group == 'apps'",
        "request.resource.resource == 'deployments' && request.namespace == 'shop' && request.name == 'web'",
        "!has(request.subResource) && request.dryRun == false",
    ] {
        check(&format!("validations: [{{expression: \"{expression}\"}}]"), "admitted");
    }
}

#[test]
fn audit_annotations() {
    let policy = format!(
        "{ANYTHING}auditAnnotations:
- {{key: replicas, valueExpression: \"'has ' + string(object.spec.replicas)\"}}
- {{key: nothing, valueExpression: 'null'}}
- {{key: empty, valueExpression: \"'  '\"}}
validations: [{{expression: 'true'}}]"
    );
    let found =
        results(&files(&policy, "validationActions: [Deny]", ""), DEPLOYMENT, Operation::Create);
    assert_eq!(found[0].audit_annotations, [("p/replicas".into(), "has 6".into())]);
    // One that cannot be computed denies, whatever the actions are.
    let broken = "auditAnnotations: [{key: k, valueExpression: string(object.nothing)}]";
    let policy = format!("{ANYTHING}{broken}");
    let warn = "validationActions: [Warn]";
    assert!(results(&files(&policy, warn, ""), DEPLOYMENT, Operation::Create)[0].is_denied);
    let policy = format!("{ANYTHING}failurePolicy: Ignore\n{broken}");
    assert!(!results(&files(&policy, warn, ""), DEPLOYMENT, Operation::Create)[0].is_denied);
}

/// What `cofferdam check -p vap.yaml` does: the policies are asked beside ours.
#[test]
fn in_a_bundle() {
    let policy =
        format!("{ANYTHING}validations: [{{expression: object.spec.replicas <= 5, message: No.}}]");
    let check = |binding: &str| {
        let bundle = Bundle::only(&files(&policy, binding, "")).unwrap();
        let source = parse(DEPLOYMENT);
        let lines = Lines::of(&source.text);
        let mut facts = Facts::default();
        let view = source.documents[0].tree.root();
        facts.insert("object", ObjectSource::new(view, "web.yaml", &lines));
        let target = Target::object("apps/v1", "Deployment", Some("shop"), Some("web"));
        let screened = screen(&bundle, &facts, &target, Stage::Build, now());
        let verdict = screened.verdicts.into_iter().next().unwrap().verdict;
        let finding = &verdict.findings[0];
        let place = finding.place.as_ref().map(|place| (place.line, place.column));
        (verdict.outcome, verdict.severity.as_str(), finding.message.clone(), place)
    };
    let place = Some((5, 18));
    let message = "No. (no binding is given: asked of everything that it matches)";
    assert_eq!(check(""), (Outcome::Fail, "high", message.into(), place));
    let bound = check("validationActions: [Warn]");
    assert_eq!(bound, (Outcome::Fail, "low", "No. (binding b)".into(), place));
    assert_eq!(check("validationActions: [Audit]").1, "none");
}

#[test]
fn mistakes() {
    let errors = |policy: &str, binding: &str, rest: &str| {
        let errors = AdmissionPolicies::read(&files(policy, binding, rest)).map(drop).unwrap_err();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let fine = "validations: [{expression: 'true'}]";
    for (policy, binding, rest, expected) in [
        (
            "validations: []",
            "",
            "",
            "a policy has at least one validation or audit annotation: vap.yaml:4:18",
        ),
        (
            "validations: [{expression: params.a}]",
            "",
            "",
            "expressions read params, and there is no spec.paramKind: vap.yaml:4:18",
        ),
        (
            "failurePolicy: Never\nvalidations: [{expression: 'true'}]",
            "",
            "",
            "\"Never\" is not a failurePolicy: use Fail, Ignore: vap.yaml:6:18",
        ),
        (
            fine,
            "validationActions: [Refuse]",
            "",
            "\"Refuse\" is no validation action: use Deny, Warn, Audit: vap.yaml:14:23",
        ),
        (
            fine,
            "",
            "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\n",
            "apiVersion is \"v1\", expected cofferdam.dev/v1alpha1: vap.yaml:9",
        ),
    ] {
        assert_eq!(errors(policy, binding, rest), expected);
    }
    assert_eq!(Action::ALL.map(Action::as_str), ["Deny", "Warn", "Audit"]);
}
