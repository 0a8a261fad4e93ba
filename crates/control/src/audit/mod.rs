//! Judges what a cluster holds, again whenever something changes that a judgement rests on.
//!
//! [`Audit`] is pure: it takes [`Change`]s and image verdicts, and [`Audit::step`] gives what to
//! write to the store. A step judges a bounded part of the cluster, what changed last first, so
//! that a change shows at once while ten thousand other objects wait for their turn.

mod affected;
mod findings;
mod fix;
mod queue;
mod standing;
mod step;
mod summary;
#[cfg(test)]
mod tests;
mod ways;
pub(crate) mod words;

#[cfg(test)]
pub(crate) use standing::image;
pub use summary::{AttackPath, AttackStep, Denials, FixFirst, Summary};
#[cfg(test)]
pub(crate) use tests::question_by;

use crate::{
    controller::Coverage,
    inventory::{Changes, Inventory, PodView, WorkloadKey},
    scan::{
        assessed::{Assessed, Named, named},
        verdict::Inherited,
    },
};
use cofferdam_assess::live::Objects;
use cofferdam_cluster::{KINDS, Kind};
use cofferdam_model::{Change, ClusterIdentity, ObjectKey};
use cofferdam_store::rows;
use jiff::Timestamp;
use queue::Queue;
use standing::Standing;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// An image that runs and that nobody has looked into yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Its row, waiting.
    pub image: rows::Image,
    /// Where it was seen: whose secrets may open its registry.
    pub namespace: String,
    /// Names of the secrets that its pods pull with.
    pub pull_secrets: Vec<String>,
    /// A reference by which it was asked for.
    pub reference: String,
}

/// A workload to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadRows {
    /// The row.
    pub workload: rows::Workload,
    /// Its documents, if they changed.
    pub manifest: Option<rows::Manifest>,
    /// Its containers.
    pub containers: Vec<rows::Container>,
}

/// What a step has to write, in this order. Writing it twice is writing it once.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    /// The time of the step.
    pub at: Timestamp,
    /// Other objects.
    pub objects: Vec<rows::Object>,
    /// Ids of objects that are no more.
    pub objects_gone: Vec<String>,
    /// Images that were not seen before.
    pub wanted: Vec<Wanted>,
    /// Workloads.
    pub workloads: Vec<WorkloadRows>,
    /// All findings of each subject whose findings changed.
    pub findings: Vec<(String, Vec<rows::Finding>)>,
    /// Ids of workloads that are no more.
    pub workloads_gone: Vec<String>,
    /// Pods.
    pub pods: Vec<rows::Pod>,
    /// Uids of pods that are no more.
    pub pods_gone: Vec<String>,
    /// Whether all that is known was judged and something changed: what is open once this is
    /// written is a point of the trend.
    pub is_settled: bool,
    /// What a person reads first, if that changed.
    pub summary: Option<rows::Object>,
    /// All that is there, once: what else is stored is no more.
    pub everything: Option<Everything>,
}

/// The ids of all that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Everything {
    /// Of workloads.
    pub workloads: HashSet<String>,
    /// Of other objects.
    pub objects: HashSet<String>,
    /// Uids of pods.
    pub pods: HashSet<String>,
    /// Kinds that are not known, or not all of them: what is stored of these stays.
    pub missing: BTreeSet<String>,
}

/// Rows that wait to be written: for each thing the last that is known.
#[derive(Debug, Default)]
struct Pending {
    objects: BTreeMap<String, Option<rows::Object>>,
    pods: BTreeMap<String, Option<rows::Pod>>,
}

/// Rows of one kind that are written in one step.
const ROWS_MAX: usize = 5_000;

impl Pending {
    fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.pods.is_empty()
    }

    /// What to write next of it.
    fn next(&mut self, at: Timestamp) -> Writes {
        let mut writes = Writes { at, ..Writes::default() };
        for (id, object) in (0..ROWS_MAX).map_while(|_| self.objects.pop_first()) {
            match object {
                Some(object) => writes.objects.push(object),
                None => writes.objects_gone.push(id),
            }
        }
        for (uid, pod) in (0..ROWS_MAX).map_while(|_| self.pods.pop_first()) {
            match pod {
                Some(pod) => writes.pods.push(pod),
                None => writes.pods_gone.push(uid),
            }
        }
        writes
    }
}

