//! Roles × resources × verbs, one table. A new resource does not compile until every role has an
//! answer for it.

use std::{fmt, str::FromStr};

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees what is in some namespaces.
    Developer,
    /// Sees everything but who has access.
    Viewer,
    /// Also sets what policies do at the door.
    Security,
    /// Also says who has access.
    Admin,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Developer, Self::Viewer, Self::Security, Self::Admin];

    /// The word, lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Developer => "developer",
            Self::Viewer => "viewer",
            Self::Security => "security",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No role has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("roles are viewer, developer, security and admin, not {0:?}")]
pub struct RoleError(String);

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        let known = Self::ALL.into_iter().find(|role| role.as_str() == text);
        known.ok_or_else(|| RoleError(text.chars().take(64).collect()))
    }
}

/// What is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The state of the cluster on one page.
    Overview,
    /// Workloads, with manifests and history.
    Workload,
    /// Findings.
    Finding,
    /// Images, with packages, vulnerabilities and secrets.
    Image,
    /// Policies, and what they do at the door.
    Policy,
    /// Admission reviews.
    Review,
    /// The cluster: nodes and namespaces.
    Cluster,
    /// What the API server tells of who did what.
    Event,
    /// Who has access.
    Account,
    /// API tokens.
    Token,
    /// The trail of changes.
    Trail,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Overview,
        Self::Workload,
        Self::Finding,
        Self::Image,
        Self::Policy,
        Self::Review,
        Self::Cluster,
        Self::Event,
        Self::Account,
        Self::Token,
        Self::Trail,
    ];
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Looked at.
    Read,
    /// Made, changed or removed.
    Change,
}

/// What of a resource may be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Nothing.
    Nothing,
    /// What is in the account's own namespaces.
    Namespaces,
    /// All.
    All,
}

/// The table.
pub const fn grant(role: Role, resource: Resource, verb: Verb) -> Grant {
    match (resource, verb) {
        (
            Resource::Overview
            | Resource::Workload
            | Resource::Finding
            | Resource::Image
            | Resource::Review
            | Resource::Cluster,
            Verb::Read,
        ) => match role {
            Role::Developer => Grant::Namespaces,
            Role::Viewer | Role::Security | Role::Admin => Grant::All,
        },
        // What is asked of everybody is no secret.
        (Resource::Policy, Verb::Read) => Grant::All,
        (Resource::Policy, Verb::Change) => match role {
            Role::Developer | Role::Viewer => Grant::Nothing,
            Role::Security | Role::Admin => Grant::All,
        },
        (Resource::Event, Verb::Read) => match role {
            Role::Developer => Grant::Nothing,
            Role::Viewer | Role::Security | Role::Admin => Grant::All,
        },
        // The trail says who changed a mode: those who set modes read it.
        (Resource::Trail, Verb::Read) => match role {
            Role::Developer | Role::Viewer => Grant::Nothing,
            Role::Security | Role::Admin => Grant::All,
        },
        (Resource::Account | Resource::Token, Verb::Read | Verb::Change) => match role {
            Role::Developer | Role::Viewer | Role::Security => Grant::Nothing,
            Role::Admin => Grant::All,
        },
        // Observed, never made by hand.
        (
            Resource::Overview
            | Resource::Workload
            | Resource::Finding
            | Resource::Image
            | Resource::Review
            | Resource::Cluster
            | Resource::Event
            | Resource::Trail,
            Verb::Change,
        ) => Grant::Nothing,
    }
}
