//! How many entities of a lock a render may lose, and of an exporter a publish.
//!
//! The limits are the same for both: so many in all, and such a share
//! of any one blueprint's or application's entities, of which the second counts
//! only where there are ten or more: of three, one is a third.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Entry, Key, Lock};

/// From how many entities on the share counts.
const SHARE_FROM: usize = 10;

/// What may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// At most so many entities in all.
    pub deletions: u64,
    /// At most so much of one blueprint's or one application's entities, in
    /// percent.
    pub share: u8,
}

/// Of what too much is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Of all that is held.
    All,
    /// Of one blueprint.
    Blueprint(String),
    /// Of one application; `None` where none is named.
    Application(Option<String>),
}

/// A limit that is broken, as a clause: "14 of 40 `service` entities (35 %, 10 %
/// allowed)".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    /// Of what.
    pub scope: Scope,
    /// How many of them would go.
    pub lost: usize,
    /// How many are held.
    pub held: usize,
    limits: Limits,
}

/// The entities of a lock that are not there any more, and the limits that this
/// breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Sorted by identity.
    pub entities: Vec<(Key, Entry)>,
    /// None where all of it is allowed.
    pub breaches: Vec<Breach>,
}

/// One of the entities that are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held<'a> {
    /// Its type.
    pub blueprint: &'a str,
    /// Whose it is.
    pub application: Application<'a>,
    /// Whether it would go.
    pub is_lost: bool,
}

/// Whose an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Application<'a> {
    /// That of this name, or one that has none.
    Known(Option<&'a str>),
    /// Nobody can say, so no application's share is counted.
    #[cfg(feature = "catalog")]
    Unknown,
}

/// How many of a group would go, and how many are held.
type Counts = (usize, usize);

impl Lock {
    /// What of the lock is not among the entities that are there now.
    pub(crate) fn loss(&self, present: &BTreeSet<Key>, limits: Limits) -> Loss {
        let gone = self.entries().filter(|(key, _)| !present.contains(key));
        let entities: Vec<(Key, Entry)> = gone
            .map(|(key, entry)| (key.clone(), entry.clone()))
            .collect();
        let held: Vec<Held<'_>> = self
            .entries()
            .map(|(key, entry)| Held {
                blueprint: key.blueprint.as_str(),
                application: Application::Known(entry.owner.application.as_deref()),
                is_lost: !present.contains(key),
            })
            .collect();
        Loss {
            entities,
            breaches: limits.breaches(&held),
        }
    }
}

