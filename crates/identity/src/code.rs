//! One-time codes: what `cofferdam up` prints to sign in with.

use crate::{Identity, IdentityError, lock, secret};
use jiff::{SignedDuration, Timestamp};

/// How long a code is good for.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Codes that are good at one time.
const CODES: usize = 16;

/// Codes that were given out and not used, as hashes, the oldest first. They live in this process
/// only: who restarts it gets a new one.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    open: Vec<(String, Timestamp)>,
    /// Sessions that began with one, as hashes, the oldest first.
    sessions: Vec<String>,
}

impl Codes {
    fn add(&mut self, hash: String, now: Timestamp) {
        self.sweep(now);
        if self.open.len() >= CODES {
            self.open.remove(0);
        }
        self.open.push((hash, now));
    }

    /// Remembers that a session began with a code.
    pub(crate) fn remember(&mut self, session: String) {
        if self.sessions.len() >= CODES {
            self.sessions.remove(0);
        }
        self.sessions.push(session);
    }

    /// Whether a session began with a code.
    pub(crate) fn began(&self, session: &str) -> bool {
        self.sessions.iter().any(|one| one == session)
    }

    /// Takes a code out if it is good.
    pub(crate) fn redeem(&mut self, code: &str, now: Timestamp) -> bool {
        self.sweep(now);
        let hash = hash(code);
        let found = self.open.iter().position(|(open, _)| secret::is_equal(open, &hash));
        found.is_some_and(|place| {
            self.open.remove(place);
            true
        })
    }

    fn sweep(&mut self, now: Timestamp) {
        self.open.retain(|(_, since)| now.duration_since(*since) < GOOD_FOR);
    }
}

fn hash(code: &str) -> String {
    secret::hash("code", code)
}

impl Identity {
    /// A new code, good once and for ten minutes, for the first account that is an admin.
    pub fn issue_code(&self, now: Timestamp) -> Result<String, IdentityError> {
        let code = secret::Secret::new()?.text();
        lock(&self.codes).add(hash(&code), now);
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::{CODES, Codes, hash};
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn a_code_is_good_once_and_for_ten_minutes() {
        let now = Timestamp::UNIX_EPOCH;
        let mut codes = Codes::default();
        codes.add(hash("one"), now);
        assert!(!codes.redeem("two", now));
        assert!(codes.redeem("one", now + SignedDuration::from_secs(599)));
        assert!(!codes.redeem("one", now), "used");
        codes.add(hash("one"), now);
        assert!(!codes.redeem("one", now + SignedDuration::from_secs(600)), "expired");
    }

    #[test]
    fn only_so_many_are_open() {
        let mut codes = Codes::default();
        for number in 0..=CODES {
            codes.add(hash(&number.to_string()), Timestamp::UNIX_EPOCH);
        }
        assert!(!codes.redeem("0", Timestamp::UNIX_EPOCH));
        assert!(codes.redeem("1", Timestamp::UNIX_EPOCH));
    }
}
