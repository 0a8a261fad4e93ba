//! The roles of a set, aggregated as the cluster's controller does it.

use super::{
    built_in,
    power::{CLUSTER_ADMIN, POWERS, may_give_any},
    rule::Rule,
};
use crate::{
    ObjectId, ObjectSet,
    kind::Kind,
    selector::{Selector, SelectorIndex},
};
use cofferdam_manifest::View;
use foldhash::HashMap;
use std::sync::OnceLock;

/// Rules that aggregation copies in one set; more are left out, and the roles that would have
/// got them say that they are not complete.
const COPIES_MAX: usize = 100_000;

/// A role, of the set or of every cluster. Most rules give no power, and are read no further than to
/// see that.
#[derive(Debug)]
pub(super) struct Role<'t> {
    /// The object; absent for a role of every cluster.
    object: Option<(ObjectId, View<'t>)>,
    rules: OnceLock<Vec<Rule<'t>>>,
    powers: OnceLock<Vec<(usize, usize)>>,
    /// Whether all that it allows is known.
    pub(super) is_complete: bool,
}

impl<'t> Role<'t> {
    fn of(id: ObjectId, view: View<'t>) -> Self {
        Self { object: Some((id, view)), ..Self::with(OnceLock::new()) }
    }

    const fn with(rules: OnceLock<Vec<Rule<'t>>>) -> Self {
        Self { object: None, rules, powers: OnceLock::new(), is_complete: true }
    }

    /// The rules that stand in the object.
    fn written(&self) -> impl Iterator<Item = (ObjectId, View<'t>)> + use<'t> {
        let rules = self.object.and_then(|(id, view)| Some((id, view.get("rules")?)));
        rules.into_iter().flat_map(|(id, rules)| rules.elements().map(move |rule| (id, rule)))
    }

    fn read(&self) -> Vec<Rule<'t>> {
        self.written().map(|(id, rule)| Rule::of(id, rule)).collect()
    }

    /// What it allows.
    pub(super) fn rules(&self) -> &[Rule<'t>] {
        self.rules.get_or_init(|| self.read())
    }

    /// For each power that it gives, the first rule that does.
    pub(super) fn powers(&self) -> &[(usize, usize)] {
        self.powers.get_or_init(|| {
            let is_read = self.rules.get().is_some();
            let may_lead = |(_, rule): (ObjectId, View<'t>)| {
                let texts = |key| rule.get(key).into_iter().flat_map(View::elements);
                let texts = |key| texts(key).filter_map(View::as_str);
                may_give_any(texts("verbs"), texts("resources"))
            };
            let is_worth_it = is_read || self.written().any(may_lead);
            if is_worth_it { powers(self.rules()) } else { Vec::new() }
        })
    }

    fn add(&mut self, more: Vec<Rule<'t>>) {
        let mut rules = self.rules.take().unwrap_or_else(|| self.read());
        rules.extend(more);
        self.rules = OnceLock::from(rules);
    }
}

/// The roles by kind, namespace and name.
#[derive(Debug, Default)]
pub(super) struct Roles<'t> {
    all: Vec<Role<'t>>,
    by_object: HashMap<ObjectId, usize>,
    built_in: HashMap<&'t str, usize>,
}

impl<'t> Roles<'t> {
    pub(super) fn of(set: &ObjectSet<'t>) -> Self {
        let mut known = Self::default();
        for kind in [Kind::Role, Kind::ClusterRole] {
            for (id, object) in set.all(kind) {
                known.by_object.insert(id, known.all.len());
                known.all.push(Role::of(id, object.view));
            }
        }
        known.aggregate(set);
        known.bind_built_in(set);
        known
    }

