//! What people and machines are told: steps, findings and summaries.
//!
//! stdout belongs to manifests and to the data that was asked for; everything
//! here goes to stderr or into a report file. Invariant: no text here depends on
//! colour to be understood.

mod json;
mod stream;
mod text;

use std::io::Write;

use anstream::{AutoStream, ColorChoice};

use crate::cli::Color;
use crate::finding::Finding;

pub(crate) use json::findings as findings_json;
pub(crate) use stream::{write_all, write_file};
pub(crate) use text::{Paint, Rendering, findings as findings_text, summary};

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// stderr, with or without colour.
#[derive(Debug)]
pub(crate) struct Console {
    stderr: AutoStream<std::io::Stderr>,
    format: Format,
}

impl Console {
    /// stderr as the user wants it.
    pub(crate) fn new(color: Color, format: Format) -> Self {
        let choice = match color {
            // anstream looks at the terminal, NO_COLOR and CLICOLOR itself.
            Color::Auto => AutoStream::choice(&std::io::stderr()),
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            stderr: AutoStream::new(std::io::stderr(), choice),
            format,
        }
    }

    /// Names a step as it starts: after a kill that is all that a user sees.
    pub(crate) fn step(&mut self, step: &str) {
        self.line(&format!("glint-gitops: {step} …\n"));
    }

    /// Says something about the whole run.
    pub(crate) fn note(&mut self, note: &str) {
        self.line(&format!("glint-gitops: {note}\n"));
    }

    /// Says why nothing was done.
    pub(crate) fn error(&mut self, error: &anyhow::Error) {
        self.line(&format!("glint-gitops: {error:#}\n"));
    }

    /// Says what was found and done, in the chosen format.
    pub(crate) fn report(&mut self, findings: &[Finding], summary: Option<&str>) {
        let text = match self.format {
            Format::Json => findings_json(findings),
            Format::Text => {
                let summary = summary.unwrap_or_default();
                format!("{summary}{}", findings_text(findings, Paint::Colour))
            }
        };
        self.line(&text);
    }

    /// A closed stderr is nobody's loss.
    fn line(&mut self, text: &str) {
        if self.stderr.write_all(text.as_bytes()).is_err() {
            tracing::trace!("stderr is closed");
        }
    }
}
