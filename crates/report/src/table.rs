//! The table: what a tired person needs, worst first, and where to find the rest.

mod findings;
mod header;
mod remarks;

pub(crate) use remarks::exceptions;

use anstyle::{AnsiColor, Style};
use cofferdam_assess::Assessment;
use cofferdam_policy::{Judged, Outcome};
use std::io::{self, Write};

/// A narrower terminal than this is treated as this wide.
pub(crate) const WIDTH_MIN: usize = 60;

/// Bold, for what is looked for first.
pub(crate) const BOLD: Style = Style::new().bold();
/// For what is not known.
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// For what is read last.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Writes the report.
pub(crate) fn write(assessment: &Assessment, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let width = width.max(WIDTH_MIN);
    header::write(assessment, out)?;
    for judged in worst_first(&assessment.decision.verdicts) {
        findings::write(assessment, judged, width, out)?;
    }
    passed(assessment, out)?;
    remarks::write(assessment, width, out)?;
    verdict(assessment, out)
}

/// Verdicts with something to say: failed before unknown, then by severity.
fn worst_first(verdicts: &[Judged]) -> Vec<&Judged> {
    let mut speaking: Vec<&Judged> =
        verdicts.iter().filter(|judged| !judged.verdict.findings.is_empty()).collect();
    speaking
        .sort_by_key(|judged| std::cmp::Reverse((judged.verdict.outcome, judged.verdict.severity)));
    speaking
}

/// Policies without a finding, in one breath.
fn passed(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let verdicts = assessment.decision.verdicts.iter().map(|judged| &judged.verdict);
    for verdict in verdicts.filter(|verdict| verdict.findings.is_empty()) {
        write!(out, "{}  {}  {}", badge(verdict.outcome), verdict.code, verdict.title)?;
        match verdict.valid_until {
            Some(time) => writeln!(out, "{DIM} (until {}){DIM:#}", crate::text::day(time))?,
            None => writeln!(out)?,
        }
    }
    writeln!(out)
}

/// The last line is the one that is read.
fn verdict(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let decision = &assessment.decision;
    let sentence = crate::view::sentence_of_image(assessment);
    last_line(decision.outcome, &sentence, decision.exit().code(), out)
}

/// `FAIL     2 of 9 policies failed (exit code 1)`
pub(crate) fn last_line(
    outcome: Outcome,
    sentence: &str,
    exit: u8,
    out: &mut dyn Write,
) -> io::Result<()> {
    let badge = badge(outcome);
    writeln!(out, "{badge}  {BOLD}{sentence}{BOLD:#} {DIM}(exit code {exit}){DIM:#}")
}

/// The word of an outcome, in the colour that means it; the word alone is enough without colour.
pub(crate) fn badge(outcome: Outcome) -> String {
    let (word, color) = match outcome {
        Outcome::Pass => ("PASS   ", AnsiColor::Green),
        Outcome::Unknown => ("UNKNOWN", AnsiColor::Yellow),
        Outcome::Fail => ("FAIL   ", AnsiColor::Red),
    };
    let style = color.on_default().bold();
    format!("{style}{word}{style:#}")
}
