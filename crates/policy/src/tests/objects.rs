//! Objects: what policies are about, what they find, where, and what changes it.

use super::{indented, now};
use crate::{
    Decision, Facts, ObjectSource, PatchOperation, Policy, Stage, Target, Verdict, decide, judge,
    screen,
};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, Object, read};

/// A policy for objects with this `spec`.
fn policy(spec: &str) -> Policy {
    Policy::compile(&text(spec), "test").unwrap_or_else(|errors| panic!("{errors:#?}\n{spec}"))
}

pub(super) fn text(spec: &str) -> String {
    format!(
        "apiVersion: cofferdam.dev/v1alpha1\nkind: ClusterSecurityPolicy\nmetadata: {{name: test}}\n\
         spec:\n  code: T-1\n  title: Test\n  description: Test.\n  severity: low\n  \
         stages: [build]\n{}",
        indented(spec)
    )
}

/// Judges the first object of a file.
fn verdict(policy: &Policy, yaml: &str) -> Verdict {
    with(yaml, |facts, _| judge(policy, facts, now()))
}

pub(super) fn with<T>(yaml: &str, look: impl FnOnce(&Facts<'_>, &Target<'_>) -> T) -> T {
    let source = read("file.yaml", yaml.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}", source.problems);
    let lines = Lines::of(&source.text);
    let document = &source.documents[0];
    let object = Object::of(document.tree.view(document.objects[0])).unwrap();
    let mut facts = Facts::default();
    facts.insert("object", ObjectSource::new(object.view, "file.yaml", &lines));
    let target = Target::object(object.api_version, object.kind, object.namespace, object.name);
    look(&facts, &target)
}

/// Outcome, then subject, message, line and column of each finding.
fn told(verdict: &Verdict) -> String {
    let findings = verdict.findings.iter().map(|finding| {
        let place = finding.place.as_ref();
        let place = place.map(|place| format!(" at {}:{}", place.line, place.column));
        let place = place.unwrap_or_default();
        format!("\n{}: {}: {}{place}", finding.outcome, finding.subject, finding.message)
    });
    std::iter::once(verdict.outcome.to_string()).chain(findings).collect()
}

fn check(spec: &str, yaml: &str, expected: &str) {
    assert_eq!(told(&verdict(&policy(spec), yaml)), expected, "{spec}\n{yaml}");
}

pub(super) const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app: web, tier: front}
spec:
  template:
    spec:
      hostNetwork: true
      containers:
      - name: app
        image: nginx:1.27
        securityContext:
          privileged: true
      - name: log
        image: busybox
        securityContext: {privileged: false}
";

pub(super) const DEPLOYMENTS: &str = "
matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments]}]}
";

const EACH: &str = "forEach: {variable: container, in: object.spec.template.spec.containers}\n";

#[test]
fn subjects_and_places() {
    let spec = format!(
        "{DEPLOYMENTS}{EACH}validations: [{{expression: '!container.securityContext.privileged', message: Privileged.}}]"
    );
    let expected = "fail\nfail: container app of Deployment shop/web: Privileged. at 15:23";
    check(&spec, DEPLOYMENT, expected);
    // What is missing is told where it would stand.
    let spec = format!(
        "{DEPLOYMENTS}{EACH}validations: [{{expression: has(container.resources), message: None.}}]"
    );
    let expected = "fail
fail: container app of Deployment shop/web: None. at 12:9
fail: container log of Deployment shop/web: None. at 16:9";
    check(&spec, DEPLOYMENT, expected);
    let spec = format!(
        "{DEPLOYMENTS}validations: [{{expression: 'has(object.spec.template.spec.serviceAccountName)', message: None.}}]"
    );
    check(&spec, DEPLOYMENT, "fail\nfail: Deployment shop/web: None. at 9:5");
    let spec = format!(
        "{DEPLOYMENTS}validations: [{{expression: '!has(object.spec.template.spec.hostNetwork)', message: Is.}}]"
    );
    check(&spec, DEPLOYMENT, "fail\nfail: Deployment shop/web: Is. at 10:20");
    // Elements that a filter kept, and a rule that reads nothing of them.
    let spec = format!(
        "{DEPLOYMENTS}forEach: {{variable: container, in: 'object.spec.template.spec.containers.filter(c, c.name == \"log\")'}}
validations: [{{expression: 'false', message: No.}}]"
    );
    check(&spec, DEPLOYMENT, "fail\nfail: container log of Deployment shop/web: No. at 16:9");
    // Nothing of the object is read: it is the object as a whole.
    let spec = format!("{DEPLOYMENTS}validations: [{{expression: 'false', message: No.}}]");
    check(&spec, DEPLOYMENT, "fail\nfail: Deployment shop/web: No. at 1:1");
}

