//! Workloads as of an earlier time: what ran, and what was open of it.
//!
//! The row of a workload is overwritten, and what comes back is as if it had never been away. So
//! of the row only what never changes is told; all else is told by containers and findings, which
//! keep when they began and when they ended.

use crate::{
    engine::Values,
    error::Result,
    list::Which,
    overview::Counts,
    page::{Listed, Page, PastSort},
    rows::{Fields, Finding, Row as _, WorkloadName},
    store::Store,
    value::Cell as _,
};
use jiff::Timestamp;
use std::collections::HashMap;

/// Which workloads of an earlier time. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct PastFilter {
    /// As of this time.
    pub at: Timestamp,
    /// Of this kind.
    pub kind: Option<String>,
    /// In one of these namespaces; an empty list matches nothing.
    pub namespaces: Option<Vec<String>>,
    /// That had a container of this image then.
    pub image: Option<String>,
    /// With this text in name, namespace or kind.
    pub text: Option<String>,
}

/// A workload as of an earlier time.
#[derive(Clone, Debug, PartialEq)]
pub struct PastWorkload {
    /// What it is.
    pub name: WorkloadName,
    /// Findings that were open then, each by the outcome and severity that it had then.
    pub counts: Counts,
    /// Different images then.
    pub images: u64,
}

impl PastFilter {
    fn which(&self) -> Which {
        let mut which = Which::default();
        which.is("kind", self.kind.as_ref());
        which.any("namespace", self.namespaces.as_deref());
        which.like(&["name", "namespace", "kind"], self.text.as_deref());
        // Containers end with their workload and begin anew when it comes back.
        let then = which.bind(self.at.store());
        let of_image = self.image.as_ref().map_or_else(String::new, |image| {
            format!(" AND ran.image = ?{}", which.bind(image.store()))
        });
        which.and(&format!(
            "EXISTS (SELECT 1 FROM container AS ran WHERE ran.workload = workload.id \
             AND ran.first_seen <= ?{then} AND (ran.gone_at IS NULL OR ran.gone_at > ?{then})\
             {of_image})"
        ));
        which
    }
}

impl Store {
    /// A page of the workloads that had a container at a time, each with what was open then.
    pub async fn past_workloads(
        &self,
        filter: &PastFilter,
        page: &Page<PastSort>,
    ) -> Result<Listed<PastWorkload>> {
        let listed = self.list::<WorkloadName, _>(filter.which(), page).await?;
        let ids: Vec<String> = listed.items.iter().map(|one| one.id.clone()).collect();
        let mut counts = self.open_then(&ids, filter.at).await?;
        let mut images = self.images_then(&ids, filter.at).await?;
        Ok(listed.map(|name| PastWorkload {
            counts: counts.remove(&name.id).unwrap_or_default(),
            images: images.remove(&name.id).unwrap_or_default(),
            name,
        }))
    }

    /// The findings of each of these subjects that were open at a time, counted.
    async fn open_then(&self, ids: &[String], at: Timestamp) -> Result<HashMap<String, Counts>> {
        let mut which = Which::default();
        which.any("subject", Some(ids));
        which.at(Some(at));
        let then = which.bind(at.store());
        which.and(&format!("since <= ?{then}"));
        // SQLite, which knows no statistics, might walk over all that ever ended.
        let sql = format!(
            "SELECT subject, outcome, severity, count(*) FROM {}{} \
             GROUP BY subject, outcome, severity",
            self.engine.walking(Finding::FROM, Some("finding_by_subject")),
            which.clause()
        );
        let mut counts: HashMap<String, Counts> = HashMap::new();
        for row in self.engine.query(sql, which.values()).await? {
            let mut fields = Fields::new(row);
            let of = counts.entry(fields.next()?).or_default();
            of.add(fields.next()?, fields.next()?, fields.next()?);
        }
        Ok(counts)
    }

    /// How many images each of these workloads had at a time: by what ran, and where nobody knew
    /// what did, by what was written.
    async fn images_then(&self, ids: &[String], at: Timestamp) -> Result<HashMap<String, u64>> {
        let mut which = Which::default();
        which.any("workload", Some(ids));
        which.at(Some(at));
        let sql = format!(
            "SELECT workload, count(DISTINCT coalesce(image, image_ref)) FROM container{} \
             GROUP BY workload",
            which.clause()
        );
        let read = |row: Values| {
            let mut fields = Fields::new(row);
            Ok((fields.next()?, fields.next()?))
        };
        self.engine.query(sql, which.values()).await?.into_iter().map(read).collect()
    }
}
