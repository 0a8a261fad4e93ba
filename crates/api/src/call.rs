//! A request on its way to its handler: who asks, what for, and what of it may be seen.

use crate::{
    Inner,
    refusal::{Kind, Refusal},
    routes::{Parameter, Route},
};
use axum::{body::Body, response::Response};
use bytes::Bytes;
use cofferdam_identity::{Principal, Who};
use cofferdam_store::{Cursor, LARGEST_PAGE, Page};
use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use percent_encoding::percent_decode_str;
use serde::{Serialize, de::DeserializeOwned};
use std::{str::FromStr, sync::Arc};

/// Items on a page where nobody says how many.
const PAGE_DEFAULT: u16 = 50;
/// How far the clock of who asks may be ahead of this one.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);
/// The longest value of a parameter.
const VALUE_MAX: usize = 4_096;

/// What of a resource whoever asks may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All.
    All,
    /// What is in these namespaces.
    Namespaces(Vec<String>),
}

/// A request that may be answered.
pub(crate) struct Call {
    pub(crate) api: Arc<Inner>,
    /// Who asks; nothing on routes for anyone.
    pub(crate) principal: Option<Principal>,
    /// What of it may be seen.
    pub(crate) scope: Scope,
    /// The value in the session's cookie.
    pub(crate) cookie: Option<String>,
    /// Where it comes from.
    pub(crate) address: String,
    /// Parameters in the path.
    pub(crate) path: Vec<(String, String)>,
    /// Parameters in the query.
    pub(crate) query: Query,
    /// The document it brings.
    pub(crate) body: Bytes,
    /// When it came.
    pub(crate) now: Timestamp,
}

/// What a handler gives.
pub(crate) type Answered = Result<Response, Refusal>;

impl Call {
    /// A parameter in the path.
    pub(crate) fn id(&self) -> &str {
        self.path.first().map_or("", |(_, value)| value)
    }

    /// Who asks, for the trail.
    pub(crate) fn who(&self) -> Who {
        let name = self.principal.as_ref().map_or("", |principal| &principal.name);
        Who { name: name.to_owned(), address: self.address.clone() }
    }

    /// Who asks, where the route is for those who are signed in.
    pub(crate) fn signed_in(&self) -> Result<&Principal, Refusal> {
        self.principal.as_ref().ok_or_else(|| Refusal::new(Kind::SignIn, "Sign in first."))
    }

    /// The document it brings.
    pub(crate) fn document<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        // What is read into takes lists too, and says so in words of its own.
        if self.body.trim_ascii_start().first() != Some(&b'{') {
            return Err(Refusal::new(Kind::Invalid, "The body is not a JSON object."));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            Refusal::new(Kind::Invalid, format!("The body cannot be understood: {error}."))
        })
    }

    /// Whether what leads through these namespaces may be seen: by those who see all, or all of
    /// these. What leads through a namespace of others is not told.
    pub(crate) fn may_see_way(&self, namespaces: &[String]) -> bool {
        self.scope == Scope::All
            || !namespaces.is_empty() && namespaces.iter().all(|one| self.may_see(Some(one)))
    }

    /// The namespaces that may be seen.
    pub(crate) fn own_namespaces(&self) -> Option<&[String]> {
        match &self.scope {
            Scope::All => None,
            Scope::Namespaces(own) => Some(own),
        }
    }

    /// The namespaces to look in: the one that is asked for, within those that may be seen.
    pub(crate) fn namespaces(&self) -> Option<Vec<String>> {
        let asked = self.query.text("namespace").map(str::to_owned);
        match (&self.scope, asked) {
            (Scope::All, asked) => asked.map(|one| vec![one]),
            (Scope::Namespaces(own), None) => Some(own.clone()),
            (Scope::Namespaces(own), Some(one)) => {
                Some(own.iter().filter(|own| **own == one).cloned().collect())
            }
        }
    }

    /// Whether what is in a namespace may be seen; what is in none only by those who see all.
    pub(crate) fn may_see(&self, namespace: Option<&str>) -> bool {
        match &self.scope {
            Scope::All => true,
            Scope::Namespaces(own) => namespace.is_some_and(|one| own.iter().any(|own| own == one)),
        }
    }
}

