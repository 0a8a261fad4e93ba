//! Accounts, and who may change them into what.

use crate::{Identity, IdentityError, Principal, Proof, Role, Who, limiter::Key, lock, secret};
use cofferdam_store::{StoreError, rows::Account};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The longest name.
pub(crate) const NAME_MAX: usize = 64;
/// The most namespaces that one developer is given.
const NAMESPACES_MAX: usize = 200;

/// An account to be made.
pub struct NewAccount {
    /// Its name: letters, digits, `.`, `-`, `_`, `@`.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The namespaces that a developer sees.
    pub namespaces: Option<Vec<String>>,
    /// A first password, to be changed at the first login.
    pub password: String,
}

/// What to change of an account. What is `None` stays.
#[derive(Default)]
pub struct AccountChange {
    /// What it may do.
    pub role: Option<Role>,
    /// The namespaces that a developer sees.
    pub namespaces: Option<Vec<String>>,
    /// A new password, to be changed at the next login.
    pub password: Option<String>,
    /// Whether it may sign in no more.
    pub disabled: Option<bool>,
}

impl Identity {
    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, IdentityError> {
        Ok(self.store().accounts().await?)
    }

    /// Makes an account.
    pub async fn create_account(
        &self,
        who: &Who,
        new: NewAccount,
        now: Timestamp,
    ) -> Result<Account, IdentityError> {
        self.make_account(who, new, true, now).await
    }

    pub(crate) async fn make_account(
        &self,
        who: &Who,
        new: NewAccount,
        must_change: bool,
        now: Timestamp,
    ) -> Result<Account, IdentityError> {
        accept_name(&new.name)?;
        let namespaces = namespaces(new.role, new.namespaces)?;
        if self.store().account_named(&new.name).await?.is_some() {
            return Err(IdentityError::Taken(new.name));
        }
        let account = Account {
            id: secret::identifier()?,
            name: new.name,
            role: new.role,
            namespaces,
            password_hash: self.passwords.hash(new.password).await?,
            created_at: now,
            disabled_at: None,
            must_change,
        };
        match self.store().create_account(&account).await {
            Err(StoreError::Conflict(_)) => return Err(IdentityError::Taken(account.name)),
            other => other?,
        }
        self.note(who, "account.create", &account.name, Some(about(&account)), now).await?;
        Ok(account)
    }

    /// Changes an account. Its sessions end: what it may do is asked anew.
    pub async fn change_account(
        &self,
        who: &Who,
        id: &str,
        change: AccountChange,
        now: Timestamp,
    ) -> Result<Account, IdentityError> {
        let old = self.store().account(id).await?.ok_or(IdentityError::Missing("account"))?;
        let role = change.role.unwrap_or(old.role);
        let disabled_at = match change.disabled {
            Some(true) => old.disabled_at.or(Some(now)),
            Some(false) => None,
            None => old.disabled_at,
        };
        if role != Role::Admin || disabled_at.is_some() {
            self.keep_an_admin(&old).await?;
        }
        let is_reset = change.password.is_some();
        let password_hash = match change.password {
            Some(password) => self.passwords.hash(password).await?,
            None => old.password_hash.clone(),
        };
        // Those of a developer who becomes something else go.
        let kept = old.namespaces.clone().filter(|_| role == Role::Developer);
        let account = Account {
            role,
            namespaces: namespaces(role, change.namespaces.or(kept))?,
            password_hash,
            disabled_at,
            must_change: old.must_change || is_reset,
            ..old.clone()
        };
        self.store().put_account(&account).await?;
        self.store().delete_sessions_of(&account.id).await?;
        let detail = json!({
            "before": about(&old), "after": about(&account), "password": is_reset,
        });
        self.note(who, "account.change", &account.name, Some(detail), now).await?;
        Ok(account)
    }

    /// Changes one's own password; all sessions of the account end, this one too.
    pub async fn change_password(
        &self,
        who: &Who,
        principal: &Principal,
        current: Option<String>,
        password: String,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let account = self.store().account(&principal.account).await?;
        let account = account.ok_or(IdentityError::Missing("account"))?;
        if current.as_ref() == Some(&password) {
            return Err(IdentityError::Invalid("the new password is the one until now".to_owned()));
        }
        let hash = Some(account.password_hash.clone());
        let is_right = match (current, &principal.proof) {
            (_, Proof::Session { by_code: true, .. }) => true,
            (Some(current), Proof::Session { .. }) => {
                let keys = Key::named(&account.name, &who.address);
                lock(&self.limiter).attempt(&keys, now).map_err(IdentityError::TooMany)?;
                let is_right = self.passwords.is_right(current, hash).await?;
                if is_right {
                    lock(&self.limiter).forgive(&keys);
                }
                is_right
            }
            // A stolen token must not become the account.
            (None, Proof::Session { .. }) | (_, Proof::Token) => false,
        };
        if !is_right {
            return Err(IdentityError::Refused);
        }
        let password_hash = self.passwords.hash(password).await?;
        let account = Account { password_hash, must_change: false, ..account };
        self.store().put_account(&account).await?;
        self.store().delete_sessions_of(&account.id).await?;
        self.note(who, "account.password", &account.name, None, now).await
    }

    /// Removes an account, its sessions and tokens.
    pub async fn delete_account(
        &self,
        who: &Who,
        id: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let old = self.store().account(id).await?.ok_or(IdentityError::Missing("account"))?;
        self.keep_an_admin(&old).await?;
        self.store().delete_account(id).await?;
        self.note(who, "account.delete", &old.name, Some(about(&old)), now).await
    }

    /// Refuses to take the rights of the last admin who can sign in.
    async fn keep_an_admin(&self, account: &Account) -> Result<(), IdentityError> {
        let is_admin = |one: &Account| one.role == Role::Admin && one.disabled_at.is_none();
        if !is_admin(account) {
            return Ok(());
        }
        let others = self.store().accounts().await?;
        if others.iter().any(|other| other.id != account.id && is_admin(other)) {
            return Ok(());
        }
        Err(IdentityError::LastAdmin)
    }
}

/// What the trail says of an account.
fn about(account: &Account) -> Value {
    json!({
        "role": account.role.as_str(),
        "namespaces": account.namespaces,
        "disabled": account.disabled_at.is_some(),
    })
}

fn accept_name(name: &str) -> Result<(), IdentityError> {
    let is_fine = |letter: char| letter.is_ascii_alphanumeric() || ".-_@".contains(letter);
    if (1..=NAME_MAX).contains(&name.len()) && name.chars().all(is_fine) {
        return Ok(());
    }
    Err(IdentityError::Invalid(format!(
        "a name has 1 to {NAME_MAX} letters, digits, `.`, `-`, `_`, `@`"
    )))
}

/// A developer has namespaces, the others see all: one who was to see less would see everything.
fn namespaces(
    role: Role,
    given: Option<Vec<String>>,
) -> Result<Option<Vec<String>>, IdentityError> {
    if role != Role::Developer {
        return match given {
            None => Ok(None),
            Some(_) => Err(IdentityError::Invalid(format!(
                "only a developer is limited to namespaces: a {role} sees all of them"
            ))),
        };
    }
    let mut given = given.unwrap_or_default();
    given.sort();
    given.dedup();
    // A label of RFC 1123, as Kubernetes names its namespaces.
    let is_name = |name: &String| {
        (1..=63).contains(&name.len())
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    if given.is_empty() || given.len() > NAMESPACES_MAX || !given.iter().all(is_name) {
        return Err(IdentityError::Invalid(format!(
            "a developer has 1 to {NAMESPACES_MAX} namespaces"
        )));
    }
    Ok(Some(given))
}
