//! The kind `GlintRender`: what a team asks for, and what became of it.
//!
//! The CRD in `flux/render` is printed from these types, descriptions included; a test
//! holds the two equal. Field names and condition types are Flux's where Flux has them.
//! Not for what is done with an object. With `cluster` the only file that names the
//! crate `kube`, and only its derive macros.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An `ExternalArtifact` of the same name, made of a source of Flux's with Glint's part
/// added, for a Kustomization to apply.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[kube(
    group = "gitops.glint.io",
    version = "v1alpha1",
    kind = "GlintRender",
    plural = "glintrenders",
    namespaced,
    status = "GlintRenderStatus",
    derive = "PartialEq",
    category = "all",
    category = "fluxcd",
    doc = "GlintRender makes an ExternalArtifact of its own name from a source of Flux's, with Glint's part added: CRDs, annotated entities and the exporter's mapping. A Kustomization whose sourceRef names that ExternalArtifact applies it, with path: ./",
    annotation("kustomize.toolkit.fluxcd.io/prune", "disabled"),
    annotation("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Status","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#,
    printcolumn = r#"{"name":"Source","type":"string","jsonPath":".spec.sourceRef.name","priority":1}"#,
    printcolumn = r#"{"name":"Revision","type":"string","jsonPath":".status.originRevision"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GlintRenderSpec {
    /// The source of Flux's that is rendered, in this object's namespace.
    pub source_ref: SourceRef,
    /// The directory in the source, such as `./deploy/shop`. The whole source by
    /// default.
    #[serde(default = "root")]
    #[x_kube(validation = ("!self.startsWith('/') && !self.matches('(^|/)[.][.](/|$)')", "path stays below the source: it is relative and has no '..'"))]
    #[schemars(length(max = 1024))]
    pub path: String,
    /// How the artifact is made. `build` runs kustomize here, as Flux would, and adds
    /// Glint's part to the result. `augment` leaves the source as it is and adds a
    /// kustomize Component to it, so that Flux itself builds: for what it alone can
    /// build, such as files encrypted with SOPS.
    #[serde(default)]
    pub mode: Mode,
    /// How often the source, the result and what is stored are compared. A new revision
    /// of the source does not wait for it.
    #[serde(default = "interval")]
    #[x_kube(validation = ("duration(self) >= duration('10s')", "interval is at least 10s"))]
    #[schemars(length(max = 32), regex(pattern = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"))]
    pub interval: String,
    /// The longest that one render may take, no longer than the operator allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), regex(pattern = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"))]
    pub timeout: Option<String>,
    /// Nothing is rendered while this is true; the last artifact is still served.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspend: bool,
    /// Whether Glint's CRDs are added: `auto` where there are entities, `always` or
    /// `never`. The operator's policy may decide it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crds: Option<Crds>,
    /// Where the exporter's mapping goes: into a ConfigMap (`configmap`), or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<MappingPlace>,
    /// One mapping for all blueprints (`generic`), or a block for each (`explicit`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping_style: Option<Style>,
    /// `false` keeps these entities out of the catalog, as for a preview environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<bool>,
    /// Whether a result without any object is accepted: a Kustomization that prunes
    /// then deletes all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_empty: Option<bool>,
    /// The catalog's API group: `glint` for glint.io, `port` for getport.io.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<CatalogDialect>,
}

/// A source of Flux's.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceRef {
    /// The source's API version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = ("self.startsWith('source.toolkit.fluxcd.io/')", "a source is of the group source.toolkit.fluxcd.io"))]
    #[schemars(length(max = 64))]
    pub api_version: Option<String>,
    /// The source's kind.
    pub kind: SourceKind,
    /// The source's name: one that an object of Kubernetes' can have (RFC 1123).
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
    )]
    pub name: String,
}

/// The kinds of sources.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema,
)]
pub(crate) enum SourceKind {
    GitRepository,
    #[serde(rename = "OCIRepository")]
    OciRepository,
    Bucket,
}

/// How an artifact is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    #[default]
    Build,
    Augment,
}

/// Whether CRDs are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Crds {
    Auto,
    Always,
    Never,
}

/// Where the mapping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MappingPlace {
    ConfigMap,
    None,
}

/// How the mapping is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Style {
    Generic,
    Explicit,
}

/// Whose entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CatalogDialect {
    Glint,
    Port,
}

/// What became of a GlintRender.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GlintRenderStatus {
    /// The generation of the spec that the conditions are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Ready`, and while they are true `Reconciling` and `Stalled`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The last artifact that was made, as the ExternalArtifact of this name has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Artifact>,
    /// The source's revision that the artifact was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_revision: Option<String>,
    /// Tells apart what artifacts are made of: the source's artifact, this object's
    /// spec, and the program that renders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_inputs: Option<String>,
    /// How many entities the artifact holds; with mode `augment` those that are in
    /// sight before Flux builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entities: Option<i64>,
    /// The last value of the annotation reconcile.fluxcd.io/requestedAt that was
    /// answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// The same for the annotation on the ExternalArtifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_artifact_reconcile_at: Option<String>,
}

