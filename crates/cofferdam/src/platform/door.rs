//! The door, wired: its certificate, the webhook that points to it, the modes of rules, and what
//! it decided on its way to the store.

use crate::{arguments::KubernetesVersion, scan::now};
use cofferdam_api as api;
use cofferdam_assess::live::Objects;
use cofferdam_bus::Bus;
use cofferdam_cluster::Connection;
use cofferdam_control::{
    Rules, View,
    admission::{
        self, Door, Modes, Reviewed, Settings,
        certificate::{Authorities, Serving},
        configuration::{Address, configuration},
        server,
    },
    events::{self, Kind},
};
use cofferdam_model::{Diagnostic, Exit, ObjectKey};
use cofferdam_policy::Bundle;
use cofferdam_store::{Decision, Store, rows};
use jiff::Timestamp;
use std::{
    fmt::Display,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinHandle,
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
    /// The Secret of that namespace that keeps the authority; without it, it is made anew.
    pub(crate) secret: Option<String>,
    /// Whether the webhook goes when this process does.
    pub(crate) is_passing: bool,
}

/// What it works with.
pub(super) struct Parts {
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) objects: Arc<RwLock<Objects>>,
    pub(super) views: watch::Receiver<Arc<View>>,
    pub(super) rules: watch::Receiver<Rules>,
    pub(super) stop: watch::Receiver<bool>,
}

/// How often modes and certificates are looked at: whoever sets a rule to `enforce` sees it done
/// while he looks.
const LOOK: Duration = Duration::from_secs(2);
/// Decisions that are written together.
const WRITTEN_MAX: usize = 500;
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
        let status = self.door.status();
        let shown = *self.shown.read().unwrap_or_else(PoisonError::into_inner);
        api::Door {
            is_installed: shown.is_installed,
            authority_expires: shown.authority_expires,
            certificate_expires: shown.certificate_expires,
            reviews: status.allowed + status.warned + status.denied + status.failed_open,
            p50_micros: status.p50_micros,
            p99_micros: status.p99_micros,
            failed_open: status.failed_open,
        }
    }
}

/// Listens, and puts the webhook in its place. The task keeps it there until everything stops.
pub(super) async fn start(
    plan: Plan,
    parts: Parts,
) -> Result<(Running, JoinHandle<()>), Diagnostic> {
    let listener = TcpListener::bind(&plan.listen).await.map_err(|error| {
        let what = "cannot listen for admission reviews";
        Diagnostic::new(Exit::Infrastructure, what).at(&plan.listen).because(error)
    })?;
    let authorities = authorities(&plan).await?;
    let serving = authorities.current().issue(&plan.address.names(), now()).map_err(unmade)?;
    let identity = Arc::new(server::Identity::new(&serving).map_err(unmade)?);
    let bundle = Arc::clone(&rules.borrow().bundle);
    let Parts { store, bus, objects, views, rules, stop } = parts;
    let minor = minor(&views.borrow());
    let settings = Settings {
        modes: modes(&store, &bundle).await.unwrap_or_default(),
        bundle,
        kubernetes_minor: minor,
        own_namespace: plan.own_namespace.clone(),
    };
    let (door, reviewed) = Door::new(objects, settings, now);
    let door = Arc::new(door);
    tokio::spawn({
        let (door, identity, stop) = (Arc::clone(&door), Arc::clone(&identity), stop.clone());
        let answer = Arc::new(move |body: &[u8]| door.handle(body));
        async move {
            if let Err(error) = server::serve(listener, answer, identity, stop).await {
                super::say(&format!("admission ended: {error}"));
            }
        }
    });
    tokio::spawn(record(reviewed, store.clone(), bus));
    let shown = Arc::new(RwLock::new(Shown::default()));
    let porter = Porter {
        plan,
        authorities,
        serving,
        identity,
        door: Arc::clone(&door),
        shown: Arc::clone(&shown),
        store,
        rules,
        installed: None,
    };
    let porter = tokio::spawn(porter.run(stop));
    Ok((Running { door, shown }, porter))
}

fn unmade(error: impl Display) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "cannot make a certificate").because(error)
}

