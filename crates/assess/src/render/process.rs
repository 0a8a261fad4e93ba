//! Starting a program of the user's, bounded.

use super::Tools;
use cofferdam_bounds::{Exceeded, read_all};
use std::{
    io::{self, Read},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// Bytes of what a program says went wrong.
const ERROR_BYTES_MAX: u64 = 256 << 10;

/// What a program that ended left.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) succeeded: bool,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

/// Why there is no output.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("it does not start: {0}")]
    Start(io::Error),
    #[error("it takes longer than {} seconds", .0.as_secs())]
    Time(Duration),
    #[error(transparent)]
    Output(Exceeded),
    #[error("what it prints cannot be read: {0}")]
    Pipe(io::Error),
}

/// Whether there is a program at this path.
pub(super) fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// A program with nothing of our environment, that finds no other program and no network: an
/// address of a proxy at which nobody listens keeps Go's HTTP clients from leaving.
pub(super) fn offline(program: &Path, home: &Path) -> Command {
    const NOWHERE: &str = "http://127.0.0.1:1";
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "").env("HOME", home).env("LC_ALL", "C");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"] {
        command.env(name, NOWHERE);
    }
    command
}

/// Runs a program to its end, or to the end of its budget.
pub(super) fn run(mut command: Command, tools: &Tools) -> Result<Output, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().map_err(Failure::Start)?;
    let stdout = reader(child.stdout.take(), tools.output_bytes);
    let stderr = reader(child.stderr.take(), ERROR_BYTES_MAX);
    let left = || tools.time.saturating_sub(started.elapsed());
    let result = received(&stdout, left(), tools.time).and_then(|stdout| {
        let succeeded = wait(&mut child, started, tools.time)?;
        Ok((succeeded, stdout))
    });
    let (succeeded, stdout) = match result {
        Ok(found) => found,
        Err(failure) => {
            // It may have ended by itself meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            return Err(failure);
        }
    };
    // Whatever it says beyond its budget, or through a child of its own, is of no use.
    let stderr = received(&stderr, left(), tools.time).unwrap_or_default();
    Ok(Output { succeeded, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() })
}

/// Reads a pipe to its end in a thread of its own, so that neither of two pipes fills up. A thread
/// whose pipe never ends is left behind; it holds no more than its budget.
fn reader(
    pipe: Option<impl Read + Send + 'static>,
    bytes_max: u64,
) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let read = pipe.map_or(Ok(Vec::new()), |pipe| read_all(pipe, bytes_max, "bytes it prints"));
        // Nobody waits any more when the time is up.
        let _ = sender.send(read);
    });
    receiver
}

fn received(
    receiver: &Receiver<io::Result<Vec<u8>>>,
    left: Duration,
    time: Duration,
) -> Result<Vec<u8>, Failure> {
    match receiver.recv_timeout(left) {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => match Exceeded::within(&error) {
            Some(exceeded) => Err(Failure::Output(exceeded)),
            None => Err(Failure::Pipe(error)),
        },
        Err(RecvTimeoutError::Timeout) => Err(Failure::Time(time)),
        // The thread gave up without a word.
        Err(RecvTimeoutError::Disconnected) => Ok(Vec::new()),
    }
}

/// Waits for a program that has closed its output, which as a rule is its end.
fn wait(child: &mut Child, started: Instant, time: Duration) -> Result<bool, Failure> {
    loop {
        if let Some(status) = child.try_wait().map_err(Failure::Pipe)? {
            return Ok(status.success());
        }
        if started.elapsed() > time {
            return Err(Failure::Time(time));
        }
        thread::sleep(Duration::from_millis(2));
    }
}
