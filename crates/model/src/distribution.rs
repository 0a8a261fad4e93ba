//! Distributions and how long they are looked after.

/// What `os-release` says (freedesktop.org os-release(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// `ID`: `debian`, `alpine`, `rhel`.
    pub id: String,
    /// `VERSION_ID`: `12`, `3.20.1`; empty for a rolling release.
    pub version: String,
    /// `VERSION_CODENAME`: `bookworm`.
    pub codename: String,
    /// `PRETTY_NAME`, for people.
    pub name: String,
    /// `ID_LIKE`, split at white space.
    pub like: Vec<String>,
}

/// How long a release is looked after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// Product as the source names it: `debian`.
    pub product: String,
    /// Release as the source names it: `12`.
    pub release: String,
    /// When free security support by the project ends; `None` when no end is known.
    pub end_of_life: Option<jiff::Timestamp>,
    /// When the last support anybody offers for free ends (Debian LTS), if later.
    pub end_of_extended_support: Option<jiff::Timestamp>,
}
