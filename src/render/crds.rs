//! Which of Glint's CRDs are added to a stream.

use std::collections::BTreeSet;

use serde_json::Value;

use super::annotate::SYNC_OPTIONS;
use super::host::{AutoCrds, Host};
use crate::catalog::{Dialect, EntityKind};
use crate::finding::{Finding, Severity};
use crate::manifest::{Annotations, Notation, Parsed, json_line};

/// When CRDs are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrdPolicy {
    /// Beside entities, where the host takes them.
    Auto,
    /// Always, but never beside entities where Helm is the host.
    Always,
    /// Never.
    Never,
}

/// What the cluster is known to serve, from Argo CD's `KUBE_API_VERSIONS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterKinds {
    /// Nothing is known.
    Unknown,
    /// `group/version` and `group/version/Kind`, all that there are.
    Known(BTreeSet<String>),
}

impl ClusterKinds {
    fn lacks(&self, dialect: Dialect, kind: EntityKind) -> bool {
        match self {
            Self::Unknown => false,
            Self::Known(versions) => {
                !versions.contains(&format!("{}/{kind}", dialect.api_version()))
            }
        }
    }
}

/// A CRD's manifest as YAML, ended by a newline.
pub(crate) fn crd_yaml(dialect: Dialect, kind: EntityKind) -> &'static str {
    match (dialect, kind) {
        (Dialect::Glint, EntityKind::Entity) => include_str!("crds/glint-entities.yaml"),
        (Dialect::Glint, EntityKind::ClusterEntity) => {
            include_str!("crds/glint-clusterentities.yaml")
        }
        (Dialect::Port, EntityKind::Entity) => include_str!("crds/port-entities.yaml"),
        (Dialect::Port, EntityKind::ClusterEntity) => {
            include_str!("crds/port-clusterentities.yaml")
        }
    }
}

/// A CRD's manifest as one line of JSON, without a newline.
pub(crate) fn crd_json(dialect: Dialect, kind: EntityKind) -> String {
    json_line(&crd(dialect, kind))
}

/// A CRD as Go reads it.
pub(super) fn crd(dialect: Dialect, kind: EntityKind) -> Value {
    let yaml = crd_yaml(dialect, kind);
    Parsed::read(yaml.as_bytes(), Notation::Yaml)
        .map(|crd| crd.value().clone())
        .unwrap_or_default()
}

/// What Argo CD is told of a CRD.
const SYNC: [(&str, &str); 3] = [
    ("ServerSideApply", "true"),
    ("Prune", "false"),
    ("Delete", "false"),
];
/// What it must not be told: both may delete a CRD to make it anew.
const UNSAFE_SYNC: [&str; 2] = ["Force", "Replace"];

