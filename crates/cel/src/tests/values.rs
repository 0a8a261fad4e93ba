//! Arithmetic, comparison, conversion, strings, lists, maps, times.

use super::check;

#[test]
fn integers() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("7 % 2", "1"),
        ("-7 % 2", "-1"),
        ("5 - 3 - 1", "1"),
        ("--1", "1"),
        ("-(-9223372036854775808)", "error: the result of - is out of range"),
        ("9223372036854775807 + 1", "error: the result of + is out of range"),
        ("-9223372036854775808 - 1", "error: the result of - is out of range"),
        ("-9223372036854775808 / -1", "error: the result of / is out of range"),
        ("9223372036854775807 * 2", "error: the result of * is out of range"),
        ("1 / 0", "error: division by zero"),
        ("1 % 0", "error: modulus by zero"),
        ("1u + 2u", "3u"),
        ("1u - 2u", "error: the result of - is out of range"),
        ("18446744073709551615u + 1u", "error: the result of + is out of range"),
        ("1 + 1u", "error: + does not take int and uint"),
        ("1 + 1.0", "error: + does not take int and double"),
        ("-1u", "error: - does not take uint"),
        ("0x1F", "31"),
        ("0xffu", "255u"),
    ]);
}

#[test]
fn doubles() {
    check(&[
        ("1.5 + 1.5", "3.0"),
        ("1.0 / 0.0", "inf"),
        ("-1.0 / 0.0", "-inf"),
        ("0.0 / 0.0 == 0.0 / 0.0", "false"),
        ("0.0 / 0.0 != 0.0 / 0.0", "true"),
        ("5.0 % 2.0", "error: % does not take double and double"),
        (".5", "0.5"),
        ("1e3", "1000.0"),
        ("1.5E-2", "0.015"),
        ("-0.0 == 0.0", "true"),
    ]);
}

#[test]
fn equality_across_types() {
    check(&[
        ("1 == 1.0", "true"),
        ("1u == 1", "true"),
        ("1 == '1'", "false"),
        ("null == null", "true"),
        ("null == 0", "false"),
        ("[1, 2] == [1.0, 2u]", "true"),
        ("[1] == [1, 2]", "false"),
        ("{'a': 1} == {'a': 1.0}", "true"),
        ("{'a': 1} == {'b': 1}", "false"),
        ("{1: 'a'} == {1u: 'a'}", "true"),
        ("b'a' == b'a'", "true"),
        ("b'a' == 'a'", "false"),
        ("type(1) == int", "true"),
        ("type(type(1)) == type", "true"),
        ("type(null) == null_type", "true"),
        ("google.protobuf.Duration == type(duration('1s'))", "true"),
        ("[1] != [2]", "true"),
        ("dyn(1) == 1u", "true"),
    ]);
}

#[test]
fn order() {
    check(&[
        ("1 < 2", "true"),
        ("1 < 1.5", "true"),
        ("2u > 1.5", "true"),
        ("-1 < 1u", "true"),
        ("18446744073709551615u > 9223372036854775807", "true"),
        ("'a' < 'b'", "true"),
        ("'Z' < 'a'", "true"),
        ("b'a' <= b'a'", "true"),
        ("false < true", "true"),
        ("0.0 / 0.0 < 1.0", "error: NaN cannot be ordered"),
        ("1 < 'a'", "error: < does not take int and string"),
        ("[1] < [2]", "error: < does not take list and list"),
        ("null < null", "error: < does not take null_type and null_type"),
    ]);
}

#[test]
fn strings() {
    check(&[
        ("'a' + 'b'", "\"ab\""),
        ("size('äöü')", "3"),
        ("'äöü'.size()", "3"),
        ("size(b'\\303\\244')", "2"),
        ("'banana'.contains('nan')", "true"),
        ("'banana'.startsWith('ban')", "true"),
        ("'banana'.endsWith('na')", "true"),
        ("'banana'.contains('')", "true"),
        ("'banana'.matches('^b.*a$')", "true"),
        ("matches('banana', 'x')", "false"),
        ("'banana'.matches('a' + 'n')", "true"),
        ("'a'.matches('(')", "error: \"(\" is not a regular expression"),
        ("'a'.contains(1)", "error: contains does not take string and int"),
        ("'ÄBC'.lowerAscii()", "\"Äbc\""),
        ("['a', 'b'].join()", "\"ab\""),
        ("['a', 'b'].join(', ')", "\"a, b\""),
        ("[].join(',')", "\"\""),
        ("['a', 1].join(',')", "error: join does not take int"),
        ("'täglich'.substring(1, 3)", "\"äg\""),
        ("'abc'.substring(3)", "\"\""),
        ("'abc'.substring(4)", "error: the result of substring() is out of range"),
        ("'abc'.substring(2, 1)", "error"),
    ]);
}

