//! What a preview found: in a terminal, as a document for machines, as a comment
//! on a pull request, and as a page with the graph of relations.
//!
//! All are functions of the difference alone. Values of properties are shown
//! here, as that is what was asked for.

mod entries;
mod events;
mod html;
mod json;
mod markdown;
mod state;
mod terminal;
mod words;

pub(crate) use html::preview_html;
pub(crate) use json::{SentRequest, preview_json};
pub(crate) use markdown::preview_markdown;
pub(crate) use terminal::preview_text;

use crate::diff::{Diff, Side};
use crate::finding::Finding;

/// What a preview found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreviewPage<'a> {
    /// What was previewed, as the user named it.
    pub subject: &'a str,
    /// What it was compared with, as the user named it.
    pub against: Option<&'a str>,
    /// Whether that is, or holds, a live catalog.
    pub live: bool,
    /// The entities of what it was compared with.
    pub before: Option<&'a Side>,
    /// All entities that are sent.
    pub after: &'a Side,
    /// What changes; none where nothing was compared.
    pub diff: Option<&'a Diff>,
    /// What is not sent, and what else is wrong.
    pub findings: &'a [Finding],
    /// Where the page with the graph is to be found: a URL of http or https, or it
    /// is left out.
    pub link: Option<&'a str>,
}

#[cfg(test)]
mod tests;
