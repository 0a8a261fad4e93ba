//! How a process that runs for long keeps its memory together.

use std::{env, os::unix::process::CommandExt as _, process::Command};

/// In how many parts the C library keeps free memory apart (`mallopt(3)`, `M_ARENA_MAX`). It takes
/// eight for each processor by itself; what one thread judges here another writes and frees, so
/// that most of what is free is of no use to whoever needs some. Before a cluster of 100,000 pods
/// that was a third of all memory.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "2");

/// Begins anew with the setting, which only the environment of a program that begins can have; the
/// process stays the same one. What somebody else has set stays as it is.
pub(crate) fn settle() {
    let (name, value) = ARENAS;
    let Ok(program) = env::current_exe() else { return };
    if env::var_os(name).is_some() {
        return;
    }
    let mut words = env::args_os();
    let mut command = Command::new(program);
    if let Some(called) = words.next() {
        command.arg0(called);
    }
    // Comes back only where it cannot be done: then it goes on with more memory.
    let _ = command.args(words).env(name, value).exec();
}
