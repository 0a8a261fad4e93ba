//! How a door is doing.

use super::Decision;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of a door since it was opened, and how long reviews took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoorStatus {
    /// Requests that passed without a word.
    pub allowed: u64,
    /// Requests that passed with warnings.
    pub warned: u64,
    /// Requests that were refused.
    pub denied: u64,
    /// Requests that passed because they could not be judged.
    pub failed_open: u64,
    /// Requests that are never judged: the system's own.
    pub exempt: u64,
    /// Decisions that nobody took in time, and that are not in the store.
    pub dropped: u64,
    /// Microseconds within which half of all reviews were answered, to within an eighth.
    pub p50_micros: u64,
    /// The same for 99 of 100.
    pub p99_micros: u64,
    /// Reviews that were answered in less than 2^[`FASTEST`] microseconds, in less than twice that,
    /// and so on.
    pub faster: [u64; SPANS],
    /// Microseconds that all reviews took together.
    pub sum_micros: u64,
}

/// The power of two of the shortest span that reviews are counted in: 128 microseconds.
pub const FASTEST: u32 = 7;

/// Spans, each twice the one before; the last is 8.4 seconds.
pub const SPANS: usize = 17;

impl DoorStatus {
    /// All requests that were answered.
    pub const fn reviews(&self) -> u64 {
        self.allowed + self.warned + self.denied + self.failed_open
    }
}

/// Buckets for each doubling: the bounds are an eighth apart.
const STEPS: u64 = 8;

/// Up to 2^24 microseconds, 16 seconds; longer ones count as that.
const BUCKETS: usize = 8 * 22;

/// The counters behind a [`DoorStatus`].
#[derive(Debug)]
pub(super) struct Counters {
    decisions: [AtomicU64; 4],
    exempt: AtomicU64,
    dropped: AtomicU64,
    times: [AtomicU64; BUCKETS],
    sum: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            decisions: [const { AtomicU64::new(0) }; 4],
            exempt: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            times: [const { AtomicU64::new(0) }; BUCKETS],
            sum: AtomicU64::new(0),
        }
    }
}

impl Counters {
    pub(super) fn count(&self, decision: Decision, micros: u64) {
        if let Some(counter) = self.decisions.get(decision as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(counter) = self.times.get(bucket(micros)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn exempt(&self) {
        self.exempt.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn drop(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn status(&self) -> DoorStatus {
        let of = |decision: Decision| {
            let counter = self.decisions.get(decision as usize);
            counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
        };
        let times: Vec<u64> = self.times.iter().map(|time| time.load(Ordering::Relaxed)).collect();
        DoorStatus {
            allowed: of(Decision::Allowed),
            warned: of(Decision::Warned),
            denied: of(Decision::Denied),
            failed_open: of(Decision::FailedOpen),
            exempt: self.exempt.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            p50_micros: quantile(&times, 50),
            p99_micros: quantile(&times, 99),
            faster: spans(&times),
            sum_micros: self.sum.load(Ordering::Relaxed),
        }
    }
}

/// The bucket of a time: its doubling, and the eighth of that.
fn bucket(micros: u64) -> usize {
    let doubling = micros.max(STEPS).ilog2() - STEPS.ilog2();
    let eighth = (micros >> doubling).min(2 * STEPS - 1);
    let number = u64::from(doubling) * STEPS + eighth;
    usize::try_from(number).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

/// The first time that is in no bucket before this one.
fn bound(bucket: usize) -> u64 {
    let number = u64::try_from(bucket).unwrap_or(u64::MAX) + 1;
    if number <= 2 * STEPS {
        return number;
    }
    let doubling = number / STEPS - 1;
    (number % STEPS + STEPS) << doubling
}

/// How many lie in all buckets up to each doubling.
fn spans(times: &[u64]) -> [u64; SPANS] {
    std::array::from_fn(|span| {
        let bound = 1_u64 << (FASTEST + u32::try_from(span).unwrap_or(0));
        times.iter().take(bucket(bound)).sum()
    })
}

/// The bound below which so many of a hundred lie.
fn quantile(times: &[u64], percent: u64) -> u64 {
    let all: u64 = times.iter().sum();
    let wanted = (all * percent).div_ceil(100);
    let mut seen = 0;
    for (at, count) in times.iter().enumerate() {
        seen += count;
        if seen >= wanted && seen > 0 {
            return bound(at);
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_below_the_bound_of_its_bucket_and_not_far() {
        let mut last = 0;
        for micros in (0..5_000).chain((5_000..16_000_000).step_by(997)) {
            let (at, bound) = (bucket(micros), bound(bucket(micros)));
            assert!(at >= last && micros < bound, "{micros}: {at} {bound}");
            assert!(bound <= micros + 1 + micros / 8, "{micros}: {bound}");
            last = at;
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn half_and_ninety_nine_of_a_hundred() {
        let counters = Counters::default();
        assert_eq!(counters.status(), DoorStatus::default());
        for micros in 1..=100 {
            counters.count(Decision::Allowed, micros);
        }
        let status = counters.status();
        assert_eq!(status.allowed, 100);
        assert!((50..=57).contains(&status.p50_micros), "{}", status.p50_micros);
        assert!((99..=112).contains(&status.p99_micros), "{}", status.p99_micros);
    }

    #[test]
    fn spans_hold_all_that_is_faster() {
        let counters = Counters::default();
        for micros in [1, 127, 128, 255, 256, 5_000, 8_388_607, 8_388_608, u64::from(u32::MAX)] {
            counters.count(Decision::Denied, micros);
        }
        let status = counters.status();
        assert_eq!(status.faster[..3], [2, 4, 5], "less than 128, 256 and 512");
        assert_eq!(status.faster[6], 6, "less than 8192");
        assert_eq!(status.faster[16], 7, "less than 8388608");
        assert_eq!(status.reviews(), 9);
        assert_eq!(
            status.sum_micros,
            1 + 127 + 128 + 255 + 256 + 5_000 + 16_777_215 + u64::from(u32::MAX)
        );
    }
}
