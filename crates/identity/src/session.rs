//! Signing in and out.

use crate::{
    Identity, IdentityError, Principal, Proof, Role, Who, limiter::Key, lock, secret,
    secret::Secret,
};
use cofferdam_store::rows::{Account, Session};
use jiff::{SignedDuration, Timestamp};

/// Hours after which one has to sign in again, whatever one does: a working day.
pub const SESSION_HOURS: i64 = 12;
/// How long a session may rest.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// How often its use is written down.
const TOUCH: SignedDuration = SignedDuration::from_mins(1);
/// The longest value that is looked up; ours have 43 characters.
const VALUE_MAX: usize = 64;

/// A session that began.
pub struct SignedIn {
    /// What the cookie holds. Kept nowhere.
    pub value: String,
    /// Who signed in.
    pub principal: Principal,
}

/// Says who, never the value.
impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("principal", &self.principal).finish_non_exhaustive()
    }
}

impl Identity {
    /// Signs in by name and password.
    pub async fn sign_in(
        &self,
        name: &str,
        password: String,
        address: &str,
        now: Timestamp,
    ) -> Result<SignedIn, IdentityError> {
        let name: String = name.chars().take(VALUE_MAX).collect();
        let keys = Key::named(&name, address);
        lock(&self.limiter).attempt(&keys, now).map_err(IdentityError::TooMany)?;
        let account = self.store().account_named(&name).await?;
        let usable = account.filter(|account| account.disabled_at.is_none());
        let hash = usable.as_ref().map(|account| account.password_hash.clone());
        let is_right = self.passwords.is_right(password, hash).await?;
        let who = Who { name, address: address.to_owned() };
        let Some(account) = usable.filter(|_| is_right) else {
            self.note(&who, "session.refused", &who.name, None, now).await?;
            return Err(IdentityError::Refused);
        };
        lock(&self.limiter).forgive(&keys);
        self.begin(account, &who, "session.begin", now).await
    }

    /// Signs in by a one-time code: as the first account that is an admin.
    pub async fn sign_in_with_code(
        &self,
        code: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<SignedIn, IdentityError> {
        let keys = Key::unnamed(address);
        lock(&self.limiter).attempt(&keys, now).map_err(IdentityError::TooMany)?;
        if !lock(&self.codes).redeem(code, now) {
            return Err(IdentityError::Refused);
        }
        lock(&self.limiter).forgive(&keys);
        let is_admin =
            |account: &Account| account.role == Role::Admin && account.disabled_at.is_none();
        let admin = self.store().accounts().await?.into_iter().find(is_admin);
        let account = admin.ok_or(IdentityError::Refused)?;
        let who = Who { name: account.name.clone(), address: address.to_owned() };
        let mut begun = self.begin(account, &who, "session.begin-by-code", now).await?;
        let session = secret::hash("session", &begun.value);
        lock(&self.codes).remember(session);
        begun.principal.by_code();
        Ok(begun)
    }

    async fn begin(
        &self,
        account: Account,
        who: &Who,
        action: &str,
        now: Timestamp,
    ) -> Result<SignedIn, IdentityError> {
        let value = Secret::new()?.text();
        let session = Session {
            id_hash: secret::hash("session", &value),
            account: account.id.clone(),
            created_at: now,
            expires_at: now + SignedDuration::from_hours(SESSION_HOURS),
            seen_at: now,
        };
        self.store().create_session(&session).await?;
        self.note(who, action, &account.name, None, now).await?;
        let proof = Proof::Session { csrf: csrf(&value), by_code: false };
        let principal = principal(account, proof);
        Ok(SignedIn { value, principal })
    }

    /// Whose session this is; nothing: nobody's, or it is over.
    pub async fn session(
        &self,
        value: &str,
        now: Timestamp,
    ) -> Result<Option<Principal>, IdentityError> {
        if value.len() > VALUE_MAX {
            return Ok(None);
        }
        let id_hash = secret::hash("session", value);
        let Some(session) = self.store().session(&id_hash).await? else { return Ok(None) };
        if session.expires_at <= now || now.duration_since(session.seen_at) > IDLE {
            self.store().delete_session(&id_hash).await?;
            return Ok(None);
        }
        let account = self.store().account(&session.account).await?;
        let Some(account) = account.filter(|account| account.disabled_at.is_none()) else {
            return Ok(None);
        };
        if now.duration_since(session.seen_at) > TOUCH {
            self.store().touch_session(&id_hash, now).await?;
        }
        let proof = Proof::Session { csrf: csrf(value), by_code: false };
        let mut principal = principal(account, proof);
        if lock(&self.codes).began(&id_hash) {
            principal.by_code();
        }
        Ok(Some(principal))
    }

    /// Ends a session.
    pub async fn sign_out(
        &self,
        who: &Who,
        value: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.store().delete_session(&secret::hash("session", value)).await?;
        self.note(who, "session.end", &who.name, None, now).await
    }
}

/// What a session's requests that change something carry: who knows the cookie's value can compute
/// it, and a page of another site does not.
fn csrf(value: &str) -> String {
    secret::hash("csrf", value)
}

impl Principal {
    /// Whoever reads this machine's terminal needs no password, and none to be changed.
    fn by_code(&mut self) {
        self.must_change = false;
        if let Proof::Session { by_code, .. } = &mut self.proof {
            *by_code = true;
        }
    }
}

/// An account that has proved who it is.
pub(crate) fn principal(account: Account, proof: Proof) -> Principal {
    Principal {
        account: account.id,
        name: account.name,
        role: account.role,
        namespaces: account.namespaces.unwrap_or_default(),
        must_change: account.must_change,
        proof,
    }
}
