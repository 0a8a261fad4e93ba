//! Findings: what is open, what is gone, since when.

use crate::{
    error::Result,
    list::Which,
    page::{FindingSort, Listed, Page},
    rows::Finding,
    store::Store,
    value::Cell as _,
    words::{Outcome, SubjectKind},
    write::{upsert, values},
};
use cofferdam_model::Severity;
use jiff::Timestamp;
use std::collections::HashMap;

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
        let mut transaction = self.engine.begin().await?;
        let mut which = Which::default();
        which.is("subject", Some(&subject.to_owned()));
        which.and("gone_at IS NULL");
        let open: Vec<Finding> = transaction.all(which).await?;
        let mut open: HashMap<String, Finding> =
            open.into_iter().map(|finding| (finding.id.clone(), finding)).collect();
        let (mut begun, mut updated) = (Vec::new(), Vec::new());
        for finding in findings {
            let Some(old) = open.remove(&finding.id) else {
                begun.push(Finding {
                    first_seen: now,
                    last_seen: now,
                    gone_at: None,
                    ..finding.clone()
                });
                continue;
            };
            let same = Finding {
                first_seen: old.first_seen,
                last_seen: old.last_seen,
                gone_at: None,
                ..finding.clone()
            };
            if same != old {
                updated.push(Finding { last_seen: now, ..same });
            }
        }
        let ended: Vec<String> = open.into_keys().collect();
        let changed = Changed {
            opened: u64::try_from(begun.len()).unwrap_or_default(),
            updated: u64::try_from(updated.len()).unwrap_or_default(),
            gone: transaction.gone("finding", "id", &ended, now.store()).await?,
        };
        begun.append(&mut updated);
        let sql = upsert::<Finding>(&[]);
        transaction.execute_many(sql, values(&begun)).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// One finding, as it is or last was.
    pub async fn finding(&self, id: &str) -> Result<Option<Finding>> {
        let mut which = Which::default();
        which.is("id", Some(&id.to_owned()));
        Ok(self.all(which, "first_seen DESC", 1).await?.pop())
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
