//! The tables that each ecosystem's own tool made (`corpus/generate.py`), and laws of order.

use super::Scheme;
use proptest::prelude::*;
use std::cmp::Ordering;

/// Replays a table of `a OPERATOR b`.
fn check(scheme: Scheme, table: &str) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [left, operator, right] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line:?} is not `a OPERATOR b`");
        };
        let expected = match operator {
            "<" => Some(Ordering::Less),
            "=" => Some(Ordering::Equal),
            ">" => Some(Ordering::Greater),
            _ => None,
        };
        let order = scheme.compare(left, right);
        let fine = match expected {
            None if scheme == Scheme::Pep440 => {
                !(crate::pep440::is_valid(left) && crate::pep440::is_valid(right))
            }
            None => order.is_none(),
            _ => order == expected && scheme.compare(right, left) == order.map(Ordering::reverse),
        };
        if !fine {
            wrong.push(format!("{line}: {order:?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 250, "only {count} lines");
}

#[test]
fn debian_as_dpkg() {
    check(Scheme::Debian, include_str!("../corpus/debian.txt"));
}

#[test]
fn apk_as_apk_tools() {
    check(Scheme::Apk, include_str!("../corpus/apk.txt"));
}

#[test]
fn rpm_as_rpm() {
    check(Scheme::Rpm, include_str!("../corpus/rpm.txt"));
}

#[test]
fn python_as_packaging() {
    check(Scheme::Pep440, include_str!("../corpus/pep440.txt"));
}

#[test]
fn npm_as_node_semver() {
    check(Scheme::Npm, include_str!("../corpus/npm.txt"));
}

#[test]
fn go_modules_as_x_mod() {
    check(Scheme::Go, include_str!("../corpus/go.txt"));
}

#[test]
fn go_toolchains_as_go() {
    check(Scheme::Go, include_str!("../corpus/go-toolchain.txt"));
}

#[test]
fn maven_as_maven() {
    check(Scheme::Maven, include_str!("../corpus/maven.txt"));
}

/// Texts that are often versions: pieces that mean something to one scheme or another.
fn version() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "0", "1", "2", "9", "10", "01", ".", ".", ".", "-", "-", "_", "~", "^", "+", ":", "!", "a",
        "b", "rc", "alpha", "post", "dev", "final", "sp", "foo", "-r1", "_p", "_rc", "-1", "1.0.0",
        "1.0", "v", "go", "SNAPSHOT", "é", " ",
    ];
    proptest::collection::vec(proptest::sample::select(PIECES), 1..7)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    /// A version equals itself, both directions agree, and the order is transitive.
    #[test]
    fn orders_are_total(a in version(), b in version(), c in version()) {
        for scheme in Scheme::ALL {
            let order = |a: &str, b: &str| scheme.compare(a, b);
            prop_assert_ne!(order(&a, &a).unwrap_or(Ordering::Equal), Ordering::Less);
            prop_assert_eq!(order(&a, &b), order(&b, &a).map(Ordering::reverse));
            if scheme != Scheme::Pep440 {
                let valid = order(&a, &a).and(order(&b, &b)).is_some();
                prop_assert_eq!(order(&a, &b).is_some(), valid);
            }
            // Maven's own order is not: 1-alpha > 1.foo.bar > 1 > 1-alpha.
            if let (Some(left), Some(right)) = (order(&a, &b), order(&b, &c))
                && scheme != Scheme::Maven
                && (left == right || left.is_eq() || right.is_eq())
            {
                let expected = if left.is_eq() { right } else { left };
                let order = order(&a, &c).unwrap_or(expected);
                prop_assert_eq!(order, expected, "{:?} {} {} {}", scheme, a, b, c);
            }
        }
    }

    /// crates.io accepts and orders with the `semver` crate; one or two numbers alone mean zeros.
    #[test]
    fn rust_as_the_semver_crate(a in version(), b in version()) {
        for (a, b) in [(&a, &b), (&format!("1.0.{a}"), &format!("1.0.{b}"))] {
            let parse = |text: &str| {
                let short = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                let zeros = if short { 2_usize.saturating_sub(text.matches('.').count()) } else { 0 };
                semver::Version::parse(&format!("{text}{}", ".0".repeat(zeros)))
            };
            let expected = parse(a).and_then(|left| Ok(left.cmp_precedence(&parse(b)?))).ok();
            prop_assert_eq!(Scheme::Semver.compare(a, b), expected, "{} {}", a, b);
        }
    }
}

