//! Types and costs by hand, from the language definition's standard declarations.

use super::{
    Cost, Declarations, Field, ObjectId, Sizes, StaticType, library, signature::Signature,
};
use crate::{Program, Type, functions};

/// `pod: {name: string, labels: map(string, string), containers: list(container), extra: dyn}`,
/// `container: {image: string, ports: list(int), limits: map(string, string)}`.
struct Pods;

impl Declarations for Pods {
    fn variable(&self, name: &str) -> Option<StaticType> {
        match name {
            "pod" => Some(StaticType::Object(ObjectId(0))),
            "variables.own" => Some(Type::Int.into()),
            "anything" => Some(StaticType::Dyn),
            "authorizer" => Some(Type::Authorizer.into()),
            _ => None,
        }
    }

    fn field(&self, object: ObjectId, name: &str) -> Field {
        let text = || StaticType::from(Type::String);
        let texts = || StaticType::map(text(), text());
        Field::Known(match (object.0, name) {
            (0, "name") | (1, "image") => text(),
            (0, "labels") | (1, "limits") => texts(),
            (0, "containers") => StaticType::list(StaticType::Object(ObjectId(1))),
            (0, "extra") => StaticType::Dyn,
            (1, "ports") => StaticType::list(Type::Int.into()),
            _ => return Field::Absent(vec!["name".into(), "labels".into()]),
        })
    }

    fn name(&self, object: ObjectId) -> String {
        ["Pod", "Container"][usize::try_from(object.0).unwrap()].into()
    }
}

fn check(source: &str, expected: &str) {
    let checked = Program::parse(source).unwrap().check_types(&Pods, Sizes::KUBERNETES);
    let found = match checked.errors.first() {
        Some(error) => error.message.clone(),
        None => checked.kind.display(&Pods),
    };
    assert_eq!(found, expected, "{source}");
}

#[test]
fn types_of_values_and_fields() {
    check("1 + 2", "int");
    check("[1, 2] + [3]", "list(int)");
    check("{'a': 1u}", "map(string, uint)");
    check("[1, 'a']", "list(dyn)");
    check("pod.name.size()", "int");
    check("pod.labels['app']", "string");
    check("pod.labels.app", "string");
    check("pod.containers[0].ports", "list(int)");
    check("pod.extra.anything[3].else", "dyn");
    check("variables.own * 2", "int");
    check("type(1) == int", "bool");
    check("timestamp('2026-01-01T00:00:00Z') - duration('1h')", "google.protobuf.Timestamp");
    check("true ? pod.name : pod.containers[0].image", "string");
    check("quantity('1Gi').add(1).isGreaterThan(quantity('1'))", "bool");
    check("authorizer.group('').resource('pods').check('get').allowed()", "bool");
}

#[test]
fn types_of_macros() {
    check("pod.containers.all(c, c.image.startsWith('a'))", "bool");
    check("pod.containers.map(c, c.ports)", "list(list(int))");
    check("pod.containers.filter(c, c.ports.size() > 0)", "list(Container)");
    check("pod.labels.exists(key, key == 'a')", "bool");
    check("pod.labels.all(key, value, key != value)", "bool");
    check("pod.containers.transformMap(i, c, c.image)", "map(int, string)");
    check("cel.bind(n, pod.name, n + n)", "string");
    check("pod.?labels.orValue({})", "map(string, string)");
    check("pod.?name.optMap(n, n.size())", "optional(int)");
    check("pod.containers[?0].image", "optional(string)");
    check("[1].first().orValue(2)", "int");
}

#[test]
fn mistakes() {
    check("pod.nmae", "Pod has no field \"nmae\", did you mean \"name\"?");
    check("has(pod.spec)", "Pod has no field \"spec\"");
    check("pod.name.first", "string has no fields, so no \"first\"");
    check("pod.name == 1", "== does not take string and int");
    check("pod.name + 1", "+ does not take string and int");
    check("1 + 1.0", "+ does not take int and double");
    check("'a' in pod.containers", "in does not take string and list(Container)");
    check("pod.name && true", "&& needs a bool, this is string");
    check("!pod.name", "! needs a bool, this is string");
    check("pod.containers.all(c, c.image)", "the condition needs a bool, this is string");
    check("pod.name.all(c, true)", "string is nothing to go through");
    check("true ? 1 : 'a'", "both sides need one type, they are int and string");
    check("pod.name.startsWith(1)", "startsWith() does not take string and int");
    check("pod.labels[1]", "the index is int, expected string");
    check("pod.name.orValue('a')", "orValue() needs an optional, this is string");
    check("other", "there is no variable \"other\"");
}

#[test]
fn what_is_not_known_passes() {
    check("anything.a.b + 1 > 2", "bool");
    check("anything && anything.all(x, x == 1)", "bool");
    check("pod.extra == 'a' || pod.extra == 1", "bool");
    check("1 < 2.5 && 1u < 2", "bool");
    check("pod.extra == null", "bool");
}

#[test]
fn costs() {
    let cost = |source: &str, entries, characters| {
        let program = Program::parse(source).unwrap();
        program.check_types(&Pods, Sizes { entries, characters }).cost
    };
    // A read of a variable and one of a field.
    assert_eq!(cost("pod.containers", 10, 100), Cost(2));
    let small = cost("pod.containers.all(c, c.ports.all(p, p > 1))", 10, 100);
    let large = cost("pod.containers.all(c, c.ports.all(p, p > 1))", 100, 100);
    // Both loops grow tenfold, so all of it a hundredfold, but for the few reads before them.
    assert!(large.0 > small.0 * 90 && large.0 < small.0 * 110, "{small} {large}");
    assert!(cost("pod.name.matches('a+b')", 10, 1_000) > cost("pod.name.matches('a+b')", 10, 10));
    let nested = "[1].all(a, pod.containers.all(b, pod.containers.all(c, pod.containers.all(d, \
                  pod.containers.all(e, true)))))";
    assert_eq!(cost(nested, u64::MAX, 10), Cost(u64::MAX));
}

#[test]
fn every_function_has_a_signature_and_every_signature_a_function() {
    for text in library::SIGNATURES {
        let signature = Signature::read(text).unwrap_or_else(|| panic!("{text}"));
        let is_operator = !signature.name.starts_with(|c: char| c.is_ascii_alphabetic());
        let count = signature.arguments.len();
        let known = functions::find(signature.name, signature.receiver, count).is_some();
        assert!(is_operator || signature.name == "in" || known, "{text}");
    }
    for (name, receiver, counts) in functions::calls() {
        for count in counts {
            let mut signatures = library::signatures(name, receiver);
            let known = signatures.any(|signature| signature.takes(count));
            assert!(known, "{name} of {count} arguments, receiver: {receiver}");
        }
    }
}
