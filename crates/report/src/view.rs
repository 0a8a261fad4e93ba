//! What every report for people shows, whatever was looked at: groups of findings, worst first.

mod assessment;
mod check;

pub(crate) use assessment::{place as place_in_image, sentence as sentence_of_image, vulnerable};

use cofferdam_assess::check::{AttackPath, Rank};
use cofferdam_model::{Package, Problem, Severity, Vulnerability};
use cofferdam_policy::{Excepted, ExceptionUse, Outcome};

/// A report before it has a format.
#[derive(Debug)]
pub(crate) struct View<'a> {
    /// The command: `cofferdam check`.
    pub(crate) command: &'static str,
    /// What was looked at, as it was named.
    pub(crate) target: String,
    /// How much that was, in short clauses.
    pub(crate) facts: Vec<String>,
    /// When it was judged.
    pub(crate) now: jiff::Timestamp,
    /// The worst outcome that decides.
    pub(crate) outcome: Outcome,
    /// The exit code that goes with it.
    pub(crate) exit: u8,
    /// The one sentence that is read.
    pub(crate) sentence: String,
    /// Attack paths.
    pub(crate) paths: &'a [AttackPath],
    /// What has something to say, worst first.
    pub(crate) groups: Vec<Group<'a>>,
    /// Files or policies without a finding.
    pub(crate) quiet: Vec<Quiet<'a>>,
    /// Rules × objects that pass.
    pub(crate) passed: usize,
    /// The same by file, for those that also have findings.
    pub(crate) passed_beside: Vec<(&'a str, usize)>,
    /// What could not be assessed.
    pub(crate) problems: &'a [Problem],
    /// What became of exceptions.
    pub(crate) exceptions: &'a [ExceptionUse],
}

/// One object with its findings; for an image, one policy.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// `Deployment shop/web`
    pub(crate) title: String,
    /// The file it is in, or what stands for one in a list of test suites.
    pub(crate) file: &'a str,
    /// Its first line.
    pub(crate) line: Option<u32>,
    /// What else is to be known of it: "reachable from the internet".
    pub(crate) notes: Vec<&'static str>,
    /// Failed before unknown before excepted, each worst first.
    pub(crate) items: Vec<Item<'a>>,
}

/// One finding.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) code: &'a str,
    pub(crate) title: &'a str,
    /// The reason for the rule.
    pub(crate) description: &'a str,
    pub(crate) severity: Severity,
    pub(crate) outcome: Outcome,
    /// Whether it has a part in the outcome of the whole.
    pub(crate) decides: bool,
    pub(crate) about: &'a str,
    pub(crate) message: &'a str,
    pub(crate) remediation: Option<&'a str>,
    pub(crate) file: &'a str,
    /// Line and column.
    pub(crate) place: Option<(u32, u32)>,
    /// The line is one of what a template was rendered to.
    pub(crate) is_rendered: bool,
    pub(crate) exception: Option<&'a Excepted>,
    pub(crate) rank: Option<Rank>,
    /// The package and what is known of it, where that is what was found.
    pub(crate) vulnerable: Option<(&'a Package, &'a Vulnerability)>,
    /// Whether the rule has a page of ours.
    pub(crate) has_page: bool,
}

/// Something without a finding.
#[derive(Debug)]
pub(crate) struct Quiet<'a> {
    /// A file, or the code of a policy.
    pub(crate) name: &'a str,
    /// For people, where the name does not say it.
    pub(crate) title: &'a str,
    /// Checks that pass, where they were counted.
    pub(crate) passed: usize,
}

impl Item<'_> {
    /// `fail`, `unknown` or `excepted`.
    pub(crate) const fn state(&self) -> &'static str {
        match self.exception {
            Some(_) => "excepted",
            None => self.outcome.as_str(),
        }
    }

    /// The severity of the vulnerability, where it is one and a source gives it, or else of the
    /// rule.
    pub(crate) fn own_severity(&self) -> Severity {
        self.vulnerable.and_then(|(_, one)| one.severity).unwrap_or(self.severity)
    }

    /// Where the rule is explained.
    pub(crate) fn page(&self) -> Option<String> {
        self.has_page.then(|| page(self.code))
    }

    /// `deploy/web.yaml:12`
    pub(crate) fn at(&self) -> String {
        match self.place {
            Some((line, _)) if self.is_rendered => {
                format!("{} (line {line} of what it renders to)", self.file)
            }
            Some((line, _)) => format!("{}:{line}", self.file),
            None => self.file.to_owned(),
        }
    }
}

/// Where the pages about codes live.
const PAGES: &str = "https://github.com/cofferdam/cofferdam/blob/main/docs/rules/";

/// The page about a code of ours.
pub(crate) fn page(code: &str) -> String {
    format!("{PAGES}{code}.md")
}

/// `1 critical, 7 low, 2 unknown`: failures by severity, and beside them what could not be said.
pub(crate) fn by_outcome<'v, 'a: 'v>(items: impl Iterator<Item = &'v Item<'a>>) -> String {
    let (failed, unknown): (Vec<&Item<'a>>, Vec<&Item<'a>>) =
        items.partition(|item| item.outcome == Outcome::Fail);
    let failed = by_severity(failed.iter().map(|item| item.own_severity()));
    let unknown = match unknown.len() {
        0 => String::new(),
        number => format!("{} unknown", crate::text::thousands(number)),
    };
    let parts = [failed, unknown].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

/// `3 critical, 12 high, 1 low`; the words of severities that occur.
pub(crate) fn by_severity(severities: impl Iterator<Item = Severity>) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for severity in severities {
        *counts.entry(severity).or_insert(0_usize) += 1;
    }
    let parts: Vec<String> = counts
        .iter()
        .rev()
        .map(|(severity, number)| format!("{} {severity}", crate::text::thousands(*number)))
        .collect();
    parts.join(", ")
}
