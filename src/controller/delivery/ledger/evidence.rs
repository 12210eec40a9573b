//! What all objects together tell: numbers, and whether the exporter works.

use std::collections::{BTreeMap, BTreeSet};

use super::{Id, Ledger};
use crate::catalog::{Delivery, EntityKind};
use crate::report::Timestamp;
use crate::report::delivery::{AWAITED, Evidence, Hazard, KindEvidence, Now, Standing};

impl Ledger {
    /// How many are in which state.
    pub(in crate::controller::delivery) fn counts(&self) -> BTreeMap<Delivery, usize> {
        let mut counts = BTreeMap::new();
        for tracked in self.entities.iter().flatten() {
            if self.rules.is_sharded && tracked.targets.is_empty() {
                continue;
            }
            let standing = tracked.live.as_ref().and(tracked.course.standing());
            if let Some(delivery) = standing.and_then(Standing::delivery) {
                *counts.entry(delivery).or_default() += 1;
            }
        }
        counts
    }

    /// How long deliveries took since this was last asked, in milliseconds.
    pub(in crate::controller::delivery) fn lags(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.lags)
    }

    /// What tells of the exporter as a whole.
    pub(in crate::controller::delivery) fn evidence(
        &self,
        created: &BTreeMap<EntityKind, Timestamp>,
        integration_changed: Option<Timestamp>,
        now: Now,
    ) -> Evidence {
        let served = EntityKind::ALL.into_iter();
        let served = served.filter(|kind| !self.unserved.contains(kind));
        let mut kinds: Vec<KindEvidence> = served
            .map(|kind| KindEvidence {
                kind,
                created: created.get(&kind).copied(),
                there: 0,
                awaited: 0,
                vanished: 0,
            })
            .collect();
        for tracked in self.entities.iter().flatten() {
            let kind = tracked.key.kind;
            let Some(seen) = kinds.iter_mut().find(|it| it.kind == kind) else {
                continue;
            };
            match tracked.live.as_ref().and(tracked.course.standing()) {
                Some(Standing::Vanished) => seen.vanished += 1,
                Some(Standing::Pending { .. } | Standing::Unseen { .. })
                    if !tracked.course.is_there() && tracked.course.age(now) >= AWAITED =>
                {
                    seen.awaited += 1;
                }
                Some(_) if tracked.course.is_there() => seen.there += 1,
                Some(_) | None => {}
            }
        }
        Evidence {
            kinds,
            integration_changed,
        }
    }

    /// What is wrong with the exporter, as far as it concerns single objects.
    pub(in crate::controller::delivery) fn suspect(&mut self, hazards: &[Hazard], now: Now) {
        let unseen = hazards.iter().filter_map(|hazard| match hazard {
            Hazard::LateCrd(kind) => Some(*kind),
            Hazard::Silent(_) | Hazard::LostCluster => None,
        });
        let unseen: BTreeSet<EntityKind> = unseen.collect();
        let new: BTreeSet<EntityKind> = unseen.difference(&self.unseen).copied().collect();
        self.unseen = unseen;
        let concerned = self
            .by_key
            .iter()
            .filter(|(key, _)| new.contains(&key.kind));
        let concerned: Vec<Id> = concerned.map(|(_, id)| *id).collect();
        for id in concerned {
            let tracked = self.at(id);
            let is_awaited = matches!(tracked.course.standing(), Some(Standing::Pending { .. }));
            if tracked.live.is_some() && is_awaited {
                self.plan(id, Some(now.moment));
            }
        }
    }
}
