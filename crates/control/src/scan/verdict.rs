//! What the rules say about an image: rows for the store, and what its workloads inherit.

use crate::{
    audit::words,
    controller::Coverage,
    rank::{self, Circumstances, Danger, Score},
};
use cofferdam_assess::{
    Assessment, Contents, Question, assess,
    check::{LeadsTo, Rank},
};
use cofferdam_model::{CoverageStatus, Diagnostic, Fix, Package, Severity, Vulnerability};
use cofferdam_policy::{Bundle, Finding, Outcome, Verdict};
use cofferdam_store::{
    ImageState, SubjectKind,
    rows::{self, id},
};
use std::{collections::BTreeMap, sync::Arc};

/// An image, judged.
#[derive(Clone, Debug)]
pub struct ImageVerdict {
    /// Its row, counted anew.
    pub image: rows::Image,
    /// Its vulnerabilities.
    pub vulnerabilities: Vec<rows::Vulnerability>,
    /// The findings on the image itself.
    pub findings: Vec<rows::Finding>,
    /// What is said of each workload that runs it.
    pub inherited: Inherited,
}

/// What the workloads of an image inherit from it; little, for it stays in memory.
#[derive(Clone, Debug, Default)]
pub struct Inherited {
    /// The image as people call it.
    pub title: String,
    /// Findings, those of one rule about one package together.
    pub groups: Vec<Group>,
    /// How well its packages are covered.
    pub coverage: Vec<Coverage>,
}

/// Findings of one rule about one package, or one finding that is about none.
#[derive(Clone, Debug)]
pub struct Group {
    /// Code of the rule.
    pub rule: String,
    /// Title of the rule.
    pub title: String,
    /// How bad the rule says a failure is.
    pub severity: Severity,
    /// What the rule said.
    pub outcome: cofferdam_store::Outcome,
    /// `openssl 3.0.11-1`
    pub about: String,
    /// A sentence for one; how many there are for several.
    pub message: String,
    /// What to do.
    pub remediation: String,
    /// The exception that covers all of them, as JSON.
    pub exception: Option<String>,
    /// What decided on the worst of them, as JSON; the most telling facts.
    pub explanation: Option<Arc<str>>,
    /// The worst of the vulnerabilities, if they are some.
    pub danger: Option<Danger>,
    /// What somebody gains.
    pub leads_to: LeadsTo,
    /// How many findings of the image this is.
    pub findings: u32,
    /// The version in which all of them are fixed.
    pub fixed: Option<String>,
    /// The package's name, if they are about one.
    pub package: Option<String>,
    /// Whether a distribution's package manager owns it, so that a newer base brings the fix.
    pub is_distribution: bool,
}

/// Judges what a scan saw. `image` is the row as it is.
pub fn judge(
    image: &rows::Image,
    contents: Contents,
    question: &Question<'_>,
) -> Result<ImageVerdict, Diagnostic> {
    let title = title(image);
    let assessment = assess(&title, contents, question)?;
    let empty = Vec::new();
    let found = assessment.matches.vulnerabilities.as_ref().unwrap_or(&empty);
    let vulnerabilities: Vec<rows::Vulnerability> =
        found.iter().filter_map(|one| row(&image.id, one, &assessment)).collect();
    let mut findings = Vec::new();
    let mut groups: BTreeMap<(String, String, u8), Group> = BTreeMap::new();
    for judged in &assessment.decision.verdicts {
        let leads_to = leads_to(question.bundle, &judged.verdict.code);
        for finding in &judged.verdict.findings {
            let about = About::of(finding, found, &assessment.contents.packages);
            findings.push(on_image(image, &title, &judged.verdict, finding, &about, leads_to));
            inherit(&mut groups, &judged.verdict, finding, &about, leads_to);
        }
    }
    let counts = count(found);
    let mut image = counted(image, &assessment, &counts);
    image.score = findings
        .iter()
        .filter(|one| one.outcome == cofferdam_store::Outcome::Fail)
        .map(|one| one.score)
        .chain(vulnerabilities.iter().map(|one| one.score))
        .max()
        .unwrap_or(0);
    let coverage = assessment.matches.coverage.iter().map(covered).collect();
    let inherited = Inherited { title, groups: groups.into_values().collect(), coverage };
    Ok(ImageVerdict { image, vulnerabilities, findings, inherited })
}

fn covered(one: &cofferdam_model::Coverage) -> Coverage {
    let packages = u64::try_from(one.packages).unwrap_or(u64::MAX);
    let (is_covered, newest) = match one.status {
        CoverageStatus::Loaded { newest, .. } => (true, newest),
        CoverageStatus::NoSource => (false, None),
    };
    Coverage { ecosystem: one.ecosystem.clone(), packages, is_covered, newest }
}

