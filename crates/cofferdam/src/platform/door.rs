//! The door, wired: its certificate, the webhook that points to it, the modes of rules, and what
//! it decided on its way to the store.

use super::certificates::Certificates;
use crate::{diagnostics, scan::now};
use cofferdam_api as api;
use cofferdam_assess::live::Objects;
use cofferdam_bus::Bus;
use cofferdam_cluster::Connection;
use cofferdam_control::{
    Rules, Tasks, View,
    admission::{
        self, Door, Lineage, Modes, Reviewed, Settings,
        configuration::{Address, configuration},
        server,
    },
    events::{self, Kind},
    scan::Assessed,
};
use cofferdam_model::{Diagnostic, Exit, ObjectKey};
use cofferdam_policy::Bundle;
use cofferdam_store::{Decision, Store, by_halves, rows};
use jiff::Timestamp;
use std::{
    net,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    time::sleep,
};

/// Where the door is, and what it is part of.
pub(crate) struct Plan {
    /// Where it listens: `0.0.0.0:9443`.
    pub(crate) listen: String,
    /// Where the API server finds it.
    pub(crate) address: Address,
    /// The cluster that it is put before.
    pub(crate) connection: Connection,
    /// The namespace that is never judged.
    pub(crate) own_namespace: String,
    /// What it serves with.
    pub(crate) certificates: Certificates,
    /// Whether the webhook goes when this process does.
    pub(crate) is_passing: bool,
}

/// What it works with.
pub(super) struct Parts {
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) objects: Arc<RwLock<Objects>>,
    pub(super) assessed: Arc<RwLock<Arc<Assessed>>>,
    pub(super) lineage: Lineage,
    pub(super) views: watch::Receiver<Arc<View>>,
    pub(super) rules: watch::Receiver<Rules>,
}

/// How often modes and certificates are looked at: whoever sets a rule to `enforce` sees it done
/// while he looks.
const LOOK: Duration = Duration::from_secs(2);
/// How often the webhook is applied though nothing of it changed: somebody may have changed it.
const AGAIN: Duration = Duration::from_mins(1);
/// Decisions that are written together.
const WRITTEN_MAX: usize = 500;
/// How long others are gathered after some were written: a thousand a second would be as many
/// transactions, and of many at once reviews would have to wait for a processor.
const GATHER: Duration = Duration::from_millis(20);
/// How long until what the store did not take is offered again.
const AWAY: Duration = Duration::from_secs(2);

/// A door that answers.
pub(super) struct Running {
    door: Arc<Door>,
    shown: Arc<RwLock<Shown>>,
}

/// What of it is not in its counters.
#[derive(Clone, Copy, Default)]
struct Shown {
    is_installed: bool,
    authority_expires: Option<Timestamp>,
    certificate_expires: Option<Timestamp>,
}

impl Running {
    pub(super) fn status(&self) -> api::Door {
        let shown = *self.shown.read().unwrap_or_else(PoisonError::into_inner);
        api::Door {
            is_installed: shown.is_installed,
            authority_expires: shown.authority_expires,
            certificate_expires: shown.certificate_expires,
            status: Some(self.door.status()),
        }
    }
}

/// Listens, and puts the webhook in its place. The tasks keep it there until everything stops.
pub(super) async fn start(
    plan: Plan,
    parts: Parts,
    tasks: &mut Tasks,
) -> Result<Running, Diagnostic> {
    let unheard = |error| {
        let what = "cannot listen for admission reviews";
        Diagnostic::new(Exit::Infrastructure, what).at(&plan.listen).because(error)
    };
    let listener = TcpListener::bind(&plan.listen).await.map_err(unheard)?;
    let listener = listener.into_std().map_err(unheard)?;
    let Parts { store, bus, objects, assessed, lineage, views, rules } = parts;
    let kubernetes_minor = views.borrow().cluster.kubernetes_minor();
    let bundle = Arc::clone(&rules.borrow().bundle);
    let settings = Settings {
        modes: modes(&store, &bundle).await.unwrap_or_default(),
        bundle,
        kubernetes_minor,
        own_namespace: plan.own_namespace.clone(),
    };
    let (door, reviewed) = Door::new(objects, settings, now);
    let door = Arc::new(door.knowing(assessed).with_lineage(lineage));
    serve(listener, &door, &plan.certificates, tasks);
    tasks.spawn("who writes down reviews", record(reviewed, store.clone(), bus));
    let shown = Arc::new(RwLock::new(Shown::default()));
    let porter = Porter {
        plan,
        door: Arc::clone(&door),
        shown: Arc::clone(&shown),
        store,
        rules,
        installed: None,
        refused: None,
    };
    tasks.spawn("who keeps the webhook", porter.run(tasks.stop()));
    Ok(Running { door, shown })
}

