//! The names that expressions can read: one table. A new source of facts is a line in it.

/// What a root says about the policies that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Facts of the target itself: a policy that reads it is about targets that have it.
    Subject,
    /// Facts about the world around the target: where they are not given they are unknown.
    Context,
}

/// A name that expressions can read.
#[derive(Clone, Copy, Debug)]
pub struct Root {
    /// The name.
    pub name: &'static str,
    /// What it says about policies that read it.
    pub role: Role,
    /// What has it, or what it is, for people.
    pub about: &'static str,
    /// Why it is unknown where nobody gave it.
    pub missing: &'static str,
}

/// Every root, in the order in which they are shown.
pub const ROOTS: &[Root] = &[
    subject("image", "images"),
    subject("workload", "objects that make pods"),
    subject("object", "objects"),
    subject("manifest", "objects in files"),
    subject("dockerfile", "Dockerfiles"),
    context("namespace", "the object's namespace", "nothing is known about the namespace"),
    context("cluster", "the cluster", "nothing is known about the cluster"),
    context("oldObject", "the object before the request", "there is no request"),
    context("request", "the admission request", "there is no request"),
    context("params", "the parameters of the policy", "no parameters are given"),
    context("namespaceObject", "the Namespace", "the Namespace object is not known"),
    context("authorizer", "who may do what", "it is not known here who may do what"),
    context("now", "the time of judgement", "the time is not given"),
];

const fn subject(name: &'static str, about: &'static str) -> Root {
    Root { name, role: Role::Subject, about, missing: "it was not found out" }
}

const fn context(name: &'static str, about: &'static str, missing: &'static str) -> Root {
    Root { name, role: Role::Context, about, missing }
}

/// A set of roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RootSet(u32);

impl RootSet {
    /// No root.
    pub const EMPTY: Self = Self(0);

    /// `object`.
    pub(crate) const OBJECT: Self = Self(1 << 2);

    /// `authorizer`.
    pub(crate) const AUTHORIZER: Self = Self(1 << 11);

    /// `params`.
    pub(crate) const PARAMS: Self = Self(1 << 9);

    /// The roots with these names; names that are none are left out.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut set = Self::default();
        for name in names {
            set.insert(name);
        }
        set
    }

    pub(crate) fn insert(&mut self, name: &str) {
        if let Some(position) = ROOTS.iter().position(|root| root.name == name) {
            self.0 |= 1 << position;
        }
    }

    /// Whether it has all of these.
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether it has any of these.
    pub const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Those of these that are not among the others.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are facts of a target itself.
    #[must_use]
    pub fn subjects(self) -> Self {
        Self::of(self.iter().filter(|root| root.role == Role::Subject).map(|root| root.name))
    }

    /// In the order of the table.
    pub fn iter(self) -> impl Iterator<Item = &'static Root> {
        ROOTS.iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, r)| r)
    }
}

#[cfg(test)]
mod tests {
    use super::RootSet;

    #[test]
    fn places_in_the_table() {
        assert_eq!(RootSet::AUTHORIZER, RootSet::of(["authorizer"]));
        assert_eq!(RootSet::PARAMS, RootSet::of(["params"]));
        assert_eq!(RootSet::OBJECT, RootSet::of(["object"]));
        assert!(RootSet::of(["nothing"]).is_empty());
    }
}
