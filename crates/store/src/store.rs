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
        let engine = engine(url).await?;
        match schema::migrate(&engine, schema::MIGRATIONS).await {
            Ok(()) => Ok(Self { engine, written: Arc::default() }),
            Err(error) => {
                engine.close().await;
                Err(error)
            }
        }
    }

    /// Opens one that is there already, and makes and changes nothing in it: a server of another
    /// version may be using it.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] when none is there, or one that this program would change first.
    pub async fn open_as_it_is(url: &str) -> Result<Self> {
        if let Some(path) = sqlite_path(url)
            && !path.is_file()
        {
            return Err(StoreError::Unsupported(format!("there is no file {}", path.display())));
        }
        let engine = engine(url).await?;
        match schema::demand(&engine, schema::MIGRATIONS.len()).await {
            Ok(()) => Ok(Self { engine, written: Arc::default() }),
            Err(error) => {
                engine.close().await;
                Err(error)
            }
        }
    }

    /// Opens one to restore a backup into, made when new. [`Store::restore`] and
    /// [`Store::replace`] bring its schema forward, at once with what comes or not at all; nothing
    /// else is to be asked of it before.
    pub async fn open_to_restore(url: &str) -> Result<Self> {
        Ok(Self { engine: engine(url).await?, written: Arc::default() })
    }

    /// Closes it for every clone, which are refused afterwards. Of a SQLite store that no other
    /// process uses the file alone is whole then, with nothing left beside it; without this
    /// nothing is lost, but what was written last is in the `-wal` beside it.
    pub async fn close(&self) {
        self.engine.close().await;
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

async fn engine(url: &str) -> Result<Engine> {
    if let Some(path) = sqlite_path(url) {
        Ok(Engine::Sqlite(Sqlite::open(path).await?))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Engine::Postgres(Postgres::open(url).await?))
    } else {
        let what = "a store is sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE";
        Err(StoreError::Unsupported(what.to_owned()))
    }
}

/// The file of a store that is one.
pub fn sqlite_path(url: &str) -> Option<&Path> {
    url.strip_prefix("sqlite:").map(Path::new)
}
