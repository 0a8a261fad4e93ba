//! The findings of a page, by object.

use super::{left_out, text, until};
use crate::{
    upgrade::upgrades,
    view::{Group, Item, View, by_severity},
};
use cofferdam_policy::Outcome;
use std::io::{self, Write};

/// The groups that fit, and how much does not.
pub(super) fn write(view: &View<'_>, most: usize, out: &mut dyn Write) -> io::Result<()> {
    if view.groups.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"findings\" id=\"list\">\n<h2 id=\"findings\">Findings</h2>"
    )?;
    let mut left = most;
    let mut hidden = 0;
    for (number, group) in view.groups.iter().enumerate() {
        if left == 0 {
            hidden += group.items.len();
            continue;
        }
        // A reader sees the worst without a click; a long page stays short.
        hidden += self::group(group, number < OPEN_MAX, left, out)?;
        left = left.saturating_sub(group.items.len());
    }
    left_out(hidden, "finding", out)?;
    writeln!(out, "</section>")
}

/// Groups that stand open.
const OPEN_MAX: usize = 25;

/// Writes what fits, and says how many findings do not.
fn group(group: &Group<'_>, is_open: bool, most: usize, out: &mut dyn Write) -> io::Result<usize> {
    let place = match group.line {
        Some(line) => format!("{}:{line}", text(group.file)),
        None => text(group.file),
    };
    let open = group.items.iter().filter(|item| item.exception.is_none());
    let failed = open.filter(|item| item.outcome == Outcome::Fail);
    writeln!(
        out,
        "<details class=\"group\"{}><summary><b>{}</b> <code>{place}</code> \
         <span class=\"count\">{}</span></summary>",
        if is_open { " open" } else { "" },
        text(&group.title),
        by_severity(failed.map(|item| item.severity)),
    )?;
    if !group.notes.is_empty() {
        writeln!(out, "<p class=\"notes\">{}</p>", text(&group.notes.join(", ")))?;
    }
    cures(group, out)?;
    writeln!(out, "<ul class=\"items\">")?;
    for item in group.items.iter().take(most) {
        self::item(item, out)?;
    }
    writeln!(out, "</ul></details>")?;
    Ok(group.items.len().saturating_sub(most))
}

/// Packages whose one cure is told.
const CURES_MAX: usize = 25;

/// Each vulnerability has a fix of its own; one upgrade is rid of all that its package has.
fn cures(group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
    let open = group.items.iter().filter(|item| item.exception.is_none());
    let failed = open.filter(|item| item.outcome == Outcome::Fail);
    let upgrades = upgrades(failed.filter_map(|item| item.vulnerable));
    let cures: Vec<String> = upgrades
        .iter()
        .filter_map(|upgrade| {
            let version = &upgrade.packages.first()?.version;
            let package = format!("{} {version}", upgrade.names().join(", "));
            Some(format!("<b>{}:</b> {}.", text(&package), text(&upgrade.cure()?)))
        })
        .collect();
    for cure in cures.iter().take(CURES_MAX) {
        writeln!(out, "<p class=\"fix\">{cure}</p>")?;
    }
    left_out(cures.len().saturating_sub(CURES_MAX), "upgrade", out)
}

fn item(item: &Item<'_>, out: &mut dyn Write) -> io::Result<()> {
    let state = match (item.exception, item.outcome) {
        (Some(_), _) => "excepted",
        (None, Outcome::Unknown) => "unknown",
        (None, _) => item.severity.as_str(),
    };
    let code = match item.page() {
        Some(page) => format!("<a href=\"{}\">{}</a>", text(&page), text(item.code)),
        None => text(item.code),
    };
    write!(
        out,
        "<li class=\"item {state}\"><p><span class=\"badge {state}\">{state}</span> \
         <span class=\"code\">{code}</span> {} <code class=\"at\">{}</code></p>",
        text(item.message),
        text(&item.at()),
    )?;
    if let Some(exception) = item.exception {
        write!(
            out,
            "<p class=\"why\">excepted by {} until {}: {}</p>",
            text(&exception.owner),
            until(exception.expires),
            text(&exception.reason)
        )?;
    }
    if let Some(remediation) = item.remediation {
        write!(out, "<p class=\"fix\"><b>Fix:</b> {}</p>", text(remediation))?;
    }
    let rank = item.rank.map(|rank| format!("{} of 99: {rank}", rank.score()));
    let why: Vec<String> = [Some(item.title.to_owned()), Some(item.description.to_owned()), rank]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .map(|part| text(&part))
        .collect();
    if !why.is_empty() {
        write!(
            out,
            "<details class=\"why\"><summary>Why</summary><p>{}</p></details>",
            why.join("</p><p>")
        )?;
    }
    writeln!(out, "</li>")
}
