//! The one buffer between a stream and everything that reads it: filled in large pieces, each
//! hashed and counted while it is hot in the cache, and looked at in place.

use cofferdam_bounds::{Exceeded, Meter};
use cofferdam_model::Digest;
use sha2::{Digest as _, Sha256};
use std::io::{self, BufRead, Read};

/// One read, and with it one update of the hash. Fits the second-level cache of every server.
const CHUNK_BYTES: usize = 64 << 10;

/// Something whose next bytes can be looked at in one piece before they are consumed.
pub(crate) trait Source: BufRead {
    /// The next `count` bytes in one piece, fewer only at the end. `count` is small (a header).
    fn peek(&mut self, count: usize) -> io::Result<&[u8]>;

    /// Bytes consumed so far.
    fn position(&self) -> u64;

    /// Steps over up to `count` bytes and says over how many: fewer is the end.
    fn skip(&mut self, count: u64) -> io::Result<u64>;
}

/// What a tap counts against.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Budget {
    /// Bytes as stored: only the clock.
    Stored,
    /// Bytes of the layer's tar.
    Uncompressed,
}

/// A hashing, counting buffer over a reader.
pub(crate) struct Tap<'m, R> {
    inner: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    total: u64,
    hasher: Sha256,
    budget: Budget,
    meter: &'m Meter,
    failure: Option<io::Error>,
}

impl<'m, R: Read> Tap<'m, R> {
    pub(crate) fn new(inner: R, budget: Budget, meter: &'m Meter) -> Self {
        Self {
            inner,
            buffer: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            total: 0,
            hasher: Sha256::new(),
            budget,
            meter,
            failure: None,
        }
    }

    /// What the bytes come from.
    pub(crate) const fn inner_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// Whether the stream broke: nothing more will come.
    pub(crate) const fn failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Counts from here on as bytes of the layer's tar: it turned out not to be compressed.
    pub(crate) fn becomes_uncompressed(&mut self) -> io::Result<()> {
        self.budget = Budget::Uncompressed;
        self.charge(self.total)
    }

    /// Reads to the end, for the hash.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        self.skip(u64::MAX).map(|_| ())
    }

    /// Bytes read so far, and their digest.
    pub(crate) fn finish(&self) -> (u64, Digest) {
        (self.total, Digest::sha256(self.hasher.clone().finalize().into()))
    }

    fn available(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads once behind what is available; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if let Some(error) = &self.failure {
            return Err(again(error));
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let result = self.read_once();
        self.failure = result.as_ref().err().map(again);
        result
    }

    fn read_once(&mut self) -> io::Result<bool> {
        let count = loop {
            let free = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.inner.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        let new = self.buffer.get(self.end..self.end + count).unwrap_or_default();
        self.hasher.update(new);
        self.end += new.len();
        let new = wide(new.len());
        self.total = self.total.saturating_add(new);
        self.charge(new)?;
        Ok(new > 0)
    }

    fn charge(&self, count: u64) -> io::Result<()> {
        match self.budget {
            Budget::Stored => self.meter.check_time()?,
            Budget::Uncompressed => {
                self.meter.add_bytes(count)?;
                let limit = self.meter.limits().layer_bytes;
                if self.total > limit {
                    return Err(Exceeded { what: "bytes of the layer", limit }.into());
                }
            }
        }
        Ok(())
    }
}

impl<R: Read> Source for Tap<'_, R> {
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.end - self.start < count && self.fill()? {}
        let available = self.available();
        Ok(available.get(..count).unwrap_or(available))
    }

    fn position(&self) -> u64 {
        self.total.saturating_sub(wide(self.end - self.start))
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 {
            let available = self.fill_buf()?.len();
            let step = available.min(usize::try_from(left).unwrap_or(usize::MAX));
            if step == 0 {
                break;
            }
            self.consume(step);
            left -= wide(step);
        }
        Ok(count - left)
    }
}

impl<R: Read> Read for Tap<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

impl<R: Read> BufRead for Tap<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.fill()?;
        }
        Ok(self.available())
    }

    fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }
}

/// The same error once more: a stream that broke stays broken in the same way.
fn again(error: &io::Error) -> io::Error {
    match Exceeded::within(error) {
        Some(exceeded) => exceeded.into(),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// `Read::read` of anything that has `fill_buf`.
pub(crate) fn read_buffered(
    reader: &mut (impl BufRead + ?Sized),
    buffer: &mut [u8],
) -> io::Result<usize> {
    let count = reader.fill_buf()?.read(buffer)?;
    reader.consume(count);
    Ok(count)
}

/// A length in memory as a count of bytes.
pub(crate) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
