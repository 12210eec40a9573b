//! What the loop follows: the objects of both kinds, their CRDs, and what applications
//! declare.

use futures_util::stream::{SelectAll, StreamExt};

use super::entities::{Live, OfEntities};
use super::exporter_watch::{self, Crd};
use super::packed::Shapes;
use super::{Loop, Options};
use crate::catalog::{EntityKind, Identity};
use crate::cluster::{Change, ClusterError, Name, Scope};
use crate::controller::report::targets::TargetChange;
use crate::report::ObjectKey;

/// What happens to objects.
pub(super) type Changes = Result<(EntityKind, Change<(Live, Identity)>), ClusterError>;

pub(super) type BoxStream = futures_util::stream::BoxStream<'static, (EntityKind, Option<Crd>)>;

impl Loop {
    /// What happens to the objects of both kinds.
    pub(super) fn follow(&self) -> SelectAll<futures_util::stream::BoxStream<'static, Changes>> {
        let Options { dialect, gate, .. } = self.given.options;
        let context = &self.given.context;
        let streams = EntityKind::ALL.map(|kind| {
            let name = format!("{}/{}", dialect.api_version(), kind.plural());
            let mut shapes = Shapes::default();
            let reduce = move |object| Live::reduce(kind, object, gate, &mut shapes);
            // Those of all shards, wherever they are: applications of this one may declare
            // any of them, and two of different shards may be the same entity.
            let scope = Scope::all(&name);
            let changes = context.cluster.follow_parts::<OfEntities, _>(scope, reduce);
            changes
                .map(move |change| change.map(|change| (kind, change)))
                .boxed()
        });
        futures_util::stream::select_all(streams)
    }

    pub(super) fn change(&mut self, change: Changes, crds: &mut SelectAll<BoxStream>) {
        let now = self.now();
        match change {
            Ok((_, Change::Applied((live, declared)))) => {
                self.ledger.applied(live, declared, now);
            }
            Ok((kind, Change::Deleted(Name { namespace, name }))) => {
                let key = ObjectKey {
                    kind,
                    namespace,
                    name,
                };
                self.ledger.deleted(&key, now);
            }
            Ok((kind, Change::Listed(resource))) => {
                self.resources.insert(kind, resource);
                self.ledger.listed(kind);
                crds.push(self.crd(kind));
            }
            Ok((kind, Change::Unserved)) => {
                self.exporter.crds.remove(&kind);
                self.ledger.unserved(kind, now);
            }
            Err(error) => tracing::warn!(%error, "entities can't be followed"),
        }
    }

    /// Reads a CRD, once its kind is listed.
    fn crd(&self, kind: EntityKind) -> BoxStream {
        let (cluster, dialect) = (
            self.given.context.cluster.clone(),
            self.given.options.dialect,
        );
        let read = async move {
            match exporter_watch::crd(&cluster, dialect, kind).await {
                Ok(crd) => (kind, crd),
                Err(error) => {
                    tracing::warn!(%error, "a CRD can't be read, so that nobody can tell here whether the exporter knows it");
                    (kind, None)
                }
            }
        };
        futures_util::stream::once(read).boxed()
    }

    pub(super) fn target(&mut self, change: TargetChange) {
        match change {
            TargetChange::Changed(declared) => {
                let now = self.now();
                self.ledger.declared(declared, now);
            }
            TargetChange::Gone { target } => self.ledger.gone(&target),
        }
    }
}
