//! The table of shapes, and policies with mistakes in their types.

use super::shapes::{SHAPES, Word};
use crate::{Bundle, Policy, facts::ROOTS};
use cofferdam_manifest::schema::Schema;

fn check_word(word: &Word) {
    match word {
        Word::List(element) => check_word(element),
        Word::Map(key, value) => [key, value].into_iter().for_each(|word| check_word(word)),
        Word::Shape(name) => assert!(SHAPES.fields.contains_key(name), "{name}"),
        Word::Kubernetes(name) => assert!(Schema::built_in().named(name).is_some(), "{name}"),
        Word::Dyn | Word::Simple(_) => {}
    }
}

#[test]
fn the_table_is_whole() {
    assert_eq!(SHAPES.unread, Vec::<&str>::new());
    SHAPES.roots.values().for_each(check_word);
    SHAPES.fields.values().flat_map(|fields| fields.values()).for_each(check_word);
    for root in ROOTS.iter().filter(|root| !matches!(root.name, "object" | "oldObject")) {
        assert!(SHAPES.roots.contains_key(root.name), "{}", root.name);
    }
}

#[test]
fn no_rule_has_a_mistake() {
    for policy in Bundle::built_in().unwrap().policies {
        let found: Vec<String> = super::mistakes(&policy)
            .into_iter()
            .map(|(path, error)| format!("{path}: {error}"))
            .collect();
        assert_eq!(found, Vec::<String>::new(), "{}", policy.code);
    }
}

fn check(spec: &str, expected: &str) {
    let text = format!(
        "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {{name: typed}}
spec:
  code: T-1
  title: Types
  description: Why.
  severity: low
  stages: [build]
{spec}"
    );
    let errors = Policy::compile(&text, "typed.yaml").unwrap_err();
    let cause = errors[0].cause.clone().unwrap_or_default();
    assert!(cause.contains(expected), "{cause}");
}

#[test]
fn a_mistake_is_told_at_its_expression() {
    let text = "\
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: typed}
spec:
  code: T-1
  title: Types
  description: Why.
  severity: low
  stages: [build]
  forEach: {variable: container, in: workload.containers}
  validations:
    - expression: \"true\"
    - expression: container.nme == 'a'
";
    let errors = Policy::compile(text, "typed.yaml").unwrap_err();
    assert_eq!(errors[0].place.as_deref(), Some("typed.yaml:13:19"), "{errors:?}");
}

#[test]
fn mistakes_are_told_when_a_policy_is_compiled() {
    check(
        "
  forEach: {variable: container, in: workload.containers}
  validations: [{expression: \"!container.securityContext.priviledged\"}]",
        "SecurityContext has no field \"priviledged\", did you mean \"privileged\"?",
    );
    check(
        "
  validations: [{expression: \"workload.pod.hostPid == false\"}]",
        "core.v1.PodSpec has no field \"hostPid\", did you mean \"hostPID\"?",
    );
    check(
        "
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments, statefulsets]}]
  validations: [{expression: \"object.spec.replicas > '1'\"}]",
        "> does not take int and string",
    );
    check(
        "
  variables: [{name: names, expression: \"workload.containers.map(c, c.name)\"}]
  validations: [{expression: \"variables.names\"}]",
        "the expression must be bool, it is list(string)",
    );
    check(
        "
  forEach: {variable: one, in: workload.name}
  validations: [{expression: \"true\"}]",
        "the expression must be a list, it is string",
    );
    check(
        "
  validations:
    - expression: >-
        workload.containers.all(a, workload.containers.all(b, workload.containers.all(c,
        workload.containers.all(d, a.name != b.name && c.name != d.name))))",
        "loops stand in too many loops",
    );
}
