//! Which objects a block's `kind` means, without a cluster.
//!
//! The exporter asks the cluster's discovery (pkg/k8s/resource.go of
//! port-k8s-exporter v0.7.9) by the rule of `ResourcesFor` in
//! k8s.io/apimachinery `pkg/api/meta/restmapper.go`: group and version as they
//! are, the resource in any case, plural or singular; without a group every
//! group matches, the core group first. What discovery would say is taken from
//! the CRDs in the stream, from Glint's own, from Kubernetes' built-in kinds,
//! and for other objects of the stream from the rule by which kinds are made
//! plural. What none of these tell is not guessed: the exporter skips a kind
//! that it can't resolve, and then deletes what it owns of it.

mod known;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::catalog::{Dialect, EntityKind};
use known::{built_in, guess};

/// What is known of the cluster that a stream is for.
#[derive(Clone, Debug)]
pub(crate) struct Kinds {
    resources: Vec<Resource>,
}

/// A kind in one version, and the names by which a block may call it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Resource {
    kind: Kind,
    /// Plural and singular, in small letters.
    names: BTreeSet<String>,
}

/// A kind in one version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    /// Empty for the core group.
    pub group: String,
    /// `v1`.
    pub version: String,
    /// `Deployment`.
    pub kind: String,
}

/// Why nobody can say here which kind is meant: a clause about the block's
/// `kind`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unresolved {
    /// Discovery refuses it, whatever the cluster has.
    #[error("is no `group/version/resource`: the exporter skips the block")]
    Malformed,
    /// Nothing here tells that a cluster has it.
    #[error(
        "is neither built into Kubernetes nor in the stream; where the cluster lacks it too, \
         the exporter skips the block and deletes its entities"
    )]
    Unknown,
    /// Several kinds have the name, and the order of the cluster's discovery
    /// decides.
    #[error("names no group, and {0} kinds are called so")]
    Ambiguous(usize),
}

impl Kinds {
    /// What the objects of a stream tell, besides what is known anyway.
    pub(crate) fn of(objects: &[&Value], dialect: Dialect) -> Self {
        Self::told(objects, built_in().chain(ours(dialect)))
    }

    /// What a cluster serves that holds these objects and no others: our kinds, too,
    /// only where their CRDs or objects are among them.
    #[cfg(feature = "catalog")]
    pub(crate) fn of_cluster(objects: &[&Value]) -> Self {
        Self::told(objects, built_in())
    }

    /// What the discovery of a cluster says, and nothing else: each kind with its plural
    /// and its singular.
    #[cfg(any(feature = "controller", all(feature = "catalog", test)))]
    pub(crate) fn served(kinds: impl IntoIterator<Item = (Kind, [String; 2])>) -> Self {
        let resources = kinds.into_iter().map(|(kind, names)| Resource {
            kind,
            names: names.into(),
        });
        let resources: BTreeSet<Resource> = resources.collect();
        Self {
            resources: resources.into_iter().collect(),
        }
    }

    /// The same with what these CRDs define.
    #[cfg(feature = "catalog")]
    pub(crate) fn with_crds<'v>(&self, crds: impl Iterator<Item = &'v Value>) -> Self {
        let known: BTreeSet<&Resource> = self.resources.iter().collect();
        let new = crds.flat_map(of_crd).filter(|it| !known.contains(it));
        let new: BTreeSet<Resource> = new.collect();
        Self {
            resources: self.resources.iter().cloned().chain(new).collect(),
        }
    }

    /// Takes away all versions of a kind.
    #[cfg(feature = "catalog")]
    pub(crate) fn lose(&mut self, group: &str, kind: &str) {
        self.resources
            .retain(|it| it.kind.group != group || it.kind.kind != kind);
    }

    fn told(objects: &[&Value], known: impl Iterator<Item = Resource>) -> Self {
        let mut resources: BTreeSet<Resource> = known.collect();
        let crds = objects.iter().filter(|object| is_crd(object));
        let of_crds: Vec<Resource> = crds.flat_map(|crd| of_crd(crd)).collect();
        let defined: BTreeSet<(String, String)> = of_crds
            .iter()
            .map(|resource| (resource.kind.group.clone(), resource.kind.kind.clone()))
            .collect();
        let guessed = objects
            .iter()
            .filter_map(|object| Kind::of(object))
            .filter(|kind| {
                // A CRD of the stream knows better than any guess.
                !defined.contains(&(kind.group.clone(), kind.kind.clone()))
            });
        let guessed: BTreeSet<Kind> = guessed.collect();
        resources.extend(of_crds);
        resources.extend(guessed.into_iter().map(guess));
        Self {
            resources: resources.into_iter().collect(),
        }
    }

    /// Whether a kind is served in this version.
    #[cfg(feature = "catalog")]
    pub(crate) fn serves(&self, kind: &Kind) -> bool {
        self.resources.iter().any(|resource| resource.kind == *kind)
    }

    /// The kind that a block's `kind` means.
    pub(crate) fn resolve(&self, text: &str) -> Result<Kind, Unresolved> {
        let parts: Vec<&str> = text.splitn(3, '/').collect();
        let (group, version, name) = match parts.as_slice() {
            [group, version, name] => (*group, *version, name.to_lowercase()),
            [version, name] => ("", *version, name.to_lowercase()),
            _ => return Err(Unresolved::Malformed),
        };
        if name.is_empty() || name.contains('/') || version.is_empty() {
            return Err(Unresolved::Malformed);
        }
        let matching = self.resources.iter().filter(|resource| {
            let of_group = group.is_empty() || resource.kind.group == group;
            of_group && resource.kind.version == version && resource.names.contains(&name)
        });
        let kinds: BTreeSet<&Kind> = matching.map(|resource| &resource.kind).collect();
        // Sorted by group, so that the core group's stands first.
        match kinds.iter().collect::<Vec<_>>().as_slice() {
            [] => Err(Unresolved::Unknown),
            [first, ..] if group.is_empty() && first.group.is_empty() => Ok((**first).clone()),
            [only] => Ok((**only).clone()),
            several => Err(Unresolved::Ambiguous(several.len())),
        }
    }
}

