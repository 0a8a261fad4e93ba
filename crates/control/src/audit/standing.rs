//! What is remembered of each workload between two judgements, and what it makes of a row.

use super::{findings::Seen, fix, summary::FixFirst};
use crate::{
    inventory::{Workload, WorkloadKey, name_and_tag},
    rank::{Circumstances, Score},
    scan::{
        assessed::{Assessed, Known},
        verdict::{Group, score, title},
    },
};
use cofferdam_assess::check::{Exposure, LeadsTo};
use cofferdam_manifest::ContainerKind;
use cofferdam_model::Severity;
use cofferdam_store::{self as store, Outcome, SubjectKind, rows, rows::id};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

/// Open findings: critical, high, medium, low, unknown.
pub(super) type Counts = [u32; 5];

/// What is remembered of a workload.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) circumstances: Circumstances,
    pub(super) counts: Counts,
    /// The worst thing about it.
    pub(super) score: Score,
    /// Ids of its images.
    pub(super) images: Vec<String>,
    /// Changes of its own objects that would buy the most.
    pub(super) fixes: Vec<FixFirst>,
    /// The rows as they were written last, hashed.
    pub(super) written: Option<u64>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            circumstances: Circumstances::NONE,
            counts: [0; 5],
            score: Score::default(),
            images: Vec::new(),
            fixes: Vec::new(),
            written: None,
        }
    }
}

/// Counts what is open: what failed by severity, and what nobody can decide. What somebody
/// accepted is not open.
fn counts(findings: &[rows::Finding]) -> Counts {
    let mut counts = Counts::default();
    let [critical, high, medium, low, unknown] = &mut counts;
    for one in findings {
        match (one.outcome, one.severity) {
            (Outcome::Excepted, _) => {}
            (Outcome::Unknown, _) => *unknown += 1,
            (Outcome::Fail, Severity::Critical) => *critical += 1,
            (Outcome::Fail, Severity::High) => *high += 1,
            (Outcome::Fail, Severity::Medium) => *medium += 1,
            (Outcome::Fail, Severity::Low | Severity::None) => *low += 1,
        }
    }
    counts
}

/// The worst of what fails.
pub(super) fn worst<'f>(findings: impl IntoIterator<Item = &'f rows::Finding>) -> Score {
    let failing = findings.into_iter().filter(|one| one.outcome == Outcome::Fail);
    let worst = failing.max_by_key(|one| (one.score, std::cmp::Reverse(&one.id)));
    worst.map_or_else(Score::default, |one| Score {
        points: one.score,
        why: fix::worth(&one.message, &one.score_why),
    })
}

/// All findings of a workload: those of its objects, and those of its images. An image that nobody
/// has looked into yet is no finding, but it is counted among what nobody can decide.
pub(super) fn judged(
    cluster: &str,
    key: &WorkloadKey,
    workload: &Workload,
    seen: &mut BTreeMap<cofferdam_model::ObjectKey, Seen>,
    assessed: &Assessed,
    now: Timestamp,
) -> (Standing, Vec<rows::Finding>) {
    let mut standing = Standing::default();
    let mut exposure = Exposure::Unknown;
    let mut is_on_path = false;
    let mut findings = Vec::new();
    for object in &workload.judged {
        let Some(seen) = seen.remove(object) else { continue };
        exposure = exposure.max(seen.exposure);
        is_on_path |= seen.is_on_path;
        findings.extend(seen.findings);
    }
    standing.circumstances =
        Circumstances { exposure, is_privileged: workload.is_privileged, is_on_path };
    let mut waiting = unidentified(workload);
    for (key_of, reference) in &workload.images {
        let id = key_of.id();
        match assessed.of(&id) {
            Known::Judged(inherited) => {
                let groups = inherited.of(&key.target(), now);
                let row = |group| of_image(cluster, key, &id, &inherited.title, group, &standing);
                findings.extend(groups.iter().map(row));
            }
            Known::Failed(why) => {
                let group = not_assessed(why);
                let title = title(&image(key_of, reference));
                findings.push(of_image(cluster, key, &id, &title, &group, &standing));
            }
            Known::Waiting => waiting += 1,
        }
        standing.images.push(id);
    }
    standing.counts = counts(&findings);
    let [.., unknown] = &mut standing.counts;
    *unknown += u32::try_from(waiting).unwrap_or(u32::MAX);
    standing.score = worst(&findings);
    (standing, findings)
}

/// Images that a workload asks for and of which nobody knows yet which they are.
fn unidentified(workload: &Workload) -> usize {
    let known: BTreeSet<&str> = workload.images.values().map(|reference| &**reference).collect();
    let all = workload.containers.iter().filter(|one| one.image.is_none());
    let all = all.map(|one| &*one.image_ref).filter(|reference| !known.contains(reference));
    all.collect::<BTreeSet<_>>().len()
}

/// What is said where an image could not be looked into.
fn not_assessed(why: &str) -> Group {
    Group {
        rule: NOT_ASSESSED.into(),
        title: "Not assessed".into(),
        severity: Severity::Medium,
        outcome: Outcome::Unknown,
        about: "The image".to_owned(),
        message: format!("The image could not be looked into: {why}"),
        remediation: "See that Cofferdam can read it: from its registry, with the pull secrets of \
                      its pods where that is allowed, or from the store of its node."
            .into(),
        exception: None,
        explanation: None,
        danger: None,
        leads_to: LeadsTo::Nothing,
        findings: 1,
        fixed: None,
        package: None,
        vulnerability: None,
        excused_by: Box::default(),
    }
}

