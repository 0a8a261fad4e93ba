//! The few numbers that a person wants first.

use crate::{
    engine::Values,
    error::Result,
    list::Which,
    rows::Fields,
    store::Store,
    value::Cell as _,
    words::{Decision, ImageState},
};
use cofferdam_model::Severity;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

/// How many of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Critical.
    pub critical: u64,
    /// High.
    pub high: u64,
    /// Medium.
    pub medium: u64,
    /// Low.
    pub low: u64,
    /// None.
    pub none: u64,
}

/// How many workloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkloadTotals {
    /// All that run.
    pub total: u64,
    /// Those with something to repair.
    pub with_findings: u64,
}

/// What one change of a rule's kind would close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFix {
    /// The rule.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// What to do.
    pub remediation: String,
    /// How bad.
    pub severity: Severity,
    /// The score of the worst.
    pub score: u8,
    /// Findings.
    pub findings: u64,
    /// Different subjects.
    pub subjects: u64,
}

/// What one update of a package in an image would close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFix {
    /// The image's id.
    pub image: String,
    /// The image's name.
    pub image_name: String,
    /// The package.
    pub package: String,
    /// The version to update to.
    pub fixed: String,
    /// The worst severity, when a source gives one.
    pub severity: Option<Severity>,
    /// The score of the worst.
    pub score: u8,
    /// Vulnerabilities.
    pub vulnerabilities: u64,
    /// Those of them that are exploited.
    pub exploited: u64,
    /// Workloads that use the image.
    pub workloads: u64,
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
    /// Rules that fail, by severity.
    pub async fn severities(&self, namespaces: Option<&[String]>) -> Result<Counts> {
        let mut which = Which::default();
        which.and("outcome = 'fail'");
        which.any("namespace", namespaces);
        let sql = format!(
            "SELECT severity, CAST(sum(findings) AS BIGINT) FROM tally{} GROUP BY severity",
            which.clause()
        );
        let mut counts = Counts::default();
        for row in self.engine.query(sql, which.values()).await? {
            let mut fields = Fields::new(row);
            let severity: Severity = fields.next()?;
            let place = match severity {
                Severity::Critical => &mut counts.critical,
                Severity::High => &mut counts.high,
                Severity::Medium => &mut counts.medium,
                Severity::Low => &mut counts.low,
                Severity::None => &mut counts.none,
            };
            *place = fields.next()?;
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

    /// How many images are how far.
    pub async fn image_totals(&self) -> Result<BTreeMap<ImageState, u64>> {
        let sql = "SELECT state, count(*) FROM image GROUP BY state";
        pairs(self.engine.query(sql.to_owned(), Vec::new()).await?)
    }

    /// How many findings fail by rule.
    pub async fn failing_rules(&self) -> Result<BTreeMap<String, u64>> {
        let sql = "SELECT rule, CAST(sum(findings) AS BIGINT) FROM tally \
                   WHERE outcome = 'fail' AND findings > 0 GROUP BY rule";
        pairs(self.engine.query(sql.to_owned(), Vec::new()).await?)
    }

    /// The rules whose repair is worth most: by the worst score, then by how many findings go.
    pub async fn fix_by_rule(
        &self,
        namespaces: Option<&[String]>,
        most: u16,
    ) -> Result<Vec<RuleFix>> {
        let mut which = Which::default();
        which.and("outcome = 'fail' AND findings > 0");
        which.any("namespace", namespaces);
        let groups = which.clause();
        let mut inner = Which::starting(which.values());
        inner.and("finding.rule = failing.rule AND gone_at IS NULL AND outcome = 'fail'");
        inner.any("namespace", namespaces);
        let worst = inner.clause();
        let place = inner.bind(i64::from(most).store());
        // The worst finding of each rule lends its words. It is the first in the index's order.
        let sql = format!(
            "SELECT best.rule, finding.title, finding.remediation, finding.severity, \
                 finding.score, best.findings, best.subjects \
             FROM (SELECT rule, findings, subjects, \
                     (SELECT id FROM finding{worst} ORDER BY score DESC, id DESC LIMIT 1) AS id \
                 FROM (SELECT rule, CAST(sum(findings) AS BIGINT) AS findings, \
                         CAST(sum(subjects) AS BIGINT) AS subjects \
                     FROM tally{groups} GROUP BY rule) AS failing) AS best \
             JOIN finding ON finding.id = best.id AND finding.gone_at IS NULL \
             ORDER BY finding.score DESC, best.findings DESC, best.rule LIMIT ?{place}"
        );
        let read = |row| {
            let mut fields = Fields::new(row);
            Ok(RuleFix {
                rule: fields.next()?,
                title: fields.next()?,
                remediation: fields.next()?,
                severity: fields.next()?,
                score: fields.next()?,
                findings: fields.next()?,
                subjects: fields.next()?,
            })
        };
        self.engine.query(sql, inner.values()).await?.into_iter().map(read).collect()
    }

    /// The package updates that are worth most, of images that run.
    pub async fn fix_by_package(
        &self,
        namespaces: Option<&[String]>,
        most: u16,
    ) -> Result<Vec<PackageFix>> {
        let mut which = Which::default();
        which.and("container.image = fix.image");
        which.and("container.gone_at IS NULL AND workload.gone_at IS NULL");
        which.any("namespace", namespaces);
        let using = format!(
            "FROM container JOIN workload ON workload.id = container.workload{}",
            which.clause()
        );
        let place = which.bind(i64::from(most).store());
        // From the best down, until enough of them are used.
        let sql = format!(
            "SELECT fix.image, image.name, fix.package, fix.fixed, fix.severity, fix.score, \
                 fix.vulnerabilities, fix.exploited, (SELECT count(DISTINCT workload.id) {using}) \
             FROM {} JOIN image ON image.id = fix.image WHERE EXISTS (SELECT 1 {using}) \
             ORDER BY fix.score DESC, fix.vulnerabilities DESC, fix.package DESC, fix.image DESC \
             LIMIT ?{place}",
            self.engine.walking("fix", Some("fix_by_score"))
        );
        let read = |row| {
            let mut fields = Fields::new(row);
            Ok(PackageFix {
                image: fields.next()?,
                image_name: fields.next()?,
                package: fields.next()?,
                fixed: fields.next()?,
                severity: fields.next()?,
                score: fields.next()?,
                vulnerabilities: fields.next()?,
                exploited: fields.next()?,
                workloads: fields.next()?,
            })
        };
        self.engine.query(sql, which.values()).await?.into_iter().map(read).collect()
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
