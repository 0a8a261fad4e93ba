//! The CustomResourceDefinitions of the chart are made from the types that read the documents.

use crate::crd;
use serde_json::Value;
use std::{fs, path::Path};

/// `UPDATE=1` writes them.
#[test]
fn the_definitions_in_the_chart_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/chart/crds");
    for definition in crd::definitions() {
        let name = definition["spec"]["names"]["plural"].as_str().unwrap();
        let path = folder.join(format!("{name}.yaml"));
        let made = serde_saphyr::to_string(&definition).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &made).unwrap();
        }
        let there = cofferdam_bounds::file::read_text(&path, 1 << 20).unwrap_or_default();
        assert_eq!(there, made, "run UPDATE=1 cargo test -p cofferdam-policy");
    }
}

/// "Specifying a structural schema" (Kubernetes documentation of custom resources): every part
/// says its type or that anything may stand there, and `additionalProperties` is not beside
/// `properties`.
#[test]
fn every_schema_is_structural() {
    fn look(schema: &Value, path: &str) {
        let object = schema.as_object().unwrap_or_else(|| panic!("{path}: {schema}"));
        let is_free =
            object.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        assert!(is_free || object["type"].is_string(), "{path}: {schema}");
        assert!(
            !(object.contains_key("properties") && object.contains_key("additionalProperties")),
            "{path}"
        );
        for word in ["$ref", "$schema", "title", "anyOf", "oneOf", "allOf", "default"] {
            assert!(!object.contains_key(word), "{path}: {word}");
        }
        for (name, inner) in
            object.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            look(inner, &format!("{path}.{name}"));
        }
        for word in ["items", "additionalProperties"] {
            if let Some(inner) = object.get(word) {
                look(inner, &format!("{path}.{word}"));
            }
        }
    }
    for definition in crd::definitions() {
        let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        look(schema, definition["metadata"]["name"].as_str().unwrap());
    }
}
