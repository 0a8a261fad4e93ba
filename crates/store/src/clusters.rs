//! Clusters, the objects in them, and the trend.

use crate::{
    error::Result,
    findings::close_findings,
    list::Which,
    page::{Listed, ObjectSort, Page},
    rows::{Cluster, Object, Point},
    store::Store,
    value::Cell as _,
    write::upsert,
};
use jiff::Timestamp;

/// Clusters that are listed: a hub has a few hundred.
const MOST_CLUSTERS: u32 = 1000;
/// Points of a trend that are given: more than a screen has pixels to show.
const MOST_POINTS: u32 = 2000;

/// Which objects. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct ObjectFilter {
    /// Of this cluster.
    pub cluster: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In one of these namespaces; an empty list matches nothing.
    pub namespaces: Option<Vec<String>>,
    /// With this text in the name.
    pub text: Option<String>,
    /// As it was then.
    pub at: Option<Timestamp>,
}

impl Store {
    /// Writes a cluster.
    pub async fn put_cluster(&self, cluster: &Cluster) -> Result<()> {
        self.put(upsert::<Cluster>(&[]), std::slice::from_ref(cluster)).await.map(drop)
    }

    /// All clusters, by name.
    pub async fn clusters(&self) -> Result<Vec<Cluster>> {
        self.all(Which::default(), "name, id", MOST_CLUSTERS).await
    }

    /// Writes objects. Those that exist keep their `first_seen`.
    pub async fn put_objects(&self, objects: &[Object]) -> Result<()> {
        self.put(upsert::<Object>(&["first_seen"]), objects).await.map(drop)
    }

    /// Says that objects are gone: they and their findings end now.
    pub async fn gone_objects(&self, ids: &[String], now: Timestamp) -> Result<()> {
        let mut transaction = self.engine.begin().await?;
        transaction.gone("object", "id", ids, now).await?;
        close_findings(&mut transaction, ids, now).await?;
        transaction.commit().await
    }

    /// One object.
    pub async fn object(&self, id: &str) -> Result<Option<Object>> {
        self.one("id", id).await
    }

    /// A page of objects.
    pub async fn objects(
        &self,
        filter: &ObjectFilter,
        page: &Page<ObjectSort>,
    ) -> Result<Listed<Object>> {
        let mut which = Which::default();
        which.at(filter.at);
        which.is("cluster", filter.cluster.as_ref());
        which.is("kind", filter.kind.as_ref());
        which.any("namespace", filter.namespaces.as_deref());
        which.like(&["name"], filter.text.as_deref());
        self.list(which, page).await
    }

    /// Keeps what is open now as a point of the trend, if that changed since the last one.
    pub async fn keep_point(&self, cluster: &str, at: Timestamp) -> Result<()> {
        let counts = self.severities(None).await?;
        let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let mut point = Point {
            cluster: cluster.to_owned(),
            at,
            critical: number(counts.critical),
            high: number(counts.high),
            medium: number(counts.medium),
            low: number(counts.low),
        };
        let mut which = Which::default();
        which.is("cluster", Some(&point.cluster));
        if let Some(last) = self.all::<Point>(which, "at DESC", 1).await?.pop() {
            point.at = last.at;
            if point == last {
                return Ok(());
            }
            point.at = at;
        }
        self.put_point(&point).await
    }

    /// Adds a point to the trend; within a minute of the last one of its cluster it replaces that.
    pub(crate) async fn put_point(&self, point: &Point) -> Result<()> {
        let mut transaction = self.engine.begin().await?;
        let minute = point.at.as_millisecond() - point.at.as_millisecond().rem_euclid(60_000);
        let forget = "DELETE FROM history WHERE cluster = ?1 AND at >= ?2 AND at < ?3";
        let values = vec![point.cluster.store(), minute.store(), (minute + 60_000).store()];
        transaction.execute(forget.to_owned(), values).await?;
        let values = crate::write::values(std::slice::from_ref(point));
        transaction.execute_many(upsert::<Point>(&[]), values).await?;
        transaction.commit().await
    }

    /// The trend since a time, the newest last. At most 2,000 points: the newest of them.
    pub async fn trend(&self, cluster: &str, since: Timestamp) -> Result<Vec<Point>> {
        let mut which = Which::default();
        which.is("cluster", Some(&cluster.to_owned()));
        let place = which.bind(since.store());
        which.and(&format!("at >= ?{place}"));
        let mut points: Vec<Point> = self.all(which, "at DESC", MOST_POINTS).await?;
        points.reverse();
        Ok(points)
    }
}
