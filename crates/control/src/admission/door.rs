//! The door itself.

use super::{
    Decision, DoorStatus, Modes, Reviewed,
    answer::{self, Answer, FORBIDDEN, INTERNAL_ERROR},
    configuration::is_closed,
    decide::{Act, Weighed, digest, forgive, weigh},
    is_exempt,
    request::{self, Request},
    status::Counters,
    words,
};
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
    time::Instant,
};
use tokio::sync::mpsc;

/// Decisions that wait for the store. A minute of a busy cluster; some 30 MB at the worst.
const QUEUE: usize = 60_000;

/// Bytes of an object that is judged. Pods and what makes them have some 4 KB, the longest roles
/// 100; etcd takes 1.5 MB, which would keep the API server waiting until it gives up, and that
/// would be a way around rules that are enforced.
const OBJECT_BYTES_MAX: usize = 256 << 10;

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
        (Self { objects, settings, decided, counters: Counters::default(), clock }, receiver)
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
        self.handle_at(body, (self.clock)())
    }

    /// [`Door::handle`] at a time.
    pub fn handle_at(&self, body: &[u8], now: Timestamp) -> Vec<u8> {
        let began = Instant::now();
        let settings = self.settings();
        // A mistake of ours must not keep anybody out.
        let handled = catch_unwind(AssertUnwindSafe(|| self.answer(body, &settings, now)));
        let (uid, answer, reviewed) = handled.unwrap_or_else(|_| {
            let request = catch_unwind(|| request::read(body)).ok().and_then(Result::ok);
            let answer =
                unjudged(&settings, request.as_ref(), "judging failed, please report this");
            (request.map(|request| request.uid).unwrap_or_default(), answer, None)
        });
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        match reviewed {
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

    fn answer(
        &self,
        body: &[u8],
        settings: &Settings,
        now: Timestamp,
    ) -> (String, Answer, Option<Outcome>) {
        let mut request = match request::read(body) {
            Ok(request) => request,
            Err((uid, why)) => return (uid, unjudged(settings, None, &why.to_string()), None),
        };
        let uid = request.uid.clone();
        if is_let_through(&request, settings) {
            return (uid, Answer::default(), Some(Outcome::Exempt));
        }
        let Some(incoming) = request.incoming.take() else {
            let answer = unjudged(settings, Some(&request), "the request has no object");
            return (uid, answer, None);
        };
        if incoming.bytes() > OBJECT_BYTES_MAX {
            return (uid, too_large(&request, settings), None);
        }
        let (answer, decision, digest) = self.judge(&request, incoming, settings, now);
        let refusal = answer.refusal.as_ref().map(|(_, message)| message.clone());
        let messages = refusal.map_or_else(|| answer.warnings.clone(), |message| vec![message]);
        let reviewed = Reviewed {
            uid: request.uid.clone(),
            at: now,
            operation: request.operation.as_str(),
            resource: request.resource_path(),
            user: request.user,
            groups: request.groups,
            namespace: request.namespace,
            name: request.name,
            decision,
            messages,
            digest,
            micros: 0,
        };
        (uid, answer, Some(Outcome::Reviewed(Box::new(reviewed), !request.is_dry_run)))
    }

    fn judge(
        &self,
        request: &Request,
        incoming: Incoming,
        settings: &Settings,
        now: Timestamp,
    ) -> (Answer, Decision, String) {
        let target = request.target();
        let verdict = self.review(&incoming, &target, settings, now);
        let mut weighed = weigh(&verdict, &settings.modes);
        let is_denied = |weighed: &[Weighed<'_>]| weighed.iter().any(|one| one.act == Act::Deny);
        if is_denied(&weighed) && request.is_ending {
            // Who takes away what holds a dying object must not be kept from it.
            for one in &mut weighed {
                one.act = one.act.min(Act::Warn);
            }
        }
        if is_denied(&weighed)
            && request.operation == Operation::Update
            && let Some(before) = incoming.before()
        {
            let before = self.review(&before, &target, settings, now);
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
        let explain: BTreeSet<String> = settings.modes.enforced().map(str::to_owned).collect();
        let objects = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        let of =
            |target| review(&objects, &Review { incoming, target, explain: &explain }, &question);
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
        verdict
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

/// The answer to an object that cannot be judged in time: where rules are enforced it is refused,
/// unless it was there before or is ending.
fn too_large(request: &Request, settings: &Settings) -> Answer {
    let is_new = request.operation != Operation::Update && !request.is_ending;
    let why =
        format!("Cofferdam does not judge objects of more than {} KiB", OBJECT_BYTES_MAX >> 10);
    if is_new && settings.modes.enforced().next().is_some() {
        return Answer { refusal: Some((FORBIDDEN, why)), ..Answer::default() };
    }
    Answer { warnings: vec![why], ..Answer::default() }
}

/// The answer to what cannot be judged: it passes, unless some rule about such a resource is to
/// refuse even then. What cannot be read may be about any.
fn unjudged(settings: &Settings, request: Option<&Request>, why: &str) -> Answer {
    let closed: Vec<&str> = settings.modes.closed().collect();
    let is_about =
        |request: &Request| request.resource.is_empty() || is_closed(settings, &request.resource);
    if closed.is_empty() || !request.is_none_or(is_about) {
        let warnings = vec![format!("Cofferdam could not judge this request: {why}")];
        return Answer { warnings, ..Answer::default() };
    }
    let closed = closed.join(", ");
    let message = format!("Cofferdam could not judge this request, and {closed} must hold: {why}");
    Answer { refusal: Some((INTERNAL_ERROR, message)), ..Answer::default() }
}
