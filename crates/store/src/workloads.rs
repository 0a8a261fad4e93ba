//! Workloads, containers, pods, manifests.

use crate::{
    engine::Transaction,
    error::Result,
    findings::close_findings,
    list::Which,
    page::{Listed, Page, WorkloadSort},
    rows::{Container, Manifest, Pod, Row as _, Workload},
    store::Store,
    value::Cell as _,
    words::Exposure,
    write::{as_stored, upsert, values},
};
use cofferdam_model::Severity;
use jiff::Timestamp;

/// Pods and containers of one workload that are read at most: twice what a Deployment of the
/// largest cluster we are made for has.
const MOST_PARTS: u32 = 10_000;

/// Which workloads of those that are there now. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct WorkloadFilter {
    /// Of this cluster.
    pub cluster: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In one of these namespaces; an empty list matches nothing.
    pub namespaces: Option<Vec<String>>,
    /// With a finding of this severity.
    pub severity: Option<Severity>,
    /// Exposed so.
    pub exposure: Option<Exposure>,
    /// With a container of this image.
    pub image: Option<String>,
    /// With a container of an image that has this vulnerability, by the id that it is told under.
    pub vulnerability: Option<String>,
    /// With this text in name, namespace or kind.
    pub text: Option<String>,
}

impl WorkloadFilter {
    fn which(&self) -> Which {
        let mut which = Which::default();
        which.at(None);
        which.is("cluster", self.cluster.as_ref());
        which.is("kind", self.kind.as_ref());
        which.any("namespace", self.namespaces.as_deref());
        which.is("exposure", self.exposure.as_ref());
        match self.severity {
            Some(Severity::Critical) => which.and("critical > 0"),
            Some(Severity::High) => which.and("high > 0"),
            Some(Severity::Medium) => which.and("medium > 0"),
            Some(Severity::Low) => which.and("low > 0"),
            Some(Severity::None) => which.and("critical + high + medium + low = 0"),
            None => {}
        }
        if self.image.is_some() || self.vulnerability.is_some() {
            let mut containers = Which::starting(which.values());
            containers.is("image", self.image.as_ref());
            containers.has_vulnerability("image", self.vulnerability.as_ref());
            containers.at(None);
            let inner = format!("id IN (SELECT workload FROM container{})", containers.clause());
            which = containers.replacing(which);
            which.and(&inner);
        }
        which.like(&["name", "namespace", "kind"], self.text.as_deref());
        which
    }
}

impl Store {
    /// Writes workloads. Those that exist keep their `first_seen`.
    pub async fn put_workloads(&self, workloads: &[Workload]) -> Result<()> {
        self.put(upsert::<Workload>(&["first_seen"]), workloads).await.map(drop)
    }

    /// One workload.
    pub async fn workload(&self, id: &str) -> Result<Option<Workload>> {
        self.one("id", id).await
    }

    /// A page of the workloads that are there now.
    pub async fn workloads(
        &self,
        filter: &WorkloadFilter,
        page: &Page<WorkloadSort>,
    ) -> Result<Listed<Workload>> {
        self.list(filter.which(), page).await
    }

    /// Says that workloads are gone: they, their containers and their findings end now; their
    /// pods end by themselves.
    pub async fn gone_workloads(&self, ids: &[String], now: Timestamp) -> Result<()> {
        let mut transaction = self.engine.begin().await?;
        transaction.gone("workload", "id", ids, now).await?;
        transaction.gone("container", "workload", ids, now).await?;
        close_findings(&mut transaction, ids, now).await?;
        transaction.commit().await
    }

    /// Writes the documents of workloads.
    pub async fn put_manifests(&self, manifests: &[Manifest]) -> Result<()> {
        self.put(upsert::<Manifest>(&[]), manifests).await.map(drop)
    }

    /// The documents of a workload.
    pub async fn manifest(&self, workload: &str) -> Result<Option<Manifest>> {
        self.one("workload", workload).await
    }

