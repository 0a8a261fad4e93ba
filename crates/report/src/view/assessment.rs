//! An assessment of an image as a view: grouped by policy.

use super::{Group, Item, Quiet, View};
use crate::text::{bytes, count};
use cofferdam_assess::Assessment;
use cofferdam_model::{Location, Package, SecretPlace, Vulnerability};
use cofferdam_policy::{Finding, Judged, Outcome};
use std::cmp::Reverse;

impl<'a> View<'a> {
    /// The view of an assessment.
    pub(crate) fn of_assessment(assessment: &'a Assessment) -> Self {
        let decision = &assessment.decision;
        let mut speaking: Vec<&Judged> =
            decision.verdicts.iter().filter(|one| speaks(one)).collect();
        speaking.sort_by_key(|judged| Reverse((judged.verdict.outcome, judged.verdict.severity)));
        Self {
            command: "cofferdam scan",
            target: assessment.target.clone(),
            facts: facts(assessment),
            now: assessment.now,
            outcome: decision.outcome,
            exit: decision.exit().code(),
            sentence: sentence(assessment),
            paths: &[],
            groups: speaking.into_iter().map(|judged| group(assessment, judged)).collect(),
            quiet: decision.verdicts.iter().filter(|one| !speaks(one)).map(quiet).collect(),
            passed: decision.verdicts.iter().filter(|one| !speaks(one)).count(),
            passed_beside: Vec::new(),
            problems: &assessment.contents.problems,
            exceptions: &decision.exceptions,
        }
    }
}

fn speaks(judged: &Judged) -> bool {
    !judged.verdict.findings.is_empty()
}

fn quiet(judged: &Judged) -> Quiet<'_> {
    Quiet { name: &judged.verdict.code, title: &judged.verdict.title, passed: 1 }
}

fn facts(assessment: &Assessment) -> Vec<String> {
    let contents = &assessment.contents;
    let mut facts = Vec::new();
    facts.extend(contents.distribution.as_ref().map(|one| one.name.clone()));
    facts.extend(contents.image.digest.or(contents.image.id).map(|digest| digest.to_string()));
    facts.push(count(contents.packages.len(), "package"));
    facts.push(bytes(contents.size.bytes));
    facts
}

/// How the decision over all policies is said in one line.
pub(crate) fn sentence(assessment: &Assessment) -> String {
    let verdicts = &assessment.decision.verdicts;
    let number = |outcome| verdicts.iter().filter(|judged| judged.decides() == outcome).count();
    match assessment.decision.outcome {
        Outcome::Pass => "every policy that can be judged passes".to_owned(),
        Outcome::Fail => {
            let all = count(verdicts.len(), "policy");
            format!("{} of {all} failed", number(Outcome::Fail))
        }
        Outcome::Unknown => {
            let policies = count(number(Outcome::Unknown), "policy");
            format!("{policies} could not be judged, so this does not pass")
        }
    }
}

fn group<'a>(assessment: &'a Assessment, judged: &'a Judged) -> Group<'a> {
    let verdict = &judged.verdict;
    let mut items: Vec<Item<'a>> =
        verdict.findings.iter().map(|finding| item(assessment, judged, finding)).collect();
    items.sort_by_key(|item| (item.exception.is_some(), Reverse(item.outcome)));
    Group {
        title: verdict.title.clone(),
        file: &verdict.code,
        line: None,
        notes: Vec::new(),
        items,
    }
}

fn item<'a>(assessment: &'a Assessment, judged: &'a Judged, finding: &'a Finding) -> Item<'a> {
    let verdict = &judged.verdict;
    let (location, line) = place(assessment, finding).unzip();
    Item {
        code: &verdict.code,
        title: &verdict.title,
        description: "",
        severity: verdict.severity,
        outcome: finding.outcome,
        decides: finding.exception.is_none() && judged.decides() != Outcome::Pass,
        about: &finding.subject,
        message: &finding.message,
        remediation: finding.remediation.as_deref(),
        file: location.map_or(&*assessment.target, |location| &location.path),
        is_rendered: false,
        place: line.flatten().map(|line| (line, 1)),
        exception: finding.exception.as_ref(),
        rank: None,
        vulnerable: vulnerable(assessment, finding),
        has_page: verdict.code.starts_with("CFD-"),
    }
}

/// The vulnerability that a finding is about, and the package that has it.
pub(crate) fn vulnerable<'a>(
    assessment: &'a Assessment,
    finding: &Finding,
) -> Option<(&'a Package, &'a Vulnerability)> {
    let element = finding.element.as_ref().filter(|one| one.list == "image.vulnerabilities")?;
    let one = assessment.matches.vulnerabilities.as_ref().ok()?.get(element.index)?;
    Some((assessment.contents.packages.get(one.package)?, one))
}

/// Where in the image a finding is.
pub(crate) fn place<'a>(
    assessment: &'a Assessment,
    finding: &Finding,
) -> Option<(&'a Location, Option<u32>)> {
    let contents = &assessment.contents;
    let element = finding.element.as_ref()?;
    match &*element.list {
        "image.vulnerabilities" => {
            let (package, _) = vulnerable(assessment, finding)?;
            Some((&package.location, None))
        }
        "image.secrets" => {
            let secret = contents.secrets.get(element.index)?;
            match &secret.place {
                SecretPlace::File { location, .. } => Some((location, secret.line)),
                _ => None,
            }
        }
        "image.problems" => Some((contents.problems.get(element.index)?.location.as_ref()?, None)),
        _ => None,
    }
}
