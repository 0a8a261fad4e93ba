//! Facts from a source: what is read is recorded, what is unknown is named.

use crate::{
    Evaluation, Handle, Instant, List, Lookup, Map, Node, Program, Scope, Source, Stop, Value,
};

/// `{name: "n", secret: unknown, items: [{id: 0, size: unknown}, {id: 1, size: 10}]}`, and behind
/// that, `some: ["a", rest]` and `none: [rest]`.
pub(super) struct Facts;

impl Source for Facts {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        match (node.0, key) {
            (0, "name") => Lookup::Value(Value::from("n")),
            (0, "secret") | (2, "size") => Lookup::Unknown,
            (0, "items") => Lookup::Value(Value::List(List::Source(Handle::new(self, Node(1))))),
            (0, "some") => Lookup::Value(Value::List(List::Source(Handle::new(self, Node(4))))),
            (0, "none") => Lookup::Value(Value::List(List::Source(Handle::new(self, Node(5))))),
            (2, "id") => Lookup::Value(Value::Int(0)),
            (3, "id") => Lookup::Value(Value::Int(1)),
            (3, "size") => Lookup::Value(Value::Int(10)),
            _ => Lookup::Absent,
        }
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        let element = |node| Lookup::Value(Value::Map(Map::Source(Handle::new(self, Node(node)))));
        match (node.0, index) {
            (1, 0) => element(2),
            (1, 1) => element(3),
            (4, 0) => Lookup::Value(Value::from("a")),
            (4, 1) | (5, 0) => Lookup::Unknown,
            _ => Lookup::Absent,
        }
    }

    fn length(&self, node: Node) -> usize {
        match node.0 {
            0 => 3,
            5 => 1,
            _ => 2,
        }
    }

    fn has_rest(&self, node: Node) -> bool {
        matches!(node.0, 4 | 5)
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        let keys: &[&str] =
            if node.0 == 0 { &["name", "secret", "items"] } else { &["id", "size"] };
        keys.get(position).copied()
    }
}

/// What an expression gives, and every path that it read, with what was found there.
fn check(source: &str, expected: &str, read: &[&str]) {
    let program = Program::parse(source).unwrap();
    let mut scope = Scope::default();
    scope.set("f", Value::Map(Map::Source(Handle::new(&Facts, Node(0)))));
    let mut evaluation = Evaluation::default();
    let result = evaluation.evaluate(&program, &scope);
    let mut unrecorded = Evaluation::unrecorded(1_000);
    assert_eq!(super::show(unrecorded.evaluate(&program, &scope)), super::show(result.clone()));
    assert!(unrecorded.trace().reads().is_empty());
    let trace = evaluation.trace();
    let found = match result {
        Ok(value) => super::print(&value),
        Err(Stop::Unknown(reads)) => {
            let paths: Vec<_> =
                reads.iter().map(|id| trace.path(trace.get(*id).unwrap())).collect();
            format!("unknown: {}", paths.join(", "))
        }
        Err(stop) => format!("{stop:?}"),
    };
    assert_eq!(found, expected, "{source}");
    let reads: Vec<_> = trace
        .reads()
        .iter()
        .filter_map(|read| {
            let value = match &read.found {
                Lookup::Value(value) if value.handle().is_some() => return None,
                Lookup::Value(value) => super::print(value),
                Lookup::Absent => "absent".into(),
                Lookup::Unknown => "unknown".into(),
            };
            Some(format!("{} {value}", trace.path(read)))
        })
        .collect();
    assert_eq!(reads, read, "{source}");
}

#[test]
fn paths() {
    check("f.name == 'n'", "true", &["f.name \"n\""]);
    check("f['na' + 'me']", "\"n\"", &["f.name \"n\""]);
    check("f.items[1].id", "1", &["f.items[1].id 1"]);
    check("f.items[2].id == 0 || true", "true", &["f.items.size() 2"]);
    check("has(f.other)", "false", &["f.other absent"]);
    check("has(f['name'].x) || true", "true", &["f.name \"n\""]);
    check("size(f.items)", "2", &["f.items.size() 2"]);
    check("f.name == 'x' && f.secret", "false", &["f.name \"n\""]);
    check("1 in f", "false", &[]);
    check("'a-b' in f", "false", &["f[\"a-b\"] absent"]);
}

