//! What is judged by: built-in rules, files, advisories, and the policies and exceptions that lie
//! in the cluster; put together again when one of them changes.
//!
//! ```text
//! files ───────────────┐
//! cluster (documents) ─┼► bundle ─► rules ─► audit, judging of images, door
//! advisories ──────────┘      └───► catalogue ─► API, console
//! ```

#[cfg(test)]
mod tests;
mod trail;

use crate::{diagnostics, scan};
use cofferdam_advisory::Database;
use cofferdam_api::Catalogue;
use cofferdam_bus::Bus;
use cofferdam_control::{
    Documents, Rules, Tasks,
    events::{self, Kind},
};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_policy::{Bundle, ClusterDocument, ClusterDocuments, PolicyFile, read_files};
use cofferdam_store::Store;
use jiff::Timestamp;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until},
};
use trail::Trail;

/// How often files are looked at: an advisory database is built a few times a day.
const LOOK: Duration = Duration::from_secs(10);

/// The least time between two times that policies of the cluster are put together: after each,
/// everything is judged anew, and who may write one may write one every second.
const BREATH: Duration = Duration::from_secs(2);

/// What to do about a document that says nothing better itself.
const REMEDY: &str = "mend or delete it; `cofferdam policy lint` tries one before it is applied";

/// Files that policies and advisories are read from.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// Policies and exceptions of the user's own.
    pub(super) policies: Vec<PathBuf>,
    /// The advisory database, if there is one.
    pub(super) database: Option<PathBuf>,
}

/// Where what changes goes.
pub(super) struct Parts {
    pub(super) files: Files,
    pub(super) store: Store,
    pub(super) bus: Bus,
    /// Id of the cluster, which tells the entries of several apart in one trail.
    pub(super) cluster: String,
    pub(super) clock: fn() -> Timestamp,
}

/// What is judged by, for whoever wants to be told when it changes.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) rules: watch::Receiver<Rules>,
    /// The policies as people read them.
    pub(super) catalogue: watch::Receiver<Arc<Catalogue>>,
    /// What lies in the cluster and is not in force, and why.
    pub(super) unheeded: watch::Receiver<Arc<Vec<Diagnostic>>>,
    /// Takes what lies in the cluster.
    pub(super) documents: watch::Sender<Documents>,
}

/// What was read of the files.
#[derive(Clone, Default)]
struct Read {
    policies: Vec<PolicyFile>,
    advisories: Option<Arc<Database>>,
}

/// Everything, put together.
struct Whole {
    rules: Rules,
    catalogue: Catalogue,
    wrong: Vec<Diagnostic>,
}

/// Reads everything once, and again whenever a file or the cluster changed. A file that cannot be
/// read leaves what was read before in force, and is said.
pub(super) fn keep(parts: Parts, tasks: &mut Tasks) -> Result<Kept, Diagnostic> {
    let read = read(&parts.files)?;
    let whole = put_together(&read, None, &Catalogue::default())?;
    whole.rules.bundle.left_unasked().iter().for_each(diagnostics::warn);
    let (documents, in_cluster) = watch::channel(None);
    let (rules, given) = watch::channel(whole.rules);
    let (catalogue, shown) = watch::channel(Arc::new(whole.catalogue));
    let (unheeded, told) = watch::channel(Arc::default());
    let kept = Kept { rules: given, catalogue: shown, unheeded: told, documents };
    let trail = Trail::new(parts.store, parts.cluster);
    let keeper = Keeper {
        known: parts.files.modified(),
        files: parts.files,
        read,
        documents: in_cluster,
        wrong: Vec::new(),
        rules,
        catalogue,
        unheeded,
        bus: parts.bus,
        trail,
        clock: parts.clock,
    };
    tasks.spawn("who keeps the rules", keeper.run(tasks.stop()));
    Ok(kept)
}

struct Keeper {
    files: Files,
    known: Vec<Option<SystemTime>>,
    read: Read,
    documents: watch::Receiver<Documents>,
    /// What of them is not in force because it is wrong.
    wrong: Vec<Diagnostic>,
    rules: watch::Sender<Rules>,
    catalogue: watch::Sender<Arc<Catalogue>>,
    unheeded: watch::Sender<Arc<Vec<Diagnostic>>>,
    bus: Bus,
    trail: Trail,
    clock: fn() -> Timestamp,
}

