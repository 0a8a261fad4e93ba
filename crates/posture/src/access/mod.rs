//! Who may do what: roles and bindings of a set, and the powers they add up to.

mod answer;
mod built_in;
mod power;
mod role;
mod rule;

pub use answer::{Answer, User};
pub use power::{POWERS, Power};
pub use rule::Rule;

use crate::{ObjectId, ObjectSet, kind::Kind};
use cofferdam_manifest::{Object, View};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use role::Roles;

/// Somebody that bindings name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject<'t> {
    /// A service account: namespace, where one is given, and name.
    Account(Option<&'t str>, &'t str),
    /// A user.
    User(&'t str),
    /// A group.
    Group(&'t str),
}

/// Where a right holds; the whole cluster before a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope<'t> {
    /// In the whole cluster.
    Cluster,
    /// In one namespace, that of its binding; absent where the binding gives none.
    Namespace(Option<&'t str>),
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Debug)]
pub(crate) struct Binding<'t> {
    pub(crate) id: ObjectId,
    pub(crate) scope: Scope<'t>,
    role: Option<usize>,
}

/// A power that somebody has, with the chain that gives it.
#[derive(Clone, Debug)]
pub struct Grant<'t> {
    /// Which, as a position in [`POWERS`].
    pub power: usize,
    /// Where it holds.
    pub scope: Scope<'t>,
    /// The binding that gives it.
    pub binding: ObjectId,
    /// The role, and in it the rule; absent for a role that every cluster has.
    pub rule: Option<(ObjectId, View<'t>)>,
}

impl Grant<'_> {
    /// The name in policies: another where it holds in one namespace only.
    pub fn name(&self) -> Option<&'static str> {
        let power = POWERS.get(self.power)?;
        if self.scope == Scope::Cluster { Some(power.name) } else { power.local }
    }
}

/// What somebody may do, as far as the set says.
#[derive(Clone, Debug, Default)]
pub struct Rights<'t> {
    /// The powers, the greater first, those for the whole cluster before those of a namespace.
    pub grants: Vec<Grant<'t>>,
    /// Whether all roles that are bound to him are known.
    pub is_complete: bool,
    /// Whether any binding of the set is for him, by himself or through a group.
    pub is_spoken_of: bool,
}

/// Roles and bindings, by subject.
#[derive(Debug)]
pub struct Access<'t> {
    roles: Roles<'t>,
    bindings: Vec<Binding<'t>>,
    by_subject: HashMap<Subject<'t>, Vec<usize>>,
    /// Bindings of service accounts with a namespace, by the name alone.
    by_account_name: HashMap<&'t str, Vec<(&'t str, usize)>>,
    rights: Vec<Rights<'t>>,
    rights_of: HashMap<Subject<'t>, usize>,
    /// Every binding was read.
    is_complete: bool,
}

/// What says who may do what.
pub(crate) const RIGHTS: &[Kind] =
    &[Kind::ClusterRoleBinding, Kind::RoleBinding, Kind::ClusterRole, Kind::Role];

/// Of these, what names somebody.
const BINDINGS: &[Kind] = &[Kind::RoleBinding, Kind::ClusterRoleBinding];

/// The groups that every service account is in, but for that of its namespace.
pub const ACCOUNT_GROUPS: [&str; 2] = ["system:serviceaccounts", "system:authenticated"];

impl<'t> Access<'t> {
    pub(crate) fn of(set: &ObjectSet<'t>) -> Self {
        let mut access = Self {
            roles: Roles::of(set),
            bindings: Vec::new(),
            by_subject: HashMap::new(),
            by_account_name: HashMap::new(),
            rights: Vec::new(),
            rights_of: HashMap::new(),
            is_complete: !set.lacks(BINDINGS),
        };
        for kind in BINDINGS {
            for (id, object) in set.all(*kind) {
                access.add(set, id, object, *kind);
            }
        }
        let groups: Vec<_> = access
            .by_subject
            .keys()
            .filter(|subject| matches!(subject, Subject::Group(_) | Subject::User(_)))
            .copied()
            .collect();
        for subject in groups {
            let rights = access.gather(access.by_subject.get(&subject).into_iter().flatten());
            access.keep(subject, rights);
        }
        let accounts =
            set.workloads().iter().map(|workload| (workload.namespace, workload.account())).chain(
                set.all(Kind::ServiceAccount).filter_map(|(_, o)| Some((o.namespace, o.name?))),
            );
        for (namespace, name) in accounts {
            let subject = Subject::Account(namespace, name);
            if access.rights(subject).is_none() {
                let rights = access.account(set, namespace, name);
                access.keep(subject, rights);
            }
        }
        access
    }

    fn add(&mut self, set: &ObjectSet<'t>, id: ObjectId, object: &Object<'t>, kind: Kind) {
        let reference = |key: &str| object.view.at(&["roleRef", key]).and_then(View::as_str);
        let role = reference("name").and_then(|name| {
            self.roles.find(set, reference("kind").unwrap_or("Role"), object.namespace, name, id)
        });
        let scope = match kind {
            Kind::RoleBinding => Scope::Namespace(object.namespace),
            _ => Scope::Cluster,
        };
        let index = self.bindings.len();
        self.bindings.push(Binding { id, scope, role });
        for subject in subjects(object) {
            if let Subject::Account(Some(namespace), name) = subject {
                self.by_account_name.entry(name).or_default().push((namespace, index));
            }
            self.by_subject.entry(subject).or_default().push(index);
        }
    }

