//! The JSON Schema of the file, for editors and checks elsewhere.

use crate::fields::{Field, FieldKind, file_fields, record_fields};
use serde_json::{Map, Value, json};

/// The schema (draft 2020-12) that the reader holds files against. What it cannot say (names that collide, mappings of
/// removed columns, types that cannot be cast) is told by the check.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gluedeck pipeline",
        "description": "A Glue pipeline: one record a table, alone as a list, or with the settings that hold for all.",
        "anyOf": [{ "$ref": "#/$defs/records" }, map(&file_fields())],
        "$defs": { "records": { "type": "array", "minItems": 1, "items": map(&record_fields()) } },
    })
}

fn map(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut of = of(field.kind);
            of["description"] = json!(field.about);
            (field.name.clone(), of)
        })
        .collect();
    let required: Vec<&String> = fields.iter().filter(|field| field.required).map(|field| &field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn of(kind: FieldKind) -> Value {
    match kind {
        FieldKind::Text { pattern: "", .. } => json!({ "type": "string" }),
        FieldKind::Text { pattern, .. } => json!({ "type": "string", "pattern": pattern }),
        FieldKind::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        FieldKind::Number { least, most } => json!({ "type": "number", "minimum": least, "maximum": most }),
        FieldKind::Tags => json!({ "type": "object", "additionalProperties": { "type": "string", "maxLength": 256 } }),
        FieldKind::Map(fields) => map(&fields()),
        FieldKind::Named(fields) => json!({
            "type": "object", "propertyNames": { "pattern": "^[a-z0-9-]{1,20}$" }, "additionalProperties": map(&fields()),
        }),
        FieldKind::Records => json!({ "$ref": "#/$defs/records" }),
    }
}
