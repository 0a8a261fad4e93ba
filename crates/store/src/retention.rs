//! What is forgotten, and when. What was dropped is counted.

use crate::{
    error::Result,
    list::Which,
    rows::Dropped,
    store::Store,
    value::{Cell as _, Value},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long what is gone is remembered: a year and a month, so that the same month of last year
/// can be asked about.
pub const HISTORY_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How long reviews are kept: a quarter, the period of most audits.
pub const REVIEWS_KEPT: SignedDuration = SignedDuration::from_hours(92 * 24);
/// Reviews that are kept at most: about 300 MB, a cluster of 1,000 nodes in a quarter.
pub const MOST_REVIEWS: u64 = 500_000;
/// How long audit events of the API server are kept: long enough to look into an incident that
/// was noticed late.
pub const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Audit events that are kept at most: about 300 MB.
pub const MOST_EVENTS: u64 = 1_000_000;
/// Rows of the trail that are kept at most; people make few changes.
pub const MOST_TRAIL: u64 = 1_000_000;
/// Rows deleted in one transaction, so that writers wait a few milliseconds only.
const AT_ONCE: i64 = 5_000;
/// More than we have.
const MOST_TABLES: u32 = 1000;
/// After so many reviews or events their tables are pruned, whoever calls or does not call
/// [`Store::prune`].
pub(crate) const PRUNE_EVERY: u64 = 20_000;

/// How one table is bounded: its time, its key, how long, how many.
struct Bound {
    table: &'static str,
    time: &'static str,
    key: &'static str,
    kept: SignedDuration,
    most: Option<u64>,
}

const BOUNDS: &[Bound] = &[
    Bound { table: "review", time: "at", key: "id", kept: REVIEWS_KEPT, most: Some(MOST_REVIEWS) },
    Bound { table: "event", time: "at", key: "id", kept: EVENTS_KEPT, most: Some(MOST_EVENTS) },
    Bound { table: "trail", time: "at", key: "id", kept: HISTORY_KEPT, most: Some(MOST_TRAIL) },
    Bound { table: "finding", time: "gone_at", key: "id", kept: HISTORY_KEPT, most: None },
    Bound { table: "container", time: "gone_at", key: "workload", kept: HISTORY_KEPT, most: None },
    Bound { table: "pod", time: "gone_at", key: "uid", kept: HISTORY_KEPT, most: None },
    Bound { table: "object", time: "gone_at", key: "id", kept: HISTORY_KEPT, most: None },
    Bound { table: "workload", time: "gone_at", key: "id", kept: HISTORY_KEPT, most: None },
    Bound { table: "history", time: "at", key: "at", kept: HISTORY_KEPT, most: None },
    Bound {
        table: "session",
        time: "expires_at",
        key: "id_hash",
        kept: SignedDuration::ZERO,
        most: None,
    },
];

impl Store {
    /// Forgets what is past its time or above its number. Gives how many rows.
    pub async fn prune(&self, now: Timestamp) -> Result<u64> {
        let mut dropped = 0;
        for bound in BOUNDS {
            dropped += self.prune_table(bound, now).await?;
        }
        let orphans = "DELETE FROM manifest WHERE workload NOT IN (SELECT id FROM workload)";
        self.change(orphans, Vec::new()).await?;
        let orphans = "DELETE FROM subject WHERE id NOT IN (SELECT subject FROM finding)";
        self.change(orphans, Vec::new()).await?;
        Ok(dropped + self.prune_images(now).await?)
    }

    /// How many rows of which table were dropped since the store was made.
    pub async fn dropped(&self) -> Result<BTreeMap<String, u64>> {
        let all: Vec<Dropped> = self.all(Which::default(), "what", MOST_TABLES).await?;
        Ok(all.into_iter().map(|dropped| (dropped.what, dropped.how_many)).collect())
    }

    /// Prunes one table after every so many rows that were written to it.
    pub(crate) async fn prune_after(&self, table: &str, rows: u64, now: Timestamp) -> Result<()> {
        if self.due(rows) {
            for bound in BOUNDS.iter().filter(|bound| bound.table == table) {
                self.prune_table(bound, now).await?;
            }
        }
        Ok(())
    }

    async fn prune_table(&self, bound: &Bound, now: Timestamp) -> Result<u64> {
        let Bound { table, time, key, kept, most } = bound;
        let oldest = now.checked_sub(*kept).unwrap_or(Timestamp::MIN);
        let mut before = oldest.as_millisecond();
        if let Some(most) = most {
            let sql = format!("SELECT {time} FROM {table} ORDER BY {time} DESC LIMIT 1 OFFSET ?1");
            let newest = self.engine.query(sql, vec![most.store()]).await?;
            if let Some(Value::Integer(at)) = newest.first().and_then(|row| row.first()) {
                before = before.max(at.saturating_add(1));
            }
        }
        let sql = format!(
            "DELETE FROM {table} WHERE {time} < ?1 AND {key} IN \
             (SELECT {key} FROM {table} WHERE {time} < ?1 ORDER BY {time} LIMIT ?2)"
        );
        self.drop_rows(table, &sql, &[before.store(), AT_ONCE.store()], now).await
    }

    /// Images that no workload used in all of the history, and what was known of them.
    async fn prune_images(&self, now: Timestamp) -> Result<u64> {
        let unused = "SELECT id FROM image WHERE judged_at < ?1 AND id NOT IN \
                      (SELECT image FROM container WHERE image IS NOT NULL)";
        let before = now.checked_sub(HISTORY_KEPT).unwrap_or(Timestamp::MIN).store();
        let mut dropped = 0;
        let tables = [("vulnerability", "image"), ("report", "image"), ("image", "id")];
        for (table, key) in tables {
            let sql = format!("DELETE FROM {table} WHERE {key} IN ({unused})");
            let count = self.change(&sql, vec![before.clone()]).await?;
            self.count_dropped(table, count, now).await?;
            dropped += count;
        }
        Ok(dropped)
    }

    async fn drop_rows(
        &self,
        table: &str,
        sql: &str,
        values: &[Value],
        now: Timestamp,
    ) -> Result<u64> {
        let mut dropped = 0;
        loop {
            let count = self.change(sql, values.to_vec()).await?;
            self.count_dropped(table, count, now).await?;
            dropped += count;
            if count == 0 {
                return Ok(dropped);
            }
        }
    }

    async fn count_dropped(&self, table: &str, count: u64, now: Timestamp) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let sql = "INSERT INTO dropped (what, how_many, at) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (what) DO UPDATE SET \
                   how_many = dropped.how_many + excluded.how_many, at = excluded.at";
        self.change(sql, vec![table.to_owned().store(), count.store(), now.store()]).await.map(drop)
    }
}
