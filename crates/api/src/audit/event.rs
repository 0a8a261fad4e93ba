//! Batches of audit events, read one event after another.

use super::{
    EVENTS,
    detail::{acts_as, command},
    loose::{Address, Number, Object, Text, Texts},
};
use cofferdam_model::{Problem, ProblemKind};
use cofferdam_store::rows::Event;
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// Problems that are listed of one batch; more say nothing new.
const PROBLEMS: usize = 20;
/// The stage at which a request is answered; what is said before says less.
const LAST: [&str; 2] = ["ResponseComplete", "Panic"];

/// An `Event`, as far as it is read.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Item {
    #[serde(rename = "auditID")]
    audit_id: Text,
    stage: Text,
    #[serde(rename = "requestURI")]
    request_uri: Address,
    verb: Text,
    user: Object<User>,
    impersonated_user: Object<User>,
    #[serde(rename = "sourceIPs")]
    source_ips: Texts,
    user_agent: Text,
    object_ref: Object<ObjectRef>,
    response_status: Object<Status>,
    request_received_timestamp: Text,
    #[serde(rename = "stageTimestamp")]
    stage_timestamp: Text,
    annotations: Object<Annotations>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct User {
    username: Text,
    groups: Texts,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct ObjectRef {
    resource: Text,
    subresource: Text,
    namespace: Text,
    name: Text,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Number,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Annotations {
    #[serde(rename = "authorization.k8s.io/decision")]
    decision: Text,
}

impl Item {
    /// As a row; nothing for what is not the last word on a request, or says not what it is.
    fn event(self) -> Result<Option<Event>, &'static str> {
        if !self.stage.0.is_some_and(|stage| LAST.contains(&&*stage)) {
            return Ok(None);
        }
        let id = self.audit_id.0.filter(|id| !id.is_empty()).ok_or("an event has no auditID")?;
        let time = |text: Text| text.0.and_then(|text| text.parse().ok());
        let at = time(self.request_received_timestamp).or_else(|| time(self.stage_timestamp));
        let object = self.object_ref.0.unwrap_or_default();
        let text = |text: Text| text.0.unwrap_or_default();
        let status = self.response_status.0.unwrap_or_default();
        let other = self.impersonated_user.0.unwrap_or_default();
        let subresource = text(object.subresource);
        let command = match &*subresource {
            "exec" | "attach" => command(&self.request_uri.0.unwrap_or_default()),
            _ => String::new(),
        };
        let decision = self.annotations.0.unwrap_or_default().decision.0;
        let code = status.code.0.and_then(|code| u16::try_from(code).ok()).unwrap_or(0);
        Ok(Some(Event {
            id,
            at: at.ok_or("an event has no time")?,
            user_name: text(self.user.0.unwrap_or_default().username),
            source_ip: self.source_ips.0.into_iter().next().unwrap_or_default(),
            agent: text(self.user_agent),
            verb: text(self.verb),
            resource: text(object.resource),
            subresource,
            namespace: object.namespace.0.filter(|namespace| !namespace.is_empty()),
            name: text(object.name),
            code,
            allowed: decision.map_or(code != 403, |decision| decision == "allow"),
            acts_as: acts_as(&text(other.username), &other.groups.0),
            command,
        }))
    }
}

/// What was read so far.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    problems: Vec<Problem>,
    has_items: bool,
}

impl Batch {
    fn problem(&mut self, kind: ProblemKind, detail: impl Into<String>) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(Problem::whole(kind, detail));
        }
    }
}

/// Reads a batch. Where it breaks off, what came before is kept.
pub(super) fn read(bytes: &[u8]) -> (Vec<Event>, Vec<Problem>) {
    let mut batch = Batch::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = List(&mut batch).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Err(error) = read {
        let kind = if error.is_eof() { ProblemKind::Truncated } else { ProblemKind::Malformed };
        batch.problem(kind, format!("the list of audit events is broken: {error}"));
    } else if !batch.has_items {
        batch.problem(ProblemKind::Malformed, "there is no list of audit events in it");
    }
    (batch.events, batch.problems)
}

