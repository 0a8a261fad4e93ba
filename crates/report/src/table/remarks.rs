//! What else a reader must know to believe the verdict: coverage, damage, exceptions.

use super::DIM;
use crate::text::{count, cut, day, safe, thousands};
use anstyle::AnsiColor;
use cofferdam_assess::Assessment;
use cofferdam_model::{CoverageStatus, SecretPlace};
use cofferdam_policy::{ExceptionStatus, ExceptionUse};
use std::io::{self, Write};

/// More problems than these are counted and not shown.
const PROBLEMS_MAX: usize = 8;

/// The remarks, each only where there is something to remark.
pub(super) fn write(assessment: &Assessment, width: usize, out: &mut dyn Write) -> io::Result<()> {
    coverage(assessment, out)?;
    problems(assessment, width, out)?;
    hidden_secrets(assessment, out)?;
    exceptions(&assessment.decision.exceptions, out)
}

fn coverage(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &assessment.matches.coverage;
    if coverage.is_empty() {
        return Ok(());
    }
    let wide = coverage.iter().map(|one| one.ecosystem.chars().count()).max().unwrap_or_default();
    writeln!(out, "Advisories for what was found")?;
    for one in coverage {
        write!(out, "  {:wide$}  {:>14}  ", safe(&one.ecosystem), count(one.packages, "package"))?;
        match &one.status {
            CoverageStatus::Loaded { advisories, newest } => {
                let number = usize::try_from(*advisories).unwrap_or(usize::MAX);
                let newest = newest.map(|time| format!(", newest of {}", day(time)));
                writeln!(
                    out,
                    "{DIM}{} advisories{}{DIM:#}",
                    thousands(number),
                    newest.unwrap_or_default()
                )?;
            }
            CoverageStatus::NoSource => {
                let yellow = AnsiColor::Yellow.on_default();
                writeln!(out, "{yellow}no source loaded: not assessed{yellow:#}")?;
            }
        }
    }
    writeln!(out)
}

fn problems(assessment: &Assessment, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let problems = &assessment.contents.problems;
    if problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "Not assessed ({})", count(problems.len(), "problem"))?;
    for problem in problems.iter().take(PROBLEMS_MAX) {
        let place = problem.location.as_ref().map(|location| format!("{location}: "));
        let text = format!("{}{}", place.unwrap_or_default(), problem.detail);
        writeln!(
            out,
            "  {}  {}",
            problem.kind.code(),
            cut(&safe(&text), width.saturating_sub(12))
        )?;
    }
    if problems.len() > PROBLEMS_MAX {
        writeln!(
            out,
            "  {DIM}and {} more (-o json lists all){DIM:#}",
            problems.len() - PROBLEMS_MAX
        )?;
    }
    writeln!(out)
}

fn hidden_secrets(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let hidden =
        |place: &SecretPlace| matches!(place, SecretPlace::File { deleted_in: Some(_), .. });
    let number = assessment.contents.secrets.iter().filter(|one| hidden(&one.place)).count();
    if number == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "{} deleted by a later layer and can still be retrieved by anybody who can pull the image.\n",
        if number == 1 { "1 secret was".to_owned() } else { format!("{number} secrets were") }
    )
}

/// Exceptions that did nothing: somebody should take them away.
pub(crate) fn exceptions(all: &[ExceptionUse], out: &mut dyn Write) -> io::Result<()> {
    for exception in all {
        let state = match exception.status {
            ExceptionStatus::Used(_) => continue,
            ExceptionStatus::Unused => "matches nothing here".to_owned(),
            ExceptionStatus::Expired(number) => {
                format!("has expired and no longer covers {}", count(number, "finding"))
            }
        };
        writeln!(
            out,
            "{DIM}exception {} of {} ({}) {state}{DIM:#}",
            safe(&exception.name),
            safe(&exception.owner),
            safe(&exception.place)
        )?;
    }
    Ok(())
}
