//! Backup and restore: one format for both engines, so that it is also the way from one to the
//! other.
//!
//! zstd over lines of JSON: a header, for each table its name and columns and then its rows as
//! arrays, and an end that says how many rows there were. Bytes are base64. What is derived from
//! other rows is not in it and made anew.

mod file;

use crate::{
    engine::{Transaction, Values},
    error::{Result, StoreError},
    list::columns,
    rows::{self, Row},
    schema::MIGRATIONS,
    store::Store,
    tally,
    value::Value,
};
use file::{Line, Reader, Writer, broken};
use std::io::{Read, Write};

/// Rows that are read from the database at once.
const AT_ONCE: usize = 500;

/// A table as a backup sees it.
pub(crate) struct Table {
    pub(crate) from: &'static str,
    columns: &'static [&'static str],
    pub(crate) key: &'static [&'static str],
}

const fn table<T: Row>() -> Table {
    Table { from: T::FROM, columns: T::COLUMNS, key: T::KEY }
}

/// All tables but the derived ones; an account is before what refers to it.
pub(crate) const TABLES: &[Table] = &[
    table::<rows::Cluster>(),
    table::<rows::Workload>(),
    table::<rows::Manifest>(),
    table::<rows::Container>(),
    table::<rows::Pod>(),
    table::<rows::Object>(),
    table::<rows::Image>(),
    table::<rows::Report>(),
    table::<rows::Vulnerability>(),
    table::<rows::Finding>(),
    table::<rows::Point>(),
    table::<rows::Review>(),
    table::<rows::Event>(),
    table::<rows::RuleMode>(),
    table::<rows::Account>(),
    table::<rows::Session>(),
    table::<rows::Token>(),
    table::<rows::Trail>(),
    table::<rows::Dropped>(),
];

/// Tables that are made from others.
const DERIVED: &[&str] = &["subject", "tally"];

/// Who is told how many rows more were written or read.
pub type Told<'t> = &'t (dyn Fn(u64) + Sync);

impl Store {
    /// Writes all that is stored at this moment, while others read and write: hashes of passwords
    /// and tokens too, so that it is for few eyes. Gives how many rows. Without `Ok` the stream is
    /// not whole, and is refused by [`Store::restore`].
    ///
    /// # Errors
    /// [`StoreError::Stream`] when it cannot be written.
    pub async fn backup(&self, out: impl Write + Send + 'static, told: Told<'_>) -> Result<u64> {
        let mut snapshot = self.engine.snapshot().await?;
        let writer = Writer::begin(out);
        match dump(&mut snapshot, &writer, told).await {
            Ok(count) => writer.finish(count).await.map(|()| count),
            // Why it cannot be written is known where it is written.
            Err(error @ StoreError::Stream(_)) => {
                writer.closed().await?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Fills this empty store from a backup, of whichever engine it is. Gives how many rows.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the store has rows, [`StoreError::Stream`] when the stream is
    /// no whole backup; the store is empty as before.
    pub async fn restore(&self, input: impl Read + Send + 'static, told: Told<'_>) -> Result<u64> {
        let mut transaction = self.engine.begin().await?;
        for table in TABLES {
            let sql = format!("SELECT 1 AS one FROM {} LIMIT 1", table.from);
            if !transaction.query(sql, Vec::new()).await?.is_empty() {
                return Err(StoreError::Conflict(format!("{} has rows", table.from)));
            }
        }
        fill(transaction, input, told).await
    }

    /// The same for a store that has rows: they go, all at once with what comes.
    ///
    /// # Errors
    /// As [`Store::restore`] gives them; the store is as it was.
    pub async fn replace(&self, input: impl Read + Send + 'static, told: Told<'_>) -> Result<u64> {
        let mut transaction = self.engine.begin().await?;
        let tables = TABLES.iter().rev().map(|table| table.from);
        for table in tables.chain(DERIVED.iter().copied()) {
            transaction.execute(format!("DELETE FROM {table}"), Vec::new()).await?;
        }
        fill(transaction, input, told).await
    }
}

async fn dump(snapshot: &mut Transaction, writer: &Writer, told: Told<'_>) -> Result<u64> {
    writer.header(MIGRATIONS.len()).await?;
    let mut count = 0;
    for table in TABLES {
        writer.table(table.from, table.columns).await?;
        count += table.dump(snapshot, writer, told).await?;
    }
    Ok(count)
}

async fn fill(
    mut transaction: Transaction,
    input: impl Read + Send + 'static,
    told: Told<'_>,
) -> Result<u64> {
    let mut reader = Reader::begin(input, MIGRATIONS.len());
    let mut insert = String::new();
    let (mut rows, mut count) = (Vec::new(), 0);
    loop {
        let line = reader.next().await?;
        if !matches!(line, Line::Row(_)) || rows.len() >= AT_ONCE {
            told(u64::try_from(rows.len()).unwrap_or_default());
            transaction.execute_many(insert.clone(), std::mem::take(&mut rows)).await?;
        }
        match line {
            Line::Table(from, names) => insert = insert_into(&from, &names)?,
            Line::Row(row) => {
                rows.push(row);
                count += 1;
            }
            Line::End(said) if said == count => break,
            Line::End(said) => return Err(broken(&format!("it has {count} rows of {said}"))),
        }
    }
    transaction.script(tally::REBUILD.to_owned()).await?;
    transaction.commit().await?;
    Ok(count)
}

impl Table {
    async fn dump(
        &self,
        snapshot: &mut Transaction,
        writer: &Writer,
        told: Told<'_>,
    ) -> Result<u64> {
        let (names, key) = (columns(self.columns), columns(self.key));
        let places: Vec<String> = (1..=self.key.len()).map(|place| format!("?{place}")).collect();
        let mut after: Option<Values> = None;
        let mut count = 0;
        loop {
            let behind = match &after {
                Some(_) => format!("WHERE ({key}) > ({})", places.join(", ")),
                None => String::new(),
            };
            let sql = format!(
                "SELECT {names} FROM {} {behind} ORDER BY {key} LIMIT {AT_ONCE}",
                self.from
            );
            let found = snapshot.query(sql, after.take().unwrap_or_default()).await?;
            let more = u64::try_from(found.len()).unwrap_or_default();
            told(more);
            count += more;
            let full = found.len() == AT_ONCE;
            after = found.last().map(|row| self.key_of(row));
            writer.rows(found).await?;
            if !full {
                return Ok(count);
            }
        }
    }

    fn key_of(&self, row: &Values) -> Values {
        let place = |name: &&str| self.columns.iter().position(|column| column == name);
        let value = |place: usize| row.get(place).cloned();
        self.key.iter().filter_map(place).filter_map(value).collect::<Vec<Value>>()
    }
}

/// The statement for a table and columns that a file names; only ours are taken.
fn insert_into(from: &str, names: &[String]) -> Result<String> {
    let ours = TABLES.iter().find(|table| table.from == from);
    let known = |table: &&Table| names.iter().all(|name| table.columns.contains(&name.as_str()));
    let Some(table) = ours.filter(known).filter(|_| !names.is_empty()) else {
        return Err(broken(&format!("there is no table {from} with these columns")));
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
    Ok(format!("INSERT INTO {} ({}) VALUES ({})", table.from, columns(&names), places.join(", ")))
}
