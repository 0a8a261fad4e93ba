//! What is forgotten, and when. What was dropped is counted.
//!
//! It goes round by round. In a round each table is looked at once and then left alone, for where
//! nothing is to be forgotten the look itself is what costs: a walk over all that is kept.

use crate::{
    engine::Transaction,
    error::Result,
    findings::close_findings,
    list::Which,
    rows::{Dropped, Fields},
    store::Store,
    value::{Cell as _, Value},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};

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
/// Rows of one table that are deleted in one step, so that writers wait a moment only.
pub(crate) const AT_ONCE: i64 = 1_000;
/// The same for images, each of which has hundreds of rows of its own.
const IMAGES_AT_ONCE: i64 = 10;
/// More than we have.
const MOST_TABLES: u32 = 1000;
/// After so many reviews or events their tables are pruned, whoever calls or does not call
/// [`Store::prune`].
pub(crate) const PRUNE_EVERY: u64 = 20_000;

/// Steps in which a writer makes room for itself: for twice what was written since, so that a table
/// that has grown too large shrinks, and whoever writes does not wait for all of it.
const STEPS_OF_WRITER: u64 = 40;

/// How one table is bounded: its time, its key, how long, how many.
#[derive(Debug)]
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

/// What belongs to nothing any more: its table, its key, and the table and column that name it.
const ORPHANS: &[[&str; 4]] =
    &[["manifest", "workload", "workload", "id"], ["subject", "id", "finding", "subject"]];

/// What may have something to forget.
#[derive(Clone, Copy, Debug)]
enum Work {
    /// Rows of a table that are past their time or above their number.
    Old(&'static Bound),
    /// Images that nobody runs.
    Images,
    /// Rows that belong to nothing any more.
    Orphans(&'static [&'static str; 4]),
}

/// Whether more may be left of what a step forgot some of.
#[derive(Clone, Copy, Debug)]
struct Step {
    dropped: u64,
    is_last: bool,
}

/// How far a round of forgetting has come. The default is the beginning of one.
#[derive(Debug, Default)]
pub struct Round {
    /// What is still to be looked at; nothing before the first step.
    left: Option<VecDeque<Work>>,
    /// Up to when the first of them is forgotten, in milliseconds, once that is known.
    before: Option<i64>,
}

impl Store {
    /// Forgets some of what is past its time or above its number: one bounded step in a transaction
    /// of its own, so that whoever writes waits for a moment only. Gives how many rows went. When
    /// there were none, the round is over: all was forgotten that was to be when it was looked at,
    /// and the next step begins another.
    pub async fn prune(&self, round: &mut Round, now: Timestamp) -> Result<u64> {
        // What goes last belongs to what goes first.
        let all = || {
            let old = BOUNDS.iter().map(Work::Old);
            old.chain([Work::Images]).chain(ORPHANS.iter().map(Work::Orphans)).collect()
        };
        while let Some(work) = round.left.get_or_insert_with(all).front().copied() {
            let step = match work {
                Work::Old(bound) => {
                    let before = match round.before {
                        Some(before) => before,
                        None => self.before(bound, now).await?,
                    };
                    round.before = Some(before);
                    self.prune_table(bound, before, now).await?
                }
                Work::Images => self.prune_images(now).await?,
                Work::Orphans(orphans) => self.prune_orphans(orphans).await?,
            };
            if step.is_last {
                round.before = None;
                round.left.as_mut().and_then(VecDeque::pop_front);
            }
            if step.dropped > 0 {
                return Ok(step.dropped);
            }
        }
        *round = Round::default();
        Ok(0)
    }

    /// How many rows of which table were dropped since the store was made.
    pub async fn dropped(&self) -> Result<BTreeMap<String, u64>> {
        let all: Vec<Dropped> = self.all(Which::default(), "what", MOST_TABLES).await?;
        Ok(all.into_iter().map(|dropped| (dropped.what, dropped.how_many)).collect())
    }

