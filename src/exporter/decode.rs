//! Whether the exporter can work with a config.
//!
//! As encoding/json reads `IntegrationAppConfig` and what stands in it
//! (pkg/port/models.go of port-k8s-exporter v0.7.9): unknown keys are ignored,
//! null is the same as nothing, and a single value of a wrong type stops the
//! exporter. Refused beyond that: what makes it crash once an object comes (no
//! identifier, a null relation), and a key that differs from a known one by
//! case alone, which Go takes for the known one and we would not. What the config
//! then says is read by `config`.

use serde_json::{Map, Value};

use crate::catalog::Dialect;

/// Why the exporter could not work with a config.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exporter's {path} {problem}")]
pub(crate) struct ConfigError {
    /// Where: `config.resources[0].selector.query`.
    pub path: String,
    /// A clause that fits after it, which says what must be there.
    pub problem: String,
    /// What the exporter makes of it.
    pub effect: Effect,
}

/// What becomes of the exporter under a config that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It can't decode the config and does nothing until it is mended.
    Stops,
    /// It decodes the config, and crashes at the first object of the block.
    Crashes,
    /// It may read the config otherwise than we would.
    Unclear,
}

/// How far a config is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Whether it can be decoded: for what asks the exporter's part itself what
    /// it does with an object.
    Decoded,
    /// Also whether the exporter survives its first object.
    Survived,
}

/// A config that the exporter can decode, taken apart.
pub(super) struct Parts {
    /// All but `resources`.
    pub(super) rest: Map<String, Value>,
    /// `resources`, which may be absent or null.
    pub(super) blocks: Vec<Value>,
}

/// What Go's decoder takes at one place.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    ListOf(&'static Self),
    MapOf(&'static Self),
    Struct(&'static [(&'static str, Self)]),
    /// Any value but null, also deep inside: the exporter looks at its type
    /// without asking whether it has one.
    Typed,
    /// The same, and it must be there.
    Identifier,
    Any,
}

const CONFIG: [(&str, Shape); 8] = [
    ("deleteDependents", Shape::Flag),
    ("createMissingRelatedEntities", Shape::Flag),
    ("crdsToDiscover", Shape::Text),
    ("overwriteCrdsActions", Shape::Flag),
    ("updateEntityOnlyOnDiff", Shape::Flag),
    ("sendRawDataExamples", Shape::Flag),
    ("allowAllEnvironmentVariablesInJQ", Shape::Flag),
    (
        "allowedEnvironmentVariablesInJQ",
        Shape::ListOf(&Shape::Text),
    ),
];

const SELECTOR: Shape = Shape::Struct(&[("query", Shape::Text)]);

/// What stands under the dialect's key of a block.
const ENTITY_PART: Shape = Shape::Struct(&[
    ("itemsToParse", Shape::Text),
    ("itemsToParseName", Shape::Text),
    (
        "entity",
        Shape::Struct(&[("mappings", Shape::ListOf(&ENTITY_MAPPING))]),
    ),
]);

const ENTITY_MAPPING: Shape = Shape::Struct(&[
    ("identifier", Shape::Identifier),
    ("title", Shape::Text),
    ("blueprint", Shape::Text),
    ("icon", Shape::Text),
    ("team", Shape::Any),
    ("properties", Shape::MapOf(&Shape::Text)),
    ("relations", Shape::MapOf(&Shape::Typed)),
]);

/// Takes a config apart, or names the first place at which the exporter of this
/// dialect would stop or, where that is asked for, crash.
pub(super) fn decode(config: Value, dialect: Dialect, depth: Depth) -> Result<Parts, ConfigError> {
    let Value::Object(mut rest) = config else {
        return Err(problem("config", "must be a map"));
    };
    check_fields(&rest, &CONFIG, "config", depth)?;
    check_case(&rest, "resources", "config")?;
    let blocks = match rest.remove("resources") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(blocks)) => blocks,
        Some(_) => return Err(problem("config.resources", "must be a list")),
    };
    let block = [
        ("kind", Shape::Text),
        ("selector", SELECTOR),
        (dialect.mapping_key(), ENTITY_PART),
    ];
    for (index, value) in blocks.iter().enumerate() {
        let path = format!("config.resources[{index}]");
        match value {
            Value::Object(fields) => check_fields(fields, &block, &path, depth)?,
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(problem(path, "must be a map"));
            }
        }
    }
    Ok(Parts { rest, blocks })
}

