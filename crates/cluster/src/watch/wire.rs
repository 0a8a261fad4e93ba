//! What the API server sends: pages of a list, events of a watch (API concepts, "Efficient
//! detection of changes", "Retrieving large results sets in chunks").

use crate::{Kind, http::Status, trim};
use cofferdam_model::{ClusterObject, ObjectKey};
use serde::Deserialize;
use serde_json::{Error, value::RawValue};

/// A page of a list, its objects as they were written.
#[derive(Deserialize)]
pub(super) struct Page<'a> {
    #[serde(default)]
    pub(super) metadata: PageMetadata,
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
}

/// Where the list stands.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PageMetadata {
    /// The state of the cluster that it shows.
    pub(super) resource_version: String,
    /// What to ask the next page with; empty for the last.
    #[serde(rename = "continue")]
    pub(super) next: String,
}

/// One object, or why it could not be read and what it is called, if that much could be.
pub(super) type Read = Result<ClusterObject, (Error, Option<ObjectKey>)>;

impl<'a> Page<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Error> {
        serde_json::from_slice(body)
    }

    /// The objects, trimmed one by one.
    pub(super) fn objects(&self, kind: Kind) -> impl Iterator<Item = Read> {
        self.items.iter().flatten().map(move |item| object(item, &kind))
    }
}

fn object(item: &RawValue, kind: &Kind) -> Read {
    trim::known(item.get(), kind).map_err(|error| (error, key(item, kind)))
}

fn key(item: &RawValue, kind: &Kind) -> Option<ObjectKey> {
    #[derive(Deserialize)]
    struct Named {
        metadata: Name,
    }
    #[derive(Deserialize)]
    struct Name {
        name: String,
        #[serde(default)]
        namespace: Option<String>,
    }
    let Named { metadata } = serde_json::from_str(item.get()).ok()?;
    let namespace = metadata.namespace.as_deref();
    Some(ObjectKey::new(kind.api_version, kind.kind, namespace, &metadata.name))
}

/// An event of a watch.
pub(super) enum Event {
    /// The object is there, new or changed.
    There(ClusterObject),
    /// The object as it was when it was deleted, and the state of the cluster after that.
    Gone(ClusterObject),
    /// Nothing happened up to this state of the cluster.
    Bookmark(String),
    /// The watch cannot go on.
    Refused(Status),
}

#[derive(Deserialize)]
struct RawEvent<'a> {
    #[serde(rename = "type")]
    what: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

impl Event {
    pub(super) fn parse(line: &[u8], kind: &Kind) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Bookmark {
            metadata: PageMetadata,
        }
        let event: RawEvent<'_> = serde_json::from_slice(line)?;
        let text = event.object.get();
        Ok(match event.what {
            "ADDED" | "MODIFIED" => Self::There(trim::known(text, kind)?),
            "DELETED" => Self::Gone(trim::known(text, kind)?),
            "BOOKMARK" => {
                let bookmark: Bookmark = serde_json::from_str(text)?;
                Self::Bookmark(bookmark.metadata.resource_version)
            }
            "ERROR" => Self::Refused(serde_json::from_str(text)?),
            other => {
                let message = format!("an event of type {other:?}");
                return Err(serde::de::Error::custom(message));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Kind {
        *Kind::find("v1", "Pod").unwrap()
    }

    #[test]
    fn a_page_with_an_object_that_cannot_be_read() {
        let body = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9",
            "continue":"abc","remainingItemCount":3},"items":[
            {"metadata":{"name":"a","namespace":"x"}},
            {"metadata":{"name":"b","ownerReferences":"?"}},{"metadata":7}]}"#;
        let page = Page::parse(body).unwrap();
        assert_eq!((&*page.metadata.resource_version, &*page.metadata.next), ("9", "abc"));
        let found: Vec<String> = page
            .objects(pod())
            .map(|read| match read {
                Ok(object) => object.key.to_string(),
                Err((_, key)) => {
                    format!("? {}", key.map_or_else(String::new, |key| key.to_string()))
                }
            })
            .collect();
        assert_eq!(found, ["Pod x/a", "? Pod b", "? "]);
    }

    #[test]
    fn an_empty_list_has_no_items() {
        for body in [&br#"{"items":null,"metadata":{}}"#[..], b"{}"] {
            assert_eq!(Page::parse(body).unwrap().objects(pod()).count(), 0);
        }
        assert!(Page::parse(b"[").is_err());
    }

    #[test]
    fn events_of_each_type() {
        let check = |line: &str, expected: &str| {
            let said = match Event::parse(line.as_bytes(), &pod()) {
                Ok(Event::There(object)) => format!("there {}", object.key.name),
                Ok(Event::Gone(object)) => format!("gone {}", object.key.name),
                Ok(Event::Bookmark(version)) => format!("bookmark {version}"),
                Ok(Event::Refused(status)) => format!("refused {}", status.code),
                Err(_) => "wrong".to_owned(),
            };
            assert_eq!(said, expected, "{line}");
        };
        check(r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#, "there a");
        check(r#"{"type":"MODIFIED","object":{"metadata":{"name":"a"}}}"#, "there a");
        check(r#"{"type":"DELETED","object":{"metadata":{"name":"a"}}}"#, "gone a");
        check(
            r#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"12"},"spec":{"containers":null}}}"#,
            "bookmark 12",
        );
        check(
            r#"{"type":"ERROR","object":{"kind":"Status","status":"Failure","reason":"Expired","code":410}}"#,
            "refused 410",
        );
        check(r#"{"type":"OTHER","object":{}}"#, "wrong");
        check(r#"{"type":"ADDED"}"#, "wrong");
    }
}
