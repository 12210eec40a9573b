//! Which of the entities that are gone came back under another identity.
//!
//! Conservative: an entity is a renamed one if the same object of the cluster
//! declares it, or else if one of its blueprint with the same content is there
//! now; and in either case only where no other could be meant.

use std::collections::{BTreeMap, BTreeSet};

use super::side::{Content, Declared};
use crate::lock::Digest;

/// Entities of one side that are not paired yet.
type Rest<'a> = Vec<&'a Declared>;

/// A renamed entity, as it was and as it is.
type Pair<'a> = (&'a Declared, &'a Declared);

/// What belongs together, by the indices in both rests.
type Matches<'a> = fn(&[&'a Declared], &[&'a Declared]) -> Vec<(usize, usize)>;

/// The renamed ones, what is gone and what is new otherwise; each in the order
/// that it came in.
pub(super) fn pair<'a>(gone: Rest<'a>, new: Rest<'a>) -> (Vec<Pair<'a>>, Rest<'a>, Rest<'a>) {
    let mut pairs = Vec::new();
    let (gone, new) = unite(gone, new, by_object, &mut pairs);
    let (gone, new) = unite(gone, new, by_content, &mut pairs);
    (pairs, gone, new)
}

/// Takes those out of both rests that belong together.
fn unite<'a>(
    gone: Rest<'a>,
    new: Rest<'a>,
    matches: Matches<'a>,
    pairs: &mut Vec<Pair<'a>>,
) -> (Rest<'a>, Rest<'a>) {
    let found = matches(&gone, &new);
    pairs.extend(found.iter().map(|(left, right)| (gone[*left], new[*right])));
    let others = |rest: Rest<'a>, taken: fn(&(usize, usize)) -> usize| -> Rest<'a> {
        let taken: BTreeSet<usize> = found.iter().map(taken).collect();
        let numbered = rest.into_iter().enumerate();
        let others = numbered.filter(|(index, _)| !taken.contains(index));
        others.map(|(_, entity)| entity).collect()
    };
    (others(gone, |pair| pair.0), others(new, |pair| pair.1))
}

/// One object on either side. One that declares several entities says nothing.
fn by_object(gone: &[&Declared], new: &[&Declared]) -> Vec<(usize, usize)> {
    let is_object = |left: &Declared, right: &Declared| {
        let [left] = left.places.as_slice() else {
            return false;
        };
        matches!(right.places.as_slice(), [right] if left.owner.is_object(&right.owner))
    };
    // Buckets by name keep this from comparing each with each.
    let name = |entity: &Declared| {
        let first = entity.places.first();
        first.map(|place| place.owner.name.clone())
    };
    unique(gone, new, name, is_object)
}

/// One content on either side. An empty one is everybody's.
fn by_content(gone: &[&Declared], new: &[&Declared]) -> Vec<(usize, usize)> {
    let bucket = |entity: &Declared| -> Option<(String, Digest)> {
        let empty = Content::Body(Default::default()).digest();
        let digest = Some(entity.content.digest()).filter(|digest| *digest != empty)?;
        Some((entity.identity.blueprint.clone(), digest))
    };
    unique(gone, new, bucket, |_, _| true)
}

/// The pairs that match, of which neither side matches any other.
fn unique<K: Ord>(
    gone: &[&Declared],
    new: &[&Declared],
    bucket: impl Fn(&Declared) -> Option<K>,
    matches: impl Fn(&Declared, &Declared) -> bool,
) -> Vec<(usize, usize)> {
    let mut buckets: BTreeMap<K, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, entities) in [gone, new].into_iter().enumerate() {
        for (index, entity) in entities.iter().enumerate() {
            if let Some(key) = bucket(entity) {
                buckets.entry(key).or_default()[side].push(index);
            }
        }
    }
    let mut pairs = Vec::new();
    for [lefts, rights] in buckets.into_values() {
        let of = |left: usize| {
            let all = rights.iter().copied();
            all.filter(|right| matches(gone[left], new[*right]))
                .collect::<Vec<_>>()
        };
        for left in lefts.iter().copied() {
            let [right] = of(left)[..] else { continue };
            let rivals = lefts
                .iter()
                .filter(|other| matches(gone[**other], new[right]));
            if rivals.count() == 1 {
                pairs.push((left, right));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}
