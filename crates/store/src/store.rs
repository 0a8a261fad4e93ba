//! The store itself.

use crate::{
    engine::{Engine, postgres::Postgres, sqlite::Sqlite},
    error::{Result, StoreError},
    retention::PRUNE_EVERY,
    schema,
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A database. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    pub(crate) engine: Engine,
    /// Rows written to tables that are bounded by number.
    written: Arc<AtomicU64>,
}

impl Store {
    /// Opens `sqlite:PATH` (made when new, readable by its owner only) or `postgres://…`, and
    /// brings its schema forward.
    pub async fn open(url: &str) -> Result<Self> {
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Sqlite(Sqlite::open(Path::new(path)).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(Postgres::open(url).await?)
        } else {
            return Err(StoreError::Unsupported(
                "a store is sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned(),
            ));
        };
        schema::migrate(&engine, schema::MIGRATIONS).await?;
        Ok(Self { engine, written: Arc::default() })
    }

    /// Counts rows, and says whether it is time to prune.
    pub(crate) fn due(&self, rows: u64) -> bool {
        let before = self.written.fetch_add(rows, Ordering::Relaxed);
        before / PRUNE_EVERY != before.saturating_add(rows) / PRUNE_EVERY
    }

    /// Whether the database answers, and is a store: `Ok` or why not.
    pub async fn ping(&self) -> Result<()> {
        self.engine
            .query("SELECT max(version) FROM migration".to_owned(), Vec::new())
            .await
            .map(drop)
    }
}
