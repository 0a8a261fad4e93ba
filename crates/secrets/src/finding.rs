//! What was found, before it is told: ranges, duplicates, masks.

use crate::table::KINDS;
use cofferdam_model::{Secret, SecretPlace};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A believed hit.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// Index into the table: the smaller, the more telling.
    pub kind: usize,
    /// Offsets in the whole file, end excluded.
    pub start: u64,
    pub end: u64,
    /// 1 at the top.
    pub line: u32,
    pub masked: String,
    pub evidence: String,
    /// Hash of the credential: one told twice is one.
    pub value: u64,
}

impl Finding {
    pub(crate) fn id(&self) -> &'static str {
        KINDS.get(self.kind).map_or("", |kind| kind.id)
    }

    /// As others know it.
    pub(crate) fn secret(self, place: SecretPlace, line: Option<u32>) -> Secret {
        let title = KINDS.get(self.kind).map_or("", |kind| kind.title);
        Secret { kind: self.id(), title, place, line, masked: self.masked, evidence: self.evidence }
    }
}

/// Of findings that share bytes the most telling is kept, of those that share a value the first,
/// and of an AWS secret key and its key id the id.
pub(crate) fn resolve(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| (finding.start, finding.kind));
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match kept.last_mut() {
            Some(last) if finding.start < last.end => {
                if finding.kind < last.kind {
                    *last = finding;
                }
            }
            _ => kept.push(finding),
        }
    }
    let mut seen = std::collections::HashSet::new();
    kept.retain(|finding| seen.insert(finding.value));
    pair_aws(kept)
}

/// Joins each AWS secret key to a key id within [`PAIR_LINES`].
pub(crate) fn pair_aws(mut findings: Vec<Finding>) -> Vec<Finding> {
    let secrets: Vec<_> = findings
        .iter()
        .filter(|finding| finding.id() == "aws-secret-access-key")
        .map(|finding| (finding.line, finding.start))
        .collect();
    for (line, start) in secrets {
        let id = findings.iter_mut().find(|finding| {
            finding.id() == "aws-access-key" && finding.line.abs_diff(line) <= PAIR_LINES
        });
        if let Some(id) = id {
            id.evidence = "key id and secret key together".into();
            findings.retain(|finding| finding.start != start);
        }
    }
    findings
}

/// A profile of a credentials file is shorter.
const PAIR_LINES: u32 = 5;

/// The first four and last two characters of a long value, the first two of one of 12 to 19, and
/// nothing of a shorter one: that much of a password would help to guess the rest.
pub(crate) fn mask(value: &[u8]) -> String {
    let shown = |part: Option<&[u8]>| {
        part.unwrap_or_default()
            .iter()
            .map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' })
            .collect::<String>()
    };
    match value.len() {
        0..=11 => "…".to_owned(),
        12..=19 => format!("{}…", shown(value.get(..2))),
        length => format!("{}…{}", shown(value.get(..4)), shown(value.get(length - 2..))),
    }
}

pub(crate) fn hash(value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
