//! A KRM function's `functionConfig` as settings: the `data` of a ConfigMap, or
//! the `spec` of any other kind, which has the shape of `.glint.yaml`.
//!
//! Whoever runs the function writes it, as they would write a command line.

use serde_json::Value;

use super::assignment::Assignment;
use super::error::{Problem, SettingsError};
use super::setting::{Origin, Source};
use super::value::Given;

/// The settings of a `functionConfig`; none where it is null or has neither
/// part.
pub(super) fn assignments(function_config: &Value) -> Result<Vec<Assignment>, SettingsError> {
    let is_config_map = function_config.get("kind").and_then(Value::as_str) == Some("ConfigMap");
    let part = if is_config_map { "data" } else { "spec" };
    let members = match function_config.get(part) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(members)) => members,
        Some(other) => {
            let problem = Problem::Takes {
                name: part.to_owned(),
                takes: "names with values".to_owned(),
                given: Given::from_json(other).form().to_owned(),
            };
            return Err(SettingsError::at("functionConfig", problem));
        }
    };
    members
        .iter()
        .filter_map(|(name, value)| {
            let given = match value {
                // A ConfigMap knows only texts, and an empty one is unset.
                Value::String(text) if is_config_map && text.is_empty() => return None,
                Value::String(text) if is_config_map => Given::Line(text.clone()),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_) => Given::from_json(value),
            };
            let place = format!("functionConfig {part}.{name}");
            let origin = Origin::new(Source::Function, place);
            Some(Assignment::named(name, &given, origin))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::assignments;

    #[track_caller]
    fn check(config: &Value, expected: Result<&[&str], &str>) {
        let actual = assignments(config)
            .map(|settings| {
                settings
                    .iter()
                    .map(|it| format!("{} {} {}", it.key.name(), it.raw.to_line(), it.origin))
                    .collect::<Vec<_>>()
            })
            .map_err(|error| error.to_string());
        let expected = expected
            .map(|lines| lines.iter().map(|&line| line.to_owned()).collect())
            .map_err(str::to_owned);
        assert_eq!(actual, expected, "{config}");
    }

    #[test]
    fn a_config_map_holds_texts() {
        check(
            &json!({"kind": "ConfigMap", "data": {"crds": "never", "values-files": "a,b", "project": ""}}),
            Ok(&[
                "crds never functionConfig data.crds",
                "values-files a,b functionConfig data.values-files",
            ]),
        );
    }

    #[test]
    fn another_kind_holds_values() {
        check(
            &json!({"kind": "Glint", "spec": {"deliver": false, "values-files": ["a"], "parameters": {"n": 2}}}),
            Ok(&[
                "deliver false functionConfig spec.deliver",
                "parameters n=2 functionConfig spec.parameters",
                "values-files a functionConfig spec.values-files",
            ]),
        );
        check(&json!({"kind": "Glint"}), Ok(&[]));
        check(&Value::Null, Ok(&[]));
    }

    #[test]
    fn what_is_wrong_is_said_where_it_stands() {
        check(
            &json!({"kind": "ConfigMap", "data": {"crd": "never"}}),
            Err("functionConfig data.crd: no setting is called `crd`; did you mean `crds`?"),
        );
        check(
            &json!({"kind": "Glint", "spec": ["crds"]}),
            Err("functionConfig: `spec` takes names with values, not a list"),
        );
        check(
            &json!({"kind": "Glint", "spec": {"crds": null}}),
            Err("functionConfig spec.crds: `crds` takes auto, always or never, not nothing"),
        );
    }
}