fn check(value: &Value, shape: Shape, path: &str, depth: Depth) -> Result<(), ConfigError> {
    match (shape, value) {
        (Shape::Typed | Shape::Identifier, value) => match depth {
            Depth::Decoded => Ok(()),
            Depth::Survived => check_typed(value, path),
        },
        // Go makes an empty struct of null, and so a mapping without identifier.
        (Shape::Struct(known), Value::Null) => check_fields(&Map::new(), known, path, depth),
        (Shape::Any, _)
        | (_, Value::Null)
        | (Shape::Text, Value::String(_))
        | (Shape::Flag, Value::Bool(_)) => Ok(()),
        (Shape::Text, _) => Err(problem(path, "must be a string: put it in quotes")),
        (Shape::Flag, _) => Err(problem(path, "must be true or false")),
        (Shape::ListOf(element), Value::Array(elements)) => {
            let mut numbered = elements.iter().enumerate();
            numbered.try_for_each(|(index, value)| {
                check(value, *element, &format!("{path}[{index}]"), depth)
            })
        }
        (Shape::ListOf(_), _) => Err(problem(path, "must be a list")),
        (Shape::MapOf(element), Value::Object(fields)) => fields
            .iter()
            .try_for_each(|(key, value)| check(value, *element, &format!("{path}.{key}"), depth)),
        (Shape::Struct(known), Value::Object(fields)) => check_fields(fields, known, path, depth),
        (Shape::MapOf(_) | Shape::Struct(_), _) => Err(problem(path, "must be a map")),
    }
}

fn check_fields(
    fields: &Map<String, Value>,
    known: &[(&str, Shape)],
    path: &str,
    depth: Depth,
) -> Result<(), ConfigError> {
    for (key, shape) in known {
        check_case(fields, key, path)?;
        let path = format!("{path}.{key}");
        match (fields.get(*key), shape) {
            (Some(value), _) => check(value, *shape, &path, depth)?,
            (None, Shape::Identifier) => check(&Value::Null, *shape, &path, depth)?,
            (None, _) => {}
        }
    }
    Ok(())
}

/// Go finds a field by its name in any case.
fn check_case(fields: &Map<String, Value>, known: &str, path: &str) -> Result<(), ConfigError> {
    let variant = fields
        .keys()
        .find(|key| *key != known && folded(key) == folded(known));
    match variant {
        None => Ok(()),
        Some(key) => Err(ConfigError {
            path: format!("{path}.{key}"),
            problem: format!("must be written `{known}`"),
            effect: Effect::Unclear,
        }),
    }
}

/// A name without its case, as encoding/json has it (`foldName`): the long s,
/// which is a small letter already, is also an s.
fn folded(name: &str) -> String {
    name.replace('ſ', "s").to_lowercase()
}

fn check_typed(value: &Value, path: &str) -> Result<(), ConfigError> {
    match value {
        Value::Null => Err(ConfigError {
            path: path.to_owned(),
            problem: "must be there and not null: it makes the exporter crash".to_owned(),
            effect: Effect::Crashes,
        }),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .try_for_each(|(index, value)| check_typed(value, &format!("{path}[{index}]"))),
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(key, value)| check_typed(value, &format!("{path}.{key}"))),
    }
}

