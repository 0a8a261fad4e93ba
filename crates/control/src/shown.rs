//! What is shown of an object: everything but the credentials in it.
//!
//! A credential is what the scanner knows by its shape or by the name that it stands under, and
//! what a finding points at. It gives way to the mask that findings show, wherever it is repeated.
//! Values that findings know by their names alone give way to their length.

use cofferdam_model::Secret;
use cofferdam_secrets::Scanner;
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};

/// Codes of the rules about credentials.
pub const CREDENTIAL_RULES: &str = "CFD-SEC-";

/// What a variable is called that has a value like the one that a finding points at.
const NAMES: [&str; 8] =
    ["password", "passwd", "passphrase", "pwd", "secret", "token", "key", "credential"];
/// Shorter texts stand in other places by chance.
const REPEATED_MIN: usize = 8;
/// Texts that are looked for in other places: whoever has these has a file of credentials.
const REPEATED_MAX: usize = 100;

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::new);

/// Puts masks in place of the credentials of an object. `found` are the JSON pointers (RFC 6901) of
/// what findings about credentials point at.
pub fn hide<'f>(object: &mut Value, found: impl IntoIterator<Item = &'f str>) {
    let mut search = Search::default();
    search.walk(object, "", &mut Vec::new(), Role::Plain);
    for pointer in found {
        search.point(object, pointer);
    }
    search.replace(object);
}

/// The same of what stands at a path like `spec.containers[web].args`.
pub(crate) fn hide_at(value: &mut Value, path: &str) {
    let (role, name) = if let Some((_, name)) = path.split_once("annotations.") {
        (Role::Variables, name)
    } else {
        let field = path.rsplit('.').next().unwrap_or_default();
        (Role::below(field), field)
    };
    let mut search = Search::default();
    search.walk(value, name, &mut Vec::new(), role);
    search.replace(value);
}

/// A text of which nothing but the length may be told.
pub(crate) fn length(text: &str) -> String {
    format!("({} characters, not shown)", text.chars().count())
}

/// What the strings at a place are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    /// Values of variables by their keys: annotations, `data` of a ConfigMap.
    Variables,
    /// A list of `name` and `value`.
    Env,
    /// The same of the headers that a probe sends.
    Headers,
    /// A list that is one command line.
    Command,
}

impl Role {
    fn below(key: &str) -> Self {
        match key {
            "data" | "stringData" | "annotations" => Self::Variables,
            "env" => Self::Env,
            "httpHeaders" => Self::Headers,
            "args" | "command" => Self::Command,
            _ => Self::Plain,
        }
    }
}

#[derive(Default)]
struct Search {
    /// Texts and what is shown of them, by their pointers.
    places: BTreeMap<String, (String, String)>,
}

