//! What an expression looks like, and what is said of one that looks wrong.

use super::check;
use crate::{Program, limits::DEPTH_MAX};

#[test]
fn literals() {
    check(&[
        ("\"a'b\"", "\"a'b\""),
        ("'a\"b'", "\"a\\\"b\""),
        ("'''a\n'b'''", "\"a\\n'b\""),
        ("\"\"\"a\"b\"\"\"", "\"a\\\"b\""),
        ("'\\n\\t\\\\'", "\"\\n\\t\\\\\""),
        ("'\\x41\\u0042\\U00000043\\104'", "\"ABCD\""),
        ("'\\ud800'", "syntax: line 1, column 2: this is not a Unicode code point"),
        ("r'\\n'", "\"\\\\n\""),
        ("R\"\\d+\"", "\"\\\\d+\""),
        ("b'\\xff\\101'", "b\"\\xffA\""),
        ("b'ä'", "b\"\\xc3\\xa4\""),
        ("br'\\n'", "b\"\\\\n\""),
        ("b'\\u0041'", "syntax: line 1, column 3: \\u and \\U are not allowed in bytes"),
        ("'\\q'", "syntax: line 1, column 2: this escape is not in the language"),
        ("'abc", "syntax: line 1, column 1: this string never ends: expected '"),
        ("'a\nb'", "syntax: line 1, column 1: this string ends at the end of its line"),
        ("9223372036854775808", "syntax: line 1, column 1: this integer does not fit"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1a", "syntax: line 1, column 1: a number is not followed by letters"),
        ("1.size", "error: there is no \"size\" here"),
        ("0x", "syntax: line 1, column 1: this integer does not fit"),
    ]);
}

#[test]
fn grammar() {
    check(&[
        ("1 // one\n + // two\n 2", "3"),
        ("", "syntax: line 1, column 1: expected an expression, found the end"),
        ("1 +", "syntax: line 1, column 4: expected an expression, found the end"),
        ("(1", "syntax: line 1, column 3: expected \")\", found the end"),
        ("[1 2]", "syntax: line 1, column 4: expected \",\" or \"]\", found 2"),
        ("1 2", "syntax: line 1, column 3: expected an operator or the end, found 2"),
        (
            "a = 1",
            "syntax: line 1, column 3: '=' is not part of the language; to compare, write ==",
        ),
        (
            "a & b",
            "syntax: line 1, column 3: '&' is not part of the language; for \"and\", write &&",
        ),
        ("true ?\n 1", "syntax: line 2, column 3: expected \":\", found the end"),
        ("for", "syntax: line 1, column 1: \"for\" is a reserved word"),
        ("{'for': 1}.for", "1"),
        ("{'in': 1}.in", "syntax: line 1, column 11: expected the name of a field"),
        ("a.b{c: 1}", "syntax: line 1, column 4: protocol buffer messages cannot be made"),
        ("has(a)", "syntax: line 1, column 1: has() takes one field"),
        ("has(a.b, c)", "syntax: line 1, column 1: has() takes one field"),
        ("[1].all(1, true)", "syntax: line 1, column 9: expected the name of a variable"),
        ("[1].all(x)", "syntax: line 1, column 10: expected \",\", found \")\""),
        ("!-1", "error: ! does not take int"),
        ("-!true", "syntax: line 1, column 2: ! and - are not mixed"),
        ("'ä' + ?", "syntax: line 1, column 7: expected an expression, found \"?\""),
        ("1 < 2 == true", "true"),
        ("2 - 1 in [1]", "true"),
    ]);
}

#[test]
fn depth_is_bounded() {
    let depth = |count: usize| {
        let source = format!("{}1{}", "(".repeat(count), ")".repeat(count));
        Program::parse(&source).is_ok()
    };
    assert!(depth(DEPTH_MAX - 1));
    assert!(!depth(DEPTH_MAX + 1));
    assert!(!depth(30_000));
    for long in [
        format!("1{}", " + 1".repeat(10_000)),
        format!("a{}", ".b".repeat(10_000)),
        format!("a{}", "[0]".repeat(10_000)),
        format!("{}true", "!".repeat(10_000)),
        format!("{}1", "true ? 1 : ".repeat(5_000)),
    ] {
        let error = Program::parse(&long).unwrap_err();
        assert!(error.message.contains("nested at most"), "{error}");
    }
    // Chains of && and || are flat, however long.
    assert!(Program::parse(&format!("true{}", " && true".repeat(5_000))).is_ok());
    let long = "1".repeat(100_000);
    assert!(Program::parse(&long).unwrap_err().message.contains("at most 65536 bytes"));
}

#[test]
fn names_are_checked() {
    let errors = |source: &str| {
        let program = Program::parse(source).unwrap();
        let errors = program.check(&["image", "now"]);
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(errors("image.a == int && now < timestamp(1)"), "");
    assert_eq!(errors("image.a.all(x, x == image.b)"), "");
    assert_eq!(
        errors("imge.a\n  || x"),
        "line 1, column 1: there is no variable \"imge\" here, did you mean \"image\"?; there are \
         image, now\nline 2, column 6: there is no variable \"x\" here; there are image, now"
    );
    assert_eq!(
        errors("image.a.startWith('b')"),
        "line 1, column 1: there is no function startWith(), did you mean \"startsWith\"?"
    );
    assert_eq!(
        errors("image.a.startsWith('b', 'c')"),
        "line 1, column 1: startsWith() is used as text.startsWith(start)"
    );
    assert_eq!(
        errors("image.a.matches('(')"),
        "line 1, column 1: this is not a regular expression: unclosed group"
    );
}

#[test]
fn members() {
    let program = Program::parse("variables.a && has(variables.b.c) || other.d").unwrap();
    assert_eq!(program.members_of("variables"), ["a", "b"]);
    assert!(program.reads("other") && !program.reads("a"));
}
