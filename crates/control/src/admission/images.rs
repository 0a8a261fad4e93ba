//! What the rules about images say of the images that an object would run, from what the audit
//! knows of them already: nothing is read or judged while somebody waits.

use super::{
    Settings,
    scope::{is_about_images, is_asked},
};
use crate::{
    scan::assessed::{Assessed, Known},
    scan::verdict::{Group, Inherited},
};
use cofferdam_assess::live::{Incoming, ReviewVerdict};
use cofferdam_manifest::Pod;
use cofferdam_model::Digest;
use cofferdam_policy::{Finding, Judged, Outcome, Policy, Stage, Target, Verdict};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

/// Findings of images up to which a review tells each. A pod of a thousand images may have more
/// than anybody reads, and the API server waits: beyond, those of a rule in an image are one.
const TOLD_MAX: usize = 500;

/// An image that an object would run.
enum Image<'a> {
    /// What the rules say of it, and what of that is true where the object lies.
    Judged(&'a Arc<Inherited>, Cow<'a, [Group]>),
    /// Why nobody knows.
    Unknown(String),
}

/// Adds to a verdict what rules about images say.
pub(super) fn add(
    verdict: &mut ReviewVerdict,
    incoming: &Incoming,
    target: &Target<'_>,
    settings: &Settings,
    (assessed, now): (&Assessed, Timestamp),
) {
    let is_here = |policy: &&Policy| {
        is_about_images(policy)
            && is_asked(policy)
            && (policy.namespace.is_none() || policy.namespace.as_deref() == target.namespace)
    };
    let mut policies = settings.bundle.policies.iter().filter(is_here).peekable();
    if policies.peek().is_none() {
        return;
    }
    let images = images(incoming, target, assessed, now);
    if images.is_empty() {
        return;
    }
    let findings: usize = images.values().map(Image::findings).sum();
    let known = verdict.verdicts.len();
    for policy in policies {
        let before = verdict.verdicts.len();
        let judged = images.values().filter_map(|one| one.judged(policy, findings > TOLD_MAX));
        verdict.verdicts.extend(judged);
        verdict.verdicts.extend(unknown(policy, &images));
        verdict.passed += usize::from(verdict.verdicts.len() == before);
    }
    if verdict.verdicts.len() > known {
        verdict.verdicts.sort_by(|one, other| one.verdict.code.cmp(&other.verdict.code));
    }
}

/// The images that the containers of an object ask for: those that are known by their ids, the
/// others by what they are called.
fn images<'a>(
    incoming: &Incoming,
    target: &Target<'_>,
    assessed: &'a Assessed,
    now: Timestamp,
) -> BTreeMap<String, Image<'a>> {
    let mut all = BTreeMap::new();
    let Some(pod) = incoming.object().and_then(|object| Pod::of(&object)) else { return all };
    for (_, container) in pod.containers() {
        let Some(reference) = container.get("image").and_then(cofferdam_manifest::View::as_str)
        else {
            continue;
        };
        let mut named = assessed.named(reference).peekable();
        if named.peek().is_none() {
            let why = format!("Image {reference} runs nowhere yet, so nobody has looked into it.");
            all.insert(reference.to_owned(), Image::Unknown(why));
        }
        for id in named {
            if all.contains_key(&**id) {
                continue;
            }
            let image = match assessed.of(id) {
                Known::Judged(inherited) => Image::Judged(inherited, inherited.of(target, now)),
                Known::Failed(why) => {
                    Image::Unknown(format!("Image {reference} could not be looked into: {why}"))
                }
                Known::Waiting => {
                    Image::Unknown(format!("Image {reference} is waiting to be looked into."))
                }
            };
            all.insert(id.to_string(), image);
        }
    }
    all
}

impl Image<'_> {
    fn findings(&self) -> usize {
        match self {
            Self::Judged(_, groups) => groups.len(),
            Self::Unknown(_) => 0,
        }
    }

    /// What a rule says of it, if it was asked and does not hold.
    fn judged(&self, policy: &Policy, is_brief: bool) -> Option<Judged> {
        let Self::Judged(inherited, groups) = self else { return None };
        let asked = inherited.asked(policy)?;
        let mine: Vec<&Group> = groups.iter().filter(|one| *one.rule == *policy.code).collect();
        let worst = mine.iter().copied().map(outcome).max()?;
        let open: Vec<&Group> =
            mine.into_iter().filter(|one| outcome(one) > Outcome::Pass).collect();
        let findings = match (&*open, is_brief) {
            ([first, _, ..], true) => vec![Finding {
                message: format!("{} findings, one of them: {}", open.len(), first.message),
                outcome: worst,
                ..finding(first, &inherited.title)
            }],
            _ => open.iter().map(|one| finding(one, &inherited.title)).collect(),
        };
        Some(verdict_of(policy, worst, findings, asked.verdict))
    }
}

/// What is said of a rule where it could not be asked of some of the images.
fn unknown(policy: &Policy, images: &BTreeMap<String, Image<'_>>) -> Option<Judged> {
    let why = |image: &Image<'_>| match image {
        Image::Unknown(why) => Some(why.clone()),
        Image::Judged(inherited, _) if inherited.asked(policy).is_some() => None,
        Image::Judged(inherited, _) => {
            let title = &inherited.title;
            Some(format!("Image {title} was not judged yet by this rule as it is now."))
        }
    };
    let findings: Vec<Finding> = images.values().filter_map(why).map(not_known).collect();
    if findings.is_empty() {
        return None;
    }
    let mut hasher = Sha256::new();
    hasher.update(policy.digest.bytes());
    for one in &findings {
        hasher.update(b"\n");
        hasher.update(one.message.as_bytes());
    }
    let digest = Digest::sha256(hasher.finalize().into());
    Some(verdict_of(policy, Outcome::Unknown, findings, digest))
}

fn verdict_of(policy: &Policy, outcome: Outcome, findings: Vec<Finding>, digest: Digest) -> Judged {
    let verdict = Verdict {
        code: policy.code.clone(),
        name: policy.name.clone(),
        title: policy.title.clone(),
        severity: policy.severity,
        outcome,
        applies: true,
        findings,
        inputs: Vec::new(),
        digest,
        valid_until: None,
    };
    Judged { verdict, on_unknown: policy.on_unknown(Stage::Admission) }
}

const fn outcome(group: &Group) -> Outcome {
    match group.outcome {
        cofferdam_store::Outcome::Fail => Outcome::Fail,
        cofferdam_store::Outcome::Unknown => Outcome::Unknown,
        cofferdam_store::Outcome::Excepted => Outcome::Pass,
    }
}

/// As the audit tells it of a workload that runs the image.
fn finding(group: &Group, title: &str) -> Finding {
    Finding {
        subject: format!("{} in {title}", group.about),
        message: group.message.clone(),
        outcome: outcome(group),
        remediation: Some(Arc::clone(&group.remediation)),
        ..not_known(String::new())
    }
}

/// That nobody can say, and why.
fn not_known(why: String) -> Finding {
    Finding {
        subject: "images".to_owned(),
        message: why,
        outcome: Outcome::Unknown,
        element: None,
        inputs: Vec::new(),
        remediation: None,
        place: None,
        patch: None,
        clause: None,
        flip: None,
        exception: None,
    }
}
