//! Whether the catalog agrees, as parts of `controller report`: the gate, and the events
//! for notification-controller.

use anyhow::Context as _;

use super::Started;
use super::report::NAME;
use crate::cli::ControllerReportArgs;
use crate::controller::frame::{Address, Frame, Notifier};
use crate::controller::gate::{self, FluxEvents};
use crate::controller::report::board::Board;

/// Both, where there is somebody to ask or to hear of it. To be joined before the board
/// is filled.
pub(super) fn join(
    started: &Started<'_>,
    arguments: &ControllerReportArgs,
    frame: &mut Frame,
    gate_at: Option<Address>,
    board: &Board,
) -> anyhow::Result<()> {
    frame.serve("gate", gate_at, gate::routes(board.clone()));
    let Some(address) = &arguments.frame.events_addr else {
        return Ok(());
    };
    let context = frame.context();
    let (activity, events) = (context.activity.clone(), context.events.clone());
    let (notifier, posting) =
        Notifier::to(address, NAME, started.replica(NAME), events).context("`--events-addr`")?;
    let flux_events = FluxEvents::new(context, board.clone(), notifier);
    frame.join("the events of Flux", flux_events.run());
    frame.join("the posting of events", posting.run(activity));
    Ok(())
}
