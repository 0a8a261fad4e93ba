//! Fuzz targets of `cel` and `policy`.

use crate::Target;
use cofferdam_cel::{Evaluation, Instant, Key, Map, Program, Scope, Value};
use cofferdam_policy::{Bundle, PolicyFile};

pub(crate) const TARGETS: &[Target] =
    &[("cel_parse", cel_parse), ("cel_eval", cel_eval), ("policy_yaml", policy_yaml)];

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

/// Any expression ends within its steps, and gives the same twice.
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
    scope.set("now", Value::Timestamp(Instant::now(jiff::Timestamp::UNIX_EPOCH)));
    scope.set_unknown("u");
    let run = || {
        let mut evaluation = Evaluation::new(STEPS);
        let result = evaluation.evaluate(&program, &scope);
        format!("{result:?} {:?}", evaluation.trace())
    };
    assert_eq!(run(), run());
}

/// Any text is a bundle or errors with places.
fn policy_yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = PolicyFile { place: "fuzz.yaml".into(), text: text.into() };
    if let Err(errors) = Bundle::with(&[file]) {
        assert!(errors.iter().all(|error| error.place.is_some()), "{errors:?}");
    }
}
