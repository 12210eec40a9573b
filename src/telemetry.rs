//! Logs: on stderr; a command is quiet unless asked, a controller is not.
//!
//! `-v` shows what the program decides, `-vv` everything; `GLINT_LOG` takes
//! tracing's filter language. Not for findings or steps, which are `output`'s.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Who reads the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Who typed the command, and sees what it prints.
    User,
    /// Who looks after a program that runs on; it prints nothing but its log.
    #[cfg(feature = "controller")]
    Operator,
}

/// Starts logging, where that was asked for. A second call in one process
/// changes nothing.
pub(crate) fn start(reader: Reader, verbosity: u8, filter: Option<&str>) {
    let default = match (reader, verbosity, filter) {
        // Nothing logs at `error`: what went wrong is told as an error.
        (Reader::User, 0, None) => return,
        (Reader::User, 0 | 1, _) => "glint_gitops=debug",
        #[cfg(feature = "controller")]
        (Reader::Operator, 0, _) => "warn,glint_gitops=info",
        #[cfg(feature = "controller")]
        (Reader::Operator, 1, _) => "warn,glint_gitops=debug",
        (_, _, _) => "trace",
    };
    let filter = filter
        .and_then(|filter| EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| EnvFilter::new(default));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour);
    let started = match reader {
        Reader::User => log.without_time().try_init(),
        #[cfg(feature = "controller")]
        Reader::Operator => log.with_target(false).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
