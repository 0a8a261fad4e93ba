//! How many findings are open, kept with the findings so that nobody has to count a million.

use crate::{
    engine::Transaction,
    error::Result,
    rows::Finding,
    value::{Cell as _, Value},
};
use std::collections::BTreeMap;

/// Makes all of it from the findings, into an empty table.
pub(crate) const REBUILD: &str = "\
    INSERT INTO subject (id, title) \
        SELECT subject, max(subject_title) FROM finding GROUP BY subject; \
    INSERT INTO tally \
            (namespace, rule, severity, outcome, subject_kind, findings, subjects) \
        SELECT coalesce(namespace, ''), rule, severity, outcome, subject_kind, count(*), 0 \
        FROM finding WHERE gone_at IS NULL \
        GROUP BY coalesce(namespace, ''), rule, severity, outcome, subject_kind; \
    INSERT INTO tally \
            (namespace, rule, severity, outcome, subject_kind, findings, subjects) \
        SELECT namespace, rule, severity, outcome, subject_kind, 0, count(*) FROM \
            (SELECT coalesce(namespace, '') AS namespace, rule, max(severity) AS severity, \
                 outcome, subject_kind \
             FROM finding WHERE gone_at IS NULL \
             GROUP BY subject, coalesce(namespace, ''), rule, outcome, subject_kind) AS worst \
        WHERE 1 = 1 GROUP BY namespace, rule, severity, outcome, subject_kind \
        ON CONFLICT (namespace, rule, severity, outcome, subject_kind) \
        DO UPDATE SET subjects = excluded.subjects";

/// Namespace (or the empty text), rule, severity, outcome, kind of subject.
type Key = (String, String, i64, &'static str, &'static str);

/// What changed, to be written at once. The order of the keys keeps two replicas from waiting
/// for each other.
#[derive(Default)]
pub(crate) struct Tally(BTreeMap<Key, (i64, i64)>);

impl Tally {
    /// Adds, or with -1 takes away, all that is open on one subject. A subject counts where its
    /// worst finding of a rule does, so that it counts once for the rule.
    pub(crate) fn subject(&mut self, findings: &[Finding], sign: i64) {
        let mut worst = BTreeMap::new();
        for finding in findings {
            let (namespace, rule, severity, outcome, kind) = key(finding);
            let known = worst.entry((namespace.clone(), rule.clone(), outcome, kind));
            let known = known.or_insert(severity);
            *known = severity.max(*known);
            self.0.entry((namespace, rule, severity, outcome, kind)).or_default().0 += sign;
        }
        for ((namespace, rule, outcome, kind), severity) in worst {
            self.0.entry((namespace, rule, severity, outcome, kind)).or_default().1 += sign;
        }
    }

    pub(crate) async fn write(self, transaction: &mut Transaction) -> Result<()> {
        let sql = "INSERT INTO tally \
                       (namespace, rule, severity, outcome, subject_kind, findings, subjects) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                   ON CONFLICT (namespace, rule, severity, outcome, subject_kind) DO UPDATE SET \
                   findings = tally.findings + excluded.findings, \
                   subjects = tally.subjects + excluded.subjects";
        let changed = self.0.into_iter().filter(|(_, change)| *change != (0, 0));
        let rows = changed.map(|(key, (findings, subjects))| {
            let (namespace, rule, severity, outcome, kind) = key;
            vec![
                Value::Text(namespace),
                Value::Text(rule),
                Value::Integer(severity),
                Value::Text(outcome.to_owned()),
                Value::Text(kind.to_owned()),
                Value::Integer(findings),
                Value::Integer(subjects),
            ]
        });
        transaction.execute_many(sql.to_owned(), rows.collect()).await.map(drop)
    }
}

fn key(finding: &Finding) -> Key {
    let severity = match finding.severity.store() {
        Value::Integer(severity) => severity,
        _ => 0,
    };
    let namespace = finding.namespace.clone().unwrap_or_default();
    let (outcome, kind) = (finding.outcome.as_str(), finding.subject_kind.as_str());
    (namespace, finding.rule.clone(), severity, outcome, kind)
}
