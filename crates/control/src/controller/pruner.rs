//! Forgets what is old, while this replica leads.

use super::{keeper::Trouble, stopped};
use cofferdam_store::{Round, Store};
use jiff::Timestamp;
use std::time::Duration;
use tokio::{sync::watch, time::sleep};

/// How often it is looked whether something is to be forgotten.
const AGAIN: Duration = Duration::from_hours(1);

/// The pause between two steps, in which whoever writes has the store for himself.
const PAUSE: Duration = Duration::from_millis(100);

/// The pause before something is tried again that the store did not do.
const AWAY: Duration = Duration::from_mins(1);

pub(super) struct Pruner {
    pub(super) store: Store,
    /// Whether this replica writes.
    pub(super) leads: watch::Receiver<bool>,
    pub(super) clock: fn() -> Timestamp,
    pub(super) trouble: watch::Sender<Trouble>,
}

impl Pruner {
    /// Forgets, at once and then every hour, until it is told to stop.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.prune() => {}
            () = stopped(&mut stop) => {}
        }
    }

    async fn prune(&mut self) {
        let mut round = Round::default();
        loop {
            if self.leads.wait_for(|leads| *leads).await.is_err() {
                // Nobody says any more who leads: everything is about to end.
                return std::future::pending().await;
            }
            let (pause, why) = match self.store.prune(&mut round, (self.clock)()).await {
                Ok(0) => (AGAIN, None),
                Ok(_) => (PAUSE, None),
                Err(error) => (AWAY, Some(error.to_string())),
            };
            self.trouble.send_if_modified(|trouble| {
                let is_other = trouble.unpruned != why;
                trouble.unpruned = why;
                is_other
            });
            sleep(pause).await;
        }
    }
}
