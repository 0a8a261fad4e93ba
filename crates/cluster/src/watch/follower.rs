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
        if self.failing.is_some() {
            self.shared.answered.notify_waiters();
        }
        self.backoff.reset();
        self.failing = None;
        self.absent = 0;
        self.is_expired = false;
    }

    /// Decides what an error means: whether what is known still stands, whether anybody must hear
    /// of it, and how long to wait.
    async fn recover(&mut self, mut error: ClusterError) -> Result<Duration, End> {
        // Where there was no answer, the watch goes on from where it was; an answer that is no,
        // or makes no sense, is a reason to list again.
        if !matches!(error, ClusterError::Unreachable(_)) {
            self.version = None;
        }
        if error.code() == Some(403) && self.kind.is_optional {
            // What is not there is forbidden too, to an account of few rights.
            if let Ok(None) = self.shared.connection.version_of(&self.kind).await {
                error = ClusterError::NoSuchKind(self.kind.kind.to_owned());
            }
        }
        let is_absent = matches!(error, ClusterError::NoSuchKind(_));
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
                    return self.look_elsewhere().await;
                }
                if !self.kind.is_optional {
                    let why = format!("the API server serves no {}", self.kind.resource);
                    self.tell(State::Refused(why)).await;
                }
                return Ok(REFUSED);
            }
            Some(code @ (401 | 403)) => {
                // What is known already grows old once nobody may look any more.
                let is_withheld = code == 403 && !self.was_read;
                let state = if is_withheld { State::Forbidden } else { State::Refused };
                self.tell(state(error.to_string())).await;
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
                self.tell(State::Refused(why)).await;
                Ok(REFUSED)
            }
            Ok(None) => {
                self.forget().await?;
                self.api_version = self.kind.api_version.into();
                self.tell(State::Current).await;
                Ok(REFUSED)
            }
            Err(error) => Ok(self.fail(&error).await),
        }
    }

    /// Where its objects are.
    fn path(&self) -> String {
        collection(&self.api_version, self.kind.resource, None)
    }

    /// Tells how the kind stands; nothing to do when nobody listens any more.
    async fn tell(&self, state: State) {
        let was_read = self.was_read && self.unread.is_none();
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
