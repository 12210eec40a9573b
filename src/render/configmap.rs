//! The ConfigMap that carries an application's fragment of the mapping.
//!
//! One for each application and source that has entities, so that the mapping
//! arrives and leaves with them. It holds names (`fragment.json`), the ready
//! mapping for people and CI (`mapping.yaml`), and the findings without places
//! and values (`findings.json`).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::annotate::Provenance;
use crate::catalog::Entity;
use crate::exporter::{self, FRAGMENT_LIMIT, Fragment, Style};
use crate::finding::{Finding, Severity};
use crate::manifest::{Object, json_line, quote};
use crate::validate::SUBSTITUTE;

/// The label by which a controller or a script finds all fragments.
pub(crate) const FRAGMENT_LABEL: &str = "gitops.glint.io/fragment";
/// What a ConfigMap's name may have in Kubernetes, as a label too.
const NAME_LIMIT: usize = 63;
const DIGEST_DIGITS: usize = 8;

/// The fragment's ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FragmentMap {
    pub(super) name: String,
    /// That of the first entity which states one.
    pub(super) namespace: Option<String>,
    data: Vec<(&'static str, String)>,
}

impl FragmentMap {
    /// Makes the ConfigMap; a finding says what did not fit.
    pub(super) fn new(
        name: String,
        namespace: Option<String>,
        style: Style,
        fragment: &Fragment,
        findings: &[Finding],
    ) -> (Option<Self>, Option<Finding>) {
        let names = fragment.to_json();
        let mapping = exporter::mapping(style, fragment).to_yaml();
        let findings = findings_json(findings);
        let parts = [
            ("fragment.json", names),
            ("mapping.yaml", mapping),
            ("findings.json", findings),
        ];
        let mut data = Vec::new();
        let mut size = 0;
        for (key, text) in parts {
            size += text.len();
            if size > FRAGMENT_LIMIT {
                let whole = data.is_empty();
                let map = (!whole).then_some(Self {
                    name,
                    namespace,
                    data,
                });
                return (map, Some(too_large(key)));
            }
            data.push((key, text));
        }
        let map = Self {
            name,
            namespace,
            data,
        };
        (Some(map), None)
    }

    /// Whether an object of the stream is this very ConfigMap, from an earlier
    /// render.
    pub(super) fn is(&self, object: &Object<'_>) -> bool {
        is_fragment(object) && object.name() == self.name
    }

    pub(super) fn yaml(&self) -> String {
        let Self {
            name,
            namespace,
            data,
        } = self;
        let mut yaml = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n");
        if let Some(namespace) = namespace {
            yaml.push_str(&format!("  namespace: {}\n", quote(namespace)));
        }
        yaml.push_str(&format!("  labels:\n    {FRAGMENT_LABEL}: \"true\"\n"));
        yaml.push_str(&format!(
            "  annotations:\n    {SUBSTITUTE}: disabled\ndata:\n"
        ));
        for (key, text) in data {
            yaml.push_str(&format!("  {key}: |\n"));
            for line in text.lines() {
                yaml.push_str(&format!("    {line}\n"));
            }
        }
        yaml
    }

    /// The ConfigMap on one line.
    pub(super) fn json(&self) -> String {
        json_line(&self.value())
    }

