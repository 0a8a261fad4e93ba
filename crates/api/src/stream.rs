//! `/watch`: what changed, as server-sent events (WHATWG HTML, 9.2).

use crate::{
    EVENTS, Inner,
    call::{Answered, Call, Scope},
    refusal::{Kind, Refusal, json},
    wire::watch::{Changed, ChangedKind},
};
use axum::{body::Body, response::Response};
use bytes::Bytes;
use cofferdam_bus::Heard;
use http_body::{Body as HttpBody, Frame};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, broadcast, mpsc, watch},
    time::{Instant, interval, sleep, sleep_until},
};

/// Streams at a time.
const STREAMS: usize = 256;
/// Changes that wait for a slow stream before it is told that it missed some.
const WAITING: usize = 1_024;
/// Pieces that wait for a slow reader.
const PIECES: usize = 8;
/// How long changes are gathered before they are told: a page that lists them asks once.
const GATHER: Duration = Duration::from_millis(200);
/// Changes of one kind that are told one by one; more are told as "several".
const ONE_BY_ONE: usize = 50;
/// How often something is said when nothing happens, so that nobody between closes the stream.
const BEAT: Duration = Duration::from_secs(15);
/// How long to wait before the bus is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// A change: what kind of thing, and which one.
type Change = (ChangedKind, Option<Arc<str>>);

/// All streams that are open.
#[derive(Debug)]
pub(crate) struct Streams {
    changes: broadcast::Sender<Change>,
    places: Arc<Semaphore>,
    ended: watch::Sender<bool>,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            changes: broadcast::Sender::new(WAITING),
            places: Arc::new(Semaphore::new(STREAMS)),
            ended: watch::Sender::new(false),
        }
    }
}

impl Streams {
    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        STREAMS - self.places.available_permits()
    }

    /// Ends them all.
    pub(crate) fn end(&self) {
        self.ended.send_replace(true);
    }

    fn tell(&self, change: Change) {
        // Nobody listens: nobody has to be told.
        let _ = self.changes.send(change);
    }
}

/// What the bus says.
#[derive(Deserialize)]
struct Told {
    kind: ChangedKind,
    #[serde(default)]
    id: Option<String>,
}

/// Listens to the bus and tells all streams, until it is to stop.
pub(crate) async fn listen(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        () = hear(&inner) => {}
        () = is_true(&mut stop) => {}
    }
}

async fn hear(inner: &Inner) {
    loop {
        if let Ok(mut events) = inner.bus.events(EVENTS).await {
            loop {
                match events.next().await {
                    Ok(Heard::Event(bytes)) => {
                        if let Ok(Told { kind, id }) = serde_json::from_slice(&bytes) {
                            inner.streams.tell((kind, id.map(Into::into)));
                        }
                    }
                    Ok(Heard::Missed) => all(|kind| inner.streams.tell((kind, None))),
                    Err(_) => break,
                }
            }
        }
        sleep(AGAIN).await;
    }
}

fn all(tell: impl FnMut(ChangedKind)) {
    ChangedKind::ALL.into_iter().for_each(tell);
}

/// Answers `/watch`.
pub(crate) async fn watch(call: Call) -> Answered {
    let streams = &call.api.streams;
    let place = Arc::clone(&streams.places)
        .try_acquire_owned()
        .map_err(|_| Refusal::new(Kind::TooMany, "Too many streams are open."))?;
    let (sender, receiver) = mpsc::channel(PIECES);
    let mut feed = Feed {
        changes: streams.changes.subscribe(),
        ended: streams.ended.subscribe(),
        // Ids of what is elsewhere are no business of a developer.
        is_anonymous: call.scope != Scope::All,
        sender,
        gathered: BTreeSet::new(),
    };
    tokio::spawn(async move {
        feed.run().await;
        drop(place);
    });
    let mut response = Response::new(Body::new(Stream(receiver)));
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// Waits until it is true, or until nobody can make it so.
async fn is_true(receiver: &mut watch::Receiver<bool>) {
    let _ = receiver.wait_for(|is_true| *is_true).await;
}

/// What one stream is told.
struct Feed {
    changes: broadcast::Receiver<Change>,
    ended: watch::Receiver<bool>,
    is_anonymous: bool,
    sender: mpsc::Sender<Bytes>,
    /// What was not told yet.
    gathered: BTreeSet<Change>,
}

impl Feed {
    /// Tells until the reader is gone, or the server ends.
    async fn run(&mut self) {
        // Says at once that the stream is open.
        let mut beats = interval(BEAT);
        let mut due: Option<Instant> = None;
        loop {
            let until = due.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                () = self.sender.closed() => return,
                () = is_true(&mut self.ended) => return,
                () = sleep_until(until), if due.is_some() => {
                    due = None;
                    let text = self.take();
                    if self.sender.send(Bytes::from(text)).await.is_err() {
                        return;
                    }
                }
                change = self.changes.recv() => {
                    match change {
                        Ok((kind, id)) => self.gather(kind, id),
                        Err(broadcast::error::RecvError::Lagged(_)) => {
                            all(|kind| self.gather(kind, None));
                        }
                        Err(broadcast::error::RecvError::Closed) => return,
                    }
                    due = due.or_else(|| Some(Instant::now() + GATHER));
                }
                _ = beats.tick() => {
                    if self.sender.send(Bytes::from_static(b": beat\n\n")).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn gather(&mut self, kind: ChangedKind, id: Option<Arc<str>>) {
        let id = id.filter(|_| !self.is_anonymous);
        let several = (kind, None);
        if self.gathered.contains(&several) {
            return;
        }
        let of_kind = self.gathered.iter().filter(|(own, _)| *own == kind).count();
        if id.is_none() || of_kind >= ONE_BY_ONE {
            self.gathered.retain(|(own, _)| *own != kind);
            self.gathered.insert(several);
        } else {
            self.gathered.insert((kind, id));
        }
    }

    /// What was gathered, as events.
    fn take(&mut self) -> String {
        let mut text = String::new();
        for (kind, id) in std::mem::take(&mut self.gathered) {
            let data = json(&Changed { kind, id: id.map(|id| id.to_string()) });
            text.push_str("event: changed\ndata: ");
            text.push_str(&String::from_utf8_lossy(&data));
            text.push_str("\n\n");
        }
        text
    }
}

/// The pieces of a stream as a body.
struct Stream(mpsc::Receiver<Bytes>);

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
