//! The root `request` where nobody made one: a file is judged as if somebody created what it says.

use crate::Target;
use cofferdam_cel::{Handle, Lookup, Map, Node, Resource, Source, Value};

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

    /// What it is about.
    pub(crate) const fn target(&self) -> &'a Target<'a> {
        self.target
    }

    /// The root as expressions see it.
    pub(crate) fn value(&self) -> Value<'_> {
        Value::Map(Map::Source(Handle::new(self, TOP)))
    }

    /// What is asked for, as `authorizer.requestResource` asks about it.
    pub(crate) fn resource(&self) -> Resource<'a> {
        Resource {
            group: self.target.group,
            resource: &self.target.resource,
            subresource: self.target.subresource,
            namespace: crate::resource::namespace(self.target).unwrap_or_default(),
            name: self.target.name.unwrap_or_default(),
            ..Resource::default()
        }
    }

    /// Whether it is about something that lives in a namespace.
    pub(crate) fn is_namespaced(&self) -> bool {
        crate::resource::is_namespaced(self.target)
    }

    fn keys(&self) -> impl Iterator<Item = &'static str> {
        let is_there = |key: &&str| !matches!(self.top(key), Lookup::Absent);
        KEYS.iter().copied().filter(is_there)
    }

    fn top(&self, key: &str) -> Lookup<'_> {
        let map = |node| Lookup::Value(Value::Map(Map::Source(Handle::new(self, node))));
        // Texts that are empty are left out.
        let text = |text: &'a str| match text {
            "" => Lookup::Absent,
            text => Lookup::Value(Value::from(text)),
        };
        match key {
            "kind" | "requestKind" => map(KIND),
            "resource" | "requestResource" => map(RESOURCE),
            "subResource" | "requestSubResource" => text(self.target.subresource),
            "name" => text(self.target.name.unwrap_or_default()),
            // A file may leave the namespace to kubectl.
            "namespace" => match crate::resource::namespace(self.target) {
                None if crate::resource::is_namespaced(self.target) => Lookup::Unknown,
                namespace => text(namespace.unwrap_or_default()),
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
        if node == TOP { self.keys().count() } else { 3 }
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        match node {
            TOP => self.keys().nth(position),
            KIND => ["group", "version", "kind"].get(position).copied(),
            _ => ["group", "version", "resource"].get(position).copied(),
        }
    }
}