impl Limits {
    /// The limits that are broken: in all, then by blueprint, then by application.
    pub(crate) fn breaches(self, held: &[Held<'_>]) -> Vec<Breach> {
        let lost = held.iter().filter(|held| held.is_lost).count();
        let all = (lost as u64 > self.deletions).then_some((Scope::All, (lost, held.len())));
        let blueprints = self.broken(held, |held| Some(held.blueprint));
        let blueprints = blueprints
            .into_iter()
            .map(|(name, counts)| (Scope::Blueprint(name.to_owned()), counts));
        let applications = self.broken(held, |held| match held.application {
            Application::Known(name) => Some(name),
            #[cfg(feature = "catalog")]
            Application::Unknown => None,
        });
        let applications = applications
            .into_iter()
            .map(|(name, counts)| (Scope::Application(name.map(str::to_owned)), counts));
        let broken = all.into_iter().chain(blueprints).chain(applications);
        broken
            .map(|(scope, (lost, held))| Breach {
                scope,
                lost,
                held,
                limits: self,
            })
            .collect()
    }

    /// The groups that lose more than the share, sorted.
    fn broken<'h, G: Ord>(
        self,
        held: &[Held<'h>],
        group: impl Fn(&Held<'h>) -> Option<G>,
    ) -> Vec<(G, Counts)> {
        let mut groups: BTreeMap<G, Counts> = BTreeMap::new();
        for entity in held {
            let Some(group) = group(entity) else { continue };
            let (lost, all) = groups.entry(group).or_default();
            *lost += usize::from(entity.is_lost);
            *all += 1;
        }
        let broken = |(_, (lost, held)): &(G, Counts)| {
            *held >= SHARE_FROM && lost * 100 > held * usize::from(self.share)
        };
        groups.into_iter().filter(broken).collect()
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scope,
            lost,
            held,
            limits: Limits { deletions, share },
        } = self;
        // Rounded up, so that it is never said to be allowed; all is only all.
        let percent = match lost == held {
            true => 100,
            false => (lost * 100).div_ceil(*held).min(99),
        };
        match scope {
            Scope::All => write!(f, "{lost} of {held} entities ({deletions} allowed)"),
            Scope::Blueprint(blueprint) => write!(
                f,
                "{lost} of {held} `{blueprint}` entities ({percent} %, {share} % allowed)"
            ),
            Scope::Application(Some(application)) => write!(
                f,
                "{lost} of {held} entities of application `{application}` ({percent} %, {share} % allowed)"
            ),
            Scope::Application(None) => write!(
                f,
                "{lost} of {held} entities of no named application ({percent} %, {share} % allowed)"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Key, Lock};
    use super::Limits;
    use crate::catalog::{BlueprintId, EntityId};

    const DEFAULT: Limits = Limits {
        deletions: 10,
        share: 10,
    };

    fn key(blueprint: &str, number: usize) -> Key {
        Key {
            blueprint: BlueprintId::parse(blueprint).unwrap(),
            identifier: EntityId::parse(&number.to_string()).unwrap(),
        }
    }

    /// A lock of so many entities of each blueprint, of which the first ones go.
    #[track_caller]
    fn check(limits: Limits, blueprints: &[(&str, usize, usize)], expected: &[&str]) {
        let mut text = String::from("# glint.lock v1\n");
        let mut present = BTreeSet::new();
        for (blueprint, held, lost) in blueprints {
            for number in 0..*held {
                text.push_str(&format!(
                    "{blueprint} {number} 0000000000000000 Entity/a@{blueprint}s\n"
                ));
                if number >= *lost {
                    present.insert(key(blueprint, number));
                }
            }
        }
        let loss = Lock::parse(text.as_bytes()).unwrap().loss(&present, limits);
        let breaches: Vec<String> = loss.breaches.iter().map(ToString::to_string).collect();
        assert_eq!(breaches, expected);
        let lost: usize = blueprints.iter().map(|(_, _, lost)| lost).sum();
        assert_eq!(loss.entities.len(), lost);
    }

    #[test]
    fn few_deletions_of_many_are_allowed() {
        check(DEFAULT, &[("service", 100, 10)], &[]);
        check(DEFAULT, &[("service", 9, 9)], &[]);
        check(DEFAULT, &[("service", 10, 1)], &[]);
        check(DEFAULT, &[], &[]);
    }

    #[test]
    fn too_many_in_all_or_of_one_kind_are_not() {
        check(
            DEFAULT,
            &[("a", 9, 9), ("b", 9, 2)],
            &["11 of 18 entities (10 allowed)"],
        );
        check(
            DEFAULT,
            &[("a", 40, 5), ("b", 10, 1)],
            &[
                "5 of 40 `a` entities (13 %, 10 % allowed)",
                "5 of 40 entities of application `as` (13 %, 10 % allowed)",
            ],
        );
    }

    #[test]
    fn nothing_and_everything_can_be_allowed() {
        let none = Limits {
            deletions: 0,
            share: 0,
        };
        check(none, &[("a", 3, 0)], &[]);
        check(none, &[("a", 3, 1)], &["1 of 3 entities (0 allowed)"]);
        let all = Limits {
            deletions: u64::MAX,
            share: 100,
        };
        check(all, &[("a", 30, 30)], &[]);
    }
}
