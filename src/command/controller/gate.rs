//! Whether the catalog agrees, as a part of `controller report`: the gate.

use crate::controller::frame::{Address, Frame};
use crate::controller::gate;
use crate::controller::report::board::Board;

/// The gate, where there is somebody to ask. To be joined before the board is filled.
pub(super) fn join(frame: &mut Frame, gate_at: Option<Address>, board: &Board) {
    frame.serve("gate", gate_at, gate::routes(board.clone()));
}
