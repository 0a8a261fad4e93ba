//! One kind: listed page by page, then followed event by event, for ever.

use super::{
    backoff::Backoff,
    lines::Lines,
    standing::State,
    tell,
    wire::{Event, Page},
};
use crate::{
    ClusterError, Connection, Detail, Kind,
    connection::encoded,
    http::{JSON, METADATA, METADATA_LIST, ask, get, send, unreachable},
    known::Known,
};
use cofferdam_model::{Change, ObjectKey};
use http_body_util::BodyExt as _;
use kube_client::client::Body;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    time::{Instant, sleep, timeout},
};

/// Objects of a page.
const PAGE: usize = 500;

/// Bytes of a page: 500 large pods are half of it. A page that is longer is asked for in parts.
const PAGE_BYTES_MAX: usize = 24 << 20;

/// After this the API server ends a watch, and the next goes on where it ended.
const WATCH: Duration = Duration::from_mins(5);

/// A watch on which nothing is heard is asked for anew. A bookmark comes every minute.
const SILENCE: Duration = Duration::from_secs(90);

/// How soon after accepting a watch the API server says that its version expired.
const REFUSAL: Duration = Duration::from_millis(500);

/// An outage up to this long is nobody's concern: nothing will be missed.
const GRACE: Duration = Duration::from_secs(5);

/// Before asking again for what we may not see or is not there.
const REFUSED: Duration = Duration::from_secs(15);

/// What the tasks share.
pub(super) struct Shared {
    pub(super) connection: Connection,
    pub(super) changes: mpsc::Sender<Change>,
    pub(super) states: mpsc::Sender<(usize, State)>,
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
            known: Known::default(),
            version: None,
            unread: None,
            backoff: Backoff::new(),
            failing: None,
            absent: 0,
            is_expired: false,
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

    /// Lists all objects and tells what is new, changed or gone since the last time.
    async fn list(&mut self) -> Result<(), End> {
        self.known.begin();
        self.unread = None;
        let mut version = None;
        let mut next = String::new();
        let mut size = PAGE;
        loop {
            let page = Arc::clone(&self.shared.pages).acquire_owned().await;
            let body = match self.page(size, &next).await {
                Err(ClusterError::TooLong(_)) if size > 1 => {
                    size /= 4;
                    continue;
                }
                body => body?,
            };
            let metadata = self.tell_page(&body).await?;
            drop((page, body));
            // All pages show the same state; the first is what the watch must begin from.
            version.get_or_insert(metadata.resource_version);
            next = metadata.next;
            if next.is_empty() {
                break;
            }
        }
        for (namespace, name) in self.known.finish() {
            self.tell_gone(namespace.as_deref(), &name).await?;
        }
        self.version = version;
        Ok(())
    }

    async fn page(&self, size: usize, next: &str) -> Result<Vec<u8>, ClusterError> {
        let next =
            if next.is_empty() { next.to_owned() } else { format!("&continue={}", encoded(next)) };
        let accept = if self.kind.detail == Detail::Metadata { METADATA_LIST } else { JSON };
        let request = get(&format!("{}?limit={size}{next}", self.kind.path()), accept)?;
        ask(self.shared.connection.client(), request, PAGE_BYTES_MAX).await
    }

    async fn tell_page(&mut self, body: &[u8]) -> Result<super::wire::PageMetadata, End> {
        let page = Page::parse(body)?;
        for read in page.objects(self.kind) {
            match read {
                Ok(object) if self.known.put(&object) => self.send(Change::Put(object)).await?,
                Ok(_) => {}
                Err((error, key)) => {
                    let name = key
                        .as_ref()
                        .map_or_else(|| self.kind.kind.to_owned(), ObjectKey::to_string);
                    self.unread = Some(format!("cannot read {name}: {error}"));
                    if let Some(key) = key {
                        self.known.keep(&key);
                    }
                }
            }
        }
        Ok(page.metadata)
    }

