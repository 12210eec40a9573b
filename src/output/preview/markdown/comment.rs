//! The comment as it grows: parts of whole items, and a count of what has no room.
//!
//! Invariant: fewer than [`LIMIT`] characters.

use std::collections::BTreeMap;

/// GitHub takes 65,536 characters; the rest is for what a workflow adds.
const LIMIT: usize = 60_000;
/// Of these, what the end of the comment may need.
const END: usize = 1_000;

/// One collapsible part.
pub(super) struct Part {
    /// Its heading, as HTML.
    pub summary: String,
    /// Whether it is open from the start.
    pub open: bool,
    /// What it lists.
    pub items: Vec<Item>,
}

/// One entry of a list, which is shown whole or not at all.
pub(super) struct Item {
    /// What it counts as where it is left out.
    pub word: &'static str,
    /// Lines, each ended.
    pub text: String,
}

/// What is written so far.
pub(super) struct Comment {
    text: String,
    /// By what it is, how many items had no room.
    left_out: BTreeMap<&'static str, usize>,
}

impl Comment {
    /// A comment that begins so.
    pub(super) const fn new(head: String) -> Self {
        Self {
            text: head,
            left_out: BTreeMap::new(),
        }
    }

    /// Adds a part as far as there is room. After the first item without room
    /// none is added, so that what is there is the beginning.
    pub(super) fn add(&mut self, part: &Part) {
        let open = if part.open { " open" } else { "" };
        let opening = format!("<details{open}>\n<summary>{}</summary>\n\n", part.summary);
        let closing = "\n</details>\n\n";
        let frame = opening.chars().count() + closing.chars().count();
        let mut room = (LIMIT - END).saturating_sub(self.text.chars().count() + frame);
        let mut text = String::new();
        for item in &part.items {
            let length = item.text.chars().count();
            if self.left_out.is_empty() && length <= room {
                room -= length;
                text.push_str(&item.text);
            } else {
                *self.left_out.entry(item.word).or_default() += 1;
            }
        }
        if !text.is_empty() {
            self.text.push_str(&format!("{opening}{text}{closing}"));
        }
    }

    /// The comment, which ends with what is left out and with its mark.
    pub(super) fn ended(mut self, mark: &str) -> String {
        if !self.left_out.is_empty() {
            let counts = self.left_out.iter();
            let counts: Vec<String> = counts
                .map(|(word, count)| format!("{count} {word}"))
                .collect();
            let counts = counts.join(", ");
            self.text
                .push_str(&format!("Left out, for length: {counts}.\n\n"));
        }
        self.text.push_str(mark);
        self.text
    }
}
