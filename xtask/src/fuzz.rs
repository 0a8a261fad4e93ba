//! Coverage-guided fuzzing with libFuzzer on the stable toolchain: the coverage pass is in every
//! rustc, only the sanitizers want nightly, and safe Rust has little use for those.

use crate::command::{cargo, check, command, root};
use std::{
    fs,
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, available_parallelism},
};

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

/// Fuzzes one target, or all, for some seconds each.
pub(crate) fn run(target: &str, seconds: &str) -> Result<(), String> {
    if target == "all" {
        return all(seconds);
    }
    build()?;
    check(&mut fuzz(target, parse(seconds)?)?)
}

/// Fuzzes every target, as many at once as there are processors. What each said is in target/fuzz.
fn all(seconds: &str) -> Result<(), String> {
    let seconds = parse(seconds)?;
    build()?;
    let (queue, failed) = (Mutex::new(targets()?), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                loop {
                    // On a line of its own: the queue is locked no longer than this.
                    let next = lock(&queue).pop();
                    let Some(name) = next else { break };
                    if let Err(error) = logged(&name, seconds) {
                        lock(&failed).push(error);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ")) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn parse(seconds: &str) -> Result<u32, String> {
    seconds.parse().map_err(|_| format!("{seconds:?} is not a number"))
}

fn logged(name: &str, seconds: u32) -> Result<(), String> {
    println!("fuzzing {name}");
    let path = root().join(format!("target/fuzz/{name}.log"));
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let log = fs::File::create(&path).map_err(told)?;
    let copy = log.try_clone().map_err(told)?;
    let status = fuzz(name, seconds)?.stdout(log).stderr(copy).status().map_err(told)?;
    if status.success() { Ok(()) } else { Err(format!("{name}: see {}", path.display())) }
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
fn fuzz(name: &str, seconds: u32) -> Result<Command, String> {
    let found = root().join("target/fuzz/found").join(name);
    fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let mut fuzz = command("target/fuzz/x86_64-unknown-linux-gnu/release/fuzz");
    fuzz.env("FUZZ_TARGET", name)
        .arg(&found)
        .arg(format!("tests/fuzz/corpus/{name}"))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-timeout={INPUT_SECONDS}"))
        .arg(format!("-artifact_prefix=target/fuzz/crash-{name}-"))
        .args(["-max_len=65536", "-print_final_stats=1", "-verbosity=1"]);
    Ok(fuzz)
}