impl Kind {
    /// What an object says that it is, if it says so.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let api_version = object.get("apiVersion")?.as_str()?;
        let kind = object.get("kind")?.as_str()?;
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        (!kind.is_empty() && !version.is_empty()).then(|| Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        })
    }

    /// Whether the other is the same kind in another version.
    pub(crate) fn is_version_of(&self, other: &Self) -> bool {
        self.group == other.group && self.kind == other.kind && self.version != other.version
    }

    /// `apps/v1`, or `v1` for the core group.
    pub(crate) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }
}

/// Our kinds: whoever sends entities of a dialect has their CRDs.
fn ours(dialect: Dialect) -> impl Iterator<Item = Resource> {
    EntityKind::ALL.into_iter().map(move |kind| Resource {
        names: [kind.plural().to_owned(), kind.as_str().to_lowercase()].into(),
        kind: Kind {
            group: dialect.group().to_owned(),
            version: "v1".to_owned(),
            kind: kind.as_str().to_owned(),
        },
    })
}

fn is_crd(object: &Value) -> bool {
    Kind::of(object).is_some_and(|kind| {
        kind.group == "apiextensions.k8s.io" && kind.kind == "CustomResourceDefinition"
    })
}

/// One resource for each version that a CRD serves.
fn of_crd(crd: &Value) -> Vec<Resource> {
    let spec = &crd["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&spec["names"]["kind"]);
    let singular = match text(&spec["names"]["singular"]).as_str() {
        // The API server's default.
        "" => kind.to_lowercase(),
        singular => singular.to_owned(),
    };
    let versions = spec["versions"].as_array().into_iter().flatten();
    versions
        .filter(|version| version["served"] == true)
        .map(|version| Resource {
            kind: Kind {
                group: text(&spec["group"]),
                version: text(&version["name"]),
                kind: kind.clone(),
            },
            names: [text(&spec["names"]["plural"]), singular.clone()].into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Kinds;
    use crate::catalog::Dialect;

    fn stream() -> Vec<Value> {
        vec![
            json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject"}),
            json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway"}),
            json!({"apiVersion": "example.com/v1", "kind": "Relay"}),
            json!({"apiVersion": "other.com/v1", "kind": "Relay"}),
            json!({"apiVersion": "example.com/v1", "kind": "Fish"}),
            json!({"apiVersion": "example.com/v1beta1", "kind": "Fish"}),
            json!({"apiVersion": "example.com/v2", "kind": "Widget"}),
            json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "spec": {
                    "group": "example.com", "names": {"kind": "Fish", "plural": "fish"},
                    "versions": [
                        {"name": "v1", "served": true},
                        {"name": "v1beta1", "served": false},
                    ],
                },
            }),
        ]
    }

    #[track_caller]
    fn check(kind: &str, expected: &str) {
        let stream = stream();
        let objects: Vec<&Value> = stream.iter().collect();
        let resolved = Kinds::of(&objects, Dialect::Port).resolve(kind);
        let actual = match resolved {
            Ok(kind) => format!("{} {}", kind.api_version(), kind.kind),
            Err(error) => error.to_string(),
        };
        assert_eq!(actual, expected, "{kind}");
    }

    #[test]
    fn a_resource_is_plural_or_singular_in_any_case() {
        check("apps/v1/deployments", "apps/v1 Deployment");
        check("apps/v1/Deployment", "apps/v1 Deployment");
        check(
            "getport.io/v1/ClusterEntities",
            "getport.io/v1 ClusterEntity",
        );
        check("getport.io/v1/entity", "getport.io/v1 Entity");
        check(
            "argoproj.io/v1alpha1/appproject",
            "argoproj.io/v1alpha1 AppProject",
        );
        check("v1/endpoints", "v1 Endpoints");
        check(
            "networking.k8s.io/v1/networkpolicies",
            "networking.k8s.io/v1 NetworkPolicy",
        );
    }

    #[test]
    fn an_irregular_plural_is_known() {
        check(
            "gateway.networking.k8s.io/v1/gateways",
            "gateway.networking.k8s.io/v1 Gateway",
        );
        check("example.com/v1/relays", "example.com/v1 Relay");
        check("example.com/v1/fish", "example.com/v1 Fish");
    }

    #[test]
    fn without_a_group_every_group_matches_the_core_group_first() {
        check("v1/pods", "v1 Pod");
        check("v1/events", "v1 Event");
        check("v1/deployments", "apps/v1 Deployment");
        check("v1/entities", "getport.io/v1 Entity");
        check("v1/relays", "names no group, and 2 kinds are called so");
    }

    #[test]
    fn what_nothing_tells_is_not_guessed() {
        let unknown = "is neither built into Kubernetes nor in the stream; where the cluster \
                       lacks it too, the exporter skips the block and deletes its entities";
        check("apps/v1/deploy", unknown);
        check("apps/v1beta1/deployments", unknown);
        check("Apps/v1/deployments", unknown);
        check("example.com/v1beta1/fish", unknown);
        check("example.com/v1/widgets", unknown);
        let malformed = "is no `group/version/resource`: the exporter skips the block";
        check("deployments", malformed);
        check("", malformed);
        check("apps/v1/", malformed);
        check("apps/v1/deployments/status", malformed);
    }
}
