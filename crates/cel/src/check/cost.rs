//! How much an evaluation costs at most, in Kubernetes' units
//! (`k8s.io/apiserver/pkg/apis/cel`: about ten million a second).
//!
//! A read or an operation costs 1, making a list 10, making a map 30, going through text a tenth
//! for each character, a macro its body for each element. What a loop may cost is the product of
//! the sizes of what it goes through.

/// A cost, or a size; it stops at the largest number instead of overflowing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(pub u64);

/// How large values from outside can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Entries of one list or map.
    pub entries: u64,
    /// Characters of one text.
    pub characters: u64,
}

impl Sizes {
    /// What fits in a request to an API server: 3 MiB, of which an entry takes at least 3 bytes.
    pub const KUBERNETES: Self = Self { entries: 1 << 20, characters: 3 << 20 };
}

impl Cost {
    /// A read or an operation.
    pub(super) const ONE: Self = Self(1);
    /// Making a list.
    pub(super) const LIST: Self = Self(10);
    /// Making a map.
    pub(super) const MAP: Self = Self(30);

    pub(super) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(super) const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// Going once through so many characters.
    pub(super) const fn text(characters: u64) -> Self {
        Self(characters.div_ceil(10))
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == u64::MAX { f.write_str("unbounded") } else { self.0.fmt(f) }
    }
}
