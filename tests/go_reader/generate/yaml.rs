//! Objects written as YAML, with the freedom that YAML leaves: every style of
//! scalar, block and flow, comments, anchors, tags, indents.
//!
//! Most of what comes out is valid; what isn't tests that a refusal stays one.

use super::json;
use super::object::Node;
use super::random::Random;

/// One document's text, without separators.
pub(crate) fn write(node: &Node, random: &mut Random) -> String {
    let mut writer = Writer {
        step: 1 + random.below(4),
        comments: random.pick(&[&0, &30, &200]).to_owned(),
        specials: random.pick(&[&0, &0, &20, &60]).to_owned(),
        out: String::new(),
        anchors: Vec::new(),
        random,
    };
    if writer.random.chance(60) {
        writer.flow(node, 1);
        writer.end_line();
    } else {
        let indent = if writer.random.chance(30) { 2 } else { 0 };
        writer.block(node, indent, Lead::LineStart);
    }
    writer.out
}

/// What stands on the line before a block collection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    LineStart,
    Key,
    Dash,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Anchored {
    Map,
    Other,
}

struct Writer<'a> {
    random: &'a mut Random,
    out: String,
    /// Spaces that a nested mapping is further in.
    step: usize,
    /// Comments in a thousand places where one may stand.
    comments: usize,
    /// Anchors, aliases, merges, tags and explicit keys in a thousand places.
    specials: usize,
    anchors: Vec<Anchored>,
}

