//! What is told to people on standard error: errors (what happened, where, why, what to do),
//! warnings and notes; as text, or for the log of a service as one JSON object a line.

#[cfg(test)]
mod tests;

use crate::scan::now;
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use cofferdam_model::{Diagnostic, Exit};
use jiff::Timestamp;
use serde::Serialize;
use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write as _},
    sync::OnceLock,
};

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// How it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

static FORMAT: OnceLock<Format> = OnceLock::new();

/// Settles how everything is told from now on.
pub(crate) fn set_format(format: Format) {
    // Said once, where the process begins.
    let _ = FORMAT.set(format);
}

/// How much it matters.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// Something goes on as it should.
    Info,
    /// Something does not, and the process goes on.
    Warn,
    /// The process ends for it, or it is a bug.
    Error,
}

/// One line of a log; docs/install.md promises its fields.
#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    level: Level,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

/// Prints an expected error.
pub(crate) fn print(diagnostic: &Diagnostic) {
    tell(Level::Error, diagnostic);
}

/// Prints an error that a service goes on with.
pub(crate) fn warn(diagnostic: &Diagnostic) {
    tell(Level::Warn, diagnostic);
}

/// A note that is no error.
pub(crate) fn note(text: &str) {
    tell(Level::Info, &Diagnostic::new(Exit::Pass, text));
}

/// Writes it at once, so that lines of several threads do not mix. Nobody is left to tell when
/// standard error is gone.
fn tell(level: Level, diagnostic: &Diagnostic) {
    let _ = match FORMAT.get().copied().unwrap_or_default() {
        Format::Text => anstream::stderr().lock().write_all(text(level, diagnostic).as_bytes()),
        Format::Json => io::stderr().lock().write_all(line(level, diagnostic, now()).as_bytes()),
    };
}

fn text(level: Level, diagnostic: &Diagnostic) -> String {
    let mut out = match level {
        Level::Info => String::new(),
        Level::Warn => format!("{YELLOW}warning:{YELLOW:#} "),
        Level::Error => format!("{RED}error:{RED:#} "),
    };
    out.push_str(&plain(&diagnostic.what));
    out.push('\n');
    // Writing to a string does not fail.
    if let Some(place) = &diagnostic.place {
        let _ = writeln!(out, "  at {}", plain(place));
    }
    if let Some(cause) = &diagnostic.cause {
        let _ = writeln!(out, "  because {}", plain(cause));
    }
    if let Some(remedy) = &diagnostic.remedy {
        let _ = writeln!(out, "\n{CYAN}hint:{CYAN:#} {}", plain(remedy));
    }
    out
}

fn line(level: Level, diagnostic: &Diagnostic, now: Timestamp) -> String {
    let line = Line {
        time: &format!("{now:.3}"),
        level,
        message: &diagnostic.what,
        at: diagnostic.place.as_deref(),
        because: diagnostic.cause.as_deref(),
        remedy: diagnostic.remedy.as_deref(),
    };
    // Text alone has no reason to fail.
    let json = serde_json::to_string(&line).unwrap_or_default();
    let mut out = String::with_capacity(json.len() + 1);
    for character in json.chars() {
        match cofferdam_report::safe(character.encode_utf8(&mut [0; 4])) {
            Cow::Borrowed(_) => out.push(character),
            // JSON lets these stand; a terminal that a log is read on may obey them.
            Cow::Owned(_) => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
        }
    }
    out.push('\n');
    out
}

/// Names from a target may stand in an error: nothing of it may command the terminal. Lines are
/// ours, where several errors are one.
fn plain(text: &str) -> String {
    text.split('\n').map(cofferdam_report::safe).collect::<Vec<_>>().join("\n")
}

/// A bug is not dressed as the user's mistake. Bugs in parsers are contained and reported as
/// problems of the scan; this is what is said when one happens anywhere.
pub(crate) fn on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
        let (version, place) = (env!("CARGO_PKG_VERSION"), place.unwrap_or_default());
        let what = panic.payload_as_str().unwrap_or_default();
        let please = "please report this line with the version: cofferdam --version";
        if FORMAT.get() == Some(&Format::Json) {
            let what = format!("bug: {version} {what}");
            let bug = Diagnostic::new(Exit::Infrastructure, what).at(place).remedy(please);
            return tell(Level::Error, &bug);
        }
        let text = format!("bug: {version} {place} {what}\n{please}\n");
        let _ = anstream::stderr().write_all(text.as_bytes());
    }));
}
