//! `controller report`: the parts of the controller that reports.

use std::convert::Infallible;

use anyhow::anyhow;
use tokio::sync::mpsc;

use super::{Started, address, check, delivery, gate, keeper};
use crate::cli::{ControllerReportArgs, Reported};
use crate::command::{connection, report as one_report};
use crate::controller::delivery::{self as closed_loop, Parts};
use crate::controller::report::board::Board;
use crate::controller::report::metrics::Metrics;
use crate::controller::report::{self, Links};
use crate::report::ClusterName;

/// The controller's name: its field manager, and who reports its Events.
pub(super) const NAME: &str = "glint-report";

/// How many changes wait for whoever looks what became of them.
const CHANGES: usize = 1024;

pub(super) async fn run(
    started: &Started<'_>,
    arguments: &ControllerReportArgs,
) -> anyhow::Result<()> {
    check(&arguments.frame)?;
    let gate_at = address("gate-addr", &arguments.gate_addr)?;
    let kept = keeper::Kept::of(started, arguments)?;
    let cluster = ClusterName::parse(&arguments.cluster_name)
        .map_err(|why| anyhow!("`--cluster-name`: the name {why}"))?;
    let options = report::Options {
        cluster,
        dialect: started.settings.dialect,
        is_all: arguments.report == Reported::All,
        keep: usize::from(arguments.target.keep_runs),
    };
    let relations = one_report::relations(&arguments.target.relate)?;
    let (following, evaluate) = delivery::options(started, arguments, relations)?;
    let client = connection::client(&started.settings, started.environment)?;
    client.share();
    let mut frame = started.frame(NAME, &arguments.frame).await?;
    let (changes, targets) = mpsc::channel(CHANGES);
    let (told, deliveries) = mpsc::channel(CHANGES);
    let parts = Parts {
        context: frame.context(),
        client: client.clone(),
        evaluate,
        metrics: closed_loop::Metrics::register(frame.registry()),
        options: following,
        targets,
        deliveries: told,
    };
    let board = Board::new();
    gate::join(started, arguments, &mut frame, gate_at, &board)?;
    let links = Links {
        changes,
        deliveries,
        board,
        metrics: Metrics::register(frame.registry()),
    };
    let context = frame.context();
    frame.join("the watch on syncs", async move {
        report::run(context, client, options, links).await;
        Ok::<(), Infallible>(())
    });
    frame.join("the closed loop", async move {
        closed_loop::run(parts).await;
        Ok::<(), Infallible>(())
    });
    if let Some(kept) = kept {
        kept.join(&mut frame);
    }
    Ok(frame.run().await?)
}
