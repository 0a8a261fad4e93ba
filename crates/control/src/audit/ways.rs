//! Attack paths: looked for in all objects together, kept as they are told, and looked for again
//! when objects changed.

use super::{AttackPath, AttackStep, Audit, Denials, is_judged};
use cofferdam_assess::{check, live::Ways};
use cofferdam_model::ObjectKey;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Duration,
};

/// The rest after a look, for each object that was looked at: ten times what it takes, so that a
/// large cluster in which something always changes costs a tenth of a core, and no more.
const REST_EACH: Duration = Duration::from_micros(40);

/// Fewer objects are looked through whenever anything changed.
const AT_ONCE: usize = 2_500;

/// The longest rest: a changed path is to show within two seconds, and it has to be judged, written
/// and read in that time too.
const REST_MAX: Duration = Duration::from_secs(1);

/// How long no paths are looked for after so many objects were looked through.
pub(super) fn rest(objects: usize) -> Duration {
    if objects < AT_ONCE {
        return Duration::ZERO;
    }
    REST_EACH.saturating_mul(u32::try_from(objects).unwrap_or(u32::MAX)).min(REST_MAX)
}

/// The paths, and when they were looked for.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) ways: Ways,
    /// Objects changed since.
    pub(super) is_old: bool,
    at: Option<Timestamp>,
}

impl Audit {
    /// After what time attack paths are to be looked for again; nothing where no object changed
    /// since they were.
    pub fn looks_again_in(&self, now: Timestamp) -> Option<Duration> {
        let rest = self.found.at.map_or(Duration::ZERO, |at| {
            // A clock that was set back makes nobody wait.
            let since = now.duration_since(at).unsigned_abs();
            rest(self.objects.len()).saturating_sub(since)
        });
        self.found.is_old.then_some(rest)
    }

    /// The namespaces in which nothing may reach a pod that no policy lets in; nothing before
    /// anybody looked.
    pub(super) fn denials(&self) -> Option<Denials> {
        let Ways { default_denials, unknown_denials, .. } = &self.found.ways;
        let (known, unknown) = (default_denials.clone(), unknown_denials.clone());
        self.found.at.map(|_| Denials { known, unknown })
    }

    /// Looks for attack paths if objects changed. What is a step of one since or is none any more
    /// is judged anew, for that is part of its score.
    pub(super) fn find_ways(&mut self, now: Timestamp) {
        if self.looks_again_in(now) != Some(Duration::ZERO) {
            return;
        }
        let ways = Ways::of(&self.objects);
        let others: BTreeSet<&str> =
            ways.over.symmetric_difference(&self.found.ways.over).map(String::as_str).collect();
        let objects = self.inventory.objects().keys().filter(|key| is_judged(key));
        if !others.is_empty() && self.found.at.is_some() {
            self.urgent.extend(objects.filter(|key| others.contains(&*key.to_string())).cloned());
        }
        if ways.paths != self.found.ways.paths || self.found.at.is_none() {
            self.keep_paths(&ways.paths);
        }
        self.found = Found { ways, is_old: false, at: Some(now) };
    }

    fn keep_paths(&mut self, paths: &[check::AttackPath]) {
        let steps = paths.iter().flat_map(|path| &path.steps);
        let titles: HashSet<&str> = steps.filter_map(|step| step.file.as_deref()).collect();
        let objects = self.inventory.objects().keys().map(|key| (key.to_string(), key));
        let known: BTreeMap<String, &ObjectKey> =
            objects.filter(|(title, _)| titles.contains(&**title)).collect();
        let kept = paths.iter().map(|path| {
            let over: BTreeSet<String> =
                path.steps.iter().filter_map(|step| step.file.clone()).collect();
            let words: Vec<&str> = path.steps.iter().map(|step| &*step.text).collect();
            (format!("{} {}", path.title(), words.join(" ")), (over, self.told(path, &known)))
        });
        self.paths = kept.collect();
    }

    fn told(&self, path: &check::AttackPath, known: &BTreeMap<String, &ObjectKey>) -> AttackPath {
        let mut told = AttackPath { title: path.title(), ..AttackPath::default() };
        for step in &path.steps {
            let key = step.file.as_ref().and_then(|title| known.get(title));
            let workload = key.and_then(|key| self.inventory.workload_of(key));
            told.namespaces.extend(key.and_then(|key| key.namespace.clone()));
            told.steps.push(AttackStep {
                title: step.file.clone().unwrap_or_default(),
                why: step.text.clone(),
                workload: workload.map(|workload| workload.id(&self.cluster.id)),
            });
        }
        told.namespaces.sort();
        told.namespaces.dedup();
        told.cut = path.cuts.first().cloned().unwrap_or_default();
        told.cut_at = told.steps.iter().find_map(|step| step.workload.clone());
        told
    }
}
