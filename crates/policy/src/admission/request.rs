//! The root `request` where nobody made one: a file is judged as if somebody created what it says.

use crate::Target;
use cofferdam_cel::{Handle, Lookup, Map, Node, Source, Value};

/// What a request to create the target would say. Who makes it is not known.
#[derive(Debug)]
pub(crate) struct RequestSource<'a> {
    target: &'a Target<'a>,
}

const TOP: Node = crate::facts::TOP;
const KIND: Node = Node(1);
const RESOURCE: Node = Node(2);

/// Members of an AdmissionRequest that the target tells (`admission.k8s.io/v1`).
const KEYS: &[&str] = &[
    "kind",
    "resource",
    "subResource",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "dryRun",
];

impl<'a> RequestSource<'a> {
    pub(crate) const fn new(target: &'a Target<'a>) -> Self {
        Self { target }
    }

    /// The root as expressions see it.
    pub(crate) fn value(&self) -> Value<'_> {
        Value::Map(Map::Source(Handle::new(self, TOP)))
    }

    fn top(&self, key: &str) -> Lookup<'_> {
        let map = |node| Lookup::Value(Value::Map(Map::Source(Handle::new(self, node))));
        let text = |text| Lookup::Value(Value::from(text));
        match key {
            "kind" | "requestKind" => map(KIND),
            "resource" | "requestResource" => map(RESOURCE),
            "subResource" | "requestSubResource" => text(self.target.subresource),
            "name" => text(self.target.name.unwrap_or_default()),
            // A file may leave the namespace to kubectl.
            "namespace" => match self.target.namespace {
                Some(namespace) => text(namespace),
                None if crate::resource::is_namespaced(self.target) => Lookup::Unknown,
                None => text(""),
            },
            "operation" => text(self.target.operation.as_str()),
            "dryRun" => Lookup::Value(Value::Bool(false)),
            "userInfo" | "options" | "uid" => Lookup::Unknown,
            _ => Lookup::Absent,
        }
    }
}

impl Source for RequestSource<'_> {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        let text = |text| Lookup::Value(Value::from(text));
        match (node, key) {
            (TOP, key) => self.top(key),
            (KIND | RESOURCE, "group") => text(self.target.group),
            (KIND | RESOURCE, "version") => text(self.target.version),
            (KIND, "kind") => text(self.target.kind),
            (RESOURCE, "resource") => text(&self.target.resource),
            _ => Lookup::Absent,
        }
    }

    fn element(&self, _: Node, _: usize) -> Lookup<'_> {
        Lookup::Absent
    }

    fn length(&self, node: Node) -> usize {
        if node == TOP { KEYS.len() } else { 3 }
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        match node {
            TOP => KEYS.get(position).copied(),
            KIND => ["group", "version", "kind"].get(position).copied(),
            _ => ["group", "version", "resource"].get(position).copied(),
        }
    }
}