/// The document: of all its fields `items`.
struct List<'b>(&'b mut Batch);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of audit events")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(key)) = map.next_key()? {
            if key.as_deref() == Some("items") {
                map.next_value_seed(Items(&mut *self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The events.
struct Items<'b>(&'b mut Batch);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of audit events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.has_items = true;
        while self.0.events.len() < EVENTS {
            match list.next_element::<Object<Item>>()? {
                None => return Ok(()),
                Some(Object(None)) => {
                    self.0.problem(ProblemKind::Malformed, "an event is no object");
                }
                Some(Object(Some(item))) => match item.event() {
                    Ok(event) => self.0.events.extend(event),
                    Err(why) => self.0.problem(ProblemKind::Malformed, why),
                },
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        let detail = format!("more than {EVENTS} audit events in one batch");
        self.0.problem(ProblemKind::BudgetExceeded, detail);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{EVENTS, read};
    use serde_json::{Value, json};

    fn event(id: &str) -> Value {
        json!({
            "level": "Metadata",
            "auditID": id,
            "stage": "ResponseComplete",
            "requestURI":
                "/api/v1/namespaces/shop/pods/web/exec?command=sh&command=-c&command=id&container=app&stdin=true",
            "verb": "create",
            "user": { "username": "eve", "groups": ["dev"] },
            "sourceIPs": ["192.0.2.7", "10.0.0.1"],
            "userAgent": "kubectl/v1.34.4",
            "objectRef": {
                "resource": "pods", "namespace": "shop", "name": "web", "subresource": "exec",
            },
            "responseStatus": { "metadata": {}, "code": 101 },
            "requestReceivedTimestamp": "2026-11-21T12:00:00.123456Z",
            "stageTimestamp": "2026-11-21T12:00:01.000000Z",
            "annotations": { "authorization.k8s.io/decision": "allow" },
        })
    }

    fn list(items: &Value) -> Vec<u8> {
        let list = json!({
            "kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": items,
        });
        list.to_string().into_bytes()
    }

    #[test]
    fn who_did_what_from_where() {
        let (events, problems) = read(&list(&json!([event("one")])));
        assert_eq!(problems, []);
        let event = &events[0];
        assert_eq!(
            (event.user_name.as_str(), event.source_ip.as_str(), event.agent.as_str()),
            ("eve", "192.0.2.7", "kubectl/v1.34.4")
        );
        assert_eq!(
            (event.verb.as_str(), event.resource.as_str(), event.subresource.as_str()),
            ("create", "pods", "exec")
        );
        assert_eq!((event.namespace.as_deref(), event.name.as_str()), (Some("shop"), "web"));
        assert_eq!((event.code, event.allowed), (101, true));
        assert_eq!(event.at.to_string(), "2026-11-21T12:00:00.123456Z");
        assert_eq!((event.acts_as.as_str(), event.command.as_str()), ("", "app: sh -c id"));
    }

    #[test]
    fn whoever_acts_as_somebody_else_is_told_beside_him() {
        let mut other = event("one");
        other["impersonatedUser"] = json!({
            "username": "nobody", "groups": ["system:masters", "system:authenticated", 7],
        });
        let mut strange = event("two");
        strange["impersonatedUser"] = json!({ "username": 7, "groups": "all" });
        let (events, problems) = read(&list(&json!([other, strange])));
        assert_eq!(problems, []);
        assert_eq!(events[0].user_name, "eve");
        assert_eq!(events[0].acts_as, "nobody (system:masters)");
        assert_eq!(events[1].acts_as, "");
    }

    #[test]
    fn what_is_no_exec_ran_nothing() {
        let mut other = event("one");
        other["objectRef"]["subresource"] = json!("log");
        let (events, _) = read(&list(&json!([other])));
        assert_eq!(events[0].command, "");
    }

    #[test]
    fn one_event_for_each_request() {
        let mut early = event("one");
        early["stage"] = json!("ResponseStarted");
        let (events, problems) = read(&list(&json!([early, event("one")])));
        assert_eq!((events.len(), problems.len()), (1, 0));
    }

    #[test]
    fn a_refusal_is_one() {
        let mut refused = event("one");
        refused["annotations"]["authorization.k8s.io/decision"] = json!("forbid");
        let mut silent = event("two");
        silent["annotations"] = Value::Null;
        silent["responseStatus"]["code"] = json!(403);
        let (events, _) = read(&list(&json!([refused, silent])));
        assert!(events.iter().all(|event| !event.allowed));
    }

    #[test]
    fn broken_events_cost_no_others() {
        let mut strange = event("two");
        for (key, value) in [
            ("user", json!("eve")),
            ("objectRef", json!([1])),
            ("sourceIPs", json!({ "a": 1 })),
            ("responseStatus", json!({ "code": "many" })),
            ("verb", json!(3.5)),
            ("requestURI", json!(["?command=sh"])),
            ("impersonatedUser", json!("root")),
        ] {
            strange[key] = value;
        }
        let mut nameless = event("");
        nameless["user"] = Value::Null;
        let items = json!([event("one"), 7, "x", null, strange, nameless, event("three")]);
        let (events, problems) = read(&list(&items));
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["one", "two", "three"]);
        assert_eq!(problems.len(), 4);
    }

    #[test]
    fn what_came_before_the_break_is_kept() {
        let whole = list(&json!([event("one"), event("two")]));
        let (events, problems) = read(&whole[..whole.len() - 200]);
        assert_eq!((events.len(), problems.len()), (1, 1));
        for hostile in [&b""[..], b"{", b"[]", b"{}", b"{\"items\":3}", b"null", b"\xff"] {
            let (events, problems) = read(hostile);
            assert_eq!((events.len(), problems.len()), (0, 1), "{hostile:?}");
        }
        let deep = format!("{{\"items\":[{}", "[".repeat(100_000));
        assert_eq!(read(deep.as_bytes()).1.len(), 1);
    }

    #[test]
    fn a_batch_is_bounded() {
        let one = event("x").to_string();
        let many = vec![one; EVENTS + 5].join(",");
        let (events, problems) = read(format!("{{\"items\":[{many}]}}").as_bytes());
        assert_eq!((events.len(), problems.len()), (EVENTS, 1));
    }
}
