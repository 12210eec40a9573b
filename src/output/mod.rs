//! What people and machines are told: steps, findings and summaries.
//!
//! stdout belongs to manifests and to the data that was asked for; everything
//! here goes to stderr or into a report file. Invariant: no text here depends on
//! colour to be understood.

mod check;
mod crds;
mod folder;
mod json;
mod preview;
mod progress;
#[cfg(feature = "catalog")]
mod publish;
#[cfg(feature = "catalog")]
mod report;
mod rules;
mod stream;
mod text;
mod why;

use std::io::{IsTerminal, Write};

use anstream::AutoStream;

pub(crate) use anstream::ColorChoice;

use crate::finding::Finding;
use crate::input::without_userinfo;
use progress::Progress;

pub(crate) use check::{CheckOutput, checked};
pub(crate) use crds::{crd_diffs, crd_diffs_json};
pub(crate) use folder::{NewFile, write_new};
pub(crate) use json::{failure as failure_json, findings as findings_json};
pub(crate) use preview::{
    PreviewPage, SentRequest, preview_html, preview_json, preview_markdown, preview_text,
};
#[cfg(feature = "catalog")]
pub(crate) use publish::{
    Outcome, Proof, Proved, Publication, Restored, beliefs_json, beliefs_text, publish_json,
    publish_outcome, publish_restored, publish_text,
};
#[cfg(feature = "catalog")]
pub(crate) use report::{ReportPage, ReportRow, json as report_json, text as report_text};
pub(crate) use rules::rules;
pub(crate) use stream::{stdout_paint, write_all, write_file};
pub(crate) use text::{
    Paint, Rendering, failure as failure_text, findings as findings_text, summary,
};
pub(crate) use why::{
    WhyEntity, WhyField, WhyPlace, WhyUnsent, WhyValue, why_json, why_text, why_unsent,
};

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
    progress: Option<Progress>,
}

impl Console {
    /// stderr as the user wants it; `Auto` asks the terminal, `NO_COLOR` and
    /// `CLICOLOR`.
    pub(crate) fn new(choice: ColorChoice, format: Format) -> Self {
        let choice = match choice {
            ColorChoice::Auto => AutoStream::choice(&std::io::stderr()),
            ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Never => choice,
        };
        Self {
            stderr: AutoStream::new(std::io::stderr(), choice),
            format,
            progress: None,
        }
    }

    /// Names a step as it starts: after a kill that is all that a user sees. On
    /// a terminal the step's time runs until something else is said.
    pub(crate) fn step(&mut self, step: &str) {
        let text = format!("glint-gitops: {} …", without_userinfo(step));
        self.progress = None;
        match std::io::stderr().is_terminal() {
            true => self.progress = Some(Progress::start(text)),
            false => self.line(&format!("{text}\n")),
        }
    }

    /// Says something about the whole run.
    pub(crate) fn note(&mut self, note: &str) {
        self.line(&format!("glint-gitops: {}\n", without_userinfo(note)));
    }

    /// Says what is wrong with a command line.
    pub(crate) fn misuse(&mut self, message: &str) {
        self.line(&without_userinfo(message));
    }

    /// Asks on the terminal; the answer stands behind it.
    #[cfg(feature = "catalog")]
    pub(crate) fn question(&mut self, question: &str) {
        self.line(&format!("glint-gitops: {question} "));
        drop(self.stderr.flush());
    }

    /// Says why nothing was done.
    pub(crate) fn error(&mut self, error: &anyhow::Error) {
        self.line(&failure_text(error));
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
        self.progress = None;
        if self.stderr.write_all(text.as_bytes()).is_err() {
            tracing::trace!("stderr is closed");
        }
    }
}
