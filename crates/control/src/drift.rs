//! Where a live object differs from what a person last applied.
//!
//! Only what the person said counts: the API server fills in defaults and controllers write fields
//! of their own, and neither is drift. Lists of objects that Kubernetes merges by a key are
//! compared by it (`patchMergeKey` of the API types); other lists count as one value.

use crate::shown;
use serde::Serialize;
use serde_json::{Map, Value};

/// One field that is not as it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `spec.template.spec.containers[web].image`
    pub path: String,
    /// What is there, as JSON; nothing where the field is gone.
    pub live: Option<String>,
    /// What was applied, as JSON.
    pub applied: Option<String>,
}

/// Differences that are listed of one object: nobody reads more, and all of them are one mistake.
const DIFFERENCES_MAX: usize = 100;

/// Fields of an object that are no statement of a person, or that a controller of the cluster is
/// meant to change.
const NOT_MEANT: [&str; 4] =
    ["status", "metadata.creationTimestamp", "metadata.annotations.kubectl", "metadata.generation"];

/// The fields that were applied and are different now. Text that is no JSON differs in nothing
/// that can be told.
pub fn drift(live: &str, applied: &str) -> Vec<Difference> {
    let read = |text| serde_json::from_str::<Value>(text);
    let (Ok(live), Ok(applied)) = (read(live), read(applied)) else { return Vec::new() };
    let mut found = Found { differences: Vec::new() };
    found.compare("", "", Some(&live), &applied);
    found.differences
}

struct Found {
    differences: Vec<Difference>,
}

impl Found {
    /// `field` is the name of the field that the value stands in. The depth is that of a JSON
    /// document that serde_json has read: at most 128.
    fn compare(&mut self, path: &str, field: &str, live: Option<&Value>, applied: &Value) {
        if self.differences.len() >= DIFFERENCES_MAX || NOT_MEANT.contains(&path) {
            return;
        }
        match (live, applied) {
            (Some(Value::Object(live)), Value::Object(applied)) => {
                for (key, applied) in applied {
                    let path = join(path, key);
                    self.compare(&path, key, live.get(key), applied);
                }
            }
            (Some(Value::Array(live)), Value::Array(applied)) => {
                self.lists(path, field, live, applied);
            }
            // Applying null or an empty value is how a field is left to the server.
            (_, applied) if is_empty(applied) && live.is_none_or(is_empty) => {}
            (None, Value::Null) => {}
            (Some(live), applied) if is_same(field, live, applied) => {}
            (live, applied) => self.tell(path, live, Some(applied)),
        }
    }

    fn lists(&mut self, path: &str, field: &str, live: &[Value], applied: &[Value]) {
        let Some(key) = merge_key(field, applied) else {
            let is_same = live.len() == applied.len()
                && live.iter().zip(applied).all(|(live, applied)| is_within(live, applied));
            if !is_same {
                let (live, applied) = (Value::from(live), Value::from(applied));
                self.tell(path, Some(&live), Some(&applied));
            }
            return;
        };
        let name = |one: &Value| one.get(key).map(plain);
        for applied in applied {
            let wanted = name(applied);
            let found = live.iter().find(|live| name(live) == wanted);
            let path = format!("{path}[{}]", wanted.unwrap_or_default());
            self.compare(&path, "", found, applied);
        }
        // Somebody else's container is what a person wants to hear of.
        let others = live.iter().filter(|live| !applied.iter().any(|one| name(one) == name(live)));
        for live in others.filter(|_| field == "containers" || field == "initContainers") {
            let path = format!("{path}[{}]", name(live).unwrap_or_default());
            self.tell(&path, Some(live), None);
        }
    }

    fn tell(&mut self, path: &str, live: Option<&Value>, applied: Option<&Value>) {
        let is_secret = path.contains(".env[") || path.starts_with("data.");
        let is_variable = is_secret || path.rsplit('.').next() == Some("env");
        let told = |value: &Value| {
            if let (Value::String(text), true) = (value, is_secret) {
                return shown::length(text);
            }
            let mut shown = value.clone();
            // First: what is a credential in one place is one wherever it is repeated.
            shown::hide_at(&mut shown, path);
            hide_variables(&mut shown, value, is_variable);
            shown.to_string()
        };
        self.differences.push(Difference {
            path: path.to_owned(),
            live: live.map(told),
            applied: applied.map(told),
        });
    }
}

