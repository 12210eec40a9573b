//! What each part of a controller works with.

use super::activity::Activity;
use super::events::Events;
use super::shard::Shard;
use crate::cluster::Cluster;

/// What each part of a controller works with. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// In a dry run it writes nothing by itself.
    pub cluster: Cluster,
    /// Whether this replica acts.
    pub activity: Activity,
    /// Where Events go.
    pub events: Events,
    /// What is watched.
    pub shard: Shard,
    /// Nothing is written anywhere, the catalog included: what would be is logged at
    /// info.
    pub is_dry_run: bool,
    /// Which program this is, `glint-report` or `glint-render`: the field manager too.
    pub controller: &'static str,
    /// Where the controller's own objects lie, its Lease among them.
    pub namespace: String,
}
