//! What was asked of a cluster's API server, in a file: the door's reviews and the audit events,
//! one a line, each with how long before the recording it was.
//!
//! Who shows a recording sees them as long ago as they were then. The arguments of commands that
//! ran in containers are left out, and what policies said of them: people write passwords there.

use cofferdam_bounds::Meter;
use cofferdam_cluster::{Lines, write_lines};
use cofferdam_model::Problem;
use cofferdam_policy::Operation;
use cofferdam_store::{
    Cursor, Decision, EventFilter, LARGEST_PAGE, Page, Result, ReviewFilter, Store, TimeSort, rows,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead};

/// Of each kind that many are written, the newest: more than anybody reads.
const EACH_MAX: usize = 10_000;

/// Bytes of all lines: those of a refusal for many reasons have 10 KiB.
const BYTES_MAX: u64 = 256 << 20;

const LINES: Lines =
    Lines { what: "requests of the recording", count: 2 * EACH_MAX, bytes: BYTES_MAX };

/// What was asked of an API server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    /// What the door judged.
    pub reviews: Vec<rows::Review>,
    /// What the API server told of.
    pub events: Vec<rows::Event>,
}

/// A line.
#[derive(Serialize, Deserialize)]
struct Line {
    /// Milliseconds before the recording.
    ago: u64,
    #[serde(flatten)]
    asked: Asked,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Asked {
    Review(#[serde(with = "Review")] rows::Review),
    Event(#[serde(with = "Event")] rows::Event),
}

/// A review as it is written, all but its time.
#[derive(Serialize, Deserialize)]
#[serde(remote = "rows::Review")]
struct Review {
    id: String,
    #[serde(skip)]
    at: Timestamp,
    user_name: String,
    groups: Vec<String>,
    operation: String,
    resource: String,
    namespace: Option<String>,
    name: String,
    #[serde(with = "decision")]
    decision: Decision,
    messages: Vec<String>,
    digest: String,
    micros: u32,
}

/// The same of an event.
#[derive(Serialize, Deserialize)]
#[serde(remote = "rows::Event")]
struct Event {
    id: String,
    #[serde(skip)]
    at: Timestamp,
    user_name: String,
    source_ip: String,
    agent: String,
    verb: String,
    resource: String,
    subresource: String,
    namespace: Option<String>,
    name: String,
    code: u16,
    allowed: bool,
    acts_as: String,
    command: String,
}

/// A decision as its word.
mod decision {
    use super::Decision;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    pub(super) fn serialize<S: Serializer>(one: &Decision, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(one.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decision, D::Error> {
        let word = String::deserialize(from)?;
        word.parse().map_err(|()| D::Error::custom("there is no such decision"))
    }
}

impl Requests {
    /// Reads a file, as if it had been recorded `now`: as much as could be read, and what could
    /// not.
    pub fn read(bytes: &[u8], now: Timestamp, meter: &Meter) -> (Self, Vec<Problem>) {
        let mut requests = Self::default();
        let problems = LINES.read(bytes, meter, |line| requests.take(line, now));
        (requests, problems)
    }

    /// Reads the lines alone, not compressed.
    pub fn read_lines(lines: impl BufRead, now: Timestamp, meter: &Meter) -> (Self, Vec<Problem>) {
        let mut requests = Self::default();
        let problems = LINES.read_plain(lines, meter, |line| requests.take(line, now));
        (requests, problems)
    }

    fn take(&mut self, line: &[u8], now: Timestamp) -> io::Result<()> {
        let Line { ago, asked } = serde_json::from_slice(line)?;
        let ago = SignedDuration::from_millis(i64::try_from(ago).unwrap_or(i64::MAX));
        // Nothing is older than the first day of all calendars.
        let then = now.checked_sub(ago).unwrap_or(Timestamp::MIN);
        match asked {
            Asked::Review(review) => self.reviews.push(rows::Review { at: then, ..review }),
            Asked::Event(event) => self.events.push(rows::Event { at: then, ..event }),
        }
        Ok(())
    }

    /// Writes a file that is recorded `now`.
    pub fn write(&self, now: Timestamp) -> io::Result<Vec<u8>> {
        let reviews = self.reviews.iter().map(|one| {
            // A policy may say what was to be run.
            let is_command = one.operation == Operation::Connect.as_str();
            let messages = if is_command { Vec::new() } else { one.messages.clone() };
            (one.at, Asked::Review(rows::Review { messages, ..one.clone() }))
        });
        let events = self.events.iter().map(|one| {
            let command = without_arguments(&one.command);
            (one.at, Asked::Event(rows::Event { command, ..one.clone() }))
        });
        write_lines(reviews.chain(events).map(|(at, asked)| {
            let ago = u64::try_from(now.duration_since(at).as_millis()).unwrap_or(0);
            Ok(serde_json::to_vec(&Line { ago, asked })?)
        }))
    }

    /// What a store knows, the newest of it; and whether there is more than that.
    pub async fn of(store: &Store) -> Result<(Self, bool)> {
        let (mut all, mut has_more) = (Self::default(), false);
        let mut page = newest();
        while page.limit > 0 {
            let listed = store.reviews(&ReviewFilter::default(), &page).await?;
            all.reviews.extend(listed.items);
            has_more |= go_on(&mut page, listed.next, all.reviews.len());
        }
        page = newest();
        while page.limit > 0 {
            let listed = store.events(&EventFilter::default(), &page).await?;
            all.events.extend(listed.items);
            has_more |= go_on(&mut page, listed.next, all.events.len());
        }
        Ok((all, has_more))
    }

    /// Gives it to a store. What an earlier start gave is there once, with the times of now.
    pub async fn put(&self, store: &Store) -> Result<()> {
        store.put_recorded(&self.reviews, &self.events).await
    }
}

fn newest() -> Page<TimeSort> {
    Page { limit: LARGEST_PAGE, descending: true, ..Page::default() }
}

/// Turns to the next page; there is none where nothing more is to be had or taken. Tells whether
/// something is left out.
fn go_on(page: &mut Page<TimeSort>, next: Option<Cursor>, had: usize) -> bool {
    let room = EACH_MAX.saturating_sub(had);
    let is_more = next.is_some();
    let limit = if is_more { room } else { 0 };
    page.limit = u16::try_from(limit).unwrap_or(u16::MAX).min(LARGEST_PAGE);
    page.after = next;
    is_more && room == 0
}

/// The container and the program of a command, `worker: sh …`: what is said to the program may be
/// a password.
fn without_arguments(command: &str) -> String {
    let mut words = command.split(' ').filter(|word| !word.is_empty()).peekable();
    let container = words.next_if(|word| word.ends_with(':'));
    let container = container.map(|word| format!("{}:", plain(word.trim_end_matches(':'))));
    let program = words.next().map(|word| plain(word).to_owned());
    let arguments = words.next().map(|_| "…".to_owned());
    container.into_iter().chain(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// A word that is the name of a container or a program, and nothing that a shell would read.
fn plain(word: &str) -> &str {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    if word.chars().all(is_name) { word } else { "…" }
}

#[cfg(test)]
mod tests;
