//! From a tree to the value that Go sees.
//!
//! Follows goyaml v2.4's decoder (`decode.go`), `sigs.k8s.io/yaml` v1.6
//! (`convertToJSONableObject`), `encoding/json`, and apimachinery's numbers
//! (int64 where it fits, else float64). Invariant: the value is what the API
//! server would be sent, or there is an error; nothing is guessed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value};

use super::scalar::{self, Scalar};
use super::tree::{NodeId, NodeKind, Notation, ScalarStyle, Tree};
use super::yaml::ParseError;

/// Reads the value of a node.
///
/// # Errors
/// Where Go's decoder refuses the document.
pub(super) fn value(tree: &Tree, id: NodeId) -> Result<Value, ParseError> {
    match tree.notation {
        Notation::Json => Ok(json_value(tree, id)),
        Notation::Yaml => {
            let mut decoder = Decoder {
                tree,
                decoded: 0,
                aliased: 0,
                alias_depth: 0,
                open_aliases: BTreeSet::new(),
            };
            decoder.value(id)?
        }
    }
}

fn json_value(tree: &Tree, id: NodeId) -> Value {
    match &tree.node(id).kind {
        NodeKind::Scalar { text, style } if *style == ScalarStyle::Literal => match text.as_str() {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            number => json_number(number),
        },
        NodeKind::Scalar { text, .. } => Value::String(text.clone()),
        NodeKind::Sequence { items, .. } => {
            Value::Array(items.iter().map(|item| json_value(tree, *item)).collect())
        }
        NodeKind::Mapping { entries, .. } => {
            let pairs = entries.iter().map(|(key, value)| {
                let key = tree.text(*key).unwrap_or_default().to_owned();
                (key, json_value(tree, *value))
            });
            Value::Object(pairs.collect())
        }
        NodeKind::Alias { .. } => Value::Null,
    }
}

/// A JSON number as apimachinery converts it. One beyond float64 is no object
/// to Kubernetes; as text it stays apart from every number.
fn json_number(text: &str) -> Value {
    text.parse::<i64>()
        .map(Value::from)
        .ok()
        .or_else(|| text.parse().ok().and_then(float_value))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// A float as it comes out of `encoding/json` and apimachinery: an integer
/// where Go prints it without exponent and it fits an int64.
fn float_value(value: f64) -> Option<Value> {
    const EXPONENT_FROM: f64 = 1e21;
    if value.fract() == 0.0 && value.abs() < EXPONENT_FROM {
        let whole = value as i128;
        if let Ok(whole) = i64::try_from(whole) {
            return Some(Value::from(whole));
        }
    }
    Number::from_f64(value).map(Value::Number)
}

/// goyaml's decoder for one document.
struct Decoder<'t> {
    tree: &'t Tree,
    decoded: usize,
    aliased: usize,
    alias_depth: usize,
    open_aliases: BTreeSet<NodeId>,
}

/// A mapping's key with goyaml's type: `1` and `"1"` are two keys until they
/// become JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    /// The bits of the float, and its text as a JSON key.
    Float(u64, String),
    Str(String),
}

/// What goyaml has decoded: a value, or one that JSON does not have. The latter
/// is an error only where no later key overrides it.
type Decoded = Result<Value, ParseError>;

type Pairs = BTreeMap<Key, Decoded>;

