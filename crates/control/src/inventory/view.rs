//! Workloads and pods as they are told to others.

use super::{
    Container, ImageKey, Inventory, Phase, WorkloadKey,
    image::name_and_tag,
    owners::{Owner, OwnerId},
    pods::{Pod, PodId},
};
use cofferdam_manifest::ContainerKind;
use cofferdam_model::ObjectKey;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

/// A workload as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// `apps/v1`.
    pub api_version: String,
    /// Pods that it wants; pods that there are where it does not say.
    pub replicas: u32,
    /// Pods that are ready.
    pub ready: u32,
    /// The account that its pods run under.
    pub account: String,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Whether a container is privileged.
    pub is_privileged: bool,
    /// Its containers of every kind, those that only its pods have (injected, ephemeral) included.
    pub containers: BTreeSet<ContainerView>,
    /// The images that it runs, with the reference by which each was first asked for.
    pub images: BTreeMap<ImageKey, String>,
    /// Pods by the node that runs them.
    pub nodes: BTreeMap<String, u32>,
    /// The objects that are judged for it.
    pub judged: BTreeSet<ObjectKey>,
    /// Names of the secrets that its pods pull images with.
    pub pull_secrets: BTreeSet<String>,
}

/// A container of a workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerView {
    /// Its name.
    pub name: String,
    /// In which list it stands.
    pub kind: ContainerKind,
    /// The image as it is written.
    pub image_ref: String,
    /// What runs, or ran last; pods of one workload may differ, on platforms or amid a rollout.
    pub image: Option<ImageKey>,
}

/// A pod as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodView {
    /// Its uid.
    pub uid: String,
    /// The workload that it belongs to.
    pub workload: WorkloadKey,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The node that it was given to.
    pub node: Option<String>,
    /// Where in its life it is.
    pub phase: Phase,
    /// When its kubelet took it, in milliseconds since 1970.
    pub started: Option<i64>,
}

/// Pods that are told at a time. When a cluster is first seen all of them are new.
const TOLD_MAX: usize = 5_000;

impl Inventory {
    /// Every workload there is.
    pub fn workloads(&self) -> BTreeSet<WorkloadKey> {
        let bare = self
            .pods
            .bare()
            .filter_map(|pod| self.workload_of_pod(self.pods.find(&pod.namespace, &pod.name)?));
        let all = self.owners.names().cloned().chain(bare);
        all.filter(|key| !self.is_late(key) && self.workload(key).is_some()).collect()
    }

    /// A workload as it is now; nothing when it is no more.
    pub fn workload(&self, key: &WorkloadKey) -> Option<Workload> {
        let owners: Vec<OwnerId> =
            self.owners.tops(key).flat_map(|top| self.owners.below(top)).collect();
        let owners: Vec<&Owner> = owners.into_iter().filter_map(|id| self.owners.get(id)).collect();
        let bare = (key.kind == "Pod")
            .then(|| self.pods.find(key.namespace.as_deref().unwrap_or_default(), &key.name));
        let bare = bare.flatten().and_then(|id| self.pods.get(id));
        let pods: Vec<&Pod> = owners
            .iter()
            .flat_map(|owner| owner.pods.iter())
            .filter_map(|id| self.pods.get(*id))
            .chain(bare.filter(|pod| pod.owner.is_none()))
            .collect();
        if pods.is_empty() && owners.iter().all(|owner| owner.facts.is_none()) {
            return None;
        }
        let mut workload =
            Workload { judged: self.judged_of(&owners, &pods), ..Workload::default() };
        workload.api_version = Self::api_version(&owners);
        let secrets = pods.iter().flat_map(|pod| pod.pull_secrets.split(','));
        workload.pull_secrets =
            secrets.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        count(&mut workload, &owners, &pods);
        self.contain(&mut workload, &owners, &pods);
        Some(workload)
    }

    fn api_version(owners: &[&Owner]) -> String {
        let top = owners.iter().find(|owner| owner.parent.is_none());
        top.map_or_else(|| "v1".to_owned(), |owner| owner.key.api_version.clone())
    }

    fn judged_of(&self, owners: &[&Owner], pods: &[&Pod]) -> BTreeSet<ObjectKey> {
        let own = owners.iter().map(|owner| owner.key.clone());
        let samples = owners.iter().filter_map(|owner| Some(owner.sample.as_ref()?.key.clone()));
        let pods = pods.iter().filter(|pod| pod.is_judged);
        let pods = pods.map(|pod| ObjectKey::new("v1", "Pod", Some(&pod.namespace), &pod.name));
        own.chain(samples).chain(pods).filter(|key| self.judged.contains_key(key)).collect()
    }

