//! Writes what was judged, in order, however long the store is away.

use super::{
    aside::Aside,
    keeper::{Trouble, Work},
    stopped,
};
use crate::{
    audit::{Everything, Wanted, WorkloadRows, Writes},
    events::{self, Kind},
    scan::job::{Job, SCANS},
};
use cofferdam_bus::{Bus, BusError};
use cofferdam_store::{
    Cursor, ImageState, LARGEST_PAGE, ObjectFilter, Page, Result, Store, StoreError,
    WorkloadFilter, by_halves, rows,
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
    pub(super) trouble: watch::Sender<Trouble>,
    pub(super) aside: Aside,
}

impl Writer {
    /// Writes until nobody gives anything any more, or it is told to stop: then what is being
    /// written is written, if the store is there.
    pub(super) async fn run(
        mut self,
        mut work: mpsc::Receiver<Work>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut last = None;
        loop {
            let next = tokio::select! {
                next = work.recv() => next,
                () = stopped(&mut stop) => work.try_recv().ok(),
            };
            let Some(next) = next else { return };
            while let Err(error) = self.write(&next, &mut last).await {
                self.say(Some(error.to_string()));
                if *stop.borrow() {
                    return;
                }
                sleep(AWAY).await;
            }
            self.say(None);
            self.tell(&next.writes).await;
        }
    }

    fn say(&self, away: Option<String>) {
        let refused = self.aside.summary();
        self.trouble.send_if_modified(|trouble| {
            let is_other = trouble.away != away || trouble.refused != refused;
            (trouble.away, trouble.refused) = (away, refused);
            is_other
        });
    }

    /// Everything here may be done twice. An error passes; what the store refuses though it is
    /// there is set aside, and the rest is written.
    pub(super) async fn write(
        &mut self,
        work: &Work,
        last: &mut Option<rows::Cluster>,
    ) -> Result<()> {
        let Work { writes, cluster } = work;
        let (store, now) = (self.store.clone(), writes.at);
        if writes.everything.is_some() {
            // All that there is is written from here on, and refused again if it must be.
            (self.aside, *last) = (Aside::default(), None);
        }
        if last.as_ref() != Some(cluster) {
            let written = store.put_cluster(cluster).await;
            self.one("cluster", &cluster.id, &cluster.name, written)?;
            *last = Some(cluster.clone());
        }
        let put = |some| store.put_objects(some);
        self.each("object", &writes.objects, put, |one| (&one.id, title(one))).await?;
        let end = |some| store.gone_objects(some, now);
        self.end("object that is gone", &writes.objects_gone, end).await?;
        for wanted in &writes.wanted {
            let done = self.want(wanted).await;
            self.one("image", &wanted.image.id, &wanted.reference, done)?;
        }
        self.write_workloads(&writes.workloads, now).await?;
        for some in writes.findings.chunks(SUBJECTS_MAX) {
            let put = async |some| store.put_all_findings(some, now).await.map(drop);
            self.each("findings", some, put, |(id, found)| {
                let title = found.first().map_or(id, |first| &first.subject_title);
                (id, format!("the findings of {title}"))
            })
            .await?;
        }
        let end = |some| store.gone_workloads(some, now);
        self.end("workload that is gone", &writes.workloads_gone, end).await?;
        let put = |some| store.put_pods(some);
        let name = |one: &rows::Pod| format!("Pod {}/{}", one.namespace, one.name);
        self.each("pod", &writes.pods, put, |one| (&one.uid, name(one))).await?;
        let end = |some| store.gone_pods(some, now);
        self.end("pod that is gone", &writes.pods_gone, end).await?;
        if let Some(everything) = &writes.everything {
            let ended = self.end_others(&cluster.id, everything, now).await;
            self.one("all", &cluster.id, "what is stored of an earlier life", ended)?;
        }
        if writes.is_settled {
            let kept = store.keep_point(&cluster.id, now).await;
            self.one("trend", &cluster.id, "the trend", kept)?;
        }
        if let Some(summary) = &writes.summary {
            let written = store.put_objects(std::slice::from_ref(summary)).await;
            self.one("summary", &cluster.id, "what to fix first", written)?;
        }
        Ok(())
    }

