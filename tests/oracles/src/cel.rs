//! The conformance suite of the Common Expression Language (the module `cel.dev/expr`): every case
//! of every file, except what `cel-other.txt` lists with its reason. A listed case that passes, or
//! that is not there, fails as well.

use crate::{
    files::module,
    textproto::{Field, Message},
};
use cofferdam_bounds::file;
use cofferdam_cel::{Evaluation, Instant, Key, List, Map, Program, Scope, Span, Stop, Type, Value};
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

const MODULE: &str = "cel.dev/expr@v0.25.3";

/// The cases that are not Kubernetes' language.
const OTHER: &str = "cel-other.txt";

/// Every case by its name, `file/section/case`; the second of one name is `…#2`.
fn cases() -> BTreeMap<String, Message> {
    let folder = module(MODULE).join("tests/simple/testdata");
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "textproto") {
            continue;
        }
        let message = Message::parse(&file::read_text(&path, 4 << 20).unwrap());
        let file = path.file_stem().unwrap().to_str().unwrap();
        for section in message.messages("section") {
            for test in section.messages("test") {
                let name = format!(
                    "{file}/{}/{}",
                    section.text("name").unwrap(),
                    test.text("name").unwrap()
                );
                let mut unique = name.clone();
                let mut count = 1;
                while cases.contains_key(&unique) {
                    count += 1;
                    unique = format!("{name}#{count}");
                }
                cases.insert(unique, test.clone());
            }
        }
    }
    assert!(cases.len() > 2_000, "only {} cases", cases.len());
    cases
}

/// Names of listed cases, with the reason of their group.
fn listed() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(OTHER);
    let text = file::read_text(&path, 1 << 20).unwrap();
    let mut listed = BTreeMap::new();
    let mut reason = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(text) = line.strip_prefix("# ") {
            reason = text.to_owned();
        } else {
            assert!(!reason.is_empty(), "{line} has no reason");
            assert!(listed.insert(line.to_owned(), reason.clone()).is_none(), "{line} twice");
        }
    }
    listed
}

#[test]
fn conformance() {
    let (cases, listed) = (cases(), listed());
    let mut wrong = String::new();
    for (name, case) in &cases {
        match (judge(case), listed.get(name)) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(_)) => {
                let _ = writeln!(wrong, "{name}: listed in {OTHER}, yet it passes");
            }
            (Err(why), None) => {
                let expression = case.text("expr").unwrap_or_default();
                let _ = writeln!(wrong, "{name}: {expression}: {why}");
            }
        }
    }
    for name in listed.keys().filter(|name| !cases.contains_key(*name)) {
        let _ = writeln!(wrong, "{name}: listed in {OTHER}, but there is no such case");
    }
    println!("{} of {} cases are Kubernetes' language", cases.len() - listed.len(), cases.len());
    assert!(wrong.is_empty(), "{} wrong:\n{wrong}", wrong.lines().count());
}

