//! The objects that tell of syncs, as they come, change and go.
//!
//! Invariant: of an object nothing is kept but its sighting; of a Flux object that is
//! made once its source is known.

use std::pin::Pin;

use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::Value;

use super::parts::{OfArgoCd, OfFlux};
use super::sighting::{Kind, Sighting};
use super::sources::Sources;
use crate::catalog::Dialect;
use crate::cluster::{Change, Cluster, ClusterError, Name, Scope};
use crate::controller::frame::Shard;
use crate::report::ClusterName;

/// Objects in memory at once while they are listed: their parts, and their text, which is
/// 100 kB of a large one.
const PAGE: u32 = 16;

/// What happens to the objects.
#[derive(Debug)]
pub(super) enum Event {
    /// One is there, new or changed.
    Sighted(Box<Sighting>),
    /// One is gone, or is no more among those that are watched.
    Lost(Kind, Name),
    /// All of a kind were told.
    Listed(Kind),
    /// A kind is not served, which says nothing about its objects.
    Unserved(Kind),
    /// A kind can't be watched now.
    Failed(Kind, ClusterError),
}

/// What is watched, and how it is read.
#[derive(Clone, Debug)]
pub(super) struct Watching {
    pub cluster: Cluster,
    pub shard: Shard,
    pub sources: Sources,
    /// What the cluster is called.
    pub name: ClusterName,
    pub dialect: Dialect,
}

/// An object on its way.
enum Reduced {
    Sighted(Box<Sighting>),
    /// Of Flux: its source is missing still.
    Whole(Box<Value>),
    /// It tells nothing.
    Unread,
}

impl Watching {
    /// All events, for ever.
    pub(super) fn events(&self) -> impl Stream<Item = Event> + Send + use<> {
        let watches = Kind::ALL.map(|kind| self.clone().of_kind(kind));
        stream::select_all(watches)
    }

    fn of_kind(self, kind: Kind) -> Pin<Box<dyn Stream<Item = Event> + Send>> {
        let scope = Scope {
            page: PAGE,
            ..self.shard.scope(kind.path())
        };
        let (cluster, reader) = (&self.cluster, self.clone());
        let changes = match kind {
            Kind::Application => {
                let read = move |object| reader.read(&object, None);
                cluster.follow_parts::<OfArgoCd, _>(scope, read)
            }
            Kind::Kustomization | Kind::HelmRelease => {
                let keep = |object| Reduced::Whole(Box::new(object));
                cluster.follow_parts::<OfFlux, _>(scope, keep)
            }
        };
        Box::pin(changes.filter_map(move |change| {
            let watching = self.clone();
            async move { watching.event(kind, change).await }
        }))
    }

    async fn event(
        &self,
        kind: Kind,
        change: Result<Change<Reduced>, ClusterError>,
    ) -> Option<Event> {
        Some(match change {
            Ok(Change::Unserved) => Event::Unserved(kind),
            Ok(Change::Listed(_)) => Event::Listed(kind),
            Ok(Change::Deleted(name)) => Event::Lost(kind, name),
            Ok(Change::Applied(Reduced::Sighted(sighting))) => Event::Sighted(sighting),
            Ok(Change::Applied(Reduced::Unread)) => return None,
            Ok(Change::Applied(Reduced::Whole(object))) => {
                Event::Sighted(self.sourced(&object).await?)
            }
            Err(error) => Event::Failed(kind, error),
        })
    }

    /// The sighting of an object of Flux's.
    async fn sourced(&self, object: &Value) -> Option<Box<Sighting>> {
        let source = self.sources.of(object).await;
        if let Err(error) = &source {
            tracing::debug!(%error, "a source can't be read now");
        }
        let is_incomplete = source.is_err();
        match self.read(object, source.ok().flatten()) {
            Reduced::Sighted(mut sighting) => {
                sighting.is_incomplete = is_incomplete;
                Some(sighting)
            }
            Reduced::Whole(_) | Reduced::Unread => None,
        }
    }

    fn read(&self, object: &Value, source: Option<Value>) -> Reduced {
        match Sighting::of(object, source, &self.name, self.dialect) {
            Ok(sighting) => Reduced::Sighted(Box::new(sighting)),
            Err(error) => {
                tracing::debug!(%error, "an object tells nothing");
                Reduced::Unread
            }
        }
    }

    /// An object, read now; nothing where there is none of that name, though its kind is
    /// served.
    ///
    /// # Errors
    /// Nobody can say: the cluster can't be asked, or does not serve the kind.
    pub(super) async fn look(
        &self,
        kind: Kind,
        name: &Name,
    ) -> Result<Option<Sighting>, LookError> {
        let served = || async { self.cluster.resolve(kind.path()).await };
        let resource = served().await?.ok_or(LookError::Unserved(kind.path()))?;
        let namespace = name.namespace.as_deref();
        let Some(object) = self.cluster.get(&resource, namespace, &name.name).await? else {
            // Without its kind an object can't be found either.
            return match served().await? {
                Some(_) => Ok(None),
                None => Err(LookError::Unserved(kind.path())),
            };
        };
        let source = match kind {
            Kind::Application => None,
            Kind::Kustomization | Kind::HelmRelease => self.sources.of(&object).await?,
        };
        match self.read(&object, source) {
            Reduced::Sighted(sighting) => Ok(Some(*sighting)),
            Reduced::Whole(_) | Reduced::Unread => Err(LookError::Unread(kind.path())),
        }
    }
}

/// Why there is no saying whether an object is there.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookError {
    /// The cluster can't be asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// It has no such kind now.
    #[error("`{0}` is not served")]
    Unserved(&'static str),
    /// The object makes no sense.
    #[error("an object of `{0}` tells nothing")]
    Unread(&'static str),
}
