//! Hostile files: refused by name, within bounds, and the rest is judged all the same.

use super::PRIVILEGED;
use crate::{binary::Home, tools::measured};
use std::fmt::Write as _;

/// Anything here is refused in a moment; this is far above it, for a busy machine.
const SECONDS_MAX: u32 = 60;

/// Runs the check of a folder with a hostile file beside an ordinary one.
#[track_caller]
fn check(name: &str, bytes: impl AsRef<[u8]>, says: &[&str], mebibytes_max: u64) {
    let home = Home::new();
    home.write("deploy/web.yaml", PRIVILEGED);
    home.write(&format!("deploy/{name}"), bytes);
    let invocation = home.own_check("deploy");
    let (run, kibibytes) = measured(&invocation.command, SECONDS_MAX);
    let run = run.exits(1);
    let words = ["Container web is privileged.", name];
    for word in words.iter().chain(says) {
        assert!(run.stdout.contains(word), "{word} is not in\n{}", run.stdout);
    }
    assert!(kibibytes / 1024 <= mebibytes_max, "{} MiB", kibibytes / 1024);
}

#[test]
fn a_file_of_100_megabytes_is_refused() {
    let line = "# nothing to see here, and a lot of it to see nothing in, until the file ends\n";
    check("huge.yaml", line.repeat((100 << 20) / line.len()), &["CFD-P004"], 200);
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = String::from("apiVersion: v1\nkind: ConfigMap\na0: &a0 [x, x, x, x, x, x]\n");
    for level in 1..60 {
        let (now, before) = (level, level - 1);
        let aliases = vec![format!("*a{before}"); 9].join(", ");
        writeln!(text, "a{now}: &a{now} [{aliases}]").unwrap();
    }
    let home = Home::new();
    home.write("deploy/web.yaml", PRIVILEGED);
    home.write("deploy/bomb.yaml", text);
    // Sharing what is said once is no bomb; what counts is that nothing runs away.
    let (run, kibibytes) = measured(&home.check("deploy").command, SECONDS_MAX);
    assert!(matches!(run.code, 1 | 3), "{}{}", run.stdout, run.stderr);
    assert!(kibibytes / 1024 <= 200, "{} MiB", kibibytes / 1024);
}

#[test]
fn deep_nesting_is_refused() {
    check("flow.yaml", "[".repeat(1_000_000), &["Not assessed"], 200);
    check("deep.json", "{\"a\":".repeat(1_000_000), &["Not assessed"], 200);
    let block: String = (0..2_000).fold(String::new(), |mut text, depth| {
        writeln!(text, "{:depth$}a:", "").unwrap();
        text
    });
    check("block.yaml", block, &["Not assessed"], 200);
}

#[test]
fn a_million_documents_are_bounded() {
    let home = Home::new();
    home.write("deploy/web.yaml", PRIVILEGED);
    home.write("deploy/many.yaml", "---\na: 1\n".repeat(1_000_000));
    let (run, kibibytes) = measured(&home.own_check("deploy").command, SECONDS_MAX);
    run.exits(1);
    assert!(kibibytes / 1024 <= 1_000, "{} MiB", kibibytes / 1024);
}