/// The rule that speaks of what could not be read in an image.
const NOT_ASSESSED: &str = "CFD-IMG-0006";

/// A finding of an image, on the workload that runs it.
fn of_image(
    cluster: &str,
    key: &WorkloadKey,
    image: &str,
    title: &str,
    group: &Group,
    standing: &Standing,
) -> rows::Finding {
    let subject = key.id(cluster);
    let at = &standing.circumstances;
    let score = score(group.danger.as_ref(), group.severity, group.leads_to, at);
    rows::Finding {
        id: id(&[&subject, &group.rule, image, &group.about, group.outcome.as_str()]),
        cluster: cluster.to_owned(),
        subject_kind: SubjectKind::Workload,
        subject,
        subject_title: key.title(),
        namespace: key.namespace.clone(),
        rule: group.rule.to_string(),
        title: group.title.to_string(),
        severity: group.severity,
        outcome: group.outcome,
        message: group.message.clone(),
        about: format!("{} in {title}", group.about),
        score: score.points,
        score_why: score.why,
        pointer: None,
        remediation: group.remediation.to_string(),
        patch: None,
        explanation: group.explanation.as_deref().map(str::to_owned),
        exception: group.exception.clone(),
        first_seen: Timestamp::UNIX_EPOCH,
        since: Timestamp::UNIX_EPOCH,
        last_seen: Timestamp::UNIX_EPOCH,
        gone_at: None,
        superseded: false,
    }
}

/// The row of a workload.
pub(super) fn row(
    cluster: &str,
    key: &WorkloadKey,
    workload: &Workload,
    standing: &Standing,
    now: Timestamp,
) -> rows::Workload {
    let [critical, high, medium, low, unknown] = standing.counts;
    rows::Workload {
        id: key.id(cluster),
        cluster: cluster.to_owned(),
        api_version: workload.api_version.clone(),
        kind: key.kind.clone(),
        namespace: key.namespace.clone().unwrap_or_default(),
        name: key.name.clone(),
        replicas: workload.replicas,
        ready: workload.ready,
        service_account: workload.account.clone(),
        exposure: match standing.circumstances.exposure {
            Exposure::Unknown => store::Exposure::Unknown,
            Exposure::None => store::Exposure::None,
            Exposure::Cluster => store::Exposure::Cluster,
            Exposure::Node => store::Exposure::Node,
            Exposure::Internet => store::Exposure::Internet,
        },
        privileged: workload.is_privileged,
        labels: workload.labels.iter().cloned().collect(),
        score: standing.score.points,
        score_why: standing.score.why.clone(),
        critical,
        high,
        medium,
        low,
        unknown,
        images: u32::try_from(image_count(workload)).unwrap_or(u32::MAX),
        first_seen: now,
        last_seen: now,
        gone_at: None,
    }
}

/// What its rows say, but for when.
pub(super) fn hash(row: &rows::Workload, containers: &[rows::Container]) -> u64 {
    let (first_seen, last_seen) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    let mut hasher = DefaultHasher::new();
    format!("{:?}", rows::Workload { first_seen, last_seen, ..row.clone() }).hash(&mut hasher);
    for one in containers {
        (one.kind.as_str(), &one.name, &one.image_ref, &one.image).hash(&mut hasher);
    }
    hasher.finish()
}

/// Images by what runs; where nothing runs, by what is written.
fn image_count(workload: &Workload) -> usize {
    if !workload.images.is_empty() {
        return workload.images.len();
    }
    let names: BTreeSet<&str> = workload.containers.iter().map(|one| &*one.image_ref).collect();
    names.len()
}

/// The rows of its containers.
pub(super) fn containers(id: &str, workload: &Workload, now: Timestamp) -> Vec<rows::Container> {
    let row = |one: &crate::inventory::ContainerView| rows::Container {
        workload: id.to_owned(),
        kind: match one.kind {
            ContainerKind::Main => store::ContainerKind::Container,
            ContainerKind::Init => store::ContainerKind::Init,
            ContainerKind::Sidecar => store::ContainerKind::Sidecar,
            ContainerKind::Ephemeral => store::ContainerKind::Ephemeral,
        },
        name: one.name.clone(),
        image_ref: one.image_ref.clone(),
        image: one.image.as_ref().map(crate::inventory::ImageKey::id),
        first_seen: now,
        gone_at: None,
    };
    workload.containers.iter().map(row).collect()
}

/// The row of an image that nobody has looked into yet.
pub(crate) fn image(key: &crate::inventory::ImageKey, reference: &str) -> rows::Image {
    rows::Image {
        id: key.id(),
        name: key.name.clone(),
        tag: name_and_tag(reference).1,
        digest: key.digest.to_string(),
        platform: key.platform.clone(),
        state: store::ImageState::Waiting,
        why: None,
        scanned_at: None,
        judged_at: None,
        size: 0,
        distribution: None,
        packages: 0,
        critical: 0,
        high: 0,
        medium: 0,
        low: 0,
        unknown: 0,
        secrets: 0,
        exploited: 0,
        score: 0,
    }
}
