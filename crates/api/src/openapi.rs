//! The OpenAPI document, made from the table of routes and the wire types.
//!
//! Source: OpenAPI 3.1.0, whose schemas are JSON Schema 2020-12 as schemars writes it.

use crate::{
    routes::{Access, Answer, Parameter, ROUTES, Route, Shape},
    wire::problem::Problem,
};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The document that `docs/api/openapi.json` and `/api/v1/openapi.json` hold.
pub fn openapi() -> Value {
    let mut schemas = Schemas::new();
    let problem = schemas.given.subschema_for::<Problem>();
    let mut paths = Map::new();
    for route in ROUTES {
        let operations = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(operations) = operations.as_object_mut() {
            operations.insert(route.method.as_str().to_owned(), operation(route, &mut schemas));
        }
    }
    let schemas = schemas.finish();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Cofferdam",
            "description": "The API of Cofferdam. Lists are paged, filtered and sorted on the server; errors are problem details (RFC 9457). Requests that change something need the header X-Cofferdam-CSRF with the value of GET /session, or a bearer token instead of the cookie.",
            "version": "1",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "session": [] }, { "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-cofferdam" },
                "token": { "type": "http", "scheme": "bearer" },
            },
            "responses": {
                "Problem": {
                    "description": "Why it was not answered.",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "schemas": schemas,
        },
    })
}

/// The two sides of a document: what is given always has every field, what is taken may leave
/// optional ones out.
struct Schemas {
    given: SchemaGenerator,
    taken: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let given = settings.clone().for_serialize().into_generator();
        Self { given, taken: settings.for_deserialize().into_generator() }
    }

    fn finish(mut self) -> Map<String, Value> {
        let mut all = self.taken.take_definitions(true);
        all.append(&mut self.given.take_definitions(true));
        all.sort_keys();
        all
    }
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), json!(route.name));
    operation.insert("summary".to_owned(), json!(route.about));
    if route.access == Access::Anyone {
        operation.insert("security".to_owned(), json!([]));
    } else if route.is_by_session {
        operation.insert("security".to_owned(), json!([{ "session": [] }]));
    }
    let parameters: Vec<Value> = in_path(route.path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .chain(route.query.iter().copied().flatten().map(in_query))
        .collect();
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(body) = route.body {
        let content = content("application/json", body, &mut schemas.taken);
        operation.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    }
    let (status, answer) = match route.answer {
        Answer::Json(shape) => (
            "200",
            json!({ "description": "Done.", "content": content("application/json", shape, &mut schemas.given) }),
        ),
        Answer::Made(shape) => (
            "201",
            json!({ "description": "Made.", "content": content("application/json", shape, &mut schemas.given) }),
        ),
        Answer::Empty => ("204", json!({ "description": "Done." })),
        Answer::Events(shape) => (
            "200",
            json!({
                "description": "Server-sent events; the data of each is a JSON document.",
                "content": content("text/event-stream", shape, &mut schemas.given),
            }),
        ),
    };
    let problem = json!({ "$ref": "#/components/responses/Problem" });
    operation.insert("responses".to_owned(), json!({ status: answer, "default": problem }));
    Value::Object(operation)
}

/// The names in braces.
fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn in_query(parameter: &Parameter) -> Value {
    let schema = match parameter.name {
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 500 }),
        "at" => json!({ "type": "string", "examples": ["2026-11-22T08:00:00Z", "2026-11-22"] }),
        _ if parameter.words.is_empty() => json!({ "type": "string" }),
        _ => json!({ "type": "string", "enum": parameter.words }),
    };
    json!({ "name": parameter.name, "in": "query", "description": parameter.about, "schema": schema })
}

fn content(kind: &str, shape: Shape, generator: &mut SchemaGenerator) -> Value {
    json!({ kind: { "schema": shape(generator) } })
}

#[cfg(test)]
mod tests {
    use super::openapi;
    use std::{fs, path::Path};

    /// `docs/api/openapi.json` is made from the routes and wire types: `UPDATE=1` writes it.
    #[test]
    fn the_checked_in_document_is_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api/openapi.json");
        let fresh = format!("{:#}\n", openapi());
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &fresh).unwrap();
        }
        #[expect(clippy::disallowed_methods, reason = "a file of ours")]
        let checked_in = fs::read_to_string(&path).unwrap_or_default();
        assert!(checked_in == fresh, "run UPDATE=1 cargo test -p cofferdam-api");
    }
}
