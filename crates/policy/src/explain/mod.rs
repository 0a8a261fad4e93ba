//! The smallest change of an object with which a policy would hold, tried by judging.
//!
//! What a policy proposes itself comes first. Without that, a policy reads facts, and its
//! conditions compare them with what it says. So the values to try are few: the opposite of what is
//! true or false, what the condition compares the very fact with, and nothing at all where it asks
//! for that. Each is laid over the facts and judged, which is quick. What lets the finding go is
//! then done to the object itself, where its file can be edited so, and that object is judged by
//! the whole bundle: a change is told if its policy has that finding no more, and no policy has one
//! that it had not.

mod compared;
mod overlay;
mod propose;

use crate::{
    Bundle, Detail, Element, Facts, Finding, Flip, Judged, PatchOperation, Policy, Stage, Target,
    Verdict, json,
    judge::{Effort, judge_with_origins},
    screen_with,
};
use cofferdam_model::Severity;
pub(crate) use compared::Tests;
use jiff::Timestamp;
pub(crate) use propose::{Candidate, Trial};
use serde_json::Value as Json;
use std::{
    cell::{Cell, OnceCell},
    collections::BTreeMap,
    fmt,
};

/// Objects that are judged for all findings of one policy, unless somebody says otherwise.
const OBJECTS_MAX: usize = 64;

/// How many changed objects may still be judged, and what was said of the object itself: who asks
/// several policies about one object pays for that once.
#[derive(Debug)]
pub struct Tries {
    left: Cell<usize>,
    before: OnceCell<Complaints>,
}

impl Tries {
    /// So many.
    pub const fn new(count: usize) -> Self {
        Self { left: Cell::new(count), before: OnceCell::new() }
    }

    /// The same for who knows what [`screen_with`] says of the object: that is not asked again.
    #[must_use]
    pub fn knowing(self, said: &[Judged]) -> Self {
        Self { before: OnceCell::from(complaints(said)), ..self }
    }

    /// Takes one, if any is left.
    fn take(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

/// Shows the facts that there were if the object were this.
pub type Remake<'r> = dyn Fn(&Json, &mut dyn FnMut(&Facts<'_>)) + 'r;

/// One object, to find out what change of it would pass.
#[derive(Clone, Copy)]
pub struct Explain<'a> {
    /// All that is asked of the object: none of these may complain anew.
    pub bundle: &'a Bundle,
    /// The facts of the object.
    pub facts: &'a Facts<'a>,
    /// The object.
    pub target: &'a Target<'a>,
    /// When the policies are asked.
    pub stage: Stage,
    /// The time of judgement.
    pub now: Timestamp,
    /// The facts of the object when it is changed.
    pub remake: &'a Remake<'a>,
}

/// What each policy complains of, by code.
type Complaints = BTreeMap<String, Complaint>;

#[derive(Debug)]
struct Complaint {
    severity: Severity,
    /// Element and message of each finding.
    findings: Vec<(Option<Element>, String)>,
}

fn complaints(said: &[Judged]) -> Complaints {
    let mut complaints = Complaints::new();
    for Verdict { code, severity, findings, .. } in said.iter().map(|judged| &judged.verdict) {
        let findings = findings.iter().map(|one| (one.element.clone(), one.message.clone()));
        let complaint = Complaint { severity: *severity, findings: Vec::new() };
        complaints.entry(code.clone()).or_insert(complaint).findings.extend(findings);
    }
    complaints
}

impl Explain<'_> {
    /// What one policy of the bundle says, with the smallest change that passes for each finding
    /// that has one: a verdict for each of its bindings, in their order. Exceptions are not
    /// applied.
    pub fn verdicts(&self, policy: &Policy) -> Vec<Verdict> {
        self.verdicts_within(policy, &Tries::new(OBJECTS_MAX))
    }

    /// The same, with no more tries than these. They are for one object.
    pub fn verdicts_within(&self, policy: &Policy, tries: &Tries) -> Vec<Verdict> {
        let proposes = tries.left.get() > 0;
        let effort = Effort { proposes, ..Effort::of(self.facts, Detail::Full) };
        let object = self.facts.root("object").and_then(|source| source.view(crate::facts::TOP));
        let object = object.and_then(json::of_view);
        let explained = self.bundle.of(policy).map(|asked| {
            let (mut verdict, origins) =
                judge_with_origins(asked, self.facts, self.target, self.now, effort);
            let Some(object) = &object else { return verdict };
            for (finding, origin) in verdict.findings.iter_mut().zip(origins) {
                let own = finding.patch.clone().map(Flip::proposed);
                let mut flips = own.into_iter().chain(origin.proposed);
                let passes = |flip: &Flip| {
                    tries.take() && {
                        let before = tries.before.get_or_init(|| self.complaints(self.facts));
                        self.passes(policy, finding, flip, object, before)
                    }
                };
                finding.flip = flips.find(passes);
            }
            verdict
        });
        explained.collect()
    }

    fn complaints(&self, facts: &Facts<'_>) -> Complaints {
        let screened =
            screen_with(self.bundle, facts, self.target, self.stage, self.now, Detail::Brief);
        complaints(&screened.verdicts)
    }

    /// Whether a finding of this policy is gone, and none of any policy has come, when the object
    /// is changed. What the policy itself proposes may uncover what is no graver: who is not
    /// privileged any more has capabilities to drop.
    fn passes(
        &self,
        policy: &Policy,
        finding: &Finding,
        flip: &Flip,
        object: &Json,
        before: &Complaints,
    ) -> bool {
        let mut changed = object.clone();
        if PatchOperation::apply_all(&flip.patch, &mut changed).is_err() {
            return false;
        }
        let is_proposed = finding.patch.as_ref() == Some(&flip.patch);
        let count = |of: &Complaints, code: &str| of.get(code).map_or(0, |one| one.findings.len());
        let mut passes = false;
        (self.remake)(&changed, &mut |facts| {
            let after = self.complaints(facts);
            let left = after.get(&policy.code).map_or(&[][..], |one| &one.findings);
            let is_same = |(element, message): &(Option<Element>, String)| {
                *element == finding.element && *message == finding.message
            };
            let is_new = |(code, one): (&String, &Complaint)| {
                let matters = !is_proposed || one.severity > policy.severity;
                matters && one.findings.len() > count(before, code)
            };
            passes = left.len() < count(before, &policy.code)
                && !left.iter().any(is_same)
                && !after.iter().any(is_new);
        });
        passes
    }
}

impl fmt::Debug for Explain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explain").field("stage", &self.stage).field("now", &self.now).finish()
    }
}