/// Whether a policy with these constraints applies to [`DEPLOYMENT`].
fn applies(constraints: &str) -> bool {
    let spec = format!("matchConstraints: {constraints}\nvalidations: [{{expression: 'true'}}]");
    verdict(&policy(&spec), DEPLOYMENT).applies
}

#[test]
fn constraints() {
    let rule = |rule: &str| format!("{{resourceRules: [{{{rule}}}]}}");
    for (given, expected) in [
        ("apiGroups: [apps], apiVersions: [v1], resources: [deployments]", true),
        ("apiGroups: ['*'], apiVersions: ['*'], resources: ['*']", true),
        ("apiGroups: [''], apiVersions: ['*'], resources: ['*']", false),
        ("apiGroups: [apps], apiVersions: [v1], resources: [statefulsets]", false),
        ("apiGroups: [apps], apiVersions: [v1], resources: [deployments/scale]", false),
        ("apiGroups: [apps], apiVersions: [v1], resources: ['deployments/*']", true),
        // In other versions, and where it was served before.
        ("apiGroups: [apps], apiVersions: [v1beta1], resources: [deployments]", true),
        ("apiGroups: [extensions], apiVersions: [v1beta1], resources: [deployments]", true),
        (
            "apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [UPDATE]",
            false,
        ),
        ("apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: ['*']", true),
        (
            "apiGroups: [apps], apiVersions: [v1], resources: [deployments], resourceNames: [web]",
            true,
        ),
        (
            "apiGroups: [apps], apiVersions: [v1], resources: [deployments], resourceNames: [db]",
            false,
        ),
        ("apiGroups: [apps], apiVersions: [v1], resources: [deployments], scope: Cluster", false),
        ("apiGroups: [apps], apiVersions: [v1], resources: [deployments], scope: Namespaced", true),
    ] {
        assert_eq!(applies(&rule(given)), expected, "{given}");
    }
    for (given, expected) in [
        ("{}", true),
        (
            "{matchPolicy: Exact, resourceRules: [{apiGroups: [apps], apiVersions: [v1beta1], resources: [deployments]}]}",
            false,
        ),
        (
            "{excludeResourceRules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments]}]}",
            false,
        ),
        ("{objectSelector: {matchLabels: {app: web}}}", true),
        ("{objectSelector: {matchLabels: {app: db}}}", false),
        (
            "{objectSelector: {matchExpressions: [{key: tier, operator: In, values: [back, front]}]}}",
            true,
        ),
        (
            "{objectSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}}",
            false,
        ),
        (
            "{objectSelector: {matchExpressions: [{key: none, operator: NotIn, values: [front]}]}}",
            true,
        ),
        (
            "{objectSelector: {matchExpressions: [{key: tier, operator: Exists}, {key: x, operator: DoesNotExist}]}}",
            true,
        ),
        ("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}", true),
        ("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}", false),
    ] {
        assert_eq!(applies(given), expected, "{given}");
    }
}

#[test]
fn labels_of_a_namespace_that_nobody_knows_are_unknown() {
    let spec = "
matchConstraints: {namespaceSelector: {matchLabels: {env: prod}}}
validations: [{expression: 'false', message: No.}]";
    let expected = "unknown\nunknown: Deployment shop/web: Not assessed: the labels of the namespace shop are not known. at 1:1";
    check(spec, DEPLOYMENT, expected);
}

#[test]
fn what_a_policy_is_about_must_be_said() {
    let errors = |spec: &str| match Policy::compile(&text(spec), "test") {
        Ok(_) => String::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    };
    let spec = "validations: [{expression: object.kind == 'Pod'}]";
    let expected = "the policy does not say which objects it is about: test:3:18";
    assert_eq!(errors(spec), expected);
    assert_eq!(errors("validations: [{expression: object.kind == workload.kind}]"), "");
    let spec = "
matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [Pod], operations: [READ]}]}
validations: [{expression: 'true'}]";
    let expected = "\"READ\" is no operation: use CREATE, UPDATE, DELETE, CONNECT or *: test:11:106
\"Pod\" is a kind: rules name resources, in lower case and plural: test:11:87";
    assert_eq!(errors(spec), expected);
}

