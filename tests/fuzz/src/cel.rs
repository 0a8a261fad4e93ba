//! Fuzz targets of `cel`.

use crate::Target;
use cofferdam_cel::{
    Access, Authorizer, Evaluation, Handle, Instant, Key, List, Lookup, Map, Node, Program,
    Question, Scope, Source, Stop, Value,
};

pub(crate) const TARGETS: &[Target] = &[("cel_parse", cel_parse), ("cel_eval", cel_eval)];

/// Any text is an expression or an error with a place inside it.
fn cel_parse(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else { return };
    match Program::parse(source) {
        Ok(program) => {
            program.check(&["image", "now"]);
            program.members_of("variables");
        }
        Err(error) => assert!(error.place.start <= source.len(), "{error:?}"),
    }
}

/// Facts without end: every map has every member, and some are unknown.
struct Facts;

impl Source for Facts {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        match key.as_bytes().first().unwrap_or(&0) % 6 {
            0 => Lookup::Absent,
            1 => Lookup::Unknown,
            2 => Lookup::Value(Value::from("text")),
            3 => self.element(node, 3),
            4 => Lookup::Value(Value::Bool(true)),
            _ => Lookup::Value(Value::List(List::Source(Handle::new(self, node)))),
        }
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        match index % 3 {
            0 => Lookup::Value(Value::Map(Map::Source(Handle::new(self, node)))),
            1 => Lookup::Unknown,
            _ => Lookup::Value(Value::Int(7)),
        }
    }

    fn length(&self, _: Node) -> usize {
        3
    }

    fn key(&self, _: Node, position: usize) -> Option<&str> {
        ["a", "b", "c"].get(position).copied()
    }
}

impl Authorizer for Facts {
    fn check(&self, question: &Question<'_>) -> Access {
        match question.verb.len() % 4 {
            0 => Access::Unknown,
            1 => Access::Denied(question.to_string()),
            2 => Access::Failed(String::new()),
            _ => Access::Allowed(question.to_string()),
        }
    }
}

/// Any expression ends within its steps, gives the same twice, and the same without a record; what
/// decided it is a part of it.
fn cel_eval(bytes: &[u8]) {
    const STEPS: u64 = 50_000;
    let Some(program) =
        std::str::from_utf8(bytes).ok().and_then(|source| Program::parse(source).ok())
    else {
        return;
    };
    let mut scope = Scope::default();
    let list = Value::list([Value::Int(1), Value::from("a"), Value::Null, Value::Double(0.5)]);
    let entries = vec![(Key::String("b".into()), list.clone()), (Key::Int(1), Value::Bool(true))];
    scope.set("l", list);
    scope.set("m", Map::from_entries(entries).map_or(Value::Null, Value::Map));
    scope.set("s", Value::from("text"));
    scope.set("f", Value::Map(Map::Source(Handle::new(&Facts, Node(0)))));
    scope.set("authorizer", Value::authorizer(&Facts));
    scope.set("now", Value::Timestamp(Instant::now(jiff::Timestamp::UNIX_EPOCH)));
    scope.set_unknown("u");
    let run = |recorded: bool| {
        let mut evaluation =
            if recorded { Evaluation::new(STEPS) } else { Evaluation::unrecorded(STEPS) };
        let result = evaluation.evaluate(&program, &scope);
        (kind(&result), format!("{result:?} {:?}", evaluation.trace()))
    };
    let recorded = run(true);
    assert_eq!(recorded, run(true));
    assert_eq!(recorded.0, run(false).0);
    let clause = Evaluation::new(STEPS).clause(&program, &scope);
    assert!(program.source().get(clause.place.start..clause.place.end) == Some(clause.text));
}

/// A result without what only a record knows.
fn kind(result: &Result<Value<'_>, Stop>) -> String {
    match result {
        Ok(value) if value.handle().is_some() => "facts".to_owned(),
        Ok(Value::List(_) | Value::Map(_) | Value::Optional(_)) => "made of others".to_owned(),
        Ok(value) => format!("{value:?}"),
        Err(Stop::Unknown(_)) => "unknown".to_owned(),
        Err(stop) => format!("{stop:?}"),
    }
}
