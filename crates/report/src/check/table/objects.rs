//! The objects of a table, worst first, each with its findings.

use crate::{
    table::{BOLD, DIM, YELLOW},
    text::{count, cut, cut_middle, day, safe, wrap},
    view::{Group, Item, by_outcome},
};
use anstyle::{AnsiColor, Style};
use cofferdam_model::Severity;
use cofferdam_policy::{Excepted, Outcome};
use std::{
    collections::HashMap,
    io::{self, Write},
};

/// More objects than these are counted and not shown: nobody reads on.
const GROUPS_MAX: usize = 12;
/// More findings of one object than these are counted and not shown.
const ROWS_MAX: usize = 8;
/// Where the text of a finding begins.
const INDENT: usize = 20;

/// Objects that say the same in the same words, as overlays of one base do: the first, and the
/// files of the others.
struct Twins<'v, 'a> {
    first: &'v Group<'a>,
    others: Vec<&'a str>,
}

/// Writes the objects that fit, and counts the others.
pub(super) fn write(groups: &[Group<'_>], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let (shown, hidden) = gather(groups);
    for twins in &shown {
        group(twins, width, out)?;
    }
    more_groups(&hidden, out)
}

fn gather<'v, 'a>(groups: &'v [Group<'a>]) -> (Vec<Twins<'v, 'a>>, Vec<&'v Group<'a>>) {
    let mut shown: Vec<Twins<'v, 'a>> = Vec::new();
    let mut hidden = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    // What could not be said and decides nothing is one line for all, further below.
    let speaks = |group: &&Group<'_>| {
        group.items.iter().any(|item| item.exception.is_some() || is_told(item))
    };
    for group in groups.iter().filter(speaks) {
        let number = shown.len();
        let twin = known.get(&*group.title).and_then(|at| shown.get_mut(*at));
        match twin.filter(|twin| is_same(twin.first, group)) {
            Some(twin) => twin.others.push(group.file),
            None if number < GROUPS_MAX => {
                known.entry(&group.title).or_insert(number);
                shown.push(Twins { first: group, others: Vec::new() });
            }
            None => hidden.push(group),
        }
    }
    (shown, hidden)
}

fn is_same(one: &Group<'_>, other: &Group<'_>) -> bool {
    let said = |group: &Group<'_>| -> Vec<(String, String)> {
        let items = group.items.iter();
        items.map(|item| (item.code.to_owned(), item.message.to_owned())).collect()
    };
    one.file != other.file && one.items.len() == other.items.len() && said(one) == said(other)
}

fn heading(group: &Group<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let title = cut(&safe(&group.title), width / 2).into_owned();
    let place = match group.line {
        Some(line) => format!("{}:{line}", group.file),
        None => group.file.to_owned(),
    };
    let room = width.saturating_sub(title.chars().count() + 2);
    let place = cut_middle(&safe(&place), room).into_owned();
    let notes = group.notes.join(", ");
    write!(out, "{BOLD}{title}{BOLD:#}  {DIM}{place}{DIM:#}")?;
    if notes.is_empty() {
        return writeln!(out);
    }
    if place.chars().count() + notes.chars().count() + 2 > room {
        writeln!(out)?;
    }
    writeln!(out, "  {YELLOW}{notes}{YELLOW:#}")
}

fn group(twins: &Twins<'_, '_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let group = twins.first;
    let (excepted, open): (Vec<&Item<'_>>, Vec<&Item<'_>>) =
        group.items.iter().partition(|item| item.exception.is_some());
    let told: Vec<&Item<'_>> = open.into_iter().filter(|item| is_told(item)).collect();
    heading(group, width, out)?;
    let (shown, hidden) = told.split_at(told.len().min(ROWS_MAX));
    for (index, item) in shown.iter().enumerate() {
        // One cure for many findings is said once, after the last of them.
        let next = shown.get(index + 1).and_then(|next| next.remediation);
        let is_last = next.is_none() || next != item.remediation;
        row(item, group.file, is_last, width, out)?;
    }
    if !hidden.is_empty() {
        let outcomes = by_outcome(hidden.iter().copied());
        writeln!(out, "  {DIM}and {} more: {outcomes}{DIM:#}", hidden.len())?;
    }
    for item in excepted.iter().take(ROWS_MAX) {
        if let Some(one) = item.exception {
            writeln!(out, "  {DIM}{}{DIM:#}", exception(item, one, width.saturating_sub(2)))?;
        }
    }
    if excepted.len() > ROWS_MAX {
        let more = count(excepted.len() - ROWS_MAX, "excepted finding");
        writeln!(out, "  {DIM}and {more} more{DIM:#}")?;
    }
    if let [first, rest @ ..] = twins.others.as_slice() {
        let first = cut_middle(&safe(first), width / 2).into_owned();
        let more = match rest.len() {
            0 => String::new(),
            more => format!(" and {}", count(more, "other file")),
        };
        writeln!(out, "  {DIM}the same in {first}{more}{DIM:#}")?;
    }
    writeln!(out)
}

/// One line, in which there is room for the date at any rate: who and until when says more than the
/// end of a long name.
fn exception(item: &Item<'_>, one: &Excepted, width: usize) -> String {
    let (owner, until) = (safe(&one.owner), day(one.expires));
    let owner = cut(&owner, width / 5);
    let head = format!("excepted: {} ", safe(item.code));
    let tail = format!(" — {owner}, until {until}:");
    // And the mark that the reason was cut.
    let used = head.chars().count() + tail.chars().count() + 1;
    let about = safe(item.about);
    let about = cut_middle(&about, width.saturating_sub(used).max(1));
    cut(&format!("{head}{about}{tail} {}", safe(&one.reason)), width).into_owned()
}

/// Whether a finding is shown by itself.
pub(super) const fn is_told(item: &Item<'_>) -> bool {
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
        // A line of another file stands below, with its file.
        _ if item.file != file => String::new(),
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
    // A kustomization takes what it builds from files of its own, a workload its rights from roles.
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

fn more_groups(hidden: &[&Group<'_>], out: &mut dyn Write) -> io::Result<()> {
    let items = || hidden.iter().flat_map(|group| &group.items);
    let open = || items().filter(|item| item.exception.is_none() && is_told(item));
    if open().next().is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "{DIM}and {} more with {} (-o json lists all, -o html=check.html to read them){DIM:#}\n",
        count(hidden.len(), "object"),
        by_outcome(open())
    )
}
