//! One page worth mailing: nothing is fetched, nothing needs a script, everything is escaped.

mod escape;
mod findings;

pub(crate) use escape::escape;

use crate::{
    text::{count, day, safe, thousands},
    view::View,
};
use cofferdam_policy::{ExceptionStatus, Outcome};
use std::io::{self, Write};

/// Mail servers refuse what is larger than some megabytes; a finding takes about a kilobyte.
const FINDINGS_MAX: usize = 3_000;
/// More problems than these are counted and not shown.
const PROBLEMS_MAX: usize = 500;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// SHA-256 of the script, the only one that the page lets run: were a name in a manifest ever to
/// get through as markup, its script would not. A test holds it to the file.
const SCRIPT_HASH: &str = "sha256-Zl5q+1XRl9evCVSWMqRnB6hZSpiGa/rHu7TsJeipKBM=";

/// Writes the page.
pub(crate) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    head(view, out)?;
    writeln!(out, "<main>")?;
    summary(view, out)?;
    paths(view, out)?;
    findings::write(view, FINDINGS_MAX, out)?;
    problems(view, out)?;
    quiet(view, out)?;
    exceptions(view, out)?;
    writeln!(out, "</main>")?;
    writeln!(
        out,
        "<footer>{} {} · judged {}</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>",
        view.command,
        env!("CARGO_PKG_VERSION"),
        view.now.strftime("%Y-%m-%d %H:%M UTC"),
    )
}

fn head(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; \
         form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        view.command,
        text(&view.target)
    )
}

fn summary(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let word = match view.outcome {
        Outcome::Pass => "Pass",
        Outcome::Fail => "Fail",
        Outcome::Unknown => "Unknown",
    };
    writeln!(
        out,
        "<header>\n<p class=\"command\">{}</p>\n<h1>{}</h1>\n\
         <p class=\"verdict {}\"><strong>{word}</strong> {} <small>exit code {}</small></p>",
        view.command,
        text(&view.target),
        view.outcome.as_str(),
        text(&view.sentence),
        view.exit
    )?;
    let facts: Vec<String> = view.facts.iter().map(|fact| text(fact)).collect();
    writeln!(out, "<p class=\"facts\">{}</p>\n</header>", facts.join(" · "))
}

fn paths(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.paths.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section aria-labelledby=\"paths\">\n<h2 id=\"paths\">Attack paths</h2>")?;
    for path in view.paths {
        let open = if view.paths.len() <= 3 { " open" } else { "" };
        writeln!(
            out,
            "<details class=\"path\"{open}><summary>{}</summary>\n<ol>",
            text(&capital(&path.title()))
        )?;
        for step in &path.steps {
            let place = match (&step.file, step.line) {
                (Some(file), Some(line)) => format!(" <code>{}:{line}</code>", text(file)),
                (Some(file), None) => format!(" <code>{}</code>", text(file)),
                _ => String::new(),
            };
            writeln!(out, "<li>{}{place}</li>", text(&step.text))?;
        }
        writeln!(out, "</ol>")?;
        for cut in &path.cuts {
            writeln!(out, "<p class=\"fix\"><b>Cut here:</b> {}</p>", text(cut))?;
        }
        writeln!(out, "</details>")?;
    }
    writeln!(out, "</section>")
}

fn problems(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.problems.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"problems\">\n<h2 id=\"problems\">Not assessed ({})</h2>\n<ul>",
        thousands(view.problems.len())
    )?;
    for problem in view.problems.iter().take(PROBLEMS_MAX) {
        let place = problem.location.as_ref().map(|location| text(&location.path));
        writeln!(
            out,
            "<li><code>{}</code> <b>{}</b> {}</li>",
            problem.kind.code(),
            place.unwrap_or_default(),
            text(&problem.detail)
        )?;
    }
    writeln!(out, "</ul>")?;
    left_out(view.problems.len().saturating_sub(PROBLEMS_MAX), "problem", out)?;
    writeln!(out, "</section>")
}

fn quiet(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.quiet.is_empty() && view.passed == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"passed\">\n<h2 id=\"passed\">Passed</h2>\n<p>{}, {} without a \
         finding.</p>\n<details><summary>List</summary>\n<ul>",
        count(view.passed, "check"),
        thousands(view.quiet.len())
    )?;
    for quiet in view.quiet.iter().take(FINDINGS_MAX) {
        writeln!(out, "<li><code>{}</code> {}</li>", text(quiet.name), text(quiet.title))?;
    }
    writeln!(out, "</ul></details>\n</section>")
}

fn exceptions(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.exceptions.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"exceptions\">\n<h2 id=\"exceptions\">Exceptions</h2>\n<ul>"
    )?;
    for exception in view.exceptions {
        let state = match exception.status {
            ExceptionStatus::Used(number) => format!("covers {}", count(number, "finding")),
            ExceptionStatus::Unused => "matches nothing here".to_owned(),
            ExceptionStatus::Expired(number) => {
                format!("has expired and no longer covers {}", count(number, "finding"))
            }
        };
        writeln!(
            out,
            "<li><b>{}</b> of {} {state} <code>{}</code></li>",
            text(&exception.name),
            text(&exception.owner),
            text(&exception.place)
        )?;
    }
    writeln!(out, "</ul>\n</section>")
}

/// Says what a bound leaves out.
pub(super) fn left_out(number: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    if number == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<p class=\"left-out\">{} more left out of this page; the JSON report has all.</p>",
        count(number, what)
    )
}

/// Text from a target: no control characters, no markup.
pub(super) fn text(text: &str) -> String {
    escape(&safe(text))
}

pub(super) fn until(time: jiff::Timestamp) -> String {
    day(time)
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).collect()
}