/// `docker.io/library/nginx:1.27`, or with a short digest where no tag is known.
pub fn title(image: &rows::Image) -> String {
    match &image.tag {
        Some(tag) => format!("{}:{tag}", image.name),
        None => format!("{}@{}", image.name, image.digest.chars().take(19).collect::<String>()),
    }
}

fn leads_to(bundle: &Bundle, code: &str) -> LeadsTo {
    let policy = bundle.policies.iter().find(|policy| policy.code == code);
    let references = policy.into_iter().flat_map(|policy| &policy.references);
    LeadsTo::of_references(references.map(|reference| &*reference.title))
}

/// What a finding is about.
struct About<'a> {
    vulnerability: Option<&'a Vulnerability>,
    package: Option<&'a Package>,
}

impl<'a> About<'a> {
    fn of(finding: &Finding, found: &'a [Vulnerability], packages: &'a [Package]) -> Self {
        let element = finding.element.as_ref().filter(|one| one.list == "image.vulnerabilities");
        let vulnerability = element.and_then(|element| found.get(element.index));
        let package = vulnerability.and_then(|one| packages.get(one.package));
        Self { vulnerability, package }
    }

    fn score(&self, severity: Severity, leads_to: LeadsTo) -> Score {
        score(self.vulnerability.map(danger).as_ref(), severity, leads_to, &Circumstances::NONE)
    }
}

/// What a finding of an image is worth where the image runs.
pub fn score(
    danger: Option<&Danger>,
    severity: Severity,
    leads_to: LeadsTo,
    at: &Circumstances,
) -> Score {
    if let Some(danger) = danger {
        return rank::vulnerability(danger, at);
    }
    let leads_to = if severity >= Severity::Medium { leads_to } else { LeadsTo::Nothing };
    let rank = Rank { severity, leads_to, is_on_path: at.is_on_path, exposure: at.exposure };
    Score { points: rank.score(), why: rank.to_string() }
}

fn danger(one: &Vulnerability) -> Danger {
    Danger {
        severity: if one.malicious { Some(Severity::Critical) } else { one.severity },
        is_exploited: one.exploitation.known_exploited == Some(true),
        epss: one.exploitation.epss,
    }
}

fn fixed(one: &Vulnerability) -> Option<String> {
    match &one.fix {
        Fix::Version(version) => Some(version.clone()),
        Fix::None => None,
    }
}

fn row(image: &str, one: &Vulnerability, assessment: &Assessment) -> Option<rows::Vulnerability> {
    let package = assessment.contents.packages.get(one.package)?;
    let layer = package.location.layer.and_then(|at| assessment.contents.image.layers.get(at));
    Some(rows::Vulnerability {
        image: image.to_owned(),
        id: one.id.clone(),
        aliases: one.aliases.clone(),
        package: package.name.clone(),
        version: package.version.clone(),
        purl: package.purl(assessment.contents.distribution.as_ref()),
        path: package.location.path.clone(),
        layer: layer.and_then(|layer| layer.digest).map(|digest| digest.to_string()),
        severity: one.severity,
        score: rank::vulnerability(&danger(one), &Circumstances::NONE).points,
        epss: one.exploitation.epss,
        exploited: one.exploitation.known_exploited == Some(true),
        fixed: fixed(one),
        fixable: fixed(one).is_some(),
        title: one.summary.clone(),
    })
}

fn count(found: &[Vulnerability]) -> [u32; 5] {
    let mut counts = [0; 5];
    let [critical, high, medium, low, unknown] = &mut counts;
    for one in found {
        match one.severity {
            Some(Severity::Critical) => *critical += 1,
            Some(Severity::High) => *high += 1,
            Some(Severity::Medium) => *medium += 1,
            Some(Severity::Low | Severity::None) => *low += 1,
            None => *unknown += 1,
        }
    }
    counts
}

fn counted(before: &rows::Image, assessment: &Assessment, counts: &[u32; 5]) -> rows::Image {
    let contents = &assessment.contents;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let [critical, high, medium, low, unknown] = *counts;
    let found = assessment.matches.vulnerabilities.as_ref();
    let exploited = found.map_or(0, |found| {
        found.iter().filter(|one| one.exploitation.known_exploited == Some(true)).count()
    });
    rows::Image {
        state: ImageState::Scanned,
        why: None,
        judged_at: Some(assessment.now),
        packages: number(contents.packages.len()),
        secrets: number(contents.secrets.len()),
        exploited: number(exploited),
        critical,
        high,
        medium,
        low,
        unknown,
        ..described(before, contents)
    }
}