/// The authorities that the Secret keeps, or new ones.
async fn authorities(plan: &Plan) -> Result<Authorities, Diagnostic> {
    if let Some(name) = &plan.secret {
        let kept = plan.connection.secret(&plan.own_namespace, name).await;
        let kept = kept.map_err(|error| error.diagnostic(&plan.connection.identity().server))?;
        if let Some(kept) = kept {
            let data =
                kept.keys().filter_map(|key| Some((key.to_owned(), kept.get(key)?.to_vec())));
            // One that the chart made and nobody filled yet holds nothing.
            if let Ok(kept) = Authorities::of_secret(&data.collect()) {
                return Ok(kept);
            }
        }
    }
    let made = Authorities::generate(now()).map_err(unmade)?;
    keep(plan, &made).await?;
    Ok(made)
}

async fn keep(plan: &Plan, authorities: &Authorities) -> Result<(), Diagnostic> {
    let Some(name) = &plan.secret else { return Ok(()) };
    let secret = authorities.secret(&plan.own_namespace, name).to_string();
    let kept = plan.connection.apply(&secret).await;
    kept.map(drop).map_err(|error| error.diagnostic(&plan.connection.identity().server))
}

/// Keeps the door as people want it.
struct Porter {
    plan: Plan,
    authorities: Authorities,
    serving: Serving,
    identity: Arc<server::Identity>,
    door: Arc<Door>,
    shown: Arc<RwLock<Shown>>,
    store: Store,
    rules: watch::Receiver<Rules>,
    /// The webhook as it was applied last.
    installed: Option<String>,
}

impl Porter {
    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            self.turn().await;
            tokio::select! {
                () = sleep(LOOK) => {}
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
        // Without the store the modes stay as they were.
        let bundle = Arc::clone(&self.rules.borrow_and_update().bundle);
        if let Ok(modes) = modes(&self.store, &bundle).await {
            let settings = self.door.settings();
            if settings.modes != modes || !Arc::ptr_eq(&settings.bundle, &bundle) {
                self.door.set(Settings { modes, bundle, ..(*settings).clone() });
            }
        }
        if let Err(error) = self.renew().await {
            crate::diagnostics::print(&error);
        }
        self.install().await;
    }

    async fn renew(&mut self) -> Result<(), Diagnostic> {
        let has_turned = self.authorities.turn(now()).map_err(unmade)?;
        if has_turned {
            keep(&self.plan, &self.authorities).await?;
        }
        if has_turned || self.serving.is_due(now()) {
            let names = self.plan.address.names();
            self.serving = self.authorities.current().issue(&names, now()).map_err(unmade)?;
            self.identity.set(&self.serving).map_err(unmade)?;
        }
        Ok(())
    }

    /// Applies the webhook if it is not what it should be.
    async fn install(&mut self) {
        let trusted = self.authorities.trusted_pem();
        let wanted = configuration(&self.plan.address, &trusted, &self.door.settings()).to_string();
        if self.installed.as_ref() != Some(&wanted) {
            match self.plan.connection.apply(&wanted).await {
                Ok(_) => self.installed = Some(wanted),
                Err(error) => {
                    super::say(&format!("the admission webhook is not in place: {error}"));
                }
            }
        }
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Shown {
            is_installed: self.installed.is_some(),
            authority_expires: Some(self.authorities.current().expires()),
            certificate_expires: Some(self.serving.expires),
        };
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

/// Writes down what was decided. While the store is away decisions wait in the door's queue.
async fn record(mut reviewed: mpsc::Receiver<Reviewed>, store: Store, bus: Bus) {
    let mut batch = Vec::with_capacity(WRITTEN_MAX);
    while reviewed.recv_many(&mut batch, WRITTEN_MAX).await > 0 {
        let rows: Vec<rows::Review> = batch.drain(..).map(row).collect();
        while store.put_reviews(&rows).await.is_err() {
            sleep(AWAY).await;
        }
        // Nobody may be listening.
        let _ = events::tell(&bus, Kind::Review, None).await;
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

fn minor(view: &View) -> Option<u32> {
    view.cluster.version.parse::<KubernetesVersion>().ok().map(|version| version.minor)
}
