//! What `package.json` says, and which of them count.

use crate::check::check;

const PATH: &str = "app/node_modules/a/package.json";

#[test]
fn manifests() {
    check(PATH, r#"{"name":"a","version":"1.0.0","license":"MIT"}"#, &["a 1.0.0 Metadata MIT"]);
    check(
        PATH,
        r#"{"x":[{"name":"b"}],"name":"@s/a","license":{"type":"ISC","url":"u"},"version":"=v1"}"#,
        &["@s/a 1 Metadata ISC"],
    );
    // As for JavaScript, the last of repeated keys counts; npm accepts a byte order mark.
    check(PATH, "\u{feff}{\"name\":\"x\",\"name\":\"a\",\"version\":\"1\"}", &["a 1 Metadata"]);
    for licence in ["7", "-7", "0.5", "null", "true", "[1,{}]", "{}", r#"{"a":{}}"#] {
        let json = format!(r#"{{"name":"a","license":{licence},"version":"1"}}"#);
        check(PATH, json, &["a 1 Metadata"]);
    }
}

#[test]
fn broken_manifests() {
    for bad in ["", "{}", "[]", "null", r#"{"name":"a"}"#, r#"{"name":"a","version":""}"#] {
        check(PATH, bad, &["malformed"]);
    }
    for bad in [r#"{"name":1,"version":"1"}"#, "{\"name\":\"\\u001b\",\"version\":\"1\"}"] {
        check(PATH, bad, &["malformed"]);
    }
    // What was read before it broke stays.
    check(PATH, r#"{"name":"a","version":"1","x":"#, &["a 1 Metadata", "malformed"]);
    let deep = format!(r#"{{"name":"a","version":"1","x":{}"#, "[".repeat(1 << 20));
    check(PATH, deep, &["a 1 Metadata", "malformed"]);
}

/// Expected: the places where `npm ls --all` finds packages.
#[test]
fn places() {
    let json = r#"{"name":"a","version":"1"}"#;
    for installed in [
        "node_modules/a/package.json",
        "usr/lib/node_modules/npm/node_modules/@npmcli/arborist/package.json",
        "app/node_modules/@s/a/node_modules/b/package.json",
        "app/node_modules/.pnpm/a@1/node_modules/a/package.json",
        "app/node_modules/.pnpm/@s+a@1/node_modules/@s/a/package.json",
        "app/node_modules/.store/a@1-hash/node_modules/a/package.json",
    ] {
        check(installed, json, &["a 1 Metadata"]);
    }
    for other in [
        "package.json",
        "app/package.json",
        "app/node_modules/package.json",
        "app/node_modules/@s/package.json",
        "app/node_modules/resolve/test/resolver/package.json",
        "app/node_modules/resolve/test/node_modules/x/package.json",
        "app/node_modules/a/dist/esm/package.json",
        "app/node_modules/.cache/a/package.json",
        "app/node_modules/.pnpm/a@1/package.json",
        "app/node_modules/a/node_modules/package.json",
        "app/node_modules/a/package.json5",
        "app/node_modules//package.json",
    ] {
        check(other, json, &["-"]);
    }
}
