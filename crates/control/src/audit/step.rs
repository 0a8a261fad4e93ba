//! One step of an audit.

use super::{
    Audit, Everything, Summary, Wanted, WorkloadRows, Writes,
    findings::{self, Seen, Subject},
    fix, is_judged, standing,
};
use crate::{
    drift::drift,
    inventory::{Judged, Workload, WorkloadKey, is_workload},
};
use cofferdam_assess::{check::Question, live};
use cofferdam_model::ObjectKey;
use cofferdam_store::{Packed, SubjectKind, rows, rows::id};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

/// Objects that are judged in one step: their findings are in memory until they are written.
pub(super) const STEP_MAX: usize = 256;

/// Findings of images that are told of the workloads of one step, about: some have hundreds each,
/// and several steps are in memory while one is being written.
const FINDINGS_MAX: usize = 10_000;

/// Workloads that are written in one step although their objects did not change, for their pods
/// did.
const WORKLOADS_MAX: usize = 256;

impl Audit {
    /// Judges what is next, and says what to write. `question` is about all rules that are asked
    /// in the background.
    pub fn step(&mut self, now: Timestamp, question: &Question<'_>) -> Writes {
        self.take(now);
        self.find_ways(now);
        let mut writes = self.pending.next(now);
        let (keys, mut workloads) = self.next();
        let mut seen = self.judge(&keys, question);
        let judged: BTreeSet<WorkloadKey> =
            keys.iter().filter_map(|key| self.inventory.workload_of(key)).collect();
        for key in &judged {
            self.dirty.remove(key);
        }
        workloads.extend(judged);
        for key in &keys {
            if self.inventory.workload_of(key).is_none() {
                self.write_object(key, seen.remove(key).unwrap_or_default(), &mut writes);
            }
        }
        for key in workloads {
            self.write_workload(&key, &keys, &mut seen, &mut writes);
        }
        self.sum_up(now, &mut writes);
        writes
    }

    /// What to judge now: whole workloads, what changed last first; and workloads that are to be
    /// written although they are not judged.
    fn next(&mut self) -> (BTreeSet<ObjectKey>, BTreeSet<WorkloadKey>) {
        let (mut next, mut dirty) = (BTreeSet::new(), BTreeSet::new());
        let mut findings = 0;
        while next.len() < STEP_MAX
            && findings < FINDINGS_MAX
            && let Some(key) = self.urgent.pop_first()
        {
            findings += self.choose_with_workload(key, &mut next);
        }
        while next.len() < STEP_MAX
            && findings < FINDINGS_MAX
            && dirty.len() < WORKLOADS_MAX
            && let Some(key) = self.dirty.pop()
        {
            // A workload whose images changed needs the findings of its objects again.
            if let Some(workload) = self.inventory.workload(&key)
                && self
                    .standings
                    .get(&key)
                    .is_none_or(|standing| !standing.images.iter().eq(&image_ids(&workload)))
            {
                findings += self.choose(&key, workload.judged, &mut next);
            }
            dirty.insert(key);
        }
        while next.len() < STEP_MAX
            && findings < FINDINGS_MAX
            && let Some(key) = self.todo.pop()
        {
            findings += self.choose_with_workload(key, &mut next);
        }
        (next, dirty)
    }

    /// It is the turn of this, and of whatever else is judged for the same workload. Gives how many
    /// findings of images that brings.
    fn choose_with_workload(&mut self, key: ObjectKey, next: &mut BTreeSet<ObjectKey>) -> usize {
        self.todo.remove(&key);
        if !self.inventory.objects().contains_key(&key) {
            return 0;
        }
        let workload = self.inventory.workload_of(&key);
        let all = workload.and_then(|of| Some((self.inventory.workload(&of)?, of)));
        let findings = all.map_or(0, |(workload, of)| self.choose(&of, workload.judged, next));
        next.insert(key);
        findings
    }

    /// It is the turn of a workload, for which these are judged.
    fn choose(
        &mut self,
        workload: &WorkloadKey,
        keys: BTreeSet<ObjectKey>,
        next: &mut BTreeSet<ObjectKey>,
    ) -> usize {
        for key in &keys {
            self.urgent.remove(key);
            self.todo.remove(key);
        }
        next.extend(keys);
        let images = self.standings.get(workload).into_iter().flat_map(|one| &one.images);
        let inherited = images.filter_map(|image| self.assessed.inherited.get(image));
        inherited.map(|inherited| inherited.groups.len()).sum()
    }

