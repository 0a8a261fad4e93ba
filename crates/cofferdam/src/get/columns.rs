//! What the table of each resource shows.

use super::Resource;
use jiff::Timestamp;
use serde_json::Value;

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) is_number: bool,
    pub(super) cell: fn(&Value, Timestamp) -> String,
}

/// Rules that are named in a line of a table; `-o json` has the whole message.
const RULES_MAX: usize = 4;

/// A column of text: a JSON pointer.
macro_rules! text {
    ($head:literal, $pointer:literal) => {
        Column { head: $head, is_number: false, cell: |item, _| word(item.pointer($pointer)) }
    };
}

/// A column of numbers.
macro_rules! number {
    ($head:literal, $pointer:literal) => {
        Column { head: $head, is_number: true, cell: |item, _| word(item.pointer($pointer)) }
    };
}

/// A column of [`seen`].
macro_rules! seen {
    ($head:literal, $pointer:literal) => {
        Column { head: $head, is_number: true, cell: |item, _| seen(item, $pointer) }
    };
}

/// How long ago.
macro_rules! age {
    ($head:literal, $pointer:literal) => {
        Column { head: $head, is_number: true, cell: |item, now| ago(item.pointer($pointer), now) }
    };
}

/// A time.
macro_rules! time {
    ($head:literal, $pointer:literal) => {
        Column { head: $head, is_number: false, cell: |item, _| time(item.pointer($pointer)) }
    };
}

/// What is only known of an image that was looked into.
pub(super) fn seen(image: &Value, pointer: &str) -> String {
    match image["state"].as_str() {
        Some("scanned") => word(image.pointer(pointer)),
        _ => "?".to_owned(),
    }
}

const WORKLOADS: &[Column] = &[
    text!("NAMESPACE", "/namespace"),
    text!("KIND", "/kind"),
    text!("NAME", "/name"),
    Column {
        head: "READY",
        is_number: true,
        cell: |item, _| match &item["ready"] {
            Value::Null => "-".to_owned(),
            ready => format!("{ready}/{}", item["replicas"]),
        },
    },
    number!("SCORE", "/score"),
    number!("CRITICAL", "/counts/critical"),
    number!("HIGH", "/counts/high"),
    number!("MEDIUM", "/counts/medium"),
    number!("LOW", "/counts/low"),
    text!("EXPOSURE", "/exposure"),
    age!("AGE", "/firstSeen"),
];

/// As of an earlier time: the rest of them is only known as it is now.
const PAST_WORKLOADS: &[Column] = &[
    text!("NAMESPACE", "/namespace"),
    text!("KIND", "/kind"),
    text!("NAME", "/name"),
    number!("IMAGES", "/images"),
    number!("CRITICAL", "/counts/critical"),
    number!("HIGH", "/counts/high"),
    number!("MEDIUM", "/counts/medium"),
    number!("LOW", "/counts/low"),
    age!("AGE", "/firstSeen"),
];

const FINDINGS: &[Column] = &[
    number!("SCORE", "/score"),
    text!("SEVERITY", "/severity"),
    text!("OUTCOME", "/outcome"),
    text!("RULE", "/rule"),
    text!("SUBJECT", "/subjectTitle"),
    text!("MESSAGE", "/message"),
    age!("AGE", "/firstSeen"),
];

const IMAGES: &[Column] = &[
    Column { head: "IMAGE", is_number: false, cell: |item, _| title(Resource::Images, item) },
    text!("STATE", "/state"),
    seen!("SCORE", "/score"),
    seen!("CRITICAL", "/counts/critical"),
    seen!("HIGH", "/counts/high"),
    seen!("UNKNOWN", "/counts/unknown"),
    seen!("EXPLOITED", "/exploited"),
    seen!("SECRETS", "/secrets"),
    seen!("PACKAGES", "/packages"),
    number!("WORKLOADS", "/workloads"),
    text!("PLATFORM", "/platform"),
];

const POLICIES: &[Column] = &[
    text!("CODE", "/code"),
    text!("SEVERITY", "/severity"),
    text!("MODE", "/mode"),
    number!("FAILING", "/failing"),
    text!("AREA", "/area"),
    text!("TITLE", "/title"),
];

const REVIEWS: &[Column] = &[
    time!("AT", "/at"),
    text!("DECISION", "/decision"),
    text!("OPERATION", "/operation"),
    text!("RESOURCE", "/resource"),
    text!("NAMESPACE", "/namespace"),
    text!("NAME", "/name"),
    text!("USER", "/user"),
    Column {
        head: "MESSAGE",
        is_number: false,
        cell: |item, _| refusal(item.pointer("/messages/0")),
    },
];

const EVENTS: &[Column] = &[
    time!("AT", "/at"),
    text!("USER", "/user"),
    text!("AS", "/actsAs"),
    text!("VERB", "/verb"),
    Column {
        head: "RESOURCE",
        is_number: false,
        cell: |item, _| match item["subresource"].as_str() {
            Some("") | None => word(item.get("resource")),
            Some(below) => format!("{}/{below}", word(item.get("resource"))),
        },
    },
    text!("NAMESPACE", "/namespace"),
    text!("NAME", "/name"),
    number!("CODE", "/code"),
    text!("FROM", "/sourceIp"),
    text!("COMMAND", "/command"),
];

