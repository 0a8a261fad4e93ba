//! The statements that write rows.

use crate::{
    engine::{Transaction, Values},
    error::{Result, StoreError},
    list::columns,
    rows::{Fields, Row},
    store::Store,
    value::Cell as _,
};
use jiff::Timestamp;
use std::fmt::Write as _;

/// Inserts; what exists is overwritten, but for its key and the columns to keep.
pub(crate) fn upsert<T: Row>(keep: &[&str]) -> String {
    let mut sql = insert::<T>();
    let changed = T::COLUMNS.iter().filter(|name| !T::KEY.contains(name) && !keep.contains(name));
    let set: Vec<String> =
        changed.map(|name| format!("\"{name}\" = excluded.\"{name}\"")).collect();
    // Writing to a string does not fail.
    let _ = write!(sql, " ON CONFLICT ({}) DO ", columns(T::KEY));
    if set.is_empty() {
        sql.push_str("NOTHING");
    } else {
        let _ = write!(sql, "UPDATE SET {}", set.join(", "));
    }
    sql
}

/// Inserts; what exists stays as it was.
pub(crate) fn insert_new<T: Row>() -> String {
    format!("{} ON CONFLICT ({}) DO NOTHING", insert::<T>(), columns(T::KEY))
}

/// Inserts; what exists is a conflict.
pub(crate) fn insert<T: Row>() -> String {
    let places: Vec<String> = (1..=T::COLUMNS.len()).map(|place| format!("?{place}")).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", T::FROM, columns(T::COLUMNS), places.join(", "))
}

/// The row as it comes back.
pub(crate) fn as_stored<T: Row>(row: &T) -> Result<T> {
    T::read(&mut Fields::new(row.values()))
}

pub(crate) fn values<T: Row>(rows: &[T]) -> Vec<Values> {
    rows.iter().map(Row::values).collect()
}

/// Writes rows by `write`, all at once. Where the database is there and refuses, by halves, until
/// what it does not take is alone: that is given back with the reasons, and all else is written.
///
/// # Errors
/// Only those that pass ([`StoreError::passes`]): then all of it is to be written again.
pub async fn by_halves<'r, T, F>(
    rows: &'r [T],
    write: impl Fn(&'r [T]) -> F,
) -> Result<Vec<(&'r T, StoreError)>>
where
    F: Future<Output = Result<()>>,
{
    let (mut todo, mut refused) = (vec![rows], Vec::new());
    while let Some(some) = todo.pop() {
        match (write(some).await, some) {
            (Ok(()), _) | (Err(_), []) => {}
            (Err(error), _) if error.passes() => return Err(error),
            (Err(error), [one]) => refused.push((one, error)),
            (Err(_), _) => {
                let (first, second) = some.split_at(some.len() / 2);
                todo.extend([second, first]);
            }
        }
    }
    Ok(refused)
}

impl Store {
    /// Writes rows in one transaction by one statement.
    pub(crate) async fn put<T: Row>(&self, sql: String, rows: &[T]) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        let mut transaction = self.engine.begin().await?;
        let changed = transaction.execute_many(sql, values(rows)).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// Runs one statement in a transaction of its own.
    pub(crate) async fn change(&self, sql: &str, values: Values) -> Result<u64> {
        let mut transaction = self.engine.begin().await?;
        let changed = transaction.execute(sql.to_owned(), values).await?;
        transaction.commit().await?;
        Ok(changed)
    }
}

impl Transaction {
    /// Says that rows are gone since a time, those that were not already. Gives how many. What
    /// was there for no time at all was never there, so that a row is named by when it began.
    pub(crate) async fn gone(
        &mut self,
        table: &str,
        column: &str,
        ids: &[String],
        now: Timestamp,
    ) -> Result<u64> {
        let rows: Vec<Values> = ids.iter().map(|id| vec![now.store(), id.store()]).collect();
        let open = format!("\"{column}\" = ?2 AND gone_at IS NULL");
        let sql = format!("DELETE FROM \"{table}\" WHERE {open} AND first_seen >= ?1");
        let undone = self.execute_many(sql, rows.clone()).await?;
        let sql = format!("UPDATE \"{table}\" SET gone_at = ?1 WHERE {open}");
        Ok(undone + self.execute_many(sql, rows).await?)
    }
}
