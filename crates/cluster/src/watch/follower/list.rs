//! Everything there is of one kind, page by page, and what of it is new, changed or gone.

use super::{End, Follower};
use crate::{
    ClusterError, Detail,
    connection::encoded,
    http::{JSON, METADATA_LIST, ask, get},
    watch::wire::{Page, PageMetadata},
};
use cofferdam_model::{Change, ObjectKey};
use std::sync::Arc;

/// Objects of a page.
const PAGE: usize = 500;

/// Bytes of a page: 500 large pods are half of it. A page that is longer is asked for in parts.
const PAGE_BYTES_MAX: usize = 24 << 20;

impl Follower {
    /// Lists all objects and tells what is new, changed or gone since the last time.
    pub(super) async fn list(&mut self) -> Result<(), End> {
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
        (self.was_read, self.is_none) = (true, false);
        Ok(())
    }

    async fn page(&self, size: usize, next: &str) -> Result<Vec<u8>, ClusterError> {
        let next =
            if next.is_empty() { next.to_owned() } else { format!("&continue={}", encoded(next)) };
        let accept = if self.kind.detail == Detail::Metadata { METADATA_LIST } else { JSON };
        let request = get(&format!("{}?limit={size}{next}", self.path()), accept)?;
        ask(self.shared.connection.client(), request, PAGE_BYTES_MAX).await
    }

    async fn tell_page(&mut self, body: &[u8]) -> Result<PageMetadata, End> {
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

    /// The kind is not there any more, and nothing of it.
    pub(super) async fn forget(&mut self) -> Result<(), End> {
        self.known.begin();
        for (namespace, name) in self.known.finish() {
            self.tell_gone(namespace.as_deref(), &name).await?;
        }
        Ok(())
    }
}
