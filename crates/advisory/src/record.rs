//! All advisories of one package as the bytes of one table value, and back.
//!
//! Versions that are listed one by one are most of what PyPI publishes, and the advisories of one
//! package list nearly the same ones: the value opens with the distinct versions, sorted and
//! front-coded, and each advisory names runs of them.

use crate::encoding::{Decoder, put_bytes, put_length, put_text, put_texts, put_time};
use cofferdam_model::{Advisory, Event, Range, Severity};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What an advisory says whatever the package: written once while building.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub id: String,
    pub aliases: Vec<String>,
    pub upstream: Vec<String>,
    pub summary: String,
    pub published: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub malicious: bool,
}

/// What it says of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Affected {
    pub severity: Option<Severity>,
    pub cvss_tenths: Option<u8>,
    pub ranges: Vec<Range>,
    pub versions: Vec<String>,
}

impl Head {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_text(&mut out, &self.id);
        put_texts(&mut out, &self.aliases);
        put_texts(&mut out, &self.upstream);
        put_text(&mut out, &self.summary);
        put_time(&mut out, self.published);
        put_time(&mut out, self.modified);
        out.push(u8::from(self.malicious));
        out
    }

    fn decode(decoder: &mut Decoder<'_>) -> Option<Self> {
        Some(Self {
            id: decoder.text()?.to_owned(),
            aliases: decoder.texts()?,
            upstream: decoder.texts()?,
            summary: decoder.text()?.to_owned(),
            published: decoder.time()?,
            modified: decoder.time()?,
            malicious: decoder.byte()? != 0,
        })
    }
}

impl Affected {
    /// The form that waits during a build, each version in full.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_ranges(&mut out);
        put_texts(&mut out, &self.versions);
        out
    }

    /// Reads back what [`Self::encode`] wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        let mut affected = Self::decode_ranges(&mut decoder)?;
        affected.versions = decoder.texts()?;
        Some(affected)
    }

    fn encode_ranges(&self, out: &mut Vec<u8>) {
        out.push(self.severity.map_or(0, severity_code));
        // 0 is none, so scores are one higher.
        out.push(self.cvss_tenths.map_or(0, |tenths| tenths.saturating_add(1)));
        put_length(out, self.ranges.len());
        for range in &self.ranges {
            put_length(out, range.events.len());
            for event in &range.events {
                let (code, version) = match event {
                    Event::Introduced(version) => (0, version),
                    Event::Fixed(version) => (1, version),
                    Event::LastAffected(version) => (2, version),
                    Event::Limit(version) => (3, version),
                };
                out.push(code);
                put_text(out, version);
            }
        }
    }

    fn decode_ranges(decoder: &mut Decoder<'_>) -> Option<Self> {
        let severity = match decoder.byte()? {
            0 => None,
            code => Some(severity_of(code)?),
        };
        let cvss_tenths = decoder.byte()?.checked_sub(1);
        let range = |decoder: &mut Decoder<'_>| {
            let events = (0..decoder.length()?).map(|_| decode_event(decoder));
            events.collect::<Option<Vec<_>>>().map(|events| Range { events })
        };
        let ranges = (0..decoder.length()?).map(|_| range(decoder)).collect::<Option<_>>()?;
        Some(Self { severity, cvss_tenths, ranges, versions: Vec::new() })
    }
}

fn decode_event(decoder: &mut Decoder<'_>) -> Option<Event> {
    let code = decoder.byte()?;
    let version = decoder.text()?.to_owned();
    match code {
        0 => Some(Event::Introduced(version)),
        1 => Some(Event::Fixed(version)),
        2 => Some(Event::LastAffected(version)),
        3 => Some(Event::Limit(version)),
        _ => None,
    }
}

