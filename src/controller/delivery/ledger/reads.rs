//! Objects that are to be read again: an application's run may be known before a watch
//! has told what it changed.
//!
//! What is read is compared and not taken in, since a watch alone says what came after
//! what. Invariants: of a run nothing is told before each of its objects, read after the
//! run was seen, was as it is known here, and was looked for in the catalog after that;
//! one that is not is read again ever later, and soon after the watch told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::plan::TOGETHER;
use super::{Id, Ledger};
use crate::controller::delivery::entities::Live;
use crate::report::ObjectKey;
use crate::report::delivery::{Moment, Now};

/// The pause before one is read again, at first and at most, in milliseconds.
const PAUSE: [u64; 2] = [250, 60_000];

/// How many are read in one go, each by its name.
const READ: usize = 100;

/// Those that wait are read in one go, by lists, where they are more than this part of
/// all.
const PART: usize = 20;

/// One object to read.
#[derive(Clone, Debug)]
pub(in crate::controller::delivery) struct Unread {
    pub id: Id,
    pub key: Arc<ObjectKey>,
}

/// What was read of it.
#[derive(Clone, Debug)]
pub(in crate::controller::delivery) struct Read {
    id: Id,
    /// Of the object; nothing where there is none.
    digest: Option<u64>,
}

impl Unread {
    /// It was read, and this is there.
    pub(in crate::controller::delivery) fn read(&self, live: Option<&Live>) -> Read {
        Read {
            id: self.id,
            digest: live.map(Live::digest),
        }
    }
}

/// Which objects wait to be read, or are read now.
#[derive(Debug, Default)]
pub(super) struct Reads {
    waits: BTreeMap<Id, Wait>,
    due: BTreeSet<(Moment, Id)>,
}

#[derive(Debug)]
struct Wait {
    /// When it is read; nothing while it is.
    at: Option<Moment>,
    /// The pause where it is not as it is known then.
    pause: u64,
}

impl Reads {
    /// One is to be read; what a read finds that is under way does not count.
    pub(super) fn want(&mut self, id: Id, at: Moment) {
        self.schedule(id, at, PAUSE[0]);
    }

    /// The watch told of one.
    pub(super) fn hurry(&mut self, id: Id, at: Moment) {
        if self.waits.get(&id).is_some_and(|wait| wait.at.is_some()) {
            self.schedule(id, at, PAUSE[0]);
        }
    }

    /// Whether one is not known yet to be as it is in the cluster.
    pub(super) fn has(&self, id: Id) -> bool {
        self.waits.contains_key(&id)
    }

    pub(super) fn remove(&mut self, id: Id) {
        if let Some(Wait { at: Some(at), .. }) = self.waits.remove(&id) {
            self.due.remove(&(at, id));
        }
    }

    fn next(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Those that are read from now on, of so many objects in all.
    fn take(&mut self, all: usize, now: Now) -> Vec<Id> {
        let until = now.moment.plus(TOGETHER);
        let due = self.due.iter().take_while(|(at, _)| *at <= until);
        let mut ids: Vec<Id> = due.map(|(_, id)| *id).collect();
        if ids.len() <= READ.max(all / PART) {
            ids.truncate(READ);
        }
        for id in &ids {
            if let Some(wait) = self.waits.get_mut(id)
                && let Some(at) = wait.at.take()
            {
                self.due.remove(&(at, *id));
            }
        }
        ids
    }

    /// Whether a read of it is under way whose answer counts.
    fn is_read(&self, id: Id) -> bool {
        self.waits.get(&id).is_some_and(|wait| wait.at.is_none())
    }

    /// One could not be read, or is not as it is known.
    fn later(&mut self, id: Id, now: Now) {
        let Some(wait) = self.waits.get(&id).filter(|wait| wait.at.is_none()) else {
            return;
        };
        let [_, most] = PAUSE;
        let pause = wait.pause;
        self.schedule(id, now.moment.plus(pause), (pause * 2).min(most));
    }

    fn schedule(&mut self, id: Id, at: Moment, pause: u64) {
        self.remove(id);
        let wait = Wait {
            at: Some(at),
            pause,
        };
        self.waits.insert(id, wait);
        self.due.insert((at, id));
    }
}

impl Ledger {
    /// When there is something to read; nothing before all is known.
    pub(in crate::controller::delivery) fn next_read(&self) -> Option<Moment> {
        self.reads.next().filter(|_| self.is_listed())
    }

    /// What to read now: a few by their names, or many.
    pub(in crate::controller::delivery) fn unread(&mut self, now: Now) -> Vec<Unread> {
        let ids = self.reads.take(self.by_key.len(), now);
        let unread = ids.into_iter().filter_map(|id| {
            let key = Arc::clone(&self.get(id)?.key);
            Some(Unread { id, key })
        });
        unread.collect()
    }

    /// Takes in what was read: what is as it is known here is worth a look.
    pub(in crate::controller::delivery) fn read(&mut self, read: Vec<Read>, now: Now) {
        for Read { id, digest } in read {
            if !self.reads.is_read(id) {
                continue;
            }
            let tracked = self.at(id);
            let is_there = tracked.live.is_some();
            if tracked.live.as_deref().map(Live::digest) != digest {
                self.reads.later(id, now);
                continue;
            }
            tracked.is_unlooked = is_there;
            self.reads.remove(id);
            match is_there {
                true => self.plan(id, Some(now.moment)),
                false => self.touch(id),
            }
        }
    }

    /// Some could not be read.
    pub(in crate::controller::delivery) fn not_read(
        &mut self,
        ids: impl IntoIterator<Item = Id>,
        now: Now,
    ) {
        for id in ids {
            self.reads.later(id, now);
        }
    }
}
