//! The few numbers that a person wants first.

use crate::{
    engine::Values,
    error::Result,
    images::RUNS,
    list::Which,
    rows::Fields,
    store::Store,
    value::Cell as _,
    words::{Decision, ImageState, Outcome},
};
use cofferdam_model::Severity;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Findings of workloads and other objects: images by themselves do nothing.
pub(crate) const OF_WHAT_RUNS: &str = "subject_kind <> 'image'";

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

/// Open findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Critical ones that fail.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones, and those of no severity.
    pub low: u64,
    /// Those that nobody can decide.
    pub unknown: u64,
}

impl Counts {
    /// Counts so many findings. What somebody accepted is not open.
    pub(crate) fn add(&mut self, outcome: Outcome, severity: Severity, findings: u64) {
        let place = match (outcome, severity) {
            (Outcome::Excepted, _) => return,
            (Outcome::Unknown, _) => &mut self.unknown,
            (Outcome::Fail, Severity::Critical) => &mut self.critical,
            (Outcome::Fail, Severity::High) => &mut self.high,
            (Outcome::Fail, Severity::Medium) => &mut self.medium,
            (Outcome::Fail, Severity::Low | Severity::None) => &mut self.low,
        };
        *place += findings;
    }
}

/// How many workloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkloadTotals {
    /// All that run.
    pub total: u64,
    /// Those with something to repair.
    pub with_findings: u64,
}

/// What admission answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewTotals {
    /// By answer.
    pub decisions: BTreeMap<Decision, u64>,
    /// By hour, the first one being that of the time asked from.
    pub hours: Vec<u64>,
}

impl Store {
    /// What is open of workloads and other objects: the one way in which findings are counted,
    /// in numbers of today and in the trend. What somebody accepted is not open. What is in an
    /// image counts at each workload that runs it, and not once more for the image.
    pub async fn severities(&self, namespaces: Option<&[String]>) -> Result<Counts> {
        let mut which = Which::default();
        which.and(OF_WHAT_RUNS);
        which.and("outcome <> 'excepted'");
        which.any("namespace", namespaces);
        let sql = format!(
            "SELECT outcome, severity, CAST(sum(findings) AS BIGINT) FROM tally{} \
             GROUP BY outcome, severity",
            which.clause()
        );
        let mut counts = Counts::default();
        for row in self.engine.query(sql, which.values()).await? {
            let mut fields = Fields::new(row);
            counts.add(fields.next()?, fields.next()?, fields.next()?);
        }
        Ok(counts)
    }

    /// How many workloads there are.
    pub async fn workload_totals(&self, namespaces: Option<&[String]>) -> Result<WorkloadTotals> {
        let mut which = Which::default();
        which.and("gone_at IS NULL");
        which.any("namespace", namespaces);
        let sql = format!(
            "SELECT count(*), coalesce(CAST(sum(CASE WHEN critical + high + medium + low + unknown > 0 \
             THEN 1 ELSE 0 END) AS BIGINT), CAST(0 AS BIGINT)) FROM workload{}",
            which.clause()
        );
        let rows = self.engine.query(sql, which.values()).await?;
        let mut fields = Fields::new(rows.into_iter().next().unwrap_or_default());
        Ok(WorkloadTotals { total: fields.next()?, with_findings: fields.next()? })
    }

    /// How many workloads there are in each namespace that has any.
    pub async fn workloads_by_namespace(
        &self,
        namespaces: Option<&[String]>,
    ) -> Result<BTreeMap<String, u64>> {
        let mut which = Which::default();
        which.and("gone_at IS NULL");
        which.any("namespace", namespaces);
        let sql = format!(
            "SELECT namespace, count(*) FROM workload{} GROUP BY namespace",
            which.clause()
        );
        pairs(self.engine.query(sql, which.values()).await?)
    }

    /// How many of the images that run are how far.
    pub async fn image_totals(&self) -> Result<BTreeMap<ImageState, u64>> {
        let sql = format!("SELECT state, count(*) FROM image WHERE {RUNS} GROUP BY state");
        pairs(self.engine.query(sql, Vec::new()).await?)
    }

    /// The ids of the images that run and were looked into, with success or without.
    pub async fn images_looked_into(&self) -> Result<Vec<String>> {
        let states = [ImageState::Scanned, ImageState::Failed].map(|state| state.store());
        let sql = format!("SELECT id FROM image WHERE {RUNS} AND state IN (?1, ?2)");
        let rows = self.engine.query(sql, states.into()).await?;
        rows.into_iter().map(|row| Fields::new(row).next()).collect()
    }

    /// How many findings of what is there now fail, by rule.
    pub async fn failing_rules(
        &self,
        namespaces: Option<&[String]>,
    ) -> Result<BTreeMap<String, u64>> {
        let mut which = Which::default();
        which.and(OF_WHAT_RUNS);
        which.and("outcome = 'fail' AND findings > 0");
        which.any("namespace", namespaces);
        let sql = format!(
            "SELECT rule, CAST(sum(findings) AS BIGINT) FROM tally{} GROUP BY rule",
            which.clause()
        );
        pairs(self.engine.query(sql, which.values()).await?)
    }

    /// What admission answered in so many hours from a time on.
    pub async fn review_totals(&self, since: Timestamp, hours: u16) -> Result<ReviewTotals> {
        let sql = "SELECT decision, (at - ?1) / ?2 AS hour, count(*) FROM review \
                   WHERE at >= ?1 AND at < ?3 GROUP BY decision, (at - ?1) / ?2";
        let until = since.as_millisecond().saturating_add(HOUR * i64::from(hours));
        let values = vec![since.store(), HOUR.store(), until.store()];
        let mut totals =
            ReviewTotals { hours: vec![0; usize::from(hours)], ..ReviewTotals::default() };
        for row in self.engine.query(sql.to_owned(), values).await? {
            let mut fields = Fields::new(row);
            let decision: Decision = fields.next()?;
            let hour: u64 = fields.next()?;
            let count: u64 = fields.next()?;
            *totals.decisions.entry(decision).or_default() += count;
            let place = usize::try_from(hour).ok().and_then(|hour| totals.hours.get_mut(hour));
            if let Some(place) = place {
                *place += count;
            }
        }
        Ok(totals)
    }
}

fn pairs<K: crate::value::Cell + Ord>(rows: Vec<Values>) -> Result<BTreeMap<K, u64>> {
    let read = |row| {
        let mut fields = Fields::new(row);
        Ok((fields.next()?, fields.next()?))
    };
    rows.into_iter().map(read).collect()
}
