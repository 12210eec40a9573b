//! Whether a push may go: who publishes says so, on the command line or when asked.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};

use super::Run;

/// Asks where somebody can be asked.
///
/// # Errors
/// Where nobody has said anything and nobody can be asked.
pub(super) fn may_go(run: &Run<'_>, question: &str) -> anyhow::Result<bool> {
    if run.arguments.yes {
        return Ok(true);
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        bail!("nothing was written: nobody can be asked here; look at the plan, then add `--yes`");
    }
    run.console().question(&format!("{question} [y/N]"));
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .context("the terminal")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
