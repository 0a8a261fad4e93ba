//! What happened to a workload, told by what is stored anyway.

use crate::{
    error::Result,
    list::Which,
    page::{Listed, Page, TimeSort},
    rows::{Fields, Row},
    store::Store,
    value::{Cell as _, Value},
    words::Outcome,
};
use cofferdam_model::Severity;
use jiff::Timestamp;

/// Something that happened to a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The workload's id.
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// What tells it from others.
    pub id: String,
    /// `seen`, `gone`, `opened`, `changed`, `closed` (findings), `image`, `image-gone`.
    pub what: String,
    /// The rule and its title, or the container and its image.
    pub detail: String,
    /// What a finding that opened or changed says since then.
    pub outcome: Option<Outcome>,
    /// How bad that is.
    pub severity: Option<Severity>,
}

impl Row for Happened {
    const FROM: &'static str = "(\
        SELECT subject, CASE WHEN since > first_seen THEN since ELSE first_seen END AS at, \
            'o' || id || CAST(first_seen AS TEXT) || ' ' || CAST(since AS TEXT) AS id, \
            CASE WHEN since > first_seen THEN 'changed' ELSE 'opened' END AS what, \
            rule || ' ' || title AS detail, outcome, severity FROM finding \
        UNION ALL SELECT subject, gone_at, 'c' || id || CAST(first_seen AS TEXT), \
            'closed', rule || ' ' || title, NULL, NULL \
            FROM finding WHERE gone_at IS NOT NULL AND superseded = 0 \
        UNION ALL SELECT workload, first_seen, 'i' || kind || ' ' || name || ' ' || image_ref, \
            'image', name || ' ' || image_ref, NULL, NULL FROM container \
        UNION ALL SELECT workload, gone_at, 'j' || kind || ' ' || name || ' ' || image_ref, \
            'image-gone', name || ' ' || image_ref, NULL, NULL \
            FROM container WHERE gone_at IS NOT NULL \
        UNION ALL SELECT id, first_seen, 's', 'seen', '', NULL, NULL FROM workload \
        UNION ALL SELECT id, gone_at, 'g', 'gone', '', NULL, NULL \
            FROM workload WHERE gone_at IS NOT NULL\
        ) AS happened";
    const KEY: &'static [&'static str] = &["id"];
    const COLUMNS: &'static [&'static str] =
        &["subject", "at", "id", "what", "detail", "outcome", "severity"];

    fn values(&self) -> Vec<Value> {
        let Self { subject, at, id, what, detail, outcome, severity } = self;
        vec![
            subject.store(),
            at.store(),
            id.store(),
            what.store(),
            detail.store(),
            outcome.store(),
            severity.store(),
        ]
    }

    fn read(fields: &mut Fields) -> Result<Self> {
        Ok(Self {
            subject: fields.next()?,
            at: fields.next()?,
            id: fields.next()?,
            what: fields.next()?,
            detail: fields.next()?,
            outcome: fields.next()?,
            severity: fields.next()?,
        })
    }
}

impl Store {
    /// A page of what happened to a workload: its own comings and goings, its images, its
    /// findings.
    pub async fn workload_history(
        &self,
        workload: &str,
        page: &Page<TimeSort>,
    ) -> Result<Listed<Happened>> {
        let mut which = Which::default();
        which.is("subject", Some(&workload.to_owned()));
        self.list(which, page).await
    }
}
