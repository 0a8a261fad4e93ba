//! Layers as streams: fetched by tasks, read by threads, resumed where a connection broke.

use crate::http::Repository;
use cofferdam_download::Response;
use cofferdam_layers::{Blobs, LayerBlob};
use cofferdam_model::Diagnostic;
use std::{
    io::{self, Read},
    sync::Arc,
};
use tokio::{runtime::Handle, sync::mpsc};

/// Chunks that wait between the network and the reader: at 16 KiB to 64 KiB each a few MiB.
const CHUNKS_MAX: usize = 32;
/// How often a broken stream is taken up again without a single new byte in between.
const RESUMES_MAX: u32 = 3;

/// The layers of one image in its registry.
#[derive(Debug)]
pub struct RemoteBlobs {
    repository: Arc<Repository>,
    runtime: Handle,
}

impl RemoteBlobs {
    pub(crate) fn new(repository: Arc<Repository>) -> Self {
        Self { repository, runtime: Handle::current() }
    }
}

impl Blobs for RemoteBlobs {
    fn open(&self, blob: &LayerBlob) -> io::Result<Box<dyn Read + Send + '_>> {
        let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
        let repository = Arc::clone(&self.repository);
        let place = format!("blobs/{}", blob.place);
        self.runtime.spawn(async move { stream(&repository, &place, &sender).await });
        Ok(Box::new(BlobReader { receiver, chunk: io::Cursor::default(), failed: false }))
    }
}

type Chunk = Result<Box<[u8]>, String>;

/// Sends a blob chunk by chunk; ends when it is done, beyond help, or nobody listens any more.
async fn stream(repository: &Repository, place: &str, sender: &mpsc::Sender<Chunk>) {
    let mut offset = 0_u64;
    let mut failures = 0;
    loop {
        let before = offset;
        let error = match attempt(repository, place, &mut offset, sender).await {
            Ok(()) => return,
            Err(error) => error,
        };
        failures = if offset > before { 0 } else { failures + 1 };
        if failures >= RESUMES_MAX {
            // The reader may be gone, and then there is nobody to tell.
            let _ = sender.send(Err(error.to_string())).await;
            return;
        }
    }
}

/// One connection's worth, from `offset` on.
async fn attempt(
    repository: &Repository,
    place: &str,
    offset: &mut u64,
    sender: &mpsc::Sender<Chunk>,
) -> Result<(), Diagnostic> {
    let range = [("range", format!("bytes={offset}-"))];
    let headers = if *offset == 0 { &range[..0] } else { &range[..] };
    let mut response: Response = repository.get(place, headers).await?;
    // A registry that ignores the range starts over: what was read already is stepped over.
    let mut skip = if response.status() == 206 { 0 } else { *offset };
    while let Some(chunk) = response.chunk().await? {
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let skipped = skip.min(length);
        skip -= skipped;
        let fresh = usize::try_from(skipped).ok().and_then(|at| chunk.get(at..));
        let fresh = fresh.unwrap_or_default();
        if fresh.is_empty() {
            continue;
        }
        *offset = offset.saturating_add(u64::try_from(fresh.len()).unwrap_or(u64::MAX));
        if sender.send(Ok(fresh.into())).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

struct BlobReader {
    receiver: mpsc::Receiver<Chunk>,
    chunk: io::Cursor<Box<[u8]>>,
    failed: bool,
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.chunk.read(buffer)?;
            if count > 0 || buffer.is_empty() || self.failed {
                return Ok(count);
            }
            match self.receiver.blocking_recv() {
                Some(Ok(chunk)) => self.chunk = io::Cursor::new(chunk),
                Some(Err(error)) => {
                    self.failed = true;
                    return Err(io::Error::other(error));
                }
                None => return Ok(0),
            }
        }
    }
}