const CLUSTER: &[Column] = &[
    text!("NAME", "/name"),
    text!("VERSION", "/version"),
    number!("NODES", "/nodes"),
    number!("PODS", "/pods"),
    number!("NAMESPACES", "/namespaces"),
    time!("SYNCED", "/syncedAt"),
    text!("SERVER", "/server"),
];

const OVERVIEW: &[Column] = &[
    text!("CLUSTER", "/cluster/name"),
    number!("WORKLOADS", "/workloads/total"),
    number!("IMAGES", "/images/total"),
    number!("CRITICAL", "/counts/critical"),
    number!("HIGH", "/counts/high"),
    number!("MEDIUM", "/counts/medium"),
    number!("LOW", "/counts/low"),
    text!("FIX FIRST", "/fixFirst/0/title"),
];

const ACCOUNTS: &[Column] = &[
    text!("NAME", "/name"),
    text!("ROLE", "/role"),
    Column {
        head: "NAMESPACES",
        is_number: false,
        cell: |item, _| match item["namespaces"].as_array() {
            None => "all".to_owned(),
            Some(names) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                names.join(",")
            }
        },
    },
    time!("CREATED", "/createdAt"),
    time!("DISABLED", "/disabledAt"),
];

const TOKENS: &[Column] = &[
    text!("NAME", "/name"),
    text!("ACCOUNT", "/account"),
    text!("ROLE", "/role"),
    time!("EXPIRES", "/expiresAt"),
    time!("USED", "/usedAt"),
    text!("ID", "/id"),
];

const TRAIL: &[Column] = &[
    time!("AT", "/at"),
    text!("WHO", "/who"),
    text!("ACTION", "/action"),
    text!("WHAT", "/what"),
    text!("FROM", "/address"),
];

/// The columns of a resource.
pub(super) const fn of(resource: Resource) -> &'static [Column] {
    match resource {
        Resource::Workloads => WORKLOADS,
        Resource::Findings => FINDINGS,
        Resource::Images => IMAGES,
        Resource::Policies => POLICIES,
        Resource::Reviews => REVIEWS,
        Resource::Events => EVENTS,
        Resource::Cluster => CLUSTER,
        Resource::Overview => OVERVIEW,
        Resource::Accounts => ACCOUNTS,
        Resource::Tokens => TOKENS,
        Resource::Trail => TRAIL,
    }
}

/// The columns of a resource as of an earlier time.
pub(super) const fn past(resource: Resource) -> &'static [Column] {
    match resource {
        Resource::Workloads => PAST_WORKLOADS,
        _ => of(resource),
    }
}

/// What a wide table shows besides: what tells things apart that are called alike.
pub(super) const fn wide(resource: Resource) -> &'static [Column] {
    match resource {
        Resource::Workloads | Resource::Findings => &[text!("ID", "/id")],
        Resource::Images => &[text!("DIGEST", "/digest"), text!("ID", "/id")],
        _ => &[],
    }
}

/// What people call one of them.
pub(super) fn title(resource: Resource, item: &Value) -> String {
    let of = |key: &str| word(item.get(key));
    match resource {
        Resource::Workloads => format!("{} {}/{}", of("kind"), of("namespace"), of("name")),
        Resource::Images => {
            // As much of a digest as tells images apart.
            let digest: String = of("digest").chars().take("sha256:".len() + 12).collect();
            let tag = item.get("tag").and_then(Value::as_str);
            tag.map_or_else(
                || format!("{}@{digest}", of("name")),
                |tag| format!("{}:{tag}", of("name")),
            )
        }
        Resource::Findings => format!("{} {}", of("rule"), of("subjectTitle")),
        Resource::Policies => format!("{} {}", of("code"), of("title")),
        _ => of("name"),
    }
}

/// The first line of a message, and of a refusal the rules that refuse: each line that begins with
/// a dash is a reason, with its rule first.
fn refusal(value: Option<&Value>) -> String {
    let text = word(value);
    let first = text.lines().next().unwrap_or_default();
    let reasons =
        text.lines().skip(1).filter_map(|line| line.strip_prefix("- ")?.split(' ').next());
    let mut rules: Vec<&str> = Vec::new();
    for rule in reasons {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    if rules.is_empty() {
        return first.to_owned();
    }
    let more = if rules.len() > RULES_MAX { ", …" } else { "" };
    rules.truncate(RULES_MAX);
    format!("{}: {}{more}", first.trim_end_matches('.'), rules.join(", "))
}

/// A value as one word; `-` for nothing, as kubectl's `<none>`, but quieter.
pub(super) fn word(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn moment(value: Option<&Value>) -> Option<Timestamp> {
    value?.as_str()?.parse().ok()
}

/// `2026-11-21 12:00:00`, UTC.
pub(super) fn time(value: Option<&Value>) -> String {
    match moment(value) {
        Some(time) => time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        None => "-".to_owned(),
    }
}

/// `5d`, `3h`, `12m`, `40s`
pub(super) fn ago(value: Option<&Value>, now: Timestamp) -> String {
    let Some(time) = moment(value) else { return "-".to_owned() };
    let seconds = now.duration_since(time).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}
