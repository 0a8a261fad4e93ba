//! How long to wait before the next try.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(200);
/// Short enough that an API server that is back is used again within seconds; 50 kinds then ask
/// five times a second while it is away.
const LONGEST: Duration = Duration::from_secs(8);

/// Doubling waits, spread so that the kinds do not all ask at the same moment.
#[derive(Debug)]
pub(super) struct Backoff {
    tries: u32,
    spread: RandomState,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { tries: 0, spread: RandomState::new() }
    }

    /// After a success.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// After a failure: the wait before the next try.
    pub(super) fn next(&mut self) -> Duration {
        let wait = FIRST.saturating_mul(1 << self.tries.min(16)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        // Between half of it and all of it.
        let share = u32::try_from(self.spread.hash_one(self.tries) % 513).unwrap_or(0) + 512;
        wait * share / 1_024
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut backoff = Backoff::new();
        for expected in [200, 400, 800, 1_600, 3_200, 6_400, 8_000, 8_000] {
            let wait = backoff.next().as_millis();
            assert!((expected / 2..=expected).contains(&wait), "{wait} of {expected}");
        }
        backoff.reset();
        assert!(backoff.next().as_millis() <= 200);
    }
}