/// Whether a case gives what it must.
fn judge(case: &Message) -> Result<(), String> {
    let is_set = |name| case.get(name) == Some(&Field::Word("true".into()));
    if is_set("check_only") {
        return Err("asks for a type, not for a value".into());
    }
    if is_set("disable_macros") {
        return Err("has no macros".into());
    }
    let fails = case.get("eval_error").is_some() || case.get("any_eval_errors").is_some();
    let unknown = case.get("unknown").is_some() || case.get("any_unknowns").is_some();
    let program = match Program::parse(&case.text("expr").unwrap_or_default()) {
        Ok(program) => program,
        Err(_) if fails => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let mut scope = Scope::default();
    for binding in case.messages("bindings") {
        let key = binding.text("key").unwrap();
        let bound = binding.message("value").unwrap();
        match bound.message("value") {
            Some(value) => scope.set(key, value_of(value)?),
            None => scope.set_unknown(key),
        }
    }
    let found = Evaluation::default().evaluate(&program, &scope);
    let expected = match (case.message("value"), case.message("typed_result")) {
        (Some(value), _) => value_of(value)?,
        (None, Some(typed)) => value_of(typed.message("result").unwrap())?,
        (None, None) => Value::Bool(true),
    };
    match found {
        Err(Stop::Error(_)) if fails => Ok(()),
        Err(Stop::Unknown(_)) if unknown => Ok(()),
        Err(Stop::Error(error)) => Err(error.to_string()),
        Err(stop) => Err(format!("{stop:?}")),
        Ok(value) if !fails && !unknown && same(&value, &expected) => Ok(()),
        Ok(value) => Err(format!("{value:?}, expected {expected:?}")),
    }
}

/// The value that a message of type `cel.expr.Value` is.
fn value_of(message: &Message) -> Result<Value<'static>, String> {
    let (kind, field) = message.0.first().ok_or("an empty value")?;
    let word = || match field {
        Field::Word(word) => word.as_str(),
        other => panic!("{kind} is {other:?}"),
    };
    Ok(match (kind.as_str(), field) {
        ("null_value", _) => Value::Null,
        ("bool_value", _) => Value::Bool(word() == "true"),
        ("int64_value", _) => Value::Int(word().parse().unwrap()),
        ("uint64_value", _) => Value::Uint(word().parse().unwrap()),
        ("double_value", _) => Value::Double(word().parse().unwrap()),
        ("string_value", _) => Value::from(message.text(kind).unwrap()),
        ("bytes_value", Field::Text(octets)) => Value::Bytes(octets.clone().into()),
        ("list_value", Field::Message(list)) => {
            Value::list(list.messages("values").map(value_of).collect::<Result<Vec<_>, _>>()?)
        }
        ("map_value", Field::Message(map)) => {
            let entry = |entry: &Message| {
                let key = value_of(entry.message("key").unwrap())?;
                Ok((Key::of(&key).unwrap(), value_of(entry.message("value").unwrap())?))
            };
            let entries = map.messages("entries").map(entry).collect::<Result<Vec<_>, String>>()?;
            Value::Map(Map::from_entries(entries).unwrap())
        }
        ("type_value", _) => {
            let name = message.text(kind).unwrap();
            let found = Type::ALL.into_iter().find(|kind| kind.as_str() == name);
            Value::Type(found.ok_or_else(|| format!("no type {name}"))?)
        }
        ("object_value", Field::Message(object)) => object_of(object)?,
        _ => return Err(format!("a value of kind {kind}")),
    })
}

/// The times among the messages; there are no others in Kubernetes.
fn object_of(object: &Message) -> Result<Value<'static>, String> {
    let (kind, Field::Message(fields)) = object.0.first().ok_or("an empty object")? else {
        return Err("an object".into());
    };
    let number = |name| match fields.get(name) {
        Some(Field::Word(word)) => word.parse::<i64>().unwrap(),
        _ => 0,
    };
    let (seconds, nanos) = (number("seconds"), i32::try_from(number("nanos")).unwrap());
    match kind.as_str() {
        "[type.googleapis.com/google.protobuf.Timestamp]" => {
            Ok(Value::Timestamp(Instant::fixed(jiff::Timestamp::new(seconds, nanos).unwrap())))
        }
        "[type.googleapis.com/google.protobuf.Duration]" => {
            Ok(Value::Duration(Span::fixed(jiff::SignedDuration::new(seconds, nanos))))
        }
        other => Err(format!("a message {other}")),
    }
}

/// Whether two values are the same, types and all.
#[expect(clippy::float_cmp, reason = "a case says exactly what must come out")]
fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Uint(a), Value::Uint(b)) => a == b,
        (Value::Double(a), Value::Double(b)) => a == b || a.is_nan() && b.is_nan(),
        (Value::String(a), Value::String(b)) => **a == **b,
        (Value::Bytes(a), Value::Bytes(b)) => **a == **b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::List(List::Values(a)), Value::List(List::Values(b))) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(Map::Entries(a)), Value::Map(Map::Entries(b))) => {
            let pairs = a.iter().zip(b.iter());
            a.len() == b.len()
                && pairs
                    .into_iter()
                    .all(|((ak, av), (bk, bv))| same(&ak.value(), &bk.value()) && same(av, bv))
        }
        (Value::Optional(Some(a)), b) => same(a, b),
        _ => false,
    }
}
