//! How often one may try.

use jiff::Timestamp;
use std::{collections::HashMap, time::Duration};

/// Failed attempts on one account within [`WINDOW`]. A person who forgot tries less often.
pub(crate) const PER_ACCOUNT: u32 = 10;
/// Failed attempts from one address, where a whole office may sit behind one.
pub(crate) const PER_ADDRESS: u32 = 50;
/// The time that attempts are counted over.
const WINDOW: Duration = Duration::from_mins(15);
/// Keys that are remembered; beyond it those that ran out are forgotten, then all new ones wait.
const KEYS: usize = 10_000;

/// What attempts are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The name that was typed, whether there is such an account or not.
    Account(String),
    /// Where it came from.
    Address(String),
}

impl Key {
    const fn most(&self) -> u32 {
        match self {
            Self::Account(_) => PER_ACCOUNT,
            Self::Address(_) => PER_ADDRESS,
        }
    }
}

/// Counts attempts in windows of fixed length, each from its first attempt on.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    seen: HashMap<Key, (u32, Timestamp)>,
}

impl Limiter {
    /// Counts an attempt before it is made: those that run at once count too. `Err` is how long
    /// to wait.
    pub(crate) fn attempt(&mut self, keys: &[Key], now: Timestamp) -> Result<(), Duration> {
        if self.seen.len() >= KEYS {
            self.seen.retain(|_, (_, since)| left(*since, now).is_some());
        }
        let mut wait = None;
        for key in keys {
            if self.seen.len() >= KEYS && !self.seen.contains_key(key) {
                wait = wait.max(Some(WINDOW));
                continue;
            }
            let (count, since) = self.seen.entry(key.clone()).or_insert((0, now));
            let rest = left(*since, now);
            if rest.is_none() {
                (*count, *since) = (0, now);
            }
            *count = count.saturating_add(1);
            if *count > key.most() {
                wait = wait.max(rest);
            }
        }
        wait.map_or(Ok(()), Err)
    }

    /// Forgets the attempts: it was the right one.
    pub(crate) fn forget(&mut self, keys: &[Key]) {
        for key in keys {
            self.seen.remove(key);
        }
    }
}

/// What is left of a window; nothing: it is over.
fn left(since: Timestamp, now: Timestamp) -> Option<Duration> {
    let gone = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    WINDOW.checked_sub(gone).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::{Key, Limiter, PER_ACCOUNT, PER_ADDRESS};
    use jiff::{SignedDuration, Timestamp};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn the_eleventh_attempt_on_an_account_waits_for_the_window() {
        let mut limiter = Limiter::default();
        let keys = [Key::Account("ada".to_owned())];
        for _ in 0..PER_ACCOUNT {
            assert_eq!(limiter.attempt(&keys, at(100)), Ok(()));
        }
        assert_eq!(limiter.attempt(&keys, at(400)).unwrap_err().as_secs(), 600);
        assert_eq!(limiter.attempt(&keys, at(1_000)), Ok(()), "15 minutes later");
        limiter.forget(&keys);
        assert!(limiter.seen.is_empty());
    }

    #[test]
    fn an_address_that_tries_many_names_waits_too() {
        let mut limiter = Limiter::default();
        let mut attempt = |number: u32| {
            let keys = [Key::Account(number.to_string()), Key::Address("192.0.2.1".to_owned())];
            limiter.attempt(&keys, at(0))
        };
        assert!((0..PER_ADDRESS).all(|number| attempt(number).is_ok()));
        assert!(attempt(1_000).is_err());
    }
}
