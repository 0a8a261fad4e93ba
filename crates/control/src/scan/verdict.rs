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
use cofferdam_model::{
    CoverageStatus, Diagnostic, Digest, Fix, Package, PackageKind, Severity, Vulnerability,
};
use cofferdam_policy::{Excepted, Finding, LocalException, Policy, Target, Verdict};
use cofferdam_store::{
    ImageState, SubjectKind,
    rows::{self, id},
};
use jiff::Timestamp;
use std::{
    borrow::Cow,
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inherited {
    /// The image as people call it.
    pub title: String,
    /// Findings, those of one rule about one package together as far as the same exceptions are
    /// about them, and side by side where only exceptions tell them apart.
    pub groups: Vec<Group>,
    /// Exceptions that hold for some of the workloads.
    pub local: Vec<LocalException>,
    /// How well its packages are covered.
    pub coverage: Vec<Coverage>,
    /// The rules that were asked, in order of code; one without a group holds.
    pub asked: Box<[AskedRule]>,
}

/// A rule that was asked about an image.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedRule {
    /// Its code.
    pub code: Arc<str>,
    /// The only namespace that it is for.
    pub namespace: Option<Arc<str>>,
    /// The digest of the rule as it was.
    pub policy: Digest,
    /// The digest of the verdict.
    pub verdict: Digest,
}

/// Findings of one rule about one package, or one finding that is about none.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Code of the rule.
    pub rule: Arc<str>,
    /// Title of the rule.
    pub title: Arc<str>,
    /// How bad the rule says a failure is.
    pub severity: Severity,
    /// What the rule said.
    pub outcome: cofferdam_store::Outcome,
    /// `openssl 3.0.11-1`
    pub about: String,
    /// A sentence for one; how many there are for several.
    pub message: String,
    /// What to do.
    pub remediation: Arc<str>,
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
    /// What manages the package, if they are about one.
    pub package: Option<PackageKind>,
    /// One of the vulnerabilities, if they are some.
    pub vulnerability: Option<String>,
    /// The exceptions that cover them for some of the workloads, by their numbers.
    pub excused_by: Box<[usize]>,
}

impl Inherited {
    /// Whether workloads are told the same by it.
    pub fn tells_as(&self, other: &Self) -> bool {
        (&self.title, &self.groups, &self.local, &self.coverage)
            == (&other.title, &other.groups, &other.local, &other.coverage)
    }

    /// What came of asking a rule, if it was asked as it is now.
    pub fn asked(&self, policy: &Policy) -> Option<&AskedRule> {
        let is_it = |one: &&AskedRule| *one.code == *policy.code && one.policy == policy.digest;
        self.asked.iter().find(is_it)
    }

    /// The same without what decided: of thousands of images that is more than all else.
    #[must_use]
    pub fn unexplained(mut self) -> Self {
        for group in &mut self.groups {
            group.explanation = None;
        }
        self
    }

