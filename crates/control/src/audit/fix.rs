//! What to fix first: each entry one change that a person makes once, and what it closes.

use super::{
    standing::Standing,
    summary::{AttackPath, FixFirst},
};
use crate::{
    inventory::WorkloadKey,
    rank::{self, Circumstances, Danger, Score},
    scan::verdict::{Group, Inherited, score},
};
use cofferdam_assess::check::LeadsTo;
use cofferdam_model::{PackageKind, Severity};
use cofferdam_store::{Outcome, rows};
use jiff::Timestamp;
use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Fixes of the whole cluster that are listed: nobody plans further ahead.
const FIXES_MAX: usize = 20;

/// Fixes of each namespace that are listed besides, for who sees only that.
const OF_NAMESPACE_MAX: usize = 3;

/// All that are listed.
const LISTED_MAX: usize = 300;

/// Fixes that are remembered of one workload or object.
const OF_SUBJECT_MAX: usize = 3;

/// The changes of one object's own fields that buy the most. Findings whose patch begins at one
/// field are closed by one change. `link` is where the console lists them, ready for a parameter.
pub(super) fn of_subject<'f>(
    findings: impl IntoIterator<Item = &'f rows::Finding>,
    link: &str,
    is_workload: bool,
) -> Vec<FixFirst> {
    let mut fixes: BTreeMap<String, FixFirst> = BTreeMap::new();
    for one in findings.into_iter().filter(|one| one.outcome == Outcome::Fail) {
        let place = one.patch.as_deref().and_then(place).unwrap_or_else(|| one.rule.clone());
        let fix = fixes.entry(place).or_default();
        fix.findings += 1;
        if one.score > fix.score || fix.title.is_empty() {
            fix.title = format!("{}: {}", one.subject_title, one.title);
            fix.why = worth(&one.message, &one.score_why);
            fix.how.clone_from(&one.remediation);
            fix.score = one.score;
            fix.namespaces = one.namespace.iter().cloned().collect();
            fix.link = format!("{link}finding={}", one.id);
            fix.rule = Some(one.rule.clone());
            fix.workloads = u64::from(is_workload);
        }
    }
    let mut fixes: Vec<FixFirst> = fixes.into_values().collect();
    fixes.sort_by(before);
    fixes.truncate(OF_SUBJECT_MAX);
    // They are kept, one or more for every object of the cluster.
    fixes.shrink_to_fit();
    for fix in &mut fixes {
        fix.title.shrink_to_fit();
        fix.why.shrink_to_fit();
    }
    fixes
}

/// What is wrong, and what makes it worth its score.
pub(super) fn worth(message: &str, score_why: &str) -> String {
    format!("{}: {score_why}", message.trim_end_matches('.'))
}

/// The field that a patch changes first.
fn place(patch: &str) -> Option<String> {
    let steps: serde_json::Value = serde_json::from_str(patch).ok()?;
    Some(steps.get(0)?.get("path")?.as_str()?.to_owned())
}

/// The most pressing first; of equally pressing ones what closes more.
fn before(one: &FixFirst, other: &FixFirst) -> Ordering {
    let order = |one: &FixFirst| (Reverse(one.score), Reverse(one.findings * one.workloads.max(1)));
    order(one).cmp(&order(other)).then_with(|| one.title.cmp(&other.title))
}

/// The fixes of a whole cluster.
pub(super) fn first<'s>(
    standings: &'s BTreeMap<WorkloadKey, Standing>,
    objects: impl IntoIterator<Item = &'s FixFirst>,
    inherited: &HashMap<String, Arc<Inherited>>,
    paths: &[AttackPath],
    now: Timestamp,
) -> Vec<FixFirst> {
    let mut fixes: Vec<Cow<'_, FixFirst>> = objects.into_iter().map(Cow::Borrowed).collect();
    let mut users: BTreeMap<&str, Users<'_>> = BTreeMap::new();
    for (key, standing) in standings {
        fixes.extend(standing.fixes.iter().map(Cow::Borrowed));
        for image in &standing.images {
            let users = users.entry(image).or_default();
            if inherited.get(image).is_some_and(|inherited| users.is_bad_for(key, inherited, now)) {
                users.add(key.namespace.as_deref(), standing.circumstances);
            }
        }
    }
    for (id, users) in users {
        if let Some(inherited) = inherited.get(id) {
            fixes.extend(of_image(id, inherited, &users).into_iter().map(Cow::Owned));
        }
    }
    fixes.extend(of_paths(paths).into_iter().map(Cow::Owned));
    fixes.sort_by(|one, other| before(one, other));
    let mut of_namespace: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut rank = 0;
    fixes.retain(|fix| {
        rank += 1;
        if rank <= FIXES_MAX {
            return true;
        }
        if fix.namespaces.len() != 1 {
            return false;
        }
        let listed = of_namespace.entry(fix.namespaces.clone()).or_default();
        *listed += 1;
        *listed <= OF_NAMESPACE_MAX
    });
    fixes.truncate(LISTED_MAX);
    fixes.into_iter().map(Cow::into_owned).collect()
}