#[test]
fn ecosystems() {
    fn check(ecosystem: &str, expected: Option<Scheme>) {
        assert_eq!(Scheme::of_ecosystem(ecosystem), expected, "{ecosystem}");
    }
    check("Debian:12", Some(Scheme::Debian));
    check("Ubuntu:22.04:LTS", Some(Scheme::Debian));
    check("Alpine:v3.18", Some(Scheme::Apk));
    check("Wolfi", Some(Scheme::Apk));
    check("Red Hat:enterprise_linux:9::baseos", Some(Scheme::Rpm));
    check("Rocky Linux:9", Some(Scheme::Rpm));
    check("openSUSE:Leap 15.5", Some(Scheme::Rpm));
    check("PyPI", Some(Scheme::Pep440));
    check("crates.io", Some(Scheme::Semver));
    check("Packagist", None);
    check("debian", None);
    check("", None);
}

/// What real feeds and real packages do beyond their tools' grammar.
#[test]
fn what_no_tool_was_asked() {
    fn check(scheme: Scheme, left: &str, right: &str, expected: Option<Ordering>) {
        assert_eq!(scheme.compare(left, right), expected, "{scheme:?} {left} {right}");
    }
    check(Scheme::Go, "go1.21rc2", "1.21.0-rc.2", Some(Ordering::Equal));
    check(Scheme::Go, "go1.22.1 X:boringcrypto", "1.22.1", Some(Ordering::Equal));
    check(Scheme::Go, "1.20", "1.20.0", Some(Ordering::Equal));
    check(Scheme::Go, "1.19.0-0", "go1.19beta1", Some(Ordering::Less));
    check(Scheme::Go, "(devel)", "1.0.0", None);
    check(Scheme::Semver, "0.10", "0.10.0", Some(Ordering::Equal));
    check(Scheme::Semver, "0.10-rc", "0.10.0", None);
    check(Scheme::Rpm, "1.0", "1.0-1", Some(Ordering::Less));
    check(Scheme::Rpm, "1.0 ", "1.0", None);
    check(Scheme::Maven, "${revision}", "1.0", None);
    check(Scheme::Pep440, "2004d", "2013.7", Some(Ordering::Less));
    check(Scheme::Pep440, "2.6.0-NA", "2.6.1.dev0", Some(Ordering::Less));
    check(Scheme::Pep440, "2.6.0-NA", "2.5.99", Some(Ordering::Greater));
    check(Scheme::Pep440, "2.6.0-NA", "2.6", None);
    check(Scheme::Pep440, "2.6.0-NA", "2.6.0-NA", Some(Ordering::Equal));
    check(Scheme::Pep440, "unknown", "1.0", None);
    check(Scheme::Pep440, " ", "1.0", None);
    for scheme in Scheme::ALL {
        check(scheme, "", "1.0.0", None);
    }
}

/// A megabyte of anything takes no time to speak of and no stack.
#[test]
fn long_versions() {
    for scheme in Scheme::ALL {
        for piece in ["1", "-", ".", "1.", "a", "a1", "1-", "_p", "~", "0.0-", "-final", "é"] {
            let text = format!("1.0.0{}", piece.repeat((1 << 18) / piece.len()));
            assert_ne!(scheme.compare(&text, &text), Some(Ordering::Less), "{scheme:?} {piece}");
        }
    }
}
