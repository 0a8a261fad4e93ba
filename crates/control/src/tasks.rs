//! Tasks that do not end before they are told to: one that does has met a bug, and whoever watches
//! them is told.

use std::{collections::HashMap, future::pending, thread};
use tokio::{
    sync::{oneshot, watch},
    task::{Id, JoinSet},
};

/// Tasks that belong together. Dropping it ends them without waiting.
#[derive(Debug, Default)]
pub struct Tasks {
    all: JoinSet<()>,
    names: HashMap<Id, &'static str>,
    stop: watch::Sender<bool>,
}

impl Tasks {
    /// What they are told to end by: true from then on.
    pub fn stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Starts a task, within a tokio runtime: `the keeper`.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let started = self.all.spawn(task);
        self.names.insert(started.id(), name);
    }

    /// The same for what needs a thread of its own, which nobody ends but itself.
    pub fn spawn_thread(&mut self, name: &'static str, work: impl FnOnce() + Send + 'static) {
        let (alive, gone) = oneshot::channel::<()>();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            // Gone with the thread, also when it panics.
            let _alive = alive;
            work();
        });
        self.spawn(name, async move {
            drop((gone.await, thread));
        });
    }

    /// Comes back when a task ended that nobody told to, and says which and why. Everything is to
    /// be shut down then, for nothing of it can be relied on. Without tasks it never comes back.
    pub async fn broken(&mut self) -> String {
        let name = |id: &Id| self.names.get(id).copied().unwrap_or("a task");
        match self.all.join_next_with_id().await {
            Some(Ok((id, ()))) => format!("{} ended before its time", name(&id)),
            Some(Err(error)) => format!("{}: {error}", name(&error.id())),
            None => pending().await,
        }
    }

    /// Tells all to end, and comes back when they have.
    pub async fn end(mut self) {
        self.stop.send_replace(true);
        while self.all.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::Tasks;
    use std::{future::pending, time::Duration};
    use tokio::{sync::oneshot, time::timeout};

    #[tokio::test(start_paused = true)]
    async fn whoever_ends_unasked_or_panics_is_named() {
        let mut tasks = Tasks::default();
        let hour = Duration::from_hours(1);
        assert!(timeout(hour, tasks.broken()).await.is_err(), "there are none");
        tasks.spawn("the keeper", pending());
        assert!(timeout(hour, tasks.broken()).await.is_err(), "it runs");
        tasks.spawn("the writer", async {});
        assert_eq!(tasks.broken().await, "the writer ended before its time");
        tasks.spawn("the porter", async { panic!("a bug") });
        let why = tasks.broken().await;
        assert!(why.starts_with("the porter: ") && why.contains("a bug"), "{why}");
        assert!(timeout(hour, tasks.broken()).await.is_err(), "the keeper still runs");
        assert!(timeout(hour, tasks.end()).await.is_err(), "and is waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn all_end_when_they_are_told_to() {
        let mut tasks = Tasks::default();
        let (mut stop, (end, ended)) = (tasks.stop(), oneshot::channel());
        tasks.spawn("the keeper", async move {
            drop(stop.wait_for(|stop| *stop).await);
            end.send(()).unwrap();
        });
        tasks.end().await;
        ended.await.unwrap();
    }
}