    fn judge(
        &mut self,
        keys: &BTreeSet<ObjectKey>,
        question: &Question<'_>,
    ) -> BTreeMap<ObjectKey, Seen> {
        let titles: HashMap<String, ObjectKey> =
            keys.iter().map(|key| (key.to_string(), key.clone())).collect();
        if keys.is_empty() {
            return BTreeMap::new();
        }
        let check = live::audit_some(&self.objects, keys, &self.found.ways, question);
        findings::seen(&check, &self.cluster.id, &titles, |key| {
            Some((self.subject(key), &*self.inventory.objects().get(key)?.json))
        })
    }

    fn subject(&self, key: &ObjectKey) -> Subject {
        match self.inventory.workload_of(key) {
            Some(workload) => Subject {
                kind: SubjectKind::Workload,
                id: workload.id(&self.cluster.id),
                title: workload.title(),
                namespace: workload.namespace,
            },
            None => Subject {
                kind: SubjectKind::Object,
                id: object_id(&self.cluster.id, key),
                title: key.to_string(),
                namespace: key.namespace.clone(),
            },
        }
    }

    /// An object that changed or is gone: among those that are judged, and as a row.
    pub(super) fn take_object(&mut self, key: &ObjectKey, judged: Option<&Judged>, now: Timestamp) {
        match judged {
            Some(judged) if is_judged(key) => {
                self.objects.put(key.clone(), judged.json.clone());
            }
            Some(_) => {}
            None => {
                self.objects.remove(key);
                let title = key.to_string();
                self.paths.retain(|_, (over, _)| !over.contains(&title));
            }
        }
        if is_workload(key) {
            return;
        }
        let id = object_id(&self.cluster.id, key);
        let row = judged.and_then(|judged| self.object_row(key, judged, now));
        if row.is_none() {
            self.written.remove(&id);
            self.others.remove(key);
        }
        self.pending.objects.insert(id, row);
    }

