//! Everything that is in a cluster and what becomes of it, one task per kind.
//!
//! This part holds the tasks together: it starts them, hears how each stands, and says when all
//! is known and what is not up to date. [`follower`] does the work for one kind.

mod backoff;
#[cfg(test)]
mod fake;
mod follower;
mod lines;
mod standing;
mod wire;

use crate::{Connection, Kind};
use cofferdam_model::Change;
use follower::{Follower, Shared};
use standing::Standing;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// Changes that wait to be taken. A change holds the object's text, 5 KiB as a rule.
const CHANGES_MAX: usize = 256;

/// Pages of lists in memory at a time, whatever the number of kinds.
const PAGES_MAX: usize = 2;

/// The kinds come up to date one by one: how long to wait for the next before saying so.
const SETTLE: Duration = Duration::from_millis(250);

/// The same after an outage, while some are still away.
const SETTLE_AWAITING: Duration = Duration::from_secs(1);

/// Watches every object of these kinds, until the receiver is dropped. Must be called within a
/// tokio runtime.
///
/// - First come [`Change::Put`]s of all there is, then [`Change::Synced`].
/// - After that a change is told as it happens. An outage of the API server, a watch that expired
///   (410) or a connection that broke is made up for by listing again: what is gone meanwhile is
///   told as [`Change::Gone`], what did not change is not told again. An outage of a few seconds is
///   not spoken of.
/// - A kind that cannot be watched is [`Change::Lost`], the others go on. One that the account may
///   not read, and of which nothing is known, is [`Change::Withheld`]: somebody meant it so, and
///   nothing grows old. Both are tried again for ever. A kind that is back is [`Change::Current`],
///   and `Synced` is said again once the others that were away had time to come back too.
/// - An optional kind that the API server serves in another version of its group is read in that; of
///   one that it does not serve at all, there simply are none.
///
/// Nothing is dropped when the receiver is slow: then the API server is read more slowly.
pub fn watch(connection: &Connection, kinds: &[Kind]) -> mpsc::Receiver<Change> {
    let (changes, receiver) = mpsc::channel(CHANGES_MAX);
    tokio::spawn(hold_together(connection.clone(), kinds.to_vec(), changes));
    receiver
}

async fn hold_together(connection: Connection, kinds: Vec<Kind>, changes: mpsc::Sender<Change>) {
    let (states, mut heard) = mpsc::channel(kinds.len().max(1));
    let pages = Arc::new(Semaphore::new(PAGES_MAX));
    let answered = Arc::new(Notify::new());
    let mut tasks = JoinSet::new();
    for (index, kind) in kinds.iter().enumerate() {
        let shared = Shared {
            connection: connection.clone(),
            changes: changes.clone(),
            states: states.clone(),
            pages: Arc::clone(&pages),
            answered: Arc::clone(&answered),
        };
        tasks.spawn(Follower::new(shared, *kind, index).run());
    }
    let mut standing = Standing::new(&kinds);
    // When to say what is known; nothing while there is nothing new to say.
    let mut settled = standing.is_settled().then(Instant::now);
    loop {
        let said = tokio::select! {
            // Nobody listens: the tasks end with their set.
            () = changes.closed() => return,
            // It has met a bug: that nothing more is heard is better than that one kind grows old
            // unnoticed.
            Some(Err(_)) = tasks.join_next() => return,
            Some((index, state, was_read)) = heard.recv() => {
                let said = standing.hear(index, state, was_read);
                if standing.has_news() && standing.is_settled() {
                    let wait = if standing.is_awaiting() { SETTLE_AWAITING } else { SETTLE };
                    settled = Some(Instant::now() + wait);
                }
                said
            }
            () = until(settled) => {
                settled = None;
                Some(standing.tell())
            }
        };
        if let Some(change) = said
            && changes.send(change).await.is_err()
        {
            return;
        }
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