    pub(super) fn get(&self, index: usize) -> Option<&Role<'t>> {
        self.all.get(index)
    }

    /// The role that a binding in a namespace names.
    pub(super) fn find(
        &self,
        set: &ObjectSet<'t>,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
        binding: ObjectId,
    ) -> Option<usize> {
        let wanted = if kind == "Role" { Kind::Role } else { Kind::ClusterRole };
        let of_set = set.meant(wanted, namespace, name, binding);
        let of_set = of_set.and_then(|id| self.by_object.get(&id));
        of_set.or_else(|| self.built_in.get(name)).copied()
    }

    /// The role of a set that an object is.
    pub(super) fn of_object(&self, id: ObjectId) -> Option<&Role<'t>> {
        self.all.get(*self.by_object.get(&id)?)
    }

    /// Roles with an `aggregationRule` get the rules of those that it selects. A role that does
    /// so itself is copied as far as it is written: chains of aggregation grow one step.
    fn aggregate(&mut self, set: &ObjectSet<'t>) {
        let mut selectors = Vec::new();
        let mut owners = Vec::new();
        for (id, object) in set.all(Kind::ClusterRole) {
            let list = object.view.at(&["aggregationRule", "clusterRoleSelectors"]);
            for selector in list.into_iter().flat_map(View::elements) {
                selectors.push((None, Selector::of(selector)));
                owners.push(id);
            }
        }
        if owners.is_empty() {
            return;
        }
        let index = SelectorIndex::of(selectors);
        let mut left = COPIES_MAX;
        let mut copies: Vec<(usize, Vec<Rule<'t>>)> = Vec::new();
        for (id, object) in set.all(Kind::ClusterRole) {
            let labels = object.view.at(&["metadata", "labels"]);
            let selecting = index.selecting(None, labels, |_| false);
            for owner in selecting.found.iter().filter_map(|position| owners.get(*position)) {
                let (Some(from), Some(to)) = (self.of_object(id), self.by_object.get(owner)) else {
                    continue;
                };
                if *owner == id {
                    continue;
                }
                let written = from.written().take(left);
                let rules: Vec<_> = written.map(|(id, rule)| Rule::of(id, rule)).collect();
                left -= rules.len();
                copies.push((*to, rules));
            }
        }
        for (to, rules) in copies {
            if let Some(role) = self.all.get_mut(to) {
                role.is_complete &= left > 0;
                role.add(rules);
            }
        }
    }

    /// The roles of every cluster that bindings of the set name, with what the set aggregates to
    /// them by label.
    fn bind_built_in(&mut self, set: &ObjectSet<'t>) {
        let is_complete = !set.lacks(&[Kind::ClusterRole]);
        for kind in [Kind::RoleBinding, Kind::ClusterRoleBinding] {
            for (_, object) in set.all(kind) {
                let name = object.view.at(&["roleRef", "name"]).and_then(View::as_str);
                let Some(name) = name.filter(|name| !self.built_in.contains_key(name)) else {
                    continue;
                };
                let Some(mut rules) = built_in::rules(name) else { continue };
                let label = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
                for (id, role) in set.all(Kind::ClusterRole) {
                    let value = role.view.at(&["metadata", "labels", &label]);
                    let more =
                        self.of_object(id).filter(|_| value.and_then(View::as_str) == Some("true"));
                    rules.extend(more.into_iter().flat_map(|role| role.rules().iter().cloned()));
                }
                self.built_in.insert(name, self.all.len());
                let role = Role::with(OnceLock::from(rules));
                // Somebody may have changed it, or aggregate to it.
                self.all.push(Role { is_complete, ..role });
            }
        }
    }
}

/// Which powers the rules give, each with the first rule that does; with all of them, the others
/// are not listed.
fn powers(rules: &[Rule<'_>]) -> Vec<(usize, usize)> {
    let is_strong = |(_, rule): &(usize, &Rule<'_>)| {
        may_give_any(rule.verbs.iter().copied(), rule.resources.iter().copied())
    };
    let strong: Vec<_> = rules.iter().enumerate().filter(is_strong).collect();
    let given = POWERS.iter().enumerate().filter_map(|(power, given)| {
        let (rule, _) = strong.iter().find(|(_, rule)| given.is_given_by(rule))?;
        Some((power, *rule))
    });
    let mut powers: Vec<_> = given.collect();
    if powers.first().is_some_and(|(power, _)| *power == CLUSTER_ADMIN) {
        powers.truncate(1);
    }
    powers
}