/// Who runs an image and is worse for it: how many, and the worst place of all.
struct Users<'s> {
    number: u64,
    worst: Circumstances,
    namespaces: BTreeSet<&'s str>,
    /// Which of its findings count for any of them.
    open: BTreeSet<usize>,
    /// Whether it is bad for those for which none of its exceptions holds, once one was seen.
    is_bad_without: Option<bool>,
}

impl Default for Users<'_> {
    fn default() -> Self {
        let (namespaces, open) = (BTreeSet::new(), BTreeSet::new());
        let worst = Circumstances::NONE;
        Self { number: 0, worst, namespaces, open, is_bad_without: None }
    }
}

impl<'s> Users<'s> {
    /// Whether something of the image counts for a workload: what an exception covers there does
    /// not.
    fn is_bad_for(&mut self, key: &WorkloadKey, inherited: &Inherited, now: Timestamp) -> bool {
        let holding = inherited.holding(&key.target(), now);
        // Where none holds it is the same for all.
        if let (true, Some(is_bad)) = (holding.is_empty(), self.is_bad_without) {
            return is_bad;
        }
        let is_open =
            |group: &Group| group.outcome == Outcome::Fail && group.excused(&holding).is_none();
        let all = inherited.groups.iter().enumerate();
        let open: Vec<usize> =
            all.filter(|(_, group)| is_open(group)).map(|(number, _)| number).collect();
        self.open.extend(&open);
        if holding.is_empty() {
            self.is_bad_without = Some(!open.is_empty());
        }
        !open.is_empty()
    }

    fn add(&mut self, namespace: Option<&'s str>, at: Circumstances) {
        self.number += 1;
        self.namespaces.extend(namespace);
        let points = |at| {
            let danger = Danger { severity: Some(Severity::High), ..Danger::default() };
            rank::vulnerability(&danger, at).points
        };
        if points(&at) > points(&self.worst) {
            self.worst = at;
        }
    }
}

/// What one change of an image would close: one rebuild on a newer base for all that its
/// distribution has fixed, one upgrade for each package of the application, and one for each other
/// rule that it fails.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Remedy<'g> {
    Base,
    Upgrade(&'g str),
    Rule(&'g str),
}

impl<'g> Remedy<'g> {
    /// Nothing where there is nothing to be done yet: a vulnerability without a fix.
    fn of(group: &'g Group) -> Option<Self> {
        match (&group.danger, &group.fixed) {
            (None, _) => Some(Self::Rule(&group.rule)),
            (Some(_), None) => None,
            (Some(_), Some(_)) if group.package.is_some_and(PackageKind::is_distribution) => {
                Some(Self::Base)
            }
            (Some(_), Some(_)) => Some(Self::Upgrade(&group.about)),
        }
    }
}

impl Remedy<'_> {
    /// The part of an image in the console that shows what it would close.
    fn tab(&self, worst: &Group) -> String {
        match self {
            Self::Base | Self::Upgrade(_) => "?fixable=true".to_owned(),
            Self::Rule(_) if worst.leads_to == LeadsTo::Credentials => "/secrets".to_owned(),
            Self::Rule(rule) => format!("/findings?rule={rule}"),
        }
    }
}

fn of_image(id: &str, inherited: &Inherited, users: &Users<'_>) -> Vec<FixFirst> {
    let failing = users.open.iter().filter_map(|number| inherited.groups.get(*number));
    let mut sets: BTreeMap<Remedy<'_>, Vec<&Group>> = BTreeMap::new();
    for group in failing {
        if let Some(remedy) = Remedy::of(group) {
            sets.entry(remedy).or_default().push(group);
        }
    }
    sets.into_iter()
        .filter_map(|(remedy, groups)| fix_of(id, inherited, users, &remedy, &groups))
        .collect()
}

