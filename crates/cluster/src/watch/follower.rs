//! One kind: listed page by page, then followed event by event, for ever. This part is what is
//! remembered between the two and what becomes of errors.

mod events;
mod list;

use super::{backoff::Backoff, standing::State};
use crate::{ClusterError, Connection, Kind, kind::collection, known::Known};
use cofferdam_model::{Change, ObjectKey};
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    time::{Instant, sleep},
};

/// An outage up to this long is nobody's concern: nothing will be missed.
const GRACE: Duration = Duration::from_secs(5);

/// Before asking again for what we may not see or is not there.
const REFUSED: Duration = Duration::from_secs(15);

/// What the tasks share.
pub(super) struct Shared {
    pub(super) connection: Connection,
    pub(super) changes: mpsc::Sender<Change>,
    pub(super) states: mpsc::Sender<(usize, State, bool)>,
    /// One permit per page in memory.
    pub(super) pages: Arc<Semaphore>,
    /// Rung when the API server answers again after it was away: nobody needs to wait longer.
    pub(super) answered: Arc<Notify>,
}

/// Why a list or a watch ended.
enum End {
    /// Nobody listens any more.
    Unheard,
    /// Something is wrong.
    Wrong(ClusterError),
}

impl From<ClusterError> for End {
    fn from(error: ClusterError) -> Self {
        Self::Wrong(error)
    }
}

impl From<serde_json::Error> for End {
    fn from(error: serde_json::Error) -> Self {
        ClusterError::Malformed(error.to_string()).into()
    }
}

/// The task of one kind.
pub(super) struct Follower {
    shared: Shared,
    kind: Kind,
    index: usize,
    /// The version that is read: that of our table, or the one that there is.
    api_version: Cow<'static, str>,
    known: Known,
    /// The state of the cluster that is known; nothing before the first list or when it expired.
    version: Option<String>,
    /// An object that could not be read, by its name, and why.
    unread: Option<String>,
    backoff: Backoff,
    /// Since when nothing works.
    failing: Option<Failing>,
    /// How often in a row the API server said that it does not serve this kind.
    absent: u32,
    /// Whether the version expired since anything was followed.
    is_expired: bool,
    /// Whether this kind could be listed once: that there are none is known too, and grows old.
    was_read: bool,
    /// Whether the API server has it in no version: there are none.
    is_none: bool,
}

/// Since when nothing works, and whether that was said.
struct Failing {
    since: Instant,
    is_said: bool,
}

impl Follower {
    pub(super) fn new(shared: Shared, kind: Kind, index: usize) -> Self {
        Self {
            shared,
            kind,
            index,
            api_version: kind.api_version.into(),
            known: Known::default(),
            version: None,
            unread: None,
            backoff: Backoff::new(),
            failing: None,
            absent: 0,
            is_expired: false,
            was_read: false,
            is_none: false,
        }
    }