/// Everything that is known and was judged of one cluster.
pub struct Audit {
    cluster: ClusterIdentity,
    inventory: Inventory,
    objects: Objects,
    /// What is known of images. The door has it too.
    assessed: Arc<Assessed>,
    /// What each workload calls the images that it runs.
    named: HashMap<WorkloadKey, Named>,
    standings: BTreeMap<WorkloadKey, Standing>,
    /// The fixes of other objects that buy the most.
    others: BTreeMap<ObjectKey, Vec<FixFirst>>,
    /// Attack paths by what they say, each with the objects that it leads over.
    paths: BTreeMap<String, (BTreeSet<String>, AttackPath)>,
    /// The same as they were found.
    found: ways::Found,
    /// Images that were asked for.
    wanted: BTreeSet<String>,
    /// Images of which somebody is about to say something.
    expected: BTreeSet<String>,
    /// Workloads that are not written until then.
    held: BTreeSet<WorkloadKey>,
    /// What was last written of each subject's findings, hashed.
    written: HashMap<String, u64>,
    /// Whether findings were written since the last point of the trend.
    has_news: bool,
    /// Objects to be judged at once.
    urgent: BTreeSet<ObjectKey>,
    /// Objects to be judged when nothing is urgent.
    todo: Queue<ObjectKey>,
    /// Workloads to be written.
    dirty: Queue<WorkloadKey>,
    summary: Summary,
    /// Rows of what is not judged.
    pending: Pending,
    /// Whether anything was taken from the inventory yet.
    has_begun: bool,
    /// Whether what is stored of an earlier life has not been looked at yet.
    is_first: bool,
}

impl Audit {
    /// Knows nothing yet of this cluster.
    pub fn new(cluster: ClusterIdentity) -> Self {
        Self {
            cluster,
            inventory: Inventory::default(),
            objects: Objects::default(),
            assessed: Arc::default(),
            named: HashMap::new(),
            standings: BTreeMap::new(),
            others: BTreeMap::new(),
            paths: BTreeMap::new(),
            found: ways::Found::default(),
            wanted: BTreeSet::new(),
            expected: BTreeSet::new(),
            held: BTreeSet::new(),
            written: HashMap::new(),
            has_news: false,
            urgent: BTreeSet::new(),
            todo: Queue::default(),
            dirty: Queue::default(),
            summary: Summary::default(),
            pending: Pending::default(),
            has_begun: false,
            is_first: false,
        }
    }

    /// Takes what became known of the cluster.
    pub fn apply(&mut self, change: Change, now: Timestamp) {
        self.inventory.apply(change, now);
    }

    /// These images were looked into in an earlier life. What is stored of the workloads that run
    /// them is true, and stays as it is, until it is heard here too what the rules say of them.
    pub fn expect(&mut self, images: impl IntoIterator<Item = String>) {
        let Assessed { inherited, failed, .. } = &*self.assessed;
        let is_new = |image: &String| !inherited.contains_key(image) && !failed.contains_key(image);
        self.expected.extend(images.into_iter().filter(is_new));
    }

    /// Nobody can say anything of an image for now.
    pub fn expect_no_more(&mut self, image: &str) {
        if self.expected.remove(image) {
            self.users_again(image);
        }
    }

    /// Whether nothing more is about to be said of any image that runs.
    pub fn knows_images(&self) -> bool {
        !self.images().into_iter().any(|image| self.expected.contains(image))
    }

    /// Takes what the rules say of an image.
    pub fn inherit(&mut self, image: &str, inherited: Inherited) {
        self.expected.remove(image);
        let known = self.assessed.inherited.get(image);
        if known.is_some_and(|known| **known == inherited) {
            return;
        }
        let is_told = known.is_some_and(|known| known.tells_as(&inherited));
        let assessed = Arc::make_mut(&mut self.assessed);
        assessed.failed.remove(image);
        assessed.inherited.insert(image.to_owned(), Arc::new(inherited));
        if !is_told {
            self.users_again(image);
        }
    }

    /// Takes why an image could not be looked into. What the rules said of it when it could be is
    /// still what is known.
    pub fn fail(&mut self, image: &str, why: &str) {
        self.expected.remove(image);
        if self.assessed.failed.get(image).is_some_and(|known| **known == *why) {
            return;
        }
        Arc::make_mut(&mut self.assessed).failed.insert(image.to_owned(), why.into());
        self.users_again(image);
    }

