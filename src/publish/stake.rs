//! Which of the exporter's entities a new config may cost.
//!
//! The reasoning stands at the head of `publish`. Invariant: an entity that is not
//! among the deletions is one that the exporter sends again, or that only makers
//! make which both configs hold.

use std::collections::{BTreeMap, BTreeSet};

use super::makers::Maker;
use super::witness::Witnesses;
use crate::catalog::Identity;
use crate::exporter::Preview;

/// An owned entity that the exporter would delete, or may.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deletion {
    /// Which one.
    pub identity: Identity,
    /// Why.
    pub reason: Reason,
}

/// Why an entity is at stake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// Its object is known and not sent any more.
    Unsent,
    /// Its object is sent under this identity instead.
    Moved(Identity),
    /// Of the current config's blocks that may have made it, this one goes or makes
    /// other identities.
    Block {
        /// Its index there.
        index: usize,
        /// Its kind, as it stands there.
        kind: String,
    },
    /// The discovery of CRDs may have made it, and changes.
    Discovery,
    /// No block of the current config makes it.
    Backlog,
    /// There is no current config that can be read.
    Unknown,
}

impl Reason {
    /// Whether the entity goes for certain, as far as the exporter deletes at all;
    /// otherwise its object, which nobody has seen, may be sent still.
    pub(crate) fn is_certain(&self) -> bool {
        match self {
            Self::Unsent | Self::Moved(_) | Self::Backlog => true,
            Self::Block { .. } | Self::Discovery | Self::Unknown => false,
        }
    }
}

/// What is known of one config.
pub(super) struct Side<'a> {
    /// What makes entities under it.
    pub(super) makers: Vec<Maker<'a>>,
    /// What is sent of the given objects and of the witnesses, which come after
    /// these.
    pub(super) preview: &'a Preview,
}

/// What is known of both.
pub(super) struct Evidence<'a> {
    /// None where it can't be read.
    pub(super) old: Option<Side<'a>>,
    pub(super) new: Side<'a>,
    /// What the exporter owns.
    pub(super) owned: &'a BTreeSet<Identity>,
    /// What the new config is known to make.
    pub(super) known: &'a BTreeSet<Identity>,
    /// How many objects were given.
    pub(super) given: usize,
    /// Whether these are all of the kinds that both configs name.
    pub(super) is_whole: bool,
    pub(super) witnesses: &'a Witnesses,
}

/// What one config makes, looked up by object.
struct Made {
    /// Block and identity by object.
    sent: BTreeMap<usize, Vec<(usize, Identity)>>,
    /// Blocks and objects that nothing certain is said of; no object for all.
    unclear: BTreeSet<(usize, Option<usize>)>,
}

/// The makers of the current config by what becomes of them.
struct Fates<'m, 'c> {
    kept: Vec<&'m Maker<'c>>,
    lost: Vec<&'m Maker<'c>>,
}

impl Evidence<'_> {
    /// Every owned entity that may go, sorted.
    pub(super) fn deletions(&self) -> Vec<Deletion> {
        let new = Made::of(self.new.preview);
        let old = self.old.as_ref().map(|side| (side, Made::of(side.preview)));
        let sent = self.given_identities(&new);
        let before = old.as_ref().map(|(_, old)| self.given_identities(old));
        let witnesses = self.witness_indexes();
        // What a file declares need not be in the cluster yet. What is sent of it now
        // shows that it makes the entity; what would only be sent shows nothing.
        let is_shown = |identity: &Identity| {
            let made = before.as_ref();
            self.is_whole || made.is_none_or(|made| made.contains(identity))
        };
        let stays = |identity: &Identity| sent.contains(identity) && is_shown(identity);
        let open = self
            .owned
            .iter()
            .filter(|identity| !stays(identity) && !self.is_known(identity, &new));
        let deletion = |identity: &Identity| {
            let reason = match &old {
                None => Some(Reason::Unknown),
                Some((side, old)) => {
                    let case = Case {
                        evidence: self,
                        identity,
                        old,
                        new: &new,
                        is_sent: sent.contains(identity),
                        objects: witnesses.get(identity).cloned().unwrap_or_default(),
                    };
                    case.reason(&self.fates(side))
                }
            };
            reason.map(|reason| Deletion {
                identity: identity.clone(),
                reason,
            })
        };
        open.filter_map(deletion).collect()
    }

    /// Whether the new config made it before, and so makes it again. What it owned
    /// then, but mapped no more, it does not; nor, where all objects are given, what it
    /// is known to make of none.
    fn is_known(&self, identity: &Identity, new: &Made) -> bool {
        let may_make = |maker: &Maker<'_>| {
            let is_open = !self.is_whole || maker.block.is_none_or(|block| new.is_unsure(block));
            is_open && maker.may_make(&identity.blueprint)
        };
        self.known.contains(identity) && self.new.makers.iter().any(may_make)
    }

    /// What the given objects send.
    fn given_identities<'m>(&self, made: &'m Made) -> BTreeSet<&'m Identity> {
        let given = made.sent.range(..self.given);
        given
            .flat_map(|(_, sent)| sent.iter().map(|(_, it)| it))
            .collect()
    }

    /// The witnesses of each entity, by their indexes in the previews.
    fn witness_indexes(&self) -> BTreeMap<&Identity, Vec<usize>> {
        let mut indexes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for index in 0..self.witnesses.objects.len() {
            if let Some(identity) = self.witnesses.entity(index) {
                indexes
                    .entry(identity)
                    .or_default()
                    .push(self.given + index);
            }
        }
        indexes
    }

    fn fates<'m, 'c>(&self, old: &'m Side<'c>) -> Fates<'m, 'c> {
        let is_kept = |maker: &&Maker<'_>| {
            let mut new = self.new.makers.iter();
            new.any(|other| other.makes_the_same(maker))
        };
        let (kept, lost) = old.makers.iter().partition(is_kept);
        Fates { kept, lost }
    }
}