    /// Says which containers a workload has. One with another image is another: the old one ends
    /// now, the new one begins. `workload`, `first_seen` and `gone_at` of the rows given do not
    /// matter.
    pub async fn put_containers(
        &self,
        workload: &str,
        containers: &[Container],
        now: Timestamp,
    ) -> Result<()> {
        self.put_all_containers(&[(workload.to_owned(), containers.to_vec())], now).await
    }

    /// The same for many workloads in one transaction.
    pub async fn put_all_containers(
        &self,
        all: &[(String, Vec<Container>)],
        now: Timestamp,
    ) -> Result<()> {
        let mut transaction = self.engine.begin().await?;
        for (workload, containers) in all {
            put_containers(&mut transaction, workload, containers, now).await?;
        }
        transaction.commit().await
    }

    /// The containers of a workload, now or then.
    pub async fn containers(
        &self,
        workload: &str,
        at: Option<Timestamp>,
    ) -> Result<Vec<Container>> {
        let mut which = Which::default();
        which.is("workload", Some(&workload.to_owned()));
        which.at(at);
        self.all(which, "kind, name, image_ref", MOST_PARTS).await
    }

    /// Writes pods.
    pub async fn put_pods(&self, pods: &[Pod]) -> Result<()> {
        self.put(upsert::<Pod>(&[]), pods).await.map(drop)
    }

    /// Says that pods are gone.
    pub async fn gone_pods(&self, uids: &[String], now: Timestamp) -> Result<()> {
        let sql = "UPDATE pod SET gone_at = ?1 WHERE uid = ?2 AND gone_at IS NULL";
        let rows = uids.iter().map(|uid| vec![now.store(), uid.store()]).collect();
        let mut transaction = self.engine.begin().await?;
        transaction.execute_many(sql.to_owned(), rows).await?;
        transaction.commit().await
    }

    /// The pods of a workload.
    pub async fn pods(&self, workload: &str) -> Result<Vec<Pod>> {
        let mut which = Which::default();
        which.is("workload", Some(&workload.to_owned()));
        which.and("gone_at IS NULL");
        self.all(which, "namespace, name", MOST_PARTS).await
    }
}

async fn put_containers(
    transaction: &mut Transaction,
    workload: &str,
    containers: &[Container],
    now: Timestamp,
) -> Result<()> {
    // Changes nothing; makes two replicas that write one workload take turns.
    let turn = "UPDATE workload SET last_seen = last_seen WHERE id = ?1";
    transaction.execute(turn.to_owned(), vec![workload.to_owned().store()]).await?;
    let mut which = Which::default();
    which.is("workload", Some(&workload.to_owned()));
    which.and("gone_at IS NULL");
    let mut old: Vec<Container> = transaction.all(which).await?;
    let mut begun = Vec::new();
    for new in containers {
        let new = &as_stored(new)?;
        // An image that is identified later is the same one.
        let same = |old: &Container| {
            (old.kind, &old.name, &old.image_ref) == (new.kind, &new.name, &new.image_ref)
                && (old.image.is_none() || old.image == new.image)
        };
        let known = old.iter().position(same).map(|place| old.swap_remove(place));
        if known.as_ref().is_some_and(|known| known.image == new.image) {
            continue;
        }
        let first_seen = known.map_or(now, |known| known.first_seen);
        let workload = workload.to_owned();
        begun.push(Container { workload, first_seen, gone_at: None, ..new.clone() });
    }
    let key = "workload = ?2 AND kind = ?3 AND name = ?4 AND image_ref = ?5 AND first_seen = ?6";
    for old in &old {
        let mut values = vec![now.store()];
        values.extend(old.values().into_iter().take(4));
        values.push(old.first_seen.store());
        let sql = format!("UPDATE container SET gone_at = ?1 WHERE {key}");
        transaction.execute(sql, values).await?;
    }
    transaction.execute_many(upsert::<Container>(&[]), values(&begun)).await.map(drop)
}
