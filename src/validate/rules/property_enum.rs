//! `property-enum`: a property's value is none of those that the blueprint lists.
//!
//! The catalog's API refuses the whole entity.

use serde_json::Value;

use crate::validate::instead;
use crate::validate::property::Said;

const RULE: &str = "property-enum";

pub(in crate::validate) fn said(property: &str, options: &[Value], nearest: Option<&str>) -> Said {
    let options: Vec<String> = options.iter().map(written).collect();
    let allowed = match options.as_slice() {
        [] => "no value".to_owned(),
        options => instead::listed(options, "or"),
    };
    Said {
        rule: RULE,
        message: format!("property `{property}` takes {allowed}"),
        help: nearest.map(|nearest| format!("did you mean `{nearest}`?")),
    }
}

/// A value as an author would write it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::property;
    use crate::validate::rules::fixture;

    #[test]
    fn the_values_that_are_taken_are_listed() {
        fixture::check_service(
            property::check,
            "properties: {lifecycle: Production, language: COBOL}",
            &[
                "error property-enum .spec.properties.language: property `language` takes `Go`, `Java` or `Rust`",
                "error property-enum .spec.properties.lifecycle: property `lifecycle` takes `experimental` or `production` (did you mean `production`?)",
            ],
        );
    }
}
