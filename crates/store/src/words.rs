//! The words that are stored as text and mean one of a few things.

use crate::{
    error::{Result, StoreError},
    value::{Cell, Value},
};
use std::{fmt, str::FromStr};

macro_rules! words {
    ($($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $case:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$note])* $case),* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$case),*];

            /// The word, as stored and as spoken on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> std::result::Result<Self, ()> {
                match text { $($word => Ok(Self::$case),)* _ => Err(()) }
            }
        }

        impl Cell for $name {
            fn store(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }

            fn load(value: Value) -> Result<Self> {
                let text = String::load(value)?;
                text.parse().map_err(|()| {
                    StoreError::corrupt(format!(concat!("no ", stringify!($name), " is called {:?}"), text))
                })
            }
        }
    )*};
}

words! {
    /// From where a workload can be reached.
    Exposure {
        /// Not known.
        Unknown = "unknown",
        /// By nothing that we know.
        None = "none",
        /// From inside the cluster.
        Cluster = "cluster",
        /// By whoever reaches a node.
        Node = "node",
        /// From the internet.
        Internet = "internet",
    }
    /// What a container is for.
    ContainerKind {
        /// One of the workload's own.
        Container = "container",
        /// Runs before the others and ends.
        Init = "init",
        /// An init container that stays.
        Sidecar = "sidecar",
        /// Added to a running pod by a person.
        Ephemeral = "ephemeral",
    }
    /// How far the scan of an image is.
    ImageState {
        /// Nobody has looked yet.
        Waiting = "waiting",
        /// A worker is at it.
        Scanning = "scanning",
        /// Its contents are known.
        Scanned = "scanned",
        /// It could not be read; `why` says more.
        Failed = "failed",
    }
    /// What a finding is about.
    SubjectKind {
        /// A workload.
        Workload = "workload",
        /// Any other object of the cluster.
        Object = "object",
        /// An image.
        Image = "image",
    }
    /// What a rule said.
    Outcome {
        /// It is violated.
        Fail = "fail",
        /// It cannot be decided.
        Unknown = "unknown",
        /// It is violated and an exception allows that.
        Excepted = "excepted",
    }
    /// What admission answered.
    Decision {
        /// Yes.
        Allowed = "allowed",
        /// Yes, with a warning.
        Warned = "warned",
        /// No.
        Denied = "denied",
        /// Yes, for want of an answer.
        FailedOpen = "failed-open",
    }
    /// What a rule does at admission.
    Mode {
        /// It is not evaluated.
        Off = "off",
        /// It is recorded.
        Audit = "audit",
        /// The person is warned.
        Warn = "warn",
        /// The request is refused.
        Enforce = "enforce",
    }
    /// What becomes of requests that admission cannot answer.
    OnFailure {
        /// They pass.
        Ignore = "ignore",
        /// They are refused.
        Fail = "fail",
    }
    /// What admission refuses of changes to what was wrong before.
    Updates {
        /// What the change made worse.
        Lenient = "lenient",
        /// Everything that does not pass.
        Strict = "strict",
    }
    /// What an account may do; each may what the one before it may, but for the namespaces of a
    /// developer.
    Role {
        /// Reads everything but accounts.
        Viewer = "viewer",
        /// Reads what is in its own namespaces.
        Developer = "developer",
        /// Sets modes, too.
        Security = "security",
        /// Keeps accounts and tokens, too.
        Admin = "admin",
    }
}
