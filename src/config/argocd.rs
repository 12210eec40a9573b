//! What Argo CD says in the environment: facts about the application and the
//! cluster, and what the Application's author chose.
//!
//! Names and shapes as of Argo CD 3.6 (`getPluginEnvs` in
//! reposerver/repository/repository.go, `MarshalJSON` of
//! `ApplicationSourcePluginParameter`). `ARGOCD_APP_REVISION` is read for nothing
//! but a Helm parameter that names it: what depends on it differs at every
//! commit. `PARAM_*` are never read: different parameters can share such a name.

use serde_json::Value;

use super::assignment::Assignment;
use super::environment::Environment;
use super::error::{Problem, SettingsError};
use super::expansion;
use super::setting::{Origin, Source};
use super::table::Key;
use super::value::Given;

/// The variable that holds the Application's parameters.
const PARAMETERS: &str = "ARGOCD_APP_PARAMETERS";

/// The parameters in which Argo CD's variables are expanded, because those of
/// `source.helm` that they stand for are.
const EXPANDED: [Key; 2] = [Key::ValuesFiles, Key::Parameters];

/// The variables that state facts. Argo CD leaves them out or empty where it
/// does not know (a hydrated render has no `KUBE_*`, an application may have no
/// destination namespace). An application outside Argo CD's own namespace is
/// called `<namespace>_<name>`, which is its name here as well.
const FACTS: [(Key, &str); 7] = [
    (Key::Application, "ARGOCD_APP_NAME"),
    (Key::Project, "ARGOCD_APP_PROJECT_NAME"),
    (Key::Namespace, "ARGOCD_APP_NAMESPACE"),
    (Key::SourceRepo, "ARGOCD_APP_SOURCE_REPO_URL"),
    (Key::SourcePath, "ARGOCD_APP_SOURCE_PATH"),
    (Key::KubeVersion, "KUBE_VERSION"),
    (Key::ApiVersions, "KUBE_API_VERSIONS"),
];

/// Whether the environment is that of an Argo CD render, also of someone
/// else's plugin that calls this program.
pub(super) fn is_present(environment: &Environment) -> bool {
    environment.get("ARGOCD_APP_NAME").is_some()
}

/// The facts that the host states.
pub(super) fn facts(environment: &Environment) -> Result<Vec<Assignment>, SettingsError> {
    FACTS
        .iter()
        .filter_map(|(key, variable)| {
            let given = Given::Line(environment.get(variable)?.to_owned());
            Some(Assignment::new(
                *key,
                &given,
                Origin::new(Source::Host, *variable),
            ))
        })
        .collect()
}

/// `ARGOCD_ENV_GLINT_*`: the env of the Application's plugin. A person typed
/// these names for this program, so that an unknown one is an error.
pub(super) fn application_env(environment: &Environment) -> Result<Vec<Assignment>, SettingsError> {
    environment
        .with_prefix("ARGOCD_ENV_GLINT_")
        .map(|(variable, value)| {
            let name = variable.to_ascii_lowercase().replace('_', "-");
            let place = format!("ARGOCD_ENV_GLINT_{variable}");
            let origin = Origin::new(Source::ApplicationEnv, place);
            Assignment::named(&name, &Given::Line(value.to_owned()), origin)
        })
        .collect()
}

/// The Application's parameters: a JSON array of
/// `{"name": …, "string": … | "array": […] | "map": {…}}`; the word `null` where
/// the plugin has none. A string that is empty counts as unset, because that is
/// what a cleared field of the user interface sends.
pub(super) fn parameters(environment: &Environment) -> Result<Vec<Assignment>, SettingsError> {
    let Some(text) = environment.get(PARAMETERS) else {
        return Ok(Vec::new());
    };
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        SettingsError::at(PARAMETERS, Problem::Json { message })
    })?;
    let entries = match &value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(entries) => entries,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            let problem = Problem::Form {
                takes: "a list of parameters",
                given: form(&value),
            };
            return Err(SettingsError::at(PARAMETERS, problem));
        }
    };
    let mut assignments: Vec<Assignment> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(assignment) = parameter(index, entry, environment)? else {
            continue;
        };
        if assignments.iter().any(|known| known.key == assignment.key) {
            let name = assignment.key.name().to_owned();
            return Err(SettingsError::at(
                assignment.origin.place,
                Problem::Twice { name },
            ));
        }
        assignments.push(assignment);
    }
    Ok(assignments)
}

fn form(value: &Value) -> &'static str {
    Given::from_json(value).form()
}