const fn severity_code(severity: Severity) -> u8 {
    match severity {
        Severity::None => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

const fn severity_of(code: u8) -> Option<Severity> {
    match code {
        1 => Some(Severity::None),
        2 => Some(Severity::Low),
        3 => Some(Severity::Medium),
        4 => Some(Severity::High),
        5 => Some(Severity::Critical),
        _ => None,
    }
}

/// The value of one package: its advisories as [`Head::encode`] and [`Affected::encode`] give
/// them. These are read one at a time: there may be thousands that list hundreds of versions.
/// `None` is damage.
pub(crate) fn encode_package(advisories: &[(&[u8], &[u8])]) -> Option<Vec<u8>> {
    let mut versions = BTreeSet::new();
    for (_, affected) in advisories {
        versions.extend(Affected::decode(affected)?.versions);
    }
    let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    encode_dictionary(&mut out, &versions);
    put_length(&mut out, advisories.len());
    for (head, affected) in advisories {
        let affected = Affected::decode(affected)?;
        out.extend_from_slice(head);
        affected.encode_ranges(&mut out);
        encode_runs(&mut out, &versions, &affected.versions);
    }
    Some(out)
}

/// Reads a package's advisories; `None` is damage.
pub(crate) fn decode_package(bytes: &[u8]) -> Option<Vec<Advisory>> {
    let mut decoder = Decoder::new(bytes);
    let versions = decode_dictionary(&mut decoder)?;
    let count = decoder.length()?;
    let mut budget = VERSIONS_MAX;
    let advisories = (0..count)
        .map(|_| decode_advisory(&mut decoder, &versions, &mut budget))
        .collect::<Option<Vec<_>>>()?;
    decoder.is_empty().then_some(advisories)
}

/// Runs let a few bytes stand for many versions, so a forged file could ask for any amount.
const VERSIONS_MAX: usize = 4 << 20;

fn decode_advisory(
    decoder: &mut Decoder<'_>,
    versions: &[String],
    budget: &mut usize,
) -> Option<Advisory> {
    let head = Head::decode(decoder)?;
    let affected = Affected::decode_ranges(decoder)?;
    Some(Advisory {
        id: head.id,
        aliases: head.aliases,
        upstream: head.upstream,
        summary: head.summary,
        severity: affected.severity,
        cvss_tenths: affected.cvss_tenths,
        published: head.published,
        modified: head.modified,
        malicious: head.malicious,
        ranges: affected.ranges,
        versions: decode_runs(decoder, versions, budget)?,
    })
}

fn encode_dictionary(out: &mut Vec<u8>, versions: &[&str]) {
    put_length(out, versions.len());
    let mut previous = "";
    for version in versions {
        let shared = previous.bytes().zip(version.bytes()).take_while(|(a, b)| a == b).count();
        put_length(out, shared);
        put_bytes(out, version.as_bytes().get(shared..).unwrap_or_default());
        previous = version;
    }
}

fn decode_dictionary(decoder: &mut Decoder<'_>) -> Option<Vec<String>> {
    let count = decoder.length()?;
    let mut version = Vec::new();
    let mut bytes = 0_usize;
    (0..count)
        .map(|_| {
            let shared = usize::try_from(decoder.integer()?).ok()?;
            (shared <= version.len()).then(|| version.truncate(shared))?;
            version.extend_from_slice(decoder.bytes()?);
            // Front coding multiplies too: bounded by what a build lets in.
            bytes = bytes.saturating_add(version.len());
            (bytes <= DICTIONARY_BYTES_MAX).then_some(())?;
            String::from_utf8(version.clone()).ok()
        })
        .collect()
}

/// Bytes of all distinct versions of one package: thousands of times the longest list of PyPI.
const DICTIONARY_BYTES_MAX: usize = 16 << 20;

/// Runs of consecutive places in the dictionary: the gap from the last run, then the length.
fn encode_runs(out: &mut Vec<u8>, dictionary: &[&str], versions: &[String]) {
    let mut places: Vec<usize> = versions
        .iter()
        .filter_map(|version| dictionary.binary_search(&version.as_str()).ok())
        .collect();
    places.sort_unstable();
    places.dedup();
    let runs: Vec<&[usize]> = places.chunk_by(|a, b| a + 1 == *b).collect();
    put_length(out, runs.len());
    let mut end = 0;
    for run in runs {
        let start = run.first().copied().unwrap_or_default();
        put_length(out, start - end);
        put_length(out, run.len());
        end = start + run.len();
    }
}

fn decode_runs(
    decoder: &mut Decoder<'_>,
    dictionary: &[String],
    budget: &mut usize,
) -> Option<Vec<String>> {
    let mut versions = Vec::new();
    let mut end = 0_usize;
    for _ in 0..decoder.length()? {
        let start = end.checked_add(usize::try_from(decoder.integer()?).ok()?)?;
        end = start.checked_add(usize::try_from(decoder.integer()?).ok()?)?;
        let run = dictionary.get(start..end)?;
        *budget = budget.checked_sub(run.len())?;
        versions.extend_from_slice(run);
    }
    Some(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affected(versions: &[&str]) -> Affected {
        let events = vec![
            Event::Introduced("0".into()),
            Event::Fixed("2".into()),
            Event::LastAffected("3".into()),
            Event::Limit("*".into()),
        ];
        Affected {
            severity: Some(Severity::None),
            cvss_tenths: Some(0),
            ranges: vec![Range { events }, Range::default()],
            versions: versions.iter().map(|&version| version.into()).collect(),
        }
    }

    #[test]
    fn a_package_comes_back() {
        let head = Head {
            id: "PYSEC-1".into(),
            aliases: vec!["CVE-1".into()],
            upstream: vec!["CVE-2".into(), "CVE-3".into()],
            summary: "Überlauf".into(),
            published: None,
            modified: Some(Timestamp::from_second(1_700_000_000).unwrap()),
            malicious: true,
        };
        let first = affected(&["1.0", "1.1", "1.10", "2.0"]);
        assert_eq!(Affected::decode(&first.encode()), Some(first.clone()));
        let other = Head { id: "PYSEC-2".into(), ..Head::default() };
        let second = affected(&["1.1", "2.0", "3"]);
        let value = encode_package(&[
            (&head.encode(), &first.encode()),
            (&other.encode(), &second.encode()),
            (&other.encode(), &Affected::default().encode()),
        ])
        .unwrap();
        let advisories = decode_package(&value).unwrap();
        assert_eq!(advisories.len(), 3);
        assert_eq!(advisories[0].id, "PYSEC-1");
        assert_eq!(advisories[0].aliases, head.aliases);
        assert_eq!(advisories[0].upstream, head.upstream);
        assert_eq!(advisories[0].summary, "Überlauf");
        assert_eq!(advisories[0].modified, head.modified);
        assert_eq!(advisories[0].published, None);
        assert!(advisories[0].malicious && !advisories[1].malicious);
        assert_eq!(advisories[0].severity, Some(Severity::None));
        assert_eq!(advisories[0].cvss_tenths, Some(0));
        assert_eq!(advisories[0].ranges, first.ranges);
        assert_eq!(advisories[0].versions, first.versions);
        assert_eq!(advisories[1].versions, second.versions);
        assert_eq!(advisories[2].severity, None);
        assert!(advisories[2].versions.is_empty() && advisories[2].ranges.is_empty());
        for end in 0..value.len() {
            assert!(decode_package(&value[..end]).is_none(), "cut at {end}");
        }
    }

    /// One version named by run after run must not become more memory than the budget.
    #[test]
    fn runs_do_not_multiply() {
        let mut bytes = Vec::new();
        encode_dictionary(&mut bytes, &["1"]);
        let mut decoder = Decoder::new(&bytes);
        let dictionary = decode_dictionary(&mut decoder).unwrap();
        let runs = [1, 0, 1];
        assert_eq!(decode_runs(&mut Decoder::new(&runs), &dictionary, &mut 1).unwrap(), ["1"]);
        assert!(decode_runs(&mut Decoder::new(&runs), &dictionary, &mut 0).is_none());
        assert!(decode_runs(&mut Decoder::new(&[1, 0, 2]), &dictionary, &mut 9).is_none());
    }
}