    async fn write_workloads(&mut self, all: &[WorkloadRows], now: Timestamp) -> Result<()> {
        let store = self.store.clone();
        let title = |one: &WorkloadRows| {
            let rows::Workload { kind, namespace, name, .. } = &one.workload;
            format!("{kind} {namespace}/{name}")
        };
        let put = async |some: &[WorkloadRows]| {
            let rows: Vec<_> = some.iter().map(|one| one.workload.clone()).collect();
            store.put_workloads(&rows).await
        };
        self.each("workload", all, put, |one| (&one.workload.id, title(one))).await?;
        // A manifest that is not among these is as it was: written before, or refused.
        let some: Vec<_> = all.iter().filter(|one| one.manifest.is_some()).collect();
        let put = async |some: &[&WorkloadRows]| {
            let rows: Vec<_> = some.iter().filter_map(|one| one.manifest.clone()).collect();
            store.put_manifests(&rows).await
        };
        let of = |one: &WorkloadRows| format!("the manifest of {}", title(one));
        self.each("manifest", &some, put, |one| (&one.workload.id, of(one))).await?;
        let put = async |some: &[WorkloadRows]| {
            let rows: Vec<_> =
                some.iter().map(|one| (one.workload.id.clone(), one.containers.clone())).collect();
            store.put_all_containers(&rows, now).await
        };
        let of = |one: &WorkloadRows| format!("the containers of {}", title(one));
        self.each("containers", all, put, |one| (&one.workload.id, of(one))).await
    }

    /// Writes all of one kind that the store takes. Of each there is its id and what it is.
    async fn each<'r, T, F>(
        &mut self,
        kind: &'static str,
        rows: &'r [T],
        write: impl Fn(&'r [T]) -> F,
        tell: impl Fn(&'r T) -> (&'r String, String),
    ) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let refused = by_halves(rows, write).await?;
        self.aside.took(kind, rows.iter().map(|row| &**tell(row).0));
        for (row, error) in refused {
            let (id, what) = tell(row);
            self.aside.refused(kind, id, &what, &error);
        }
        Ok(())
    }

    /// Ends all of these that the store lets end.
    async fn end<'r, F>(
        &mut self,
        kind: &'static str,
        ids: &'r [String],
        end: impl Fn(&'r [String]) -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        self.aside.gone(ids);
        self.each(kind, ids, end, |id| (id, format!("the end of the {kind}"))).await
    }

    /// Something of which there is one.
    fn one(&mut self, kind: &'static str, id: &str, what: &str, done: Result<()>) -> Result<()> {
        match done {
            Err(error) if error.passes() => return Err(error),
            Err(error) => self.aside.refused(kind, id, what, &error),
            Ok(()) => self.aside.took(kind, std::iter::once(id)),
        }
        Ok(())
    }

    /// An image that runs: scanned, waiting to be, or failed a while ago.
    async fn want(&self, wanted: &Wanted) -> Result<()> {
        let id = &wanted.image.id;
        let known = match self.store.image(id).await {
            Err(error) if error.passes() => return Err(error),
            known => known,
        };
        // Who runs it is told at once what is known of it: the rules may be others than when it was
        // judged, and if it could not be had, that is not tried again at once. Nor does anybody
        // wait for a row that cannot be read.
        let _ = self.judge.send(id.clone()).await;
        match known? {
            Some(image) if image.state == ImageState::Scanned => return Ok(()),
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
            Err(BusError::Refused(why)) => Err(StoreError::Internal(format!("the bus: {why}"))),
            Err(error) => Err(StoreError::Unavailable(format!("the bus: {error}"))),
        }
    }

    /// Ends what is stored and not there any more: it went while nobody watched.
    pub(super) async fn end_others(
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
                if !everything.missing.contains("Pod") {
                    let pods = self.store.pods(&workload.id).await?.into_iter();
                    let ended =
                        pods.map(|pod| pod.uid).filter(|uid| !everything.pods.contains(uid));
                    self.store.gone_pods(&ended.collect::<Vec<_>>(), now).await?;
                }
                let is_known = !everything.missing.contains(&workload.kind);
                if is_known && !everything.workloads.contains(&workload.id) {
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
            let is_known = |object: &rows::Object| {
                object.kind != "Summary" && !everything.missing.contains(&object.kind)
            };
            let gone = listed.items.into_iter().filter(is_known);
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

/// What an object is called.
fn title(object: &rows::Object) -> String {
    match &object.namespace {
        Some(namespace) => format!("{} {namespace}/{}", object.kind, object.name),
        None => format!("{} {}", object.kind, object.name),
    }
}
