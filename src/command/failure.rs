//! The report of a run that failed: why, for a host that swallows stderr, as
//! Helm 4 does. Reports of findings are written where these are found.
//!
//! Invariant: a report never tells of an earlier run than the last.

use std::path::PathBuf;

use super::render::format;
use super::settings;
use crate::cli::Cli;
use crate::config::Environment;
use crate::input::without_userinfo;
use crate::output::{self, ColorChoice, Console, Format};
use crate::render::RenderError;

/// Writes why a run failed, unless findings stopped it: those are in the report
/// already.
pub(super) fn say(cli: &Cli, environment: &Environment, error: &anyhow::Error) {
    let Some(typed) = cli.command.report() else {
        return;
    };
    if let Some(RenderError::Stopped(_)) = error.downcast_ref() {
        return;
    }
    // What failed may well be the settings; who calls has the last word then.
    let (path, format) = match settings(cli, environment, None) {
        Ok(settings) => (settings.report.clone(), format(&settings)),
        Err(_) => {
            let named = typed.or(variable(environment));
            (named.map(PathBuf::from), Format::Text)
        }
    };
    let text = match format {
        Format::Json => output::failure_json(error),
        Format::Text => output::failure_text(error),
    };
    write(path, &text);
}

/// Says what is wrong with a command line, also in the file that `GLINT_REPORT`
/// names: of the flags nothing is known.
pub fn misuse(error: &clap::Error) {
    let message = error.render();
    Console::new(ColorChoice::Auto, Format::Text).misuse(&message.ansi().to_string());
    let path = variable(&Environment::of_process()).map(PathBuf::from);
    write(path, &without_userinfo(&message.to_string()));
}

fn variable(environment: &Environment) -> Option<&str> {
    environment.get("GLINT_REPORT")
}

/// A report that can't be written has been said on stderr, if it is the reason,
/// and is the lesser trouble otherwise.
fn write(path: Option<PathBuf>, text: &str) {
    if let Some(path) = path
        && let Err(error) = output::write_file(&path, text)
    {
        tracing::debug!(%error, "no report");
    }
}
