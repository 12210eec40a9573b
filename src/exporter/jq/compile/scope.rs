//! Which names are known where.

/// The names that are known at a place, the latest last.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) names: Vec<Name>,
    /// How many of them are bindings at run time.
    pub(super) depth: usize,
    /// Whether the place is inside a function or an argument, which can run
    /// more than once at a time.
    pub(super) inside: bool,
}

pub(super) enum Name {
    /// With its `$`.
    Variable(String, usize),
    Parameter(String, usize),
    /// With its `$`.
    Label(String, usize),
    /// A binding that no name reaches.
    Hidden,
    Function {
        name: String,
        parameters: usize,
        function: usize,
        /// How many bindings there were where it was defined.
        depth: usize,
    },
}

impl Scope {
    pub(super) fn bind(&mut self, name: fn(String, usize) -> Name, text: &str) {
        self.names.push(name(text.to_owned(), self.depth));
        self.depth += 1;
    }

    pub(super) fn hide(&mut self) {
        self.names.push(Name::Hidden);
        self.depth += 1;
    }

    /// How many bindings lie between here and one made at a depth.
    pub(super) fn hops(&self, depth: usize) -> usize {
        self.depth - depth - 1
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        (self.names.len(), self.depth)
    }

    pub(super) fn reset(&mut self, (names, depth): (usize, usize)) {
        self.names.truncate(names);
        self.depth = depth;
    }
}