    fn keep(&mut self, subject: Subject<'t>, rights: Rights<'t>) {
        self.rights_of.insert(subject, self.rights.len());
        self.rights.push(rights);
    }

    /// What bindings add up to: for each power and namespace the first grant.
    fn gather<'b>(&self, bindings: impl Iterator<Item = &'b usize>) -> Rights<'t> {
        let mut rights = Rights { is_complete: self.is_complete, ..Rights::default() };
        let mut seen = HashSet::new();
        for binding in bindings.filter_map(|index| self.bindings.get(*index)) {
            rights.is_spoken_of = true;
            let Some(role) = binding.role.and_then(|index| self.roles.get(index)) else {
                rights.is_complete = false;
                continue;
            };
            rights.is_complete &= role.is_complete;
            for (power, rule) in role.powers() {
                let is_power = binding.scope == Scope::Cluster
                    || POWERS.get(*power).is_some_and(|power| power.local.is_some());
                if is_power && seen.insert((*power, binding.scope)) {
                    rights.grants.push(Grant {
                        power: *power,
                        scope: binding.scope,
                        binding: binding.id,
                        rule: role.rules().get(*rule).and_then(|rule| rule.origin),
                    });
                }
            }
        }
        rights.grants.sort_by_key(|grant| (grant.power, grant.scope, grant.binding));
        rights
    }

    /// The rights of a service account, with those of the groups that it is in.
    fn account(
        &self,
        set: &ObjectSet<'t>,
        namespace: Option<&'t str>,
        name: &'t str,
    ) -> Rights<'t> {
        let own = self.by_subject.get(&Subject::Account(namespace, name)).into_iter().flatten();
        let mut rights = self.gather(own.chain(self.elsewhere(set, namespace, name)));
        let of_namespace = namespace.map(|namespace| format!("system:serviceaccounts:{namespace}"));
        for group in ACCOUNT_GROUPS.into_iter().chain(of_namespace.as_deref()) {
            let Some(more) = self.rights(Subject::Group(group)) else { continue };
            rights.is_complete &= more.is_complete;
            rights.is_spoken_of |= more.is_spoken_of;
            rights.grants.extend(more.grants.iter().cloned());
        }
        rights.grants.sort_by_key(|grant| (grant.power, grant.scope, grant.binding));
        rights.grants.dedup_by_key(|grant| (grant.power, grant.scope));
        rights
    }

    /// Bindings that name an account in some namespace, for one whose namespace is not given:
    /// `kubectl apply -n` puts it there. Not for `default`, which every namespace has, and not
    /// where the set has that other account too.
    fn elsewhere<'s>(
        &'s self,
        set: &'s ObjectSet<'t>,
        namespace: Option<&'t str>,
        name: &'t str,
    ) -> impl Iterator<Item = &'s usize> {
        let is_open = namespace.is_none() && name != "default";
        let named = self.by_account_name.get(name).filter(|_| is_open).into_iter().flatten();
        named
            .filter(move |(other, _)| set.named(Kind::ServiceAccount, Some(other), name).is_none())
            .map(|(_, binding)| binding)
    }

    /// The rights of a subject that some object of the set names.
    pub fn rights(&self, subject: Subject<'_>) -> Option<&Rights<'t>> {
        self.rights.get(*self.rights_of.get(&subject)?)
    }

    /// The rules of a Role or ClusterRole of the set, with those that are aggregated into it.
    pub fn rules(&self, role: ObjectId) -> &[Rule<'t>] {
        self.roles.of_object(role).map_or(&[], |role| role.rules())
    }

    /// Everybody whom some binding of the set names, in no order.
    pub fn subjects(&self) -> impl Iterator<Item = Subject<'t>> {
        self.by_subject.keys().copied()
    }
}

/// Whom a RoleBinding or ClusterRoleBinding names.
pub fn subjects<'t>(binding: &Object<'t>) -> impl Iterator<Item = Subject<'t>> + use<'t> {
    let namespace = binding.namespace;
    let views = binding.view.get("subjects").into_iter().flat_map(View::elements);
    views.filter_map(move |view| subject(view, namespace))
}

/// An account without a namespace is one of the binding's own.
fn subject<'t>(view: View<'t>, namespace: Option<&'t str>) -> Option<Subject<'t>> {
    let text = |key: &str| view.get(key).and_then(View::as_str);
    let name = text("name")?;
    match text("kind")? {
        "ServiceAccount" => Some(Subject::Account(text("namespace").or(namespace), name)),
        "Group" => Some(Subject::Group(name)),
        "User" => Some(user(name)),
        _ => None,
    }
}

/// A user that stands for a service account is that account.
fn user(name: &str) -> Subject<'_> {
    let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    account.map_or(Subject::User(name), |(namespace, name)| Subject::Account(Some(namespace), name))
}