fn fix_of(
    id: &str,
    inherited: &Inherited,
    users: &Users<'_>,
    remedy: &Remedy<'_>,
    groups: &[&Group],
) -> Option<FixFirst> {
    let score_of =
        |group: &Group| score(group.danger.as_ref(), group.severity, group.leads_to, &users.worst);
    let (worst, Score { points, why }) =
        groups.iter().map(|group| (*group, score_of(group))).max_by(|a, b| a.1.cmp(&b.1))?;
    // What two rules say of one package is one set of vulnerabilities: the larger counts.
    let mut by_package: BTreeMap<&str, u32> = BTreeMap::new();
    for group in groups {
        let known = by_package.entry(&group.about).or_default();
        *known = group.findings.max(*known);
    }
    let findings: u64 = by_package.values().map(|count| u64::from(*count)).sum();
    let (what, how) = match remedy {
        Remedy::Base => (
            "outdated packages of its distribution",
            format!(
                "Rebuild the image on an updated base: {} of its packages have a fix.",
                by_package.len()
            ),
        ),
        Remedy::Upgrade(package) => {
            let fixed = worst.fixed.as_deref().unwrap_or_default();
            (*package, format!("Upgrade {package} to {fixed} or later and rebuild the image."))
        }
        Remedy::Rule(_) => (&*worst.title, worst.remediation.to_string()),
    };
    Some(FixFirst {
        title: format!("{}: {what}", inherited.title),
        why: worth(&worst.message, &why),
        how,
        score: points,
        findings,
        workloads: users.number,
        namespaces: users.namespaces.iter().map(|one| (*one).to_owned()).collect(),
        link: format!("/images/{id}{}", remedy.tab(worst)),
        rule: Some(worst.rule.to_string()),
        image: Some(id.to_owned()),
    })
}

/// A cut closes all the ways that lead over it.
fn of_paths(paths: &[AttackPath]) -> Vec<FixFirst> {
    let mut cuts: BTreeMap<&str, Vec<&AttackPath>> = BTreeMap::new();
    for path in paths.iter().filter(|path| !path.cut.is_empty()) {
        cuts.entry(&path.cut).or_default().push(path);
    }
    cuts.into_iter()
        .map(|(cut, closed)| {
            let is_from_outside = closed.iter().any(|path| path.title.contains("the internet"));
            let first = closed.first().map(|path| &*path.title).unwrap_or_default();
            let (points, from) =
                if is_from_outside { (95, "from the internet") } else { (85, "from inside") };
            let more = match closed.len() {
                1 => String::new(),
                number => format!(", and {} more", number - 1),
            };
            FixFirst {
                title: format!("Attack path {first}"),
                why: format!("A way in {from} ({points}): {first}{more}"),
                how: cut.to_owned(),
                score: points,
                findings: u64::try_from(closed.len()).unwrap_or(u64::MAX),
                workloads: closed
                    .iter()
                    .flat_map(|path| &path.steps)
                    .filter_map(|step| step.workload.as_deref())
                    .collect::<BTreeSet<_>>()
                    .len()
                    .try_into()
                    .unwrap_or(u64::MAX),
                namespaces: closed
                    .iter()
                    .flat_map(|path| path.namespaces.iter().cloned())
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                link: closed
                    .iter()
                    .find_map(|path| Some(format!("/workloads/{}/exposure", path.cut_at.as_ref()?)))
                    .unwrap_or_else(|| "/workloads".to_owned()),
                rule: None,
                image: None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::verdict;

    /// An image whose only fault is excused in the namespace `shop`, where others run it too.
    #[test]
    fn a_fix_is_for_those_whom_no_exception_excuses() {
        let inherited = verdict::tests::inherited();
        let mut groups = inherited.groups.clone();
        groups.retain(|group| !group.excused_by.is_empty());
        let image = HashMap::from([("i".to_owned(), Arc::new(Inherited { groups, ..inherited }))]);
        let told = |of: &[(&str, &str)], now: &str| {
            let standing = || Standing { images: vec!["i".to_owned()], ..Standing::default() };
            let key = |(namespace, name): &(&str, &str)| WorkloadKey {
                kind: "Deployment".to_owned(),
                namespace: Some((*namespace).to_owned()),
                name: (*name).to_owned(),
            };
            let all = of.iter().map(|one| (key(one), standing())).collect();
            let fixes = first(&all, [], &image, &[], now.parse().unwrap());
            let told = |fix: &FixFirst| (fix.workloads, fix.namespaces.join(" "));
            fixes.iter().map(told).collect::<Vec<_>>()
        };
        let [shop, other] = [("shop", "api"), ("shop", "web")];
        let [bank, late] = [("bank", "web"), ("zoo", "web")];
        let now = "2026-11-21T00:00:00Z";
        assert_eq!(told(&[shop, other], now), []);
        assert_eq!(told(&[shop, other, late], now), [(1, "zoo".to_owned())]);
        assert_eq!(told(&[bank, shop, other, late], now), [(2, "bank zoo".to_owned())]);
        let ended = "2027-01-01T00:00:00Z";
        assert_eq!(told(&[bank, shop, other], ended), [(3, "bank shop".to_owned())]);
    }
}