    /// What a workload inherits: findings that an exception covers there are excused, and what a
    /// rule of another namespace says is nothing to it.
    pub fn of(&self, workload: &Target<'_>, now: Timestamp) -> Cow<'_, [Group]> {
        let holding = self.holding(workload, now);
        let is_one = |two: &[Group]| matches!(two, [one, other] if one.told() == other.told());
        let elsewhere = self.asked.iter().filter(|one| {
            one.namespace.is_some() && one.namespace.as_deref() != workload.namespace
        });
        let elsewhere: Vec<&Arc<str>> = elsewhere.map(|one| &one.code).collect();
        let is_all = holding.is_empty() && elsewhere.is_empty();
        if is_all && !self.groups.windows(2).any(is_one) {
            return Cow::Borrowed(&self.groups);
        }
        let mut all = Groups::default();
        for one in self.groups.iter().filter(|one| !elsewhere.contains(&&one.rule)) {
            let mut group = Group { excused_by: Box::default(), ..one.clone() };
            if let Some(by) = one.excused(&holding) {
                group.outcome = cofferdam_store::Outcome::Excepted;
                group.exception = Some(words::excepted(by));
            }
            all.add(group);
        }
        Cow::Owned(all.all.into_values().collect())
    }

    /// Which of its exceptions hold for a workload, by their numbers; nothing where none does, as
    /// for most.
    pub fn holding(&self, workload: &Target<'_>, now: Timestamp) -> Vec<Option<&Excepted>> {
        let holds = |one: &LocalException| one.holds_for(workload, now);
        if !self.local.iter().any(holds) {
            return Vec::new();
        }
        self.local.iter().map(|one| holds(one).then_some(&one.excepted)).collect()
    }
}

impl Group {
    /// The first of the exceptions that hold for a workload which covers these findings.
    pub fn excused<'e>(&self, holding: &[Option<&'e Excepted>]) -> Option<&'e Excepted> {
        self.excused_by.iter().find_map(|number| holding.get(*number).copied().flatten())
    }

    /// What is told as one, but for who excuses it: rule, subject, order of the outcome.
    fn told(&self) -> (&Arc<str>, &str, u8) {
        let order = match self.outcome {
            cofferdam_store::Outcome::Fail => 0,
            cofferdam_store::Outcome::Unknown => 1,
            cofferdam_store::Outcome::Excepted => 2,
        };
        (&self.rule, &self.about, order)
    }

    fn of(
        (rule, title): (&Arc<str>, &Arc<str>),
        verdict: &Verdict,
        finding: &Finding,
        about: &About<'_>,
        leads_to: LeadsTo,
    ) -> Self {
        let subject = about.package.map(|package| format!("{} {}", package.name, package.version));
        Self {
            rule: Arc::clone(rule),
            title: Arc::clone(title),
            severity: verdict.severity,
            outcome: words::outcome(finding.outcome, finding.exception.is_some()),
            about: subject.unwrap_or_else(|| finding.subject.clone()),
            message: finding.message.clone(),
            remediation: finding.remediation.clone().unwrap_or_default(),
            exception: finding.exception.as_ref().map(words::excepted),
            explanation: Some(explained(finding)),
            danger: about.vulnerability.map(danger),
            leads_to,
            findings: 1,
            fixed: about.vulnerability.and_then(fixed),
            package: about.package.map(|package| package.kind),
            vulnerability: about.vulnerability.map(|one| one.id.clone()),
            excused_by: Box::default(),
        }
    }

    /// Takes in others that are told as one with these.
    fn absorb(&mut self, other: &Self) {
        self.findings += other.findings;
        let Some(last) = &other.vulnerability else { return };
        self.vulnerability = Some(last.clone());
        self.message =
            format!("{} vulnerabilities of {}, {last} among them.", self.findings, self.about);
        let points = |danger: &Danger| rank::vulnerability(danger, &Circumstances::NONE).points;
        if self.danger.as_ref().map(points) < other.danger.as_ref().map(points) {
            self.danger = other.danger;
            self.explanation.clone_from(&other.explanation);
        }
        self.fixed = match (self.fixed.take(), &other.fixed, self.package) {
            (Some(known), Some(other), Some(kind)) => {
                Some(words::later(kind, &known, other).to_owned())
            }
            _ => None,
        };
        if let Some(fixed) = &self.fixed {
            self.remediation = format!("Upgrade {} to {fixed} or later.", self.about).into();
        }
    }
}

