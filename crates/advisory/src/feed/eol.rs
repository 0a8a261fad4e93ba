//! Product files of endoflife.date: Markdown with YAML front matter, one a product
//! (<https://github.com/endoflife-date/endoflife.date>, `products/*.md`).

use super::Taken;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use serde_saphyr::{budget, options};
use std::fmt;

/// Bytes of one file; the longest is 122 KB.
const PRODUCT_BYTES_MAX: usize = 2 << 20;

/// Bytes of a name.
const NAME_BYTES_MAX: usize = 128;

/// A product and its releases.
#[derive(Debug, Default)]
pub(crate) struct Product {
    pub name: String,
    pub releases: Vec<Release>,
    /// The newest release it tells of: how fresh the file is.
    pub newest: Option<Timestamp>,
}

/// How long one release is looked after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub name: String,
    pub end_of_life: Option<Timestamp>,
    pub end_of_extended_support: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Wire {
    permalink: Option<String>,
    releases: Option<Vec<WireRelease>>,
}

#[derive(Deserialize)]
struct WireRelease {
    #[serde(rename = "releaseCycle")]
    cycle: String,
    #[serde(rename = "releaseDate", default)]
    released: Until,
    #[serde(default)]
    eol: Until,
    #[serde(default)]
    eoes: Until,
    #[serde(rename = "latestReleaseDate", default)]
    latest: Until,
}

/// A date, or whether it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Until {
    #[default]
    Unknown,
    /// No end is known.
    Open,
    /// Over; nobody says since when.
    Over,
    Day(Date),
}

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UntilVisitor)
    }
}

struct UntilVisitor;

impl Visitor<'_> for UntilVisitor {
    type Value = Until;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date, true or false")
    }

    fn visit_bool<E: de::Error>(self, over: bool) -> Result<Until, E> {
        Ok(if over { Until::Over } else { Until::Open })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Until, E> {
        text.parse().map(Until::Day).map_err(E::custom)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Until, E> {
        Ok(Until::Unknown)
    }
}

/// Reads one file; what has no front matter with releases is not a product. Errors are one line.
pub(crate) fn parse(text: &str, file_stem: &str) -> Result<Taken<Product>, String> {
    let Some(front_matter) = front_matter(text) else { return Ok(Taken::NotThis) };
    if front_matter.len() > PRODUCT_BYTES_MAX {
        return Err(format!("front matter is over its limit of {PRODUCT_BYTES_MAX} bytes"));
    }
    let options = options! {
        budget: budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_depth: 16,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
        },
    };
    let wire: Wire = serde_saphyr::from_str_with_options(front_matter, options)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
    let Some(releases) = wire.releases else { return Ok(Taken::NotThis) };
    let name = wire.permalink.as_deref().map_or(file_stem, |link| link.trim_start_matches('/'));
    let newest = releases.iter().filter_map(|release| day(release.latest)).max();
    let releases: Vec<Release> = releases.iter().map(release).collect();
    let bad = |name: &str| name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0');
    if bad(name) || releases.iter().any(|release| bad(&release.name)) {
        return Err("a product or release has no name, or a very long one".into());
    }
    Ok(Taken::Record(Product { name: name.to_owned(), releases, newest }))
}

/// Between a first line `---` and the next one.
fn front_matter(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches('\u{feff}').strip_prefix("---")?;
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    let end = rest.match_indices("\n---").find(|(at, _)| {
        let after = rest.get(at + 4..).unwrap_or_default();
        after.is_empty() || after.starts_with(['\r', '\n'])
    });
    end.and_then(|(at, _)| rest.get(..=at))
}

fn release(wire: &WireRelease) -> Release {
    let end = |until| match until {
        Until::Day(_) => end_of(until),
        // It is over, so it ended after it began: the earliest day that can be right.
        Until::Over => end_of(wire.released).or(Some(Timestamp::UNIX_EPOCH)),
        Until::Unknown | Until::Open => None,
    };
    Release {
        name: wire.cycle.clone(),
        end_of_life: end(wire.eol),
        end_of_extended_support: match wire.eoes {
            Until::Day(_) => end(wire.eoes),
            _ => None,
        },
    }
}

/// A last day of support is supported to its end: support ends when the next day begins, in UTC.
fn end_of(until: Until) -> Option<Timestamp> {
    let Until::Day(date) = until else { return None };
    day(Until::Day(date.checked_add(1.day()).ok()?))
}

fn day(until: Until) -> Option<Timestamp> {
    let Until::Day(date) = until else { return None };
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "---\ntitle: Debian\npermalink: /debian\ntags: a b # note\n\
        auto:\n  methods:\n    - debian: https://x\nreleases:\n  - releaseCycle: \"12\"\n    \
        codename: \"Bookworm\"\n    releaseDate: 2023-06-10\n    eol: 2026-07-11\n    \
        eoes: 2028-06-30\n    latestReleaseDate: 2026-07-11\n\n  - releaseCycle: \"sid\"\n    \
        releaseDate: 2000-01-01\n    eol: false\n  - releaseCycle: \"1.1\"\n    \
        releaseDate: 1996-06-17\n    eol: true\n    eoes: true\n---\n\nText --- more\n";

    fn product(text: &str) -> Product {
        match parse(text, "stem").unwrap() {
            Taken::Record(product) => product,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_a_product() {
        let product = product(TEXT);
        assert_eq!(product.name, "debian");
        assert_eq!(product.newest.unwrap().to_string(), "2026-07-11T00:00:00Z");
        let [bookworm, sid, buzz] = product.releases.as_slice() else { panic!("{product:?}") };
        assert_eq!(bookworm.name, "12");
        assert_eq!(bookworm.end_of_life.unwrap().to_string(), "2026-07-12T00:00:00Z");
        assert_eq!(bookworm.end_of_extended_support.unwrap().to_string(), "2028-07-01T00:00:00Z");
        assert_eq!((sid.end_of_life, sid.end_of_extended_support), (None, None));
        assert_eq!(buzz.end_of_life.unwrap().to_string(), "1996-06-18T00:00:00Z");
        assert_eq!(buzz.end_of_extended_support, None);
    }

    #[test]
    fn other_files_and_broken_ones() {
        for not_this in ["", "# Title", "---\ntitle: x\n---\n", "---\nno end", "--- x\n---\n"] {
            assert!(matches!(parse(not_this, "x"), Ok(Taken::NotThis)), "{not_this:?}");
        }
        for broken in [
            "---\nreleases: 7\n---\n",
            "---\nreleases:\n  - releaseCycle: \"1\"\n    eol: someday\n---\n",
            "---\nreleases: [&a {releaseCycle: \"1\"}, *a]\n---\n",
            "---\nreleases:\n  - releaseCycle: \"\"\n---\n",
            "---\na: [\n---\n",
        ] {
            assert!(parse(broken, "x").is_err(), "{broken:?}");
        }
        assert_eq!(product("---\r\nreleases: []\r\n---\r\n").name, "stem");
    }
}
