//! What a database was built from.

use crate::encoding::{Decoder, put_integer, put_text, put_time};
use cofferdam_model::Digest;
use jiff::Timestamp;

/// What kind of feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// Advisories in OSV records.
    Osv,
    /// CISA's catalogue of known exploited vulnerabilities.
    KnownExploited,
    /// FIRST's exploit prediction scores.
    Epss,
    /// Product files of endoflife.date.
    EndOfLife,
}

impl SourceKind {
    /// The name in reports and machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Osv => "osv",
            Self::KnownExploited => "kev",
            Self::Epss => "epss",
            Self::EndOfLife => "end-of-life",
        }
    }
}

/// One feed, as it went into a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What kind.
    pub kind: SourceKind,
    /// Where it came from: the URL or path that was given.
    pub origin: String,
    /// What it is about: `Debian`, `PyPI`; empty for sources that are about all.
    pub ecosystems: Vec<String>,
    /// The newest entry's time: how fresh it is.
    pub newest: Option<Timestamp>,
    /// Records taken: advisories, CVEs, scores, releases.
    pub records: u64,
    /// Records left out on purpose: withdrawn, about no package, older than another copy.
    pub skipped: u64,
    /// Records left out because they are broken.
    pub problems: u64,
    /// SHA-256 of the file; of a directory, over the names and contents of what was taken.
    pub digest: Digest,
}

/// How many advisories there are for one ecosystem and release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EcosystemCoverage {
    /// As OSV names it, with its release: `Debian:12`, `PyPI`.
    pub ecosystem: String,
    /// Distinct advisories.
    pub advisories: u64,
    /// The newest advisory's time.
    pub newest: Option<Timestamp>,
}

impl Source {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self.kind {
            SourceKind::Osv => 0,
            SourceKind::KnownExploited => 1,
            SourceKind::Epss => 2,
            SourceKind::EndOfLife => 3,
        });
        put_text(out, &self.origin);
        crate::encoding::put_texts(out, &self.ecosystems);
        put_time(out, self.newest);
        put_integer(out, self.records);
        put_integer(out, self.skipped);
        put_integer(out, self.problems);
        out.extend_from_slice(self.digest.bytes());
    }

    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Option<Self> {
        let kind = match decoder.byte()? {
            0 => SourceKind::Osv,
            1 => SourceKind::KnownExploited,
            2 => SourceKind::Epss,
            3 => SourceKind::EndOfLife,
            _ => return None,
        };
        Some(Self {
            kind,
            origin: decoder.text()?.to_owned(),
            ecosystems: decoder.texts()?,
            newest: decoder.time()?,
            records: decoder.integer()?,
            skipped: decoder.integer()?,
            problems: decoder.integer()?,
            digest: Digest::sha256(decoder.array()?),
        })
    }
}

impl EcosystemCoverage {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_text(out, &self.ecosystem);
        put_integer(out, self.advisories);
        put_time(out, self.newest);
    }

    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Option<Self> {
        Some(Self {
            ecosystem: decoder.text()?.to_owned(),
            advisories: decoder.integer()?,
            newest: decoder.time()?,
        })
    }
}
