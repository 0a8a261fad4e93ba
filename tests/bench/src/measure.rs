//! What one command costs.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use std::{
    process::{Command, Stdio},
    time::Instant,
};

/// The cost of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// User and system time, in seconds.
    pub(crate) cpu: f64,
    /// Wall-clock time, in seconds.
    pub(crate) wall: f64,
    /// Largest resident set, in MiB.
    pub(crate) memory: f64,
}

/// Runs a command and prints its cost as JSON. Peak memory of children is one number a process,
/// the largest of all: so each command is measured by a process of its own.
pub(crate) fn print_own_children(words: &[&str]) -> Result<(), String> {
    let [program, arguments @ ..] = words else { return Err("no command".into()) };
    let started = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("{program}: {error}"))?;
    let wall = started.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let cpu = usage.user_time() + usage.system_time();
    // These are verdicts; anything else did not do the work and must not be called fast.
    if !matches!(status.code(), Some(0 | 1 | 3)) {
        return Err(format!("{program}: {status}"));
    }
    let cost = serde_json::json!({
        "cpu_ms": cpu.num_milliseconds(),
        "wall_ms": wall * 1e3,
        "memory_kib": usage.max_rss(),
    });
    println!("{cost}");
    Ok(())
}

/// Measures a command in a process of its own.
pub(crate) fn measure(words: &[&str]) -> Result<Cost, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output =
        Command::new(own).arg("measure").args(words).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let cost: serde_json::Value = serde_json::from_str(&text)
        .map_err(|_| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    let number = |key: &str| cost.get(key).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN);
    Ok(Cost {
        cpu: number("cpu_ms") / 1e3,
        wall: number("wall_ms") / 1e3,
        memory: number("memory_kib") / 1024.0,
    })
}