/// Answers reviews on threads of its own, before which the others stand back.
fn serve(
    listener: net::TcpListener,
    door: &Arc<Door>,
    certificates: &Certificates,
    tasks: &mut Tasks,
) {
    let (door, stop) = (Arc::clone(door), tasks.stop());
    let identity = Arc::clone(&certificates.identity);
    let answer = Arc::new(move |body: &[u8], waited| door.handle_waiting(body, waited));
    tasks.spawn_thread("the door", move || {
        if let Err(error) = server::serve_alone(listener, answer, identity, stop) {
            let what = "admission reviews are not answered any more";
            diagnostics::warn(&Diagnostic::new(Exit::Infrastructure, what).because(error));
        }
    });
}

/// Keeps the door as people want it.
struct Porter {
    plan: Plan,
    door: Arc<Door>,
    shown: Arc<RwLock<Shown>>,
    store: Store,
    rules: watch::Receiver<Rules>,
    /// The webhook as it was applied last, and when.
    installed: Option<(String, Instant)>,
    /// Why it could not be applied, once it is told.
    refused: Option<String>,
}

impl Porter {
    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            self.turn().await;
            tokio::select! {
                () = sleep(LOOK) => {}
                Ok(()) = self.rules.changed() => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        if self.plan.is_passing {
            let version = "admissionregistration.k8s.io/v1";
            let kind = "ValidatingWebhookConfiguration";
            let key = ObjectKey::new(version, kind, None, admission::configuration::NAME);
            // Whoever cannot be told cannot be asked either: requests pass.
            let _ = self.plan.connection.delete(&key).await;
        }
    }

    async fn turn(&mut self) {
        follow(&self.door, &self.rules, &self.store).await;
        // What must not be passed over may be asked by a policy of the cluster: a webhook without
        // it would take the place of one that another replica, or an earlier life, put there.
        if self.rules.borrow().is_whole {
            self.install().await;
        }
    }

    /// Applies the webhook if it is not what it should be.
    async fn install(&mut self) {
        let trusted = self.plan.certificates.trusted();
        let settings = self.door.settings();
        let wanted = configuration(&self.plan.address, &trusted.pem, &trusted.path, &settings);
        let wanted = wanted.to_string();
        let is_there = self
            .installed
            .as_ref()
            .is_some_and(|(installed, at)| *installed == wanted && at.elapsed() < AGAIN);
        if !is_there {
            match self.plan.connection.apply(&wanted).await {
                Ok(_) => {
                    self.installed = Some((wanted, Instant::now()));
                    self.refused = None;
                }
                Err(error) => self.complain(error.to_string()),
            }
        }
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Shown {
            is_installed: self.installed.is_some(),
            authority_expires: Some(trusted.authority_expires),
            certificate_expires: Some(trusted.certificate_expires),
        };
    }

    /// Says why it is not in its place, once for each reason: it is tried again and again.
    fn complain(&mut self, why: String) {
        if self.refused.as_ref() != Some(&why) {
            let what = "the admission webhook is not in place";
            diagnostics::warn(&Diagnostic::new(Exit::Infrastructure, what).because(&why));
            self.refused = Some(why);
        }
    }
}

