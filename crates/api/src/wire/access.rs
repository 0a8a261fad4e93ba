//! Who may do what, and who did.

use super::{Time, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

words! {
    /// What an account may do.
    Role = cofferdam_store::Role {
        Viewer = "viewer",
        Developer = "developer",
        Security = "security",
        Admin = "admin",
    }
}

/// An account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// Stable id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) role: Role,
    /// The namespaces that a developer sees; null: all.
    pub(crate) namespaces: Option<Vec<String>>,
    /// When it was made.
    pub(crate) created_at: Time,
    /// When it was disabled; null: it is not.
    pub(crate) disabled_at: Option<Time>,
    /// Whether the password has to be changed at the next login.
    pub(crate) must_change: bool,
}

/// A new account.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// Its name: 1 to 64 lower-case letters, digits, `.`, `-`, `_`, `@`.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) role: Role,
    /// The namespaces that a developer sees; for no other role.
    pub(crate) namespaces: Option<Vec<String>>,
    /// A first password; it has to be changed at the first login.
    pub(crate) password: String,
}

/// What to change of an account; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccountChange {
    /// What it may do.
    pub(crate) role: Option<Role>,
    /// The namespaces that a developer sees; for no other role. They go with the role.
    pub(crate) namespaces: Option<Vec<String>>,
    /// A new password.
    pub(crate) password: Option<String>,
    /// Whether it may sign in no more.
    pub(crate) disabled: Option<bool>,
}

/// A new password for the account that is signed in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The password so far; not asked of a session that began with a one-time code.
    pub(crate) current: Option<String>,
    /// The new one.
    pub(crate) password: String,
}

/// An API token, without its value.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    /// Stable id.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) name: String,
    /// The name of the account it belongs to.
    pub(crate) account: String,
    /// What it may do.
    pub(crate) role: Role,
    /// When it was made.
    pub(crate) created_at: Time,
    /// When it expires; null: never.
    pub(crate) expires_at: Option<Time>,
    /// When it was last used; null: never.
    pub(crate) used_at: Option<Time>,
}

/// A new API token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for.
    pub(crate) name: String,
    /// What it may do: at most what the one who makes it may.
    pub(crate) role: Role,
    /// How many days it is good for, 1 to 365.
    pub(crate) days: u32,
}

/// An API token that was just made: the only time that its value is shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenMade {
    /// The token.
    pub(crate) token: Token,
    /// Its value, `cfd_…`.
    pub(crate) value: String,
}

/// An entry of the audit trail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrailEntry {
    /// Stable id.
    pub(crate) id: String,
    /// When.
    pub(crate) at: Time,
    /// Who.
    pub(crate) who: String,
    /// What was done: `mode.set`.
    pub(crate) action: String,
    /// To what.
    pub(crate) what: String,
    /// The particulars; null: there are none.
    pub(crate) detail: Option<Value>,
    /// From where.
    pub(crate) address: String,
}
