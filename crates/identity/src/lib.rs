//! Who may do what: accounts, roles, sessions, API tokens, one-time codes, and the trail of what
//! they changed.
//!
//! What may be done is a pure table by type ([`grant`]); passwords, sessions and tokens are kept
//! as hashes only. It knows nothing of HTTP: cookies and headers are `api`'s.
//!
//! ```
//! use cofferdam_identity::{Grant, Resource, Role, Verb, grant};
//!
//! assert_eq!(grant(Role::Viewer, Resource::Workload, Verb::Read), Grant::All);
//! assert_eq!(grant(Role::Developer, Resource::Workload, Verb::Read), Grant::Namespaces);
//! assert_eq!(grant(Role::Viewer, Resource::Policy, Verb::Change), Grant::Nothing);
//! ```

mod access;

pub use access::{Grant, Resource, Role, RoleError, Verb, grant};
