//! The CustomResourceDefinitions of policies and exceptions, made from the types that read them.

use crate::document::{ExceptionSpec, PolicySpec};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The group of our objects.
const GROUP: &str = "cofferdam.dev";

/// What is defined: kind, plural, whether it lies in namespaces, what `kubectl get` shows.
struct Definition {
    kind: &'static str,
    plural: &'static str,
    short: &'static str,
    is_namespaced: bool,
    spec: fn() -> Value,
    columns: &'static [(&'static str, &'static str)],
}

const POLICY_COLUMNS: &[(&str, &str)] =
    &[("Code", ".spec.code"), ("Severity", ".spec.severity"), ("Title", ".spec.title")];
const EXCEPTION_COLUMNS: &[(&str, &str)] =
    &[("Owner", ".spec.owner"), ("Expires", ".spec.expires"), ("Reason", ".spec.reason")];

const DEFINITIONS: &[Definition] = &[
    Definition {
        kind: "ClusterSecurityPolicy",
        plural: "clustersecuritypolicies",
        short: "csp",
        is_namespaced: false,
        spec: schema::<PolicySpec>,
        columns: POLICY_COLUMNS,
    },
    Definition {
        kind: "SecurityPolicy",
        plural: "securitypolicies",
        short: "sp",
        is_namespaced: true,
        spec: schema::<PolicySpec>,
        columns: POLICY_COLUMNS,
    },
    Definition {
        kind: "ClusterPolicyException",
        plural: "clusterpolicyexceptions",
        short: "cpx",
        is_namespaced: false,
        spec: schema::<ExceptionSpec>,
        columns: EXCEPTION_COLUMNS,
    },
    Definition {
        kind: "PolicyException",
        plural: "policyexceptions",
        short: "px",
        is_namespaced: true,
        spec: schema::<ExceptionSpec>,
        columns: EXCEPTION_COLUMNS,
    },
];

/// The CustomResourceDefinitions (`apiextensions.k8s.io/v1`), one per kind.
pub fn definitions() -> Vec<Value> {
    DEFINITIONS.iter().map(definition).collect()
}

fn definition(kind: &Definition) -> Value {
    let columns: Vec<Value> = kind
        .columns
        .iter()
        .map(|(name, path)| json!({"name": name, "type": "string", "jsonPath": path}))
        .collect();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{}.{GROUP}", kind.plural)},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind.kind,
                "listKind": format!("{}List", kind.kind),
                "plural": kind.plural,
                "singular": kind.kind.to_lowercase(),
                "shortNames": [kind.short],
                "categories": ["cofferdam"],
            },
            "scope": if kind.is_namespaced { "Namespaced" } else { "Cluster" },
            "versions": [{
                "name": "v1alpha1",
                "served": true,
                "storage": true,
                "additionalPrinterColumns": columns,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "required": ["spec"],
                    "properties": {
                        "apiVersion": {"type": "string"},
                        "kind": {"type": "string"},
                        "metadata": {"type": "object"},
                        "spec": (kind.spec)(),
                    },
                }},
            }],
        },
    })
}

/// The schema of a type as Kubernetes wants it: structural (Kubernetes, "Specifying a structural
/// schema"), without references.
fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    structural(&mut schema);
    schema
}

/// Takes away what a structural schema may not have. The schemas are our own: the recursion is
/// as deep as our types are.
fn structural(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        // `true`: anything.
        *schema = anything();
        return;
    };
    for word in ["$schema", "title", "default", "components"] {
        object.remove(word);
    }
    if object.get("additionalProperties").is_some_and(Value::is_boolean) {
        let is_free = object.remove("additionalProperties") == Some(Value::Bool(true));
        if is_free {
            object.insert("x-kubernetes-preserve-unknown-fields".to_owned(), Value::Bool(true));
        }
    }
    let is_untyped = ["type", "properties", "items", "additionalProperties"]
        .iter()
        .all(|word| !object.contains_key(*word));
    if is_untyped {
        object.insert("x-kubernetes-preserve-unknown-fields".to_owned(), Value::Bool(true));
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(structural);
    }
    for word in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(word) {
            structural(inner);
        }
    }
}

fn anything() -> Value {
    let mut object = Map::new();
    object.insert("x-kubernetes-preserve-unknown-fields".to_owned(), Value::Bool(true));
    Value::Object(object)
}