/// A policy is not asked about what has not the facts that it reads.
#[test]
fn facts_decide_what_a_policy_is_about() {
    for spec in [
        "validations: [{expression: workload.kind == 'Pod'}]",
        "validations: [{expression: image.config.user == 'app'}]",
        "validations: [{expression: dockerfile.user == 'app'}]",
    ] {
        assert!(!verdict(&policy(spec), DEPLOYMENT).applies, "{spec}");
    }
    // Facts about the world are unknown instead.
    let spec = format!("{DEPLOYMENTS}validations: [{{expression: cluster.version == '1.30'}}]");
    let expected = "unknown\nunknown: Deployment shop/web: Not assessed: nothing is known about the cluster. at 1:1";
    check(&spec, DEPLOYMENT, expected);
}

#[test]
fn parameters() {
    let spec = format!(
        "{DEPLOYMENTS}params: {{names: [web, db], limit: 2}}
validations:
  - {{expression: 'object.metadata.name in params.names && params.limit == 2'}}
  - {{expression: 'object.metadata.name == params.names[1]', messageExpression: '\"not \" + params.names[1]'}}"
    );
    check(&spec, DEPLOYMENT, "fail\nfail: Deployment shop/web: not db at 4:9");
}

/// The patch for the first finding, and the object when it is applied.
fn patched(spec: &str, yaml: &str) -> (Vec<String>, serde_json::Value) {
    let verdict = verdict(&policy(spec), yaml);
    let patch = verdict.findings[0].patch.clone().unwrap_or_default();
    let mut object: serde_json::Value = with(yaml, |facts, _| {
        let handle = cofferdam_cel::Handle::new(facts.root("object").unwrap(), crate::facts::TOP);
        let map = cofferdam_cel::Map::Source(handle);
        crate::json::of_value(&cofferdam_cel::Value::Map(map)).unwrap()
    });
    PatchOperation::apply_all(&patch, &mut object).unwrap();
    assert_eq!(told(&self::verdict(&policy(spec), &object.to_string())), "pass", "{object:#}");
    (patch.iter().map(|operation| operation.to_json().to_string()).collect(), object)
}

#[test]
fn patches() {
    let spec = |validation: &str, patch: &str| {
        format!(
            "{DEPLOYMENTS}{EACH}validations: [{{expression: '{validation}', message: M.}}]\nremediation: {{text: T., patch: [{patch}]}}"
        )
    };
    let log = DEPLOYMENT.replace("privileged: true", "privileged: false");
    for (validation, patch, yaml, expected) in [
        (
            "!(has(container.securityContext.privileged) && container.securityContext.privileged)",
            "{op: remove, from: container, path: /securityContext/privileged}",
            DEPLOYMENT,
            vec![
                r#"{"op":"remove","path":"/spec/template/spec/containers/0/securityContext/privileged"}"#,
            ],
        ),
        (
            "!container.securityContext.privileged",
            "{op: add, from: container.securityContext, path: /privileged, value: false}",
            DEPLOYMENT,
            vec![
                r#"{"op":"replace","path":"/spec/template/spec/containers/0/securityContext/privileged","value":false}"#,
            ],
        ),
        (
            "container.name != \"log\" || (has(container.resources) && container.resources.limits.memory == \"1Gi\")",
            "{op: add, from: container, path: /resources/limits/memory, value: 1Gi}, \
             {op: add, from: container, path: /resources/limits/cpu, valueExpression: '\"1\" + string(size(container.name))'}",
            &log,
            vec![
                r#"{"op":"add","path":"/spec/template/spec/containers/1/resources","value":{}}"#,
                r#"{"op":"add","path":"/spec/template/spec/containers/1/resources/limits","value":{}}"#,
                r#"{"op":"add","path":"/spec/template/spec/containers/1/resources/limits/memory","value":"1Gi"}"#,
                r#"{"op":"add","path":"/spec/template/spec/containers/1/resources/limits/cpu","value":"13"}"#,
            ],
        ),
        (
            "container.name != \"log\" || (has(container.args) && \"-v\" in container.args)",
            "{op: add, from: container, path: /args/-, value: '-v'}, {op: remove, from: container, path: /nothing}",
            &log,
            vec![
                r#"{"op":"add","path":"/spec/template/spec/containers/1/args","value":[]}"#,
                r#"{"op":"add","path":"/spec/template/spec/containers/1/args/-","value":"-v"}"#,
            ],
        ),
        // Several parts, from the back, and none.
        (
            "object.spec.template.spec.containers.all(one, one.name == \"app\" && !one.securityContext.privileged)",
            "{op: add, from: 'object.spec.template.spec.containers.filter(one, one.name == \"app\")', path: /securityContext/privileged, value: false}, \
             {op: remove, from: 'object.spec.template.spec.containers.filter(one, one.name != \"app\")', path: ''}, \
             {op: add, from: 'false ? [container] : []', path: /nothing, valueExpression: container.nothing}",
            &format!("{DEPLOYMENT}      - {{name: other, image: other}}\n"),
            vec![
                r#"{"op":"replace","path":"/spec/template/spec/containers/0/securityContext/privileged","value":false}"#,
                r#"{"op":"remove","path":"/spec/template/spec/containers/2"}"#,
                r#"{"op":"remove","path":"/spec/template/spec/containers/1"}"#,
            ],
        ),
    ] {
        assert_eq!(patched(&spec(validation, patch), yaml).0, expected, "{patch}");
    }
}

