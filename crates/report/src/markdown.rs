//! Markdown for a comment on a pull request: the worst first, bounded, and honest about it.

use crate::{
    text::{count, cut, safe},
    upgrade::{Upgrade, likelihood, severity as severity_of, upgrades},
    view::{Group, Item, View, by_outcome},
};
use cofferdam_model::{Fix, Vulnerability};
use cofferdam_policy::Outcome;
use std::io::{self, Write};

/// GitHub takes 65,536 characters in a comment, GitLab a million; what a bot adds must fit too.
const CHARACTERS_MAX: usize = 60_000;
/// What is kept for the last lines, which say what is left out.
const RESERVE: usize = 2_000;
/// Characters of any one text.
const TEXT_MAX: usize = 400;
/// Attack paths that are shown.
const PATHS_MAX: usize = 5;
/// Findings of one object that are shown.
const ROWS_MAX: usize = 40;
/// Vulnerabilities of one package that are named.
const VULNERABILITIES_MAX: usize = 6;
/// Problems that are shown.
const PROBLEMS_MAX: usize = 20;

/// Writes the comment.
pub(crate) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::default();
    page.push(&summary(view));
    for path in view.paths.iter().take(PATHS_MAX) {
        page.push(&way_in(path));
    }
    let hidden_paths = view.paths.len().saturating_sub(PATHS_MAX);
    let mut hidden = 0;
    for group in &view.groups {
        let rows = rows(group);
        let (shown, more) = rows.split_at(rows.len().min(ROWS_MAX));
        let left_out = if page.push(&table(group, shown)) { more } else { &rows };
        hidden += left_out.iter().map(|row| row.findings).sum::<usize>();
    }
    page.push(&problems(view));
    let mut end = Vec::new();
    let left_out = [(hidden_paths, "attack path", "attack paths"), (hidden, "finding", "findings")];
    for (number, one, many) in left_out.into_iter().filter(|(number, ..)| *number > 0) {
        let what = if number == 1 { one } else { many };
        end.push(format!("\n**{number} more {what} left out** of this comment for its length.\n"));
    }
    end.push(format!(
        "\n<sub>{} {} · {} · exit code {}</sub>\n",
        view.command,
        env!("CARGO_PKG_VERSION"),
        crate::text::day(view.now),
        view.exit
    ));
    out.write_all(page.text.as_bytes())?;
    out.write_all(end.concat().as_bytes())
}

/// Text that never grows over the limit.
#[derive(Default)]
struct Page {
    text: String,
    characters: usize,
}

impl Page {
    /// Adds a part as a whole, or says that there is no room.
    fn push(&mut self, part: &str) -> bool {
        let length = part.chars().count();
        let fits = self.characters + length <= CHARACTERS_MAX - RESERVE;
        if fits {
            self.text.push_str(part);
            self.characters += length;
        }
        fits
    }
}

/// A line of a table, and how many findings it tells.
struct Row {
    findings: usize,
    text: String,
}

fn summary(view: &View<'_>) -> String {
    let word = match view.outcome {
        Outcome::Pass => "passes",
        Outcome::Fail => "fails",
        Outcome::Unknown => "could not be judged",
    };
    let facts: Vec<String> = view.facts.iter().map(|fact| text(fact)).collect();
    format!(
        "### {} {word}: {}\n\n{} · {}\n",
        view.command,
        text(&view.sentence),
        code(&view.target),
        facts.join(" · ")
    )
}

fn way_in(path: &cofferdam_assess::check::AttackPath) -> String {
    let mut part = vec![format!("\n**{}**\n\n", text(&path.title()))];
    for (number, step) in path.steps.iter().enumerate() {
        let place = match (&step.file, step.line) {
            (Some(file), Some(line)) => format!(" {}", code(&format!("{file}:{line}"))),
            _ => String::new(),
        };
        part.push(format!("{}. {}{place}\n", number + 1, text(&step.text)));
    }
    for cut in path.cuts.iter().take(1) {
        part.push(format!("\nCut here: {}\n", text(cut)));
    }
    part.concat()
}

fn table(group: &Group<'_>, rows: &[Row]) -> String {
    let open = group.items.iter().filter(|item| item.exception.is_none());
    let place = match group.line {
        Some(line) => code(&format!("{}:{line}", group.file)),
        None => code(group.file),
    };
    // No Markdown inside of `summary`, only markup.
    let notes = group.notes.join(", ");
    let mut part = vec![format!(
        "\n<details{}><summary><b>{}</b> {}</summary>\n\n{place} {notes}\n\n\
         | severity | rule | line | what is wrong, and the fix |\n|---|---|---|---|\n",
        if group.items.iter().any(|item| item.decides) { " open" } else { "" },
        markup(&group.title),
        by_outcome(open),
    )];
    part.extend(rows.iter().map(|row| row.text.clone()));
    part.push("\n</details>\n".to_owned());
    part.concat()
}

