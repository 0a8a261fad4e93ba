//! Embeds the policies of `rules/`: one line of a table for each `policy.yaml`, with what can be
//! asked of it before it is compiled.

#![expect(clippy::disallowed_methods, reason = "it reads this repository, which is not hostile")]

use std::{env, fmt::Write as _, fs, io, path::Path};

fn main() -> io::Result<()> {
    // Asked when it runs: the compiled script may be that of another checkout.
    let here = env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?;
    let rules = Path::new(&here).join("../../rules");
    println!("cargo::rerun-if-changed={}", rules.display());
    let mut found = Vec::new();
    for group in fs::read_dir(&rules)? {
        let group = group?.path();
        if !group.is_dir() {
            continue;
        }
        for rule in fs::read_dir(&group)? {
            let policy = rule?.path().join("policy.yaml");
            if policy.is_file() {
                found.push(policy.canonicalize()?);
            }
        }
    }
    found.sort();
    let mut table = String::from("/// Every built-in policy.\nstatic BUILT_IN: &[BuiltIn] = &[\n");
    for policy in &found {
        let names: Vec<_> =
            policy.iter().rev().skip(1).take(2).map(|name| name.display()).collect();
        let [rule, area] = names.as_slice() else { continue };
        let text = fs::read_to_string(policy)?;
        let (code, name) = (value(&text, "code"), value(&text, "name"));
        let _ = writeln!(
            table,
            "    BuiltIn {{ area: {:?}, place: {:?}, code: {code:?}, name: {name:?}, \
             text: include_str!(r#\"{}\"#) }},",
            area.to_string(),
            format!("built-in:{area}/{rule}"),
            policy.display()
        );
    }
    table.push_str("];\n");
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("rules.rs"), table)
}

/// The first value of a key, as our rules write it: two spaces, the key, the plain value.
fn value<'t>(text: &'t str, key: &str) -> &'t str {
    let of = |line: &'t str| line.strip_prefix("  ")?.strip_prefix(key)?.strip_prefix(": ");
    text.lines().find_map(of).unwrap_or_default()
}