#[test]
fn patches_that_are_none() {
    let errors = |patch: &str| {
        let spec = format!(
            "{DEPLOYMENTS}validations: [{{expression: 'true'}}]\nremediation: {{text: T., patch: [{patch}]}}"
        );
        let errors = Policy::compile(&text(&spec), "test").map(drop).unwrap_err();
        errors.iter().map(|error| error.what.clone()).collect::<Vec<_>>().join("\n")
    };
    for (patch, expected) in [
        (
            "{op: put, path: /a, value: 1}",
            "\"put\" is not a patch operation: use add, remove, replace",
        ),
        ("{op: add, path: a, value: 1}", "a path is a JSON pointer: /spec/hostNetwork"),
        (
            "{op: add, path: /a}",
            "add and replace have one of value and valueExpression, remove has none",
        ),
        (
            "{op: remove, path: /a, value: 1}",
            "add and replace have one of value and valueExpression, remove has none",
        ),
    ] {
        assert_eq!(errors(patch), expected);
    }
}

#[test]
fn clauses() {
    let spec = format!(
        "{DEPLOYMENTS}validations: [{{expression: 'object.metadata.name == \"web\" && !(has(object.spec.template.spec.hostNetwork) && object.spec.template.spec.hostNetwork)'}}]"
    );
    let verdict = verdict(&policy(&spec), DEPLOYMENT);
    let clause = verdict.findings[0].clause.as_deref();
    assert_eq!(clause, Some("object.spec.template.spec.hostNetwork"));
}

#[test]
fn screening_tells_what_deciding_tells() {
    let decided = |decision: Decision| {
        let open = |judged: &crate::Judged| judged.verdict.outcome != crate::Outcome::Pass;
        decision.verdicts.into_iter().filter(open).collect::<Vec<_>>()
    };
    let texts = [
        format!(
            "{DEPLOYMENTS}{EACH}validations: [{{expression: '!container.securityContext.privileged'}}]"
        ),
        format!("{DEPLOYMENTS}validations: [{{expression: 'cluster.version == \"1\"'}}]"),
        format!("{DEPLOYMENTS}validations: [{{expression: 'true'}}]"),
    ];
    let files: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, spec)| crate::PolicyFile {
            place: format!("{index}.yaml"),
            text: text(spec)
                .replace("T-1", &format!("T-{index}"))
                .replace("name: test", &format!("name: t{index}")),
        })
        .collect();
    let bundle = crate::Bundle::only(&files).unwrap();
    with(DEPLOYMENT, |facts, target| {
        let screened = screen(&bundle, facts, target, Stage::Build, now());
        let decision = decide(&bundle, facts, Stage::Build, now());
        assert_eq!(screened.passed, 1);
        assert_eq!(screened.verdicts, decided(decision));
    });
}