impl Keeper {
    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut earliest = Instant::now();
        loop {
            let documents = &mut self.documents;
            let changed = async {
                sleep_until(earliest).await;
                documents.changed().await
            };
            let ended = async { drop(stop.wait_for(|stop| *stop).await) };
            let is_of_files = tokio::select! {
                () = sleep(LOOK) => true,
                Ok(()) = changed => false,
                () = ended => return,
            };
            if is_of_files {
                self.look().await;
            } else {
                self.give(self.read.clone()).await;
                earliest = Instant::now() + BREATH;
            }
            self.tell_unheeded();
            // What the store did not take before.
            self.trail.write().await;
        }
    }

    /// Reads files again that changed.
    async fn look(&mut self) {
        let found = self.files.modified();
        if found == self.known {
            return;
        }
        self.known = found;
        let files = self.files.clone();
        match spawn_blocking(move || read(&files)).await {
            Ok(Ok(read)) => {
                if self.give(read).await {
                    super::say("rules and advisories were read again");
                }
            }
            Ok(Err(error)) => diagnostics::warn(&error),
            // It was a bug, and has been told.
            Err(_) => {}
        }
    }

    /// Puts everything together and gives it to all who judge. Tells whether that could be done.
    async fn give(&mut self, read: Read) -> bool {
        let documents = self.documents.borrow_and_update().clone();
        let (of, in_cluster) = (read.clone(), documents.clone());
        let before = Arc::clone(&self.catalogue.borrow());
        let whole = spawn_blocking(move || put_together(&of, in_cluster.as_deref(), &before)).await;
        let Whole { rules, catalogue, wrong } = match whole {
            Ok(Ok(whole)) => whole,
            Ok(Err(error)) => {
                diagnostics::warn(&error);
                return false;
            }
            Err(_) => return false,
        };
        (self.read, self.wrong) = (read, wrong);
        if let Some(documents) = documents {
            // Before it has any effect.
            self.trail.note(&documents, (self.clock)());
            self.trail.write().await;
        }
        self.catalogue.send_replace(Arc::new(catalogue));
        self.rules.send_replace(rules);
        self.tell_unheeded();
        // Nobody may be listening.
        let _ = events::tell(&self.bus, Kind::Finding, None).await;
        true
    }

    /// Tells of what is not in force: it is wrong, or an exception that has expired, which one does
    /// while nothing else changes.
    fn tell_unheeded(&self) {
        let expired = self.rules.borrow().bundle.expired((self.clock)());
        let unheeded: Vec<Diagnostic> = self.wrong.iter().cloned().chain(expired).collect();
        let before = Arc::clone(&self.unheeded.borrow());
        for error in unheeded.iter().filter(|error| !before.contains(error)) {
            diagnostics::warn(error);
        }
        if *before != unheeded {
            self.unheeded.send_replace(Arc::new(unheeded));
        }
    }
}

impl Files {
    fn modified(&self) -> Vec<Option<SystemTime>> {
        let modified = |path: &Path| fs::metadata(path).ok()?.modified().ok();
        self.policies.iter().chain(&self.database).map(|path| modified(path)).collect()
    }
}

fn read(files: &Files) -> Result<Read, Diagnostic> {
    let advisories = match files.database.as_ref().filter(|path| path.exists()) {
        Some(path) => Some(Arc::new(Database::open(path)?)),
        None => None,
    };
    Ok(Read { policies: read_files(&files.policies)?, advisories })
}

/// `before` is what people read until now.
fn put_together(
    read: &Read,
    cluster: Option<&ClusterDocuments>,
    before: &Catalogue,
) -> Result<Whole, Diagnostic> {
    let nothing = ClusterDocuments::default();
    let documents = cluster.unwrap_or(&nothing);
    let (bundle, mut wrong) = scan::first(Bundle::with_cluster(&read.policies, documents))?;
    for error in &mut wrong {
        error.exit = Exit::Usage;
        error.remedy.get_or_insert_with(|| REMEDY.to_owned());
    }
    let in_cluster = documents.documents.iter().map(ClusterDocument::file);
    let texts: Vec<PolicyFile> = read.policies.iter().cloned().chain(in_cluster).collect();
    let catalogue = before.renewed(&bundle, &texts);
    let is_whole = cluster.is_some();
    let rules = Rules { bundle: Arc::new(bundle), advisories: read.advisories.clone(), is_whole };
    Ok(Whole { rules, catalogue, wrong })
}
