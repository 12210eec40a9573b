//! Which part of the cluster this process cares for.
//!
//! As in Flux: several Deployments of one controller share the work by a label that
//! their objects carry (`sharding.fluxcd.io/key=shard1`), each with a Lease of its own.
//! Nothing here keeps two shards from having objects in common: that is up to the
//! selectors.

use sha2::{Digest, Sha256};

use super::selector::Selector;
use crate::cluster::Scope;

/// The namespaces and labels that are watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Empty: all.
    pub namespaces: Vec<String>,
    /// All, where there is none.
    pub labels: Option<Selector>,
}

impl Shard {
    /// The objects of a kind that are this shard's, whole.
    pub(crate) fn scope(&self, kind: &str) -> Scope {
        let Self { namespaces, labels } = self.clone();
        Scope {
            namespaces,
            labels: labels.map(|it| it.as_str().to_owned()),
            ..Scope::all(kind)
        }
    }

    /// The name of the Lease: one for each controller and selector. Which namespaces
    /// are watched does not matter, as in Flux, where the Lease lies in the one that the
    /// controller runs in.
    pub(super) fn lease_name(&self, controller: &str) -> String {
        match &self.labels {
            None => format!("{controller}-leader-election"),
            Some(selector) => {
                let digest = Sha256::digest(selector.as_str());
                let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
                format!("{controller}-{a:02x}{b:02x}{c:02x}{d:02x}-leader-election")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Selector, Shard};

    #[test]
    fn each_selector_has_a_lease_of_its_own() {
        let lease = |labels: Option<&str>| {
            let shard = Shard {
                labels: labels.and_then(|it| Selector::parse(it).unwrap()),
                ..Shard::default()
            };
            shard.lease_name("glint-report")
        };
        assert_eq!(lease(None), "glint-report-leader-election");
        assert_eq!(
            lease(Some("sharding.fluxcd.io/key=shard1")),
            "glint-report-73fdc1be-leader-election"
        );
        assert_ne!(
            lease(Some("sharding.fluxcd.io/key=shard2")),
            lease(Some("sharding.fluxcd.io/key=shard1"))
        );
    }
}