    /// Containers and images: of its templates, and of its pods.
    fn contain(&self, workload: &mut Workload, owners: &[&Owner], pods: &[&Pod]) {
        let mut seen: HashSet<(*const Container, Option<&str>)> = HashSet::new();
        for pod in pods.iter().filter(|pod| !pod.phase.has_ended()) {
            let platform = self.platform(pod);
            // Of a thousand pods of one template only the first is looked at.
            if seen.insert((Arc::as_ptr(&pod.containers).cast(), platform)) {
                let containers = pod.containers.iter().map(|one| view(one, platform));
                workload.containers.extend(containers);
                workload.is_privileged |= pod.containers.iter().any(|one| one.is_privileged);
            }
        }
        // What an old ReplicaSet would make runs nowhere.
        let templates = owners
            .iter()
            .filter(|owner| workload.judged.contains(&owner.key))
            .filter_map(|owner| owner.facts.as_ref()?.template.clone());
        for one in templates.flat_map(|template| template.containers) {
            workload.is_privileged |= one.is_privileged;
            let is_running = workload
                .containers
                .iter()
                .any(|other| *other.name == *one.name && *other.image_ref == *one.image);
            if !is_running {
                workload.containers.insert(view(&one, None));
            }
        }
        if workload.containers.iter().any(|one| one.image.is_none()) {
            let ran = self.ran(&workload.containers, owners, pods);
            let containers = std::mem::take(&mut workload.containers);
            workload.containers = containers.into_iter().map(|one| as_it_ran(one, &ran)).collect();
        }
        for one in &workload.containers {
            if let Some(image) = &one.image {
                workload.images.entry(image.clone()).or_insert_with(|| one.image_ref.clone());
            }
        }
    }

    /// What is known to run, and behind it what ran last: in pods that have ended, and then in
    /// those that are gone.
    fn ran(
        &self,
        running: &BTreeSet<ContainerView>,
        owners: &[&Owner],
        pods: &[&Pod],
    ) -> Vec<ContainerView> {
        let mut ended: Vec<&Pod> =
            pods.iter().copied().filter(|pod| pod.phase.has_ended()).collect();
        ended.sort_by_key(|pod| Reverse(pod.started));
        let ended = ended.into_iter().map(|pod| (&pod.containers, self.platform(pod)));
        let gone = owners.iter().flat_map(|owner| &owner.ran);
        let gone = gone.map(|ran| (&ran.containers, Some(&*ran.platform)));
        let before = ended.chain(gone).flat_map(|(containers, platform)| {
            containers.iter().map(move |one| view(one, platform))
        });
        running.iter().cloned().chain(before).filter(|one| one.image.is_some()).collect()
    }

    /// Pods that changed and whose place is known; of very many some, and the others later.
    pub(super) fn changed_pods(&mut self) -> Vec<PodView> {
        let mut told = Vec::new();
        let changed = self.pods.changed(TOLD_MAX);
        self.has_more = changed.len() == TOLD_MAX;
        for id in changed {
            let owner = self.pods.get(id).and_then(|pod| pod.owner);
            let top = owner.map(|owner| self.owners.top(owner));
            if top.and_then(|top| self.owners.get(top)).is_some_and(|top| top.is_late) {
                self.pods.mark([id]);
                continue;
            }
            told.extend(self.pod_view(id));
        }
        told
    }

    fn pod_view(&self, id: PodId) -> Option<PodView> {
        let pod = self.pods.get(id)?;
        Some(PodView {
            uid: pod.uid.to_string(),
            workload: self.workload_of_pod(id)?,
            namespace: pod.namespace.to_string(),
            name: pod.name.to_string(),
            node: pod.node.as_deref().map(str::to_owned),
            phase: pod.phase,
            started: pod.started,
        })
    }

    /// Whether [`Self::take`] has more to tell at once.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// All pods are told again.
    pub fn tell_pods_again(&mut self) {
        self.pods.mark_all();
        self.has_more = true;
    }

    /// The uids of all pods.
    pub fn pod_uids(&self) -> HashSet<String> {
        self.pods.ids().filter_map(|id| Some(self.pods.get(id)?.uid.to_string())).collect()
    }
}

/// A container of which nobody has said yet what runs in it: a pod that has just been made, a
/// CronJob between two of its times. Until then it is what ran last under the same reference.
fn as_it_ran(one: ContainerView, ran: &[ContainerView]) -> ContainerView {
    let is_same = |other: &&ContainerView| {
        one.image.is_none() && other.name == one.name && other.image_ref == one.image_ref
    };
    let last = ran.iter().find(is_same).and_then(|other| other.image.clone());
    ContainerView { image: one.image.or(last), ..one }
}

fn view(container: &Container, platform: Option<&str>) -> ContainerView {
    let image = container.digest.zip(platform).map(|(digest, platform)| ImageKey {
        name: name_and_tag(&container.image).0,
        digest,
        platform: platform.to_owned(),
    });
    ContainerView {
        name: container.name.to_string(),
        kind: container.kind,
        image_ref: container.image.to_string(),
        image,
    }
}

fn count(workload: &mut Workload, owners: &[&Owner], pods: &[&Pod]) {
    let live = || pods.iter().filter(|pod| !pod.phase.has_ended());
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut tops = owners.iter().filter(|owner| owner.parent.is_none());
    let facts = tops.find_map(|owner| owner.facts.as_ref());
    workload.replicas =
        facts.and_then(|facts| facts.desired).unwrap_or_else(|| number(live().count()));
    workload.ready = number(live().filter(|pod| pod.is_ready).count());
    workload.labels = facts.map(|facts| facts.labels.clone()).unwrap_or_default();
    let template = facts.and_then(|facts| facts.template.as_ref());
    let account = template.map(|template| &*template.account);
    let account = account.or_else(|| pods.first().map(|pod| &*pod.account));
    account.unwrap_or("default").clone_into(&mut workload.account);
    for pod in live() {
        if let Some(node) = &pod.node {
            *workload.nodes.entry(node.to_string()).or_default() += 1;
        }
    }
}