/// Gives the door the rules and modes of now. Without the store the modes stay as they were.
pub(super) async fn follow(door: &Door, rules: &watch::Receiver<Rules>, store: &Store) {
    let bundle = Arc::clone(&rules.borrow().bundle);
    let settings = door.settings();
    let said = modes(store, &bundle).await;
    let modes = said.unwrap_or_else(|_| settings.modes.clone().of_bundle(&bundle));
    if settings.modes != modes || !Arc::ptr_eq(&settings.bundle, &bundle) {
        door.set(Settings { modes, bundle, ..(*settings).clone() });
    }
}

/// What people said about the rules that are asked.
async fn modes(store: &Store, bundle: &Bundle) -> cofferdam_store::Result<Modes> {
    let rows = store.modes().await?.into_iter();
    let said: Modes = rows.filter_map(|row| Some((row.rule.clone(), mode(&row)?))).collect();
    Ok(said.of_bundle(bundle))
}

/// The words of the store and of the door are the same by a test of both.
fn mode(row: &rows::RuleMode) -> Option<admission::RuleMode> {
    Some(admission::RuleMode {
        mode: row.mode.as_str().parse().ok()?,
        on_failure: row.on_failure.as_str().parse().ok()?,
        updates: row.updates.as_str().parse().ok()?,
    })
}

/// Writes down what was decided. While the store is away decisions wait in the door's queue; what
/// it refuses though it is there is told, and nothing else waits for it.
async fn record(mut reviewed: mpsc::Receiver<Reviewed>, store: Store, bus: Bus) {
    let mut batch = Vec::with_capacity(WRITTEN_MAX);
    while reviewed.recv_many(&mut batch, WRITTEN_MAX).await > 0 {
        let rows: Vec<rows::Review> = batch.drain(..).map(row).collect();
        let refused = loop {
            match by_halves(&rows, |some| store.put_reviews(some)).await {
                Ok(refused) => break refused,
                Err(_) => sleep(AWAY).await,
            }
        };
        if let Some((review, why)) = refused.first() {
            let what = format!("{} admission reviews cannot be stored", refused.len());
            let place = format!("{} {}", review.operation, review.resource);
            let bug = Diagnostic::new(Exit::Infrastructure, what).at(place).because(why);
            diagnostics::warn(&bug);
        }
        // Nobody may be listening.
        let _ = events::tell(&bus, Kind::Review, None).await;
        sleep(GATHER).await;
    }
}

fn row(reviewed: Reviewed) -> rows::Review {
    rows::Review {
        id: reviewed.uid,
        at: reviewed.at,
        user_name: reviewed.user,
        groups: reviewed.groups,
        operation: reviewed.operation.to_owned(),
        resource: reviewed.resource,
        namespace: reviewed.namespace,
        name: reviewed.name.unwrap_or_default(),
        decision: match reviewed.decision {
            admission::Decision::Allowed => Decision::Allowed,
            admission::Decision::Warned => Decision::Warned,
            admission::Decision::Denied => Decision::Denied,
            admission::Decision::FailedOpen => Decision::FailedOpen,
        },
        messages: reviewed.messages,
        digest: reviewed.digest,
        micros: u32::try_from(reviewed.micros).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use cofferdam_control::admission;

    #[test]
    fn the_words_of_the_store_are_those_of_the_door() {
        let words = |all: &[&'static str]| all.to_vec();
        let modes = cofferdam_store::Mode::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>();
        assert_eq!(modes, words(&admission::Mode::ALL.map(admission::Mode::as_str)));
        let failures = cofferdam_store::OnFailure::ALL.iter().map(|one| one.as_str());
        let own = admission::OnFailure::ALL.map(admission::OnFailure::as_str);
        assert_eq!(failures.collect::<Vec<_>>(), words(&own));
        let updates = cofferdam_store::Updates::ALL.iter().map(|one| one.as_str());
        let own = admission::Updates::ALL.map(admission::Updates::as_str);
        assert_eq!(updates.collect::<Vec<_>>(), words(&own));
    }
}
