//! Texts to render, the documents in them, and how to name a place in one.

use std::cell::OnceCell;
use std::ops::Range;

use memchr::memchr_iter;

use super::RenderError;
use crate::manifest::{Document, Location, Notation, Parsed, split};

/// One text: a file, a rendered directory, or stdin.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// As the user named it; `<stdin>` for a stream.
    pub name: &'a str,
    /// Its bytes.
    pub text: &'a [u8],
    /// What the text is.
    pub format: SourceFormat,
}

/// What a source's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFormat {
    /// A stream as Go splits it.
    Stream,
    /// One JSON document, as a file of a directory is.
    Json,
}

/// A document of a source.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The index of its source.
    pub(super) source: usize,
    /// Its bytes there.
    pub(super) range: Range<usize>,
    pub(super) notation: Notation,
}

/// All sources of a render, and their documents in order.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    texts: &'a [Source<'a>],
    sites: Vec<Site>,
    lines: Vec<OnceCell<Vec<usize>>>,
}

impl<'a> Sources<'a> {
    /// Splits every source.
    pub(super) fn split(texts: &'a [Source<'a>]) -> Result<Self, RenderError> {
        let mut sources = Self {
            texts,
            sites: Vec::new(),
            lines: texts.iter().map(|_| OnceCell::new()).collect(),
        };
        for (index, source) in texts.iter().enumerate() {
            let documents = match source.format {
                SourceFormat::Json => vec![sources.json_file(index)?],
                SourceFormat::Stream => match split(source.text) {
                    Ok(documents) => documents,
                    Err(error) => {
                        return Err(RenderError::Unsplittable {
                            location: sources.place(index, error.offset),
                            message: error.message,
                        });
                    }
                },
            };
            let sites = documents.into_iter().map(|document| Site {
                source: index,
                range: document.range,
                notation: document.notation,
            });
            sources.sites.extend(sites);
        }
        Ok(sources)
    }

    /// A JSON file is one document, and broken JSON is no text to pass on: in a
    /// stream it would be read as YAML.
    fn json_file(&self, index: usize) -> Result<Document, RenderError> {
        let range = 0..self.texts[index].text.len();
        let notation = Notation::Json;
        match Parsed::read(self.texts[index].text, notation) {
            Ok(_) => Ok(Document { range, notation }),
            Err(error) => Err(RenderError::Unsplittable {
                location: self.place(index, error.offset),
                message: format!("broken JSON: {}", error.message),
            }),
        }
    }

    pub(super) fn texts(&self) -> &'a [Source<'a>] {
        self.texts
    }

    pub(super) fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// A document's bytes.
    pub(super) fn document(&self, site: usize) -> &'a [u8] {
        let Site { source, range, .. } = &self.sites[site];
        &self.texts[*source].text[range.clone()]
    }

    /// The documents that hold bytes of a source between two offsets.
    pub(super) fn site_at(&self, source: usize, offset: usize) -> Option<usize> {
        let after = self
            .sites
            .partition_point(|site| (site.source, site.range.start) <= (source, offset));
        let site = after.checked_sub(1)?;
        let found = &self.sites[site];
        (found.source == source && found.range.contains(&offset)).then_some(site)
    }

    /// The place of a byte of a document, for people.
    pub(super) fn location(&self, site: usize, offset: usize) -> Location {
        let Site { source, range, .. } = &self.sites[site];
        let mut location = self.place(*source, range.start + offset);
        location.origin = helm_origin(self.document(site));
        location
    }

    fn place(&self, source: usize, offset: usize) -> Location {
        let Source { name, text, .. } = self.texts[source];
        let starts = self.lines[source].get_or_init(|| {
            std::iter::once(0)
                .chain(memchr_iter(b'\n', text).map(|at| at + 1))
                .collect()
        });
        let offset = offset.min(text.len());
        let line = starts.partition_point(|start| *start <= offset);
        let start = starts[line - 1];
        let before = String::from_utf8_lossy(&text[start..offset]);
        Location {
            file: name.to_owned(),
            line,
            column: before.chars().filter(|found| *found != '\u{feff}').count() + 1,
            origin: None,
        }
    }
}

/// The template that a document was rendered from: Helm writes `# Source:` and
/// its path above each.
fn helm_origin(document: &[u8]) -> Option<String> {
    let head = &document[..document.len().min(1024)];
    let head = String::from_utf8_lossy(head);
    let mut comments = head
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with('#') || line.starts_with("---"));
    comments
        .find_map(|line| line.strip_prefix("# Source: "))
        .map(|path| path.trim_end().to_owned())
}
