//! From what the policies say to what is done: modes, and what was wrong before.

use super::{Mode, Modes, Updates, answer::Answer, request::Request};
use cofferdam_assess::live::ReviewVerdict;
use cofferdam_model::Digest;
use cofferdam_policy::{Finding, Judged, OnUnknown, Outcome};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// How a review ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The object may pass; what is only written down may have been found.
    Allowed,
    /// The object may pass, and the person was told what is wrong.
    Warned,
    /// The object was refused.
    Denied,
    /// The object may pass, for it could not be judged.
    FailedOpen,
}

impl Decision {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Warned => "warned",
            Self::Denied => "denied",
            Self::FailedOpen => "failed-open",
        }
    }
}

/// One review, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// The request's own id, a UUID.
    pub uid: String,
    /// When it was answered.
    pub at: Timestamp,
    /// Who asked: `kubernetes-admin`, `system:serviceaccount:shop:deployer`.
    pub user: String,
    /// His groups, at most 64.
    pub groups: Vec<String>,
    /// `CREATE`, `UPDATE`, `CONNECT`.
    pub operation: &'static str,
    /// `deployments`, `pods/exec`.
    pub resource: String,
    /// The namespace, if the object lies in one.
    pub namespace: Option<String>,
    /// The name, if it has one yet.
    pub name: Option<String>,
    /// How it ended.
    pub decision: Decision,
    /// Warnings, or why it was refused.
    pub messages: Vec<String>,
    /// SHA-256 over the digests of all verdicts that do not pass; empty where nothing was judged.
    pub digest: String,
    /// How long it took, in microseconds.
    pub micros: u64,
}

impl Reviewed {
    /// What became of a request.
    pub(super) fn new(
        request: Request,
        answer: &Answer,
        decision: Decision,
        digest: String,
        at: Timestamp,
    ) -> Self {
        let refusal = answer.refusal.as_ref().map(|(_, message)| vec![message.clone()]);
        Self {
            at,
            operation: request.operation.as_str(),
            resource: request.resource_path(),
            uid: request.uid,
            user: request.user,
            groups: request.groups,
            namespace: request.namespace,
            name: request.name,
            decision,
            messages: refusal.unwrap_or_else(|| answer.warnings.clone()),
            digest,
            micros: 0,
        }
    }
}

/// What is done about one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Note,
    Warn,
    Deny,
}

/// A finding, and what is done about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed<'v> {
    pub(super) judged: &'v Judged,
    pub(super) finding: &'v Finding,
    pub(super) act: Act,
    /// It was so before the request.
    pub(super) was_before: bool,
}

/// What is done about each finding, in the order of the verdicts.
pub(super) fn weigh<'v>(verdict: &'v ReviewVerdict, modes: &Modes) -> Vec<Weighed<'v>> {
    let mut weighed = Vec::new();
    for judged in &verdict.verdicts {
        let mode = modes.of(&judged.verdict.code, judged.verdict.severity).mode;
        for finding in &judged.verdict.findings {
            if finding.exception.is_none()
                && let Some(act) = act(mode, finding.outcome, judged.on_unknown)
            {
                weighed.push(Weighed { judged, finding, act, was_before: false });
            }
        }
    }
    weighed
}

/// What cannot be said is worth what the policy says; it refuses only where the policy wants that.
fn act(mode: Mode, outcome: Outcome, on_unknown: OnUnknown) -> Option<Act> {
    Some(match (mode, outcome, on_unknown) {
        (Mode::Off, _, _) | (_, Outcome::Pass, _) => return None,
        (Mode::Audit, _, _) | (_, Outcome::Unknown, OnUnknown::Ignore) => Act::Note,
        (Mode::Enforce, Outcome::Fail, _) | (Mode::Enforce, Outcome::Unknown, OnUnknown::Fail) => {
            Act::Deny
        }
        (Mode::Warn | Mode::Enforce, _, _) => Act::Warn,
    })
}

/// Turns refusals of what was so before into warnings. `before` is what the policies say of the
/// object as it was. The same is what the same rule says of the same thing in the same words: the
/// words name what is wrong, so that more of it is not the same.
pub(super) fn forgive(weighed: &mut [Weighed<'_>], before: &ReviewVerdict, modes: &Modes) {
    let mut known: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for judged in &before.verdicts {
        for finding in &judged.verdict.findings {
            *known.entry(name(judged, finding)).or_default() += 1;
        }
    }
    for one in weighed.iter_mut().filter(|one| one.act == Act::Deny) {
        let verdict = &one.judged.verdict;
        if modes.of(&verdict.code, verdict.severity).updates == Updates::Strict {
            continue;
        }
        if let Some(left) = known.get_mut(&name(one.judged, one.finding)).filter(|left| **left > 0)
        {
            *left -= 1;
            (one.act, one.was_before) = (Act::Warn, true);
        }
    }
}

fn name<'v>(judged: &'v Judged, finding: &'v Finding) -> (&'v str, &'v str, &'v str) {
    (&judged.verdict.code, &finding.subject, &finding.message)
}

/// One digest over all verdicts that do not pass: the same facts read under the same policies give
/// the same.
pub(super) fn digest(verdict: &ReviewVerdict) -> Digest {
    let mut hasher = Sha256::new();
    for judged in &verdict.verdicts {
        hasher.update(judged.verdict.code.as_bytes());
        hasher.update(b" ");
        hasher.update(judged.verdict.digest.to_string().as_bytes());
        hasher.update(b"\n");
    }
    Digest::sha256(hasher.finalize().into())
}
