//! Texts to render, the documents in them, and how to name a place in one.

use std::cell::OnceCell;
use std::ops::Range;

use memchr::{memchr_iter, memmem};

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

/// A text in which Go's own reader stops.
#[derive(Clone, Debug)]
pub(super) struct Unsplittable {
    /// The index of the source.
    pub(super) source: usize,
    /// The byte of it at which reading stops.
    pub(super) offset: usize,
    /// The same place, for people.
    pub(super) location: Location,
    /// What is found there.
    pub(super) message: String,
}

impl From<Unsplittable> for RenderError {
    fn from(failure: Unsplittable) -> Self {
        Self::Unsplittable {
            location: failure.location,
            message: failure.message,
        }
    }
}

/// All sources of a render, and their documents in order.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    texts: &'a [Source<'a>],
    sites: Vec<Site>,
    marks: Vec<OnceCell<Vec<Mark>>>,
}

impl<'a> Sources<'a> {
    /// Splits every source.
    pub(super) fn split(texts: &'a [Source<'a>]) -> Result<Self, RenderError> {
        let (sources, failures) = Self::split_each(texts);
        match failures.into_iter().next() {
            Some(failure) => Err(failure.into()),
            None => Ok(sources),
        }
    }

    /// Splits what can be split; what can't be has no documents.
    pub(super) fn split_each(texts: &'a [Source<'a>]) -> (Self, Vec<Unsplittable>) {
        let mut failures = Vec::new();
        let mut sources = Self {
            texts,
            sites: Vec::new(),
            marks: texts.iter().map(|_| OnceCell::new()).collect(),
        };
        for (index, source) in texts.iter().enumerate() {
            let documents = match source.format {
                SourceFormat::Json => sources.json_file(index).map(|document| vec![document]),
                SourceFormat::Stream => split(source.text).map_err(|error| Unsplittable {
                    source: index,
                    offset: error.offset,
                    location: sources.place(index, error.offset),
                    message: error.message,
                }),
            };
            match documents {
                Ok(documents) => {
                    let sites = documents.into_iter().map(|document| Site {
                        source: index,
                        range: document.range,
                        notation: document.notation,
                    });
                    sources.sites.extend(sites);
                }
                Err(failure) => failures.push(failure),
            }
        }
        (sources, failures)
    }

    /// A JSON file is one document, and broken JSON is no text to pass on: in a
    /// stream it would be read as YAML.
    fn json_file(&self, index: usize) -> Result<Document, Unsplittable> {
        let range = 0..self.texts[index].text.len();
        let notation = Notation::Json;
        match Parsed::read(self.texts[index].text, notation) {
            Ok(_) => Ok(Document { range, notation }),
            Err(error) => Err(Unsplittable {
                source: index,
                offset: error.offset,
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

    /// The place of a byte of a source, for people.
    pub(super) fn location_in(&self, source: usize, offset: usize) -> Location {
        let mut location = self.place(source, offset);
        location.origin = self
            .site_at(source, offset)
            .and_then(|site| helm_origin(self.document(site)));
        location
    }

    /// The line of a byte of a source, counted from 1.
    pub(super) fn line(&self, source: usize, offset: usize) -> usize {
        self.mark(source, offset).line
    }

    /// The nearest byte up to this one whose place is known.
    fn mark(&self, source: usize, offset: usize) -> Mark {
        let text = self.texts[source].text;
        let marks = self.marks[source].get_or_init(|| marks(text));
        let behind = marks.partition_point(|mark| mark.offset <= offset.min(text.len()));
        marks[behind - 1]
    }

    fn place(&self, source: usize, offset: usize) -> Location {
        let Source { name, text, .. } = self.texts[source];
        let offset = offset.min(text.len());
        let Mark {
            offset: start,
            line,
            column,
        } = self.mark(source, offset);
        Location {
            file: name.to_owned(),
            line,
            column: column + width(&text[start..offset]),
            origin: None,
        }
    }
}

/// A byte whose line and column are known, both counted from 1.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    line: usize,
    column: usize,
}

/// A mark at the start of each line, and more within long ones: JSON often is
/// one line, and each finding needs its column.
fn marks(text: &[u8]) -> Vec<Mark> {
    const STRIDE: usize = 4096;
    let mut marks = Vec::new();
    let starts = std::iter::once(0).chain(memchr_iter(b'\n', text).map(|at| at + 1));
    let mut ends = memchr_iter(b'\n', text);
    for (index, start) in starts.enumerate() {
        let mut mark = Mark {
            offset: start,
            line: index + 1,
            column: 1,
        };
        let end = ends.next().unwrap_or(text.len());
        marks.push(mark);
        while end - mark.offset > STRIDE {
            let mut next = mark.offset + STRIDE;
            while next > mark.offset + 1 && !starts_character(text[next]) {
                next -= 1;
            }
            mark.column += width(&text[mark.offset..next]);
            mark.offset = next;
            marks.push(mark);
        }
    }
    marks
}

/// How many characters start in a text; a byte order mark has no width.
fn width(text: &[u8]) -> usize {
    let starts = text.iter().filter(|byte| starts_character(**byte)).count();
    starts - memmem::find_iter(text, "\u{feff}").count()
}

/// Whether a byte of UTF-8 is no continuation.
fn starts_character(byte: u8) -> bool {
    byte & 0xc0 != 0x80
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

#[cfg(test)]
mod tests {
    use super::{Source, SourceFormat, Sources};

    /// Checks the line and column of the first `@`.
    #[track_caller]
    fn check(text: &[u8], expected: (usize, usize)) {
        let texts = [Source {
            name: "a.yaml",
            text,
            format: SourceFormat::Stream,
        }];
        let sources = Sources::split(&texts).unwrap();
        let at = text.iter().position(|byte| *byte == b'@').unwrap();
        let location = sources.place(0, at);
        assert_eq!((location.line, location.column), expected);
    }

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        check(b"@", (1, 1));
        check("a: gr\u{fc}n @\n".as_bytes(), (1, 9));
        check("\u{feff}a\r\n \u{1f680}@".as_bytes(), (2, 3));
        check(b"a: b\n---\n@", (3, 1));
    }

    #[test]
    fn a_column_far_into_a_line_is_right_too() {
        let text = format!("x\n{}@", "\u{fc}\u{feff}".repeat(10_000));
        check(text.as_bytes(), (2, 10_001));
    }
}