#[test]
fn conversions() {
    check(&[
        ("int(1.9)", "1"),
        ("int(-1.9)", "-1"),
        ("int('-42')", "-42"),
        ("int('4x')", "error: \"4x\" is not an int"),
        ("int(1e19)", "error: the result of int() is out of range"),
        ("int(0.0 / 0.0)", "error"),
        ("int(18446744073709551615u)", "error"),
        ("int(timestamp('1970-01-01T00:01:00Z'))", "60"),
        ("uint(-1)", "error: the result of uint() is out of range"),
        ("uint(1.9)", "1u"),
        ("double(1)", "1.0"),
        ("double('1.5')", "1.5"),
        ("string(1)", "\"1\""),
        ("string(1u)", "\"1\""),
        ("string(1.5)", "\"1.5\""),
        ("string(1e30)", "\"1e+30\""),
        ("string(1e-7)", "\"1e-07\""),
        ("string(true)", "\"true\""),
        ("string(b'abc')", "\"abc\""),
        ("string(b'\\377')", "error: these bytes are not UTF-8"),
        ("string([1])", "error: string does not take list"),
        ("bool('true')", "true"),
        ("bool('F')", "false"),
        ("bool('yes')", "error: \"yes\" is not a bool"),
        ("bytes('ä')", "b\"\\xc3\\xa4\""),
        ("int(null)", "error: int does not take null_type"),
    ]);
}

#[test]
fn lists_and_maps() {
    check(&[
        ("[1, 2, 3][1]", "2"),
        ("[1, 2, 3][1.0]", "2"),
        ("[1, 2, 3][1u]", "2"),
        ("[1][1]", "error: index 1 is outside of a list of 1"),
        ("[1][-1]", "error: index -1 is outside of a list of 1"),
        ("[1]['a']", "error: [ ] does not take list and string"),
        ("[1] + [2, 3]", "[1, 2, 3]"),
        ("size([1, 2])", "2"),
        ("size({1: 2})", "1"),
        ("size(1)", "error: size does not take int"),
        ("{'a': {'b': 1}}.a.b", "1"),
        ("{'a': 1}['b']", "error: there is no \"b\" here"),
        ("{1: 'one'}[1u]", "\"one\""),
        ("{true: 1}[true]", "1"),
        ("{1.5: 1}", "error: a map key does not take double"),
        ("{'a': 1, 'a': 2}", "error: the key a is there twice"),
        ("{1: 1, 1u: 2}", "error: the key 1 is there twice"),
        ("has({'a': 1}.a)", "true"),
        ("has({'a': 1}.b)", "false"),
        ("has({'a': null}.a)", "true"),
        ("{'content-type': 1}.`content-type`", "1"),
        ("'a'.b", "error: there is no \"b\" here"),
        ("null.b", "error: there is no \"b\" here"),
        ("[1, 2,]", "[1, 2]"),
        ("{'a': 1,}", "{\"a\": 1}"),
        ("[1,,2]", "syntax"),
    ]);
}

#[test]
fn times() {
    check(&[
        ("timestamp('2026-01-31T12:00:00Z')", "2026-01-31T12:00:00Z"),
        ("timestamp('2026-01-31T12:00:00.5+02:00')", "2026-01-31T10:00:00.5Z"),
        ("timestamp('2026-01-31')", "error"),
        ("timestamp('2026-02-30T00:00:00Z')", "error"),
        ("timestamp('0000-12-31T00:00:00Z')", "error"),
        ("timestamp(0)", "1970-01-01T00:00:00Z"),
        ("duration('1h30m')", "5400s"),
        ("duration('-1.5s')", "-1.5s"),
        ("duration('1ms') + duration('1us')", "0.001001s"),
        ("duration('1')", "error"),
        ("duration('')", "error"),
        ("duration('1d')", "error"),
        ("duration('9999999h')", "error"),
        ("timestamp(60) - timestamp(0)", "60s"),
        ("timestamp(0) + duration('60s')", "1970-01-01T00:01:00Z"),
        ("duration('60s') + timestamp(0)", "1970-01-01T00:01:00Z"),
        ("timestamp(0) - duration('1s')", "1969-12-31T23:59:59Z"),
        ("duration('60s') - timestamp(0)", "error"),
        ("timestamp(0) + timestamp(0)", "error"),
        ("timestamp(1) > timestamp(0)", "true"),
        ("duration('1m') == duration('60s')", "true"),
        ("string(duration('61s'))", "\"61s\""),
        ("timestamp('2026-03-01T10:20:30.4Z').getFullYear()", "2026"),
        ("timestamp('2026-03-01T10:20:30.4Z').getMonth()", "2"),
        ("timestamp('2026-03-01T10:20:30.4Z').getDate()", "1"),
        ("timestamp('2026-03-01T10:20:30.4Z').getDayOfMonth()", "0"),
        ("timestamp('2026-03-01T10:20:30.4Z').getDayOfYear()", "59"),
        ("timestamp('2026-03-01T10:20:30.4Z').getDayOfWeek()", "0"),
        ("timestamp('2026-03-01T10:20:30.4Z').getHours('-11:30')", "22"),
        ("timestamp('2026-03-01T10:20:30.4Z').getMilliseconds()", "400"),
        ("timestamp(0).getHours('Mars/Olympus')", "error"),
        ("duration('90m').getHours()", "1"),
        ("duration('90m').getMinutes()", "90"),
        ("duration('90m').getFullYear()", "error"),
    ]);
}
