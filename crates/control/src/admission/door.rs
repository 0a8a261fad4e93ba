//! The door itself.

use super::{
    Decision, DoorStatus, Modes, Reviewed,
    answer::{self, Answer, FORBIDDEN, INTERNAL_ERROR},
    decide::{Act, Weighed, digest, forgive, weigh},
    images, is_exempt,
    lineage::{Ancestors, Lineage},
    request::{self, Request},
    scope,
    status::Counters,
    words,
};
use crate::scan::Assessed;
use cofferdam_assess::{
    check::Question,
    live::{Incoming, Objects, Review, ReviewVerdict, review},
};
use cofferdam_model::Severity;
use cofferdam_policy::{Bundle, Operation, Stage, Target};
use jiff::Timestamp;
use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Decisions that wait for the store. A minute of a busy cluster; some 30 MB at the worst.
const QUEUE: usize = 60_000;

/// Bytes of an object that is judged. Pods and what makes them have some 4 KB, the longest roles
/// 100; etcd takes 1.5 MB, which would keep the API server waiting until it gives up, and that
/// would be a way around rules that are enforced.
const OBJECT_BYTES_MAX: usize = 256 << 10;

/// How long a refusal is held back that may rest on an owner of which nobody has heard yet: a
/// controller makes pods for what was made a moment ago. It would try again by itself, later.
const LATE_MAX: Duration = Duration::from_secs(1);

/// How long until such a request is judged again.
const LATE_STEP: Duration = Duration::from_millis(25);

/// What a door judges by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The policies and exceptions.
    pub bundle: Arc<Bundle>,
    /// What is done about which.
    pub modes: Modes,
    /// The version of Kubernetes, `1.N`.
    pub kubernetes_minor: Option<u32>,
    /// The namespace that Cofferdam runs in: never judged.
    pub own_namespace: String,
}

/// Answers AdmissionReviews from memory.
#[derive(Debug)]
pub struct Door {
    objects: Arc<RwLock<Objects>>,
    assessed: Arc<RwLock<Arc<Assessed>>>,
    lineage: Lineage,
    settings: RwLock<Arc<Settings>>,
    decided: mpsc::Sender<Reviewed>,
    counters: Counters,
    clock: fn() -> Timestamp,
}

impl Door {
    /// A door before these objects, which others keep up to date. What it decides comes out of
    /// the receiver; dry runs do not.
    pub fn new(
        objects: Arc<RwLock<Objects>>,
        settings: Settings,
        clock: fn() -> Timestamp,
    ) -> (Self, mpsc::Receiver<Reviewed>) {
        let (decided, receiver) = mpsc::channel(QUEUE);
        let settings = RwLock::new(Arc::new(settings));
        let (assessed, lineage) = (Arc::default(), Lineage::default());
        let counters = Counters::default();
        (Self { objects, assessed, lineage, settings, decided, counters, clock }, receiver)
    }

    /// The same, before images of which others keep up to date what is known. Without them nobody
    /// knows what is in any.
    #[must_use]
    pub fn knowing(self, assessed: Arc<RwLock<Arc<Assessed>>>) -> Self {
        Self { assessed, ..self }
    }

    /// The same, with what others hear of what objects are made for. Without it a pod is known to be
    /// made for its ReplicaSet, and not for the Deployment of that.
    #[must_use]
    pub fn with_lineage(self, lineage: Lineage) -> Self {
        Self { lineage, ..self }
    }

