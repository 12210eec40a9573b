//! A config as a tree, and the one place that writes it as YAML.
//!
//! Block style, and every string, keys that need it included, in double quotes
//! with JSON's escapes: such a text reads the same by YAML 1.1 and 1.2, and no
//! expression is ever taken for a number, a boolean or a comment.

use serde_json::Value;

/// A config whose maps keep the order in which a person wants to read them.
pub(super) enum Node {
    /// A string, number, boolean or null; an empty list or map too.
    Scalar(Value),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Node {
    /// A list; `[]` where it is empty.
    pub(super) fn list(elements: Vec<Self>) -> Self {
        if elements.is_empty() {
            Self::Scalar(Value::Array(Vec::new()))
        } else {
            Self::List(elements)
        }
    }

    /// A map; `{}` where it is empty.
    pub(super) fn map(fields: Vec<(String, Self)>) -> Self {
        if fields.is_empty() {
            Self::Scalar(Value::Object(serde_json::Map::new()))
        } else {
            Self::Map(fields)
        }
    }

    /// The same as YAML, which ends with a line end.
    pub(super) fn to_yaml(&self) -> String {
        let mut out = String::new();
        match self {
            Self::Scalar(value) => {
                out.push_str(&scalar(value));
                out.push('\n');
            }
            Self::List(_) | Self::Map(_) => write_block(&mut out, self, 0, ""),
        }
        out
    }

    /// The same as JSON.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Scalar(value) => value,
            Self::List(elements) => elements.into_iter().map(Self::into_value).collect(),
            Self::Map(fields) => fields
                .into_iter()
                .map(|(key, node)| (key, node.into_value()))
                .collect(),
        }
    }
}

impl From<&Value> for Node {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Self::Scalar(value.clone())
            }
            Value::Array(elements) => Self::list(elements.iter().map(Self::from).collect()),
            Value::Object(fields) => Self::map(
                fields
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

/// Any config as block YAML, keys sorted: what [`merge_mapping`] gave, for a
/// file. The text ends with a line end.
///
/// [`merge_mapping`]: super::merge_mapping
pub(crate) fn config_yaml(config: &Value) -> String {
    Node::from(config).to_yaml()
}

/// Writes a list or a map; `lead` stands in place of the first line's indent.
fn write_block(out: &mut String, node: &Node, indent: usize, lead: &str) {
    let pad = " ".repeat(indent);
    let starts = std::iter::once(lead).chain(std::iter::repeat(pad.as_str()));
    match node {
        Node::Scalar(value) => {
            out.push_str(&format!("{lead}{}\n", scalar(value)));
        }
        Node::List(elements) => {
            for (start, element) in starts.zip(elements) {
                write_block(out, element, indent + 2, &format!("{start}- "));
            }
        }
        Node::Map(fields) => {
            for (start, (key, node)) in starts.zip(fields) {
                let key = plain_or_quoted(key);
                match node {
                    Node::Scalar(value) => {
                        out.push_str(&format!("{start}{key}: {}\n", scalar(value)));
                    }
                    Node::List(_) | Node::Map(_) => {
                        out.push_str(&format!("{start}{key}:\n"));
                        let inner = " ".repeat(indent + 2);
                        write_block(out, node, indent + 2, &inner);
                    }
                }
            }
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// The keys of the config's own format stay plain; a name could be `yes`, `0x1`
/// or `*`, so all others are quoted.
fn plain_or_quoted(key: &str) -> String {
    let format = [
        "resources",
        "kind",
        "selector",
        "query",
        "glint",
        "port",
        "entity",
        "mappings",
        "identifier",
        "title",
        "blueprint",
        "icon",
        "team",
        "properties",
        "relations",
    ];
    if format.contains(&key) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

/// A JSON string that is the same string in YAML: characters that JSON lets
/// stand and YAML calls unprintable, or a line break, are escaped as well.
pub(super) fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::config_yaml;

    #[track_caller]
    fn check(config: &Value, expected: &str) {
        let yaml = config_yaml(config);
        assert_eq!(yaml, expected);
        assert_eq!(serde_saphyr::from_str::<Value>(&yaml).unwrap(), *config);
    }

    #[test]
    fn a_config_is_block_yaml_with_quoted_strings() {
        check(
            &json!({"resources": [
                {"kind": "v1/pods", "port": {"entity": {"mappings": [{"team": null}, {}]}}},
                [["a"], []],
            ], "deleteDependents": true, "x y": 1.5}),
            concat!(
                "\"deleteDependents\": true\n",
                "resources:\n",
                "  - kind: \"v1/pods\"\n",
                "    port:\n",
                "      entity:\n",
                "        mappings:\n",
                "          - team: null\n",
                "          - {}\n",
                "  - - - \"a\"\n",
                "    - []\n",
                "\"x y\": 1.5\n",
            ),
        );
        check(&json!({}), "{}\n");
        check(&json!({"resources": []}), "resources: []\n");
    }

    #[test]
    fn what_yaml_would_read_otherwise_is_escaped() {
        check(
            &json!({"yes": "no", "0x1": "~\n\t\"\\ # a: b", "*": "\u{85}\u{2028}\u{feff}ü"}),
            concat!(
                "\"*\": \"\\u0085\\u2028\\ufeffü\"\n",
                "\"0x1\": \"~\\n\\t\\\"\\\\ # a: b\"\n",
                "\"yes\": \"no\"\n",
            ),
        );
    }
}
