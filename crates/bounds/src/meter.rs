//! Counters against a limit, shared by the threads of one scan.

use crate::{Exceeded, Limits};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

/// What one scan has used so far.
#[derive(Debug)]
pub struct Meter {
    limits: Limits,
    bytes: AtomicU64,
    entries: AtomicU64,
    started: Instant,
}

impl Meter {
    /// Starts counting, and the clock.
    pub fn new(limits: Limits) -> Self {
        Self { limits, bytes: 0.into(), entries: 0.into(), started: Instant::now() }
    }

    /// Fresh counters on the same clock, to look a second time at what was counted already.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { started: self.started, ..Self::new(self.limits.clone()) }
    }

    /// The limits counted against.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Uncompressed bytes counted so far, for progress.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Entries counted so far.
    pub fn entries(&self) -> u64 {
        self.entries.load(Ordering::Relaxed)
    }

    /// Counts uncompressed bytes of the image; also looks at the clock, so that one call per
    /// buffer bounds the time too.
    pub fn add_bytes(&self, count: u64) -> Result<(), Exceeded> {
        let limit = self.limits.image_bytes;
        let before = self.bytes.fetch_add(count, Ordering::Relaxed);
        if before.saturating_add(count) > limit {
            return Err(Exceeded { what: "bytes of the image", limit });
        }
        self.check_time()
    }

    /// Counts entries of layers.
    pub fn add_entries(&self, count: u64) -> Result<(), Exceeded> {
        let limit = self.limits.entries;
        let before = self.entries.fetch_add(count, Ordering::Relaxed);
        if before.saturating_add(count) > limit {
            return Err(Exceeded { what: "entries of the image", limit });
        }
        Ok(())
    }

    /// Looks at the clock.
    pub fn check_time(&self) -> Result<(), Exceeded> {
        if self.started.elapsed() > self.limits.time {
            return Err(Exceeded {
                what: "seconds of the scan",
                limit: self.limits.time.as_secs(),
            });
        }
        Ok(())
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_budget_ends() {
        let meter = Meter::new(Limits {
            image_bytes: 10,
            entries: 1,
            time: Duration::ZERO,
            ..Limits::default()
        });
        assert_eq!(meter.add_bytes(11).unwrap_err().what, "bytes of the image");
        assert!(meter.add_entries(1).is_ok());
        assert_eq!(meter.add_entries(1).unwrap_err().what, "entries of the image");
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(meter.check_time().unwrap_err().what, "seconds of the scan");
    }
}