/// The annotations that protect a CRD: those of the CRDs that are added, but
/// for the version, which a CRD that the stream brings has on its own. Its own
/// sync options are kept where they do it no harm.
pub(super) fn protection(sync_options: Option<&str>) -> Annotations {
    let sync_options = protected(sync_options.unwrap_or_default());
    [
        (SYNC_OPTIONS, sync_options.as_str()),
        ("helm.sh/resource-policy", "keep"),
        ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
        ("kustomize.toolkit.fluxcd.io/ssa", "IfNotPresent"),
        ("kustomize.toolkit.fluxcd.io/substitute", "disabled"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// Whether a CRD's sync options protect it as ours do.
pub(super) fn protects(options: &str) -> bool {
    let set = |options: &str| -> BTreeSet<String> {
        let options = options.split(',').map(|option| option.trim().to_owned());
        options.collect()
    };
    set(options) == set(&protected(options))
}

fn protected(options: &str) -> String {
    let name = |option: &str| {
        option
            .split('=')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let safe = options.split(',').filter(|option| {
        let name = name(option);
        !name.is_empty()
            && !UNSAFE_SYNC.contains(&name.as_str())
            && SYNC.iter().all(|(ours, _)| *ours != name)
    });
    let ours = SYNC.map(|(name, value)| format!("{name}={value}"));
    let all: Vec<&str> = safe
        .map(str::trim)
        .chain(ours.iter().map(String::as_str))
        .collect();
    all.join(",")
}

/// The kinds whose CRDs are added, and what there is to say about it.
pub(super) fn added(
    policy: CrdPolicy,
    host: Host,
    dialect: Dialect,
    cluster: &ClusterKinds,
    stream: &StreamKinds,
) -> (Vec<EntityKind>, Option<Finding>) {
    let missing = |kind: &EntityKind| !stream.crds.contains(kind);
    let beside_entities = match policy {
        CrdPolicy::Never => return (Vec::new(), None),
        CrdPolicy::Auto if !stream.has_entities => return (Vec::new(), None),
        CrdPolicy::Auto | CrdPolicy::Always => host.auto_crds(),
    };
    match (policy, beside_entities) {
        (_, AutoCrds::NeverBesideEntities) if stream.has_entities => {
            let wanted = EntityKind::ALL.iter().any(missing);
            (Vec::new(), wanted.then(|| with_helm(host)))
        }
        (CrdPolicy::Auto, AutoCrds::MissingInCluster) => match cluster {
            ClusterKinds::Unknown => (Vec::new(), Some(unknown_cluster())),
            ClusterKinds::Known(_) => {
                let lacking = EntityKind::ALL.into_iter();
                let lacking = lacking
                    .filter(missing)
                    .filter(|kind| cluster.lacks(dialect, *kind));
                (lacking.collect(), None)
            }
        },
        (CrdPolicy::Auto | CrdPolicy::Always | CrdPolicy::Never, _) => {
            (EntityKind::ALL.into_iter().filter(missing).collect(), None)
        }
    }
}

/// What of Glint's a stream holds.
#[derive(Clone, Debug, Default)]
pub(super) struct StreamKinds {
    pub(super) has_entities: bool,
    pub(super) crds: BTreeSet<EntityKind>,
}

fn with_helm(host: Host) -> Finding {
    Finding::new(
        "crds-with-helm",
        Severity::Warning,
        format!(
            "no CRD is added with host `{host}`: a release that brings both CRD and entity fails"
        ),
    )
    .with_help(
        "install them once with `glint-gitops crds | kubectl apply --server-side -f -`, or put \
         them into the chart's `crds` folder; `--crds never` says that they are there",
    )
}

fn unknown_cluster() -> Finding {
    Finding::new(
        "crds-unknown",
        Severity::Info,
        "no CRD is added: Argo CD did not say which kinds the cluster has",
    )
    .with_help("install them once with `glint-gitops crds`, or set `--crds always`")
}

#[cfg(test)]
mod tests {
    use super::{crd_json, crd_yaml, protected, protection, protects};
    use crate::catalog::{Dialect, EntityKind};
    use crate::manifest::{Notation, Parsed, objects_of};

    #[test]
    fn every_crd_is_named_and_protected_as_the_code_says() {
        for dialect in Dialect::ALL {
            for kind in EntityKind::ALL {
                let yaml = crd_yaml(dialect, kind);
                let crd = Parsed::read(yaml.as_bytes(), Notation::Yaml).unwrap();
                let object = objects_of(&crd)[0];
                assert_eq!(object.name(), dialect.crd_name(kind));
                assert_eq!(object.text(&["spec", "group"]), Some(dialect.group()));
                assert_eq!(object.text(&["spec", "names", "kind"]), Some(kind.as_str()));
                for (key, value) in protection(None) {
                    assert_eq!(object.annotation(&key), Some(value.as_str()), "{key}");
                }
                assert!(!yaml.contains('$'), "Flux would substitute");
                assert!(crd_json(dialect, kind).starts_with("{\"apiVersion\""));
            }
        }
    }

    #[test]
    fn sync_options_that_do_no_harm_are_kept() {
        let ours = "ServerSideApply=true,Prune=false,Delete=false";
        assert_eq!(protected(""), ours);
        assert_eq!(protected(ours), ours);
        assert_eq!(
            protected("Validate=false, Prune=true,Force=true"),
            format!("Validate=false,{ours}")
        );
        assert_eq!(protected(&protected("A=b")), protected("A=b"));
    }

    #[test]
    fn sync_options_protect_in_any_order_and_beside_others() {
        assert!(protects(
            "Delete=false, Validate=false,Prune=false,ServerSideApply=true"
        ));
        assert!(!protects("ServerSideApply=true,Prune=false"));
        assert!(!protects(
            "ServerSideApply=true,Prune=false,Delete=false,Force=true"
        ));
        assert!(!protects(""));
    }
}
