//! The tasks: thin, bounded, and stopped together.
//!
//! ```text
//! watch ─► keeper (inventory, audit) ─► writer ─► store, bus ─► workers ─► store
//!               ▲                          └──► judge (images) ─┐         ▲
//!               └──────────────────────────────────────────────┘      pruner
//! ```
//!
//! What is watched is heard for the door's lineage first, and handed on to the keeper. That waits for
//! nothing to be written: it asks the store at each turn whether it is there, and while it is away,
//! changes are taken and the door's objects are kept up to date, but nothing new is judged; when it
//! is back, the last state of everything is written. What one writer was given is written before anything else is; what the
//! store refuses of it though it is there is set aside and told, so that nothing else waits for it.
//!
//! None of them ends before it is told to. One that does has met a bug: [`Handle::broken`] says so,
//! and the process is to end, for what it shows would grow old.

mod aside;
mod judge;
mod keeper;
mod pruner;
mod state;
#[cfg(test)]
mod tests;
mod writer;

pub use state::{Coverage, REFUSED_MAX, Refused, State, View};

use crate::{
    Tasks,
    admission::Lineage,
    scan::{Assessed, Images, worker},
};
use cofferdam_advisory::Database;
use cofferdam_assess::live::Objects;
use cofferdam_bus::Bus;
use cofferdam_cluster::{Connection, KINDS, Recording};
use cofferdam_model::{Change, ClusterIdentity};
use cofferdam_policy::{Bundle, ClusterDocuments};
use cofferdam_store::Store;
use jiff::Timestamp;
use std::{
    collections::BTreeSet,
    sync::{Arc, RwLock},
};
use tokio::sync::{mpsc, watch};

/// Steps that wait to be written; each holds the findings of a thousand objects at most.
const WRITES_MAX: usize = 2;

/// Images that wait to be judged.
const JUDGE_MAX: usize = 1000;

/// Verdicts on images that wait for the keeper.
const VERDICTS_MAX: usize = 16;

/// Changes that wait for the keeper, besides those that wait to be heard.
const CHANGES_MAX: usize = 1000;

/// What is judged by; others may be given at any time.
#[derive(Clone)]
pub struct Rules {
    /// All policies and exceptions.
    pub bundle: Arc<Bundle>,
    /// The advisories, when there are any.
    pub advisories: Option<Arc<Database>>,
    /// Whether the policies and exceptions that lie in the cluster are among them. Until then
    /// nothing is judged: findings that are excepted would open, and close again.
    pub is_whole: bool,
}

impl Rules {
    /// The namespaces whose objects may be judged otherwise than by `before`; nothing: anything
    /// may, images too.
    fn changed_within(&self, before: &Self) -> Option<BTreeSet<String>> {
        let are_same = match (&self.advisories, &before.advisories) {
            (Some(now), Some(then)) => Arc::ptr_eq(now, then),
            (now, then) => now.is_none() && then.is_none(),
        };
        let is_of_bundle = are_same && self.is_whole == before.is_whole;
        is_of_bundle.then(|| self.bundle.changed_within(&before.bundle)).flatten()
    }
}

/// The policies and exceptions that lie in the cluster; nothing before everything was listed.
pub type Documents = Option<Arc<ClusterDocuments>>;

/// Where a cluster is known from.
pub enum Source {
    /// A cluster that lives.
    Live(Connection),
    /// What was recorded of one.
    Recorded {
        /// Which it was.
        identity: ClusterIdentity,
        /// Its objects.
        recording: Recording,
        /// Which kinds could not be read.
        missing: Vec<Change>,
    },
    /// A cluster that somebody else hears of.
    Heard {
        /// Which it is.
        identity: ClusterIdentity,
        /// What becomes known.
        changes: mpsc::Receiver<Change>,
    },
}

impl Source {
    /// Which cluster it is.
    pub const fn identity(&self) -> &ClusterIdentity {
        match self {
            Self::Live(connection) => connection.identity(),
            Self::Recorded { identity, .. } | Self::Heard { identity, .. } => identity,
        }
    }
}

/// What the controllers work with.
pub struct Parts {
    /// Where what is known goes.
    pub store: Store,
    /// Work and events.
    pub bus: Bus,
    /// The cluster.
    pub source: Source,
    /// Where images come from.
    pub images: Images,
    /// What is judged by.
    pub rules: watch::Receiver<Rules>,
    /// Told of the policies and exceptions of the cluster whenever they change: whoever listens
    /// gives other rules.
    pub documents: watch::Sender<Documents>,
    /// Whether this replica writes; always true where there is only one ([`crate::lead`]).
    pub leads: watch::Receiver<bool>,
    /// The time.
    pub clock: fn() -> Timestamp,
}

/// The controllers.
pub struct Controller;

/// Running controllers. Dropping it stops them without waiting.
pub struct Handle {
    tasks: Tasks,
    view: watch::Receiver<Arc<View>>,
    objects: Arc<RwLock<Objects>>,
    assessed: Arc<RwLock<Arc<Assessed>>>,
    lineage: Lineage,
}