/// Parameters in a query, checked against those that the route takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=b&c=d`.
    pub(crate) fn read(text: &str, route: &Route) -> Result<Self, Refusal> {
        let mut read = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            let known: Option<&Parameter> =
                route.query.iter().copied().flatten().find(|known| known.name == name);
            let Some(known) = known else {
                return Err(malformed(format!("There is no parameter {:?} here.", cut(&name))));
            };
            if value.is_empty() {
                continue;
            }
            if value.len() > VALUE_MAX {
                return Err(malformed(format!("The parameter {name} is too long.")));
            }
            if !known.words.is_empty() && !known.words.contains(&&*value) {
                let words = known.words.join(", ");
                return Err(malformed(format!("The parameter {name} is one of {words}.")));
            }
            if read.iter().any(|(other, _)| *other == name) {
                return Err(malformed(format!("The parameter {name} is there twice.")));
            }
            read.push((name, value));
        }
        Ok(Self(read))
    }

    /// The value of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| &**value)
    }

    /// The same as a `String`, which is what filters take.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// The value of a parameter that is one of the words of its type.
    pub(crate) fn word<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let read = |value: &str| {
            value.parse().map_err(|_| malformed(format!("The parameter {name} has no such value.")))
        };
        self.text(name).map(read).transpose()
    }

    /// The time to look back to.
    pub(crate) fn at(&self, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
        let read = |value: &str| {
            let wrong = "The parameter at is a time of RFC 3339 with its zone, like \
                         2026-11-22T08:00:00Z, or a day, like 2026-11-22.";
            let at = moment(value).ok_or_else(|| malformed(wrong.to_owned()))?;
            if at.duration_since(now) > AHEAD {
                return Err(malformed(format!(
                    "The parameter at is a time to look back to, and {at} is yet to come: it is \
                     {now:.0} now."
                )));
            }
            Ok(at)
        };
        self.text("at").map(read).transpose()
    }

    /// How many items on the page.
    pub(crate) fn limit(&self) -> Result<u16, Refusal> {
        let limit = self.word("limit")?.unwrap_or(PAGE_DEFAULT);
        if (1..=LARGEST_PAGE).contains(&limit) {
            return Ok(limit);
        }
        Err(malformed(format!("The parameter limit is a number from 1 to {LARGEST_PAGE}.")))
    }

    /// The field to sort by, and whether the greatest comes first.
    pub(crate) fn sort(&self) -> Option<(&str, bool)> {
        let text = self.text("sort")?;
        Some(text.strip_prefix('-').map_or((text, false), |field| (field, true)))
    }

    /// A page of a list in the store. Without a word about the order it is the list's own.
    pub(crate) fn page<S: FromStr + Default>(
        &self,
        is_descending: bool,
    ) -> Result<Page<S>, Refusal> {
        let after = self.text("after").map(|after| {
            Cursor::parse(after)
                .ok_or_else(|| malformed("The parameter after is not of this list.".to_owned()))
        });
        let (sort, descending) = match self.sort() {
            None => (S::default(), is_descending),
            Some((field, descending)) => {
                let sort = field.parse().map_err(|_| {
                    malformed(format!("This list is not sorted by {:?}.", cut(field)))
                })?;
                (sort, descending)
            }
        };
        Ok(Page { limit: self.limit()?, after: after.transpose()?, sort, descending })
    }
}

/// A moment, or a day, which begins at midnight UTC as in exceptions.
pub fn moment(text: &str) -> Option<Timestamp> {
    // A time without a zone has a day in it too, and its hour would be lost.
    let is_day = text.len() == "2026-11-22".len();
    let day = || text.parse::<Date>().ok().filter(|_| is_day)?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| day().map(|day| day.timestamp()))
}

pub(crate) fn malformed(detail: String) -> Refusal {
    Refusal::new(Kind::Malformed, detail)
}

/// What is repeated of what a stranger sent.
fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

fn decode(text: &str) -> Result<String, Refusal> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| malformed("The query is not UTF-8.".to_owned()))
}

/// An answer with a document.
pub(crate) fn given<T: Serialize>(document: &T) -> Response {
    with_status(StatusCode::OK, document)
}

/// An answer with the document of what was made.
pub(crate) fn made<T: Serialize>(document: &T) -> Response {
    with_status(StatusCode::CREATED, document)
}

/// An answer without a document.
pub(crate) fn done() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn with_status<T: Serialize>(status: StatusCode, document: &T) -> Response {
    let mut response = Response::new(Body::from(crate::refusal::json(document)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
