//! Where values of the catalog come from, for machines.

use serde_json::{Value, json};

use super::{WhyEntity, WhyUnsent, WhyValue};
use crate::exporter::{Origin, Said, Trace};
use crate::manifest::Location;

/// For machines: one document, an element for each value.
pub(crate) fn why_json(entities: &[WhyEntity]) -> String {
    let values = entities.iter().flat_map(|entity| {
        let values = entity.values.iter();
        values.map(|value| json_of(entity, value))
    });
    format!("{:#}\n", Value::from_iter(values))
}

/// Why nothing is sent.
pub(super) fn unsent(unsent: &[WhyUnsent]) -> String {
    let reasons = unsent.iter().map(|reason| {
        let WhyUnsent {
            object,
            location,
            field,
            message,
            detail,
        } = reason;
        json!({"object": object, "location": place(location.as_ref()),
            "field": field, "message": message, "detail": detail})
    });
    format!("{:#}\n", json!({"unsent": Value::from_iter(reasons)}))
}

fn json_of(entity: &WhyEntity, value: &WhyValue) -> Value {
    let Trace {
        member,
        value: sent,
        expression,
        place: in_config,
        steps,
        origin,
    } = &value.trace;
    let kind = match origin {
        Origin::Field(_) => "field",
        Origin::SameAs(_) => "sameAs",
        Origin::Mapping => "mapping",
        Origin::Computed(_) => "computed",
    };
    let fields = value.fields.iter().map(|field| {
        json!({"field": field.field.to_string(), "location": place(field.location.as_ref())})
    });
    let steps = steps.iter().map(|step| match &step.said {
        Said::Value(value) => json!({"text": step.text, "value": value}),
        Said::Nothing => json!({"text": step.text}),
        Said::Failure(why) => json!({"text": step.text, "failure": why}),
    });
    json!({
        "blueprint": entity.blueprint,
        "identifier": entity.identifier,
        "object": entity.object,
        "location": place(entity.location.as_ref()),
        "member": member.to_string(),
        "value": sent,
        "origin": {"kind": kind, "fields": Value::from_iter(fields)},
        "mapping": {
            "field": in_config.to_string(),
            "location": place(value.mapping.as_ref()),
            "expression": expression,
        },
        "steps": Value::from_iter(steps),
    })
}

fn place(location: Option<&Location>) -> Value {
    location.map_or(Value::Null, |location| {
        let Location {
            file,
            line,
            column,
            origin,
        } = location;
        json!({"file": file, "line": line, "column": column, "template": origin})
    })
}