impl Writer<'_> {
    /// Writes a value at the end of a line, or from a line's start.
    fn block(&mut self, node: &Node, indent: usize, lead: Lead) {
        if lead != Lead::LineStart && self.alias(node) {
            self.end_line();
            return;
        }
        match node {
            Node::Map(members) if !members.is_empty() && !self.random.chance(120) => {
                let anchor = self.properties(Anchored::Map, lead);
                self.block_map(members, indent, if anchor { Lead::Key } else { lead });
                self.remember(anchor, Anchored::Map);
            }
            Node::Seq(items) if !items.is_empty() && !self.random.chance(120) => {
                let anchor = self.properties(Anchored::Other, lead);
                self.block_seq(items, indent, if anchor { Lead::Key } else { lead });
                self.remember(anchor, Anchored::Other);
            }
            Node::Map(_) | Node::Seq(_) => {
                self.flow(node, indent);
                self.end_line();
            }
            Node::Text(text) => self.block_text(text, indent, lead),
            Node::Plain(plain) => {
                let anchor = self.properties(Anchored::Other, Lead::Key);
                self.out.push_str(plain);
                self.end_line();
                self.remember(anchor, Anchored::Other);
            }
        }
    }

    fn block_map(&mut self, members: &[(String, Node)], indent: usize, lead: Lead) {
        let mut on_line = lead == Lead::Dash;
        if lead == Lead::Key {
            self.end_line();
        }
        let merge = self
            .merge()
            .map(|merge| (self.random.below(members.len()), merge));
        for (index, (key, value)) in members.iter().enumerate() {
            if let Some((at, merge)) = &merge
                && *at == index
            {
                self.pad(&mut on_line, indent);
                self.out.push_str(merge);
                self.end_line();
            }
            self.pad(&mut on_line, indent);
            self.key(key, indent);
            let inner = self.inner_indent(value, indent);
            self.block(value, inner, Lead::Key);
        }
    }

    fn block_seq(&mut self, items: &[Node], indent: usize, lead: Lead) {
        let mut on_line = lead == Lead::Dash;
        if lead == Lead::Key {
            self.end_line();
        }
        for item in items {
            self.pad(&mut on_line, indent);
            let gap = if self.random.chance(150) { 3 } else { 1 };
            self.out.push('-');
            self.out.push_str(&" ".repeat(gap));
            self.block(item, indent + 1 + gap, Lead::Dash);
        }
    }

    /// A sequence may stand as far out as its key.
    fn inner_indent(&mut self, value: &Node, indent: usize) -> usize {
        match value {
            Node::Seq(_) if self.random.chance(500) => indent,
            Node::Map(_) | Node::Seq(_) | Node::Text(_) | Node::Plain(_) => indent + self.step,
        }
    }

    fn pad(&mut self, on_line: &mut bool, indent: usize) {
        if !std::mem::take(on_line) {
            self.out.push_str(&" ".repeat(indent));
        }
    }

    fn key(&mut self, key: &str, indent: usize) {
        if self.random.chance(self.specials / 6) {
            self.out.push_str("? ");
            self.out.push_str(key);
            self.out.push('\n');
            self.out.push_str(&" ".repeat(indent));
            self.out.push_str(": ");
            return;
        }
        match self.random.below(20) {
            // Beside a plain `true`, which is another key until both become
            // JSON, Go would keep either of the two, by chance.
            _ if key == "true" => self.out.push_str(key),
            0 | 1 => self.out.push_str(&json::quote(key, self.random)),
            2 => self.out.push_str(&format!("'{key}'")),
            _ => self.out.push_str(key),
        }
        let colon = match self.random.below(40) {
            0 => " : ",
            1 => ":   ",
            2 if self.specials > 0 => ":\t",
            _ => ": ",
        };
        self.out.push_str(colon);
    }

    fn block_text(&mut self, text: &str, indent: usize, lead: Lead) {
        let anchor = self.properties(Anchored::Other, Lead::Key);
        if lead != Lead::LineStart && self.random.chance(400) && text.contains('\n') {
            self.block_scalar(text, indent);
        } else {
            self.flow_text(text, indent);
            self.end_line();
        }
        self.remember(anchor, Anchored::Other);
    }

    fn block_scalar(&mut self, text: &str, indent: usize) {
        let indent = indent.max(1);
        self.out
            .push(if self.random.chance(700) { '|' } else { '>' });
        let width = if text.starts_with([' ', '\n']) {
            // The parent's indent is not known here, so the width may be wrong
            // and the text then reads otherwise, or not at all.
            self.step.to_string()
        } else {
            String::new()
        };
        let chomp = self.random.pick(&["", "-", "+"]);
        self.out.push_str(&width);
        self.out.push_str(chomp);
        if self.random.chance(self.comments) {
            self.out.push_str(" # block");
        }
        self.out.push('\n');
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.out.push_str(&" ".repeat(indent));
            }
            self.out.push_str(line);
        }
        if !text.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// A string in a style that needs no lines of its own.
    fn flow_text(&mut self, text: &str, indent: usize) {
        let plain = !text.is_empty()
            && !matches!(text, "yes" | "0644")
            && !text.starts_with([' ', '#', '\'', '"', '{', '$'])
            && !text.ends_with(' ')
            && !text.contains(['\n', '\t'])
            && !text.contains(": ")
            && !text.contains(['{', ',', '[']);
        match self.random.below(10) {
            0..5 if plain => self.out.push_str(text),
            5 | 6 if !text.contains(['\n', '\t']) => {
                self.out
                    .push_str(&format!("'{}'", text.replace('\'', "''")));
            }
            7 if text.contains(' ') && self.specials > 0 => {
                // Folded over two lines: the break reads as one space.
                let folded = format!("\\\n{} ", " ".repeat(indent + 1));
                let quoted = json::quote(text, self.random);
                self.out
                    .push_str(&quoted.replacen(' ', &format!(" {folded}"), 1));
            }
            _ => {
                let quoted = json::quote(text, self.random);
                self.out.push_str(&quoted);
            }
        }
    }

    /// A value in flow style, over several lines now and then.
    fn flow(&mut self, node: &Node, indent: usize) {
        if self.alias(node) {
            return;
        }
        match node {
            Node::Text(text) => self.flow_text(text, indent),
            Node::Plain("") => self.out.push_str("null"),
            Node::Plain(plain) => self.out.push_str(plain),
            Node::Map(members) => {
                self.out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    self.flow_break(index, indent);
                    self.out.push_str(&json::quote(key, self.random));
                    self.out.push_str(": ");
                    self.flow(value, indent + 1);
                }
                self.flow_end(members.is_empty());
                self.out.push('}');
            }
            Node::Seq(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.flow_break(index, indent);
                    self.flow(item, indent + 1);
                }
                self.flow_end(items.is_empty());
                self.out.push(']');
            }
        }
    }

    fn flow_break(&mut self, index: usize, indent: usize) {
        if index > 0 {
            self.out.push_str(", ");
        }
        if self.random.chance(60) {
            if self.random.chance(self.comments) {
                self.out.push_str(" # flow");
            }
            self.out.push('\n');
            self.out.push_str(&" ".repeat(indent + 1));
        }
    }

    fn flow_end(&mut self, empty: bool) {
        let end = match self.random.below(20) {
            0 if !empty => ",",
            1 => " ",
            _ => "",
        };
        self.out.push_str(end);
    }

    /// An anchor or a tag before a value; tells whether the value must be
    /// remembered, or its collection moved to the next line.
    fn properties(&mut self, kind: Anchored, lead: Lead) -> bool {
        // A collection that starts a line or follows a dash has no room for one.
        if lead != Lead::Key || !self.random.chance(self.specials) {
            return false;
        }
        if self.random.chance(600) {
            self.out.push_str(&format!("&a{} ", self.anchors.len()));
            return true;
        }
        let tag = match kind {
            Anchored::Map => "!!map ",
            Anchored::Other => self.random.pick(&["!custom ", "!!str ", "! "]),
        };
        self.out.push_str(tag);
        false
    }

    fn remember(&mut self, anchor: bool, kind: Anchored) {
        if anchor {
            self.anchors.push(kind);
        }
    }

    /// Writes an alias instead of the node, now and then, of the same kind.
    fn alias(&mut self, node: &Node) -> bool {
        let kind = match node {
            Node::Map(_) => Anchored::Map,
            Node::Text(_) | Node::Plain(_) | Node::Seq(_) => Anchored::Other,
        };
        if !self.random.chance(self.specials) {
            return false;
        }
        let Some(name) = self.anchor_of(kind) else {
            return false;
        };
        self.out.push_str(&format!("*{name} "));
        true
    }

    fn anchor_of(&mut self, kind: Anchored) -> Option<String> {
        let found = self
            .anchors
            .iter()
            .rposition(|anchored| *anchored == kind)?;
        Some(format!("a{found}"))
    }

    fn merge(&mut self) -> Option<String> {
        if !self.random.chance(self.specials * 2) {
            return None;
        }
        let name = self.anchor_of(Anchored::Map)?;
        Some(match self.random.below(3) {
            0 => format!("<<: [*{name} ]"),
            1 => format!("\"<<\": *{name}"),
            _ => format!("<<: *{name}"),
        })
    }

    /// Ends a line, with a comment, blank lines or comment lines now and then.
    fn end_line(&mut self) {
        if self.random.chance(self.comments) {
            self.out.push_str("  # é: {not} 'yaml'");
        } else if self.random.chance(20) {
            self.out.push_str("  ");
        }
        self.out.push('\n');
        while self.random.chance(self.comments / 2) {
            let column = self.random.below(7);
            let line = self.random.pick(&["", "# line", "#", "# - a: b"]);
            if !line.is_empty() {
                self.out.push_str(&" ".repeat(column));
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }
}
