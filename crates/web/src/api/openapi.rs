//! Writes the OpenAPI document from the list of addresses and the shapes of the views.

use nightmend_app::steps::catalogue::ALL;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Endpoint, endpoints};

/// The document of `/api/v1/openapi.json`: OpenAPI 3.1.
#[must_use]
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for endpoint in endpoints() {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method] = operation(&endpoint, &mut schemas);
    }
    let definitions = schemas.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "nightmend",
            "version": "1",
            "summary": "Your own records of sleep and pain, on your own machine",
            "description": "The JSON of the command line, for scripts of your own. It describes a person's own records; it does not diagnose. What is not known is absent, never null and never zero.",
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "The text of the file `api-token` beside the store" },
            },
        },
    })
}

/// The parameter that is part of the path itself.
fn in_path(path: &str) -> Option<Value> {
    let (name, _) = path.split_once('{')?.1.split_once('}')?;
    let schema = match name {
        "date" => json!({ "type": "string", "format": "date" }),
        "step" => {
            let words: Vec<&str> = ALL.iter().map(|step| step.id.as_word()).collect();
            json!({ "type": "string", "enum": words })
        }
        _ => json!({ "type": "string" }),
    };
    Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
}

fn operation(endpoint: &Endpoint, schemas: &mut SchemaGenerator) -> Value {
    let in_path = in_path(endpoint.path);
    let in_query = endpoint.query.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": "string" } })
    });
    let parameters: Vec<Value> = in_path.into_iter().chain(in_query).collect();
    let body = |schema: Value| json!({ "application/json": { "schema": schema } });
    let mut operation = json!({
        "summary": endpoint.summary,
        "responses": {
            "200": { "description": "As asked", "content": body((endpoint.gives)(schemas).to_value()) },
            "401": { "description": "The token is missing or another" },
            "422": { "description": "Something could not be taken; `message` says what to write instead" },
        },
    });
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    if let Some(takes) = endpoint.takes {
        operation["requestBody"] = json!({ "required": true, "content": body(takes(schemas).to_value()) });
    }
    if endpoint.path == "/check-ins" {
        operation["responses"]["201"] = json!({ "description": "Kept: it is on the disk", "content": operation["responses"]["200"]["content"] });
        operation["responses"]["200"]["description"] =
            json!("It had arrived before; nothing was written now");
    }
    operation
}