impl Controller {
    /// Starts everything, within a tokio runtime. It comes back at once; [`Handle::state`] says
    /// how far it is.
    pub fn start(parts: Parts) -> Handle {
        let Parts { store, bus, source, images, rules, documents, leads, clock } = parts;
        let (identity, told) = changes(source);
        let lineage = Lineage::default();
        let (shown, view) = watch::channel(Arc::new(View::new(identity.clone())));
        let (write, writes) = mpsc::channel(WRITES_MAX);
        let (judge, to_judge) = mpsc::channel(JUDGE_MAX);
        let (judged, verdicts) = mpsc::channel(VERDICTS_MAX);
        let (say, trouble) = watch::channel(keeper::Trouble::default());
        let objects = Arc::new(RwLock::new(Objects::default()));
        let assessed = Arc::<RwLock<Arc<Assessed>>>::default();
        let mut tasks = Tasks::default();
        let stopped = tasks.stop();
        let (pass, changes) = mpsc::channel(CHANGES_MAX);
        tasks.spawn("who listens", listen(told, pass, lineage.clone(), stopped.clone()));
        for _ in 0..worker::WORKERS {
            let (store, bus, images) = (store.clone(), bus.clone(), images.clone());
            let worker = worker::Worker { store, bus, images, clock };
            tasks.spawn("a worker", worker.run(stopped.clone()));
        }
        let pruner = pruner::Pruner {
            store: store.clone(),
            leads: leads.clone(),
            clock,
            trouble: say.clone(),
        };
        tasks.spawn("the pruner", pruner.run(stopped.clone()));
        let keeper = keeper::Keeper {
            changes,
            verdicts,
            write,
            rules: rules.clone(),
            documents,
            leads: leads.clone(),
            shown,
            objects: Arc::clone(&objects),
            assessed: Arc::clone(&assessed),
            judge: judge.clone(),
            clock,
            store: store.clone(),
            trouble,
            expects: false,
            recalls: None,
        };
        tasks.spawn("the keeper", keeper.run(identity, stopped.clone()));
        let aside = aside::Aside::default();
        let to_write =
            writer::Writer { store: store.clone(), bus: bus.clone(), judge, trouble: say, aside };
        tasks.spawn("the writer", to_write.run(writes, stopped.clone()));
        let judge = judge::Judge { store, bus, rules, judged, leads, clock };
        tasks.spawn("the judge", judge.run(to_judge, stopped));
        Handle { tasks, view, objects, assessed, lineage }
    }
}

/// Waits until everything is to stop; whoever would say so being gone is as good.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Hands on what becomes known, until everything ends.
async fn listen(
    told: mpsc::Receiver<Change>,
    pass: mpsc::Sender<Change>,
    lineage: Lineage,
    mut stop: watch::Receiver<bool>,
) {
    tokio::select! {
        () = stopped(&mut stop) => {}
        () = hand_on(told, pass, &lineage) => stopped(&mut stop).await,
    }
}

/// The door hears at once what pods are made for, whatever the keeper is at.
async fn hand_on(mut told: mpsc::Receiver<Change>, pass: mpsc::Sender<Change>, lineage: &Lineage) {
    while let Some(change) = told.recv().await {
        lineage.hear(&change);
        if pass.send(change).await.is_err() {
            return;
        }
    }
}

fn changes(source: Source) -> (ClusterIdentity, mpsc::Receiver<Change>) {
    match source {
        Source::Live(connection) => {
            (connection.identity().clone(), cofferdam_cluster::watch(&connection, KINDS))
        }
        Source::Heard { identity, changes } => (identity, changes),
        Source::Recorded { identity, recording, missing } => {
            let (sender, changes) = mpsc::channel(CHANGES_MAX);
            tokio::spawn(async move {
                for change in missing.into_iter().chain(recording.changes()) {
                    if sender.send(change).await.is_err() {
                        return;
                    }
                }
                // What was recorded does not change any more; the end of the channel would mean
                // that the cluster is lost.
                sender.closed().await;
            });
            (identity, changes)
        }
    }
}

impl Handle {
    /// How far everything is, truthfully.
    pub fn state(&self) -> State {
        self.view.borrow().state.clone()
    }

    /// What is known, from memory.
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    /// The same, for whoever wants to be told when it changes.
    pub fn views(&self) -> watch::Receiver<Arc<View>> {
        self.view.clone()
    }

    /// The objects of the cluster, for the door; kept up to date.
    pub fn objects(&self) -> Arc<RwLock<Objects>> {
        Arc::clone(&self.objects)
    }

    /// What is known of the images of the cluster, for the door; kept up to date.
    pub fn assessed(&self) -> Arc<RwLock<Arc<Assessed>>> {
        Arc::clone(&self.assessed)
    }

    /// What controllers make pods for, for the door; kept up to date.
    pub fn lineage(&self) -> Lineage {
        self.lineage.clone()
    }

    /// Comes back when a task ended that nobody told to, and says which or why: a bug. Everything
    /// is to be shut down then, for nothing of it can be relied on.
    pub async fn broken(&mut self) -> String {
        self.tasks.broken().await
    }

    /// Stops everything: what is being written is written to its end, work that is not done goes
    /// back to the bus.
    pub async fn shutdown(self) {
        self.tasks.end().await;
    }
}