/// Judges what a scan saw. `image` is the row as it is.
pub fn judge(
    image: &rows::Image,
    contents: Contents,
    question: &Question<'_>,
) -> Result<ImageVerdict, Diagnostic> {
    let title = title(image);
    let mut assessment = assess(&title, contents, question)?;
    let empty = Vec::new();
    let found = assessment.matches.vulnerabilities.as_ref().unwrap_or(&empty);
    let vulnerabilities: Vec<rows::Vulnerability> =
        found.iter().filter_map(|one| row(&image.id, one, &assessment)).collect();
    let mut findings = Vec::new();
    let mut groups = Groups::default();
    let mut local = std::mem::take(&mut assessment.decision.local);
    let mut asked = Vec::new();
    for (number, judged) in assessment.decision.verdicts.iter().enumerate() {
        let code = &judged.verdict.code;
        let policy = question.bundle.policies.iter().find(|policy| policy.code == *code);
        let leads_to = leads_to(policy);
        let rule: Arc<str> = (&**code).into();
        asked.extend(policy.map(|policy| AskedRule {
            code: Arc::clone(&rule),
            namespace: policy.namespace.as_deref().map(Into::into),
            policy: policy.digest,
            verdict: judged.verdict.digest,
        }));
        let title_of_rule: Arc<str> = (&*judged.verdict.title).into();
        for (at, finding) in judged.verdict.findings.iter().enumerate() {
            let about = About::of(finding, found, &assessment.contents.packages);
            findings.push(on_image(image, &title, &judged.verdict, finding, &about, leads_to));
            let by =
                local.iter().enumerate().filter(|(_, one)| one.findings.contains(&(number, at)));
            let excused_by = by.map(|(number, _)| number).collect();
            let group =
                Group::of((&rule, &title_of_rule), &judged.verdict, finding, &about, leads_to);
            groups.add(Group { excused_by, ..group });
        }
    }
    // The groups name them; the numbers of thousands of findings would stay in memory.
    for one in &mut local {
        one.findings.clear();
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
    let groups = groups.all.into_values().collect();
    let asked = asked.into();
    let inherited = Inherited { title, groups, local, coverage, asked };
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

fn leads_to(policy: Option<&Policy>) -> LeadsTo {
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
        explanation: Some(words::explained(finding.clause.as_deref(), &finding.inputs)),
        exception: finding.exception.as_ref().map(words::excepted),
        first_seen: Timestamp::UNIX_EPOCH,
        since: Timestamp::UNIX_EPOCH,
        last_seen: Timestamp::UNIX_EPOCH,
        gone_at: None,
        superseded: false,
    }
}

/// What decided, without most of what was read: every workload that runs the image tells it.
fn explained(finding: &Finding) -> Arc<str> {
    let inputs = finding.inputs.get(..INHERITED_MAX).unwrap_or(&finding.inputs);
    words::explained(finding.clause.as_deref(), inputs).into()
}

/// Facts that a workload tells of a finding of its image.
const INHERITED_MAX: usize = 4;

/// Findings of one rule about one package of which the same can be said.
#[derive(Default)]
struct Groups {
    all: BTreeMap<Told, Group>,
}

/// What is told together: rule, subject, order of the outcome, and who excuses.
type Told = (Arc<str>, String, u8, Box<[usize]>);

impl Groups {
    fn add(&mut self, group: Group) {
        let (rule, about, order) = group.told();
        let of = (Arc::clone(rule), about.to_owned(), order, group.excused_by.clone());
        match self.all.entry(of) {
            Entry::Vacant(place) => drop(place.insert(group)),
            Entry::Occupied(known) => known.into_mut().absorb(&group),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::inventory::WorkloadKey;
    use cofferdam_model::{Image, ImageConfig, ImageSource};
    use cofferdam_policy::{Bundle, ClusterDocument, ClusterDocuments, Stage};
    use cofferdam_store::Outcome;
    use serde_json::json;

    /// What an exception of the namespace `shop` makes of an image with a fault in its setup.
    pub(crate) fn inherited() -> Inherited {
        let key = cofferdam_model::ObjectKey::new(
            "cofferdam.dev/v1alpha1",
            "PolicyException",
            Some("shop"),
            "e",
        );
        let spec = json!({"owner": "ann", "reason": "r", "expires": "2027-01-01",
            "policies": ["CFD-IMG-0003"]});
        let json = json!({"metadata": {"name": "e"}, "spec": spec}).to_string().into();
        let documents = vec![ClusterDocument { key, json }];
        let documents = ClusterDocuments { documents, ..ClusterDocuments::default() };
        let (bundle, problems) = Bundle::with_cluster(&[], &documents).unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        let question =
            Question { advisories: None, bundle: &bundle, stage: Stage::Background, now };
        let key = crate::inventory::ImageKey {
            name: "docker.io/shop/web".to_owned(),
            digest: format!("sha256:{}", "1".repeat(64)).parse().unwrap(),
            platform: "linux/amd64".to_owned(),
        };
        let row = crate::audit::image(&key, "shop/web:1");
        let config = ImageConfig { user: "root".to_owned(), ..ImageConfig::default() };
        let image = Image { source: ImageSource::Registry, config, ..Image::default() };
        let contents = Contents { image, ..Contents::default() };
        judge(&row, contents, &question).unwrap().inherited
    }

    #[test]
    fn what_is_excused_somewhere_is_one_with_the_rest_elsewhere() {
        let inherited = inherited();
        assert_eq!(inherited.local.len(), 1);
        assert!(inherited.local[0].findings.is_empty(), "they stay in memory");
        let like = inherited.groups.iter().find(|group| !group.excused_by.is_empty()).unwrap();
        let group = |id: &str, epss: f64, excused_by: &[usize]| Group {
            about: "openssl 3.0.1".to_owned(),
            outcome: Outcome::Fail,
            danger: Some(Danger { severity: None, is_exploited: false, epss: Some(epss) }),
            fixed: Some(format!("3.0.{}", id.len())),
            package: Some(PackageKind::Deb),
            vulnerability: Some(id.to_owned()),
            excused_by: excused_by.into(),
            ..like.clone()
        };
        let groups = vec![group("CVE-1", 0.1, &[]), group("CVE-20", 0.9, &[0])];
        let inherited = Inherited { groups, ..inherited };
        let told = |namespace: &str, now: &str| -> Vec<(Outcome, u32, bool)> {
            let namespace = Some(namespace.to_owned());
            let workload = WorkloadKey { kind: "Deployment".into(), namespace, name: "web".into() };
            let all = inherited.of(&workload.target(), now.parse().unwrap()).into_owned();
            if let [one] = &*all {
                assert_eq!(one.message, "2 vulnerabilities of openssl 3.0.1, CVE-20 among them.");
                assert_eq!(&*one.remediation, "Upgrade openssl 3.0.1 to 3.0.6 or later.");
                assert_eq!(one.danger.and_then(|danger| danger.epss), Some(0.9), "the worst");
            }
            all.iter().map(|one| (one.outcome, one.findings, one.exception.is_some())).collect()
        };
        let together = [(Outcome::Fail, 2, false)];
        let apart = [(Outcome::Fail, 1, false), (Outcome::Excepted, 1, true)];
        assert_eq!(told("shop", "2026-11-21T00:00:00Z"), apart);
        assert_eq!(told("bank", "2026-11-21T00:00:00Z"), together);
        assert_eq!(told("shop", "2027-01-01T00:00:00Z"), together, "it has ended");
    }

    #[test]
    fn what_no_exception_changes_is_not_told_anew() {
        let inherited = inherited();
        let is_borrowed = |namespace: &str, now: &str| {
            let namespace = Some(namespace.to_owned());
            let workload = WorkloadKey { kind: "Deployment".into(), namespace, name: "web".into() };
            matches!(inherited.of(&workload.target(), now.parse().unwrap()), Cow::Borrowed(_))
        };
        assert!(!is_borrowed("shop", "2026-11-21T00:00:00Z"));
        assert!(is_borrowed("bank", "2026-11-21T00:00:00Z"));
        assert!(is_borrowed("shop", "2027-01-01T00:00:00Z"));
    }
}