    /// Judges by these from the next request on.
    pub fn set(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// What it judges by.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How it is doing.
    pub fn status(&self) -> DoorStatus {
        self.counters.status()
    }

    /// Answers one AdmissionReview, JSON in and out. Whatever comes in, an answer goes out.
    pub fn handle(&self, body: &[u8]) -> Vec<u8> {
        self.close(self.open(body))
    }

    /// [`Door::handle`] of a request that has waited for so long. An error says how long it is to
    /// wait until it is handed in again: whom it is made for may be known then.
    pub fn handle_waiting(&self, body: &[u8], waited: Duration) -> Result<Vec<u8>, Duration> {
        let mut handled = self.open(body);
        if handled.is_late && waited < LATE_MAX {
            return Err(LATE_STEP);
        }
        handled.micros += micros(waited);
        Ok(self.close(handled))
    }

    fn open(&self, body: &[u8]) -> Handled {
        let (began, now) = (Instant::now(), (self.clock)());
        let settings = self.settings();
        // A mistake of ours must not keep anybody out.
        let handled = catch_unwind(AssertUnwindSafe(|| self.answer(body, &settings, now)));
        let mut handled = handled.unwrap_or_else(|_| {
            let request = catch_unwind(|| request::read(body)).ok().and_then(Result::ok);
            let answer =
                unjudged(&settings, request.as_ref(), "judging failed, please report this");
            Handled::of(request.map(|request| request.uid).unwrap_or_default(), answer, None)
        });
        handled.micros = micros(began.elapsed());
        handled
    }

    /// Counts a request, has it written down, and writes the answer.
    fn close(&self, handled: Handled) -> Vec<u8> {
        let Handled { uid, answer, outcome, micros, .. } = handled;
        match outcome {
            Some(Outcome::Exempt) => self.counters.exempt(),
            Some(Outcome::Reviewed(reviewed, is_kept)) => {
                self.counters.count(reviewed.decision, micros);
                if is_kept && self.decided.try_send(Reviewed { micros, ..*reviewed }).is_err() {
                    self.counters.drop();
                }
            }
            None => {
                let decision =
                    answer.refusal.as_ref().map_or(Decision::FailedOpen, |_| Decision::Denied);
                self.counters.count(decision, micros);
            }
        }
        answer::write(&uid, &answer)
    }

    fn answer(&self, body: &[u8], settings: &Settings, now: Timestamp) -> Handled {
        let mut request = match request::read(body) {
            Ok(request) => request,
            Err((uid, why)) => {
                return Handled::of(uid, unjudged(settings, None, &why.to_string()), None);
            }
        };
        let uid = request.uid.clone();
        if is_let_through(&request, settings) {
            return Handled::of(uid, Answer::default(), Some(Outcome::Exempt));
        }
        let Some(incoming) = request.incoming.take() else {
            let answer = unjudged(settings, Some(&request), "the request has no object");
            return Handled::of(uid, answer, None);
        };
        let mut is_late = false;
        let (answer, decision, digest) = if incoming.bytes() > OBJECT_BYTES_MAX {
            let (answer, decision) = too_large(&request, &incoming, settings);
            (answer, decision, String::new())
        } else {
            let namespace = request.namespace.as_deref();
            let made_for = request.owner.as_ref().map(|owner| self.lineage.of(namespace, owner));
            let made_for = made_for.unwrap_or_default();
            let judged = self.judge(&request, &made_for, incoming, settings, now);
            is_late = made_for.is_late
                && judged.1 == Decision::Denied
                && settings.bundle.may_excuse_objects(namespace, now);
            judged
        };
        let is_kept = !request.is_dry_run;
        let reviewed = Reviewed::new(request, &answer, decision, digest, now);
        let outcome = Some(Outcome::Reviewed(Box::new(reviewed), is_kept));
        Handled { is_late, ..Handled::of(uid, answer, outcome) }
    }

    fn judge(
        &self,
        request: &Request,
        made_for: &Ancestors,
        incoming: Incoming,
        settings: &Settings,
        now: Timestamp,
    ) -> (Answer, Decision, String) {
        let target = request.target(&made_for.owners);
        let told = settings.modes.enforced().map(str::to_owned).collect();
        let verdict = self.review(&incoming, &target, settings, &told, now);
        let mut weighed = weigh(&verdict, &settings.modes);
        let is_denied = |weighed: &[Weighed<'_>]| weighed.iter().any(|one| one.act == Act::Deny);
        let is_update = request.operation == Operation::Update;
        if is_denied(&weighed) && is_update && request.is_ending && incoming.is_as_it_was() {
            // Who takes away what holds a dying object must not be kept from it; until it is gone
            // it is in force, and must not become another.
            for one in &mut weighed {
                one.act = one.act.min(Act::Warn);
            }
        }
        // What was too large to be judged is so still.
        let is_judged_before = is_update && incoming.bytes_before() <= OBJECT_BYTES_MAX;
        if is_denied(&weighed)
            && is_judged_before
            && let Some(before) = incoming.before()
        {
            let before = self.review(&before, &target, settings, &BTreeSet::new(), now);
            forgive(&mut weighed, &before, &settings.modes);
        }
        let of = |act: Act| -> Vec<Weighed<'_>> {
            weighed.iter().filter(|one| one.act == act).copied().collect()
        };
        let (denied, warned) = (of(Act::Deny), of(Act::Warn));
        let decision = match (denied.is_empty(), warned.is_empty()) {
            (false, _) => Decision::Denied,
            (true, false) => Decision::Warned,
            (true, true) => Decision::Allowed,
        };
        let refusal =
            (!denied.is_empty()).then(|| (FORBIDDEN, words::refusal(&request.title(), denied)));
        let digest = digest(&verdict).to_string();
        let answer = Answer {
            refusal,
            warnings: words::warnings(&request.title(), warned),
            annotations: vec![
                ("decision", decision.as_str().to_owned()),
                ("digest", digest.clone()),
                ("bundle", settings.bundle.digest.to_string()),
                ("rules", answer::rules(&verdict)),
            ],
        };
        (answer, decision, digest)
    }

    fn review(
        &self,
        incoming: &Incoming,
        target: &Target<'_>,
        settings: &Settings,
        explain: &BTreeSet<String>,
        now: Timestamp,
    ) -> ReviewVerdict {
        #[cfg(test)]
        super::tests::stumble(incoming);
        let question = Question {
            bundle: &settings.bundle,
            stage: Stage::Admission,
            now,
            fail_on: Severity::None,
            kubernetes_minor: settings.kubernetes_minor,
            pod_security: None,
            changes: None,
            patches: true,
            explain: false,
        };
        let objects = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        let of = |target| review(&objects, &Review { incoming, target, explain }, &question);
        let mut verdict = of(target);
        // The whole pod comes with a request to add a container to it. What is said of pods is
        // said of it too, and what is said of the subresource alone besides.
        let is_pod = incoming.object().is_some_and(|object| object.kind == "Pod");
        if is_pod && !target.subresource.is_empty() {
            let whole = of(&Target { subresource: "", ..target.clone() });
            let is_new = |code: &str| verdict.verdicts.iter().all(|one| one.verdict.code != code);
            let more: Vec<_> =
                whole.verdicts.into_iter().filter(|one| is_new(&one.verdict.code)).collect();
            verdict.verdicts.extend(more);
            verdict.verdicts.sort_by(|a, b| a.verdict.code.cmp(&b.verdict.code));
            verdict.passed = verdict.passed.max(whole.passed);
        }
        drop(objects);
        let assessed = self.assessed.read().unwrap_or_else(PoisonError::into_inner);
        let assessed = Arc::clone(&assessed);
        images::add(&mut verdict, incoming, target, settings, (&assessed, now));
        verdict
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// A request, and what is to be said to it.
struct Handled {
    uid: String,
    answer: Answer,
    outcome: Option<Outcome>,
    micros: u64,
    /// It is refused, and might not be were all known whom it is made for.
    is_late: bool,
}

impl Handled {
    const fn of(uid: String, answer: Answer, outcome: Option<Outcome>) -> Self {
        Self { uid, answer, outcome, micros: 0, is_late: false }
    }
}

/// What became of a request that could be read.
enum Outcome {
    /// It is never judged.
    Exempt,
    /// It was judged; whether it is kept.
    Reviewed(Box<Reviewed>, bool),
}

/// The user that the API server is to itself: it makes the roles that every cluster has.
const API_SERVER: &str = "system:apiserver";

/// What is never judged.
fn is_let_through(request: &Request, settings: &Settings) -> bool {
    let is_namespace = request.kind == "Namespace" && request.group.is_empty();
    let namespace = if is_namespace { &request.name } else { &request.namespace };
    request.operation == Operation::Delete
        || request.user == API_SERVER
        || namespace.as_ref().is_some_and(|name| is_exempt(name, &settings.own_namespace))
}

/// Codes that a message names; a person looks the others up.
const CODES_MAX: usize = 8;

/// The answer to an object that cannot be judged in time: where rules that are enforced may be
/// about it it is refused, unless it was as large before and is to stay as it was.
fn too_large(request: &Request, incoming: &Incoming, settings: &Settings) -> (Answer, Decision) {
    let why =
        format!("Cofferdam does not judge objects of more than {} KiB", OBJECT_BYTES_MAX >> 10);
    let is_as_it_was = request.operation == Operation::Update && incoming.is_as_it_was();
    let enforced = about(request, settings, settings.modes.enforced());
    if is_as_it_was || enforced.is_empty() {
        let warnings = vec![format!("{}: {why}", request.title())];
        return (Answer { warnings, ..Answer::default() }, Decision::FailedOpen);
    }
    let title = request.title();
    let why = format!("{title} is refused: {why}, and {} must hold", listed(&enforced));
    let answer = Answer { refusal: Some((FORBIDDEN, why)), ..Answer::default() };
    (answer, Decision::Denied)
}

/// The answer to what cannot be judged: it passes, unless some rule about such a resource is to
/// refuse even then. What cannot be read may be about any.
fn unjudged(settings: &Settings, request: Option<&Request>, why: &str) -> Answer {
    let known = request.filter(|request| !request.resource.is_empty());
    let closed = match known {
        Some(request) => about(request, settings, settings.modes.closed()),
        None => settings.modes.closed().collect(),
    };
    if closed.is_empty() {
        let warnings = vec![format!("Cofferdam could not judge this request: {why}")];
        return Answer { warnings, ..Answer::default() };
    }
    // What other namespaces must hold to is not said here.
    let rules = known.map_or_else(|| "some rule".to_owned(), |_| listed(&closed));
    let message = format!("Cofferdam could not judge this request, and {rules} must hold: {why}");
    Answer { refusal: Some((INTERNAL_ERROR, message)), ..Answer::default() }
}

/// Those of the rules that may be about a request.
fn about<'s>(
    request: &Request,
    settings: &'s Settings,
    codes: impl Iterator<Item = &'s str>,
) -> Vec<&'s str> {
    let (path, operations) = (request.resource_path(), &[request.operation]);
    let resource = scope::Resource { group: &request.group, path: &path, operations };
    scope::about(settings, codes, &resource, request.namespace.as_deref())
}

fn listed(codes: &[&str]) -> String {
    let more = codes.len().saturating_sub(CODES_MAX);
    let told = codes.get(..codes.len() - more).unwrap_or_default().join(", ");
    if more > 0 { format!("{told} and {more} more") } else { told }
}
