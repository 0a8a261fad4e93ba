//! From verdicts to one decision.

use crate::{
    Bundle, Detail, ExceptionUse, Facts, LocalException, OnUnknown, Outcome, Policy, Stage, Target,
    Verdict, exception,
    judge::{Effort, judge_asked},
};
use cofferdam_model::Exit;
use jiff::Timestamp;

/// What a bundle says about one target at one stage and time.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// One for each policy that is asked at this stage, in order of code.
    pub verdicts: Vec<Judged>,
    /// The worst outcome that decides: a failure, or an unknown where its policy says that
    /// unknown fails here.
    pub outcome: Outcome,
    /// What became of each exception, in order of name.
    pub exceptions: Vec<ExceptionUse>,
    /// Exceptions that cover findings for some of the objects that run what was judged, in order
    /// of name; none where it is an object itself. They change no outcome here.
    pub local: Vec<LocalException>,
    /// When the first of the verdicts may change by time alone.
    pub valid_until: Option<Timestamp>,
}

/// A verdict, and what its policy says unknown is worth at the stage that was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The verdict, exceptions applied.
    pub verdict: Verdict,
    /// What unknown is worth.
    pub on_unknown: OnUnknown,
}

impl Judged {
    /// What this verdict adds to the decision: unknown counts where it fails.
    pub const fn decides(&self) -> Outcome {
        match (self.verdict.outcome, self.on_unknown) {
            (Outcome::Unknown, OnUnknown::Warn | OnUnknown::Ignore) => Outcome::Pass,
            (outcome, _) => outcome,
        }
    }
}

impl Decision {
    /// How a command that was to decide ends.
    pub const fn exit(&self) -> Exit {
        match self.outcome {
            Outcome::Pass => Exit::Pass,
            Outcome::Fail => Exit::PolicyFailed,
            Outcome::Unknown => Exit::NotAssessed,
        }
    }
}

/// Judges by every policy of the bundle that is asked at this stage and is about such facts,
/// applies the exceptions, and decides.
pub fn decide(bundle: &Bundle, facts: &Facts<'_>, stage: Stage, now: Timestamp) -> Decision {
    let target = Target::of(facts);
    let is_asked = |policy: &&Policy| policy.stages.contains(&stage) && policy.is_about(facts);
    let asked = || bundle.policies.iter().filter(is_asked).flat_map(|policy| bundle.of(policy));
    let mut verdicts: Vec<Verdict> = asked()
        .map(|asked| judge_asked(asked, facts, &target, now, Effort::of(facts, Detail::Full)))
        .collect();
    let mut open: Vec<&mut Verdict> = verdicts.iter_mut().collect();
    let exceptions = exception::apply(&bundle.exceptions, &mut open, facts, &target, now);
    let local = exception::local(&bundle.exceptions, &verdicts, facts, &target, now);
    let verdicts: Vec<Judged> = asked()
        .zip(verdicts)
        .map(|(asked, verdict)| Judged { verdict, on_unknown: asked.policy.on_unknown(stage) })
        .collect();
    Decision {
        outcome: verdicts.iter().map(Judged::decides).max().unwrap_or(Outcome::Pass),
        exceptions,
        local,
        valid_until: verdicts.iter().filter_map(|judged| judged.verdict.valid_until).min(),
        verdicts,
    }
}
