//! The bus of one process: bounded queues in memory.
//!
//! It ends with its process. Whoever publishes work knows from the store what is still to be done
//! and publishes it again after a start.

use crate::{
    bounds::{DEDUPLICATION, MOST_WAITING},
    error::{BusError, Result},
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast},
    time::Instant,
};

/// Identifiers that are remembered at most; beyond it the oldest are forgotten early, and work may
/// be done twice.
const MOST_REMEMBERED: usize = 200_000;
/// Events that a slow listener may be behind before it is told that it missed some.
const EVENTS_BEHIND: usize = 1024;

/// All queues and listeners.
pub(crate) struct Memory {
    wait: Duration,
    queues: Mutex<HashMap<String, Arc<Queue>>>,
    listeners: Mutex<HashMap<String, broadcast::Sender<Arc<[u8]>>>>,
}

/// The work of one subject.
pub(crate) struct Queue {
    wait: Duration,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    group: Option<String>,
    waiting: VecDeque<Job>,
    /// Work that comes back at a time: what was put off.
    later: Vec<(Instant, Job)>,
    /// Work that somebody is at, and when that somebody is given up.
    taken: HashMap<u64, (Instant, Job)>,
    next: u64,
    known: HashSet<String>,
    order: VecDeque<(Instant, String)>,
}

/// A piece of work.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) deliveries: u64,
}

/// Work that was given to somebody.
pub(crate) struct Taken {
    pub(crate) job: Job,
    ticket: u64,
    queue: Arc<Queue>,
}

/// A panic elsewhere does not make a queue wrong: every change to one is complete or none.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    pub(crate) fn new(wait: Duration) -> Self {
        Self { wait, queues: Mutex::default(), listeners: Mutex::default() }
    }

    fn queue(&self, subject: &str) -> Arc<Queue> {
        let wait = self.wait;
        let new = || Arc::new(Queue { wait, state: Mutex::default(), changed: Notify::new() });
        Arc::clone(lock(&self.queues).entry(subject.to_owned()).or_insert_with(new))
    }

    pub(crate) fn publish(&self, subject: &str, id: &str, bytes: &[u8]) -> Result<bool> {
        let queue = self.queue(subject);
        let fresh = lock(&queue.state).add(subject, id, bytes, Instant::now())?;
        queue.changed.notify_one();
        Ok(fresh)
    }

    pub(crate) fn subscribe(&self, subject: &str, group: &str) -> Result<Arc<Queue>> {
        let queue = self.queue(subject);
        let mut state = lock(&queue.state);
        let owner = state.group.get_or_insert_with(|| group.to_owned());
        if owner != group {
            return Err(BusError::Refused(format!("{subject}: its group is {owner}")));
        }
        drop(state);
        Ok(queue)
    }

    pub(crate) fn tell(&self, subject: &str, bytes: &[u8]) {
        if let Some(sender) = lock(&self.listeners).get(subject) {
            // Nobody may listen any more.
            let _ = sender.send(bytes.into());
        }
    }

    pub(crate) fn events(&self, subject: &str) -> broadcast::Receiver<Arc<[u8]>> {
        let mut listeners = lock(&self.listeners);
        let sender = listeners
            .entry(subject.to_owned())
            .or_insert_with(|| broadcast::channel(EVENTS_BEHIND).0);
        sender.subscribe()
    }
}

impl State {
    fn add(&mut self, subject: &str, id: &str, bytes: &[u8], now: Instant) -> Result<bool> {
        while let Some((until, _)) = self.order.front() {
            if *until > now && self.order.len() < MOST_REMEMBERED {
                break;
            }
            if let Some((_, id)) = self.order.pop_front() {
                self.known.remove(&id);
            }
        }
        if self.known.contains(id) {
            return Ok(false);
        }
        if self.waiting.len() + self.later.len() + self.taken.len() >= MOST_WAITING {
            return Err(BusError::Full(subject.to_owned()));
        }
        self.known.insert(id.to_owned());
        self.order.push_back((now + DEDUPLICATION, id.to_owned()));
        self.waiting.push_back(Job { bytes: bytes.into(), deliveries: 0 });
        Ok(true)
    }

    /// Takes back what was given up or is due, and gives the next piece, or when to look again.
    fn take(
        &mut self,
        wait: Duration,
        now: Instant,
    ) -> std::result::Result<(u64, Job), Option<Instant>> {
        let overdue: Vec<u64> = self
            .taken
            .iter()
            .filter(|(_, (until, _))| *until <= now)
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in overdue {
            if let Some((_, job)) = self.taken.remove(&ticket) {
                self.waiting.push_front(job);
            }
        }
        let (due, later) =
            std::mem::take(&mut self.later).into_iter().partition(|(at, _)| *at <= now);
        self.later = later;
        let due: Vec<(Instant, Job)> = due;
        self.waiting.extend(due.into_iter().map(|(_, job)| job));
        let Some(mut job) = self.waiting.pop_front() else {
            let given = self.taken.values().map(|(until, _)| *until);
            return Err(given.chain(self.later.iter().map(|(at, _)| *at)).min());
        };
        job.deliveries += 1;
        self.next += 1;
        self.taken.insert(self.next, (now + wait, job.clone()));
        Ok((self.next, job))
    }
}

impl Queue {
    /// The next piece of work, whenever there is one.
    pub(crate) async fn next(self: &Arc<Self>) -> Taken {
        loop {
            let changed = self.changed.notified();
            let taken = lock(&self.state).take(self.wait, Instant::now());
            match taken {
                Ok((ticket, job)) => {
                    // There may be more, and somebody else who waits.
                    self.changed.notify_one();
                    return Taken { job, ticket, queue: Arc::clone(self) };
                }
                Err(None) => changed.await,
                Err(Some(due)) => {
                    let _ = tokio::time::timeout_at(due, changed).await;
                }
            }
        }
    }
}

impl Taken {
    /// It is done. If it was given up before, somebody else does it again.
    pub(crate) fn finish(&self) {
        lock(&self.queue.state).taken.remove(&self.ticket);
    }

    /// It comes back after a while.
    pub(crate) fn put_back(&self, after: Duration) {
        let mut state = lock(&self.queue.state);
        if let Some((_, job)) = state.taken.remove(&self.ticket) {
            if after.is_zero() {
                state.waiting.push_front(job);
            } else {
                state.later.push((Instant::now() + after, job));
            }
        }
        drop(state);
        self.queue.changed.notify_one();
    }

    /// Somebody is still at it.
    pub(crate) fn hold(&self) {
        if let Some((until, _)) = lock(&self.queue.state).taken.get_mut(&self.ticket) {
            *until = Instant::now() + self.queue.wait;
        }
    }
}
