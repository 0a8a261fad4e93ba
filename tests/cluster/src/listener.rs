//! Listens to a watch and keeps what it says.

use cofferdam_cluster::{Access, Connection, KINDS, watch};
use cofferdam_model::{Change, ClusterObject, ObjectKey};
use std::{collections::BTreeMap, path::Path, time::Duration};
use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, timeout},
};

/// How long anything may take that is not measured.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How long it may go on until it is quiet: what others do in a living cluster never ends.
const QUIET: Duration = Duration::from_secs(20);

pub(crate) struct Listener {
    pub(crate) connection: Connection,
    changes: Receiver<Change>,
    /// What is there, as told.
    pub(crate) objects: BTreeMap<ObjectKey, ClusterObject>,
    /// What is lost, and why.
    pub(crate) lost: BTreeMap<String, String>,
    /// What may not be read, and why.
    pub(crate) withheld: BTreeMap<String, String>,
    /// What was told since the last [`Self::forget`]: `+Pod a/b`, `-Pod a/b`, `synced`.
    pub(crate) told: Vec<String>,
}

impl Listener {
    pub(crate) async fn start(config: &Path) -> Self {
        let access = Access::File { path: config.to_owned(), context: None };
        let connection = Connection::open(&access).await.unwrap();
        let changes = watch(&connection, KINDS);
        Self {
            connection,
            changes,
            objects: BTreeMap::new(),
            lost: BTreeMap::new(),
            withheld: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    /// Listens until it is told; how long that took.
    pub(crate) async fn until(&mut self, what: &str) -> Duration {
        let began = Instant::now();
        while !self.told.iter().any(|told| told == what) {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let change = timeout(left, self.changes.recv()).await;
            let Ok(Some(change)) = change else {
                panic!("not told: {what}; told: {:?}, lost: {:?}", self.told, self.lost);
            };
            self.take(change);
        }
        began.elapsed()
    }

    /// Listens as long as anything is told within a second of the last.
    pub(crate) async fn until_quiet(&mut self) {
        let end = Instant::now() + QUIET;
        while let Ok(Some(change)) = timeout(Duration::from_secs(1), self.changes.recv()).await {
            self.take(change);
            if Instant::now() > end {
                return;
            }
        }
    }

    pub(crate) fn forget(&mut self) {
        self.told.clear();
    }

    fn take(&mut self, change: Change) {
        self.told.push(match change {
            Change::Put(object) => {
                let told = format!("+{}", object.key);
                self.objects.insert(object.key.clone(), object);
                told
            }
            Change::Gone(key) => {
                self.objects.remove(&key);
                format!("-{key}")
            }
            Change::Synced => "synced".to_owned(),
            Change::Current { kind } => {
                self.lost.remove(&kind);
                self.withheld.remove(&kind);
                format!("={kind}")
            }
            Change::Lost { kind, why, .. } => {
                let told = format!("?{kind}");
                self.lost.insert(kind, why);
                told
            }
            Change::Withheld { kind, why } => {
                let told = format!("!{kind}");
                self.withheld.insert(kind, why);
                told
            }
        });
    }
}
