//! What could not be assessed, and why: data that are missing or broken never count as clean.

use crate::Location;

/// Something that was not assessed. It never ends a scan; the policy says what it is worth.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// Where; absent when it is the target as a whole.
    pub location: Option<Location>,
    /// What happened, one line, no trailing full stop.
    pub detail: String,
}

/// Kinds of trouble, each with a stable code and a page in `docs/problems.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Stored bytes do not have the digest that names them.
    DigestMismatch,
    /// Ends before its own structure says it should.
    Truncated,
    /// Breaks its format.
    Malformed,
    /// A budget was used up: too many bytes, entries, levels, or too long.
    BudgetExceeded,
    /// Escapes its root: `..` or an absolute link out.
    Traversal,
    /// A format, compression or version we do not read.
    Unsupported,
    /// Something that is referred to is not there.
    Missing,
    /// Could not be read for a reason of the machine: permission, I/O.
    Unreadable,
    /// No advisory source is loaded for these packages.
    NoSource,
    /// Facts contradict one another, so that a person should look.
    Ambiguous,
    /// A mistake of ours was contained; please report it.
    Bug,
}

impl ProblemKind {
    /// Every kind, in order of code.
    pub const ALL: [Self; 11] = [
        Self::DigestMismatch,
        Self::Truncated,
        Self::Malformed,
        Self::BudgetExceeded,
        Self::Traversal,
        Self::Unsupported,
        Self::Missing,
        Self::Unreadable,
        Self::NoSource,
        Self::Ambiguous,
        Self::Bug,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::DigestMismatch => "CFD-P001",
            Self::Truncated => "CFD-P002",
            Self::Malformed => "CFD-P003",
            Self::BudgetExceeded => "CFD-P004",
            Self::Traversal => "CFD-P005",
            Self::Unsupported => "CFD-P006",
            Self::Missing => "CFD-P007",
            Self::Unreadable => "CFD-P008",
            Self::NoSource => "CFD-P009",
            Self::Ambiguous => "CFD-P010",
            Self::Bug => "CFD-P011",
        }
    }

    /// The name in policies and machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DigestMismatch => "digest-mismatch",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::BudgetExceeded => "budget-exceeded",
            Self::Traversal => "traversal",
            Self::Unsupported => "unsupported",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::NoSource => "no-source",
            Self::Ambiguous => "ambiguous",
            Self::Bug => "bug",
        }
    }
}

impl Problem {
    /// A problem at a path; the layer is filled in by whoever knows it.
    pub fn at(kind: ProblemKind, path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, location: Some(Location::path(path)), detail: detail.into() }
    }

    /// Whether it left files unread that nobody can name: a layer, or all of the target, was not
    /// read to its end.
    pub fn hides_files(&self) -> bool {
        self.is_unread() && self.location.as_ref().is_none_or(|location| location.path.is_empty())
    }

    /// Whether it left packages unread that nobody can name: such files, or a part of what a
    /// distribution's package manager lists.
    pub fn hides_packages(&self) -> bool {
        let is_listed = |location: &Location| is_package_database(&location.path);
        self.hides_files() || self.is_unread() && self.location.as_ref().is_some_and(is_listed)
    }

    const fn is_unread(&self) -> bool {
        use ProblemKind as Kind;
        !matches!(
            self.kind,
            Kind::DigestMismatch | Kind::Traversal | Kind::NoSource | Kind::Ambiguous
        )
    }

    /// A problem of the target as a whole.
    pub fn whole(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, location: None, detail: detail.into() }
    }
}

/// Whether a distribution's package manager lists in this file what is installed. What a package
/// has in a file of its own, as those of languages do, is lost with that file's name on it.
fn is_package_database(path: &str) -> bool {
    const FILES: [&str; 3] =
        ["var/lib/dpkg/status", "lib/apk/db/installed", "usr/lib/apk/db/installed"];
    const FOLDERS: [&str; 4] =
        ["var/lib/dpkg/status.d/", "var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/"];
    let is_inside = || FOLDERS.iter().any(|folder| path.starts_with(folder));
    // Beside the packages of an image that was put together without dpkg lie lists of their files.
    FILES.contains(&path) || is_inside() && !path.ends_with(".md5sums")
}
