//! SIGTERM and SIGINT, which ask the process to end.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// The names of the signals that come from now on.
///
/// # Errors
///
/// A runtime without signals.
pub(super) fn listen() -> io::Result<mpsc::Receiver<&'static str>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (tell, told) = mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = tell.closed() => return,
            };
            // Two that wait say as much as three.
            let _full = tell.try_send(name);
        }
    });
    Ok(told)
}
