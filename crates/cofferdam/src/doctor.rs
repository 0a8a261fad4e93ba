//! `cofferdam doctor`: what is found here, what is missing, and what would work. Each line is
//! tried, not read from a list; each that is not well says what to do.

mod cluster;
mod machine;

use crate::{arguments::Doctor, output::write_failed, scan::runtime};
use anstyle::{AnsiColor, Style};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_report::safe;
use std::io::{self, Write};

/// One thing that was tried.
#[derive(Debug)]
struct Line {
    /// The command that needs it.
    area: &'static str,
    /// What was tried, in a word or two.
    name: String,
    state: State,
    /// What was found.
    found: String,
    /// What to do, where there is something to do.
    remedy: Option<String>,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// It works.
    Works,
    /// It works in part, or what needs it can do without.
    Partly,
    /// It is not there, and what needs it does not work.
    Missing,
}

impl Line {
    fn works(area: &'static str, name: impl Into<String>, found: impl Into<String>) -> Self {
        let (name, found) = (name.into(), found.into());
        Self { area, name, state: State::Works, found, remedy: None }
    }

    fn partly(
        area: &'static str,
        name: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let remedy = Some(remedy.into());
        Self { state: State::Partly, remedy, ..Self::works(area, name, found) }
    }

    fn missing(
        area: &'static str,
        name: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { state: State::Missing, ..Self::partly(area, name, found, remedy) }
    }
}

/// Tries everything, and says so as it goes: an API server that does not answer takes its time.
pub(crate) fn run(doctor: &Doctor) -> Result<Exit, Diagnostic> {
    let mut out = anstream::stdout();
    let mut worst = State::Works;
    let mut show = |lines: Vec<Line>| -> Result<(), Diagnostic> {
        for line in lines {
            worst = worst.max(line.state);
            print(&line, &mut out).map_err(write_failed)?;
        }
        Ok(())
    };
    show(machine::scan(doctor))?;
    show(machine::check())?;
    show(runtime()?.block_on(cluster::lines(&doctor.cluster.access())))?;
    show(machine::up(doctor))?;
    Ok(if worst == State::Missing { Exit::NotAssessed } else { Exit::Pass })
}

/// `works    scan   advisories        9 ecosystems, built 2026-11-21 (today)`
fn print(line: &Line, out: &mut impl Write) -> io::Result<()> {
    let (style, word) = match line.state {
        State::Works => (AnsiColor::Green.on_default(), "works"),
        State::Partly => (AnsiColor::Yellow.on_default(), "partly"),
        State::Missing => (AnsiColor::Red.on_default().bold(), "missing"),
    };
    let Line { area, name, found, .. } = line;
    writeln!(out, "{style}{word:<8}{style:#} {area:<8} {:<18} {}", safe(name), safe(found))?;
    if let Some(remedy) = &line.remedy {
        let cyan: Style = AnsiColor::Cyan.on_default();
        writeln!(out, "{:37}{cyan}{}{cyan:#}", "", safe(remedy))?;
    }
    Ok(())
}
