//! H10: whether an exporter puts its own config back at each start.
//!
//! The catalog does not tell, so it is looked for where the exporter is installed:
//! its ConfigMap, its Helm values, its Deployment (pkg/config of port-k8s-exporter
//! v0.7.9: a key of `config.yaml`, a flag, a variable). Anything that looks like it
//! counts, since the price of a wrong guess is one look.

use serde_json::{Map, Value};

use crate::manifest::{Parsed, split};

const KEY: &str = "overwriteConfigurationOnRestart";
const FLAG: &str = "--overwrite-configuration-on-restart";
const VARIABLE: &str = "OVERWRITE_CONFIGURATION_ON_RESTART";

/// Whether a document says that the exporter overwrites its config.
pub(crate) fn overwrites(document: &Value) -> bool {
    match document {
        Value::Object(fields) => is_said(fields) || fields.values().any(overwrites),
        Value::Array(items) => items.iter().any(overwrites),
        Value::String(text) => is_flag(text) || (text.contains(KEY) && of_text(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn is_said(fields: &Map<String, Value>) -> bool {
    let by_key = fields.get(KEY).is_some_and(is_true);
    let named = fields.get("name").and_then(Value::as_str) == Some(VARIABLE);
    by_key
        || fields.get(VARIABLE).is_some_and(is_true)
        || (named && fields.get("value").is_some_and(is_true))
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(said) => *said,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_flag(text: &str) -> bool {
    let after = text.trim().strip_prefix(FLAG);
    after.is_some_and(|value| matches!(value, "" | "=true"))
}

/// A text that is itself YAML, as a ConfigMap's `config.yaml`.
fn of_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let documents = split(bytes).unwrap_or_default();
    let mut values = documents.into_iter().filter_map(|document| {
        let parsed = Parsed::read(&bytes[document.range.clone()], document.notation).ok()?;
        // A text in a text is not looked into again.
        Some(parsed.value().clone()).filter(|value| !value.is_string())
    });
    values.any(|value| overwrites(&value))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::overwrites;

    #[track_caller]
    fn check(document: Value, expected: bool) {
        assert_eq!(overwrites(&document), expected);
    }

    #[test]
    fn it_is_found_wherever_an_exporter_is_told() {
        check(json!({"overwriteConfigurationOnRestart": true}), true);
        check(
            json!({"data": {"config.yaml": "a: 1\noverwriteConfigurationOnRestart: true\n"}}),
            true,
        );
        check(
            json!({"args": ["--overwrite-configuration-on-restart=true"]}),
            true,
        );
        check(
            json!({"env": [{"name": "OVERWRITE_CONFIGURATION_ON_RESTART", "value": "true"}]}),
            true,
        );
        check(json!({"overwriteConfigurationOnRestart": false}), false);
        check(
            json!({"data": {"config.yaml": "overwriteConfigurationOnRestart: false"}}),
            false,
        );
        check(
            json!({"note": "overwriteConfigurationOnRestart: is dangerous"}),
            false,
        );
        check(
            json!({"args": ["--overwrite-configuration-on-restart=false"]}),
            false,
        );
    }
}