fn parameter(
    index: usize,
    entry: &Value,
    environment: &Environment,
) -> Result<Option<Assignment>, SettingsError> {
    let Some(name) = entry.get("name").and_then(Value::as_str) else {
        let problem = Problem::Takes {
            name: "name".to_owned(),
            takes: "a parameter's name".to_owned(),
            given: entry.get("name").map_or("nothing", form).to_owned(),
        };
        return Err(SettingsError::at(format!("{PARAMETERS}[{index}]"), problem));
    };
    let place = format!("parameter {name}");
    let shapes = ["string", "array", "map"].map(|shape| (shape, entry.get(shape)));
    let given: Vec<_> = shapes
        .into_iter()
        .filter_map(|(shape, value)| Some((shape, value.filter(|value| !value.is_null())?)))
        .collect();
    let [(shape, value)] = given.as_slice() else {
        let problem = Problem::Takes {
            name: name.to_owned(),
            takes: "one of string, array or map".to_owned(),
            given: match given.len() {
                0 => "none".to_owned(),
                several => format!("{several} of them"),
            },
        };
        return Err(SettingsError::at(place, problem));
    };
    let agrees = match *shape {
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    if !agrees {
        let problem = Problem::Takes {
            name: (*shape).to_owned(),
            takes: format!("JSON of type {shape}"),
            given: form(value).to_owned(),
        };
        return Err(SettingsError::at(place, problem));
    }
    let origin = Origin::new(Source::Parameter, place);
    let mut given = Given::from_json(value);
    if Key::from_name(name).is_some_and(|key| EXPANDED.contains(&key)) {
        given = given.map_texts(&|text| expansion::expanded(text, environment));
    }
    let assignment = Assignment::named(name, &given, origin.clone());
    match value.as_str() {
        // The name is checked all the same.
        Some("") => super::name::key(name, origin.source, &origin.place).map(|_| None),
        Some(_) | None => assignment.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::{application_env, facts, parameters};
    use crate::config::Environment;
    use crate::config::assignment::Assignment;
    use crate::config::error::SettingsError;

    #[track_caller]
    fn check(actual: Result<Vec<Assignment>, SettingsError>, expected: Result<&[&str], &str>) {
        let actual = actual
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
        assert_eq!(actual, expected);
    }

    #[track_caller]
    fn given(json: &str, expected: Result<&[&str], &str>) {
        let environment = Environment::from_iter([("ARGOCD_APP_PARAMETERS", json)]);
        check(parameters(&environment), expected);
    }

    #[test]
    fn an_application_without_parameters_sets_nothing() {
        check(parameters(&Environment::default()), Ok(&[]));
        given("", Ok(&[]));
        given("null", Ok(&[]));
        given("[]", Ok(&[]));
    }

    #[test]
    fn each_form_of_a_parameter_is_read() {
        given(
            r#"[{"name":"crds","string":"never"},{"name":"values-files","array":["a.yaml","b.yaml"]},{"name":"parameters","map":{"image.tag":"v1"}}]"#,
            Ok(&[
                "crds never parameter crds",
                "values-files a.yaml,b.yaml parameter values-files",
                "parameters image.tag=v1 parameter parameters",
            ]),
        );
        given(
            r#"[{"name":"values-files","array":[]},{"name":"parameters","map":{}}]"#,
            Ok(&[
                "values-files  parameter values-files",
                "parameters  parameter parameters",
            ]),
        );
    }

    #[test]
    fn helm_parameters_and_values_files_may_name_argo_cds_variables() {
        let environment = Environment::from_iter([
            ("ARGOCD_APP_NAME", "shop"),
            ("ARGOCD_APP_REVISION_SHORT", "731f00a"),
            (
                "ARGOCD_APP_PARAMETERS",
                r#"[{"name":"values-files","array":["values-$ARGOCD_APP_NAME.yaml"]},{"name":"parameters","map":{"image.tag":"${ARGOCD_APP_REVISION_SHORT}","password":"pa$$word"}},{"name":"release-name","string":"$ARGOCD_APP_NAME"}]"#,
            ),
        ]);
        check(
            parameters(&environment),
            Ok(&[
                "values-files values-shop.yaml parameter values-files",
                "parameters image.tag=731f00a,password=pa$word parameter parameters",
                "release-name $ARGOCD_APP_NAME parameter release-name",
            ]),
        );
    }

    #[test]
    fn a_cleared_field_counts_as_unset() {
        given(r#"[{"name":"crds","string":""}]"#, Ok(&[]));
        given(
            r#"[{"name":"crds","string":"never","array":null}]"#,
            Ok(&["crds never parameter crds"]),
        );
        given(
            r#"[{"name":"helm-path","string":""}]"#,
            Err(
                "parameter helm-path: `helm-path` can't be set here, only by the policy file, --helm-path or GLINT_HELM_PATH",
            ),
        );
    }

    #[test]
    fn malformed_parameters_say_what_is_wrong() {
        given(
            "[{",
            Err(
                "ARGOCD_APP_PARAMETERS: no valid JSON: EOF while parsing an object at line 1 column 2",
            ),
        );
        given(
            "{}",
            Err("ARGOCD_APP_PARAMETERS: takes a list of parameters, not a map"),
        );
        given(
            "\"x\"",
            Err("ARGOCD_APP_PARAMETERS: takes a list of parameters, not a single text"),
        );
        given(
            "[1]",
            Err("ARGOCD_APP_PARAMETERS[0]: `name` takes a parameter's name, not nothing"),
        );
        given(
            r#"[{"name":"crds"}]"#,
            Err("parameter crds: `crds` takes one of string, array or map, not none"),
        );
        given(
            r#"[{"name":"crds","string":"auto","array":[]}]"#,
            Err("parameter crds: `crds` takes one of string, array or map, not 2 of them"),
        );
        given(
            r#"[{"name":"crds","string":["auto"]}]"#,
            Err("parameter crds: `string` takes JSON of type string, not a list"),
        );
        given(
            r#"[{"name":"crds","array":["auto"]}]"#,
            Err("parameter crds: `crds` takes auto, always or never, not a list"),
        );
        given(
            r#"[{"name":"values-files","string":"a.yaml"}]"#,
            Err(
                "parameter values-files: `values-files` takes a list of texts that do not start with `-`, not a single text",
            ),
        );
        given(
            r#"[{"name":"crds","string":"sometimes"}]"#,
            Err("parameter crds: `crds` takes auto, always or never, not `sometimes`"),
        );
        given(
            r#"[{"name":"value-files","array":[]}]"#,
            Err(
                "parameter value-files: no setting is called `value-files`; did you mean `values-files`?",
            ),
        );
        given(
            r#"[{"name":"crds","string":"auto"},{"name":"crds","string":"auto"}]"#,
            Err("parameter crds: `crds` is given twice"),
        );
    }

    #[test]
    fn an_unknown_name_in_the_applications_env_is_an_error() {
        let env = |name| application_env(&Environment::from_iter([(name, "never")]));
        check(
            env("ARGOCD_ENV_GLINT_CRDS"),
            Ok(&["crds never ARGOCD_ENV_GLINT_CRDS"]),
        );
        check(env("ARGOCD_ENV_OTHER"), Ok(&[]));
        check(
            env("ARGOCD_ENV_GLINT_CRD"),
            Err("ARGOCD_ENV_GLINT_CRD: no setting is called `crd`; did you mean `crds`?"),
        );
        check(
            env("ARGOCD_ENV_GLINT_ALLOW_HOSTS"),
            Err(
                "ARGOCD_ENV_GLINT_ALLOW_HOSTS: `allow-hosts` can't be set here, only by the policy file, --allow-hosts or GLINT_ALLOW_HOSTS",
            ),
        );
        let empty = Environment::from_iter([("ARGOCD_ENV_GLINT_CRDS", "")]);
        check(application_env(&empty), Ok(&[]));
    }

    #[test]
    fn the_host_says_facts_and_keeps_quiet_about_secrets() {
        let environment = Environment::from_iter([
            ("ARGOCD_APP_NAME", "team_checkout"),
            ("ARGOCD_APP_NAMESPACE", ""),
            ("ARGOCD_APP_PROJECT_NAME", "shop"),
            ("ARGOCD_APP_REVISION", "731f00a"),
            (
                "ARGOCD_APP_SOURCE_REPO_URL",
                "https://bot:hunter2@git.example/shop",
            ),
            ("ARGOCD_APP_SOURCE_PATH", "apps/checkout"),
            ("KUBE_VERSION", "1.31.0"),
            ("KUBE_API_VERSIONS", "v1,apps/v1,apps/v1/Deployment"),
        ]);
        check(
            facts(&environment),
            Ok(&[
                "application team_checkout ARGOCD_APP_NAME",
                "project shop ARGOCD_APP_PROJECT_NAME",
                "source-repo https://git.example/shop ARGOCD_APP_SOURCE_REPO_URL",
                "source-path apps/checkout ARGOCD_APP_SOURCE_PATH",
                "kube-version 1.31.0 KUBE_VERSION",
                "api-versions v1,apps/v1,apps/v1/Deployment KUBE_API_VERSIONS",
            ]),
        );
    }
}