fn problem(path: impl Into<String>, problem: impl Into<String>) -> ConfigError {
    ConfigError {
        path: path.into(),
        problem: problem.into(),
        effect: Effect::Stops,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Depth, decode};
    use crate::catalog::Dialect;

    #[track_caller]
    fn check(config: Value, expected: Result<(), &str>) {
        let decoded = decode(config, Dialect::Port, Depth::Survived).map(|_| ());
        let actual = decoded.map_err(|error| error.to_string());
        assert_eq!(actual, expected.map_err(str::to_owned));
    }

    /// A config with one entity mapping.
    fn with(mapping: Value) -> Value {
        json!({"resources": [{"kind": "v1/pods", "port": {"entity": {"mappings": [mapping]}}}]})
    }

    #[test]
    fn what_the_exporter_decodes_passes() {
        check(json!({}), Ok(()));
        check(
            json!({"resources": null, "stateKey": 1, "sendRawDataExamples": null}),
            Ok(()),
        );
        check(
            json!({"resources": [{}, {"kind": "x", "selector": null, "glint": 1}]}),
            Ok(()),
        );
        check(
            with(json!({
                "identifier": {"combinator": "\"and\"", "rules": [{"value": 5}]},
                "title": null, "team": null, "blueprint": "\"pod\"", "note": [],
                "properties": {"a": ".x", "b": null},
                "relations": {"a": [".x", {"rules": []}]},
            })),
            Ok(()),
        );
    }

    #[test]
    fn what_stops_the_exporter_is_named_with_its_path() {
        check(json!([]), Err("the exporter's config must be a map"));
        check(
            json!({"resources": {}}),
            Err("the exporter's config.resources must be a list"),
        );
        check(
            json!({"resources": [{"selector": {"query": true}}]}),
            Err(
                "the exporter's config.resources[0].selector.query must be a string: put it in quotes",
            ),
        );
        check(
            json!({"resources": [{}, {"port": {"entity": {"mappings": {}}}}]}),
            Err("the exporter's config.resources[1].port.entity.mappings must be a list"),
        );
        check(
            with(json!({"identifier": ".x", "properties": {"p": 1}})),
            Err(
                "the exporter's config.resources[0].port.entity.mappings[0].properties.p \
                 must be a string: put it in quotes",
            ),
        );
        check(
            json!({"deleteDependents": "true"}),
            Err("the exporter's config.deleteDependents must be true or false"),
        );
    }

    #[test]
    fn what_crashes_the_exporter_is_named_with_its_path() {
        check(
            with(json!({"blueprint": ".x"})),
            Err(
                "the exporter's config.resources[0].port.entity.mappings[0].identifier \
                 must be there and not null: it makes the exporter crash",
            ),
        );
        check(
            with(json!({"identifier": ".x", "relations": {"r": [".a", null]}})),
            Err(
                "the exporter's config.resources[0].port.entity.mappings[0].relations.r[1] \
                 must be there and not null: it makes the exporter crash",
            ),
        );
    }

    #[test]
    fn a_mapping_that_is_null_has_no_identifier() {
        check(
            with(Value::Null),
            Err(
                "the exporter's config.resources[0].port.entity.mappings[0].identifier \
                 must be there and not null: it makes the exporter crash",
            ),
        );
        check(json!({"resources": [null]}), Ok(()));
    }

    #[test]
    fn what_only_crashes_can_be_decoded() {
        let config = with(json!({"relations": {"r": null}}));
        assert!(decode(config, Dialect::Port, Depth::Decoded).is_ok());
    }

    #[test]
    fn a_key_in_another_case_is_refused_since_go_reads_it() {
        check(
            json!({"Resources": []}),
            Err("the exporter's config.Resources must be written `resources`"),
        );
        check(
            with(json!({"identifier": ".x", "propertieſ": 1})),
            Err(
                "the exporter's config.resources[0].port.entity.mappings[0].propertieſ \
                 must be written `properties`",
            ),
        );
        check(
            json!({"resources": [{"\u{212a}ind": 1}]}),
            Err("the exporter's config.resources[0].\u{212a}ind must be written `kind`"),
        );
    }
}
