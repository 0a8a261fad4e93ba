//! Who may come in, and what they did.

use crate::words::Role;
use jiff::Timestamp;

rows! {
    /// A person.
    Account in "account" by ["id"] {
        /// Its id.
        id: String,
        /// Its name, unique.
        name: String,
        /// What it may do.
        role: Role,
        /// Where a developer may look; `None` for the other roles.
        namespaces: Option<Vec<String>>,
        /// The Argon2 hash of its password, in PHC form.
        password_hash: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it was shut.
        disabled_at: Option<Timestamp>,
        /// Whether the next thing it does must be a new password.
        must_change: bool,
    }

    /// A browser that is logged in.
    Session in "session" by ["id_hash"] {
        /// The hash of the cookie.
        id_hash: String,
        /// The account's id.
        account: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
        /// When it was last used.
        seen_at: Timestamp,
    }

    /// A program that may come in.
    Token in "token" by ["id"] {
        /// Its id, which its value begins with.
        id: String,
        /// What its owner calls it.
        name: String,
        /// The account's id.
        account: String,
        /// The hash of its value.
        hash: String,
        /// What it may do.
        role: Role,
        /// When it was made.
        created_at: Timestamp,
        /// When it ends.
        expires_at: Option<Timestamp>,
        /// When it was last used.
        used_at: Option<Timestamp>,
    }

    /// A change that somebody made.
    Trail in "trail" by ["id"] {
        /// Its id.
        id: String,
        /// When.
        at: Timestamp,
        /// The account's name.
        who: String,
        /// `set-mode`.
        action: String,
        /// What it was done to.
        what: String,
        /// JSON: before and after.
        detail: Option<String>,
        /// From where.
        address: String,
    }
}
