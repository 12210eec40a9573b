//! What the keeper goes by: the operator's word, and what follows from it.

use super::accepted::{Accepted, AcceptedSet};
use super::owner::{Homes, Owner};
use super::refusal::Refusal;
use super::sighting::MapKey;
use crate::catalog::{Claims, Dialect, FragmentSources};
use crate::exporter::{Fragment, Mapping, Style, mapping};

/// What the keeper goes by.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// Whose fragments count.
    pub sources: FragmentSources,
    /// Who may declare which blueprints; `None` means anyone any.
    pub claims: Option<Claims>,
    /// How the hosts are installed.
    pub homes: Homes,
    /// Whose exporter.
    pub dialect: Dialect,
    /// How the mapping is written.
    pub style: Style,
    /// How long what is gone stays, in milliseconds.
    pub grace: u64,
}

impl Rules {
    /// The mapping of a set.
    pub(crate) fn mapping(&self, set: &AcceptedSet) -> Mapping {
        let fragments = set.values().map(|it| Fragment::clone(&it.fragment));
        let spoken = fragments.filter(|it| it.dialect() == self.dialect);
        let merged = spoken.fold(Fragment::empty(self.dialect), |merged, fragment| {
            merged.merge(fragment).expect("of one dialect")
        });
        mapping(self.style, &merged)
    }

    /// Why the policy does not take a fragment whose owner is proven.
    pub(super) fn problem(&self, key: &MapKey, accepted: &Accepted) -> Option<Refusal> {
        let Accepted {
            owner,
            project,
            fragment,
        } = accepted;
        if !self.takes(owner, key) {
            return Some(Refusal::NotInPolicy(owner.clone()));
        }
        if fragment.dialect() != self.dialect {
            return Some(Refusal::Dialect(fragment.dialect()));
        }
        let claims = self.claims.as_ref()?;
        let claimant = self.homes.claimant(owner, project.as_deref(), key);
        let mut blueprints = fragment.members().map(|(_, blueprint, _)| blueprint);
        let foreign = blueprints.find(|it| !claims.allow_blueprint(&claimant, it))?;
        Some(Refusal::Claim(owner.clone(), foreign.clone()))
    }

    pub(super) fn takes(&self, owner: &Owner, key: &MapKey) -> bool {
        self.sources.allow(&owner.to_string(), &key.namespace)
    }
}
