//! The part of a file that is in memory, and what was found there so far.

use crate::{
    finding::{Finding, hash, mask},
    kind::Hit,
    scanner::Compiled,
};
use regex::bytes::Captures;
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    io::{self, BufRead},
};

/// A window that slides over a file: some bytes to look back on, new ones, some to look ahead.
#[derive(Debug, Default)]
pub(crate) struct Window<'a> {
    /// Borrowed where the whole file is in the reader's buffer: most files are small.
    pub bytes: Cow<'a, [u8]>,
    /// Where the new bytes start.
    pub from: usize,
    /// Where the new bytes end. What starts there or later belongs to the next window.
    pub until: usize,
    /// Bytes and line ends that the window has left behind.
    offset: u64,
    lines: usize,
}

impl<'a> Window<'a> {
    /// All of a file at once.
    pub(crate) const fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes: Cow::Borrowed(bytes), from: 0, until: bytes.len(), offset: 0, lines: 0 }
    }

    /// Reads on until the window is full, and says whether that was the end of the file.
    pub(crate) fn fill(&mut self, content: &mut dyn BufRead) -> io::Result<bool> {
        while let Some(room) = WINDOW_BYTES.checked_sub(self.bytes.len()).filter(|room| *room > 0) {
            let chunk = match content.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                self.until = self.bytes.len();
                return Ok(true);
            }
            let taken = chunk.get(..room).unwrap_or(chunk);
            self.bytes.to_mut().extend_from_slice(taken);
            let count = taken.len();
            content.consume(count);
        }
        self.until = self.bytes.len().saturating_sub(CONTEXT_BYTES);
        Ok(false)
    }

    /// Leaves behind what need not be looked back on.
    pub(crate) fn advance(&mut self) {
        let behind = self.until.saturating_sub(CONTEXT_BYTES);
        self.lines += self.lines_before(behind);
        self.offset = self.offset.saturating_add(u64::try_from(behind).unwrap_or(u64::MAX));
        self.bytes.to_mut().drain(..behind);
        self.from = self.until - behind;
    }

    fn lines_before(&self, at: usize) -> usize {
        memchr::memchr_iter(b'\n', self.bytes.get(..at).unwrap_or_default()).count()
    }

    fn line(&self, at: usize) -> u32 {
        u32::try_from(self.lines + self.lines_before(at) + 1).unwrap_or(u32::MAX)
    }

    fn offset(&self, at: usize) -> u64 {
        self.offset.saturating_add(u64::try_from(at).unwrap_or(u64::MAX))
    }

    /// Whether a token may start here: not in the middle of a word, but after `\n` in a string.
    pub(crate) fn is_boundary(&self, at: usize) -> bool {
        match self.bytes.get(..at).unwrap_or_default() {
            [] | [.., b'\\', b'n' | b'r' | b't'] => true,
            [.., byte] => !is_word(*byte),
        }
    }

    /// The bytes from `at` as far as a pattern may look.
    pub(crate) fn ahead(&self, at: usize) -> &[u8] {
        let end = self.bytes.len().min(at.saturating_add(CONTEXT_BYTES));
        self.bytes.get(at..end).unwrap_or_default()
    }

    fn behind(&self, at: usize) -> &[u8] {
        self.bytes.get(at.saturating_sub(CONTEXT_BYTES)..at).unwrap_or_default()
    }
}

/// What a search has found so far.
#[derive(Debug)]
pub(crate) struct Search {
    pub found: Vec<Finding>,
    /// Hits beyond the limit.
    pub dropped: usize,
    max: usize,
    seen: HashSet<(usize, u64)>,
    /// Where the last word of each pattern stood.
    words: HashMap<usize, u64>,
}

impl Search {
    pub(crate) fn new(max: usize) -> Self {
        Self { found: Vec::new(), dropped: 0, max, seen: HashSet::new(), words: HashMap::new() }
    }

    /// The first of the bytes before the word at `at` for all of which `extends` holds. None if
    /// these go back to the last word of the pattern, which was tried from there: otherwise a
    /// file of nothing but words would cost their square.
    pub(crate) fn step_back(
        &mut self,
        pattern: usize,
        window: &Window<'_>,
        at: usize,
        extends: fn(u8) -> bool,
    ) -> Option<usize> {
        let last = self.words.insert(pattern, window.offset(at));
        let back = last.map_or(u64::MAX, |last| window.offset(at).saturating_sub(last));
        let room = usize::try_from(back).unwrap_or(usize::MAX).min(WORD_BYTES_MAX);
        let before = window.bytes.get(..at).unwrap_or_default();
        let count = before.iter().rev().take(room).take_while(|byte| extends(**byte)).count();
        (u64::try_from(count).is_ok_and(|count| count < back)).then(|| at - count)
    }

    /// Believes or drops a match; its positions count from `base` in the window.
    pub(crate) fn judge(
        &mut self,
        compiled: &Compiled,
        window: &Window<'_>,
        base: usize,
        found: &Captures<'_>,
    ) {
        let Some(all) = found.get(0) else { return };
        let value = found.get(1).unwrap_or(all);
        let (start, end) = (base + all.start(), base + all.end());
        let value_end = base + value.end();
        let goes_on = |at: usize| window.bytes.get(at).is_some_and(|byte| is_word(*byte));
        if value_end.checked_sub(1).is_some_and(goes_on) && goes_on(value_end) {
            return;
        }
        let hit = Hit {
            before: window.behind(start),
            text: all.as_bytes(),
            value: value.as_bytes(),
            after: window.ahead(end),
        };
        let Some(belief) = (compiled.pattern.check)(&hit) else { return };
        let secret = belief.value.as_deref().unwrap_or(hit.value);
        let value_hash = hash(secret);
        if self.seen.contains(&(compiled.kind, value_hash)) {
            return;
        }
        if self.found.len() >= self.max {
            self.dropped += 1;
            return;
        }
        self.seen.insert((compiled.kind, value_hash));
        self.found.push(Finding {
            kind: compiled.kind,
            start: window.offset(start),
            end: window.offset(end),
            line: window.line(base + value.start()),
            masked: mask(secret),
            evidence: belief.evidence,
            value: value_hash,
        });
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// New bytes of one window: large enough that the overlap does not count, small enough for a
/// processor's second cache.
const NEW_BYTES: usize = 64 << 10;

/// How far a pattern and its check may look to either side. A key of RSA 4096 in PEM has 3.2 KiB.
const CONTEXT_BYTES: usize = 4 << 10;

const WINDOW_BYTES: usize = CONTEXT_BYTES + NEW_BYTES + CONTEXT_BYTES;

/// The longest header of a JSON web token that is stepped back over.
const WORD_BYTES_MAX: usize = 1 << 10;