impl Decoder<'_> {
    fn value(&mut self, id: NodeId) -> Result<Decoded, ParseError> {
        self.count(id)?;
        match &self.tree.node(id).kind {
            NodeKind::Scalar { .. } => self.scalar_value(id),
            NodeKind::Sequence { items, .. } => {
                let values: Result<Vec<Decoded>, ParseError> =
                    items.iter().map(|item| self.value(*item)).collect();
                let values: Result<Vec<Value>, ParseError> = values?.into_iter().collect();
                Ok(values.map(Value::Array))
            }
            NodeKind::Mapping { .. } => {
                let mut pairs = Pairs::new();
                self.pairs(id, &mut pairs)?;
                Ok(self.object(id, pairs))
            }
            NodeKind::Alias { target } => self.through_alias(id, *target, Self::value),
        }
    }

    /// goyaml's guard against documents that grow by aliases
    /// (`decoder.unmarshal`, `allowedAliasRatio`).
    fn count(&mut self, id: NodeId) -> Result<(), ParseError> {
        const LOW: f64 = 400_000.0;
        const HIGH: f64 = 4_000_000.0;
        self.decoded += 1;
        if self.alias_depth > 0 {
            self.aliased += 1;
        }
        let decoded = self.decoded as f64;
        let allowed = if decoded <= LOW {
            0.99
        } else if decoded >= HIGH {
            0.10
        } else {
            0.99 - 0.89 * ((decoded - LOW) / (HIGH - LOW))
        };
        if self.aliased > 100 && self.decoded > 1000 && self.aliased as f64 / decoded > allowed {
            return self.rejected(id, "excessive aliasing");
        }
        Ok(())
    }

    fn through_alias<T>(
        &mut self,
        alias: NodeId,
        target: NodeId,
        read: impl FnOnce(&mut Self, NodeId) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if !self.open_aliases.insert(target) {
            return self.rejected(alias, "an anchor that contains itself");
        }
        self.alias_depth += 1;
        let value = read(self, target);
        self.alias_depth -= 1;
        self.open_aliases.remove(&target);
        value
    }

    fn scalar_value(&self, id: NodeId) -> Result<Decoded, ParseError> {
        Ok(match self.scalar(id)? {
            Scalar::Null => Ok(Value::Null),
            Scalar::Bool(value) => Ok(Value::Bool(value)),
            Scalar::Int(value) => Ok(Value::from(value)),
            Scalar::UInt(value) => self.float(id, value as f64),
            Scalar::Float(value) => self.float(id, value),
            Scalar::Str(text) => Ok(Value::String(text)),
        })
    }

    fn float(&self, id: NodeId, value: f64) -> Decoded {
        match float_value(value) {
            Some(value) => Ok(value),
            None => self.rejected(id, "a number that JSON does not have"),
        }
    }

    fn scalar(&self, id: NodeId) -> Result<Scalar, ParseError> {
        let node = self.tree.node(id);
        let NodeKind::Scalar { text, style } = &node.kind else {
            return self.rejected(id, "a collection where a scalar is expected");
        };
        if node.tag.is_none() && *style != ScalarStyle::Plain {
            return Ok(Scalar::Str(text.clone()));
        }
        scalar::resolve(node.tag.as_deref(), text)
            .map_err(|message| ParseError::rejected(node.span.start, message))
    }

    fn pairs(&mut self, mapping: NodeId, pairs: &mut Pairs) -> Result<(), ParseError> {
        let Some(entries) = self.tree.entries(mapping) else {
            return self.rejected(mapping, "a merge of what is no mapping");
        };
        for (key, value) in entries.iter().copied() {
            if self.tree.is_merge_key(key) {
                self.merge(value, pairs)?;
                continue;
            }
            let name = self.key(key)?;
            let value = self.value(value)?;
            pairs.insert(name, value);
        }
        Ok(())
    }

    /// goyaml sets merged pairs when it meets the merge key: they override
    /// what stands above and are overridden by what stands below.
    fn merge(&mut self, id: NodeId, pairs: &mut Pairs) -> Result<(), ParseError> {
        match &self.tree.node(id).kind {
            NodeKind::Sequence { items, .. } => {
                for item in items.iter().rev() {
                    self.merge_one(*item, pairs)?;
                }
                Ok(())
            }
            NodeKind::Mapping { .. } | NodeKind::Alias { .. } => self.merge_one(id, pairs),
            NodeKind::Scalar { .. } => self.rejected(id, "a merge of what is no mapping"),
        }
    }

    fn merge_one(&mut self, id: NodeId, pairs: &mut Pairs) -> Result<(), ParseError> {
        self.count(id)?;
        match &self.tree.node(id).kind {
            NodeKind::Mapping { .. } => self.pairs(id, pairs),
            NodeKind::Alias { target } => self.through_alias(id, *target, |decoder, target| {
                decoder.count(target)?;
                decoder.pairs(target, pairs)
            }),
            NodeKind::Sequence { .. } | NodeKind::Scalar { .. } => {
                self.rejected(id, "a merge of what is no mapping")
            }
        }
    }

    fn key(&mut self, id: NodeId) -> Result<Key, ParseError> {
        self.count(id)?;
        match &self.tree.node(id).kind {
            NodeKind::Alias { target } => {
                return self.through_alias(id, *target, Self::key);
            }
            NodeKind::Mapping { .. } | NodeKind::Sequence { .. } => {
                return self.rejected(id, "a key that is no scalar");
            }
            NodeKind::Scalar { .. } => {}
        }
        Ok(match self.scalar(id)? {
            Scalar::Null => Key::Null,
            Scalar::Bool(value) => Key::Bool(value),
            Scalar::Int(value) => Key::Int(value),
            Scalar::UInt(value) => Key::UInt(value),
            Scalar::Float(value) => Key::Float(value.to_bits(), scalar::float_key(value)),
            Scalar::Str(text) => Key::Str(text),
        })
    }

    /// Turns typed keys into JSON's, as `sigs.k8s.io/yaml` does.
    fn object(&self, mapping: NodeId, pairs: Pairs) -> Decoded {
        let offset = self.tree.node(mapping).span.start;
        let mut object = Map::new();
        for (key, value) in pairs {
            let name = match key {
                Key::Null | Key::UInt(_) => {
                    return Err(ParseError::rejected(
                        offset,
                        "a key that JSON does not have",
                    ));
                }
                Key::Bool(value) => value.to_string(),
                Key::Int(value) => value.to_string(),
                Key::Float(_, text) => text,
                Key::Str(text) => text,
            };
            if object.contains_key(&name) {
                // Go takes one of them, by the order of a hash map.
                return Err(ParseError::unsupported(
                    offset,
                    format!("two keys that both read `{name}`"),
                ));
            }
            object.insert(name, value?);
        }
        Ok(Value::Object(object))
    }

    fn rejected<T>(&self, id: NodeId, message: &str) -> Result<T, ParseError> {
        Err(ParseError::rejected(self.tree.node(id).span.start, message))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::manifest::{Notation, Parsed};

    #[track_caller]
    fn check(text: &str, expected: Result<serde_json::Value, &str>) {
        let read = Parsed::read(text.as_bytes(), Notation::Yaml);
        let actual = read.map(|parsed| parsed.value().clone());
        assert_eq!(
            actual.as_ref().map_err(|error| error.message.as_str()),
            expected.as_ref().map_err(|message| *message)
        );
    }

    #[test]
    fn what_json_does_not_have_counts_only_where_it_stays() {
        check("a: .nan", Err("a number that JSON does not have"));
        check("a: [{~: 1}]", Err("a key that JSON does not have"));
        check("a: .nan\na: 1", Ok(json!({"a": 1})));
        check("a: {b: [.inf]}\na: {~: 1}\na:", Ok(json!({"a": null})));
    }

    #[test]
    fn a_later_merge_overrides_and_an_earlier_one_does_not() {
        check(
            "a: &a {x: 1}\nb: {x: 2, <<: *a}",
            Ok(json!({"a": {"x": 1}, "b": {"x": 1}})),
        );
        check(
            "a: &a {x: 1}\nb: {<<: *a, x: 2}",
            Ok(json!({"a": {"x": 1}, "b": {"x": 2}})),
        );
    }

    #[test]
    fn keys_become_text_as_go_prints_them() {
        check(
            "{0644: a, yes: b, 1.5: c}",
            Ok(json!({"420": "a", "true": "b", "1.5": "c"})),
        );
        check("{1: a, '1': b}", Err("two keys that both read `1`"));
    }
}