    /// Lists and follows until nobody listens.
    pub(super) async fn run(mut self) {
        loop {
            let end = match self.version.clone() {
                None => self.list().await,
                Some(version) => self.follow(version).await,
            };
            match end {
                Ok(()) => {}
                Err(End::Unheard) => return,
                Err(End::Wrong(error)) => {
                    let is_away = error.is_outage();
                    let Ok(wait) = self.recover(error).await else { return };
                    let answered = self.shared.answered.notified();
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = answered, if is_away => {}
                    }
                }
            }
        }
    }

    /// A watch goes on from what is known: that is up to date.
    async fn confirm(&mut self) {
        self.tell(self.unread.clone().map_or(State::Current, State::Refused)).await;
        self.settle();
        self.absent = 0;
        self.is_expired = false;
    }

    /// The API server answers, and says how it is.
    fn settle(&mut self) {
        if self.failing.take().is_some() {
            self.shared.answered.notify_waiters();
        }
        self.backoff.reset();
    }

    /// Decides what an error means: whether what is known still stands, whether anybody must hear
    /// of it, and how long to wait.
    async fn recover(&mut self, error: ClusterError) -> Result<Duration, End> {
        // Where there was no answer, the watch goes on from where it was; an answer that is no,
        // or makes no sense, is a reason to list again.
        if !matches!(error, ClusterError::Unreachable(_)) {
            self.version = None;
        }
        // What is not there is forbidden too, to an account of few rights.
        let is_absent = error.code() == Some(403)
            && self.kind.is_optional
            && self.shared.connection.version_of(&self.kind).await == Ok(None);
        match error.code() {
            // Listed again at once, but not for ever.
            Some(410) if !self.is_expired => {
                self.is_expired = true;
                return Ok(Duration::ZERO);
            }
            code if is_absent || code == Some(404) => {
                self.absent += 1;
                // Twice, because an API server that is starting may not serve all its kinds yet.
                if self.kind.is_optional && (self.absent > 1 || self.known.len() == 0) {
                    return if is_absent {
                        self.be_none().await
                    } else {
                        self.look_elsewhere().await
                    };
                }
                if !self.kind.is_optional {
                    let why = format!("the API server serves no {}", self.kind.resource);
                    self.refuse(State::Refused(why)).await;
                }
                return Ok(REFUSED);
            }
            Some(code @ (401 | 403)) => {
                // What is known already grows old once nobody may look any more.
                let is_withheld = code == 403 && !self.was_read;
                let state = if is_withheld { State::Forbidden } else { State::Refused };
                self.refuse(state(error.to_string())).await;
                return Ok(REFUSED);
            }
            _ => {}
        }
        Ok(self.fail(&error).await)
    }

    /// Nothing works, which may be over in a moment.
    async fn fail(&mut self, error: &ClusterError) -> Duration {
        let now = Instant::now();
        let failing = self.failing.get_or_insert(Failing { since: now, is_said: false });
        if !failing.is_said && failing.since.elapsed() >= GRACE {
            // Once: while it lasts, what goes wrong may change from try to try.
            failing.is_said = true;
            let state = if error.is_outage() { State::Away } else { State::Refused };
            self.tell(state(error.to_string())).await;
        }
        self.backoff.next()
    }

    /// A kind that is not served in one version may be in another, and is the same there as far as
    /// anybody asks here. Otherwise there are none.
    async fn look_elsewhere(&mut self) -> Result<Duration, End> {
        match self.shared.connection.version_of(&self.kind).await {
            Ok(Some(version)) if version != self.api_version => {
                self.api_version = version.into();
                Ok(Duration::ZERO)
            }
            Ok(Some(version)) => {
                let resource = self.kind.resource;
                let why = format!("the API server has {resource} in {version}, and answers 404");
                self.refuse(State::Refused(why)).await;
                Ok(REFUSED)
            }
            Ok(None) => self.be_none().await,
            Err(error) => Ok(self.fail(&error).await),
        }
    }

    /// The API server has the kind in no version.
    async fn be_none(&mut self) -> Result<Duration, End> {
        self.forget().await?;
        (self.was_read, self.is_none) = (false, true);
        self.api_version = self.kind.api_version.into();
        self.settle();
        self.tell(State::Current).await;
        Ok(REFUSED)
    }

    /// The API server answers that it does not give it.
    async fn refuse(&mut self, state: State) {
        self.is_none = false;
        self.settle();
        self.tell(state).await;
    }

    /// Where its objects are.
    fn path(&self) -> String {
        collection(&self.api_version, self.kind.resource, None)
    }

    /// Tells how the kind stands; nothing to do when nobody listens any more.
    async fn tell(&self, state: State) {
        let was_read = self.is_none || self.was_read && self.unread.is_none();
        let _ = self.shared.states.send((self.index, state, was_read)).await;
    }

    async fn tell_gone(&self, namespace: Option<&str>, name: &str) -> Result<(), End> {
        let key = ObjectKey::new(self.kind.api_version, self.kind.kind, namespace, name);
        self.send(Change::Gone(key)).await
    }

    async fn send(&self, change: Change) -> Result<(), End> {
        self.shared.changes.send(change).await.map_err(|_| End::Unheard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::fake::{Answer::No, Fake};

    /// An outage changes nothing of what is known of a kind that is not there.
    #[tokio::test]
    async fn what_is_not_served_was_read_and_is_again_after_an_outage() {
        let none = ("versions", No(404, "NotFound"));
        let fake = Fake::start(vec![none.clone(), none]).await;
        let (changes, _changes) = mpsc::channel(1);
        let (states, mut told) = mpsc::channel(8);
        let (pages, answered) = (Arc::new(Semaphore::new(1)), Arc::default());
        let connection = fake.connection.clone();
        let shared = Shared { connection, changes, states, pages, answered };
        let kind = Kind::find("argoproj.io/v1alpha1", "Rollout").unwrap();
        let mut follower = Follower::new(shared, *kind, 0);
        let away = || ClusterError::Unreachable("away".to_owned());
        for _ in 0..2 {
            assert_eq!(follower.look_elsewhere().await.ok(), Some(REFUSED));
            assert_eq!(told.recv().await, Some((0, State::Current, true)));
            assert!(follower.failing.is_none());
            follower.fail(&away()).await;
            assert!(told.try_recv().is_err(), "it may be over in a moment");
            let since = Instant::now().checked_sub(GRACE).unwrap();
            follower.failing = Some(Failing { since, is_said: false });
            follower.fail(&away()).await;
            assert!(matches!(told.recv().await, Some((0, State::Away(_), true))));
        }
        follower.refuse(State::Forbidden("no".to_owned())).await;
        assert!(matches!(told.recv().await, Some((0, State::Forbidden(_), false))));
        fake.finish();
    }
}
