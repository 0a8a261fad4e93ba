//! The tables, and how older ones become today's.

use crate::{
    engine::{Engine, Transaction},
    error::{Result, StoreError},
    value::Value,
};

/// The migrations in order; the first makes an empty store. A published one never changes.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
];

/// Brings the schema forward, one replica at a time. A schema from the future is refused: an
/// older program would write rows that the newer one does not expect.
pub(crate) async fn migrate(engine: &Engine, migrations: &[&str]) -> Result<()> {
    let mut transaction = engine.begin().await?;
    transaction.lock_schema().await?;
    let make = "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY)";
    transaction.script(make.to_owned()).await?;
    let done = version(&mut transaction).await?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if done > known {
        return Err(StoreError::Unsupported(format!(
            "the database has schema {done}, this program knows up to {known}: use the program that wrote it, or a newer one"
        )));
    }
    for (migration, number) in migrations.iter().zip(1..).filter(|(_, number)| *number > done) {
        transaction.script((*migration).to_owned()).await?;
        let insert = "INSERT INTO migration (version) VALUES (?1)";
        transaction.execute(insert.to_owned(), vec![Value::Integer(number)]).await?;
    }
    transaction.commit().await
}

async fn version(transaction: &mut Transaction) -> Result<i64> {
    let sql = "SELECT coalesce(max(version), 0) FROM migration";
    let rows = transaction.query(sql.to_owned(), Vec::new()).await?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Integer(version)) => Ok(*version),
        _ => Err(StoreError::corrupt("no schema version")),
    }
}
