//! The store itself.

use crate::{
    engine::{Engine, sqlite::Sqlite},
    error::{Result, StoreError},
    schema,
};
use std::path::Path;

/// A database. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    pub(crate) engine: Engine,
}

impl Store {
    /// Opens `sqlite:PATH` (made when new, readable by its owner only) or `postgres://…`, and
    /// brings its schema forward.
    pub async fn open(url: &str) -> Result<Self> {
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Sqlite(Sqlite::open(Path::new(path)).await?)
        } else {
            return Err(StoreError::Unsupported(
                "a store is sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned(),
            ));
        };
        schema::migrate(&engine, schema::MIGRATIONS).await?;
        Ok(Self { engine })
    }

    /// Whether the database answers: `Ok` or why not.
    pub async fn ping(&self) -> Result<()> {
        self.engine.query("SELECT 1".to_owned(), Vec::new()).await.map(drop)
    }
}
