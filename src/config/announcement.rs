//! The parameters that Argo CD's user interface offers for an Application.
//!
//! Shape: `ParameterAnnouncement` of reposerver/repository/repository.proto as
//! of Argo CD 3.6; all values are strings, lists or maps of strings. Argo CD
//! never sends an announced value back by itself, so that showing the values in
//! force changes nothing.

use serde_json::{Value, json};

use super::setting::{Announcement, Kind, Setting};
use super::settings::Settings;
use super::table::SETTINGS;

/// What `argocd parameters` prints: a JSON array, one parameter a line, whose
/// values are those in force.
pub(crate) fn announcement(settings: &Settings) -> String {
    let parameters: Vec<_> = SETTINGS
        .iter()
        .filter_map(|setting| Some((setting, setting.announcement?)))
        .map(|(setting, text)| format!("  {}", parameter(settings, setting, text)))
        .collect();
    format!("[\n{}\n]\n", parameters.join(",\n"))
}

fn parameter(settings: &Settings, setting: &Setting, text: Announcement) -> Value {
    let Announcement { title, tooltip } = text;
    // A stand-in for a secret could be taken for a value and sent back.
    let value = settings.value(setting.key);
    let value = value.map(|raw| raw.without_secrets(|_| None).to_json());
    let (shape, empty, item) = match setting.kind {
        Kind::List => ("array", json!([]), "string"),
        Kind::Map => ("map", json!({}), "string"),
        Kind::Bool => ("string", json!(""), "boolean"),
        Kind::Word(_)
        | Kind::Bytes
        | Kind::Duration
        | Kind::Count
        | Kind::Percent
        | Kind::Text
        | Kind::Path
        | Kind::Url
        | Kind::Secret
        | Kind::Pattern => ("string", json!(""), "string"),
    };
    json!({
        "name": setting.name,
        "title": title,
        "tooltip": tooltip,
        "itemType": item,
        "collectionType": shape,
        shape: value.unwrap_or(empty),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::announcement;
    use crate::cli::Cli;
    use crate::config::{Environment, Layers};

    #[test]
    fn the_announcement_is_what_argo_cd_shows() {
        let line = ["glint-gitops", "argocd", "parameters"];
        let cli = Cli::try_parse_from(line).unwrap();
        let nowhere = Path::new("/nowhere/policy.yaml");
        let layers = Layers::load(&cli, &Environment::default(), None, nowhere).unwrap();
        let settings = layers.resolve().unwrap();
        insta::assert_snapshot!(announcement(&settings), @r#"
        [
          {"collectionType":"string","itemType":"string","name":"dialect","string":"glint","title":"Dialect","tooltip":"glint: glint.io/v1 | port: getport.io/v1"},
          {"collectionType":"string","itemType":"string","name":"crds","string":"auto","title":"Glint's CRDs","tooltip":"auto: added where the application has entities and the cluster lacks them | always | never"},
          {"collectionType":"string","itemType":"string","name":"mapping","string":"configmap","title":"Mapping","tooltip":"configmap: one ConfigMap with the exporter's mapping is added | none"},
          {"collectionType":"string","itemType":"string","name":"mapping-style","string":"generic","title":"Mapping style","tooltip":"generic: one mapping for all blueprints | explicit: a block for each blueprint"},
          {"collectionType":"string","itemType":"boolean","name":"deliver","string":"true","title":"Deliver","tooltip":"false keeps this application's entities out of the catalog; true is the operator's"},
          {"collectionType":"string","itemType":"boolean","name":"allow-empty","string":"false","title":"Allow empty","tooltip":"accept an application without any object (a sync with prune then deletes all)"},
          {"collectionType":"string","itemType":"string","name":"max-deletions","string":"10","title":"Most deletions","tooltip":"how many entities of glint.lock a render may lose; no more than the operator's"},
          {"collectionType":"string","itemType":"string","name":"max-deletion-share","string":"10%","title":"Largest share of deletions","tooltip":"how much of a blueprint's entities in glint.lock, from 10 on, a render may lose; no more than the operator's"},
          {"collectionType":"string","itemType":"string","name":"fail-on","string":"never","title":"Fail on","tooltip":"findings of this severity or worse fail the render: never | info | warning | error"},
          {"collectionType":"string","itemType":"string","name":"renderer","string":"auto","title":"Renderer","tooltip":"auto: found out from the files | helm | kustomize | directory"},
          {"collectionType":"string","itemType":"string","name":"release-name","string":"","title":"Release name","tooltip":"Helm: the release's name; empty means the application's name"},
          {"collectionType":"string","itemType":"string","name":"namespace","string":"","title":"Namespace","tooltip":"Helm: the release's namespace; empty means the destination's"},
          {"array":[],"collectionType":"array","itemType":"string","name":"values-files","title":"Values files","tooltip":"Helm: files inside the repository, the last one wins"},
          {"collectionType":"map","itemType":"string","map":{},"name":"parameters","title":"Parameters","tooltip":"Helm: names and values as `helm --set` takes them"},
          {"collectionType":"string","itemType":"string","name":"kube-version","string":"","title":"Kubernetes version","tooltip":"Helm: what a chart is told; empty means the cluster's"},
          {"array":[],"collectionType":"array","itemType":"string","name":"api-versions","title":"API versions","tooltip":"Helm: what a chart is told; empty means the cluster's"},
          {"collectionType":"string","itemType":"boolean","name":"recurse","string":"false","title":"Recurse","tooltip":"plain directory: read what is below, too"},
          {"collectionType":"string","itemType":"string","name":"include","string":"","title":"Include","tooltip":"plain directory: a glob; only files that match are read"},
          {"collectionType":"string","itemType":"string","name":"exclude","string":"","title":"Exclude","tooltip":"plain directory: a glob; files that match are not read"},
          {"collectionType":"string","itemType":"string","name":"timeout","string":"40s","title":"Timeout","tooltip":"the render's own deadline, such as 20s; no longer than the operator's"}
        ]
        "#);
    }
}
