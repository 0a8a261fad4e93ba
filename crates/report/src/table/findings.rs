//! What does not hold: vulnerabilities by package, everything else one by one.

use super::{BOLD, DIM, badge};
use crate::{
    text::{count, cut, cut_middle, safe, wrap},
    upgrade::{Upgrade, likelihood, severity, upgrades},
    view::vulnerable,
};
use anstyle::AnsiColor;
use cofferdam_assess::Assessment;
use cofferdam_model::{Fix, SecretPlace, Severity, Vulnerability};
use cofferdam_policy::{Finding, Judged, Outcome};
use std::io::{self, Write};

/// More packages, or other findings, than these are counted and not shown: nobody reads on.
const GROUPS_MAX: usize = 12;
/// More vulnerabilities of one package than these are counted and not shown.
const ROWS_MAX: usize = 6;

/// One policy and its findings.
pub(super) fn write(
    assessment: &Assessment,
    judged: &Judged,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let verdict = &judged.verdict;
    writeln!(
        out,
        "{}  {}  {BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}",
        badge(verdict.outcome),
        verdict.code,
        verdict.title,
        verdict.severity
    )?;
    let (excepted, open): (Vec<&Finding>, Vec<&Finding>) =
        verdict.findings.iter().partition(|finding| finding.exception.is_some());
    let (failed, unknown): (Vec<&Finding>, Vec<&Finding>) =
        open.into_iter().partition(|finding| finding.outcome == Outcome::Fail);
    list(assessment, &failed, width, out)?;
    // Where something failed, what could not be said is worth one line; alone it is the news.
    if failed.is_empty() {
        list(assessment, &unknown, width, out)?;
    } else if !unknown.is_empty() {
        let reason = unknown.first().map(|finding| safe(&finding.message)).unwrap_or_default();
        let text = format!("{} more could not be judged, for example: {reason}", unknown.len());
        writeln!(out, "         {DIM}{}{DIM:#}", cut(&text, width.saturating_sub(9)))?;
    }
    for finding in excepted.iter().take(GROUPS_MAX) {
        if let Some(exception) = &finding.exception {
            writeln!(
                out,
                "         {DIM}excepted: {} — {}, until {}: {}{DIM:#}",
                safe(&finding.subject),
                safe(&exception.owner),
                crate::text::day(exception.expires),
                safe(&exception.reason)
            )?;
        }
    }
    more(excepted.len().saturating_sub(GROUPS_MAX), "excepted finding", out)?;
    writeln!(out)
}

fn list(
    assessment: &Assessment,
    findings: &[&Finding],
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (found, others): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| vulnerable(assessment, finding).is_some());
    let found = found.into_iter().filter_map(|finding| vulnerable(assessment, finding));
    vulnerabilities(&upgrades(found), width, out)?;
    let shown = others.get(..GROUPS_MAX.min(others.len())).unwrap_or_default();
    for (index, finding) in shown.iter().enumerate() {
        for line in wrap(&safe(&finding.message), width.saturating_sub(9)) {
            writeln!(out, "         {line}")?;
        }
        if let Some(place) = secret_place(assessment, finding) {
            let place = cut_middle(&safe(&place), width.saturating_sub(12)).into_owned();
            writeln!(out, "         {DIM}at {place}{DIM:#}")?;
        }
        // One cure for many findings is said once, after the last of them.
        let next = shown.get(index + 1).and_then(|next| next.remediation.as_deref());
        if let Some(remediation) = finding.remediation.as_deref().filter(|one| next != Some(*one)) {
            fix(remediation, width, out)?;
        }
    }
    more(others.len().saturating_sub(GROUPS_MAX), "finding", out)
}

