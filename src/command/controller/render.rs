//! `controller render`: the parts of the controller that produces ExternalArtifacts.

use super::{Started, address};
use crate::cli::ControllerRenderArgs;

/// The controller's name: its field manager, and who reports its Events.
const NAME: &str = "glint-render";

pub(super) async fn run(
    started: &Started<'_>,
    arguments: &ControllerRenderArgs,
) -> anyhow::Result<()> {
    address("storage-addr", &arguments.storage_addr)?;
    let frame = started.frame(NAME, &arguments.frame).await?;
    // Parts are joined here.
    Ok(frame.run().await?)
}
