//! `controller report`: the parts of the controller that reports.

use super::{Started, address};
use crate::cli::ControllerReportArgs;

/// The controller's name: its field manager, and who reports its Events.
const NAME: &str = "glint-report";

pub(super) async fn run(
    started: &Started<'_>,
    arguments: &ControllerReportArgs,
) -> anyhow::Result<()> {
    address("gate-addr", &arguments.gate_addr)?;
    let frame = started.frame(NAME, &arguments.frame).await?;
    // Parts are joined here.
    Ok(frame.run().await?)
}