/// One owned entity that no given object sends.
struct Case<'a> {
    evidence: &'a Evidence<'a>,
    identity: &'a Identity,
    old: &'a Made,
    new: &'a Made,
    /// Whether a given object would send it.
    is_sent: bool,
    /// Its witnesses.
    objects: Vec<usize>,
}

impl Case<'_> {
    /// Why it is at stake; none where it stays.
    fn reason(&self, fates: &Fates<'_, '_>) -> Option<Reason> {
        if let Some(reason) = self.of_given_object() {
            return Some(reason);
        }
        let may_make = |maker: &&&Maker<'_>| maker.may_make(&self.identity.blueprint);
        let mut survives = false;
        for maker in fates.lost.iter().filter(may_make) {
            match (maker.block, maker.is_ours()) {
                (None, _) => return Some(Reason::Discovery),
                // It would be sent of one of the given objects.
                (Some(block), _) if self.evidence.is_whole => {
                    if self.old.is_unsure(block) {
                        return Some(block_of(maker));
                    }
                }
                (Some(_), false) => return Some(block_of(maker)),
                (Some(block), true) => {
                    for object in self.taken_by(block) {
                        if !self.new.sends(object, self.identity) {
                            let moved = self.moved(object);
                            return Some(moved.unwrap_or_else(|| block_of(maker)));
                        }
                        survives = true;
                    }
                }
            }
        }
        let kept = fates.kept.iter().filter(may_make);
        let kept = kept.into_iter().any(|maker| match maker.block {
            Some(block) if self.evidence.is_whole => self.old.is_unsure(block),
            Some(block) if maker.is_ours() => self.taken_by(block).next().is_some(),
            Some(_) | None => true,
        });
        (!survives && !kept && !self.is_sent).then_some(Reason::Backlog)
    }

    /// What became of the given object that made it, if there is one.
    fn of_given_object(&self) -> Option<Reason> {
        let given = self.old.sent.range(..self.evidence.given);
        let mut objects = given.filter(|(_, sent)| sent.iter().any(|(_, it)| it == self.identity));
        let (object, _) = objects.next()?;
        Some(self.moved(*object).unwrap_or(Reason::Unsent))
    }

    /// The witnesses that a block of the current config takes, or may take.
    fn taken_by(&self, block: usize) -> impl Iterator<Item = usize> + '_ {
        let objects = self.objects.iter().copied();
        objects.filter(move |object| {
            let sent = self.old.sent.get(object).into_iter().flatten();
            let mut sent = sent.filter(|(by, it)| *by == block && it == self.identity);
            sent.next().is_some() || self.old.is_unclear(block, *object)
        })
    }

    /// The one identity that the object is sent under instead.
    fn moved(&self, object: usize) -> Option<Reason> {
        let now = self.new.identities(object);
        let before = self.old.identities(object);
        let mut others = now.difference(&before);
        let to = others.next().filter(|_| others.next().is_none())?;
        let mut gone = before.difference(&now);
        let is_only = gone.next().is_some() && gone.next().is_none();
        is_only.then(|| Reason::Moved((*to).clone()))
    }
}

fn block_of(maker: &Maker<'_>) -> Reason {
    match (maker.block, maker.kind()) {
        (Some(index), Some(kind)) => Reason::Block {
            index,
            kind: kind.to_owned(),
        },
        (None, _) | (_, None) => Reason::Discovery,
    }
}

impl Made {
    fn of(preview: &Preview) -> Self {
        let mut sent: BTreeMap<usize, Vec<(usize, Identity)>> = BTreeMap::new();
        for it in &preview.sent {
            let made = sent.entry(it.object).or_default();
            made.push((it.block, it.request.identity()));
        }
        let problems = preview.problems.iter();
        Self {
            sent,
            unclear: problems.map(|it| (it.block, it.object)).collect(),
        }
    }

    fn sends(&self, object: usize, identity: &Identity) -> bool {
        self.identities(object).contains(identity)
    }

    fn identities(&self, object: usize) -> BTreeSet<&Identity> {
        let sent = self.sent.get(&object).into_iter().flatten();
        sent.map(|(_, identity)| identity).collect()
    }

    /// Whether there is an object of which nobody can say what a block makes.
    fn is_unsure(&self, block: usize) -> bool {
        let mut unclear = self.unclear.iter();
        unclear.any(|(of, _)| *of == block)
    }

    fn is_unclear(&self, block: usize, object: usize) -> bool {
        self.unclear.contains(&(block, Some(object))) || self.unclear.contains(&(block, None))
    }
}
