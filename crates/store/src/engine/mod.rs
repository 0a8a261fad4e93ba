//! The two databases behind one small face: rows of values in, rows of values out.

pub(crate) mod postgres;
pub(crate) mod sqlite;
mod tls;

use crate::{error::Result, value::Value};

/// A row as it comes from the database.
pub(crate) type Values = Vec<Value>;

/// A database.
#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Engine {
    /// Asks outside of a transaction.
    pub(crate) async fn query(&self, sql: String, values: Values) -> Result<Vec<Values>> {
        match self {
            Self::Sqlite(engine) => engine.query(sql, values).await,
            Self::Postgres(engine) => engine.query(&sql, &values).await,
        }
    }

    /// A table, and for SQLite the index to walk it by. PostgreSQL has statistics and knows
    /// better.
    pub(crate) fn walking(&self, from: &str, index: Option<&str>) -> String {
        match (self, index) {
            (Self::Sqlite(_), Some(index)) => format!("{from} INDEXED BY {index}"),
            _ => from.to_owned(),
        }
    }

    /// Begins to read what is there now, whatever is written meanwhile, for as long as it takes.
    pub(crate) async fn snapshot(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite(engine) => engine.snapshot().await.map(Transaction::Sqlite),
            Self::Postgres(engine) => engine.snapshot().await.map(Transaction::postgres),
        }
    }

    /// Lets go of the database.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(engine) => engine.close().await,
            // Its server notices by itself, and has nothing to put in order.
            Self::Postgres(_) => {}
        }
    }

    /// Begins to write. What is not committed never happened.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite(engine) => engine.begin().await.map(Transaction::Sqlite),
            Self::Postgres(engine) => engine.begin().await.map(Transaction::postgres),
        }
    }

    /// The same for as long as it takes: a server ends other transactions that idle or are slow.
    pub(crate) async fn begin_long(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite(engine) => engine.begin().await.map(Transaction::Sqlite),
            Self::Postgres(engine) => engine.begin_long().await.map(Transaction::postgres),
        }
    }
}

/// A transaction; of those that write there is one at a time in SQLite.
pub(crate) enum Transaction {
    Sqlite(sqlite::Transaction),
    Postgres(Box<postgres::Transaction>),
}

impl Transaction {
    fn postgres(transaction: postgres::Transaction) -> Self {
        Self::Postgres(Box::new(transaction))
    }

    pub(crate) async fn query(&mut self, sql: String, values: Values) -> Result<Vec<Values>> {
        match self {
            Self::Sqlite(transaction) => transaction.query(sql, values).await,
            Self::Postgres(transaction) => transaction.query(&sql, &values).await,
        }
    }

    /// Runs one statement and gives how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: String, values: Values) -> Result<u64> {
        self.execute_many(sql, vec![values]).await
    }

    /// Runs one statement with each of these.
    pub(crate) async fn execute_many(&mut self, sql: String, rows: Vec<Values>) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        match self {
            Self::Sqlite(transaction) => transaction.execute_many(sql, rows).await,
            Self::Postgres(transaction) => transaction.execute_many(&sql, &rows).await,
        }
    }

    /// Runs statements that take no values, separated by semicolons.
    pub(crate) async fn script(&mut self, sql: String) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.script(sql).await,
            Self::Postgres(transaction) => transaction.script(&sql).await,
        }
    }

    /// Keeps everybody else out of these tables. SQLite's writer is alone anyway, and who reads
    /// sees what was there before.
    pub(crate) async fn lock_tables(&mut self, tables: &[&str]) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(transaction) => transaction.lock_tables(&tables.join(", ")).await,
        }
    }

    /// Deletes all that is in these tables; what refers to another is before it.
    pub(crate) async fn clear(&mut self, tables: &[&str]) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => {
                let all = tables.iter().map(|table| format!("DELETE FROM {table};"));
                transaction.script(all.collect()).await
            }
            Self::Postgres(transaction) => transaction.clear(&tables.join(", ")).await,
        }
    }

    /// Keeps other replicas from migrating at the same time. SQLite's writer is alone anyway.
    pub(crate) async fn lock_schema(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(transaction) => transaction.lock_schema().await,
        }
    }

    /// Makes it so, durably.
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}
