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
    schema::{self, MIGRATIONS},
    store::Store,
    tally,
    value::Value,
};
use file::{Piece, ROWS_AT_ONCE, Reader, Writer, broken};
use std::io::{Read, Write};

/// Documents of a cluster that are read from the database at once: one is at most 1.5 MiB before
/// it is packed.
const DOCUMENTS_AT_ONCE: usize = 8;
/// Reports: one of an image of many packages is megabytes, packed.
const REPORTS_AT_ONCE: usize = 1;

/// A table as a backup sees it.
pub(crate) struct Table {
    pub(crate) from: &'static str,
    columns: &'static [&'static str],
    pub(crate) key: &'static [&'static str],
    /// Rows that are read from the database at once, so that they are a few MiB.
    at_once: usize,
}

const fn table<T: Row>() -> Table {
    long_table::<T>(ROWS_AT_ONCE)
}

/// One with long rows.
const fn long_table<T: Row>(at_once: usize) -> Table {
    Table { from: T::FROM, columns: T::COLUMNS, key: T::KEY, at_once }
}

/// All tables but the derived ones; an account is before what refers to it.
pub(crate) const TABLES: &[Table] = &[
    table::<rows::Cluster>(),
    table::<rows::Workload>(),
    long_table::<rows::Manifest>(DOCUMENTS_AT_ONCE),
    table::<rows::Container>(),
    table::<rows::Pod>(),
    long_table::<rows::Object>(DOCUMENTS_AT_ONCE),
    table::<rows::Image>(),
    long_table::<rows::Report>(REPORTS_AT_ONCE),
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

    /// Fills this empty store from a backup, of whichever engine it is. Gives how many rows, or
    /// nothing when it has rows already.
    ///
    /// # Errors
    /// [`StoreError::Stream`] when the stream is no whole backup. Whenever it was not filled it is
    /// as it was.
    pub async fn restore(
        &self,
        input: impl Read + Send + 'static,
        told: Told<'_>,
    ) -> Result<Option<u64>> {
        let (mut transaction, reader) = self.begin_to_fill(input).await?;
        for table in TABLES {
            let sql = format!("SELECT 1 AS one FROM {} LIMIT 1", table.from);
            if !transaction.query(sql, Vec::new()).await?.is_empty() {
                return Ok(None);
            }
        }
        // What is derived may outlive what it was made of.
        transaction.clear(DERIVED).await?;
        fill(transaction, reader, told).await.map(Some)
    }

    /// The same for a store that may have rows: they go, all at once with what comes.
    ///
    /// # Errors
    /// As [`Store::restore`] gives them; the store is as it was.
    pub async fn replace(&self, input: impl Read + Send + 'static, told: Told<'_>) -> Result<u64> {
        let (mut transaction, reader) = self.begin_to_fill(input).await?;
        transaction.clear(&all_tables()).await?;
        fill(transaction, reader, told).await
    }

    /// Begins to read, and then to write, with everybody else kept out: a server that was forgotten
    /// would write what the backup has too.
    async fn begin_to_fill(
        &self,
        input: impl Read + Send + 'static,
    ) -> Result<(Transaction, Reader)> {
        let reader = Reader::begin(input, MIGRATIONS.len()).await?;
        let mut transaction = self.engine.begin_long().await?;
        schema::bring_forward(&mut transaction, MIGRATIONS).await?;
        transaction.lock_tables(&all_tables()).await?;
        Ok((transaction, reader))
    }
}

/// What refers to another is before it.
fn all_tables() -> Vec<&'static str> {
    let tables = TABLES.iter().rev().map(|table| table.from);
    tables.chain(DERIVED.iter().copied()).collect()
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

async fn fill(mut transaction: Transaction, mut reader: Reader, told: Told<'_>) -> Result<u64> {
    let mut insert = None;
    let mut count = 0;
    loop {
        match reader.next().await? {
            Piece::Table(from, names) => insert = Some(Insert::into(&from, &names)?),
            Piece::Rows(rows) => {
                let insert = insert.as_ref().ok_or_else(|| broken(&"a row of it has no table"))?;
                let more = u64::try_from(rows.len()).unwrap_or_default();
                insert.all(&mut transaction, rows).await?;
                told(more);
                count += more;
            }
            Piece::End(said) if said == count => break,
            Piece::End(said) => return Err(broken(&format!("it has {count} rows of {said}"))),
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
                "SELECT {names} FROM {} {behind} ORDER BY {key} LIMIT {}",
                self.from, self.at_once
            );
            let found = snapshot.query(sql, after.take().unwrap_or_default()).await?;
            let more = u64::try_from(found.len()).unwrap_or_default();
            told(more);
            count += more;
            let full = found.len() == self.at_once;
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

/// How rows get into a table.
struct Insert {
    sql: String,
    columns: usize,
}

impl Insert {
    /// Into a table and columns that a file names; only ours are taken.
    fn into(from: &str, names: &[String]) -> Result<Self> {
        let ours = TABLES.iter().find(|table| table.from == from);
        let known =
            |table: &&Table| names.iter().all(|name| table.columns.contains(&name.as_str()));
        let Some(table) = ours.filter(known).filter(|_| !names.is_empty()) else {
            return Err(broken(&format!("there is no table {from} with these columns")));
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
        let (listed, places) = (columns(&names), places.join(", "));
        let sql = format!("INSERT INTO {} ({listed}) VALUES ({places})", table.from);
        Ok(Self { sql, columns: names.len() })
    }

    async fn all(&self, transaction: &mut Transaction, rows: Vec<Values>) -> Result<()> {
        if rows.iter().any(|row| row.len() != self.columns) {
            return Err(broken(&"a row of it has other columns than its table"));
        }
        transaction.execute_many(self.sql.clone(), rows).await.map(drop).map_err(|error| {
            match error {
                // The tables were empty: it is of rows of the file among themselves.
                StoreError::Conflict(why) => {
                    broken(&format!("its rows contradict each other: {why}"))
                }
                other => other,
            }
        })
    }
}
