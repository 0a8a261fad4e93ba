//! The table of a check: ways in first, then objects, worst first; each finding with its line and
//! its fix; the sentence that decides last.

use crate::{
    table::{BOLD, DIM, WIDTH_MIN, YELLOW, last_line},
    text::{count, cut, cut_middle, day, safe, thousands, wrap},
    view::{Group, Item, View, by_severity},
};
use anstyle::{AnsiColor, Style};
use cofferdam_assess::check::{AttackPath, Check, FileKind, PathStep};
use cofferdam_model::Severity;
use cofferdam_policy::{ExceptionStatus, Outcome};
use std::io::{self, Write};

/// More objects than these are counted and not shown: nobody reads on.
const GROUPS_MAX: usize = 12;
/// More findings of one object than these are counted and not shown.
const ROWS_MAX: usize = 8;
/// More ways in than these are counted and not shown.
const PATHS_MAX: usize = 3;
/// More problems, or names of files, than these are counted and not shown.
const NAMES_MAX: usize = 8;
/// Where the text of a finding begins.
const INDENT: usize = 20;

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
    let (shown, hidden) = view.groups.split_at(view.groups.len().min(GROUPS_MAX));
    for group in shown {
        self::group(group, width, out)?;
    }
    more_groups(hidden, out)?;
    problems(view, width, out)?;
    unknown(view, width, out)?;
    others(check, width, out)?;
    exceptions(view, out)?;
    last_line(view.outcome, &view.sentence, view.exit, out)
}