    /// The row of an object, if it is not part of a workload.
    pub(super) fn object_row(
        &self,
        key: &ObjectKey,
        judged: &Judged,
        now: Timestamp,
    ) -> Option<rows::Object> {
        (!is_workload(key)).then(|| rows::Object {
            id: object_id(&self.cluster.id, key),
            cluster: self.cluster.id.clone(),
            api_version: key.api_version.clone(),
            kind: key.kind.clone(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            uid: judged.uid.clone(),
            json: Packed(judged.json.clone()),
            first_seen: now,
            gone_at: None,
        })
    }

    fn write_object(&mut self, key: &ObjectKey, seen: Seen, writes: &mut Writes) {
        let id = object_id(&self.cluster.id, key);
        let fixes = fix::of_subject(&seen.findings, &format!("/findings?subject={id}&"), false);
        if fixes.is_empty() {
            self.others.remove(key);
        } else {
            self.others.insert(key.clone(), fixes);
        }
        self.write_findings(id, seen.findings, writes);
    }

    /// Findings are written only where they differ from what was written last.
    fn write_findings(&mut self, subject: String, found: Vec<rows::Finding>, writes: &mut Writes) {
        let mut hasher = DefaultHasher::new();
        for one in &found {
            format!("{one:?}").hash(&mut hasher);
        }
        let hash = hasher.finish();
        if self.written.insert(subject.clone(), hash) != Some(hash) {
            writes.findings.push((subject, found));
        }
    }

    fn write_workload(
        &mut self,
        key: &WorkloadKey,
        judged: &BTreeSet<ObjectKey>,
        seen: &mut BTreeMap<ObjectKey, Seen>,
        writes: &mut Writes,
    ) {
        let cluster = self.cluster.id.clone();
        let id = key.id(&cluster);
        self.held.remove(key);
        let Some(workload) = self.inventory.workload(key) else {
            if self.standings.remove(key).is_some() {
                self.written.remove(&id);
                self.written.remove(&of_manifest(&id));
                writes.workloads_gone.push(id);
            }
            return;
        };
        self.want(key, &workload, writes);
        if workload.images.keys().any(|image| self.expected.contains(&image.id())) {
            self.standings.entry(key.clone()).or_default().images = image_ids(&workload);
            self.held.insert(key.clone());
            return;
        }
        let mut standing = self.standings.get(key).cloned().unwrap_or_default();
        if workload.judged.iter().all(|key| judged.contains(key)) {
            let written = standing.written.take();
            let found;
            let now = writes.at;
            (standing, found) =
                standing::judged(&cluster, key, &workload, seen, &self.assessed, now);
            standing.written = written;
            standing.fixes = fix::of_subject(
                found.iter().filter(|one| !one.rule.starts_with("CFD-IMG-")),
                &format!("/workloads/{id}?"),
                true,
            );
            self.write_findings(id.clone(), found, writes);
        }
        let row = standing::row(&cluster, key, &workload, &standing, writes.at);
        let containers = standing::containers(&id, &workload, writes.at);
        let known = standing.written.replace(standing::hash(&row, &containers));
        let manifest = self.manifest(&id, key, &workload);
        if known != standing.written || manifest.is_some() {
            writes.workloads.push(WorkloadRows { workload: row, manifest, containers });
        }
        self.standings.insert(key.clone(), standing);
    }

    /// Its documents, if they are others than those that were written last.
    fn manifest(
        &mut self,
        id: &str,
        key: &WorkloadKey,
        workload: &Workload,
    ) -> Option<rows::Manifest> {
        let own = workload.judged.iter().find(|one| WorkloadKey::of(one) == *key);
        let judged = own.or_else(|| workload.judged.first())?;
        let judged = self.inventory.objects().get(judged)?;
        let mut hasher = DefaultHasher::new();
        (&judged.json, &judged.applied).hash(&mut hasher);
        let hash = hasher.finish();
        if self.written.insert(of_manifest(id), hash) == Some(hash) {
            return None;
        }
        let differences = judged.applied.as_deref().map(|applied| drift(&judged.json, applied));
        Some(rows::Manifest {
            workload: id.to_owned(),
            manifest: Packed(judged.json.clone()),
            applied: judged.applied.clone().map(Packed),
            drift: differences.and_then(|found| serde_json::to_string(&found).ok()),
        })
    }

    /// Asks for images that nobody asked for yet.
    fn want(&mut self, key: &WorkloadKey, workload: &Workload, writes: &mut Writes) {
        for (image, reference) in &workload.images {
            if self.wanted.insert(image.id()) {
                writes.wanted.push(Wanted {
                    image: standing::image(image, reference),
                    namespace: key.namespace.clone().unwrap_or_default(),
                    pull_secrets: workload.pull_secrets.iter().cloned().collect(),
                    reference: reference.clone(),
                });
            }
        }
    }

    fn sum_up(&mut self, now: Timestamp, writes: &mut Writes) {
        if std::mem::take(&mut self.is_first) {
            writes.everything = Some(self.everything());
        }
        self.has_news |= !writes.findings.is_empty()
            || !writes.workloads_gone.is_empty()
            || !writes.objects_gone.is_empty()
            || writes.everything.is_some();
        if !self.has_begun {
            return;
        }
        let attack_paths = self.paths.values().map(|(_, path)| path.clone()).collect();
        let mut summary = Summary { attack_paths, denials: self.denials(), ..self.summary.clone() };
        // While anything is to be judged the numbers mean nothing. Ways do not wait for that.
        if self.is_idle() {
            writes.is_settled = std::mem::take(&mut self.has_news);
            let others = self.others.values().flatten();
            let (known, paths) = (&self.assessed.inherited, &summary.attack_paths);
            summary.fix_first = fix::first(&self.standings, others, known, paths, now);
        }
        if summary != self.summary {
            self.summary = summary;
            writes.summary = Some(self.summary.row(&self.cluster.id, now));
        }
    }
}

impl Audit {
    /// All that is there, so that what is stored of an earlier life can end.
    fn everything(&self) -> Everything {
        let cluster = &self.cluster.id;
        let objects = self.inventory.objects().keys();
        let objects = objects.filter(|key| !is_workload(key));
        Everything {
            workloads: self.inventory.workloads().iter().map(|key| key.id(cluster)).collect(),
            objects: objects.map(|key| object_id(cluster, key)).collect(),
            pods: self.inventory.pod_uids(),
            missing: self.inventory.missing(),
        }
    }
}

/// Under what the manifest of a workload is remembered as written.
fn of_manifest(id: &str) -> String {
    format!("manifest {id}")
}

fn image_ids(workload: &Workload) -> Vec<String> {
    workload.images.keys().map(crate::inventory::ImageKey::id).collect()
}

/// The id under which the store keeps an object that is no workload.
fn object_id(cluster: &str, key: &ObjectKey) -> String {
    id(&[cluster, &key.kind, key.namespace.as_deref().unwrap_or_default(), &key.name])
}
