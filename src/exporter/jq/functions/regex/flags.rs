//! The flags that a pattern may set for itself.

/// The flags of Go that a pattern may set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) fold: bool,
    pub(super) lines: bool,
    pub(super) dot_all: bool,
    pub(super) swap_greed: bool,
}

impl Flags {
    /// All of them, as the `regex` crate takes them.
    pub(super) fn written(self) -> String {
        let all = [
            (self.fold, 'i'),
            (self.lines, 'm'),
            (self.dot_all, 's'),
            (self.swap_greed, 'U'),
        ];
        let on: String = all.iter().filter(|(is, _)| *is).map(|(_, c)| *c).collect();
        let off: String = all.iter().filter(|(is, _)| !*is).map(|(_, c)| *c).collect();
        match off.is_empty() {
            true => on,
            false => format!("{on}-{off}"),
        }
    }

    pub(super) fn flag(&mut self, c: char) -> Option<&mut bool> {
        match c {
            'i' => Some(&mut self.fold),
            'm' => Some(&mut self.lines),
            's' => Some(&mut self.dot_all),
            'U' => Some(&mut self.swap_greed),
            _ => None,
        }
    }
}
