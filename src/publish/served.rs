//! Which kinds the cluster has, by asking it, or as far as that is known without.
//!
//! The latter is from what the exporter's part knows anyway (Kubernetes' own kinds, Glint's), the
//! objects that were given, the API versions that a host or operator says, and the
//! kinds that who publishes says are served. What none of these tell is unresolved.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::catalog::Dialect;
use crate::exporter::Kinds;

/// The kinds of a cluster.
#[derive(Clone, Debug)]
pub(crate) enum Served {
    /// What one can know without asking.
    Known {
        kinds: Kinds,
        /// `group/version/resource` in small letters.
        said: BTreeSet<String>,
    },
    /// What its discovery says of each `kind` of a block.
    #[cfg_attr(
        not(any(feature = "controller", test)),
        expect(dead_code, reason = "without a cluster there is no discovery")
    )]
    Discovered(BTreeSet<String>),
}

impl Served {
    /// `said` are texts as a block's `kind` has them; `api_versions` those of a
    /// cluster, of which only the ones with a kind (`apps/v1/Deployment`) tell one.
    pub(crate) fn new(
        objects: &[&Value],
        api_versions: &[String],
        said: &[String],
        dialect: Dialect,
    ) -> Self {
        let of_versions: Vec<Value> = api_versions.iter().filter_map(|it| object(it)).collect();
        let all: Vec<&Value> = objects.iter().copied().chain(&of_versions).collect();
        Self::Known {
            kinds: Kinds::of(&all, dialect),
            said: said.iter().map(|kind| kind.to_lowercase()).collect(),
        }
    }

    /// Why a block's `kind` can't be resolved; a clause about it.
    pub(super) fn problem(&self, kind: &str) -> Option<String> {
        match self {
            Self::Discovered(served) => (!served.contains(kind)).then(|| {
                "is not served by the cluster: the exporter skips the block and deletes its \
                 entities"
                    .to_owned()
            }),
            Self::Known { said, .. } if said.contains(&kind.to_lowercase()) => None,
            Self::Known { kinds, .. } => kinds.resolve(kind).err().map(|error| error.to_string()),
        }
    }

    /// What to do about a kind that can't be resolved.
    pub(super) fn help(&self, kind: &str) -> String {
        match self {
            Self::Discovered(_) => {
                "mend it, or install its CRD and then restart the exporter, which never sees one \
                 that comes later"
                    .to_owned()
            }
            Self::Known { .. } => {
                format!("mend it, or say that the cluster has it: `--served-kinds {kind}`")
            }
        }
    }
}

/// An object of the kind that an API version names.
fn object(api_version: &str) -> Option<Value> {
    let (version, kind) = api_version.rsplit_once('/')?;
    let is_kind = kind.starts_with(|first: char| first.is_ascii_uppercase());
    is_kind.then(|| json!({"apiVersion": version, "kind": kind}))
}

#[cfg(test)]
mod tests {
    use super::Served;
    use crate::catalog::Dialect;

    #[track_caller]
    fn check(kind: &str, is_served: bool) {
        let api_versions = ["apps/v1", "argoproj.io/v1alpha1/Rollout", "example.com/v1"];
        let served = Served::new(
            &[],
            &api_versions.map(str::to_owned),
            &["example.com/v1/Widgets".to_owned()],
            Dialect::Glint,
        );
        assert_eq!(served.problem(kind).is_none(), is_served, "{kind}");
    }

    #[test]
    fn what_discovery_said_is_all_that_is_served() {
        let served = Served::Discovered(["v1/pods".to_owned()].into());
        assert_eq!(served.problem("v1/pods"), None);
        assert!(served.problem("apps/v1/deployments").is_some());
    }

    #[test]
    fn a_kind_is_served_if_anything_tells() {
        check("apps/v1/deployments", true);
        check("glint.io/v1/entities", true);
        check("argoproj.io/v1alpha1/rollouts", true);
        check("argoproj.io/v1alpha1/rollout", true);
        check("example.com/v1/widgets", true);
        check("example.com/v1/gadgets", false);
        check("getport.io/v1/entities", false);
        check("apps/v1beta1/deployments", false);
    }
}
