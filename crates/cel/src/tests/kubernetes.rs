//! What Kubernetes makes of expressions: `corpus/kubernetes/*.cel`, whose results were written by
//! the program in `tests/oracles/kubernetes-cel` (k8s.io/apiserver 0.37.2, cel-go 0.29.2), in the
//! environment that the API server has.

use crate::{
    Access, Authorizer, Evaluation, Key, List, Map, Program, Question, Scope, Target, Value,
};
use std::fmt::Write as _;

const FILES: [(&str, &str); 12] = [
    ("authorizer", include_str!("../../corpus/kubernetes/authorizer.cel")),
    ("format", include_str!("../../corpus/kubernetes/format.cel")),
    ("language", include_str!("../../corpus/kubernetes/language.cel")),
    ("lists", include_str!("../../corpus/kubernetes/lists.cel")),
    ("macros", include_str!("../../corpus/kubernetes/macros.cel")),
    ("named_formats", include_str!("../../corpus/kubernetes/named_formats.cel")),
    ("network", include_str!("../../corpus/kubernetes/network.cel")),
    ("quantity", include_str!("../../corpus/kubernetes/quantity.cel")),
    ("regex", include_str!("../../corpus/kubernetes/regex.cel")),
    ("semver", include_str!("../../corpus/kubernetes/semver.cel")),
    ("strings", include_str!("../../corpus/kubernetes/strings.cel")),
    ("url", include_str!("../../corpus/kubernetes/url.cel")),
];

/// Who may do what in the small cluster of the oracle.
struct Rules;

impl Authorizer for Rules {
    fn check(&self, question: &Question<'_>) -> Access {
        let user = question.service_account.map_or("alice".to_owned(), |(namespace, name)| {
            format!("system:serviceaccount:{namespace}:{name}")
        });
        let target = match &question.target {
            Target::Path(path) => (*path).to_owned(),
            Target::Resource(at) => format!(
                "{}/{}/{} {}/{}",
                at.group, at.resource, at.subresource, at.namespace, at.name
            ),
        };
        let question = format!("{user} {} {target}", question.verb);
        if question.contains("broken") {
            Access::Failed(format!("no answer to {question}"))
        } else if question.contains(" get ") {
            Access::Allowed(format!("allowed: {question}"))
        } else {
            Access::Denied(format!("denied: {question}"))
        }
    }
}

fn map<'a>(entries: Vec<(&'a str, Value<'a>)>) -> Value<'a> {
    let entry = |(key, value): (&'a str, Value<'a>)| (Key::String(key.into()), value);
    Value::Map(Map::from_entries(entries.into_iter().map(entry).collect()).unwrap())
}

/// The object that the oracle gives as well.
fn object<'a>() -> Value<'a> {
    let text = |text: &'a str| Value::from(text);
    let container = |name, image, more: &[(&'a str, Value<'a>)]| {
        let known = vec![("name", text(name)), ("image", text(image))];
        map(known.into_iter().chain(more.iter().cloned()).collect())
    };
    map(vec![
        ("name", text("web")),
        ("replicas", Value::Int(3)),
        ("ratio", Value::Double(0.5)),
        ("paused", Value::Bool(false)),
        ("nothing", Value::Null),
        ("labels", map(vec![("app", text("shop")), ("tier", text("front"))])),
        ("ports", Value::list(vec![Value::Int(80), Value::Int(443)])),
        (
            "containers",
            Value::list(vec![
                container("web", "shop/web:1.2", &[]),
                container("log", "shop/log", &[("privileged", Value::Bool(true))]),
            ]),
        ),
    ])
}

/// A text as JSON writes it.
fn quote(text: &str) -> String {
    let mut out = "\"".to_owned();
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out + "\""
}

/// A value as the oracle writes it.
fn show(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => format!("{value}u"),
        Value::Double(value) => {
            let program = Program::parse("string(value)").unwrap();
            let mut scope = Scope::default();
            scope.set("value", Value::Double(*value));
            let mut evaluation = Evaluation::default();
            let text = evaluation.evaluate(&program, &scope).unwrap();
            format!("double {}", text.as_str().unwrap())
        }
        Value::String(text) => quote(text),
        Value::Bytes(bytes) => {
            bytes.iter().fold("bytes ".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        }
        Value::List(List::Values(values)) => {
            format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Value::Map(Map::Entries(entries)) => {
            let mut entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", show(&key.value()), show(value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Timestamp(instant) => format!("timestamp {instant}"),
        Value::Duration(span) => format!("duration {}ns", span.length.as_nanos()),
        Value::Type(kind) => format!("type {}", kind.as_str()),
        Value::Optional(None) => "optional.none()".into(),
        Value::Optional(Some(value)) => format!("optional.of({})", show(value)),
        Value::Opaque(value) => {
            let kind = value.kind().as_str();
            match kind.rsplit('.').next().unwrap() {
                "NamedFormat" => format!("format {value}"),
                name @ ("Quantity" | "Semver" | "URL" | "IP" | "CIDR") => {
                    format!("{} {value}", name.to_lowercase())
                }
                _ => format!("value of type {kind}"),
            }
        }
        Value::List(_) | Value::Map(_) => "facts".into(),
    }
}

/// What an expression gives; every error is `!`.
fn outcome(source: &str) -> String {
    let program = match Program::parse(source) {
        Ok(program) => program,
        Err(error) => return format!("! {error}"),
    };
    let mut scope = Scope::default();
    scope.set("object", object());
    scope.set("authorizer", Value::authorizer(&Rules));
    let recorded = Evaluation::default().evaluate(&program, &scope);
    let unrecorded = Evaluation::unrecorded(2_000_000).evaluate(&program, &scope);
    let text = |evaluated: crate::Evaluated<'_>| match evaluated {
        Ok(value) => format!("= {}", show(&value)),
        Err(stop) => format!("! {stop:?}"),
    };
    let (recorded, unrecorded) = (text(recorded), text(unrecorded));
    assert_eq!(recorded, unrecorded, "{source}");
    recorded
}

/// The expressions of a file, each with what Kubernetes makes of it.
fn rows(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let lines: Vec<&str> = lines.collect();
    lines.chunks(2).map(|row| (row[0], row[1])).collect()
}

/// What only a type checker refuses is refused by Kubernetes' and has a value without it.
#[test]
fn types_are_for_the_checker() {
    for (source, expected) in rows(include_str!("../../corpus/kubernetes/types.cel")) {
        assert!(expected.starts_with("! compile"), "{source} {expected}");
        assert!(outcome(source).starts_with('='), "{source} {}", outcome(source));
    }
}

/// Where we differ on purpose, we still do.
#[test]
fn differences_are_there() {
    for (source, expected) in rows(include_str!("../../corpus/kubernetes/differences.cel")) {
        assert_ne!(outcome(source), expected, "{source}");
    }
}

#[test]
fn everything_is_as_in_kubernetes() {
    let mut count = 0;
    let mut wrong = String::new();
    for (name, text) in FILES {
        for (source, expected) in rows(text) {
            let found = outcome(source);
            count += 1;
            let fits =
                if expected.starts_with('!') { found.starts_with('!') } else { found == expected };
            if !fits {
                let _ =
                    writeln!(wrong, "{name}: {source}\n expected {expected}\n found    {found}");
            }
        }
    }
    assert!(count >= 400, "only {count} expressions");
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{wrong}",
        wrong.matches(" expected ").count()
    );
}
