//! Programs that stay: started with a log, waited for, asked whether they still run.

use super::read;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a program may take to answer, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(2);

/// How many of a log's last lines are shown of a program that failed.
const TAIL: usize = 12;

/// A program that was started.
pub(super) struct Running {
    name: &'static str,
    log: PathBuf,
    child: Child,
}

impl Running {
    /// Starts a program that reads nothing and writes to a log.
    pub(super) fn start(
        name: &'static str,
        command: &mut Command,
        log: &Path,
    ) -> Result<Self, String> {
        let told = |error: io::Error| format!("{}: {error}", log.display());
        let file = File::create(log).map_err(told)?;
        command.stdin(Stdio::null()).stdout(file.try_clone().map_err(told)?).stderr(file);
        let child = command.spawn().map_err(|error| format!("cannot run {name}: {error}"))?;
        Ok(Self { name, log: log.to_owned(), child })
    }

    /// The number of its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn complaint(&self, what: &str) -> String {
        format!("{}: {what}; its log ends with:\n{}", self.name, tail(&self.log))
    }
}

/// Waits until a program answers. One that ends instead, one that takes too long and a person who
/// has had enough are errors, with what the log says.
pub(super) fn wait(program: &mut Running, mut answers: impl FnMut() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !answers() {
        interrupted()?;
        if !program.is_alive() {
            return Err(program.complaint("it ended"));
        }
        if began.elapsed() > PATIENCE {
            return Err(program.complaint(&format!("no answer in {} s", PATIENCE.as_secs())));
        }
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// The end of a log; klog's and zap's lines are long, but they say what went wrong.
pub(super) fn tail(log: &Path) -> String {
    let text = read(log).unwrap_or_else(|error| error);
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default().join("\n")
}

/// From here on Ctrl-C and its like only say so, and `interrupted` tells.
pub(super) fn hear_signals() -> Result<(), String> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag()))
            .map_err(|error| format!("cannot hear signals: {error}"))?;
    }
    Ok(())
}

/// An error once somebody wants us to end.
pub(super) fn interrupted() -> Result<(), String> {
    if flag().load(Ordering::Relaxed) { Err("interrupted".to_owned()) } else { Ok(()) }
}

fn flag() -> &'static Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    FLAG.get_or_init(Arc::default)
}
