//! API tokens: `cfd_`, the id, `_`, 256 random bits. The prefix is what secret scanners look for.

use crate::{
    Identity, IdentityError, Principal, Proof, Role, Who, account, secret, secret::Secret,
    session::principal,
};
use cofferdam_store::rows;
use jiff::{SignedDuration, Timestamp};

const PREFIX: &str = "cfd_";
/// How many days a token may be good for.
pub const TOKEN_DAYS_MAX: u32 = 365;
/// How often its use is written down.
const TOUCH: SignedDuration = SignedDuration::from_mins(1);
/// The longest value that is looked up; ours have 80 characters.
const VALUE_MAX: usize = 128;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// How many days it is good for, 1 to [`TOKEN_DAYS_MAX`].
    pub days: u32,
}

impl Identity {
    /// Makes a token of an account, and gives its value, which is kept nowhere.
    pub async fn create_token(
        &self,
        who: &Who,
        owner: &Principal,
        new: NewToken,
        now: Timestamp,
    ) -> Result<(rows::Token, String), IdentityError> {
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > account::NAME_MAX {
            return Err(IdentityError::Invalid(format!(
                "a token says what it is for in 1 to {} characters",
                account::NAME_MAX
            )));
        }
        if !(1..=TOKEN_DAYS_MAX).contains(&new.days) {
            return Err(IdentityError::Invalid(format!(
                "a token is good for 1 to {TOKEN_DAYS_MAX} days"
            )));
        }
        if !is_within(new.role, owner.role) {
            return Err(IdentityError::Invalid(format!(
                "a token of {} cannot be {}",
                owner.role, new.role
            )));
        }
        if new.role == Role::Developer && owner.namespaces.is_empty() {
            return Err(IdentityError::Invalid(
                "a token of a developer sees the namespaces of its account, and this account has \
                 no namespaces of its own: make a token of a viewer"
                    .to_owned(),
            ));
        }
        let id = secret::identifier()?;
        let value = format!("{PREFIX}{id}_{}", Secret::new()?.text());
        let token = rows::Token {
            id,
            name: name.to_owned(),
            account: owner.account.clone(),
            hash: secret::hash("token", &value),
            role: new.role,
            created_at: now,
            expires_at: Some(now + SignedDuration::from_hours(24 * i64::from(new.days))),
            used_at: None,
        };
        self.store().create_token(&token).await?;
        let detail = serde_json::json!({ "name": token.name, "role": token.role.as_str() });
        self.note(who, "token.create", &token.id, Some(detail), now).await?;
        Ok((token, value))
    }

    /// Whose token this is; nothing: nobody's, or it expired.
    pub async fn token(
        &self,
        value: &str,
        now: Timestamp,
    ) -> Result<Option<Principal>, IdentityError> {
        let id = value
            .strip_prefix(PREFIX)
            .filter(|_| value.len() <= VALUE_MAX)
            .and_then(|rest| rest.split_once('_'))
            .map(|(id, _)| id);
        let Some(id) = id else { return Ok(None) };
        let Some(token) = self.store().token(id).await? else { return Ok(None) };
        let is_good = secret::is_equal(&token.hash, &secret::hash("token", value))
            && token.expires_at.is_none_or(|end| end > now);
        if !is_good {
            return Ok(None);
        }
        let account = self.store().account(&token.account).await?;
        let Some(account) = account.filter(|account| account.disabled_at.is_none()) else {
            return Ok(None);
        };
        if token.used_at.is_none_or(|used| now.duration_since(used) > TOUCH) {
            self.store().touch_token(id, now).await?;
        }
        let mut principal = principal(account, Proof::Token);
        // What the account lost since, its tokens lost too.
        if is_within(token.role, principal.role) {
            principal.role = token.role;
        }
        Ok(Some(principal))
    }

    /// All tokens, with the names of their accounts.
    pub async fn tokens(&self) -> Result<Vec<(rows::Token, String)>, IdentityError> {
        let accounts = self.store().accounts().await?;
        let name = |id: &str| {
            accounts.iter().find(|account| account.id == id).map(|account| account.name.clone())
        };
        let tokens = self.store().tokens(None).await?;
        Ok(tokens
            .into_iter()
            .map(|token| {
                let owner = name(&token.account).unwrap_or_default();
                (token, owner)
            })
            .collect())
    }

    /// Revokes a token.
    pub async fn delete_token(
        &self,
        who: &Who,
        id: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if !self.store().delete_token(id).await? {
            return Err(IdentityError::Missing("token"));
        }
        self.note(who, "token.delete", id, None, now).await
    }
}

/// Whether a role may nothing that another may not.
pub(crate) const fn is_within(role: Role, other: Role) -> bool {
    rank(role) <= rank(other)
}

const fn rank(role: Role) -> u8 {
    match role {
        Role::Developer => 0,
        Role::Viewer => 1,
        Role::Security => 2,
        Role::Admin => 3,
    }
}