/// One row a finding; of vulnerabilities one a package, for one upgrade cures them together.
fn rows(group: &Group<'_>) -> Vec<Row> {
    let is_package = |item: &&Item<'_>| item.exception.is_none() && item.vulnerable.is_some();
    let (vulnerable, others): (Vec<&Item<'_>>, Vec<&Item<'_>>) =
        group.items.iter().partition(is_package);
    let mut rows = Vec::new();
    for outcome in [Outcome::Fail, Outcome::Unknown] {
        let items = vulnerable.iter().copied().filter(|item| item.outcome == outcome);
        let items: Vec<&Item<'_>> = items.collect();
        for upgrade in upgrades(items.iter().filter_map(|item| item.vulnerable)) {
            // All of these items have a package, so that positions among packages are theirs.
            let of = upgrade.found.iter().filter_map(|position| items.get(*position).copied());
            match &*of.collect::<Vec<_>>() {
                [item] => rows.push(row(item, group.file)),
                items => rows.extend(package(&upgrade, items)),
            }
        }
    }
    rows.extend(others.into_iter().map(|item| row(item, group.file)));
    rows
}

/// What several vulnerabilities of packages that are cured together come to.
fn package(upgrade: &Upgrade<'_>, items: &[&Item<'_>]) -> Option<Row> {
    let (package, first) = (upgrade.packages.first()?, items.first()?);
    let number = count(upgrade.rows.len(), "vulnerability");
    let name = format!(
        "{} {} ({}) in {}",
        text(&upgrade.names().join(", ")),
        text(&package.version),
        package.kind.purl_type(),
        code(&package.location.to_string()),
    );
    let (state, told) = if first.outcome == Outcome::Fail {
        let severity = items.iter().map(|item| item.own_severity()).max()?;
        let shown = upgrade.rows.iter().take(VULNERABILITIES_MAX);
        let mut told: Vec<String> = shown
            .map(|row| format!("{} ({}, {})", text(&row.id), severity_of(row), likelihood(row)))
            .collect();
        let more = upgrade.rows.len() - told.len();
        if more > 0 {
            told.push(format!("{more} more"));
        }
        (severity.as_str(), format!("{name}: {number}: {}", told.join(", ")))
    } else {
        let message = text(first.message);
        (first.state(), format!("{name}: {number} not judged, for example: {message}"))
    };
    let is_one_cure = items.iter().all(|item| item.remediation == first.remediation);
    let cure = match (upgrade.cure(), &*upgrade.rows) {
        _ if is_one_cure && first.remediation.is_some() => first.remediation.map(text),
        (Some(cure), _) => Some(format!("{}.", text(&cure))),
        (None, [Vulnerability { fix: Fix::Version(version), .. }]) => {
            Some(format!("upgrade to {} or later.", text(version)))
        }
        _ => first.remediation.map(text),
    };
    let cure = cure.map(|cure| format!("<br>*Fix:* {cure}")).unwrap_or_default();
    let text = format!("| {state} | {} |  | {told}{cure} |\n", rule(first));
    Some(Row { findings: items.len(), text })
}

fn rule(item: &Item<'_>) -> String {
    match item.page() {
        Some(page) => format!("[{}]({page})", text(item.code)),
        None => text(item.code),
    }
}

fn row(item: &Item<'_>, file: &str) -> Row {
    let state = match item.state() {
        "fail" => item.own_severity().as_str(),
        state => state,
    };
    let rule = rule(item);
    let line = match item.place {
        Some(_) if item.file != file => code(&item.at()),
        Some((line, _)) => line.to_string(),
        None => String::new(),
    };
    let more = match (item.exception, item.remediation) {
        (Some(one), _) => {
            let until = crate::text::day(one.expires);
            let (owner, reason) = (text(&one.owner), text(&one.reason));
            format!("<br>excepted by {owner} until {until}: {reason}")
        }
        (None, Some(remediation)) => format!("<br>*Fix:* {}", text(remediation)),
        (None, None) => String::new(),
    };
    let text = format!("| {state} | {rule} | {line} | {}{more} |\n", text(item.message));
    Row { findings: 1, text }
}

fn problems(view: &View<'_>) -> String {
    if view.problems.is_empty() {
        return String::new();
    }
    let mut part = vec![format!("\n**Not assessed ({})**\n\n", view.problems.len())];
    for problem in view.problems.iter().take(PROBLEMS_MAX) {
        let place = problem.location.as_ref().map(|location| code(&location.path));
        part.push(format!(
            "- {} {}: {}\n",
            problem.kind.code(),
            place.unwrap_or_default(),
            text(&problem.detail)
        ));
    }
    let more = view.problems.len().saturating_sub(PROBLEMS_MAX);
    if more > 0 {
        part.push(format!("- and {more} more\n"));
    }
    part.concat()
}

/// Text from a target in one line: no markup of Markdown or HTML, no mention of anybody, no link.
fn text(text: &str) -> String {
    harmless(text, true)
}

/// The same where only markup is read, and a backslash would be seen.
fn markup(text: &str) -> String {
    harmless(text, false)
}

fn harmless(text: &str, is_markdown: bool) -> String {
    let safe = safe(text);
    let one_line = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    for character in cut(&one_line, TEXT_MAX).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A comment in between keeps hosts from calling people, issues and addresses.
            '@' | '#' => {
                out.push(character);
                out.push_str("<!-- -->");
            }
            '/' if out.ends_with(':') => out.push_str("<!-- -->/"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '!' | '~' | '$'
                if is_markdown =>
            {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

/// A path as code. A backtick would end it, a bar would end its cell, and where a reader takes
/// code for markup all the same there is none.
fn code(text: &str) -> String {
    let safe = safe(text).replace('`', "'").replace('|', "¦").replace('<', "‹").replace('>', "›");
    format!("`{}`", cut(&safe, TEXT_MAX))
}
