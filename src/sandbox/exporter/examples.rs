//! Examples of a kind's objects, with what looks like a secret taken out.
//!
//! The exporter does so, too (pkg/parsers/sensitive.go of port-k8s-exporter v0.7.9),
//! by patterns of its own; these cover the same sorts of secrets and are not the same.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// What stands in place of a secret.
const REDACTED: &str = "[REDACTED]";

static SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    let sorts = [
        r"-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bAIza[0-9A-Za-z_-]{35}",
        r"\bya29\.[0-9A-Za-z_-]+",
        r"\bgh[pousr]_[0-9A-Za-z]{36,}",
        r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@[^\s]+",
        r#"(?i)(?:api_?key|secret|token|password)["']?\s*[:=]\s*["']?[0-9A-Za-z+/_-]{16,}["']?"#,
    ];
    Regex::new(&sorts.join("|")).expect("written here")
});

/// The value with each text masked.
pub(super) fn masked(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(SECRETS.replace_all(&text, REDACTED).into_owned()),
        Value::Array(elements) => elements.into_iter().map(masked).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            fields.map(|(key, value)| (key, masked(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::masked;

    #[test]
    fn what_looks_like_a_secret_is_taken_out() {
        let object = json!({
            "url": "https://example.invalid/a",
            "database": ["postgres://shop:hunter2@db/shop", 5],
            "key": "AKIAABCDEFGHIJKLMNOP and more",
        });
        let expected = json!({
            "url": "https://example.invalid/a",
            "database": ["[REDACTED]", 5],
            "key": "[REDACTED] and more",
        });
        assert_eq!(masked(object), expected);
    }
}