#[test]
fn unknown_attributes_are_named() {
    check("f.secret", "unknown: f.secret", &["f.secret unknown"]);
    check("f.secret.deeper == 1", "unknown: f.secret", &["f.secret unknown"]);
    check("f.secret || f.name == 'n'", "true", &["f.secret unknown", "f.name \"n\""]);
    check(
        "f.secret == 1 || f.items[0].size == 2",
        "unknown: f.secret, f.items[0].size",
        &["f.secret unknown", "f.items[0].size unknown"],
    );
    check(
        "f.items.exists(i, i.size > 5)",
        "true",
        &["f.items.size() 2", "f.items[0].size unknown", "f.items[1].size 10"],
    );
    check(
        "f.items.all(i, i.size > 5)",
        "unknown: f.items[0].size",
        &["f.items.size() 2", "f.items[0].size unknown", "f.items[1].size 10"],
    );
    // A path survives what an expression does with the value on its way.
    check(
        "f.items.filter(i, i.id == 1)[0].size",
        "10",
        &["f.items.size() 2", "f.items[0].id 0", "f.items[1].id 1", "f.items[1].size 10"],
    );
}

#[test]
fn facts_are_compared_as_values() {
    check(
        "f.items[1] == {'id': 1, 'size': 10}",
        "true",
        &["f.items[1].size() 2", "f.items[1].id 1", "f.items[1].size 10"],
    );
    check(
        "f.items[0] == {'id': 7, 'size': 1}",
        "false",
        &["f.items[0].size() 2", "f.items[0].id 0"],
    );
    check("f.map(key, key)", "[\"name\", \"secret\", \"items\"]", &["f.size() 3"]);
}

#[test]
fn the_clock() {
    let holds = |source: &str| {
        let program = Program::parse(source).unwrap();
        let mut scope = Scope::default();
        scope.set("now", Value::Timestamp(Instant::now("2026-01-01T00:00:00Z".parse().unwrap())));
        let mut evaluation = Evaluation::default();
        let result = evaluation.condition(&program, &scope).unwrap();
        let held = evaluation
            .trace()
            .clock()
            .iter()
            .map(|comparison| comparison.holds_for.map_or(-1, |time| time.as_secs()));
        (result, held.collect::<Vec<_>>())
    };
    assert_eq!(holds("now < timestamp('2026-01-01T01:00:00Z')"), (true, vec![3600]));
    assert_eq!(holds("now > timestamp('2026-01-01T01:00:00Z')"), (false, vec![3600]));
    assert_eq!(holds("now == timestamp('2026-01-01T01:00:00Z')"), (false, vec![3600]));
    assert_eq!(holds("now < timestamp('2025-01-01T00:00:00Z')"), (false, vec![-1]));
    assert_eq!(holds("now == timestamp('2026-01-01T00:00:00Z')"), (true, vec![0]));
    assert_eq!(
        holds("timestamp('2026-01-01T01:00:00Z') - now < duration('30m')"),
        (false, vec![1800])
    );
    assert_eq!(holds("now + duration('1h') - now == duration('1h')"), (true, vec![]));
    assert_eq!(holds("string(now) != ''"), (true, vec![0]));
    assert_eq!(holds("timestamp(1) < timestamp(2)"), (true, vec![]));
}

#[test]
fn a_rest_may_be_empty_or_long() {
    let some = |source: &str, expected: &str| {
        let program = Program::parse(source).unwrap();
        let mut scope = Scope::default();
        scope.set("f", Value::Map(Map::Source(Handle::new(&Facts, Node(0)))));
        let mut evaluation = Evaluation::default();
        let result = match evaluation.evaluate(&program, &scope) {
            Ok(value) => super::print(&value),
            Err(Stop::Unknown(_)) => "unknown".to_owned(),
            Err(stop) => format!("{stop:?}"),
        };
        assert_eq!(result, expected, "{source}");
    };
    for source in [
        "f.some.size() == 2",
        "size(f.none) == 0",
        "f.none.size() > 0",
        "f.none == []",
        "f.some == ['a', 'b']",
        "f.none.exists(one, true)",
        "f.none.all(one, false)",
        "f.none.exists_one(one, true)",
        "f.some.map(one, 1).size() == 2",
        "f.none.filter(one, true).size() == 1",
        "f.none.transformList(i, one, i) == [0]",
        "f.some[?2].hasValue()",
        "f.some[1] == 'b'",
        "f.some.slice(0, 3).size() == 3",
        "optional.ofNonZeroValue(f.none).hasValue()",
        "'b' in f.some",
    ] {
        some(source, "unknown");
    }
    for source in [
        "f.some.exists(one, true)",
        "f.some.exists(one, one == 'a')",
        "'a' in f.some",
        "!f.some.all(one, one == 'b')",
        "f.some.filter(one, false).size() == 0",
        "f.some[0] == 'a'",
        "f.some.slice(0, 1) == ['a']",
    ] {
        some(source, "true");
    }
    // Whoever asks is told of what list nobody knows how long it is.
    check("size(f.none) == 0", "unknown: f.none.size()", &["f.none.size() unknown"]);
}
