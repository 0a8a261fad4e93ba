//! Tests of JSON.

use crate::{Value, read};
use cofferdam_bounds::Meter;

/// The value under `a`.
fn check(text: &str, expected: Option<Value<'_>>) {
    let text = format!("{{\"a\":{text}}} {{}} {{}}");
    let source = read("test.json", text.as_str().into(), &Meter::default());
    let found = source.documents.first().and_then(|document| document.tree.root().get("a"));
    // What is no JSON is tried as YAML; only there can anything stand before the value.
    let direct = source.documents.len() == 3;
    assert_eq!(found.map(super::super::View::value).filter(|_| direct), expected, "{text}");
}

#[test]
fn numbers_are_what_is_written() {
    check("0", Some(Value::Int(0)));
    check("-0", Some(Value::Int(0)));
    check("9223372036854775807", Some(Value::Int(i64::MAX)));
    check("9223372036854775808", Some(Value::Float(9_223_372_036_854_775_808.0)));
    check("1.0", Some(Value::Float(1.0)));
    check("1e2", Some(Value::Float(100.0)));
    check("-1.5E-2", Some(Value::Float(-0.015)));
    for bad in ["01", "1.", ".5", "+1", "-", "1e", "1e+", "0x1", "1e999", "NaN", "- 1"] {
        check(bad, None);
    }
}

#[test]
fn strings_and_their_escapes() {
    check(r#""""#, Some(Value::String("")));
    check(r#""a\"\\\/\b\f\n\r\t""#, Some(Value::String("a\"\\/\u{8}\u{c}\n\r\t")));
    check(r#""\u00e4\ud83d\ude00""#, Some(Value::String("ä😀")));
    check(r#""\ud83d\u0041\ude00""#, Some(Value::String("\u{fffd}A\u{fffd}")));
    check(r#""\ud83d\ud83d\ude00""#, Some(Value::String("\u{fffd}😀")));
    for bad in [r#""\x41""#, r#""\u12""#, r#""\u+123""#, "\"\n\"", "'a'"] {
        check(bad, None);
    }
}

#[test]
fn words_lists_and_maps() {
    check("null", Some(Value::Null));
    check("true", Some(Value::Bool(true)));
    check(" [ 1 , [ ] , { } ] ", Some(Value::List));
    check("{\"b\":{}}", Some(Value::Map));
    for bad in ["[1,]", "[,1]", "[1 2]", "{\"b\"}", "{b:1}", "{\"b\":1,}", "True", "nul", "", "}"] {
        check(bad, None);
    }
}

#[test]
fn json_behind_json_that_breaks() {
    let source = read("a.json", "{\"a\":1}\n{\"b\":2}\n{\"c\":".into(), &Meter::default());
    assert_eq!(source.documents.len(), 2);
    assert_eq!(source.problems[0].detail, "line 3, column 6: expected a JSON value");
}
