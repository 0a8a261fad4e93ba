//! Credentials in the strings of an object.

use cofferdam_manifest::{Object, Pod, Value, View};
use cofferdam_model::Secret;
use cofferdam_secrets::Scanner;
use std::{collections::HashSet, fmt::Write as _};

/// Credentials that are told of one object: whoever has these has a file of credentials.
const CREDENTIALS_MAX: usize = 50;

/// Values of one object that are looked into. The largest objects that etcd takes have some
/// 100,000.
const VALUES_MAX: usize = 200_000;

/// Most values lie less deeply in an object.
const DEPTH_USUAL: usize = 16;

/// A credential in an object.
#[derive(Debug)]
pub(super) struct Credential<'t> {
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    pub(super) masked: String,
    /// Where in the object: `spec.containers[0].env[1].value`.
    pub(super) path: String,
    /// The string that it stands in.
    pub(super) view: View<'t>,
}

/// Every credential in an object, in the order of its text, each value once.
pub(super) fn credentials<'t>(object: &Object<'t>, scanner: &Scanner) -> Vec<Credential<'t>> {
    let mut search = Search {
        scanner,
        found: Vec::new(),
        told: HashSet::new(),
        left: VALUES_MAX,
        path: Vec::with_capacity(DEPTH_USUAL),
        is_secret: object.kind == "Secret" && object.group().is_empty(),
        is_innocent: false,
    };
    search.is_innocent = search.is_innocent(object);
    if !search.is_innocent || has_values(object) {
        search.walk(object.view, Role::Plain);
    }
    search.found
}

struct Search<'s, 't> {
    scanner: &'s Scanner,
    found: Vec<Credential<'t>>,
    /// Kind and mask of what was told.
    told: HashSet<(&'static str, String)>,
    left: usize,
    /// The way to the value that is looked at.
    path: Vec<Step<'t>>,
    is_secret: bool,
    /// Nothing in the whole text gives a credential away, so no plain string of it does.
    is_innocent: bool,
}

#[derive(Clone, Copy)]
enum Step<'t> {
    Key(&'t str),
    Index(usize),
}

/// What the strings at a place are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    /// Values of variables by their keys: `data` of a ConfigMap, annotations.
    Variables,
    /// Base64 text: `data` of a Secret.
    Base64,
    /// A list of `name` and `value`.
    Env,
    /// A list that is one command line.
    Command,
}

impl<'t> Search<'_, 't> {
    /// Whether the text of an object has no word that gives a credential away, and hides none in
    /// escapes and aliases.
    fn is_innocent(&self, object: &Object<'t>) -> bool {
        let span = object.view.span();
        let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let text = object.view.tree().text().as_bytes().get(at(span.start)..at(span.end));
        text.is_some_and(|text| {
            memchr::memchr2(b'\\', b'*', text).is_none() && !self.scanner.suspects(text)
        })
    }

    /// The depth of a tree is bounded where it is read.
    fn walk(&mut self, view: View<'t>, role: Role) {
        if self.left == 0 || self.found.len() >= CREDENTIALS_MAX {
            return;
        }
        self.left -= 1;
        match view.value() {
            Value::String(text) => self.string(view, text, role),
            Value::Map => self.map(view, role),
            Value::List => self.list(view, role),
            _ => {}
        }
    }

    fn map(&mut self, view: View<'t>, role: Role) {
        if role == Role::Env
            && let (Some(name), Some(value)) =
                (view.get("name").and_then(View::as_str), view.get("value"))
        {
            if let Some(text) = value.as_str() {
                self.path.push(Step::Key("value"));
                let secrets = self.variable(name, text);
                self.tell(value, secrets);
                self.path.pop();
            }
            return;
        }
        // The values of variables are told apart by the map that they stand in.
        let is_inherited = matches!(role, Role::Variables | Role::Base64);
        let is_passed_over = self.is_innocent && !is_inherited && !self.is_secret;
        for value in view.values() {
            // None of the keys that give a role says credential itself.
            if is_passed_over && value.is_empty() {
                continue;
            }
            let key = value.own_key();
            let role = if is_inherited { role } else { self.role(key) };
            self.path.push(Step::Key(key));
            self.walk(value, role);
            self.path.pop();
        }
    }

    fn role(&self, key: &str) -> Role {
        match key {
            "data" | "binaryData" if self.is_secret => Role::Base64,
            "data" | "stringData" | "annotations" => Role::Variables,
            "env" => Role::Env,
            "args" | "command" => Role::Command,
            _ => Role::Plain,
        }
    }

    fn list(&mut self, view: View<'t>, role: Role) {
        if role == Role::Command {
            let words: Vec<_> = view.elements().filter_map(View::as_str).collect();
            let secrets = self.scanner.command(&words.join(" "));
            self.tell(view, secrets);
            return;
        }
        // Of what is plain and innocent only lists and maps can hold something.
        let is_passed_over = self.is_innocent && role == Role::Plain;
        for (index, element) in view.elements().enumerate() {
            if is_passed_over && element.is_empty() {
                continue;
            }
            self.path.push(Step::Index(index));
            self.walk(element, role);
            self.path.pop();
        }
    }

    fn string(&mut self, view: View<'t>, text: &str, role: Role) {
        let name = view.own_key();
        match role {
            Role::Variables if !text.contains('\n') => {
                let secrets = self.variable(name, text);
                self.tell(view, secrets);
            }
            Role::Base64 => {
                let Some(bytes) = decode(text) else { return };
                let secrets = match std::str::from_utf8(&bytes) {
                    Ok(text) if !text.contains('\n') => self.scanner.variable(name, text),
                    _ => self.scanner.value(name, &bytes),
                };
                self.tell(view, secrets);
            }
            _ if !self.is_innocent && self.scanner.suspects(text.as_bytes()) => {
                let secrets = self.scanner.value(name, text.as_bytes());
                self.tell(view, secrets);
            }
            _ => {}
        }
    }

    fn variable(&self, name: &str, text: &str) -> Vec<Secret> {
        if self.is_innocent {
            self.scanner.unsuspected_variable(name, text)
        } else {
            self.scanner.variable(name, text)
        }
    }

    fn tell(&mut self, view: View<'t>, secrets: Vec<Secret>) {
        for secret in secrets {
            if self.told.insert((secret.kind, secret.masked.clone())) {
                let Secret { kind, title, masked, .. } = secret;
                let path = written(&self.path);
                self.found.push(Credential { kind, title, masked, path, view });
            }
        }
    }
}

/// Whether an object has values that are credentials by the names that they stand under.
fn has_values(object: &Object<'_>) -> bool {
    let pod = Pod::of(object);
    let mut containers = pod.iter().flat_map(Pod::containers);
    ["data", "stringData", "binaryData"].iter().any(|key| object.view.get(key).is_some())
        || object.view.at(&["metadata", "annotations"]).is_some()
        || containers.any(|(_, container)| {
            ["env", "args", "command"].iter().any(|key| container.get(key).is_some())
        })
}

/// `spec.containers[0]`, and `data['key.with.dots']`.
fn written(path: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        let is_plain =
            |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let _ = match step {
            Step::Index(index) => write!(text, "[{index}]"),
            Step::Key(key) if !is_plain(key) => write!(text, "['{}']", key.replace('\'', "\\'")),
            Step::Key(key) if text.is_empty() => write!(text, "{key}"),
            Step::Key(key) => write!(text, ".{key}"),
        };
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let text: String = text.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