fn paths(paths: &[AttackPath], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let red = AnsiColor::Red.on_default().bold();
    let cyan = AnsiColor::Cyan.on_default();
    for path in paths.iter().take(PATHS_MAX) {
        writeln!(out, "{red}WAY IN{red:#}  {BOLD}{}{BOLD:#}", safe(&path.title()))?;
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
        let what = if more == 1 { "way in" } else { "ways in" };
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

fn group(group: &Group<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let (excepted, open): (Vec<&Item<'_>>, Vec<&Item<'_>>) =
        group.items.iter().partition(|item| item.exception.is_some());
    // What could not be said and decides nothing is one line for all, further below.
    let told: Vec<&Item<'_>> = open.into_iter().filter(|item| is_told(item)).collect();
    if told.is_empty() && excepted.is_empty() {
        return Ok(());
    }
    let title = cut(&safe(&group.title), width / 2).into_owned();
    let place = match group.line {
        Some(line) => format!("{}:{line}", group.file),
        None => group.file.to_owned(),
    };
    let notes = match group.notes.as_slice() {
        [] => String::new(),
        notes => format!("  {}", notes.join(", ")),
    };
    let room = width.saturating_sub(title.chars().count() + notes.chars().count() + 2);
    let place = cut_middle(&safe(&place), room.max(16)).into_owned();
    writeln!(out, "{BOLD}{title}{BOLD:#}  {DIM}{place}{DIM:#}{YELLOW}{notes}{YELLOW:#}")?;
    let (shown, hidden) = told.split_at(told.len().min(ROWS_MAX));
    for (index, item) in shown.iter().enumerate() {
        // One cure for many findings is said once, after the last of them.
        let next = shown.get(index + 1).and_then(|next| next.remediation);
        let is_last = next.is_none() || next != item.remediation;
        row(item, group.file, is_last, width, out)?;
    }
    if !hidden.is_empty() {
        let severities = by_severity(hidden.iter().map(|item| item.severity));
        writeln!(out, "  {DIM}and {} more: {severities}{DIM:#}", hidden.len())?;
    }
    for item in excepted.iter().take(ROWS_MAX) {
        if let Some(one) = item.exception {
            let line = format!(
                "excepted: {} {} — {}, until {}: {}",
                item.code,
                item.about,
                one.owner,
                day(one.expires),
                one.reason
            );
            writeln!(out, "  {DIM}{}{DIM:#}", cut(&safe(&line), width.saturating_sub(2)))?;
        }
    }
    if excepted.len() > ROWS_MAX {
        let more = count(excepted.len() - ROWS_MAX, "excepted finding");
        writeln!(out, "  {DIM}and {more} more{DIM:#}")?;
    }
    writeln!(out)
}

const fn is_told(item: &Item<'_>) -> bool {
    matches!(item.outcome, Outcome::Fail) || item.decides
}

fn row(
    item: &Item<'_>,
    file: &str,
    with_fix: bool,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (word, style) = match item.outcome {
        Outcome::Fail => (item.severity.as_str(), color(item.severity)),
        _ => ("unknown", YELLOW),
    };
    let line = match item.place {
        // `~` as in "about": a line of what the template renders to.
        Some((line, _)) if item.is_rendered => format!("~{line}"),
        Some((line, _)) => format!(":{line}"),
        None => String::new(),
    };
    let code = safe(item.code).into_owned();
    let room = width.saturating_sub(INDENT);
    let lines = wrap(&safe(item.message), room);
    for (index, text) in lines.iter().enumerate() {
        if index == 0 {
            write!(out, "  {style}{word:<8}{style:#}  {DIM}{line:<6}{DIM:#}  {text}")?;
        } else {
            write!(out, "{:INDENT$}{text}", "")?;
        }
        let is_last = index + 1 == lines.len();
        if is_last && text.chars().count() + code.chars().count() + 2 <= room {
            writeln!(out, "  {DIM}{code}{DIM:#}")?;
        } else if is_last {
            writeln!(out, "\n{:INDENT$}{DIM}{code}{DIM:#}", "")?;
        } else {
            writeln!(out)?;
        }
    }
    // A kustomization takes what it builds from files of its own.
    if item.file != file {
        let place = cut_middle(&safe(&item.at()), room).into_owned();
        writeln!(out, "{:INDENT$}{DIM}{place}{DIM:#}", "")?;
    }
    match item.remediation {
        Some(remediation) if with_fix => fix(remediation, width, out),
        _ => Ok(()),
    }
}

const fn color(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low | Severity::None => Style::new(),
    }
}

fn fix(remediation: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let cyan = AnsiColor::Cyan.on_default();
    for (index, line) in
        wrap(&safe(remediation), width.saturating_sub(INDENT + 5)).iter().enumerate()
    {
        let label = if index == 0 { "fix:" } else { "    " };
        writeln!(out, "{:INDENT$}{cyan}{label}{cyan:#} {line}", "")?;
    }
    Ok(())
}

fn more_groups(hidden: &[Group<'_>], out: &mut dyn Write) -> io::Result<()> {
    let items = || hidden.iter().flat_map(|group| &group.items);
    let open = || items().filter(|item| item.exception.is_none() && is_told(item));
    if open().next().is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "{DIM}and {} more with {} (-o json lists all, -o html=check.html to read them){DIM:#}\n",
        count(hidden.len(), "object"),
        by_severity(open().map(|item| item.severity))
    )
}

fn problems(view: &View<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if view.problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "{YELLOW}Not assessed{YELLOW:#} ({})", count(view.problems.len(), "problem"))?;
    for problem in view.problems.iter().take(NAMES_MAX) {
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
    if view.problems.len() > NAMES_MAX {
        let more = view.problems.len() - NAMES_MAX;
        writeln!(out, "  {DIM}and {} more (-o json lists all){DIM:#}", thousands(more))?;
    }
    writeln!(out)
}

/// What the files do not say, in one breath.
fn unknown(view: &View<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let items = view.groups.iter().flat_map(|group| &group.items);
    let mut untold = items.filter(|item| item.exception.is_none() && !is_told(item));
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
    let shown: Vec<&str> = names.iter().copied().take(NAMES_MAX).collect();
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

fn exceptions(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    for exception in view.exceptions {
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