    /// What Go reads from either text.
    pub(super) fn value(&self) -> Value {
        let Self {
            name,
            namespace,
            data,
        } = self;
        let mut metadata = json!({
            "name": name,
            "labels": { FRAGMENT_LABEL: "true" },
            "annotations": { SUBSTITUTE: "disabled" },
        });
        if let Some(namespace) = namespace {
            metadata["namespace"] = Value::from(namespace.as_str());
        }
        let texts = data.iter().map(|(key, text)| {
            let lines: String = text.lines().map(|line| format!("{line}\n")).collect();
            ((*key).to_owned(), Value::from(lines))
        });
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": texts.collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// Whether an object is a fragment's ConfigMap, of whatever application.
pub(super) fn is_fragment(object: &Object<'_>) -> bool {
    object.api_version() == "v1"
        && object.kind() == "ConfigMap"
        && object.label(FRAGMENT_LABEL) == Some("true")
}

/// A name that no other application, source or path has.
///
/// The digits are those of application, source and path; where not even the
/// application is known, those of what is declared.
pub(super) fn name(provenance: &Provenance, entities: &[&Entity]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update(part.as_bytes());
        hash.update([0]);
    };
    let application = match &provenance.application {
        Some(application) => {
            add(application);
            add(provenance.source_repo.as_deref().unwrap_or_default());
            add(provenance.source_path.as_deref().unwrap_or_default());
            application.as_str()
        }
        None => {
            let mut keys: Vec<String> = entities
                .iter()
                .map(|entity| format!("{}/{}/{}", entity.kind, entity.blueprint, entity.identifier))
                .collect();
            keys.sort();
            keys.iter().for_each(|key| add(key));
            "stream"
        }
    };
    let digest = hash.finalize();
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let digits = &digits[..DIGEST_DIGITS];
    let label = dns_label(application, NAME_LIMIT - "glint-".len() - 1 - DIGEST_DIGITS);
    format!("glint-{label}-{digits}")
}

/// The text with what a DNS label takes: `_` of `<namespace>_<name>` and
/// whatever else becomes `-`.
fn dns_label(text: &str, limit: usize) -> String {
    let plain: String = text
        .chars()
        .map(|found| found.to_ascii_lowercase())
        .map(|found| {
            if found.is_ascii_alphanumeric() {
                found
            } else {
                '-'
            }
        })
        .take(limit)
        .collect();
    let trimmed = plain.trim_matches('-');
    if trimmed.is_empty() {
        "application".to_owned()
    } else {
        trimmed.to_owned()
    }
}

/// Rule, severity, object and field of each finding: no place, which would
/// change with a comment, and no message, which may quote a value.
fn findings_json(findings: &[Finding]) -> String {
    let rows = findings.iter().map(|finding| {
        let Finding {
            rule,
            severity,
            message: _,
            help: _,
            location: _,
            resource,
            field,
        } = finding;
        json!({
            "rule": rule,
            "severity": severity.as_str(),
            "resource": resource.as_ref().map(ToString::to_string),
            "field": field.as_ref().map(ToString::to_string),
        })
    });
    json_line(&Value::Array(rows.collect()))
}

fn too_large(key: &str) -> Finding {
    let limit = FRAGMENT_LIMIT / 1024;
    Finding::new(
        "fragment-too-large",
        Severity::Warning,
        format!("`{key}` is left out: with it the mapping's ConfigMap would exceed {limit} KiB"),
    )
    .with_help(
        "declare the entities in more than one application, or use `--mapping-style generic`",
    )
}

#[cfg(test)]
mod tests {
    use super::{dns_label, name};
    use crate::render::Provenance;

    fn provenance(application: &str, path: &str) -> Provenance {
        Provenance {
            application: Some(application.to_owned()),
            source_path: Some(path.to_owned()),
            ..Provenance::default()
        }
    }

    #[test]
    fn two_paths_of_one_application_have_two_names() {
        let first = name(&provenance("shop", "a"), &[]);
        let second = name(&provenance("shop", "b"), &[]);
        assert_ne!(first, second);
        assert!(
            first.starts_with("glint-shop-") && first.len() == 19,
            "{first}"
        );
    }

    #[test]
    fn a_name_is_valid_whatever_the_application_is_called() {
        assert_eq!(dns_label("Team_A.Shop", 48), "team-a-shop");
        assert_eq!(dns_label("--", 48), "application");
        let long = name(&provenance(&"x".repeat(100), ""), &[]);
        assert_eq!(long.len(), 63);
    }
}
