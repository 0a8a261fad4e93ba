//! Types and resources, from the OpenAPI v3 and discovery documents of the API server.

use super::{list, text, word};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
    path::Path,
};

/// Values allowed in a field, by the names of type and field.
type Enums = HashMap<(String, String), String>;

/// Appends `resource` and `type` lines.
pub(super) fn write(kubernetes: &Path, out: &mut String) -> Result<(), String> {
    let mut types: BTreeMap<String, Value> = BTreeMap::new();
    let mut kinds: BTreeMap<(String, String, String), String> = BTreeMap::new();
    for path in list(&kubernetes.join("api/openapi-spec/v3"))? {
        let document = json(&path)?;
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        for (name, schema) in schemas.into_iter().flatten() {
            for kind in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
                let of = |key: &str| kind[key].as_str().unwrap_or_default().to_owned();
                kinds.insert((of("group"), of("version"), of("kind")), short(name));
            }
            types.insert(short(name), schema.clone());
        }
    }
    resources(&kubernetes.join("api/discovery"), &kinds, out)?;
    let enums = enums(&kubernetes.join("pkg/generated/openapi/zz_generated.openapi.go"))?;
    for (name, schema) in &types {
        write_type(name, schema, &enums, out);
    }
    Ok(())
}

fn json(path: &std::path::PathBuf) -> Result<Value, String> {
    serde_json::from_str(&text(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// `io.k8s.api.core.v1.Pod` is `core.v1.Pod`; types outside of groups go by their own name.
fn short(name: &str) -> String {
    let prefixes = [
        "io.k8s.api.",
        "io.k8s.apimachinery.pkg.apis.",
        "io.k8s.apimachinery.pkg.api.resource.",
        "io.k8s.apimachinery.pkg.util.intstr.",
        "io.k8s.apimachinery.pkg.",
        "io.k8s.apiextensions-apiserver.pkg.apis.",
        "io.k8s.kube-aggregator.pkg.apis.",
    ];
    let rest = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.unwrap_or(name).to_owned()
}

/// One line for each resource that the API server serves (subresources left out).
fn resources(
    folder: &std::path::PathBuf,
    kinds: &BTreeMap<(String, String, String), String>,
    out: &mut String,
) -> Result<(), String> {
    let mut lines = BTreeSet::new();
    for path in list(folder)? {
        let document = json(&path)?;
        let Some(served) = document.get("groupVersion").and_then(Value::as_str) else { continue };
        let (group, version) = served.split_once('/').unwrap_or(("", served));
        let resources = document.get("resources").and_then(Value::as_array);
        for resource in resources.into_iter().flatten() {
            let of = |key: &str| resource[key].as_str().unwrap_or_default();
            let (kind, plural) = (of("kind"), of("name"));
            if plural.contains('/') {
                continue;
            }
            let scope = if resource["namespaced"] == true { "namespaced" } else { "cluster" };
            let key = (group.to_owned(), version.to_owned(), kind.to_owned());
            let type_name = kinds.get(&key).map_or("-", String::as_str);
            lines.insert(format!(
                "resource {} {version} {kind} {plural} {scope} {type_name}\n",
                word(group)
            ));
        }
    }
    out.extend(lines);
    Ok(())
}

fn write_type(name: &str, schema: &Value, enums: &Enums, out: &mut String) {
    let empty = Map::new();
    let fields = schema["properties"].as_object().unwrap_or(&empty);
    if fields.is_empty() {
        let _ = writeln!(out, "type {name} {}", bare(name, schema));
        return;
    }
    let _ = writeln!(out, "type {name}");
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (field, value) in fields {
        let mark = if required.contains(&field.as_str()) { "!" } else { "" };
        let _ = write!(out, " {field}{mark} {}", expression(value));
        if let Some(values) = enums.get(&(name.to_owned(), field.clone())) {
            let _ = write!(out, "={values}");
        }
        out.push('\n');
    }
}

/// What a type without fields is.
fn bare(name: &str, schema: &Value) -> &'static str {
    match name {
        "Quantity" => "quantity",
        "IntOrString" => "int-or-string",
        "meta.v1.Time" | "meta.v1.MicroTime" => "time",
        // A struct of no fields at all, or only of fields that no version of it has any more.
        _ if schema["type"] == "object" && name.ends_with("Spec") => "{}any",
        _ if name.ends_with("SchedulingPolicy") => "{}any",
        _ => "any",
    }
}

/// A schema as the word that stands for its type.
fn expression(schema: &Value) -> String {
    let reference = schema.pointer("/allOf/0/$ref").or_else(|| schema.get("$ref"));
    if let Some(reference) = reference.and_then(Value::as_str) {
        return short(reference.rsplit('/').next().unwrap_or_default());
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("array"), _) => format!("[]{}", expression(&schema["items"])),
        (Some("object"), _) => match schema.get("additionalProperties") {
            Some(values) => format!("{{}}{}", expression(values)),
            None => "{}any".to_owned(),
        },
        (Some("string"), Some("byte")) => "bytes".to_owned(),
        (Some("string"), _) => "string".to_owned(),
        (Some("boolean"), _) => "bool".to_owned(),
        (Some("integer"), format) => format.unwrap_or("int64").to_owned(),
        (Some("number"), _) => "double".to_owned(),
        _ => "any".to_owned(),
    }
}

/// The values of enumerations. The published documents leave them out; the generated Go code that
/// they come from has them, one `"field": {` … `Enum: []interface{}{"A", "B"},` in the function
/// of its type.
fn enums(path: &std::path::PathBuf) -> Result<Enums, String> {
    let (mut type_name, mut field) = (String::new(), String::new());
    let mut found = Enums::new();
    for line in text(path)?.lines() {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("func schema_k8sio_api_") {
            // `core_v1_Container(ref …`: group and version hold no underscore.
            type_name = rest.split('(').next().unwrap_or_default().replacen('_', ".", 2);
        } else if line.starts_with("func ") {
            type_name.clear();
        } else if let Some(name) =
            line.strip_prefix('"').and_then(|rest| rest.strip_suffix("\": {"))
        {
            name.clone_into(&mut field);
        } else if let Some(values) = line.strip_prefix("Enum:") {
            let values: Vec<&str> = values.split('"').skip(1).step_by(2).collect();
            // An empty value would be nothing in the file; absent means the same to the server.
            if !type_name.is_empty() && values.iter().all(|value| !value.is_empty()) {
                found.insert((type_name.clone(), field.clone()), values.join("|"));
            }
        }
    }
    Ok(found)
}
