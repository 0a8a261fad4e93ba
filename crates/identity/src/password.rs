//! Passwords: Argon2id, and not more at once than memory allows.

use crate::IdentityError;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use std::sync::Arc;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Memory of one hash in KiB, passes and lanes: the first choice of OWASP's Password Storage Cheat
/// Sheet for Argon2id (19 MiB, 2, 1). RFC 9106's own, 64 MiB and 2 GiB, do not fit a control plane
/// of 512 MiB that anybody can ask to hash.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at a time, 38 MiB together; more wait.
const AT_ONCE: usize = 2;

/// The shortest password: NIST SP 800-63B-4 asks for 15 where it is the only factor, and so do we.
pub(crate) const LENGTH_MIN: usize = 15;
/// The longest; hashing must not be a way to keep us busy.
pub(crate) const LENGTH_MAX: usize = 256;

/// A hash of this sort with random salt and hash, which no password has: what is checked for an
/// account that does not exist, so that the time to answer does not tell.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$q1Uu7yJm2b0mZ4Wc0oV3tA$4Jb0mJmZy1m2sVb3Wc8q1Uu7yJm2b0mZ4Wc0oV3tA1o";

/// Hashes and checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash of a password in PHC form.
    pub(crate) async fn hash(&self, password: String) -> Result<String, IdentityError> {
        accept(&password)?;
        self.run(move || {
            let hash: Result<PasswordHash, _> = argon()?.hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string()).map_err(machine)
        })
        .await
    }

    /// Whether a password has this hash; without one it takes as long and says no.
    pub(crate) async fn is_right(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, IdentityError> {
        if password.len() > LENGTH_MAX {
            return Ok(false);
        }
        self.run(move || {
            let exists = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            Ok(argon()?.verify_password(password.as_bytes(), &*hash).is_ok() && exists)
        })
        .await
    }

    /// Runs off the threads that answer requests, when there is a place.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, IdentityError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(machine)?;
        let done = spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await.map_err(machine)?
    }
}

fn argon() -> Result<Argon2<'static>, IdentityError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(machine)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn machine(error: impl std::fmt::Display) -> IdentityError {
    IdentityError::Machine(error.to_string())
}

/// Whether it is long enough, and not too long. What it is made of does not matter (NIST SP
/// 800-63B: no rules of composition).
fn accept(password: &str) -> Result<(), IdentityError> {
    if password.chars().count() < LENGTH_MIN {
        return Err(IdentityError::Invalid(format!(
            "a password has at least {LENGTH_MIN} characters: a few words make a good one"
        )));
    }
    if password.len() > LENGTH_MAX {
        return Err(IdentityError::Invalid(format!("a password has at most {LENGTH_MAX} bytes")));
    }
    Ok(())
}
