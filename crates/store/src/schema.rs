//! The tables, and how older ones become today's.

use crate::{
    engine::{Engine, Transaction, Values},
    error::{Result, StoreError},
    value::Value,
};
use std::cmp::Ordering;

/// The migrations in order; the first makes an empty store. A published one never changes.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
];

/// Brings the schema forward, one replica at a time. A schema from the future is refused: an
/// older program would write rows that the newer one does not expect.
pub(crate) async fn migrate(engine: &Engine, migrations: &[&str]) -> Result<()> {
    // An index of millions of findings takes its time.
    let mut transaction = engine.begin_long().await?;
    bring_forward(&mut transaction, migrations).await?;
    transaction.commit().await
}

/// The same as a part of something larger, which happens with it or not at all.
pub(crate) async fn bring_forward(
    transaction: &mut Transaction,
    migrations: &[&str],
) -> Result<()> {
    transaction.lock_schema().await?;
    let make = "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY)";
    transaction.script(make.to_owned()).await?;
    let done = version(&transaction.query(VERSION.to_owned(), Vec::new()).await?)?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if done > known {
        return Err(newer(done, known));
    }
    for (migration, number) in migrations.iter().zip(1..).filter(|(_, number)| *number > done) {
        transaction.script((*migration).to_owned()).await?;
        let insert = "INSERT INTO migration (version) VALUES (?1)";
        transaction.execute(insert.to_owned(), vec![Value::Integer(number)]).await?;
    }
    Ok(())
}

/// Refuses a database without this schema, and changes nothing.
pub(crate) async fn demand(engine: &Engine, known: usize) -> Result<()> {
    let rows = engine.query(VERSION.to_owned(), Vec::new()).await.map_err(|error| match error {
        // There is no such table.
        StoreError::Internal(_) => {
            StoreError::Unsupported("this is no store of Cofferdam's".to_owned())
        }
        StoreError::Damaged(why) => {
            StoreError::Unsupported(format!("this is no store of Cofferdam's ({why})"))
        }
        other => other,
    })?;
    let (done, known) = (version(&rows)?, i64::try_from(known).unwrap_or(i64::MAX));
    match done.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(newer(done, known)),
        Ordering::Less => Err(StoreError::Unsupported(format!(
            "the database has schema {done}, this program writes {known}: use the program that wrote it, or let a server of this version bring it forward first"
        ))),
    }
}

fn newer(done: i64, known: i64) -> StoreError {
    StoreError::Unsupported(format!(
        "the database has schema {done}, this program knows up to {known}: use the program that wrote it, or a newer one"
    ))
}

const VERSION: &str = "SELECT coalesce(max(version), 0) FROM migration";

fn version(rows: &[Values]) -> Result<i64> {
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Integer(version)) => Ok(*version),
        _ => Err(StoreError::corrupt("no schema version")),
    }
}