    /// Prunes one table after every so many rows that were written to it.
    pub(crate) async fn prune_after(&self, table: &str, rows: u64, now: Timestamp) -> Result<()> {
        if !self.due(rows) {
            return Ok(());
        }
        for bound in BOUNDS.iter().filter(|bound| bound.table == table) {
            let before = self.before(bound, now).await?;
            for _ in 0..STEPS_OF_WRITER {
                if self.prune_table(bound, before, now).await?.is_last {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Up to when rows of a table are forgotten, in milliseconds. This walks over as many as are
    /// kept.
    async fn before(&self, bound: &Bound, now: Timestamp) -> Result<i64> {
        let Bound { table, time, kept, most, .. } = bound;
        let oldest = now.checked_sub(*kept).unwrap_or(Timestamp::MIN).as_millisecond();
        let Some(most) = most else { return Ok(oldest) };
        let sql = format!("SELECT {time} FROM {table} ORDER BY {time} DESC LIMIT 1 OFFSET ?1");
        let newest = self.engine.query(sql, vec![most.store()]).await?;
        Ok(match newest.first().and_then(|row| row.first()) {
            Some(Value::Integer(at)) => oldest.max(at.saturating_add(1)),
            _ => oldest,
        })
    }

    async fn prune_table(&self, bound: &Bound, before: i64, now: Timestamp) -> Result<Step> {
        let Bound { table, time, key, .. } = bound;
        // What came back in the meantime is asked about again: it has no such time any more.
        let sql = format!(
            "DELETE FROM {table} WHERE {time} < ?1 AND {key} IN \
             (SELECT {key} FROM {table} WHERE {time} < ?1 ORDER BY {time} LIMIT ?2)"
        );
        let mut transaction = self.engine.begin().await?;
        let dropped = transaction.execute(sql, vec![before.store(), AT_ONCE.store()]).await?;
        transaction.count_dropped(table, dropped, now).await?;
        transaction.commit().await?;
        Ok(Step { dropped, is_last: i64::try_from(dropped).is_ok_and(|count| count < AT_ONCE) })
    }

    /// Whoever writes to one of them at the same time is waited for, and then it is none.
    async fn prune_orphans(&self, [table, key, owner, column]: &[&str; 4]) -> Result<Step> {
        let is_alone =
            format!("NOT EXISTS (SELECT 1 FROM {owner} WHERE {owner}.{column} = {table}.{key})");
        let sql = format!("SELECT {key} FROM {table} WHERE {is_alone} LIMIT ?1");
        let found = self.engine.query(sql, vec![AT_ONCE.store()]).await?;
        let is_last = i64::try_from(found.len()).is_ok_and(|count| count < AT_ONCE);
        if found.is_empty() {
            return Ok(Step { dropped: 0, is_last });
        }
        let mut transaction = self.engine.begin().await?;
        let turn = format!("UPDATE {table} SET {key} = {key} WHERE {key} = ?1");
        transaction.execute_many(turn, found.clone()).await?;
        let sql = format!("DELETE FROM {table} WHERE {key} = ?1 AND {is_alone}");
        let dropped = transaction.execute_many(sql, found).await?;
        transaction.commit().await?;
        Ok(Step { dropped, is_last })
    }

    /// Images that no workload used in all of the history, each with all that was known of it:
    /// those that were not judged for so long either, and those that could never be read. One that
    /// waits is not among them: it is written before the containers that run it.
    async fn prune_images(&self, now: Timestamp) -> Result<Step> {
        let unused = "NOT EXISTS (SELECT 1 FROM container WHERE container.image = image.id)";
        let sql = format!(
            "SELECT id FROM image WHERE (judged_at < ?1 OR judged_at IS NULL AND state = 'failed') \
             AND {unused} LIMIT ?2"
        );
        let before = now.checked_sub(HISTORY_KEPT).unwrap_or(Timestamp::MIN);
        let found = self.engine.query(sql, vec![before.store(), IMAGES_AT_ONCE.store()]).await?;
        let ids: Vec<String> =
            found.into_iter().map(|row| Fields::new(row).next()).collect::<Result<_>>()?;
        let is_last = i64::try_from(ids.len()).is_ok_and(|count| count < IMAGES_AT_ONCE);
        if ids.is_empty() {
            return Ok(Step { dropped: 0, is_last });
        }
        let mut dropped = 0;
        let mut transaction = self.engine.begin().await?;
        for id in ids {
            let sql = format!("DELETE FROM image WHERE id = ?1 AND {unused}");
            let images = transaction.execute(sql, vec![id.store()]).await?;
            if images == 0 {
                continue;
            }
            transaction.count_dropped("image", images, now).await?;
            close_findings(&mut transaction, std::slice::from_ref(&id), now).await?;
            dropped += images;
            let parts = [("vulnerability", "image"), ("report", "image"), ("finding", "subject")];
            for (table, key) in parts {
                let sql = format!("DELETE FROM {table} WHERE {key} = ?1");
                let count = transaction.execute(sql, vec![id.store()]).await?;
                transaction.count_dropped(table, count, now).await?;
                dropped += count;
            }
        }
        transaction.commit().await?;
        Ok(Step { dropped, is_last })
    }
}

impl Transaction {
    async fn count_dropped(&mut self, table: &str, count: u64, now: Timestamp) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let sql = "INSERT INTO dropped (what, how_many, at) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (what) DO UPDATE SET \
                   how_many = dropped.how_many + excluded.how_many, at = excluded.at";
        let values = vec![Value::text(table), count.store(), now.store()];
        self.execute(sql.to_owned(), values).await.map(drop)
    }
}
