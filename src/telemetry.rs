//! Logs: on stderr, quiet unless asked for.
//!
//! `-v` shows what the program decides, `-vv` everything; `GLINT_LOG` takes
//! tracing's filter language. Not for findings or steps, which are `output`'s.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging, where that was asked for. A second call in one process
/// changes nothing.
pub(crate) fn start(verbosity: u8, filter: Option<&str>) {
    let default = match (verbosity, filter) {
        // Nothing logs at `error`: what went wrong is told as an error.
        (0, None) => return,
        (0 | 1, _) => "glint_gitops=debug",
        (_, _) => "trace",
    };
    let filter = filter
        .and_then(|filter| EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| EnvFilter::new(default));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .without_time()
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
