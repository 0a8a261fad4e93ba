//! Who may do what: accounts, roles, sessions, API tokens, one-time codes, and the trail of what
//! they changed.
//!
//! What may be done is a pure table by type ([`grant`]); passwords, sessions and tokens are kept
//! as hashes only. It knows nothing of HTTP: cookies and headers are `api`'s. It asks no clock:
//! whoever calls says when.
//!
//! ```
//! use cofferdam_identity::{Grant, Resource, Role, Verb, grant};
//!
//! assert_eq!(grant(Role::Viewer, Resource::Workload, Verb::Read), Grant::All);
//! assert_eq!(grant(Role::Developer, Resource::Workload, Verb::Read), Grant::Namespaces);
//! assert_eq!(grant(Role::Viewer, Resource::Policy, Verb::Change), Grant::Nothing);
//! ```

mod access;
mod account;
mod code;
mod error;
mod limiter;
mod password;
mod secret;
mod session;
mod token;
mod trail;

#[cfg(test)]
mod tests;

pub use access::{Grant, Resource, Role, Verb, grant};
pub use account::{AccountChange, NewAccount};
pub use error::IdentityError;
pub use secret::is_equal;
pub use session::{SESSION_HOURS, SignedIn};
pub use token::{NewToken, TOKEN_DAYS_MAX};

use code::Codes;
use cofferdam_store::Store;
use jiff::Timestamp;
use limiter::Limiter;
use password::Passwords;
use secret::Secret;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who asks, and from where: what the trail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The account's name.
    pub name: String,
    /// The address it comes from.
    pub address: String,
}

/// An account that has proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account's id.
    pub account: String,
    /// The account's name.
    pub name: String,
    /// What it may do: of a token no more than the token says.
    pub role: Role,
    /// The namespaces that a developer sees; the other roles have none to say.
    pub namespaces: Vec<String>,
    /// Whether nothing is allowed but to change the password.
    pub must_change: bool,
    /// How it proved that.
    pub proof: Proof,
}

/// How an account proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By a session, whose requests that change something carry this value.
    Session {
        /// What proves that a page of ours made the request.
        csrf: String,
        /// Whether it began with a one-time code: whoever has one needs no password.
        by_code: bool,
    },
    /// By an API token, which no browser sends by itself.
    Token,
}

impl Principal {
    /// What of a resource it may touch.
    pub fn grant(&self, resource: Resource, verb: Verb) -> Grant {
        if self.must_change { Grant::Nothing } else { grant(self.role, resource, verb) }
    }

    /// Whether a request that changes something may be believed to be its own doing.
    pub fn is_meant(&self, csrf: Option<&str>) -> bool {
        match &self.proof {
            Proof::Token => true,
            Proof::Session { csrf: own, .. } => csrf.is_some_and(|given| is_equal(given, own)),
        }
    }
}

/// Accounts and what they prove themselves with, over a store.
#[derive(Debug)]
pub struct Identity {
    store: Held,
    passwords: Passwords,
    limiter: Mutex<Limiter>,
    codes: Mutex<Codes>,
}

/// A store, which has nothing to show of itself.
struct Held(Store);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Identity {
    /// Accounts of this store.
    pub fn new(store: Store) -> Self {
        Self {
            store: Held(store),
            passwords: Passwords::new(),
            limiter: Mutex::default(),
            codes: Mutex::default(),
        }
    }

    /// Makes the account `admin` if there is no account at all; gives its generated password, to
    /// be shown once. Nobody else has it, so it need not be changed.
    pub async fn ensure_admin(&self, now: Timestamp) -> Result<Option<String>, IdentityError> {
        if !self.is_empty().await? {
            return Ok(None);
        }
        let password = generated_password()?;
        Ok(self.admin(password.clone(), false, now).await?.then_some(password))
    }

    /// Whether there is no account at all.
    pub async fn is_empty(&self) -> Result<bool, IdentityError> {
        Ok(self.store().accounts().await?.is_empty())
    }

    /// Makes the account `admin` with this password, which is kept somewhere else too and has to be
    /// changed at the first login; tells whether nobody else had made it.
    pub async fn make_admin(
        &self,
        password: String,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        self.admin(password, true, now).await
    }

    async fn admin(
        &self,
        password: String,
        must_change: bool,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let new =
            NewAccount { name: "admin".to_owned(), role: Role::Admin, namespaces: None, password };
        let who = Who { name: "cofferdam".to_owned(), address: "local".to_owned() };
        match self.make_account(&who, new, must_change, now).await {
            Ok(_) => Ok(true),
            // Another replica was first.
            Err(IdentityError::Taken(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn store(&self) -> &Store {
        &self.store.0
    }
}

/// A password that nobody guesses: 256 random bits as 43 characters.
pub fn generated_password() -> Result<String, IdentityError> {
    Ok(Secret::new()?.text())
}

/// A lock whose holder panicked still guards what it guards: counters and codes.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