/// Tells the values of variables by their lengths, wherever there are any; `shown` is `value`,
/// perhaps with other strings. The depth is that of a JSON document that serde_json has read: at
/// most 128.
fn hide_variables(shown: &mut Value, value: &Value, is_variable: bool) {
    match (shown, value) {
        (Value::Array(shown), Value::Array(list)) => {
            for (shown, one) in shown.iter_mut().zip(list) {
                hide_variables(shown, one, is_variable);
            }
        }
        (Value::Object(shown), Value::Object(map)) => {
            for (key, shown) in shown {
                match map.get(key) {
                    Some(Value::String(text)) if is_variable && key == "value" => {
                        *shown = Value::from(shown::length(text));
                    }
                    Some(value) => hide_variables(shown, value, key == "env"),
                    None => {}
                }
            }
        }
        _ => {}
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The key by which Kubernetes merges a list of this field, if the applied elements have it.
fn merge_key(field: &str, applied: &[Value]) -> Option<&'static str> {
    let keys: &[&str] = match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "volumeDevices"
        | "secrets" => &["name"],
        "volumeMounts" => &["mountPath"],
        // Services merge by the one, containers by the other.
        "ports" => &["containerPort", "port"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey"],
        _ => return None,
    };
    keys.iter().copied().find(|key| applied.iter().all(|one| one.get(key).is_some()))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Whether everything that was applied is there.
fn is_within(live: &Value, applied: &Value) -> bool {
    match (live, applied) {
        (Value::Object(live), Value::Object(applied)) => within(live, applied),
        (Value::Array(live), Value::Array(applied)) => {
            live.len() == applied.len()
                && live.iter().zip(applied).all(|(live, applied)| is_within(live, applied))
        }
        (live, applied) => is_same("", live, applied),
    }
}

fn within(live: &Map<String, Value>, applied: &Map<String, Value>) -> bool {
    applied.iter().all(|(key, applied)| match live.get(key) {
        Some(live) => is_within(live, applied),
        None => is_empty(applied),
    })
}

/// Equal, or two ways of writing one quantity or one number.
fn is_same(field: &str, live: &Value, applied: &Value) -> bool {
    if live == applied {
        return true;
    }
    let (live_text, applied_text) = (plain(live), plain(applied));
    if live.is_number() != applied.is_number() || is_quantity(field) {
        return match (quantity(&live_text), quantity(&applied_text)) {
            (Some(live), Some(applied)) => (live - applied).abs() <= 1e-9 * live.abs(),
            _ => live_text == applied_text,
        };
    }
    false
}

fn is_quantity(field: &str) -> bool {
    matches!(field, "cpu" | "memory" | "ephemeral-storage" | "storage" | "sizeLimit" | "pods")
        || field.starts_with("hugepages-")
}

/// The value of a quantity (Kubernetes API, "Quantity"): `500m`, `0.5`, `1Gi`, `1e3`.
fn quantity(text: &str) -> Option<f64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(at)?;
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        _ => return text.parse().ok(),
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::drift;

    fn check(live: &str, applied: &str, expected: &[&str]) {
        let found: Vec<String> = drift(live, applied)
            .into_iter()
            .map(|one| {
                let word = |side: Option<String>| side.unwrap_or_else(|| "nothing".to_owned());
                format!("{}: {} instead of {}", one.path, word(one.live), word(one.applied))
            })
            .collect();
        assert_eq!(found, expected, "{live} after {applied}");
    }

    #[test]
    fn what_the_server_and_controllers_add_is_no_drift() {
        check(
            r#"{"metadata":{"name":"web","uid":"1"},"spec":{"replicas":2,"paused":false},"status":{}}"#,
            r#"{"metadata":{"name":"web","annotations":{},"creationTimestamp":null},
                "spec":{"replicas":2,"strategy":{}},"status":{"x":1}}"#,
            &[],
        );
    }

    #[test]
    fn changed_and_missing_fields() {
        check(
            r#"{"spec":{"replicas":5,"template":{"spec":{"hostPID":true}}}}"#,
            r#"{"spec":{"replicas":2,"template":{"spec":{"hostPID":true,"nodeName":"one"}}}}"#,
            &[
                "spec.replicas: 5 instead of 2",
                r#"spec.template.spec.nodeName: nothing instead of "one""#,
            ],
        );
    }

    #[test]
    fn lists_are_merged_by_their_key() {
        check(
            r#"{"containers":[{"image":"p","name":"proxy"},{"name":"web","image":"b","tty":false}]}"#,
            r#"{"containers":[{"name":"web","image":"a"}]}"#,
            &[
                r#"containers[web].image: "b" instead of "a""#,
                r#"containers[proxy]: {"image":"p","name":"proxy"} instead of nothing"#,
            ],
        );
        check(
            r#"{"args":["a","c"]}"#,
            r#"{"args":["a"]}"#,
            &[r#"args: ["a","c"] instead of ["a"]"#],
        );
        check(
            r#"{"ports":[{"port":80,"targetPort":80,"protocol":"TCP","nodePort":30000}]}"#,
            r#"{"ports":[{"port":80}]}"#,
            &[],
        );
        check(
            r#"{"tolerations":[{"key":"a","operator":"Equal"}]}"#,
            r#"{"tolerations":[{"key":"a"}]}"#,
            &[],
        );
    }

    #[test]
    fn one_quantity_has_several_spellings() {
        let of =
            |cpu: &str, memory: &str| format!(r#"{{"limits":{{"cpu":{cpu},"memory":{memory}}}}}"#);
        check(&of(r#""500m""#, r#""1Gi""#), &of(r#""0.5""#, r#""1024Mi""#), &[]);
        check(&of(r#""1""#, r#""1Gi""#), &of("1", r#""1Gi""#), &[]);
        check(
            &of(r#""1""#, r#""2Gi""#),
            &of(r#""1""#, r#""1Gi""#),
            &[r#"limits.memory: "2Gi" instead of "1Gi""#],
        );
    }

    #[test]
    fn values_that_may_be_credentials_are_told_by_their_length() {
        check(
            r#"{"containers":[{"name":"a","env":[{"name":"P","value":"secret2"}]}]}"#,
            r#"{"containers":[{"name":"a","env":[{"name":"P","value":"hunter"}]}]}"#,
            &["containers[a].env[P].value: (7 characters, not shown) instead of \
               (6 characters, not shown)"],
        );
    }

    /// A container that somebody else put in is told as a whole, but for what may be a credential.
    #[test]
    fn values_within_what_is_told_are_no_less_secret() {
        let web = r#"{"name":"web","image":"a"}"#;
        let other = r#"{"name":"other","env":[{"name":"P","value":"Hh7yTr4pQz99"},
            {"name":"Q","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},
            {"name":"DB_PASSWORD","value":"Kw9xTr4pQz71"}],
            "args":["--url=postgres://app:Kw9rotterdam@db:5432/shop","use Kw9xTr4pQz71"]}"#;
        check(
            &format!(r#"{{"containers":[{web},{other}]}}"#),
            &format!(r#"{{"containers":[{web}]}}"#),
            &[concat!(
                r#"containers[other]: {"name":"other","env":[{"name":"P","#,
                r#""value":"(12 characters, not shown)"},{"name":"Q","#,
                r#""valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},"#,
                r#"{"name":"DB_PASSWORD","value":"(12 characters, not shown)"}],"#,
                r#""args":["Kw…","use Kw…"]} instead of nothing"#
            )],
        );
        check(
            r#"{"httpGet":{"httpHeaders":[{"name":"X-Auth-Token","value":"Hh7yTr4pQz99Lm2x"}]}}"#,
            r#"{"httpGet":{"httpHeaders":[]}}"#,
            &[concat!(
                r#"httpGet.httpHeaders: [{"name":"X-Auth-Token","value":"Hh…"}] "#,
                "instead of []"
            )],
        );
        check(
            r#"{"metadata":{"annotations":{"a":"postgres://app:Kw9rotterdam@db:5432/shop"}}}"#,
            r#"{"metadata":{"annotations":{"a":"b"}}}"#,
            &[r#"metadata.annotations.a: "Kw…" instead of "b""#],
        );
        check(
            r#"{"data":{"a":"1"}}"#,
            r#"{"data":{"a":"12"}}"#,
            &["data.a: (1 characters, not shown) instead of (2 characters, not shown)"],
        );
    }

    #[test]
    fn what_is_no_json_differs_in_nothing() {
        check("{", "{}", &[]);
        check("[]", r#"{"a":1}"#, &[": [] instead of {\"a\":1}"]);
    }
}
