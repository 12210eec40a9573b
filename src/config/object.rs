//! What a `GlintRender` says of its render: facts that the cluster states, and
//! what its author chose.
//!
//! Untrusted is what its author chose: who may write the object may be a tenant.
//! Invariant: a field of the object's `spec` sets the setting of its name and no
//! other, and only where the table lets a `GlintRender` set it.

use serde_json::{Map, Value};

use super::assignment::Assignment;
use super::error::SettingsError;
use super::setting::{Origin, Source};
use super::value::Given;

/// What one object says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'a> {
    /// What the object is called in messages: `GlintRender shop/checkout`.
    pub object: &'a str,
    /// The facts, by the names of settings.
    pub facts: &'a [(&'static str, String)],
    /// The fields of `spec` that are settings, as they are written there:
    /// `mappingStyle`.
    pub chosen: &'a Map<String, Value>,
}

/// The settings of an object.
pub(super) fn assignments(said: Said<'_>) -> Result<Vec<Assignment>, SettingsError> {
    let facts = said.facts.iter().map(|(name, value)| {
        let origin = Origin::new(Source::Host, said.object);
        Assignment::named(name, &Given::Text(value.clone()), origin)
    });
    let chosen = said.chosen.iter().map(|(field, value)| {
        let origin = Origin::new(Source::Object, format!("spec.{field}"));
        Assignment::named(&setting(field), &Given::from_json(value), origin)
    });
    facts.chain(chosen).collect()
}

/// The setting that a field is called after: `mapping-style` for `mappingStyle`.
fn setting(field: &str) -> String {
    let mut name = String::new();
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{Said, setting};
    use crate::config::{HostSetting, Layers, MappingStyle, Settings};

    fn settings(chosen: &Value) -> Result<Settings, String> {
        let facts = [
            ("host", "flux".to_owned()),
            ("application", "checkout".to_owned()),
            ("namespace", "shop".to_owned()),
            (
                "source-repo",
                "https://user:pw@git.example.com/shop".to_owned(),
            ),
        ];
        let chosen: Map<String, Value> = chosen.as_object().cloned().unwrap_or_default();
        let said = Said {
            object: "GlintRender shop/checkout",
            facts: &facts,
            chosen: &chosen,
        };
        let layers = Layers::default().with_object(said, None);
        layers
            .and_then(|layers| layers.resolve())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_cluster_states_facts_and_the_author_chooses() {
        let settings = settings(&json!({"mappingStyle": "explicit", "deliver": false})).unwrap();
        assert_eq!(settings.host, Some(HostSetting::Flux));
        assert_eq!(settings.application.as_deref(), Some("checkout"));
        assert_eq!(settings.claimant.namespace.as_deref(), Some("shop"));
        assert_eq!(
            settings.source_repo.as_deref(),
            Some("https://git.example.com/shop")
        );
        assert_eq!(settings.mapping_style, MappingStyle::Explicit);
        assert!(!settings.deliver);
    }

    #[track_caller]
    fn fails(chosen: &Value, expected: &str) {
        assert_eq!(settings(chosen).unwrap_err(), expected);
    }

    #[test]
    fn the_author_keeps_to_what_any_tenant_may_set() {
        fails(
            &json!({"timeout": "1h"}),
            "spec.timeout: `timeout` can only be shortened here: `1h` is longer than 5m (built-in)",
        );
        fails(
            &json!({"kustomizePath": "/tmp/kustomize"}),
            "spec.kustomizePath: `kustomize-path` can't be set here, only by the policy file, --kustomize-path or GLINT_KUSTOMIZE_PATH",
        );
        fails(
            &json!({"application": "other"}),
            "spec.application: `application` can't be set here, only by --application or GLINT_APPLICATION",
        );
    }

    #[test]
    fn a_field_is_called_like_its_setting() {
        assert_eq!(setting("mappingStyle"), "mapping-style");
        assert_eq!(setting("crds"), "crds");
    }
}
