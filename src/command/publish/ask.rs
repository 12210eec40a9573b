//! Whether it may go, where nobody has said so on the command line.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};

use crate::output::Console;

/// Asks where somebody can be asked.
///
/// # Errors
/// Where nobody can be asked.
pub(super) fn may_go(console: &mut Console, question: &str) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        bail!("nothing was written: nobody can be asked here; look at the plan, then add `--yes`");
    }
    console.question(&format!("{question} [y/N]"));
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .context("the terminal")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
