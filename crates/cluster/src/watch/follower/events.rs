//! What becomes of one kind, event by event.

use super::{End, Follower, GRACE};
use crate::{
    ClusterError, Detail,
    connection::encoded,
    http::{JSON, METADATA, get, send, unreachable},
    watch::{lines::LineBuffer, wire::Event},
};
use cofferdam_model::Change;
use http_body_util::BodyExt as _;
use kube_client::client::Body;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// After this the API server ends a watch, and the next goes on where it ended.
const WATCH: Duration = Duration::from_mins(5);

/// A watch on which nothing is heard is asked for anew. A bookmark comes every minute.
const SILENCE: Duration = Duration::from_secs(90);

/// How soon after accepting a watch the API server says that its version expired.
const REFUSAL: Duration = Duration::from_millis(500);

impl Follower {
    /// Follows the events after a state of the cluster, until the API server ends the watch.
    pub(super) async fn follow(&mut self, version: String) -> Result<(), End> {
        let accept = if self.kind.detail == Detail::Metadata { METADATA } else { JSON };
        let path = format!(
            "{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}",
            self.path(),
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
        if self.unread.is_some() {
            // What could not be read may have been mended since.
            self.version = None;
        }
        end.map(|_| ())
    }

    /// Takes the events of a watch until it ends; whether there were any.
    async fn take_all(&mut self, mut body: Body) -> Result<bool, End> {
        let mut lines = LineBuffer::default();
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
}
