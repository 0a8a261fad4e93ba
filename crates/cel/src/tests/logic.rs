//! Three-valued logic: what decides decides, whatever cannot be known or fails beside it.

use super::check;

#[test]
fn and_or_not() {
    check(&[
        ("true && true", "true"),
        ("true && false", "false"),
        ("false || true", "true"),
        ("false || false", "false"),
        ("!true", "false"),
        ("!!true", "true"),
        ("true || false && false", "true"),
        ("true && 1", "error: && does not take int"),
        ("1 || true", "true"),
        ("'a' && false", "false"),
        ("1 || false", "error"),
        ("!1", "error: ! does not take int"),
    ]);
}

#[test]
fn errors_are_absorbed() {
    check(&[
        ("e || true", "true"),
        ("true || e", "true"),
        ("e && false", "false"),
        ("false && e", "false"),
        ("e || false", "error: division by zero"),
        ("e && true", "error: division by zero"),
        ("e || e || true", "true"),
        ("1 / 0 > 1 || 2 > 1", "true"),
        ("{}.missing || true", "true"),
        ("missing || true", "true"),
        ("missing()  || true", "true"),
    ]);
}

#[test]
fn unknown_is_absorbed() {
    check(&[
        ("u", "unknown"),
        ("u || true", "true"),
        ("true || u", "true"),
        ("u && false", "false"),
        ("false && u", "false"),
        ("u || false", "unknown"),
        ("u && true", "unknown"),
        ("u || u", "unknown"),
        ("!u", "unknown"),
        ("u == u", "unknown"),
        ("u.field", "unknown"),
        ("u['field']", "unknown"),
        ("u.f(1) == 2", "error: there is no function f()"),
        ("u.size() > 2", "unknown"),
        ("has(u.field)", "unknown"),
        ("u + 1", "unknown"),
        ("[u].size()", "unknown"),
        ("{'a': u}.a", "unknown"),
        ("u in [1]", "unknown"),
        ("string(u)", "unknown"),
    ]);
}

#[test]
fn unknown_beats_error() {
    check(&[
        ("u || e", "unknown"),
        ("e || u", "unknown"),
        ("u && e", "unknown"),
        ("u + e", "unknown"),
        ("e + u", "unknown"),
        ("[e, u]", "unknown"),
        ("u || e || true", "true"),
        ("e && u && false", "false"),
    ]);
}

#[test]
fn conditional() {
    check(&[
        ("true ? 1 : 2", "1"),
        ("false ? 1 : 2", "2"),
        ("true ? 1 : e", "1"),
        ("false ? u : 2", "2"),
        ("u ? 1 : 1", "unknown"),
        ("e ? 1 : 1", "error: division by zero"),
        ("1 ? 2 : 3", "error: ? : does not take int"),
        ("true ? false ? 1 : 2 : 3", "syntax"),
        ("false ? 1 : true ? 2 : 3", "2"),
        ("true ? 'a' : 1", "\"a\""),
    ]);
}

#[test]
fn quantifiers() {
    check(&[
        ("[1, 2, 3].all(x, x > 0)", "true"),
        ("[1, 2, 3].all(x, x > 1)", "false"),
        ("[].all(x, x > 1)", "true"),
        ("[1, 2, 3].exists(x, x > 2)", "true"),
        ("[].exists(x, true)", "false"),
        ("[1, 2, 3].exists_one(x, x > 2)", "true"),
        ("[1, 2, 3].exists_one(x, x > 1)", "false"),
        ("[].exists_one(x, true)", "false"),
        ("{'a': 1, 'b': 2}.all(k, k in ['a', 'b'])", "true"),
        ("{'a': 1, 'b': 2}.exists(k, k == 'b')", "true"),
        // One element decides; the failing ones do not matter then.
        ("[0, 2].exists(x, 4 / x == 2)", "true"),
        ("[0, 2].all(x, 4 / x == 3)", "false"),
        ("[0, 2].all(x, 4 / x == 2)", "error: division by zero"),
        ("[0, 2].exists(x, 4 / x == 3)", "error: division by zero"),
        ("[1, 2].exists(x, x == 2 || u)", "true"),
        ("[1, 2].exists(x, x == 3 || u)", "unknown"),
        ("[1, 2].all(x, x == 1 && u)", "false"),
        ("[1, 2].all(x, x > 0 && u)", "unknown"),
        // Not so for exactly one: every element counts.
        ("[0, 2].exists_one(x, 4 / x == 2)", "error: division by zero"),
        ("[1, 2].exists_one(x, x == 2 || u)", "unknown"),
        ("u.all(x, true)", "unknown"),
        ("e.all(x, true)", "error: division by zero"),
        ("1.all(x, true)", "error: iteration does not take int"),
        ("[1].all(x, 1)", "error: the condition does not take int"),
    ]);
}

#[test]
fn filter_and_map() {
    check(&[
        ("[1, 2, 3].filter(x, x > 1)", "[2, 3]"),
        ("[1, 2].map(x, x * 2)", "[2, 4]"),
        ("[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"),
        ("{'a': 1}.map(k, k + 'b')", "[\"ab\"]"),
        ("[[1, 2], [3]].map(x, x.map(y, y + size(x)))", "[[3, 4], [4]]"),
        ("[1, 2].map(x, [3].map(x, x))", "[[3], [3]]"),
        ("[1, 2].filter(x, [1].exists(y, y == x))", "[1]"),
        ("[0].map(x, 1 / x)", "error: division by zero"),
        ("[1, 2].filter(x, u)", "unknown"),
        ("[1, 2].map(x, u)", "unknown"),
        ("[1].map(x, x).map(y, y)", "[1]"),
        ("[1].map(x, .x)", "error: there is no variable \"x\""),
    ]);
}

#[test]
fn membership_with_unknowns() {
    check(&[
        ("1 in [1, 2]", "true"),
        ("3 in [1, 2]", "false"),
        ("1.0 in [1]", "true"),
        ("'1' in [1]", "false"),
        ("'a' in {'a': 1}", "true"),
        ("2.0 in {2: 1}", "true"),
        ("1 in 1", "error: in does not take int and int"),
        ("[1] in [[1]]", "true"),
    ]);
}