#[test]
fn exceptions_by_object_container_image_and_file() {
    let spec = format!(
        "{DEPLOYMENTS}{EACH}validations: [{{expression: has(container.resources), message: None.}}]"
    );
    let covered = |matching: &str| {
        let exception = format!(
            "apiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\nmetadata: {{name: e}}\nspec:\n  \
             owner: team\n  reason: r\n  expires: 2027-01-01\n  policies: [T-1]\n  match: {matching}\n"
        );
        let file = |text| crate::PolicyFile { place: "p.yaml".into(), text };
        let bundle = crate::Bundle::only(&[file(text(&spec)), file(exception)]).unwrap();
        with(DEPLOYMENT, |facts, target| {
            let screened = screen(&bundle, facts, target, Stage::Build, now());
            let verdict = &screened.verdicts[0].verdict;
            let excepted = |finding: &&crate::Finding| finding.exception.is_some();
            let names = verdict.findings.iter().filter(excepted);
            let names = names.map(|finding| finding.subject.split(' ').nth(1).unwrap().to_owned());
            names.collect::<Vec<_>>().join(" ")
        })
    };
    for (matching, expected) in [
        ("{}", "app log"),
        ("{objects: [{kind: Deployment, namespace: shop, name: 'w*'}]}", "app log"),
        ("{objects: [{name: db}, {namespace: sh?p}]}", "app log"),
        ("{objects: [{kind: StatefulSet}]}", ""),
        ("{objects: [{kind: Deployment, name: db}]}", ""),
        ("{containers: [log]}", "log"),
        ("{containers: ['*'], objects: [{kind: Pod}]}", ""),
        ("{images: ['nginx:*']}", "app"),
        ("{images: ['nginx:*'], containers: [log]}", ""),
        ("{paths: ['*.yaml']}", "app log"),
        ("{paths: ['other/*']}", ""),
        ("{vulnerabilities: [CVE-1]}", ""),
    ] {
        assert_eq!(covered(matching), expected, "{matching}");
    }
}

#[test]
fn policies_that_are_too_large_are_refused() {
    let spec = format!("{DEPLOYMENTS}validations: [{}]", "{expression: 'true'}, ".repeat(1001));
    let errors = Policy::compile(&text(&spec), "test").map(drop).unwrap_err();
    assert_eq!(errors[0].what, "a policy has at most 1000 expressions");
}

#[test]
fn what_lies_in_a_namespace_is_about_that_namespace() {
    let spec = format!("{DEPLOYMENTS}validations: [{{expression: 'false', message: No.}}]");
    let exception = |namespace: &str| {
        format!(
            "---\napiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\n\
             metadata: {{name: e, namespace: {namespace}}}\nspec: {{owner: a, reason: b, \
             expires: 2027-01-01, policies: [T-1]}}\n"
        )
    };
    let outcome = |kind: &str, namespace: &str, exception: &str| {
        let text = text(&spec)
            .replace("ClusterSecurityPolicy", kind)
            .replace("{name: test}", &format!("{{name: test, namespace: {namespace}}}"));
        let file = crate::PolicyFile { place: "p.yaml".into(), text: text + exception };
        let bundle = crate::Bundle::only(&[file]).unwrap();
        with(DEPLOYMENT, |facts, target| {
            let screened = screen(&bundle, facts, target, Stage::Build, now());
            screened.verdicts.first().map(|judged| judged.verdict.outcome.as_str())
        })
    };
    assert_eq!(outcome("SecurityPolicy", "shop", ""), Some("fail"));
    assert_eq!(outcome("SecurityPolicy", "other", ""), None);
    assert_eq!(outcome("ClusterSecurityPolicy", "other", ""), Some("fail"));
    assert_eq!(outcome("SecurityPolicy", "shop", &exception("shop")), Some("pass"));
    assert_eq!(outcome("SecurityPolicy", "shop", &exception("other")), Some("fail"));
}

/// A Dockerfile is no object: its exceptions go by its file all the same.
#[test]
fn exceptions_in_dockerfiles_go_by_the_file() {
    let policy = text("validations: [{expression: dockerfile.user == 'app', message: M.}]");
    let covered = |path: &str| {
        let exception = format!(
            "---\napiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\nmetadata: {{name: e}}\n\
             spec: {{owner: a, reason: b, expires: 2027-01-01, policies: [T-1], match: {{paths: ['{path}']}}}}\n"
        );
        let file = crate::PolicyFile { place: "p.yaml".into(), text: policy.clone() + &exception };
        let bundle = crate::Bundle::only(&[file]).unwrap();
        let source = read("a/Dockerfile", "{\"user\": \"root\"}".into(), &Meter::default());
        let lines = Lines::of(&source.text);
        let mut facts = Facts::default();
        let root = source.documents[0].tree.root();
        facts.insert("dockerfile", ObjectSource::new(root, "a/Dockerfile", &lines));
        let screened = screen(&bundle, &facts, &Target::default(), Stage::Build, now());
        screened.verdicts[0].verdict.findings[0].exception.is_some()
    };
    assert!(covered("a/*") && !covered("b/*"));
}
