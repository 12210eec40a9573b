//! Programs and inputs by chance.
//!
//! A program is filled into templates, in which `~` and a letter are holes. No
//! template can run without end on any input, and none makes anything large.

mod control;
mod damage;
mod inputs;
pub(crate) mod literals;
pub(crate) mod tables;

pub(crate) use inputs::input;
use serde_json::Value;

use crate::dice::Dice;
use crate::node::Node;

/// Inputs of each program.
pub(crate) const INPUTS: usize = 4;

/// A program with its inputs.
pub(crate) struct Case {
    pub(crate) node: Node,
    /// What became of the program's text, where something did.
    damaged: Option<String>,
    pub(crate) inputs: Vec<Value>,
}

impl Case {
    pub(crate) fn text(&self) -> String {
        match &self.damaged {
            Some(text) => text.clone(),
            None => self.node.to_string(),
        }
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.is_some()
    }
}

/// The case of a seed.
pub(crate) fn case(seed: u64) -> Case {
    let mut dice = Dice::new(seed);
    let depth = 1 + dice.below(5);
    let mut maker = Maker {
        dice,
        variables: Vec::new(),
        functions: Vec::new(),
    };
    let node = maker.expression(Kind::Any, depth);
    let Maker { mut dice, .. } = maker;
    let damaged = match dice.below(16) {
        15 => Some(damage::damaged(&mut dice, &node.to_string())),
        14 => Some(damage::spaced(&mut dice, &node.to_string())),
        _ => None,
    };
    let inputs = (0..INPUTS).map(|_| inputs::input(&mut dice)).collect();
    Case {
        node,
        damaged,
        inputs,
    }
}

/// What an expression gives, for the most part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Text,
    Number,
    List,
    Object,
    Bool,
    /// Something that can be updated.
    Path,
}

const KINDS: [Kind; 6] = [
    Kind::Any,
    Kind::Text,
    Kind::Number,
    Kind::List,
    Kind::Object,
    Kind::Bool,
];

/// Makes one program.
struct Maker {
    dice: Dice,
    /// In scope, with their dollar signs.
    variables: Vec<String>,
    /// In scope, with their numbers of arguments.
    functions: Vec<(String, usize)>,
}

impl Maker {
    fn expression(&mut self, kind: Kind, depth: usize) -> Node {
        let kind = match self.dice.below(14) {
            13 if kind != Kind::Path => KINDS[self.dice.below(KINDS.len())],
            _ => kind,
        };
        if self.dice.once_in(40) {
            let phrase = self.dice.pick(tables::phrases());
            return Node::text(phrase);
        }
        if depth == 0 {
            let leaf = self.dice.pick(tables::leaves(kind));
            return self.filled(leaf, 0);
        }
        match self.dice.below(10) {
            0 | 1 if kind != Kind::Path => self.control(kind, depth),
            2 => {
                let leaf = self.dice.pick(tables::leaves(kind));
                self.filled(leaf, 0)
            }
            _ => {
                let template = self.dice.pick(tables::branches(kind));
                self.filled(template, depth)
            }
        }
    }

    /// The template with its holes filled. Variables that it binds are those of
    /// the holes behind.
    fn filled(&mut self, template: &str, depth: usize) -> Node {
        let variables = self.variables.len();
        let mut node = Node::default();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('~') {
            node.push_text(before);
            let hole = behind.chars().next().expect("a hole has a letter");
            rest = &behind[hole.len_utf8()..];
            let part = self.hole(hole, depth.saturating_sub(1));
            let is_closed = before.ends_with(['(', '[', '{', ';']);
            if is_closed || part.is_atomic() || self.dice.below(4) == 3 {
                node.push_part(part);
            } else {
                node.push_text("(");
                node.push_part(part);
                node.push_text(")");
            }
        }
        node.push_text(rest);
        self.variables.truncate(variables);
        node
    }

    fn hole(&mut self, letter: char, depth: usize) -> Node {
        let kind = match letter {
            'a' => Kind::Any,
            't' => Kind::Text,
            'n' => Kind::Number,
            'l' => Kind::List,
            'o' => Kind::Object,
            'b' => Kind::Bool,
            'p' => Kind::Path,
            '+' => return self.new_variable(),
            'v' => return Node::text(&self.variable()),
            letter => return Node::text(&literals::literal(&mut self.dice, letter)),
        };
        self.expression(kind, depth)
    }

    fn new_variable(&mut self) -> Node {
        let name = self.dice.pick(&["$x", "$y", "$z"]);
        self.variables.push(name.to_owned());
        Node::text(name)
    }

    /// One in scope, once in a while one that isn't.
    fn variable(&mut self) -> String {
        if self.variables.is_empty() || self.dice.once_in(24) {
            let names = ["$ENV", "$ENV", "$ENV", "$x", "$__loc__", "$__prog_args"];
            return self.dice.pick(&names).to_owned();
        }
        let at = self.dice.below(self.variables.len());
        self.variables[at].clone()
    }
}
