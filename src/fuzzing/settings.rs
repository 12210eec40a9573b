//! Settings of every source that a person, or a host, writes.

use crate::config::{Environment, Format, Layers};

/// What no message and no listing may hold.
const SECRET: &str = "canary-4711";

/// The settings of `POLICY\0REPOSITORY\0PARAMETERS\0VARIABLES\0FUNCTION` (the files'
/// YAML, Argo CD's JSON, lines of `NAME=value`, the `functionConfig`'s JSON) are
/// an error or complete; neither shows a secret.
pub fn settings(bytes: &[u8]) {
    if String::from_utf8_lossy(bytes).contains(SECRET) {
        return;
    }
    let texts = super::parts::<5>(bytes).map(String::from_utf8_lossy);
    let [policy, repository, parameters, variables, function] = &texts;
    let secret_url = format!("https://user:{SECRET}@example.com/shop");
    let environment = variables
        .lines()
        .filter_map(|line| line.split_once('='))
        .chain([
            ("ARGOCD_APP_NAME", "shop"),
            ("ARGOCD_APP_PARAMETERS", parameters),
            ("ARGOCD_APP_SOURCE_REPO_URL", &secret_url),
            ("GLINT_CLIENT_SECRET", SECRET),
        ]);
    let environment = Environment::from_iter(environment);
    let layers = Layers::of_texts(policy, repository, &environment);
    let function = serde_json::from_str(function).unwrap_or_default();
    let settings = layers
        .and_then(|layers| layers.with_function(&function))
        .and_then(|layers| layers.resolve());
    match settings {
        Ok(settings) => {
            for format in [Format::Text, Format::Json] {
                assert!(!settings.show(format).contains(SECRET));
            }
        }
        Err(error) => {
            let message = error.to_string();
            assert!(!message.contains(SECRET), "{message}");
            super::check_message(&message);
        }
    }
}
