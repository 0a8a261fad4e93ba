//! Errors for people, on standard error: what happened, where, why, what to do.

use anstyle::{AnsiColor, Style};
use cofferdam_model::Diagnostic;
use std::io::{self, Write as _};

const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// Prints an expected error. Nobody is left to tell when standard error is gone.
pub(crate) fn print(diagnostic: &Diagnostic) {
    let _ = write(diagnostic, &mut anstream::stderr());
}

fn write(diagnostic: &Diagnostic, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "{RED}error:{RED:#} {}", plain(&diagnostic.what))?;
    if let Some(place) = &diagnostic.place {
        writeln!(out, "  at {}", plain(place))?;
    }
    if let Some(cause) = &diagnostic.cause {
        writeln!(out, "  because {}", plain(cause))?;
    }
    if let Some(remedy) = &diagnostic.remedy {
        writeln!(out, "\n{CYAN}hint:{CYAN:#} {}", plain(remedy))?;
    }
    Ok(())
}

/// A note on standard error that is no error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", plain(text));
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
        let text = format!(
            "bug: {} {} {}\nplease report this line with the version: cofferdam --version\n",
            env!("CARGO_PKG_VERSION"),
            place.unwrap_or_default(),
            panic.payload_as_str().unwrap_or_default()
        );
        let _ = anstream::stderr().write_all(text.as_bytes());
    }));
}
