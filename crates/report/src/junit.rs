//! JUnit XML, as build servers read it: one suite a file or policy, one case a finding.
//!
//! There is no standard; this keeps to what Jenkins, GitLab and Maven's surefire schema have in
//! common: `testsuites`, `testsuite`, `testcase` with `failure` or `skipped`.

use crate::{
    text::{count, day, safe},
    view::{Item, View},
};
use cofferdam_policy::Outcome;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// Cases that fail, cannot be said, or are excepted, and how many pass unlisted.
#[derive(Default)]
struct Suite<'v, 'a> {
    cases: Vec<(&'v str, &'v Item<'a>)>,
    passed: usize,
}

/// Writes the document.
pub(crate) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(view);
    let problems = view.problems.len();
    let number = |of: fn(&Item<'_>) -> bool| {
        suites.values().flat_map(|suite| &suite.cases).filter(|(_, item)| of(item)).count()
    };
    let passing = suites.values().filter(|suite| suite.passed > 0).count();
    let listed: usize = suites.values().map(|suite| suite.cases.len()).sum();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{problems}\" \
         skipped=\"{}\">",
        xml(view.command),
        listed + passing + problems,
        number(fails),
        number(skips),
    )?;
    for (name, suite) in &suites {
        suite.write(name, view, out)?;
    }
    not_assessed(view, out)?;
    writeln!(out, "</testsuites>")
}

fn suites<'v, 'a>(view: &'v View<'a>) -> BTreeMap<&'v str, Suite<'v, 'a>> {
    let mut suites: BTreeMap<&str, Suite<'v, 'a>> = BTreeMap::new();
    for group in &view.groups {
        let suite = suites.entry(group.file).or_default();
        suite.cases.extend(group.items.iter().map(|item| (&*group.title, item)));
    }
    for quiet in &view.quiet {
        suites.entry(quiet.name).or_default().passed += quiet.passed;
    }
    for (file, passed) in &view.passed_beside {
        suites.entry(file).or_default().passed += passed;
    }
    suites
}

/// What decides is a failure, so that the build server agrees with the exit code.
const fn fails(item: &Item<'_>) -> bool {
    item.decides
}

const fn skips(item: &Item<'_>) -> bool {
    !item.decides
}

impl Suite<'_, '_> {
    fn write(&self, name: &str, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let number =
            |of: fn(&Item<'_>) -> bool| self.cases.iter().filter(|(_, one)| of(one)).count();
        let passing = usize::from(self.passed > 0);
        writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" \
             timestamp=\"{}\">",
            xml(name),
            self.cases.len() + passing,
            number(fails),
            number(skips),
            view.now.strftime("%Y-%m-%dT%H:%M:%S"),
        )?;
        writeln!(
            out,
            "    <properties><property name=\"checks.passed\" value=\"{}\"/></properties>",
            self.passed
        )?;
        for (group, item) in &self.cases {
            case(group, item, out)?;
        }
        if self.passed > 0 {
            let title = match self.passed {
                1 => "1 check passes".to_owned(),
                number => format!("{} pass", count(number, "check")),
            };
            writeln!(out, "    <testcase classname=\"{}\" name=\"{}\"/>", xml(name), xml(&title))?;
        }
        writeln!(out, "  </testsuite>")
    }
}

fn case(group: &str, item: &Item<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (class, code, about) = (xml(group), xml(item.code), xml(item.about));
    write!(out, "    <testcase classname=\"{class}\" name=\"{code} {about}\"")?;
    write!(out, " file=\"{}\"", xml(item.file))?;
    if let Some((line, _)) = item.place {
        write!(out, " line=\"{line}\"")?;
    }
    writeln!(out, ">")?;
    let message = xml(item.message);
    if item.decides {
        let kind =
            if item.outcome == Outcome::Unknown { "unknown" } else { item.severity.as_str() };
        write!(out, "      <failure type=\"{kind}\" message=\"{message}\">")?;
        let at = xml(&item.at());
        write!(out, "{at}: {message}")?;
        if let Some(remediation) = item.remediation {
            write!(out, "\nfix: {}", xml(remediation))?;
        }
        writeln!(out, "</failure>")?;
    } else {
        let why = match item.exception {
            Some(one) => {
                format!("excepted by {} until {}: {}", one.owner, day(one.expires), one.reason)
            }
            None if item.outcome == Outcome::Unknown => format!("unknown: {}", item.message),
            None => format!("{}, below what fails: {}", item.severity, item.message),
        };
        writeln!(out, "      <skipped message=\"{}\"/>", xml(&why))?;
    }
    writeln!(out, "    </testcase>")
}

fn not_assessed(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.problems.is_empty() {
        return Ok(());
    }
    let number = view.problems.len();
    writeln!(
        out,
        "  <testsuite name=\"not assessed\" tests=\"{number}\" failures=\"0\" errors=\"{number}\" \
         skipped=\"0\" timestamp=\"{}\">",
        view.now.strftime("%Y-%m-%dT%H:%M:%S"),
    )?;
    for problem in view.problems {
        let place = problem.location.as_ref().map_or(&*view.target, |location| &location.path);
        writeln!(
            out,
            "    <testcase classname=\"{}\" name=\"{}\"><error type=\"{}\" message=\"{}\"/>\
             </testcase>",
            xml(place),
            problem.kind.code(),
            problem.kind.as_str(),
            xml(&problem.detail)
        )?;
    }
    writeln!(out, "  </testsuite>")
}

/// Text and attribute values of XML 1.0: what is hostile to a terminal is escaped in words, for
/// most control characters cannot be written in XML at all; the rest by entities.
fn xml(text: &str) -> String {
    super::html::escape(&safe(text))
}
