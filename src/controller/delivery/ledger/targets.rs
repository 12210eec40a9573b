//! What applications declare, and what each is told of it.
//!
//! Invariant: a target is told of when all that it declares was looked at, as it is in
//! the cluster after the target's last run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::plan::TOGETHER;
use super::{Id, Ledger, digest};
use crate::catalog::Delivery;
use crate::controller::report::targets::{Declared, Deliveries};
use crate::report::Seen;
use crate::report::delivery::Now;

/// An application.
#[derive(Debug)]
pub(super) struct Target {
    declared: Arc<Declared>,
    entities: Vec<Id>,
    /// A digest of what was told last.
    told: Option<u64>,
}

impl Ledger {
    /// What an application declares, and when it was synced.
    pub(in crate::controller::delivery) fn declared(&mut self, declared: Arc<Declared>, now: Now) {
        let name: Arc<str> = declared.target.as_str().into();
        let before = self.targets.get(&name).map(|it| Arc::clone(&it.declared));
        let is_run = before
            .as_ref()
            .is_none_or(|before| before.deployed != declared.deployed);
        let mut entities = Vec::new();
        if !declared.is_elsewhere {
            for key in &declared.entities {
                let id = self.tracked(key, now);
                let tracked = self.at(id);
                if !tracked.targets.contains(&name) {
                    tracked.targets.push(Arc::clone(&name));
                }
                if is_run {
                    tracked.course.synced(declared.deployed.synced_at);
                }
                let is_settled = tracked.live.is_some() && tracked.due.is_none();
                let is_known = tracked.course.is_known();
                match &before {
                    // The run may be known before what it changed. At the start all
                    // objects are listed after the runs that are seen then, or so soon
                    // before that reading each again is not worth it.
                    Some(before) if is_run || !before.entities.contains(key) => {
                        self.reads.want(id, now.moment);
                    }
                    Some(_) if is_known => {}
                    Some(_) | None if is_settled => {
                        self.plan(id, Some(now.moment.plus(TOGETHER)));
                    }
                    Some(_) | None => {}
                }
                entities.push(id);
            }
        }
        let told = self.targets.get(&name).and_then(|it| it.told);
        let target = Target {
            declared,
            entities,
            told,
        };
        let before = self.targets.insert(Arc::clone(&name), target);
        if let Some(before) = before {
            self.release(&name, before.entities);
        }
        self.touched.insert(name);
    }

    /// An application is gone.
    pub(in crate::controller::delivery) fn gone(&mut self, target: &str) {
        if let Some((name, target)) = self.targets.remove_entry(target) {
            self.touched.remove(&name);
            self.release(&name, target.entities);
        }
    }

    /// Nobody tells any more what applications declare.
    pub(in crate::controller::delivery) fn undeclared(&mut self) {
        let targets: Vec<Arc<str>> = self.targets.keys().cloned().collect();
        for target in targets {
            self.gone(&target);
        }
    }

    /// Frees those that a target does not declare any more.
    fn release(&mut self, target: &Arc<str>, entities: Vec<Id>) {
        let now = self.targets.get(target).map(|it| it.entities.clone());
        let kept: BTreeSet<Id> = now.unwrap_or_default().into_iter().collect();
        for id in entities.into_iter().filter(|id| !kept.contains(id)) {
            let tracked = self.at(id);
            tracked.targets.retain(|it| it != target);
            if tracked.targets.is_empty() {
                self.reads.remove(id);
            }
            self.forget(id);
        }
    }

    /// Whether a target may have changed, and it can be told what of it did.
    pub(in crate::controller::delivery) fn has_deliveries(&self) -> bool {
        self.is_listed() && !self.touched.is_empty()
    }

    /// What to tell of a target's entities, where that is news and all are known.
    pub(in crate::controller::delivery) fn deliveries(&mut self) -> Option<Deliveries> {
        if !self.is_listed() {
            return None;
        }
        while let Some(name) = self.touched.pop_first() {
            let Some(deliveries) = self.deliveries_of(&name) else {
                continue;
            };
            let digest = digest(&format!("{deliveries:?}"));
            if let Some(target) = self.targets.get_mut(&name)
                && target.told != Some(digest)
            {
                target.told = Some(digest);
                return Some(deliveries);
            }
        }
        None
    }

    fn deliveries_of(&self, name: &str) -> Option<Deliveries> {
        let Target {
            declared, entities, ..
        } = self.targets.get(name)?;
        let mut seen = Seen::default();
        let mut counts: BTreeMap<Delivery, usize> = BTreeMap::new();
        let related = self.rules.relations.iter();
        seen.related = related
            .map(|it| (it.name.to_string(), Vec::new()))
            .collect();
        if declared.is_elsewhere {
            counts.insert(Delivery::NotObserved, declared.entities.len());
        }
        for id in entities {
            let tracked = self.get(*id)?;
            if self.reads.has(*id) {
                return None;
            }
            if tracked.live.is_none() {
                *counts.entry(Delivery::Pending).or_default() += 1;
                continue;
            }
            if !tracked.course.is_known() || tracked.is_unlooked {
                return None;
            }
            let standing = tracked.course.standing()?;
            if let Some(delivery) = standing.delivery() {
                *counts.entry(delivery).or_default() += 1;
            }
            tracked.tell(standing, &self.rules.relations, &mut seen);
        }
        seen.deliveries = Some(counts);
        Some(Deliveries {
            target: declared.target.clone(),
            seen,
            deployed: declared.deployed.clone(),
        })
    }

    pub(super) fn touch(&mut self, id: Id) {
        let targets = self.at(id).targets.clone();
        self.touched.extend(targets);
    }
}
