//! Who declares which entity: two objects with one identity are rivals.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::few::Few;
use super::{Id, Ledger};
use crate::catalog::Identity;
use crate::controller::delivery::entities::shown;
use crate::controller::delivery::mapping::Made;
use crate::report::delivery::Now;

impl Ledger {
    /// The other live objects of which the exporter sends the same entity.
    pub(super) fn rivals(&mut self, id: Id, made: &Made) -> Vec<String> {
        let Made::Sent(sent) = made else {
            return Vec::new();
        };
        let claimed = sent
            .iter()
            .filter_map(|(identity, _)| self.claims.get(identity));
        let rivals: BTreeSet<Id> = claimed.flatten().copied().filter(|it| *it != id).collect();
        let mut others = Vec::new();
        for rival in rivals {
            let tracked = self.at(rival);
            if tracked.is_sent {
                others.push(shown(&tracked.key));
            }
        }
        others
    }

    /// What an object declares from now on. Who declares the same, or did, is looked
    /// at again.
    pub(super) fn claim(&mut self, id: Id, claimed: BTreeSet<Identity>, now: Now) {
        let before = std::mem::take(&mut self.at(id).claims);
        let is_same =
            before.len() == claimed.len() && before.iter().all(|it| claimed.contains(&**it));
        if is_same {
            self.at(id).claims = before;
            return;
        }
        let tracked = self.at(id);
        if tracked.is_made {
            tracked.course.renamed();
        }
        for identity in before {
            let Some(claimants) = self.claims.get_mut(&identity) else {
                continue;
            };
            claimants.retain(|it| *it != id);
            let left = claimants.clone();
            if left.is_empty() {
                self.claims.remove(&identity);
            }
            for rival in left {
                self.plan(rival, Some(now.moment));
            }
        }
        let claims: Few<Arc<Identity>> = claimed.into_iter().map(Arc::new).collect();
        for identity in &claims {
            let claimants = self.claims.entry(Arc::clone(identity)).or_default();
            claimants.push(id);
        }
        self.at(id).claims = claims;
        self.wake_rivals(id, now);
    }

    /// Has those looked at that declare the same, once there are others.
    pub(super) fn wake_rivals(&mut self, id: Id, now: Now) {
        let claims = self.at(id).claims.clone();
        let rivals = claims.iter().filter_map(|it| self.claims.get(it));
        let rivals: Vec<Id> = rivals.flatten().copied().filter(|it| *it != id).collect();
        // It may be another shard's, and then nobody knows yet what is sent of it.
        if !rivals.is_empty() && !self.at(id).is_made {
            self.plan(id, Some(now.moment));
        }
        for rival in rivals {
            self.plan(rival, Some(now.moment));
        }
    }

    pub(super) fn first_claim(&self, id: Id) -> Option<&Arc<Identity>> {
        self.get(id)?.claims.first()
    }
}
