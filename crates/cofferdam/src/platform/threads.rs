//! The threads of a server. While a review waits for an answer an API server waits, and whoever asked
//! it: all other work gives way to that.

use cofferdam_model::{Diagnostic, Exit};
use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Runtime};

/// Threads that wait for networks, and tell others what to do.
const WORKERS: usize = 2;

/// How far all of them stand behind the thread that calls [`runtime`] and those that it begins
/// itself, the door (`sched(7)`, "The nice value"): of a processor they have a tenth as much while
/// both want it.
const BEHIND: i32 = 10;

/// What carries all that a server does but the door. A thread takes after the one that begins it, so
/// that the threads of a store stand back as well.
pub(crate) fn runtime() -> Result<Runtime, Diagnostic> {
    // Where it cannot be known, or not be set, all are equally quick.
    let own = getpriority_process(None).unwrap_or_default();
    // Not so much more: some are begun by others that stand back already.
    let give_way = move || {
        let _ = setpriority_process(None, own + BEHIND);
    };
    let mut builder = Builder::new_multi_thread();
    let built = builder.worker_threads(WORKERS).on_thread_start(give_way).enable_all().build();
    built.map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot start threads").because(error)
    })
}
