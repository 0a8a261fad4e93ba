//! OCI registries: from a reference to an image whose layers can be streamed.
//!
//! The protocol is that of the OCI distribution specification 1.1, with Docker's token
//! authentication. [`Registry::open`] fetches what describes an image; the layers are then read
//! through [`cofferdam_layers::Blobs`], as from any archive, and verified by whoever walks them.
//!
//! This crate pushes nothing, caches nothing on disk and trusts no answer: bodies are bounded,
//! documents are checked against their digests, and a credential is sent to the registry it was
//! configured for and to the token service that registry names, over TLS only (or on loopback).
//!
//! ```
//! use cofferdam_registry::Challenge;
//!
//! let header = r#"Bearer realm="https://auth.example/token",service="registry.example""#;
//! let Some(Challenge::Bearer { realm, .. }) = Challenge::parse(header) else { panic!() };
//! assert_eq!(realm, "https://auth.example/token");
//! ```

mod blob;
mod challenge;
mod credentials;
mod http;
mod open;
mod token;

pub use blob::RemoteBlobs;
pub use challenge::Challenge;
pub use credentials::{Credential, Credentials, find_given, find_in};
pub use open::Registry;
