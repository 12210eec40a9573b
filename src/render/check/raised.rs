//! A finding on its way to the list: where it belongs, before anyone has asked
//! for line, column and text.
//!
//! Most findings of a large run are never listed, so that writing a place out
//! waits until it is known that somebody will read it.

use std::ops::Range;

use memchr::memmem;

use super::super::source::Sources;
use super::super::survey::Member;
use super::mark::Mark;
use super::{Placed, Stream};
use crate::finding::Finding;
use crate::manifest::{FieldPath, Location};

/// Bytes of one text of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// The index of the text.
    pub(super) source: usize,
    /// The bytes in it.
    pub(super) range: Range<usize>,
    /// The bytes around them that may be shown: no other object's, which may be a
    /// Secret on the same line.
    within: Range<usize>,
}

/// A finding and where it belongs.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    /// The index of the application.
    pub(super) application: usize,
    /// What it points at.
    pub(super) spot: Spot,
    /// The first byte of the object that it is on, in the same text.
    pub(super) object: Option<usize>,
    /// What was found.
    pub(super) finding: Finding,
    /// The application and place of a second object that it is about.
    pub(super) other: Option<(usize, Spot)>,
    /// Whether the text there may be shown.
    pub(super) shown: bool,
}

impl Spot {
    /// Bytes of a text, and nothing around them.
    pub(super) fn new(source: usize, range: Range<usize>) -> Self {
        let within = range.clone();
        Self {
            source,
            range,
            within,
        }
    }

    /// Bytes of a document; what stands around them may be shown unless a Secret is
    /// in it, as in a list.
    pub(super) fn of_site(sources: &Sources<'_>, site: usize, range: Range<usize>) -> Self {
        let site = &sources.sites()[site];
        let start = site.range.start;
        let spot = Self::new(site.source, start + range.start..start + range.end);
        let document = &sources.texts()[site.source].text[site.range.clone()];
        match memmem::find(document, b"Secret") {
            None => spot.within(site.range.clone()),
            Some(_) => spot,
        }
    }

    /// The bytes of an object's field.
    pub(super) fn of_member(sources: &Sources<'_>, member: &Member<'_>, field: &FieldPath) -> Self {
        let object = Self::of_site(sources, member.site, member.object.bytes());
        let spot = Self::of_site(sources, member.site, member.object.span(field));
        spot.within(object.range)
    }

    fn within(self, within: Range<usize>) -> Self {
        Self { within, ..self }
    }

    /// The place for people, and the text there.
    pub(super) fn placed(&self, sources: &Sources<'_>) -> (Location, Option<Mark>) {
        let location = sources.location_in(self.source, self.range.start);
        let text = sources.texts()[self.source].text;
        let mark = Mark::of(text, self.range.clone(), self.within.clone());
        (location, mark)
    }
}

impl Raised {
    /// A finding at a place that belongs to no object.
    pub(super) fn at(application: usize, spot: Spot, finding: Finding) -> Self {
        Self {
            application,
            spot,
            object: None,
            finding,
            other: None,
            shown: true,
        }
    }

    /// The finding without its text: nobody knows whether that is a secret.
    pub(super) fn unseen(self) -> Self {
        Self {
            shown: false,
            ..self
        }
    }

    /// A finding on an object, at its field.
    pub(super) fn on(
        application: usize,
        sources: &Sources<'_>,
        member: &Member<'_>,
        finding: Finding,
    ) -> Self {
        let field = finding.field.clone().unwrap_or_default();
        let object = Spot::of_member(sources, member, &FieldPath::root());
        Self {
            object: Some(object.range.start),
            ..Self::at(
                application,
                Spot::of_member(sources, member, &field),
                finding,
            )
        }
    }

    /// The finding with its place written out.
    pub(super) fn placed(self, streams: &[Stream<'_>]) -> Placed {
        let stream = &streams[self.application];
        let (location, mark) = self.spot.placed(&stream.sources);
        let other = self.other.map(|(application, spot)| {
            let sources = &streams[application].sources;
            spot.placed(sources)
        });
        let template = location.origin.as_deref().filter(|_| stream.of_chart);
        Placed {
            template: template.map(|origin| template_path(&location.file, origin)),
            finding: self.finding.at(location),
            mark: mark.filter(|_| self.shown),
            other,
        }
    }
}

/// Where a template lies: what Helm calls it begins with the chart's name in
/// place of its directory.
fn template_path(chart: &str, origin: &str) -> String {
    let below = origin.split_once('/').map_or(origin, |(_, below)| below);
    format!("{}/{below}", chart.trim_end_matches('/'))
}
