//! Roles × resources × verbs, one table. A new resource does not compile until every role has an
//! answer for it.

pub use cofferdam_store::Role;

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
        // What is asked of everybody is no secret; what it finds, and what is asked of one
        // namespace, is that namespace's.
        (
            Resource::Overview
            | Resource::Workload
            | Resource::Finding
            | Resource::Image
            | Resource::Policy
            | Resource::Review
            | Resource::Cluster,
            Verb::Read,
        ) => match role {
            Role::Developer => Grant::Namespaces,
            Role::Viewer | Role::Security | Role::Admin => Grant::All,
        },
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