impl Search {
    /// What stands under a name. The depth is that of a JSON document that serde_json has read: at
    /// most 128.
    fn walk(&mut self, value: &Value, name: &str, path: &mut Vec<String>, role: Role) {
        match value {
            Value::String(text) if role == Role::Variables && !text.contains('\n') => {
                self.tell(path, text, &SCANNER.variable(name, text));
            }
            Value::String(text) if SCANNER.suspects(text.as_bytes()) => {
                self.tell(path, text, &SCANNER.value(name, text.as_bytes()));
            }
            Value::Object(map) => {
                let is_named = matches!(role, Role::Env | Role::Headers);
                let variable = map.get("name").and_then(Value::as_str).filter(|_| is_named);
                for (key, value) in map {
                    path.push(key.clone());
                    match (variable, value) {
                        (Some(name), Value::String(text)) if key == "value" => {
                            let mut secrets = SCANNER.variable(name, text);
                            if secrets.is_empty() && role == Role::Headers {
                                secrets = SCANNER.command(&format!("{name}: {text}"));
                            }
                            self.tell(path, text, &secrets);
                        }
                        _ if role == Role::Variables => self.walk(value, key, path, role),
                        _ => self.walk(value, key, path, Role::below(key)),
                    }
                    path.pop();
                }
            }
            Value::Array(list) if role == Role::Command => self.command(list, path),
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    path.push(index.to_string());
                    self.walk(value, name, path, role);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    /// The words of a command line. A credential stands in one, or behind the option before it.
    fn command(&mut self, list: &[Value], path: &mut Vec<String>) {
        let mut before = None;
        for (index, word) in list.iter().enumerate() {
            let Some(word) = word.as_str() else { continue };
            let mut secrets = SCANNER.command(word);
            if let (true, Some(before)) = (secrets.is_empty(), before) {
                secrets = SCANNER.command(&format!("{before} {word}"));
            }
            before = secrets.is_empty().then_some(word);
            path.push(index.to_string());
            self.tell(path, word, &secrets);
            path.pop();
        }
    }

    fn tell(&mut self, path: &[String], text: &str, secrets: &[Secret]) {
        if secrets.is_empty() {
            return;
        }
        let masks: Vec<&str> = secrets.iter().map(|secret| &*secret.masked).collect();
        self.places.insert(pointer(path), (text.to_owned(), masks.join(" ")));
    }

    /// What a finding points at. One finding of a list of variables speaks for the others there.
    fn point(&mut self, object: &Value, at: &str) {
        if let Some((list, rest)) = at.rsplit_once("/env/") {
            let list = format!("{list}/env");
            let pointed = rest.split('/').next();
            let variables = object.pointer(&list).and_then(Value::as_array);
            for (index, variable) in variables.into_iter().flatten().enumerate() {
                let name = variable.get("name").and_then(Value::as_str).unwrap_or_default();
                let name = name.to_ascii_lowercase();
                let is_like = NAMES.iter().any(|word| name.contains(word));
                if is_like || pointed == Some(&*index.to_string()) {
                    self.shorten(object, format!("{list}/{index}/value"));
                }
            }
        } else {
            self.shorten(object, at.to_owned());
        }
    }

    fn shorten(&mut self, object: &Value, at: String) {
        if let Some(Value::String(text)) = object.pointer(&at)
            && !text.is_empty()
        {
            self.places.entry(at).or_insert_with(|| (text.clone(), length(text)));
        }
    }

    fn replace(self, object: &mut Value) {
        for (at, (_, shown)) in &self.places {
            if let Some(place) = object.pointer_mut(at) {
                *place = Value::from(&**shown);
            }
        }
        // A word of a dictionary stands in other places by chance.
        let is_telling = |text: &str| {
            text.len() >= REPEATED_MIN && !text.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        let mut repeated: Vec<(String, String)> =
            self.places.into_values().filter(|(text, _)| is_telling(text)).collect();
        // A text before those that it contains.
        repeated.sort_by(|one, other| other.0.len().cmp(&one.0.len()).then(one.cmp(other)));
        repeated.dedup();
        repeated.truncate(REPEATED_MAX);
        if !repeated.is_empty() {
            replace(object, &repeated);
        }
    }
}

fn replace(value: &mut Value, repeated: &[(String, String)]) {
    match value {
        Value::String(text) => {
            for (secret, shown) in repeated {
                if text.contains(&**secret) {
                    *text = text.replace(&**secret, shown);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| replace(one, repeated)),
        Value::Object(map) => map.values_mut().for_each(|one| replace(one, repeated)),
        _ => {}
    }
}

fn pointer(path: &[String]) -> String {
    let steps = path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")));
    steps.collect()
}

#[cfg(test)]
mod tests {
    use super::hide;
    use serde_json::{Value, json};

    const URL: &str = "postgres://app:Kw9rotterdam@db:5432/shop";

    fn check(object: Value, found: &[&str], expected: &Value) {
        let mut shown = object;
        hide(&mut shown, found.iter().copied());
        assert_eq!(&shown, expected);
    }

    #[test]
    fn credentials_give_way_to_their_masks_wherever_they_stand() {
        check(
            json!({
                "kind": "Pod", "metadata": { "annotations": { "a/b": URL, "c": "plain" } },
                "spec": { "containers": [{
                    "env": [
                        { "name": "URL", "value": URL },
                        { "name": "DB_PASSWORD", "value": "Kw9xTr4pQz71" },
                        { "name": "HOST", "value": "db" },
                    ],
                    "args": ["serve", format!("--db={URL}"), "--password", "Kw9xTr4pQz71"],
                }] },
            }),
            &[],
            &json!({
                "kind": "Pod", "metadata": { "annotations": { "a/b": "Kw…", "c": "plain" } },
                "spec": { "containers": [{
                    "env": [
                        { "name": "URL", "value": "Kw…" },
                        { "name": "DB_PASSWORD", "value": "Kw…" },
                        { "name": "HOST", "value": "db" },
                    ],
                    "args": ["serve", "Kw…", "--password", "Kw…"],
                }] },
            }),
        );
    }

    #[test]
    fn headers_of_probes_are_named_values_too() {
        let probe = |token: &str, bearer: &str| {
            json!({ "livenessProbe": { "httpGet": { "path": "/", "httpHeaders": [
                { "name": "X-Auth-Token", "value": token },
                { "name": "Authorization", "value": bearer },
                { "name": "Accept", "value": "application/json" },
            ] } } })
        };
        let bearer = "Bearer Kw9xTr4pQz71Vb3nMs8d";
        check(probe("Hh7yTr4pQz99Lm2x", bearer), &[], &probe("Hh…", "Kw9x…8d"));
    }

    #[test]
    fn what_a_finding_points_at_is_told_by_its_length() {
        let env = json!([
            { "name": "ADMIN_PASSWORD", "value": "Change-me" },
            { "name": "OTHER_PASSWORD", "value": "admin" },
            { "name": "USER", "value": "admin" },
            { "name": "KEY", "valueFrom": { "secretKeyRef": { "name": "s", "key": "password" } } },
        ]);
        let shown = json!([
            { "name": "ADMIN_PASSWORD", "value": "(9 characters, not shown)" },
            { "name": "OTHER_PASSWORD", "value": "(5 characters, not shown)" },
            { "name": "USER", "value": "admin" },
            { "name": "KEY", "valueFrom": { "secretKeyRef": { "name": "s", "key": "password" } } },
        ]);
        check(
            json!({ "spec": { "env": env, "note": "{\"value\":\"Change-me\"}" } }),
            &["/spec/env/0/value", "/spec/nothing", "/spec/env"],
            &json!({
                "spec": { "env": shown, "note": "{\"value\":\"(9 characters, not shown)\"}" },
            }),
        );
        check(json!("a"), &[""], &json!("(1 characters, not shown)"));
    }
}
