//! What a change means for the catalog: two sets of entities, before and after.
//!
//! Each set is what the exporter sends (or, on the earlier side, what a
//! `glint.lock` says of it or a catalog holds), merged by identity. Not here: how the sets come
//! about (`exporter`, `lock`) and how a difference is shown (`output`).
//!
//! What the catalog does with it (port-k8s-exporter v0.7.9, which upserts with
//! `merge=true`): a field that is sent replaces, an explicit null clears, and a
//! field that is not sent any more stays as it was: it *lingers*. An entity under
//! a new identity is a new one; the catalog keeps nothing of the old.
//!
//! Invariant: the same two sets give the same difference, in the order of the
//! identities, and every entity of either set is counted once.

mod fields;
#[cfg(feature = "catalog")]
mod held;
mod relating;
mod renames;
mod side;

pub(crate) use fields::{FieldChange, Fields, Lingering};
#[cfg(feature = "catalog")]
pub(crate) use held::{Catalog, Held, held};
pub(crate) use relating::{Relating, Relations, pointers};
pub(crate) use side::{Body, Content, Declared, Place, Side};

/// What changes from one set of entities to another. Each list is sorted by the
/// identity that is there afterwards (for what is deleted: was there before).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Diff {
    /// Entities that are new.
    pub created: Vec<Declared>,
    /// Entities of which something else is sent, or less.
    pub changed: Vec<Changed>,
    /// Entities that are declared elsewhere, or under another identity.
    pub moved: Vec<Moved>,
    /// Entities that are not there any more.
    pub deleted: Vec<Deleted>,
    /// How many entities are sent as before, from where they were before.
    pub unchanged: usize,
}

/// An entity of which something else is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changed {
    /// As it was.
    pub before: Declared,
    /// As it is.
    pub after: Declared,
    /// What differs, never nothing; `None` where only a lock knows the earlier
    /// side, and so only that something differs.
    pub fields: Option<Fields>,
}

/// An entity that is declared elsewhere, or under another identity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moved {
    /// As it was.
    pub before: Declared,
    /// As it is.
    pub after: Declared,
    /// What the move costs.
    pub cost: Cost,
    /// What differs besides, often nothing; `None` as in [`Changed`], where
    /// something does.
    pub fields: Option<Fields>,
    /// Under a new identity: which entities still point to the old one, sorted.
    pub relating: Vec<Relating>,
}

/// An entity that is not there any more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deleted {
    /// As it was.
    pub before: Declared,
    /// Which entities that stay point to it, sorted.
    pub relating: Vec<Relating>,
}

/// What a move costs in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cost {
    /// Same identity and same object, from another file or application.
    Nothing,
    /// Same identity, another object of the cluster. Both exist for a moment, and
    /// the exporter deletes the entity when it sees the old object go.
    Recreated,
    /// Another identity: for the catalog another entity.
    Identity,
}

impl Cost {
    /// The word for machines.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Recreated => "recreated",
            Self::Identity => "identity",
        }
    }

    /// What to tell the author; `None` where there is nothing to tell.
    pub(crate) fn sentence(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Recreated => Some(
                "another object: if the old one goes last, the exporter deletes the entity until its next resync",
            ),
            Self::Identity => Some(
                "a new entity for the catalog: relations to the old one, manual properties and history are lost",
            ),
        }
    }
}

/// A difference in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Entities that are new.
    pub created: usize,
    /// Entities of which something else is sent.
    pub changed: usize,
    /// Entities that moved.
    pub moved: usize,
    /// Entities that are gone.
    pub deleted: usize,
    /// All others, those with nothing but lingering fields among them.
    pub unchanged: usize,
    /// Fields that left Git and stay in the catalog.
    pub lingering: usize,
}

impl Diff {
    /// The same where nothing is known of what was declared before: what is not
    /// sent need never have been.
    #[cfg(feature = "catalog")]
    #[must_use]
    pub(crate) fn without_history(mut self) -> Self {
        let of_changed = self.changed.iter_mut().map(|changed| &mut changed.fields);
        let of_moved = self.moved.iter_mut().map(|moved| &mut moved.fields);
        for fields in of_changed.chain(of_moved).flatten() {
            for lingering in &mut fields.lingering {
                lingering.left_git = false;
            }
        }
        self
    }

    /// The numbers of it.
    pub(crate) fn counts(&self) -> Counts {
        let only_lingers = |changed: &&Changed| {
            let fields = changed.fields.as_ref();
            fields.is_some_and(|fields| fields.changes.is_empty())
        };
        let lingering = self.changed.iter().filter(only_lingers).count();
        let of_changed = self.changed.iter().map(|changed| &changed.fields);
        let of_moved = self.moved.iter().map(|moved| &moved.fields);
        Counts {
            created: self.created.len(),
            changed: self.changed.len() - lingering,
            moved: self.moved.len(),
            deleted: self.deleted.len(),
            unchanged: self.unchanged + lingering,
            lingering: of_changed
                .chain(of_moved)
                .flatten()
                .map(|fields| fields.lingering.len())
                .sum(),
        }
    }
}

/// Compares two sets of entities.
pub(crate) fn diff(before: &Side, after: &Side) -> Diff {
    let relations = Relations::of(before, after);
    let mut diff = Diff::default();
    for entity in after.entities() {
        if let Some(earlier) = before.get(&entity.identity) {
            diff.compare(earlier, entity);
        }
    }
    let gone = before
        .entities()
        .filter(|it| after.get(&it.identity).is_none());
    let new = after
        .entities()
        .filter(|it| before.get(&it.identity).is_none());
    let (renamed, gone, new) = renames::pair(gone.collect(), new.collect());
    diff.moved
        .extend(renamed.into_iter().map(|(before, after)| Moved {
            before: before.clone(),
            after: after.clone(),
            cost: Cost::Identity,
            fields: fields::of(&before.content, &after.content),
            relating: relations.to(&before.identity),
        }));
    diff.moved
        .sort_by(|left, right| left.after.identity.cmp(&right.after.identity));
    diff.created = new.into_iter().cloned().collect();
    diff.deleted = gone
        .into_iter()
        .map(|before| Deleted {
            before: before.clone(),
            relating: relations.to(&before.identity),
        })
        .collect();
    diff
}

impl Diff {
    /// Takes in an entity that keeps its identity.
    fn compare(&mut self, before: &Declared, after: &Declared) {
        let fields = fields::of(&before.content, &after.content);
        let same = fields.as_ref().is_some_and(Fields::is_empty);
        let (before, after) = (before.clone(), after.clone());
        match moved(&before, &after) {
            Some(cost) => self.moved.push(Moved {
                before,
                after,
                cost,
                fields,
                relating: Vec::new(),
            }),
            None if same => self.unchanged += 1,
            None => self.changed.push(Changed {
                before,
                after,
                fields,
            }),
        }
    }
}

/// What it costs that an entity of one identity is declared elsewhere; `None`
/// where any of its places is as before.
fn moved(before: &Declared, after: &Declared) -> Option<Cost> {
    let pairs = || {
        let befores = before.places.iter();
        befores.flat_map(|before| after.places.iter().map(move |after| (before, after)))
    };
    if pairs().next().is_none() || pairs().any(|(before, after)| before.is_at(after)) {
        return None;
    }
    let same_object = pairs().any(|(before, after)| {
        let (before, after) = (&before.owner, &after.owner);
        (&before.kind, &before.namespace, &before.name)
            == (&after.kind, &after.namespace, &after.name)
    });
    Some(match same_object {
        true => Cost::Nothing,
        false => Cost::Recreated,
    })
}

#[cfg(test)]
mod tests;
