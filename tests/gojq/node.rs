//! A program as a tree of parts, so that it can be made smaller.

use std::fmt;

/// Text with parts in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    Part(Node),
}

impl Node {
    pub(crate) fn text(text: &str) -> Self {
        Self {
            pieces: vec![Piece::Text(text.to_owned())],
        }
    }

    pub(crate) fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            Some(Piece::Part(_)) | None => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    pub(crate) fn push_part(&mut self, part: Self) {
        self.pieces.push(Piece::Part(part));
    }

    /// Whether it holds together without parentheses.
    pub(crate) fn is_atomic(&self) -> bool {
        match self.pieces.as_slice() {
            [Piece::Text(text)] => !text.contains(' ') || text.starts_with('"'),
            [Piece::Part(part)] => part.is_atomic(),
            [Piece::Text(first), .., Piece::Text(last)] => {
                let brackets = [("(", ")"), ("[", "]"), ("{", "}")];
                brackets
                    .iter()
                    .any(|(open, close)| first.starts_with(open) && last.ends_with(close))
            }
            _ => false,
        }
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Part(part) => Some(part),
            Piece::Text(_) => None,
        })
    }

    /// The tree with another part in the place of one.
    pub(crate) fn with_part(&self, index: usize, part: Self) -> Self {
        let mut node = self.clone();
        let mut parts = node.pieces.iter_mut().filter_map(|piece| match piece {
            Piece::Part(part) => Some(part),
            Piece::Text(_) => None,
        });
        if let Some(place) = parts.nth(index) {
            *place = part;
        }
        node
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Part(part) => part.fmt(f),
        })
    }
}
