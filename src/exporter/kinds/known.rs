//! Kinds that are known without any CRD: Kubernetes' own, and how the others are
//! called most probably.

use std::collections::BTreeSet;

use super::{Kind, Resource};

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

/// Kubernetes' own kinds.
pub(super) fn built_in() -> impl Iterator<Item = Resource> {
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

/// By the rule of `UnsafeGuessKindToResource` (k8s.io/apimachinery, as above),
/// and by the one of English that generators of CRDs follow.
pub(super) fn guess(kind: Kind) -> Resource {
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
