//! Reading objects of the cluster once more, to know whether what the watch told is all:
//! a few by their names, many by one list of their kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::Loop;
use super::entities::Live;
use super::ledger::{Id, Read, Unread};
use super::packed::Shapes;
use crate::catalog::EntityKind;
use crate::cluster::{Cluster, ClusterError, Resource};
use crate::report::ObjectKey;
use crate::report::delivery::Gate;

/// How many of a kind are read by their names; more are found in a list.
const BY_NAME: usize = 100;

/// How many are read at a time.
const AT_ONCE: usize = 8;

/// How many objects a page of a list has.
const PAGE: u32 = 100;

/// What was read once more, or that it could not be.
pub(super) struct Reread {
    ids: Vec<Id>,
    read: Result<Vec<Read>, ClusterError>,
}

impl Loop {
    /// Reads the next objects once more, where any are due.
    pub(super) fn reread(&mut self) -> Option<BoxFuture<'static, Reread>> {
        let now = self.now();
        if self.ledger.next_read().is_none_or(|at| at > now.moment) {
            return None;
        }
        let unread = self.ledger.unread(now);
        let ids: Vec<Id> = unread.iter().map(|it| it.id).collect();
        if ids.is_empty() {
            return None;
        }
        let (cluster, resources) = (self.given.context.cluster.clone(), self.resources.clone());
        let gate = self.given.options.gate;
        let read = async move {
            let read = read(cluster, resources, gate, unread).await;
            Reread { ids, read }
        };
        Some(read.boxed())
    }

    /// Takes in what was read once more.
    pub(super) fn compare(&mut self, Reread { ids, read }: Reread) {
        let now = self.now();
        match read {
            Ok(read) => self.ledger.read(read, now),
            Err(error) => {
                tracing::warn!(%error, "entities can't be read, so that nobody can say what became of them");
                self.ledger.not_read(ids, now);
            }
        }
    }
}

/// Reads objects, each as it is in the cluster after this was called.
async fn read(
    cluster: Cluster,
    resources: BTreeMap<EntityKind, Resource>,
    gate: Gate,
    unread: Vec<Unread>,
) -> Result<Vec<Read>, ClusterError> {
    let mut read = Vec::with_capacity(unread.len());
    for kind in EntityKind::ALL {
        let of_kind = unread.iter().filter(|it| it.key.kind == kind);
        let of_kind: Vec<Unread> = of_kind.cloned().collect();
        match resources.get(&kind) {
            // Of a kind that was never served there is nothing.
            None => read.extend(of_kind.into_iter().map(|it| it.read(None))),
            Some(resource) if of_kind.len() > BY_NAME => {
                read.extend(list(&cluster, resource, kind, gate, of_kind).await?);
            }
            Some(resource) => read.extend(by_name(&cluster, resource, kind, gate, of_kind).await?),
        }
    }
    Ok(read)
}

async fn by_name(
    cluster: &Cluster,
    resource: &Resource,
    kind: EntityKind,
    gate: Gate,
    unread: Vec<Unread>,
) -> Result<Vec<Read>, ClusterError> {
    let read = unread.into_iter().map(|unread| {
        let (cluster, resource) = (cluster.clone(), resource.clone());
        async move {
            let ObjectKey {
                kind: _,
                namespace,
                name,
            } = &*unread.key;
            let object = cluster.get(&resource, namespace.as_deref(), name).await?;
            let live = object.map(|it| Live::reduce(kind, it, gate, &mut Shapes::default()).0);
            Ok(unread.read(live.as_ref()))
        }
    });
    let read = stream::iter(read).buffer_unordered(AT_ONCE);
    read.try_collect().await
}

async fn list(
    cluster: &Cluster,
    resource: &Resource,
    kind: EntityKind,
    gate: Gate,
    unread: Vec<Unread>,
) -> Result<Vec<Read>, ClusterError> {
    let unread = unread.into_iter().map(|it| (Arc::clone(&it.key), it));
    let mut unread: BTreeMap<Arc<ObjectKey>, Unread> = unread.collect();
    let mut read = Vec::with_capacity(unread.len());
    let mut shapes = Shapes::default();
    let see = |object| {
        let (live, _) = Live::reduce(kind, object, gate, &mut shapes);
        if let Some(unread) = unread.remove(&live.key) {
            read.push(unread.read(Some(&live)));
        }
    };
    cluster.each(resource, PAGE, see).await?;
    read.extend(unread.into_values().map(|it| it.read(None)));
    Ok(read)
}
