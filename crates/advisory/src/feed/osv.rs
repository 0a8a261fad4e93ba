//! OSV records (OSV schema 1.7, <https://ossf.github.io/osv-schema/>).

use super::Taken;
use crate::{
    cvss,
    ecosystem::package_key,
    record::{Affected, Head},
};
use cofferdam_model::{Event, Range, Severity};
use jiff::Timestamp;
use serde::Deserialize;
use std::{borrow::Cow, collections::BTreeMap};

/// Bytes of one record. The longest of PyPI has 36 KB; kernel advisories list far more versions.
pub(crate) const RECORD_BYTES_MAX: u64 = 16 << 20;

/// Bytes of an id, an ecosystem or a version: several times any that we have met.
const WORD_BYTES_MAX: usize = 512;

/// Bytes of a package name. Go module paths and Maven coordinates are the longest.
const NAME_BYTES_MAX: usize = 1_024;

/// Packages, ranges, events or versions of one record. PyPI lists 1,583 versions at most.
const ITEMS_MAX: usize = 200_000;

/// Characters of a summary that are kept: a line on a terminal, twice.
const SUMMARY_CHARACTERS_MAX: usize = 240;

/// A parsed record, cut down to what judging takes.
#[derive(Debug)]
pub(crate) struct Record {
    pub head: Head,
    /// By ecosystem and package as they are looked up.
    pub affected: BTreeMap<(String, String), Affected>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    modified: Option<Cow<'a, str>>,
    #[serde(borrow)]
    published: Option<Cow<'a, str>>,
    withdrawn: Option<serde::de::IgnoredAny>,
    aliases: Option<Vec<String>>,
    upstream: Option<Vec<String>>,
    #[serde(borrow)]
    summary: Option<Cow<'a, str>>,
    #[serde(borrow)]
    details: Option<Cow<'a, str>>,
    severity: Option<Vec<WireSeverity>>,
    affected: Option<Vec<WireAffected>>,
    database_specific: Option<Words>,
}

#[derive(Deserialize)]
struct WireSeverity {
    score: Option<String>,
}

#[derive(Deserialize)]
struct WireAffected {
    package: Option<WirePackage>,
    severity: Option<Vec<WireSeverity>>,
    ranges: Option<Vec<WireRange>>,
    versions: Option<Vec<String>>,
    ecosystem_specific: Option<Words>,
    database_specific: Option<Words>,
}

#[derive(Deserialize)]
struct WirePackage {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct WireRange {
    r#type: String,
    events: Option<Vec<WireEvent>>,
}

#[derive(Deserialize)]
struct WireEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

/// The fields of the free-form objects in which publishers put a severity word. They may hold
/// anything, so what is not text is as good as absent.
#[derive(Deserialize)]
struct Words {
    severity: Option<serde_json::Value>,
    urgency: Option<serde_json::Value>,
}

/// Reads one record. Errors are one line for people.
pub(crate) fn parse(bytes: &[u8]) -> Result<Taken<Record>, String> {
    let wire: Wire<'_> = match serde_json::from_slice(bytes) {
        Ok(wire) => wire,
        Err(_) if is_something_else(bytes) => return Ok(Taken::NotThis),
        Err(error) => return Err(error.to_string()),
    };
    let (Some(id), Some(modified)) = (&wire.id, &wire.modified) else {
        return Ok(Taken::NotThis);
    };
    if wire.withdrawn.is_some() {
        return Ok(Taken::Skipped);
    }
    let head = Head {
        id: word(id)?.to_owned(),
        aliases: names(wire.aliases)?,
        upstream: names(wire.upstream)?,
        summary: summary(wire.summary.as_deref(), wire.details.as_deref()),
        published: wire.published.as_deref().and_then(time),
        modified: time(modified),
        malicious: false,
    };
    let malicious =
        head.id.starts_with("MAL-") || head.aliases.iter().any(|alias| alias.starts_with("MAL-"));
    let rating = rating(wire.severity.as_deref(), [wire.database_specific.as_ref(), None]);
    let mut affected = BTreeMap::new();
    for entry in limited(wire.affected)? {
        take_affected(entry, rating, &mut affected)?;
    }
    let record = Record { head: Head { malicious, ..head }, affected };
    Ok(if record.affected.is_empty() { Taken::Skipped } else { Taken::Record(record) })
}

/// Whether this is JSON without the two fields that every OSV record has.
fn is_something_else(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Probe {
        id: Option<serde_json::Value>,
        modified: Option<serde_json::Value>,
    }
    let is_text = |value: Option<serde_json::Value>| value.is_some_and(|value| value.is_string());
    serde_json::from_slice(bytes)
        .is_ok_and(|probe: Probe| !(is_text(probe.id) && is_text(probe.modified)))
}

type Rating = (Option<Severity>, Option<u8>);

