//! One thing told is one line, and says nothing to a terminal.

use super::{Format, Level, line, on_panic, set_format, text};
use cofferdam_model::{Diagnostic, Exit};
use serde_json::{Value, json};
use std::process::Command;

fn error(what: &str) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, what)
}

#[track_caller]
fn check(level: Level, diagnostic: &Diagnostic, expected: &Value) {
    let line = line(level, diagnostic, "2026-11-22T01:02:03.4567Z".parse().unwrap());
    let read: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read, *expected);
    let only = line.strip_suffix('\n').unwrap();
    assert!(!only.chars().any(char::is_control), "{line:?}");
}

#[test]
fn a_line_has_the_fields_that_are_documented() {
    let time = "2026-11-22T01:02:03.456Z";
    check(
        Level::Info,
        &error("begun"),
        &json!({"time": time, "level": "info", "message": "begun"}),
    );
    let whole = error("cannot open the store").at("postgres://db").because("no").remedy("wait");
    check(
        Level::Error,
        &whole,
        &json!({
            "time": time, "level": "error", "message": "cannot open the store",
            "at": "postgres://db", "because": "no", "remedy": "wait",
        }),
    );
}

#[test]
fn a_hostile_name_stays_in_its_line() {
    let name =
        "a\r\n{\"level\":\"error\"}\u{1b}[2J\u{7f}\u{85}\u{9b}2J\u{2028}\u{202e}b \u{1f980} \"";
    let hostile = error("not in force").at(name).because(name);
    let time = "2026-11-22T01:02:03.456Z";
    check(
        Level::Warn,
        &hostile,
        &json!({"time": time, "level": "warn", "message": "not in force", "at": name, "because": name}),
    );
    let line = line(Level::Warn, &hostile, "2026-11-22T01:02:03Z".parse().unwrap());
    assert!(!line.contains(['\u{2028}', '\u{202e}']) && line.contains('\u{1f980}'), "{line:?}");
}

#[test]
fn text_for_people_commands_no_terminal() {
    let hostile = error("a\u{1b}[2J").at("b\u{9b}2J").because("c\nd").remedy("e\u{202e}");
    let styled = text(Level::Warn, &hostile);
    let told = anstream::adapter::strip_str(&styled).to_string();
    let expected = "warning: a\\u{1b}[2J\n  at b\\u{9b}2J\n  because c\nd\n\nhint: e\\u{202e}\n";
    assert_eq!(told, expected);
}

/// In a process of its own: this one has a hook already.
#[test]
fn a_bug_is_one_line_too() {
    const INNER: &str = "COFFERDAM_TEST_BUG";
    if std::env::var_os(INNER).is_some() {
        set_format(Format::Json);
        on_panic();
        panic!("a\nb");
    }
    let mut inner = Command::new(std::env::current_exe().unwrap());
    inner.args(["--exact", "diagnostics::tests::a_bug_is_one_line_too", "--nocapture"]);
    let told = inner.env(INNER, "1").output().unwrap();
    let line: Value = serde_json::from_slice(&told.stderr).unwrap();
    let message = line["message"].as_str().unwrap();
    assert!(message.starts_with("bug: ") && message.ends_with(" a\nb"), "{line}");
    assert_eq!(line["level"], "error");
    assert!(line["at"].as_str().unwrap().contains("tests.rs:"), "{line}");
}
