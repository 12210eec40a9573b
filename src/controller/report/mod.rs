//! Every sync, reported: the objects of Argo CD and Flux are watched, and what they
//! tell is kept in the catalog.
//!
//! Nothing of it is kept elsewhere: what was reported is what the catalog holds, and
//! what is to be reported is what the objects tell. So all of this begins anew with each
//! process, and each time that the replica begins to act. Invariants: nothing is sent
//! where nothing changed; a target goes only where its object is known not to be there.

pub(crate) mod board;
pub(crate) mod metrics;
mod parts;
mod plan;
mod round;
mod sending;
mod sighting;
mod sources;
mod sync_watch;
pub(crate) mod targets;
mod unreported;

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use crate::catalog::Dialect;
use crate::catalog_api::Client;
use crate::controller::frame::Context;
use crate::report::{ClusterName, Timestamp};
use board::Board;
use metrics::Metrics;
use round::Round;
use targets::{Deliveries, TargetChange};

/// What is reported, and how.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// What the cluster is called in the catalog.
    pub cluster: ClusterName,
    /// Whose entities are declared.
    pub dialect: Dialect,
    /// Whether applications without entities are reported too.
    pub is_all: bool,
    /// How many runs of a target the catalog keeps.
    pub keep: usize,
}

/// Who else is told, and tells.
#[derive(Debug)]
pub(crate) struct Links {
    /// Where it goes what applications declare.
    pub changes: mpsc::Sender<TargetChange>,
    /// Where it comes from what became of that.
    pub deliveries: mpsc::Receiver<Deliveries>,
    /// Where it stands how applications stand.
    pub board: Board,
    pub metrics: Metrics,
}

/// Reports until the process ends.
pub(crate) async fn run(context: Context, client: Client, options: Options, mut links: Links) {
    let (mut activity, mut ending) = (context.activity.clone(), context.activity.clone());
    loop {
        tokio::select! {
            () = activity.active() => {}
            () = ending.ended() => return,
        }
        let mut round = Round::new(&context, &client, &options, &links.metrics);
        let is_over = tokio::select! {
            () = round.run(&mut links) => true,
            // What is under way is dropped: another replica may act from now on.
            () = activity.inactive() => false,
        };
        links.board.clear();
        links.metrics.clear();
        if is_over {
            return;
        }
    }
}

/// The time, to the second.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map(|it| it.as_secs()).unwrap_or_default();
    Timestamp::of_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}
