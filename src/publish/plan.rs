//! The plan of a push: what it does, what stands in its way, whether it may go.
//!
//! Invariant: a plan with a hazard that nobody can approve never goes, whatever
//! digest is given.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::approval::Approval;
use super::blocks::{Blocks, changed_settings};
use super::hazard::{self, Hazard, Weight};
use super::makers::{Maker, makers};
use super::served::Served;
use super::stake::{Deletion, Evidence, Reason, Side};
use super::witness::Witnesses;
use crate::catalog::{Dialect, Identity};
use crate::exporter::{Config, ConfigError, Preview};
use crate::lock::{Application, Breach, Held, Limits};

/// All that a plan follows from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// The exporter's state key.
    pub installation: &'a str,
    /// The integration's type.
    pub app_type: &'a str,
    /// The config that is there now; none for null.
    pub current: Option<&'a Value>,
    /// The one to push.
    pub new: &'a Value,
    /// Whose exporter.
    pub dialect: Dialect,
    /// What the exporter owns.
    pub owned: &'a BTreeSet<Identity>,
    /// What the API made because the exporter's entities relate to it.
    pub automatic: &'a BTreeSet<Identity>,
    /// The application of each object that was given, where it is known.
    pub given: &'a [Option<String>],
    /// Whether these are all objects of the kinds that both configs name.
    pub is_whole: bool,
    /// What stands for the objects that were not given.
    pub witnesses: &'a Witnesses,
    /// What the current config makes of the given objects and the witnesses; nothing
    /// where it can't be read.
    pub before: &'a Preview,
    /// What the new one makes of them.
    pub after: &'a Preview,
    /// Which kinds the cluster has.
    pub served: &'a Served,
    /// The names of the variables that the exporter has.
    pub variables: &'a BTreeSet<String>,
    /// How much may go.
    pub limits: Limits,
    /// Entities that the new config is known to make, since it made them before.
    pub known: &'a BTreeSet<Identity>,
    /// Deletions that are the very purpose of it, and count for no limit: what a
    /// push brought that is now taken back.
    pub spared: &'a BTreeSet<Identity>,
}

/// What a push does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// Whether the configs differ at all.
    pub is_change: bool,
    /// What becomes of blocks.
    pub blocks: Blocks,
    /// The other keys of the config that change.
    pub settings: Vec<String>,
    /// How many entities the exporter owns.
    pub owned: usize,
    /// What given objects send that the exporter does not own.
    pub created: Vec<Identity>,
    /// Of these, what is there already, of another source.
    pub adopted: Vec<Identity>,
    /// What given objects send of it that differs from what the current config
    /// sends.
    pub changed: Vec<Identity>,
    /// What goes, or may.
    pub deleted: Vec<Deletion>,
    /// The worst first.
    pub hazards: Vec<Hazard>,
    /// The limits that are broken.
    pub breaches: Vec<Breach>,
    /// The digest of it.
    pub approval: Approval,
}

/// What becomes of one blueprint's entities, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// New ones.
    pub created: usize,
    /// Those of which something else is sent.
    pub changed: usize,
    /// Those that go.
    pub deleted: usize,
}

/// Whether a push may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is nothing to push.
    Nothing,
    /// It may.
    Free,
    /// It may, since this very set was approved.
    Approved,
    /// Only once it is approved.
    Held,
    /// Never.
    Refused,
}

