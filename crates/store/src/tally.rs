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
    INSERT INTO tally (namespace, rule, severity, outcome, subject_kind, findings) \
        SELECT coalesce(namespace, ''), rule, severity, outcome, subject_kind, count(*) \
        FROM finding WHERE gone_at IS NULL \
        GROUP BY coalesce(namespace, ''), rule, severity, outcome, subject_kind";

/// Namespace (or the empty text), rule, severity, outcome, kind of subject.
type Key = (String, String, i64, &'static str, &'static str);

/// What changed, to be written at once. The order of the keys keeps two replicas from waiting
/// for each other.
#[derive(Default)]
pub(crate) struct Tally(BTreeMap<Key, i64>);

impl Tally {
    /// Adds, or with -1 takes away, what is open.
    pub(crate) fn count(&mut self, findings: &[Finding], sign: i64) {
        for finding in findings {
            *self.0.entry(key(finding)).or_default() += sign;
        }
    }

    pub(crate) async fn write(self, transaction: &mut Transaction) -> Result<()> {
        let sql = "INSERT INTO tally (namespace, rule, severity, outcome, subject_kind, findings) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT (namespace, rule, severity, outcome, subject_kind) DO UPDATE SET \
                   findings = tally.findings + excluded.findings";
        let changed = self.0.into_iter().filter(|(_, change)| *change != 0);
        let rows = changed.map(|((namespace, rule, severity, outcome, kind), findings)| {
            vec![
                namespace.store(),
                rule.store(),
                Value::Integer(severity),
                Value::Text(outcome.to_owned()),
                Value::Text(kind.to_owned()),
                Value::Integer(findings),
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
