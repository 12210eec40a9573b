//! Discovery, and what else an API server says about itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::kind::Kind;
use super::store::Store;

/// The answer to a path that is about no kind.
pub(super) fn answer(store: &Store, path: &str) -> Option<Value> {
    let kinds = store.collections.iter().filter(|it| it.is_served);
    let kinds: Vec<Kind> = kinds.map(|it| it.kind).collect();
    let segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
    match segments.as_slice() {
        ["healthz" | "livez" | "readyz"] => Some("ok".into()),
        ["version"] => Some(json!({
            "major": "1", "minor": "37", "gitVersion": "v1.37.2", "platform": "linux/amd64",
            "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-11-23T10:00:00Z",
            "goVersion": "go1.27.4", "compiler": "gc",
        })),
        ["api"] => Some(json!({
            "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [],
        })),
        ["apis"] => Some(json!({
            "kind": "APIGroupList", "apiVersion": "v1", "groups": groups(&kinds),
        })),
        ["apis", group] => {
            let groups = groups(&kinds);
            groups
                .into_iter()
                .find(|it| it["name"] == *group)
                .map(typed)
        }
        ["api", version] => resources(&kinds, "", version),
        ["apis", group, version] => resources(&kinds, group, version),
        _ => None,
    }
}

/// A group that stands for itself says what it is.
fn typed(mut group: Value) -> Value {
    group["kind"] = "APIGroup".into();
    group["apiVersion"] = "v1".into();
    group
}

fn groups(kinds: &[Kind]) -> Vec<Value> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for kind in kinds.iter().filter(|kind| !kind.group.is_empty()) {
        let versions = groups.entry(kind.group).or_default();
        if !versions.contains(&kind.version) {
            versions.push(kind.version);
        }
    }
    let groups = groups.into_iter().map(|(group, versions)| {
        let version = |version: &&str| {
            json!({"groupVersion": format!("{group}/{version}"), "version": version})
        };
        let versions: Vec<Value> = versions.iter().map(version).collect();
        json!({"name": group, "preferredVersion": versions[0], "versions": versions})
    });
    groups.collect()
}

fn resources(kinds: &[Kind], group: &str, version: &str) -> Option<Value> {
    let kinds = kinds
        .iter()
        .filter(|it| it.group == group && it.version == version);
    let resources: Vec<Value> = kinds.flat_map(resource).collect();
    let group_version = match group {
        "" => version.to_owned(),
        group => format!("{group}/{version}"),
    };
    (!resources.is_empty()).then(|| {
        json!({
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": group_version, "resources": resources,
        })
    })
}

/// A kind, and its subresource.
fn resource(kind: &Kind) -> Vec<Value> {
    let whole = json!({
        "name": kind.plural, "singularName": kind.kind.to_lowercase(),
        "namespaced": kind.is_namespaced, "kind": kind.kind,
        "verbs": [
            "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
        ],
    });
    let status = json!({
        "name": format!("{}/status", kind.plural), "singularName": "",
        "namespaced": kind.is_namespaced, "kind": kind.kind,
        "verbs": ["get", "patch", "update"],
    });
    match kind.has_status {
        true => vec![whole, status],
        false => vec![whole],
    }
}