impl Plan {
    /// The plan of a push.
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        let old = Decoded::of(facts.current, facts.dialect);
        let new = Decoded::of(Some(facts.new), facts.dialect);
        let mut plan = Self {
            is_change: facts.current != Some(facts.new),
            blocks: Blocks::between(facts.current, facts.new),
            settings: changed_settings(facts.current, facts.new),
            owned: facts.owned.len(),
            created: Vec::new(),
            adopted: Vec::new(),
            changed: Vec::new(),
            deleted: Vec::new(),
            hazards: hazard::foreign(facts.installation, facts.app_type)
                .into_iter()
                .collect(),
            breaches: Vec::new(),
            approval: Approval::of(facts.installation, facts.current, facts.new, []),
        };
        let owned = facts.owned.len();
        plan.hazards
            .extend(hazard::of_config(facts.new, new.error.as_ref(), owned));
        let current = hazard::of_current(facts.current, old.error.as_ref());
        plan.hazards.extend(current);
        if let Some(config) = &new.config {
            plan.weigh(facts, &old, config);
        }
        plan.sort();
        plan
    }

    /// Adds what is known from elsewhere.
    pub(crate) fn add(&mut self, hazard: Hazard) {
        self.hazards.push(hazard);
        self.sort();
    }

    /// Marks what is new to the exporter, but not to the catalog.
    pub(crate) fn adopt(&mut self, existing: &BTreeSet<Identity>) {
        let created = std::mem::take(&mut self.created);
        (self.adopted, self.created) = created.into_iter().partition(|it| existing.contains(it));
    }

    /// Whether it may go, with the digest that was given.
    pub(crate) fn verdict(&self, approved: Option<&str>) -> Verdict {
        let worst = self.hazards.iter().map(|hazard| hazard.weight).max();
        if !self.is_change {
            return Verdict::Nothing;
        }
        match worst {
            Some(Weight::Never) => Verdict::Refused,
            Some(Weight::Note | Weight::Warning) | None if self.breaches.is_empty() => {
                Verdict::Free
            }
            Some(Weight::Note | Weight::Warning | Weight::Approvable) | None => {
                match approved.is_some_and(|text| self.approval.is(text)) {
                    true => Verdict::Approved,
                    false => Verdict::Held,
                }
            }
        }
    }

    /// What becomes of each blueprint's entities.
    pub(crate) fn tallies(&self) -> BTreeMap<&str, Tally> {
        let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
        for identity in self.created.iter().chain(&self.adopted) {
            tallies.entry(&identity.blueprint).or_default().created += 1;
        }
        for identity in &self.changed {
            tallies.entry(&identity.blueprint).or_default().changed += 1;
        }
        for deletion in &self.deleted {
            let tally = tallies.entry(&deletion.identity.blueprint).or_default();
            tally.deleted += 1;
        }
        tallies
    }

    fn weigh(&mut self, facts: &Facts<'_>, old: &Decoded, new: &Config) {
        let before = old.config.as_ref().map(|config| Side {
            makers: makers(config, discovers(facts.current)),
            preview: facts.before,
        });
        let after = makers(new, discovers(Some(facts.new)));
        let changed: Vec<&Maker<'_>> = after
            .iter()
            .filter(|maker| {
                let mut old = before.iter().flat_map(|side| &side.makers);
                !old.any(|other| other.makes_the_same(maker))
            })
            .collect();
        self.hazards.extend(hazard::unresolved(new, facts.served));
        self.hazards
            .extend(hazard::variables(new, &changed, facts.variables));
        self.hazards
            .extend(hazard::new_kinds(old.config.as_ref(), new));
        self.hazards.extend(hazard::stale(new, &changed));
        let given = facts.given.len();
        self.hazards.extend(hazard::failing(facts.after, given));
        if self.is_change {
            self.hazards.push(hazard::restart());
        }
        self.sent(facts);
        let mut evidence = Evidence {
            old: before,
            new: Side {
                makers: after.clone(),
                preview: facts.after,
            },
            owned: facts.owned,
            known: facts.known,
            given,
            is_whole: facts.is_whole,
            witnesses: facts.witnesses,
        };
        self.deleted = evidence.deletions();
        evidence.owned = facts.automatic;
        let left = evidence.deletions();
        let left = left
            .iter()
            .filter(|it| !matches!(it.reason, Reason::Backlog | Reason::Unknown));
        self.hazards.extend(hazard::left(left.count()));
        self.count(facts);
    }

    /// What the given objects send.
    fn sent(&mut self, facts: &Facts<'_>) {
        let bodies = |preview: &Preview| {
            let sent = preview.sent.iter();
            let given = sent.filter(|sent| sent.object < facts.given.len());
            let mut bodies: BTreeMap<Identity, Vec<Value>> = BTreeMap::new();
            for sent in given {
                let body = bodies.entry(sent.request.identity()).or_default();
                body.push(sent.request.to_json());
            }
            bodies
        };
        let (before, after) = (bodies(facts.before), bodies(facts.after));
        for (identity, body) in after {
            if !facts.owned.contains(&identity) && !facts.automatic.contains(&identity) {
                self.created.push(identity);
            } else if before.get(&identity).is_some_and(|it| *it != body) {
                self.changed.push(identity);
            }
        }
    }

    fn count(&mut self, facts: &Facts<'_>) {
        let of = |reason: fn(&Reason) -> bool| {
            let deleted = self.deleted.iter();
            deleted.filter(|it| reason(&it.reason)).count()
        };
        let moved = of(|reason| matches!(reason, Reason::Moved(_)));
        let backlog = of(|reason| matches!(reason, Reason::Backlog));
        self.hazards.extend(hazard::moves(moved));
        self.hazards.extend(hazard::backlog(backlog));
        let lost: BTreeSet<&Identity> = self.deleted.iter().map(|it| &it.identity).collect();
        let applications = applications(facts);
        let held: Vec<Held<'_>> = facts
            .owned
            .iter()
            .map(|identity| Held {
                blueprint: &identity.blueprint,
                application: match applications.get(identity) {
                    Some(application) => Application::Known(Some(application)),
                    None => Application::Unknown,
                },
                is_lost: lost.contains(identity) && !facts.spared.contains(identity),
            })
            .collect();
        self.breaches = facts.limits.breaches(&held);
        self.approval = Approval::of(facts.installation, facts.current, facts.new, lost);
    }

    /// The worst hazard first; among equals as they were found.
    fn sort(&mut self) {
        self.hazards
            .sort_by_key(|hazard| std::cmp::Reverse(hazard.weight));
    }
}

/// Whose application each entity is that a given object sends or sent.
fn applications(facts: &Facts<'_>) -> BTreeMap<Identity, String> {
    let sent = facts.before.sent.iter().chain(&facts.after.sent);
    let of = sent.filter_map(|sent| {
        let application = facts.given.get(sent.object)?.clone()?;
        Some((sent.request.identity(), application))
    });
    of.collect()
}

/// `crdsToDiscover`, where it is on.
fn discovers(config: Option<&Value>) -> &str {
    let text = config.and_then(|config| config["crdsToDiscover"].as_str());
    text.unwrap_or_default()
}

/// A config as the exporter decodes it, or why it does not.
struct Decoded {
    config: Option<Config>,
    error: Option<ConfigError>,
}

impl Decoded {
    fn of(config: Option<&Value>, dialect: Dialect) -> Self {
        let Some(config) = config.filter(|config| !config.is_null()) else {
            return Self {
                config: None,
                error: None,
            };
        };
        let error = Config::problem(config, dialect);
        Self {
            config: match error {
                None => Config::decode(config.clone(), dialect).ok(),
                Some(_) => None,
            },
            error,
        }
    }
}

/// `1 entity`, `2 entities`.
pub(super) fn entities(count: usize) -> String {
    match count {
        1 => "1 entity".to_owned(),
        count => format!("{count} entities"),
    }
}