/// What the bytes alone say.
pub fn described(before: &rows::Image, contents: &Contents) -> rows::Image {
    let layers = contents.image.layers.iter().map(|layer| layer.size_bytes);
    let distribution = contents.distribution.as_ref().map(|one| {
        let plain = || format!("{} {}", one.id, one.version).trim_end().to_owned();
        if one.name.is_empty() { plain() } else { one.name.clone() }
    });
    rows::Image { size: layers.fold(0, u64::saturating_add), distribution, ..before.clone() }
}

fn on_image(
    image: &rows::Image,
    title: &str,
    verdict: &Verdict,
    finding: &Finding,
    about: &About<'_>,
    leads_to: LeadsTo,
) -> rows::Finding {
    let score = about.score(verdict.severity, leads_to);
    rows::Finding {
        id: id(&[&image.id, &verdict.code, &finding.subject]),
        cluster: String::new(),
        subject_kind: SubjectKind::Image,
        subject: image.id.clone(),
        subject_title: title.to_owned(),
        namespace: None,
        rule: verdict.code.clone(),
        title: verdict.title.clone(),
        severity: verdict.severity,
        outcome: words::outcome(finding.outcome, finding.exception.is_some()),
        message: finding.message.clone(),
        about: finding.subject.clone(),
        score: score.points,
        score_why: score.why,
        pointer: None,
        remediation: finding.remediation.as_deref().unwrap_or_default().to_owned(),
        patch: None,
        explanation: Some(words::explained(finding.clause.as_deref(), None, &finding.inputs)),
        exception: finding.exception.as_ref().map(words::excepted),
        first_seen: jiff::Timestamp::UNIX_EPOCH,
        last_seen: jiff::Timestamp::UNIX_EPOCH,
        gone_at: None,
    }
}

/// What decided, without most of what was read: every workload that runs the image tells it.
fn explained(finding: &Finding) -> Arc<str> {
    let inputs = finding.inputs.get(..INHERITED_MAX).unwrap_or(&finding.inputs);
    words::explained(finding.clause.as_deref(), None, inputs).into()
}

/// Facts that a workload tells of a finding of its image.
const INHERITED_MAX: usize = 4;

fn inherit(
    groups: &mut BTreeMap<(String, String, u8), Group>,
    verdict: &Verdict,
    finding: &Finding,
    about: &About<'_>,
    leads_to: LeadsTo,
) {
    let subject = about.package.map(|package| format!("{} {}", package.name, package.version));
    let subject = subject.unwrap_or_else(|| finding.subject.clone());
    let outcome = words::outcome(finding.outcome, finding.exception.is_some());
    let order = match (finding.exception.is_some(), finding.outcome) {
        (true, _) => 2,
        (false, Outcome::Fail) => 0,
        _ => 1,
    };
    let group =
        groups.entry((verdict.code.clone(), subject.clone(), order)).or_insert_with(|| Group {
            rule: verdict.code.clone(),
            title: verdict.title.clone(),
            severity: verdict.severity,
            outcome,
            about: subject.clone(),
            message: finding.message.clone(),
            remediation: finding.remediation.as_deref().unwrap_or_default().to_owned(),
            exception: finding.exception.as_ref().map(words::excepted),
            explanation: Some(explained(finding)),
            danger: None,
            leads_to,
            findings: 0,
            fixed: about.vulnerability.and_then(fixed),
            package: about.package.map(|package| package.name.clone()),
            is_distribution: about.package.is_some_and(|one| one.kind.is_distribution()),
        });
    group.findings += 1;
    let Some(found) = about.vulnerability else { return };
    if group.findings > 1 {
        group.message =
            format!("{} vulnerabilities of {subject}, {} among them.", group.findings, found.id);
    }
    let danger = danger(found);
    let points = |danger: &Danger| rank::vulnerability(danger, &Circumstances::NONE).points;
    if group.danger.as_ref().is_none_or(|known| points(known) < points(&danger)) {
        group.danger = Some(danger);
        group.explanation = Some(explained(finding));
    }
    let kind = about.package.map(|package| package.kind);
    group.fixed = match (group.fixed.take(), fixed(found), kind) {
        (Some(known), Some(other), Some(kind)) => {
            Some(words::later(kind, &known, &other).to_owned())
        }
        _ => None,
    };
    if let (Some(fixed), Some(package), true) = (&group.fixed, about.package, group.findings > 1) {
        group.remediation =
            format!("Upgrade {} {} to {fixed} or later.", package.name, package.version);
    }
}
