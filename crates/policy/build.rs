//! Embeds the policies of `rules/`: one line of a table for each `policy.yaml`.

use std::{env, fmt::Write as _, fs, io, path::Path};

fn main() -> io::Result<()> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
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
    let mut table = String::from(
        "/// Place and text of each built-in policy.\nstatic BUILT_IN: &[(&str, &str)] = &[\n",
    );
    for policy in &found {
        let names: Vec<_> =
            policy.iter().rev().skip(1).take(2).map(|name| name.display()).collect();
        if let [rule, group] = names.as_slice() {
            let _ = writeln!(
                table,
                "    (\"built-in:{group}/{rule}\", include_str!(r#\"{}\"#)),",
                policy.display()
            );
        }
    }
    table.push_str("];\n");
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("rules.rs"), table)
}
