//! Coverage-guided fuzzing with libFuzzer on the stable toolchain: the coverage pass is in every
//! rustc, only the sanitizers want nightly, and safe Rust has little use for those.

use crate::command::{cargo, check, command, root};
use std::fs;

/// Instruments edges the way libFuzzer reads them (clang, "SanitizerCoverage").
const COVERAGE_FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks";

/// More memory than this for one input is a bug, even with libFuzzer's own tables.
const MEMORY_MIB: u32 = 1024;
/// Longer than this for one input is a bug.
const INPUT_SECONDS: u32 = 10;

/// Fuzzes one target, or each in turn, for some seconds.
pub(crate) fn run(target: &str, seconds: &str) -> Result<(), String> {
    let seconds: u32 = seconds.parse().map_err(|_| format!("{seconds:?} is not a number"))?;
    build()?;
    let names = if target == "all" { targets()? } else { vec![target.to_owned()] };
    for name in names {
        run_one(&name, seconds)?;
    }
    Ok(())
}

fn build() -> Result<(), String> {
    check(
        cargo()
            .args(["build", "--package", "cofferdam-fuzz", "--bin", "fuzz", "--release"])
            .args(["--features", "libfuzzer", "--target", "x86_64-unknown-linux-gnu"])
            .args(["--target-dir", "target/fuzz", "--config", "profile.release.lto=\"off\""])
            .env("RUSTFLAGS", COVERAGE_FLAGS),
    )
}

/// Every target with a corpus; a test keeps the two in step.
pub(crate) fn targets() -> Result<Vec<String>, String> {
    let corpus = root().join("tests/fuzz/corpus");
    let folders =
        fs::read_dir(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut names: Vec<String> =
        folders.filter_map(|folder| folder.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

/// New inputs go to `target/`: only those worth keeping are moved to the corpus, by a person.
fn run_one(name: &str, seconds: u32) -> Result<(), String> {
    let found = root().join("target/fuzz/found").join(name);
    fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    check(
        command("target/fuzz/x86_64-unknown-linux-gnu/release/fuzz")
            .env("FUZZ_TARGET", name)
            .arg(&found)
            .arg(format!("tests/fuzz/corpus/{name}"))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
            .arg(format!("-timeout={INPUT_SECONDS}"))
            .arg(format!("-artifact_prefix=target/fuzz/crash-{name}-"))
            .args(["-max_len=65536", "-print_final_stats=1", "-verbosity=1"]),
    )
}