fn take_affected(
    entry: WireAffected,
    rating_of_record: Rating,
    affected: &mut BTreeMap<(String, String), Affected>,
) -> Result<(), String> {
    let Some(package) = entry.package else { return Ok(()) };
    let ranges = limited(entry.ranges)?
        .into_iter()
        .filter(|range| matches!(range.r#type.as_str(), "SEMVER" | "ECOSYSTEM"))
        .map(|range| {
            let events = limited(range.events)?.into_iter().flat_map(events);
            events.collect::<Result<_, _>>().map(|events| Range { events })
        })
        .collect::<Result<Vec<Range>, String>>()?;
    let versions = names(entry.versions)?;
    if ranges.is_empty() && versions.is_empty() {
        return Ok(());
    }
    let name = &package.name;
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
        return Err("a package's name is empty, too long or holds a NUL".into());
    }
    let ecosystem = word(&package.ecosystem)?;
    let name = package_key(ecosystem, &package.name).into_owned();
    let specific = [entry.ecosystem_specific.as_ref(), entry.database_specific.as_ref()];
    let (severity, cvss_tenths) = match rating(entry.severity.as_deref(), specific) {
        (None, None) => rating_of_record,
        own => own,
    };
    let known = affected.entry((ecosystem.to_owned(), name)).or_default();
    known.severity = known.severity.max(severity);
    known.cvss_tenths = known.cvss_tenths.max(cvss_tenths);
    known.ranges.extend(ranges);
    known.versions.extend(versions);
    known.versions.sort_unstable();
    known.versions.dedup();
    Ok(())
}

/// The published rating: the highest score of the vectors that are understood, otherwise the
/// first word that is.
fn rating(vectors: Option<&[WireSeverity]>, words: [Option<&Words>; 2]) -> Rating {
    let scores = || vectors.into_iter().flatten().filter_map(|severity| severity.score.as_deref());
    if let Some(tenths) = scores().filter_map(cvss::score_tenths).max() {
        return (Some(Severity::from_score_tenths(tenths)), Some(tenths));
    }
    let words = words.into_iter().flatten();
    let words = words.flat_map(|words| [&words.severity, &words.urgency]);
    let words = words.filter_map(|word| word.as_ref()?.as_str());
    (scores().chain(words).find_map(severity_word), None)
}

/// Words of GitHub, Red Hat, Ubuntu and the Debian security tracker. "not yet assigned" and
/// "end-of-life" are none; Debian's "unimportant" and Ubuntu's "negligible" are still more than
/// nothing.
fn severity_word(word: &str) -> Option<Severity> {
    match word.trim_end_matches('*').to_ascii_lowercase().as_str() {
        "unimportant" | "negligible" | "low" => Some(Severity::Low),
        "moderate" | "medium" => Some(Severity::Medium),
        "important" | "high" => Some(Severity::High),
        "critical" => Some(Severity::Critical),
        _ => None,
    }
}

fn events(event: WireEvent) -> impl Iterator<Item = Result<Event, String>> {
    let checked = |version: Option<String>, event: fn(String) -> Event| {
        version.map(|version| word(&version).map(str::to_owned).map(event))
    };
    [
        checked(event.introduced, Event::Introduced),
        checked(event.fixed, Event::Fixed),
        checked(event.last_affected, Event::LastAffected),
        checked(event.limit, Event::Limit),
    ]
    .into_iter()
    .flatten()
}

fn names(names: Option<Vec<String>>) -> Result<Vec<String>, String> {
    let names = limited(names)?;
    names.iter().try_for_each(|name| word(name).map(|_| ()))?;
    Ok(names)
}

fn limited<T>(items: Option<Vec<T>>) -> Result<Vec<T>, String> {
    let items = items.unwrap_or_default();
    if items.len() > ITEMS_MAX {
        return Err(format!("a list has more than {ITEMS_MAX} items"));
    }
    Ok(items)
}

fn word(text: &str) -> Result<&str, String> {
    if text.is_empty() || text.len() > WORD_BYTES_MAX || text.contains('\0') {
        return Err("an id, ecosystem or version is empty, too long or holds a NUL".into());
    }
    Ok(text)
}

/// Times before 1970 are placeholders: the Go database writes the year 1.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().filter(|time: &Timestamp| time.as_second() > 0)
}

/// The summary, or the first line of the details that says something.
fn summary(summary: Option<&str>, details: Option<&str>) -> String {
    let line = |text: &str| {
        let mut lines = text.lines().map(|line| line.trim_matches(['#', ' ', '\t', '*']));
        lines.find(|line| !line.is_empty()).map(str::to_owned)
    };
    let line = summary.and_then(line).or_else(|| details.and_then(line)).unwrap_or_default();
    if line.chars().count() <= SUMMARY_CHARACTERS_MAX {
        return line;
    }
    line.chars().take(SUMMARY_CHARACTERS_MAX - 1).chain(['…']).collect()
}
