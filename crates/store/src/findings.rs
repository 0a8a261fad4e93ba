//! Findings: what is open, what is gone, since when.

use crate::{
    engine::Transaction,
    error::Result,
    list::{Which, columns},
    page::{FindingSort, Listed, Page},
    rows::{Finding, Row as _},
    store::Store,
    words::{Outcome, SubjectKind},
    write::{upsert, values},
};
use cofferdam_model::Severity;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// Which findings. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Of this subject.
    pub subject: Option<String>,
    /// Of this kind of subject.
    pub subject_kind: Option<SubjectKind>,
    /// Of this rule.
    pub rule: Option<String>,
    /// So bad.
    pub severity: Option<Severity>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// In one of these namespaces; an empty list matches nothing.
    pub namespaces: Option<Vec<String>>,
    /// With this text in subject, rule or title.
    pub text: Option<String>,
    /// As it was then.
    pub at: Option<Timestamp>,
}

/// What a write changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Findings that were not there before.
    pub opened: u64,
    /// Findings that are gone.
    pub gone: u64,
    /// Findings that say something else now.
    pub updated: u64,
}

impl Store {
    /// Says all that is open on a subject: what was not open begins now, what is no longer said
    /// ends now, what is said in other words is rewritten, what is said again costs nothing.
    /// `first_seen`, `last_seen` and `gone_at` of the rows given do not matter.
    pub async fn put_findings(
        &self,
        subject: &str,
        findings: &[Finding],
        now: Timestamp,
    ) -> Result<Changed> {
        self.put_all_findings(&[(subject.to_owned(), findings.to_vec())], now).await
    }

    /// The same for many subjects in one transaction.
    pub async fn put_all_findings(
        &self,
        all: &[(String, Vec<Finding>)],
        now: Timestamp,
    ) -> Result<Changed> {
        let mut transaction = self.engine.begin().await?;
        let mut changed = Changed::default();
        for (subject, findings) in all {
            let one = put_findings(&mut transaction, subject, findings, now).await?;
            changed.opened += one.opened;
            changed.updated += one.updated;
            changed.gone += one.gone;
        }
        transaction.commit().await?;
        Ok(changed)
    }

    /// One finding, as it is or last was.
    pub async fn finding(&self, id: &str) -> Result<Option<Finding>> {
        let mut which = Which::default();
        which.is("id", Some(&id.to_owned()));
        let mut closed = which.clone();
        which.and("gone_at IS NULL");
        if let Some(open) = self.all(which, "first_seen", 1).await?.pop() {
            return Ok(Some(open));
        }
        closed.and("gone_at IS NOT NULL");
        Ok(self.all(closed, "first_seen DESC", 1).await?.pop())
    }

    /// A page of findings.
    pub async fn findings(
        &self,
        filter: &FindingFilter,
        page: &Page<FindingSort>,
    ) -> Result<Listed<Finding>> {
        let mut which = Which::default();
        which.at(filter.at);
        which.is("subject", filter.subject.as_ref());
        which.is("subject_kind", filter.subject_kind.as_ref());
        which.is("rule", filter.rule.as_ref());
        which.is("severity", filter.severity.as_ref());
        which.is("outcome", filter.outcome.as_ref());
        which.any("namespace", filter.namespaces.as_deref());
        which.like(&["subject_title", "rule", "title"], filter.text.as_deref());
        self.list(which, page).await
    }
}

async fn put_findings(
    transaction: &mut Transaction,
    subject: &str,
    findings: &[Finding],
    now: Timestamp,
) -> Result<Changed> {
    let mut which = Which::default();
    which.is("subject", Some(&subject.to_owned()));
    which.and("gone_at IS NULL");
    let open: Vec<Finding> = transaction.all(which).await?;
    let mut open: HashMap<String, Finding> =
        open.into_iter().map(|finding| (finding.id.clone(), finding)).collect();
    let (mut written, mut said) = (Vec::new(), HashSet::new());
    let mut changed = Changed::default();
    for finding in findings {
        if !said.insert(finding.id.as_str()) {
            continue; // said twice in one breath
        }
        let finding = Finding { last_seen: now, gone_at: None, ..finding.clone() };
        let Some(old) = open.remove(&finding.id) else {
            changed.opened += 1;
            written.push(Finding { first_seen: now, ..finding });
            continue;
        };
        let finding = Finding { first_seen: old.first_seen, ..finding };
        if (Finding { last_seen: old.last_seen, ..finding.clone() }) != old {
            changed.updated += 1;
            written.push(finding);
        }
    }
    let ended: Vec<String> = open.into_keys().collect();
    changed.gone = transaction.gone("finding", "id", &ended, now).await?;
    transaction.execute_many(upsert_open(), values(&written)).await?;
    Ok(changed)
}

/// Inserts what is open. Another replica that opened it a moment ago is agreed with.
fn upsert_open() -> String {
    let key = format!("ON CONFLICT ({})", columns(Finding::KEY));
    upsert::<Finding>(&["first_seen"]).replace(&key, "ON CONFLICT (id) WHERE gone_at IS NULL")
}