/// Layer and line of a credential, which tell its owner which one it is.
fn secret_place(assessment: &Assessment, finding: &Finding) -> Option<String> {
    let element = finding.element.as_ref().filter(|one| one.list == "image.secrets")?;
    let secret = assessment.contents.secrets.get(element.index)?;
    let line = secret.line.map(|line| format!("line {line}"));
    match &secret.place {
        SecretPlace::File { location, .. } => Some(match (location.layer, line) {
            (Some(layer), Some(line)) => format!("/{}, {line}, layer {layer}", location.path),
            (Some(layer), None) => format!("/{}, layer {layer}", location.path),
            (None, Some(line)) => format!("/{}, {line}", location.path),
            (None, None) => return None,
        }),
        SecretPlace::History(step) => Some(format!("step {step} of the history")),
        _ => line,
    }
}

fn vulnerabilities(groups: &[Upgrade<'_>], width: usize, out: &mut dyn Write) -> io::Result<()> {
    for group in groups.iter().take(GROUPS_MAX) {
        self::group(group, width, out)?;
    }
    let rest = groups.get(GROUPS_MAX..).unwrap_or_default();
    more(rest.iter().map(|group| group.packages.len()).sum(), "package", out)
}

fn group(group: &Upgrade<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(package) = group.packages.first() else { return Ok(()) };
    let names = group.names();
    let place = match group.packages.len() {
        1 => package.location.to_string(),
        _ if names.len() == 1 => format!("{} and elsewhere", package.location),
        _ => package.location.to_string(),
    };
    writeln!(
        out,
        "         {BOLD}{} {}{BOLD:#}  {DIM}{} in {}{DIM:#}",
        cut(&safe(&names.join(", ")), width / 2),
        safe(&package.version),
        package.kind.purl_type(),
        cut_middle(&safe(&place), width.saturating_sub(20).max(24))
    )?;
    rows(&group.rows, width, out)?;
    match group.cure() {
        Some(cure) => fix(&cure, width, out),
        None => Ok(()),
    }
}

fn rows(rows: &[&Vulnerability], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<[String; 4]> = rows.iter().take(ROWS_MAX).map(|row| cells(row)).collect();
    let wide = |column: usize| {
        let cells = shown.iter().filter_map(|cells| cells.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let (id, severity, likelihood, fix) = (wide(0), wide(1), wide(2), wide(3));
    for (row, [a, b, c, d]) in rows.iter().zip(&shown) {
        let style = color(row.severity);
        let used = 11 + id + severity + likelihood + fix + 8;
        writeln!(
            out,
            "           {a:id$}  {style}{b:severity$}{style:#}  {c:likelihood$}  {d:fix$}  {DIM}{}{DIM:#}",
            cut(&safe(&row.summary), width.saturating_sub(used).max(12))
        )?;
    }
    if rows.len() > ROWS_MAX {
        writeln!(out, "           {DIM}and {} more{DIM:#}", rows.len() - ROWS_MAX)?;
    }
    Ok(())
}

/// Id, severity, likelihood, fix.
fn cells(row: &Vulnerability) -> [String; 4] {
    let fix = match &row.fix {
        Fix::Version(version) => format!("→ {}", safe(version)),
        Fix::None => "no fix".to_owned(),
    };
    [safe(&row.id).into_owned(), severity(row), likelihood(row), fix]
}

fn color(severity: Option<Severity>) -> anstyle::Style {
    match severity {
        Some(Severity::Critical | Severity::High) => AnsiColor::Red.on_default(),
        Some(Severity::Medium) | None => AnsiColor::Yellow.on_default(),
        Some(_) => anstyle::Style::new(),
    }
}

/// What to do.
fn fix(remediation: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let cyan = AnsiColor::Cyan.on_default();
    for (index, line) in wrap(&safe(remediation), width.saturating_sub(14)).iter().enumerate() {
        let label = if index == 0 { "fix:" } else { "    " };
        writeln!(out, "         {cyan}{label}{cyan:#} {line}")?;
    }
    Ok(())
}

fn more(number: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    if number == 0 {
        return Ok(());
    }
    writeln!(out, "         {DIM}and {} more (-o json lists all){DIM:#}", count(number, what))
}
