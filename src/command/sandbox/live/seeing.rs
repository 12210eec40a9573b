//! What is seen of a cluster and of its kinds, shared by whoever keeps it up to date and
//! whoever renders it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::declared::Live;
use super::sight::{Sight, kind_of};
use crate::cluster::Resource;
use crate::exporter::Kinds;

/// What is seen, shared by the keeper and whoever renders it.
pub(super) struct Seeing {
    pub(super) sight: Sight,
    /// What discovery said at the start, which is all that the exporter ever hears.
    pub(super) kinds: Kinds,
    /// Glint's kinds that are not served.
    pub(super) lacking: Vec<String>,
    /// Those that came to be served later.
    pub(super) late: Vec<String>,
}

impl Seeing {
    /// Nothing is seen yet.
    pub(super) fn new(served: Vec<Resource>) -> Self {
        Self {
            sight: Sight::default(),
            kinds: kinds(served),
            lacking: Vec::new(),
            late: Vec::new(),
        }
    }

    /// As of now.
    pub(super) fn live(&self) -> Live {
        Live {
            objects: self.sight.objects(),
            kinds: self.kinds.clone(),
            listed: self.sight.listed(),
            trouble: self.sight.trouble(),
            lacking: self.lacking.clone(),
            late: self.late.clone(),
        }
    }
}

fn kinds(served: Vec<Resource>) -> Kinds {
    Kinds::served(served.into_iter().map(|resource| {
        let kind = kind_of(&resource);
        (kind, [resource.plural, resource.singular])
    }))
}

/// What is seen, for as long as nobody else looks.
pub(super) fn locked(seen: &Mutex<Seeing>) -> MutexGuard<'_, Seeing> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
