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

use std::collections::BTreeSet;

use serde_json::Value;

use crate::catalog::{Dialect, EntityKind};

/// Kubernetes' own kinds that a cluster serves without a CRD.
const BUILT_IN: [(&str, &str, &str); 19] = [
    (
        "",
        "v1",
        "ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume \
         PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service \
         ServiceAccount",
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding \
         ValidatingWebhookConfiguration",
    ),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "v1", "APIService"),
    (
        "apps",
        "v1",
        "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    ),
    ("autoscaling", "v1", "HorizontalPodAutoscaler"),
    ("autoscaling", "v2", "HorizontalPodAutoscaler"),
    ("batch", "v1", "CronJob Job"),
    ("certificates.k8s.io", "v1", "CertificateSigningRequest"),
    ("coordination.k8s.io", "v1", "Lease"),
    ("discovery.k8s.io", "v1", "EndpointSlice"),
    ("events.k8s.io", "v1", "Event"),
    (
        "flowcontrol.apiserver.k8s.io",
        "v1",
        "FlowSchema PriorityLevelConfiguration",
    ),
    (
        "networking.k8s.io",
        "v1",
        "Ingress IngressClass NetworkPolicy",
    ),
    ("node.k8s.io", "v1", "RuntimeClass"),
    ("policy", "v1", "PodDisruptionBudget"),
    (
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRole ClusterRoleBinding Role RoleBinding",
    ),
    ("scheduling.k8s.io", "v1", "PriorityClass"),
    (
        "storage.k8s.io",
        "v1",
        "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment",
    ),
];

/// Group, kind and plural of widespread kinds whose plural is no regular one.
const IRREGULAR: [(&str, &str, &str); 6] = [
    ("argoproj.io", "EventBus", "eventbus"),
    ("gateway.networking.k8s.io", "Gateway", "gateways"),
    (
        "k8s.cni.cncf.io",
        "NetworkAttachmentDefinition",
        "network-attachment-definitions",
    ),
    ("metrics.k8s.io", "NodeMetrics", "nodes"),
    ("metrics.k8s.io", "PodMetrics", "pods"),
    ("networking.istio.io", "Gateway", "gateways"),
];

/// Kinds whose singular is their plural.
const SAME_PLURAL: [&str; 2] = ["endpoints", "securitycontextconstraints"];

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
        let mut resources: BTreeSet<Resource> = built_in().chain(ours(dialect)).collect();
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

fn built_in() -> impl Iterator<Item = Resource> {
    BUILT_IN.iter().flat_map(|(group, version, kinds)| {
        kinds.split_whitespace().map(|kind| {
            guess(Kind {
                group: (*group).to_owned(),
                version: (*version).to_owned(),
                kind: kind.to_owned(),
            })
        })
    })
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

/// By the rule of `UnsafeGuessKindToResource` (k8s.io/apimachinery, as above),
/// and by the one of English that generators of CRDs follow.
fn guess(kind: Kind) -> Resource {
    let singular = kind.kind.to_lowercase();
    let irregular = IRREGULAR
        .iter()
        .find(|(group, irregular, _)| *group == kind.group && *irregular == kind.kind);
    let mut names = BTreeSet::from([singular.clone()]);
    if let Some((_, _, plural)) = irregular {
        names.insert((*plural).to_owned());
    } else if !SAME_PLURAL.iter().any(|same| singular.ends_with(same)) {
        names.extend(plurals(&singular));
    }
    Resource { kind, names }
}

fn plurals(singular: &str) -> Vec<String> {
    let vowel_before = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match singular.strip_suffix('y') {
        Some(stem) if vowel_before(stem) => vec![format!("{stem}ies"), format!("{stem}ys")],
        Some(stem) => vec![format!("{stem}ies")],
        None if singular.ends_with('s') => vec![format!("{singular}es")],
        None if ["x", "z", "ch", "sh"]
            .iter()
            .any(|end| singular.ends_with(end)) =>
        {
            vec![format!("{singular}s"), format!("{singular}es")]
        }
        None => vec![format!("{singular}s")],
    }
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
