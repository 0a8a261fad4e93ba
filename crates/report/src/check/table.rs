//! The table of a check: attack paths first, then objects, worst first; each finding with its line
//! and its fix; the sentence that decides last.

mod objects;

use crate::{
    table::{BOLD, DIM, WIDTH_MIN, YELLOW, exceptions, last_line},
    text::{count, cut, cut_middle, safe, thousands, wrap},
    view::View,
};
use anstyle::AnsiColor;
use cofferdam_assess::check::{AttackPath, Check, FileKind, PathStep};
use std::{
    borrow::Cow,
    io::{self, Write},
};

/// More attack paths than these are counted and not shown.
const PATHS_MAX: usize = 3;
/// More problems than these are counted and not shown.
const PROBLEMS_MAX: usize = 8;
/// More names of files than these are counted and not shown.
const NAMES_MAX: usize = 4;

/// Writes the report.
pub(crate) fn write(
    check: &Check,
    view: &View<'_>,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let width = width.max(WIDTH_MIN);
    writeln!(out, "{BOLD}{}{BOLD:#}", cut_middle(&safe(&view.target), width))?;
    writeln!(out, "{}\n", safe(&view.facts.join(" · ")))?;
    paths(view.paths, width, out)?;
    objects::write(&view.groups, width, out)?;
    problems(view, width, out)?;
    unknown(view, width, out)?;
    others(check, width, out)?;
    exceptions(view.exceptions, out)?;
    last_line(view.outcome, &view.sentence, view.exit, out)
}

fn paths(paths: &[AttackPath], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let red = AnsiColor::Red.on_default().bold();
    let cyan = AnsiColor::Cyan.on_default();
    for path in paths.iter().take(PATHS_MAX) {
        writeln!(out, "{red}ATTACK PATH{red:#}  {BOLD}{}{BOLD:#}", safe(&path.title()))?;
        for (number, step) in path.steps.iter().enumerate() {
            self::step(number + 1, step, width, out)?;
        }
        for cut in path.cuts.iter().take(1) {
            for (index, line) in wrap(&safe(cut), width.saturating_sub(18)).iter().enumerate() {
                let label = if index == 0 { "cut here:" } else { "         " };
                writeln!(out, "        {cyan}{label}{cyan:#} {line}")?;
            }
        }
        writeln!(out)?;
    }
    if paths.len() > PATHS_MAX {
        let more = paths.len() - PATHS_MAX;
        let what = if more == 1 { "attack path" } else { "attack paths" };
        writeln!(out, "{DIM}and {more} more {what} (-o json lists all){DIM:#}\n")?;
    }
    Ok(())
}

/// A step, and behind its words where it is written.
fn step(number: usize, step: &PathStep, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let place = match (&step.file, step.line) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        (file, _) => file.clone().unwrap_or_default(),
    };
    let place = cut_middle(&safe(&place), width / 2).into_owned();
    let lines = wrap(&safe(&step.text), width.saturating_sub(8));
    for (index, line) in lines.iter().enumerate() {
        match index {
            0 => write!(out, "  {number:>4}  {line}")?,
            _ => write!(out, "\n        {line}")?,
        }
    }
    let used = lines.last().map_or(0, |line| line.chars().count());
    if used + place.chars().count() + 10 > width {
        write!(out, "\n      ")?;
    }
    writeln!(out, "  {DIM}{place}{DIM:#}")
}

fn problems(view: &View<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if view.problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "{YELLOW}Not assessed{YELLOW:#} ({})", count(view.problems.len(), "problem"))?;
    for problem in view.problems.iter().take(PROBLEMS_MAX) {
        let path = problem.location.as_ref().map(|location| safe(&location.path));
        let path = path.map(|path| format!("{}: ", cut_middle(&path, width / 2)));
        let text = format!("{}{}", path.unwrap_or_default(), safe(&problem.detail));
        for (index, line) in wrap(&text, width.saturating_sub(12)).iter().enumerate() {
            match index {
                0 => writeln!(out, "  {}  {line}", problem.kind.code())?,
                _ => writeln!(out, "            {line}")?,
            }
        }
    }
    if view.problems.len() > PROBLEMS_MAX {
        let more = view.problems.len() - PROBLEMS_MAX;
        writeln!(out, "  {DIM}and {} more (-o json lists all){DIM:#}", thousands(more))?;
    }
    writeln!(out)
}

/// What the files do not say, in one breath.
fn unknown(view: &View<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let items = view.groups.iter().flat_map(|group| &group.items);
    let mut untold = items.filter(|item| item.exception.is_none() && !objects::is_told(item));
    let Some(first) = untold.next() else { return Ok(()) };
    let message = cut(first.message, 2 * WIDTH_MIN);
    let text = format!(
        "{} could not be judged from these files, for example {}: {message}",
        count(1 + untold.count(), "check"),
        first.code,
    );
    dim(&text, width, out)
}

/// Files in which nothing was found to judge.
fn others(check: &Check, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let others = check.files.iter().filter(|file| file.kind == FileKind::Other);
    let names: Vec<&str> = others.map(|file| &*file.path).collect();
    if names.is_empty() {
        return Ok(());
    }
    let shown: Vec<Cow<'_, str>> =
        names.iter().take(NAMES_MAX).map(|name| cut_middle(name, width / 2)).collect();
    let more = match names.len().saturating_sub(NAMES_MAX) {
        0 => String::new(),
        more => format!(" and {} more", thousands(more)),
    };
    let text = format!("No Kubernetes objects in {}{more}", shown.join(", "));
    dim(&text, width, out)
}

fn dim(text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    for line in wrap(&safe(text), width) {
        writeln!(out, "{DIM}{line}{DIM:#}")?;
    }
    writeln!(out)
}