    /// Whoever runs an image has to be judged anew.
    fn users_again(&mut self, image: &str) {
        let users = self
            .standings
            .iter()
            .filter(|(_, standing)| standing.images.iter().any(|other| other == image))
            .filter(|(_, standing)| !standing.images.iter().any(|one| self.expected.contains(one)));
        let users: Vec<WorkloadKey> = users.map(|(key, _)| key.clone()).collect();
        for key in users {
            self.again(&key);
        }
    }

    /// Everything has to be judged anew: policies, modes or exceptions changed.
    pub fn all_again(&mut self) {
        self.todo.extend(self.inventory.objects().keys().filter(|key| is_judged(key)).cloned());
    }

    /// The objects of these namespaces have to be judged anew: what changed is about no others.
    pub fn again_within(&mut self, namespaces: &BTreeSet<String>) {
        let is_within = |key: &&ObjectKey| {
            key.namespace.as_ref().is_some_and(|one| namespaces.contains(one)) && is_judged(key)
        };
        self.todo.extend(self.inventory.objects().keys().filter(is_within).cloned());
    }

    /// Time alone changes what is said: exceptions end, releases come of age, a registry that was
    /// away is back. Everything is judged anew, and images are asked for again.
    pub fn grow_old(&mut self) {
        self.wanted.clear();
        // An image that somebody runs again is asked for again, and what it carries comes with it.
        let run: BTreeSet<String> = self.images().into_iter().map(str::to_owned).collect();
        Arc::make_mut(&mut self.assessed).retain(|image| run.contains(image));
        self.all_again();
    }

    /// These images were not judged by the rules of now: whoever runs one, now or later, asks for
    /// it. What is carried over meanwhile is what was known of it, where it runs.
    pub fn ask_again(&mut self, images: &BTreeSet<String>) {
        self.wanted.retain(|image| !images.contains(image));
        let mut run = BTreeSet::new();
        for (key, named) in &self.named {
            let mut users = named.iter().map(|(_, id)| &**id).filter(|id| images.contains(*id));
            if let Some(first) = users.next() {
                run.extend(std::iter::once(first).chain(users));
                self.dirty.insert(key.clone());
            }
        }
        Arc::make_mut(&mut self.assessed)
            .retain(|image| run.contains(image) || !images.contains(image));
    }

    /// A workload has to be judged anew.
    fn again(&mut self, key: &WorkloadKey) {
        if let Some(workload) = self.inventory.workload(key) {
            self.todo.extend(workload.judged);
            self.dirty.insert(key.clone());
        }
    }

    /// What is known, without what was judged.
    pub const fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The objects as they are judged, for the door.
    pub const fn objects(&self) -> &Objects {
        &self.objects
    }

    /// What is known of images, for the door.
    pub const fn assessed(&self) -> &Arc<Assessed> {
        &self.assessed
    }

    /// The ids of images that run and that nobody asked for yet: for a replica that does not write,
    /// and has to know all the same what the rules say of them.
    pub fn unasked(&self) -> Vec<String> {
        let run = self.images().into_iter();
        run.filter(|id| !self.wanted.contains(*id)).map(str::to_owned).collect()
    }

    /// Somebody was asked for an image.
    pub fn asked(&mut self, image: String) {
        self.wanted.insert(image);
    }

    /// What a person reads first.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Shows what was summed up before, or by another replica.
    pub fn show(&mut self, summary: Summary) {
        self.summary = summary;
    }

    /// How well the packages of all images that run are covered by advisories.
    pub fn coverage(&self) -> Vec<Coverage> {
        let mut all: BTreeMap<String, Coverage> = BTreeMap::new();
        let running = self.images();
        let running = running.into_iter().filter_map(|image| self.assessed.inherited.get(image));
        for one in running.flat_map(|inherited| &inherited.coverage) {
            let sum = all.entry(one.ecosystem.clone()).or_insert_with(|| Coverage {
                ecosystem: one.ecosystem.clone(),
                ..Coverage::default()
            });
            sum.packages += one.packages;
            sum.is_covered |= one.is_covered;
            sum.newest = sum.newest.max(one.newest);
        }
        all.into_values().collect()
    }

