//! How often one may try.
//!
//! Attempts are counted three times: by where they come from, by account and where they come from,
//! and by account. The second count is small, so that guessing ends soon. The third is large, so
//! that a stranger keeps nobody out who comes from elsewhere, and guessing from many addresses ends
//! all the same.

use jiff::Timestamp;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// Failed attempts from one address, where a whole office may sit behind one.
const PER_ADDRESS: u32 = 50;
/// Failed attempts on one account from one address. A person who forgot tries less often.
const PER_PAIR: u32 = 10;
/// Failed attempts on one account from everywhere: of ten addresses all that they may.
const PER_ACCOUNT: u32 = 100;
/// The time that attempts are counted over.
const WINDOW: Duration = Duration::from_mins(15);
/// Keys that are remembered. One address makes a hundred in a window at most.
const KEYS: usize = 10_000;

/// What attempts are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Where it came from.
    Address(String),
    /// The name that was typed, whether there is such an account or not, and where it came from.
    Pair(String, String),
    /// The name that was typed, from wherever it came.
    Account(String),
}

impl Key {
    /// An attempt that names no account.
    pub(crate) fn unnamed(address: &str) -> [Self; 1] {
        [Self::Address(network(address))]
    }

    /// An attempt on an account.
    pub(crate) fn named(name: &str, address: &str) -> [Self; 3] {
        let network = network(address);
        let pair = Self::Pair(name.to_owned(), network.clone());
        [Self::Address(network), pair, Self::Account(name.to_owned())]
    }

    const fn most(&self) -> u32 {
        match self {
            Self::Address(_) => PER_ADDRESS,
            Self::Pair(..) => PER_PAIR,
            Self::Account(_) => PER_ACCOUNT,
        }
    }
}

/// Of IPv6 the first half of an address: one customer has all of the second (RFC 6177). An address
/// of IPv4 is one, in whichever words.
fn network(address: &str) -> String {
    match address.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V6(long)) => {
            format!("{}/64", Ipv6Addr::from_bits(long.to_bits() >> 64 << 64))
        }
        Ok(IpAddr::V4(short)) => short.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// Attempts, and when the first of them was.
type Count = (u32, Timestamp);

/// Counts attempts in windows of fixed length, each from its first attempt on.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    seen: HashMap<Key, Count>,
}

impl Limiter {
    /// Counts an attempt before it is made: those that run at once count too. `Err` is how long
    /// to wait. One that is refused is not counted, or who is refused would fill the memory at the
    /// cost of the others.
    pub(crate) fn attempt(&mut self, keys: &[Key], now: Timestamp) -> Result<(), Duration> {
        if let Some(wait) = keys.iter().filter_map(|key| self.wait(key, now)).max() {
            return Err(wait);
        }
        for key in keys {
            if !self.seen.contains_key(key) {
                self.make_room(now);
            }
            let (count, since) = self.seen.entry(key.clone()).or_insert((0, now));
            if left(*since, now).is_none() {
                (*count, *since) = (0, now);
            }
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    /// Takes an attempt back: it was the right one. Others' attempts on the account, and on other
    /// accounts from the address, still count.
    pub(crate) fn forgive(&mut self, keys: &[Key]) {
        for key in keys {
            let Some((count, _)) = self.seen.get_mut(key) else { continue };
            *count = if matches!(key, Key::Pair(..)) { 0 } else { count.saturating_sub(1) };
            if *count == 0 {
                self.seen.remove(key);
            }
        }
    }

    fn wait(&self, key: &Key, now: Timestamp) -> Option<Duration> {
        let (count, since) = self.seen.get(key)?;
        left(*since, now).filter(|_| *count >= key.most())
    }

    /// Forgets what ran out and, where that is not enough, an eighth of the rest: the fewest
    /// attempts, the oldest of them first. Who guesses is remembered the longest.
    fn make_room(&mut self, now: Timestamp) {
        if self.seen.len() < KEYS {
            return;
        }
        self.seen.retain(|_, (_, since)| left(*since, now).is_some());
        if self.seen.len() < KEYS {
            return;
        }
        let mut counts: Vec<Count> = self.seen.values().copied().collect();
        let (_, last, _) = counts.select_nth_unstable(KEYS / 8);
        let last = *last;
        self.seen.retain(|_, count| *count > last);
    }
}

/// What is left of a window; nothing: it is over.
fn left(since: Timestamp, now: Timestamp) -> Option<Duration> {
    let gone = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    WINDOW.checked_sub(gone).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests;