    /// Follows the events after a state of the cluster, until the API server ends the watch.
    async fn follow(&mut self, version: String) -> Result<(), End> {
        let accept = if self.kind.detail == Detail::Metadata { METADATA } else { JSON };
        let path = format!(
            "{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}",
            self.kind.path(),
            WATCH.as_secs(),
            encoded(&version),
        );
        let request = get(&path, accept)?;
        let body = send(self.shared.connection.client(), request).await?.into_body();
        let started = Instant::now();
        let end = self.take_all(body).await;
        if matches!(end, Ok(false)) && started.elapsed() < GRACE {
            // A server that ends every watch at once is not asked in a tight loop.
            return Err(ClusterError::Unreachable("the watch ended at once".to_owned()).into());
        }
        end.map(|_| ())
    }

    /// Takes the events of a watch until it ends; whether there were any.
    async fn take_all(&mut self, mut body: Body) -> Result<bool, End> {
        let mut lines = Lines::default();
        // A version that expired is refused by the first event, after the watch was accepted.
        let mut patience = REFUSAL;
        let mut is_used = false;
        loop {
            let frame = match timeout(patience, body.frame()).await {
                Ok(Some(frame)) => frame.map_err(|error| unreachable(&error))?,
                Err(_) if patience == REFUSAL => {
                    self.confirm().await;
                    patience = SILENCE;
                    continue;
                }
                Ok(None) | Err(_) => return Ok(is_used),
            };
            if !lines.push(&frame.into_data().unwrap_or_default()) {
                return Err(ClusterError::Malformed("an event without end".to_owned()).into());
            }
            while let Some(line) = lines.next() {
                self.take(&line).await?;
                is_used = true;
                if patience == REFUSAL {
                    self.confirm().await;
                    patience = SILENCE;
                }
            }
        }
    }

    /// Takes one event.
    async fn take(&mut self, line: &[u8]) -> Result<(), End> {
        match Event::parse(line, &self.kind)? {
            Event::There(object) => {
                self.version = Some(object.resource_version.clone());
                if self.known.put(&object) {
                    self.send(Change::Put(object)).await?;
                }
            }
            Event::Gone(object) => {
                self.version = Some(object.resource_version.clone());
                if self.known.remove(&object.key) {
                    self.send(Change::Gone(object.key)).await?;
                }
            }
            Event::Bookmark(version) => self.version = Some(version),
            Event::Refused(status) => return Err(ClusterError::from(status).into()),
        }
        Ok(())
    }

    /// A watch goes on from what is known: that is up to date.
    async fn confirm(&mut self) {
        let state = self.unread.clone().map_or(State::Current, State::Refused);
        tell(&self.shared.states, self.index, state).await;
        if self.failing.is_some() {
            self.shared.answered.notify_waiters();
        }
        self.recovered();
    }

    fn recovered(&mut self) {
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
            if let Ok(false) = self.shared.connection.serves(&self.kind).await {
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
                    self.forget().await?;
                    tell(&self.shared.states, self.index, State::Current).await;
                } else if !self.kind.is_optional {
                    let why = format!("the API server serves no {}", self.kind.resource);
                    tell(&self.shared.states, self.index, State::Refused(why)).await;
                }
                return Ok(REFUSED);
            }
            Some(401 | 403) => {
                tell(&self.shared.states, self.index, State::Refused(error.to_string())).await;
                return Ok(REFUSED);
            }
            _ => {}
        }
        let now = Instant::now();
        let failing = self.failing.get_or_insert(Failing { since: now, is_said: false });
        if !failing.is_said && failing.since.elapsed() >= GRACE {
            // Once: while it lasts, what goes wrong may change from try to try.
            failing.is_said = true;
            let state = if error.is_outage() { State::Away } else { State::Refused };
            tell(&self.shared.states, self.index, state(error.to_string())).await;
        }
        Ok(self.backoff.next())
    }

    /// The kind is not there any more, and nothing of it.
    async fn forget(&mut self) -> Result<(), End> {
        self.known.begin();
        for (namespace, name) in self.known.finish() {
            self.tell_gone(namespace.as_deref(), &name).await?;
        }
        Ok(())
    }

    async fn tell_gone(&self, namespace: Option<&str>, name: &str) -> Result<(), End> {
        let key = ObjectKey::new(self.kind.api_version, self.kind.kind, namespace, name);
        self.send(Change::Gone(key)).await
    }

    async fn send(&self, change: Change) -> Result<(), End> {
        self.shared.changes.send(change).await.map_err(|_| End::Unheard)
    }
}