    /// Whether nothing is left to be judged or written, but for what may come.
    pub fn is_idle(&self) -> bool {
        self.urgent.is_empty()
            && self.todo.is_empty()
            && self.dirty.is_empty()
            && self.held.is_empty()
            && self.pending.is_empty()
            && !self.inventory.has_more()
    }

    /// Images that run now, by id: what a replica knows that never wrote, too.
    pub fn images(&self) -> BTreeSet<&str> {
        self.named.values().flatten().map(|(_, id)| &**id).collect()
    }

    /// Takes what the inventory has to say: [`Self::objects`] are up to date after it. A step does
    /// this too; alone it serves while the store cannot be written, or somebody else writes it.
    pub fn take(&mut self, now: Timestamp) {
        let changes: Changes = self.inventory.take(now);
        let is_first = !self.has_begun && self.inventory.is_synced();
        self.has_begun |= is_first;
        self.is_first |= is_first;
        self.found.is_old |= changes.objects.keys().any(is_judged);
        for (key, judged) in &changes.objects {
            self.take_object(key, judged.as_ref(), now);
        }
        let is_unread = |kind: &&Kind| self.inventory.unread().contains(kind.kind);
        let unread = KINDS.iter().filter(is_unread).map(|kind| (kind.group(), kind.kind));
        if self.objects.lack(unread) {
            self.found.is_old = true;
            self.all_again();
        }
        let affected = affected::affected(changes.objects.keys(), self.inventory.objects());
        let is_all = affected.is_none();
        let judged = affected.unwrap_or_default().into_iter().filter(is_judged);
        match (is_first, is_all) {
            (true, _) | (_, true) => self.all_again(),
            _ => self.urgent.extend(judged),
        }
        let own = changes.objects.keys().filter(|key| self.inventory.objects().contains_key(key));
        self.urgent.extend(own.filter(|key| !is_first && is_judged(key)).cloned());
        self.rename(&changes.workloads);
        self.dirty.extend(changes.workloads);
        self.pending.pods.extend(changes.pods_gone.into_iter().map(|uid| (uid, None)));
        for pod in changes.pods {
            let row = self.pod(pod);
            self.pending.pods.insert(row.uid.clone(), Some(row));
        }
    }

    /// Takes what these workloads call their images now.
    fn rename(&mut self, workloads: &BTreeSet<WorkloadKey>) {
        for key in workloads {
            let now = self.inventory.workload(key).map(|one| named(&one)).unwrap_or_default();
            let before = self.named.remove(key).unwrap_or_default();
            if now != before {
                Arc::make_mut(&mut self.assessed).rename(&before, &now);
            }
            if !now.is_empty() {
                self.named.insert(key.clone(), now);
            }
        }
    }

    fn pod(&self, pod: PodView) -> rows::Pod {
        rows::Pod {
            workload: Some(pod.workload.id(&self.cluster.id)),
            uid: pod.uid,
            namespace: pod.namespace,
            name: pod.name,
            node: pod.node,
            phase: pod.phase.as_str().to_owned(),
            started: pod.started.and_then(|at| Timestamp::from_millisecond(at).ok()),
            gone_at: None,
        }
    }

    /// Forgets what was written: from now on this replica writes, and all has to be written once.
    pub fn write_all_again(&mut self, now: Timestamp) {
        self.standings.clear();
        self.others.clear();
        self.written.clear();
        self.wanted.clear();
        // What to fix first is known again when all was judged.
        let fix_first = std::mem::take(&mut self.summary.fix_first);
        self.summary = Summary { fix_first, ..Summary::default() };
        self.has_begun = self.inventory.is_synced();
        self.is_first = self.has_begun;
        self.all_again();
        self.dirty.extend(self.inventory.workloads());
        self.inventory.tell_pods_again();
        let all = self.inventory.objects().iter();
        let rows = all.filter_map(|(key, judged)| self.object_row(key, judged, now));
        let rows: Vec<_> = rows.map(|row| (row.id.clone(), Some(row))).collect();
        self.pending.objects.extend(rows);
    }
}

/// Nodes are known and shown; there is no rule about them.
fn is_judged(key: &ObjectKey) -> bool {
    !(key.kind == "Node" && key.group().is_empty())
}
