//! Who is signed in, and to what.

use super::{access::Role, cluster::ClusterSummary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who is signed in, and what is shown.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    /// Who is signed in.
    pub(crate) account: SessionAccount,
    /// What requests that change something send as `X-Cofferdam-CSRF`; empty for a bearer token,
    /// which needs none.
    pub(crate) csrf: String,
    /// The cluster that is watched.
    pub(crate) cluster: ClusterSummary,
    /// Whether this is a recording, no live cluster.
    pub(crate) is_recorded: bool,
    /// Whether nothing is changed in the cluster, whoever asks.
    pub(crate) read_only: bool,
    /// The version of Cofferdam.
    pub(crate) version: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionAccount {
    /// The account's name.
    pub(crate) name: String,
    /// What the account may do.
    pub(crate) role: Role,
    /// The namespaces that a developer sees; null: all.
    pub(crate) namespaces: Option<Vec<String>>,
    /// Whether the password has to be changed first.
    pub(crate) must_change: bool,
}

/// What to sign in with: `name` and `password`, or the one-time `code` that `cofferdam up` printed.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The account's name.
    pub(crate) name: Option<String>,
    /// Its password.
    pub(crate) password: Option<String>,
    /// A one-time login code.
    pub(crate) code: Option<String>,
}
