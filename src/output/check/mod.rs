//! What `check` found, in each of its formats: one file a format.
//!
//! Invariant: a format leaves out no finding that it was given; all have the
//! same order.

mod github;
mod json;
mod sarif;
mod text;

use super::text::Paint;
use crate::render::Checked;

/// How findings are written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckOutput {
    /// With the lines they are on, for people.
    Text,
    /// One JSON document.
    Json,
    /// A SARIF 2.1.0 log.
    Sarif,
    /// GitHub's workflow commands.
    Github,
}

/// All that was found, ended by a newline.
pub(crate) fn checked(checked: &Checked, output: CheckOutput, paint: Paint) -> String {
    match output {
        CheckOutput::Text => text::document(checked, paint),
        CheckOutput::Json => json::document(checked),
        CheckOutput::Sarif => sarif::document(checked),
        CheckOutput::Github => github::document(checked),
    }
}
