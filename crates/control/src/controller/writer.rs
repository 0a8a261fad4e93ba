//! Writes what was judged, in order, however long the store is away.

use super::{keeper::Work, stopped};
use crate::{
    audit::{Everything, Wanted, Writes},
    events::{self, Kind},
    scan::job::{Job, SCANS},
};
use cofferdam_bus::Bus;
use cofferdam_store::{
    Cursor, ImageState, LARGEST_PAGE, ObjectFilter, Page, Result, Store, StoreError,
    WorkloadFilter, rows,
};
use jiff::Timestamp;
use std::time::Duration;
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

/// Workloads and other objects whose findings are written at a time: each costs what it has.
const SUBJECTS_MAX: usize = 64;

/// The pause before something is written again that could not be written.
const AWAY: Duration = Duration::from_secs(2);

pub(super) struct Writer {
    pub(super) store: Store,
    pub(super) bus: Bus,
    /// Images whose contents are known.
    pub(super) judge: mpsc::Sender<String>,
    /// What could not be done, as long as it cannot.
    pub(super) trouble: watch::Sender<Option<String>>,
}

impl Writer {
    /// Writes until nobody gives anything any more, or it is told to stop: then what is being
    /// written is written, if the store is there.
    pub(super) async fn run(self, mut work: mpsc::Receiver<Work>, mut stop: watch::Receiver<bool>) {
        let mut last = None;
        loop {
            let next = tokio::select! {
                next = work.recv() => next,
                () = stopped(&mut stop) => work.try_recv().ok(),
            };
            let Some(next) = next else { return };
            while let Err(error) = self.write(&next, &mut last).await {
                self.trouble.send_replace(Some(error.to_string()));
                if *stop.borrow() {
                    return;
                }
                sleep(AWAY).await;
            }
            self.trouble.send_if_modified(|trouble| trouble.take().is_some());
            self.tell(&next.writes).await;
        }
    }

    /// Everything here may be done twice.
    async fn write(&self, work: &Work, last: &mut Option<rows::Cluster>) -> Result<()> {
        let Work { writes, cluster } = work;
        let now = writes.at;
        if last.as_ref() != Some(cluster) {
            self.store.put_cluster(cluster).await?;
            *last = Some(cluster.clone());
        }
        self.store.put_objects(&writes.objects).await?;
        self.store.gone_objects(&writes.objects_gone, now).await?;
        for wanted in &writes.wanted {
            self.want(wanted).await?;
        }
        let workloads: Vec<rows::Workload> =
            writes.workloads.iter().map(|one| one.workload.clone()).collect();
        self.store.put_workloads(&workloads).await?;
        let manifests: Vec<rows::Manifest> =
            writes.workloads.iter().filter_map(|one| one.manifest.clone()).collect();
        self.store.put_manifests(&manifests).await?;
        let containers: Vec<(String, Vec<rows::Container>)> = writes
            .workloads
            .iter()
            .map(|one| (one.workload.id.clone(), one.containers.clone()))
            .collect();
        self.store.put_all_containers(&containers, now).await?;
        for some in writes.findings.chunks(SUBJECTS_MAX) {
            self.store.put_all_findings(some, now).await?;
        }
        self.store.gone_workloads(&writes.workloads_gone, now).await?;
        self.store.put_pods(&writes.pods).await?;
        self.store.gone_pods(&writes.pods_gone, now).await?;
        if let Some(everything) = &writes.everything {
            self.end_others(&cluster.id, everything, now).await?;
        }
        if writes.is_settled {
            self.store.keep_point(&cluster.id, now).await?;
        }
        if let Some(summary) = &writes.summary {
            self.store.put_objects(std::slice::from_ref(summary)).await?;
        }
        Ok(())
    }

    /// An image that runs: scanned, waiting to be, or failed a while ago.
    async fn want(&self, wanted: &Wanted) -> Result<()> {
        let id = &wanted.image.id;
        match self.store.image(id).await? {
            Some(image) if image.state == ImageState::Scanned => {
                // It is judged again: rules and advisories may have changed since it was.
                let _ = self.judge.send(id.clone()).await;
                return Ok(());
            }
            Some(_) => {}
            None => self.store.put_images(std::slice::from_ref(&wanted.image)).await?,
        }
        let job = Job {
            image: id.clone(),
            namespace: wanted.namespace.clone(),
            pull_secrets: wanted.pull_secrets.clone(),
        };
        // An image that is asked for twice is scanned once: the second time it is done.
        match self.bus.publish(SCANS, id, &job.encode()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(StoreError::Unavailable(format!("the bus: {error}"))),
        }
    }

    /// Ends what is stored and not there any more: it went while nobody watched.
    async fn end_others(
        &self,
        cluster: &str,
        everything: &Everything,
        now: Timestamp,
    ) -> Result<()> {
        let mut after: Option<Cursor> = None;
        loop {
            let filter =
                WorkloadFilter { cluster: Some(cluster.to_owned()), ..WorkloadFilter::default() };
            let page = Page { limit: LARGEST_PAGE, after: after.take(), ..Page::default() };
            let listed = self.store.workloads(&filter, &page).await?;
            let mut gone = Vec::new();
            for workload in listed.items {
                let pods = self.store.pods(&workload.id).await?.into_iter();
                let ended = pods.map(|pod| pod.uid).filter(|uid| !everything.pods.contains(uid));
                self.store.gone_pods(&ended.collect::<Vec<_>>(), now).await?;
                if !everything.workloads.contains(&workload.id) {
                    gone.push(workload.id);
                }
            }
            self.store.gone_workloads(&gone, now).await?;
            after = listed.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let filter =
                ObjectFilter { cluster: Some(cluster.to_owned()), ..ObjectFilter::default() };
            let page = Page { limit: LARGEST_PAGE, after: after.take(), ..Page::default() };
            let listed = self.store.objects(&filter, &page).await?;
            let gone = listed.items.into_iter().filter(|object| object.kind != "Summary");
            let gone = gone.map(|object| object.id).filter(|id| !everything.objects.contains(id));
            self.store.gone_objects(&gone.collect::<Vec<_>>(), now).await?;
            after = listed.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Whoever listens hears of each workload, or that there were many.
    async fn tell(&self, writes: &Writes) {
        const SINGLY_MAX: usize = 50;
        let ids = || {
            let rows = writes.workloads.iter().map(|one| &one.workload.id);
            rows.chain(&writes.workloads_gone)
        };
        if ids().count() > SINGLY_MAX {
            drop(events::tell(&self.bus, Kind::Workload, None).await);
        } else {
            for id in ids() {
                drop(events::tell(&self.bus, Kind::Workload, Some(id)).await);
            }
        }
        if !writes.findings.is_empty() {
            drop(events::tell(&self.bus, Kind::Finding, None).await);
        }
        if writes.summary.is_some() || !writes.objects.is_empty() || !writes.objects_gone.is_empty()
        {
            drop(events::tell(&self.bus, Kind::Cluster, None).await);
        }
    }
}