/// A condition, as Kubernetes has it (`metav1.Condition`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Condition {
    /// Which condition.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// The generation of the spec that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When its status changed last.
    #[schemars(extend("format" = "date-time"))]
    pub last_transition_time: String,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
}

/// An artifact, as Flux's sources have it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Artifact {
    /// Where it is fetched.
    pub url: String,
    /// Where it is stored.
    pub path: String,
    /// Which it is: of the source's revision what people know, and the content.
    pub revision: String,
    /// Its bytes' digest.
    pub digest: String,
    /// When it was made.
    #[schemars(extend("format" = "date-time"))]
    pub last_update_time: String,
    /// Its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// What else is known of it, the source's revision among it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

fn root() -> String {
    "./".to_owned()
}

/// Longer than Flux's usual one, as a new revision does not wait for it.
fn interval() -> String {
    "1h".to_owned()
}

impl SourceKind {
    pub(crate) const ALL: [Self; 3] = [Self::GitRepository, Self::OciRepository, Self::Bucket];

    /// As `kind` has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::GitRepository => "GitRepository",
            Self::OciRepository => "OCIRepository",
            Self::Bucket => "Bucket",
        }
    }
}

#[cfg(test)]
mod tests {
    use kube::CustomResourceExt;
    use serde_json::{Value, json};

    use super::GlintRender;

    const SHIPPED: &str = include_str!("../../../flux/render/glintrenders.yaml");

    /// `GLINT_WRITE_CRD=1 cargo test` writes the file instead.
    #[test]
    fn the_crd_that_is_shipped_is_the_one_of_the_types() {
        let crd = serde_json::to_value(GlintRender::crd()).unwrap();
        let printed = yaml(&crd);
        if std::env::var_os("GLINT_WRITE_CRD").is_some() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/flux/render");
            std::fs::write(format!("{folder}/glintrenders.yaml"), &printed).unwrap();
            return;
        }
        assert!(SHIPPED == printed, "the CRD has changed:\n{printed}");
    }

    #[test]
    fn a_source_is_named_as_kubernetes_names_objects() {
        let crd = serde_json::to_value(GlintRender::crd()).unwrap();
        let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        let name = &spec["properties"]["sourceRef"]["properties"]["name"];
        let pattern = regex::Regex::new(name["pattern"].as_str().unwrap()).unwrap();
        for name in ["shop", "0-a", "shop.v2", "a--b", "s"] {
            assert!(pattern.is_match(name), "{name}");
        }
        for name in [
            "", "Shop", "a/b", "..", "../b", "-a", "a-", "a..b", ".a", "a_b", "a\n",
        ] {
            assert!(!pattern.is_match(name), "{name}");
        }
    }

    /// Plain YAML: what is no plain word is quoted, and a description is one line.
    fn yaml(value: &Value) -> String {
        let mut text = String::from(
            "# The CRD of GlintRender, printed from src/controller/render/resource.rs: a test\n# there tells how.\n",
        );
        write(value, 0, &mut text);
        text
    }

    fn write(value: &Value, indent: usize, text: &mut String) {
        let pad = "  ".repeat(indent);
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    text.push_str(&format!("{pad}{}:", scalar(&json!(key))));
                    nested(member, indent, text);
                }
            }
            Value::Array(items) => {
                for item in items {
                    let mut inner = String::new();
                    write(item, indent + 1, &mut inner);
                    text.push_str(&format!("{pad}- {}", inner.trim_start()));
                }
            }
            other => text.push_str(&format!("{pad}{}\n", scalar(other))),
        }
    }

    fn nested(value: &Value, indent: usize, text: &mut String) {
        match value {
            Value::Object(members) if members.is_empty() => text.push_str(" {}\n"),
            Value::Array(items) if items.is_empty() => text.push_str(" []\n"),
            Value::Object(_) => {
                text.push('\n');
                write(value, indent + 1, text);
            }
            Value::Array(_) => {
                text.push('\n');
                write(value, indent, text);
            }
            other => text.push_str(&format!(" {}\n", scalar(other))),
        }
    }

    fn scalar(value: &Value) -> String {
        let Value::String(words) = value else {
            return value.to_string();
        };
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/.-_".contains(letter);
        let is_word = words.starts_with(|it: char| it.is_ascii_alphabetic())
            && words.chars().all(is_plain)
            && !["true", "false", "null", "y", "n", "yes", "no", "on", "off"]
                .contains(&words.as_str());
        match is_word {
            true => words.clone(),
            false => crate::manifest::quote(&words.replace('\n', " ")),
        }
    }
}
