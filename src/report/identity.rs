//! The identifiers of targets and runs.
//!
//! Invariants: the catalog takes each of them; another cluster, kind, namespace or
//! name is another target, whatever dashes are in them; the same is the same for
//! ever, as people and dashboards point to it.

use std::fmt;

use sha2::{Digest, Sha256};

use super::source::short;
use super::{Run, Subject};
use crate::catalog::{EntityId, IdentifierError};

/// A cluster's name: what is in every identifier of its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClusterName(String);

/// Why a text is no cluster's name: a clause about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClusterError {
    /// The catalog would not take an identifier that holds it.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
    /// The rest of an identifier needs room.
    #[error("is longer than {} characters", ClusterName::LIMIT)]
    TooLong,
}

impl ClusterName {
    /// Of the 1000 characters of an identifier, Kubernetes' names and what is
    /// added to them take at most 400.
    const LIMIT: usize = 100;

    /// Parses a name, or says what is wrong with it.
    ///
    /// # Errors
    /// What can't be part of an identifier.
    pub(crate) fn parse(text: &str) -> Result<Self, ClusterError> {
        EntityId::parse(text)?;
        match text.chars().count() <= Self::LIMIT {
            true => Ok(Self(text.to_owned())),
            false => Err(ClusterError::TooLong),
        }
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Subject {
    /// `prod-argocd-shop-5f1c09aa`: cluster, namespace and name for people, and a
    /// digest of these and the kind for what dashes leave open.
    pub(crate) fn identifier(&self) -> String {
        let Self {
            tool: _,
            cluster: ClusterName(cluster),
            resource,
        } = self;
        // The version of an API comes and goes.
        let (group, _) = resource.api_version.split_once('/').unwrap_or_default();
        let namespace = resource.namespace.as_deref().unwrap_or_default();
        let parts = [cluster, group, &resource.kind, namespace, &resource.name];
        let digest = digest(&parts);
        format!("{cluster}-{namespace}-{}-{digest}", resource.name)
    }
}

impl Run {
    /// `prod-argocd-shop-5f1c09aa-731f00a-1795404650-0c4f6fd2`: the target, the
    /// revision and the time for people, and a digest of the host's own identity.
    pub(crate) fn identifier(&self, target: &str) -> String {
        let revision = self.revision.as_deref().map(short).unwrap_or_default();
        let named: String = revision
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+'))
            .take(40)
            .collect();
        let named = if named.is_empty() { "unknown" } else { &named };
        let digest = digest(&[&self.key]);
        format!("{target}-{named}-{}-{digest}", self.at.unix())
    }
}

/// The first 32 bits of a SHA-256 over texts, each with its length, so that no two
/// lists of them are the same bytes.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let bytes = hash.finalize();
    bytes[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ClusterName;
    use crate::catalog::EntityId;
    use crate::manifest::ResourceRef;
    use crate::report::{Subject, Tool};

    fn identifier(cluster: &str, kind: &str, namespace: &str, name: &str) -> String {
        let subject = Subject {
            tool: Tool::Flux,
            cluster: ClusterName::parse(cluster).unwrap(),
            resource: ResourceRef {
                api_version: "kustomize.toolkit.fluxcd.io/v1".to_owned(),
                kind: kind.to_owned(),
                namespace: Some(namespace.to_owned()),
                name: name.to_owned(),
            },
        };
        let identifier = subject.identifier();
        assert!(EntityId::parse(&identifier).is_ok(), "{identifier}");
        identifier
    }

    #[test]
    fn a_target_is_called_by_its_names_and_no_other_is_called_so() {
        let shop = identifier("prod", "Kustomization", "flux-system", "shop");
        assert_eq!(shop, "prod-flux-system-shop-f3d8f02e");
        for other in [
            identifier("prod-flux", "Kustomization", "system", "shop"),
            identifier("prod", "Kustomization", "flux", "system-shop"),
            identifier("prod", "HelmRelease", "flux-system", "shop"),
        ] {
            assert_ne!(shop, other);
        }
    }

    #[test]
    fn a_cluster_can_be_called_what_the_catalog_takes() {
        let says = |name: &str| ClusterName::parse(name).map_err(|error| error.to_string());
        assert!(says("prod/eu-1").is_ok());
        assert_eq!(says(""), Err("is empty".to_owned()));
        assert_eq!(
            says("prod eu"),
            Err("has the character ` `, which the catalog does not accept".to_owned())
        );
        assert_eq!(
            says(&"x".repeat(101)),
            Err("is longer than 100 characters".to_owned())
        );
    }
}
