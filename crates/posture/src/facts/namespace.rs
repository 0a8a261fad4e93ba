//! What the set says about the namespace of an object: `manifest.namespace`.

use crate::{ObjectId, ObjectSet, kind::Kind, network::POLICIES};
use cofferdam_cel::Lookup;
use cofferdam_manifest::View;
use cofferdam_policy::Place;

/// The members, but for `labels`, which are a map.
pub(super) const MEMBERS: &[&str] = &[
    "name",
    "labels",
    "defined",
    "hasQuota",
    "hasLimitRange",
    "hasNetworkPolicy",
    "hasDefaultDeny",
];

/// The namespace of one object.
#[derive(Debug)]
pub(super) struct Namespace<'s, 't> {
    set: &'s ObjectSet<'t>,
    name: Option<&'t str>,
    defined: Option<ObjectId>,
}

impl<'s, 't> Namespace<'s, 't> {
    pub(super) fn of(set: &'s ObjectSet<'t>, id: ObjectId) -> Self {
        let of_object = set.get(id).map(|entry| &entry.object);
        // A Namespace is about itself.
        let is_itself = of_object.is_some_and(|object| Kind::of(object) == Kind::Namespace);
        let name = of_object.and_then(|o| if is_itself { o.name } else { o.namespace });
        let defined = name.and_then(|name| set.named(Kind::Namespace, None, name));
        Self { set, name, defined }
    }

    /// Whether the set has such an object there; unknown where it has none and does not define
    /// the namespace, for then what is missing may stand elsewhere, or may not hold all of them.
    fn has(&self, kind: Kind) -> Option<bool> {
        let has = self.set.has_in(kind, self.name);
        (has || self.defined.is_some() && !self.set.lacks(&[kind])).then_some(has)
    }

    pub(super) const fn is_defined(&self) -> bool {
        self.defined.is_some()
    }

    pub(super) fn labels(&self) -> Option<View<'t>> {
        let entry = self.set.get(self.defined?)?;
        entry.object.view.at(&["metadata", "labels"]).filter(|labels| labels.is_map())
    }

    pub(super) fn member(&self, key: &str) -> Lookup<'_> {
        match key {
            "name" => Lookup::optional(self.name),
            "defined" => {
                let is_known = self.is_defined() || !self.set.lacks(&[Kind::Namespace]);
                Lookup::known(is_known.then(|| self.is_defined()))
            }
            "hasQuota" => Lookup::known(self.has(Kind::ResourceQuota)),
            "hasLimitRange" => Lookup::known(self.has(Kind::LimitRange)),
            "hasNetworkPolicy" => Lookup::known(self.has(Kind::NetworkPolicy)),
            "hasDefaultDeny" => {
                let network = self.set.network();
                let denies = network.has_default_deny(self.name);
                // Other policies may deny as well.
                let is_known = denies || !network.has_more_policies(self.name);
                Lookup::known(self.has(Kind::NetworkPolicy).filter(|_| is_known).map(|_| denies))
            }
            _ => Lookup::Absent,
        }
    }

    /// Where the Namespace stands.
    pub(super) fn place(&self) -> Option<Place> {
        self.set.place_of(self.defined?, None)
    }

    pub(super) fn reason(&self, key: &str) -> String {
        let rests_on: &[Kind] = match key {
            "hasQuota" => &[Kind::ResourceQuota],
            "hasLimitRange" => &[Kind::LimitRange],
            "hasNetworkPolicy" => &[Kind::NetworkPolicy],
            "hasDefaultDeny" => POLICIES,
            _ => &[],
        };
        let why = self.set.why_lacking(rests_on);
        let of_all = self.set.why_lacking(&[Kind::Namespace]).filter(|_| !self.is_defined());
        if let Some(why) = why.or(of_all) {
            return why;
        }
        match self.name {
            Some(name) if self.is_defined() => {
                format!("what policies of other makers deny in {name} is not looked into")
            }
            Some(name) => format!("Namespace {name} is not among the objects"),
            None => "no namespace is given".to_owned(),
        }
    }
}
