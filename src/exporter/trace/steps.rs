//! An expression step by step: each part with the value that it gives.
//!
//! jq itself says what a part gives and which path it takes (`path(…)`); the
//! text only says where to look. Where a part can't stand alone, it is shown in
//! one piece.

use serde_json::Value as Json;

use super::split::{Found, Sign, bare, bracketed_head, path_ends, signs};
use super::{Said, Step};
use crate::exporter::jq::{Environment, Program, RunError, Value};
use crate::manifest::{FieldPath, Segment};

/// How many outputs of a part are looked at for the one that led to the value.
const OUTPUTS: usize = 1000;

/// The way from an object to a value.
pub(super) struct Walk<'e> {
    environment: &'e Environment,
    pub(super) steps: Vec<Step>,
    /// The value so far.
    pub(super) value: Value,
    /// The object's field whose value that is; none once it is computed.
    pub(super) path: Option<FieldPath>,
    /// The last field that was on the way.
    pub(super) last: FieldPath,
    /// Fields that a computed value was made of.
    pub(super) read: Vec<FieldPath>,
    /// Whether the value stands in the expression itself.
    pub(super) is_literal: bool,
}

impl<'e> Walk<'e> {
    /// At the object.
    pub(super) fn new(object: Value, environment: &'e Environment) -> Self {
        Self {
            environment,
            steps: Vec::new(),
            value: object,
            path: Some(FieldPath::root()),
            last: FieldPath::root(),
            read: Vec::new(),
            is_literal: false,
        }
    }

    /// Goes on with the first output of an expression.
    pub(super) fn go(&mut self, text: &str, depth: usize) {
        let text = bare(text);
        if let Some((head, tail)) = self.pipe(text) {
            self.go_to(head, tail, depth);
            self.go(tail, depth);
        } else if let Some((left, right)) = self.parts(text, Sign::Alternative) {
            self.alternative(left, right, depth);
        } else if let Some((head, tail)) = bracketed_head(text) {
            self.go_to(head, &tail, depth);
            self.go(&tail, depth);
        } else {
            self.part(text, depth);
        }
    }

    /// A part before a pipe: its first output that leads on.
    fn go_to(&mut self, head: &str, tail: &str, depth: usize) {
        let outputs = (0..OUTPUTS).map_while(|index| self.output(head, index));
        let leads_on = |value: &Value| matches!(self.run(tail, value), Ok(Ok(_)));
        let chosen = outputs.enumerate().find(|(_, value)| leads_on(value));
        match chosen {
            None | Some((0, _)) => self.go(head, depth),
            Some((index, value)) => {
                let text = format!("{} (output {})", head.trim(), index + 1);
                self.arrive(head, index, value);
                self.note(text, depth);
            }
        }
    }

    /// The left side where it gives something, else the right one.
    fn alternative(&mut self, left: &str, right: &str, depth: usize) {
        let taken = self.output(&format!("(({left}\n) // empty)"), 0);
        let first = self.output(left, 0);
        if taken.is_some() && same(first.as_ref(), taken.as_ref()) {
            self.go(left, depth);
        } else if let Some(taken) = taken {
            self.path = None;
            self.value = taken;
            self.note(left.trim().to_owned(), depth);
        } else {
            let said = self.said(left);
            self.steps.push(Step {
                text: bare(left).to_owned(),
                depth,
                said,
            });
            self.go(right, depth);
        }
    }

    /// A part that is shown in one piece, or a path with all its steps.
    fn part(&mut self, text: &str, depth: usize) {
        let ends = path_ends(text);
        for end in ends.iter().rev().skip(1).rev() {
            let said = self.said(&text[..*end]);
            self.steps.push(Step {
                text: text[..*end].to_owned(),
                depth,
                said,
            });
        }
        if let Some(value) = self.output(text, 0) {
            if ends.is_empty() {
                let read = self.paths_read(text);
                self.read.extend(read);
            }
            self.is_literal = serde_json::from_str::<Json>(text).is_ok();
            self.arrive(text, 0, value);
        }
        if text != "." {
            self.note(text.to_owned(), depth);
        }
    }

    /// Takes an output of a part as the value.
    fn arrive(&mut self, text: &str, index: usize, value: Value) {
        self.path = self.path_of(text, index, &value);
        if let Some(path) = &self.path {
            self.last = path.clone();
        }
        self.value = value;
    }

    /// The field whose value an output is, from the object on.
    fn path_of(&self, text: &str, index: usize, value: &Value) -> Option<FieldPath> {
        let base = self.path.as_ref()?;
        let path = self.output(&format!("path({text}\n)"), index)?;
        // What jq calls a path may be a literal that happens to stand there.
        let getpath = format!("getpath({})", path.to_json().ok()?);
        let there = self.output(&getpath, 0);
        if !same(there.as_ref(), Some(value)) {
            return None;
        }
        path.as_array()?
            .iter()
            .try_fold(base.clone(), |path, step| {
                if let Some(key) = step.as_str() {
                    return Some(path.key(key));
                }
                let index = step.to_json().ok()?.as_u64()?;
                Some(path.index(usize::try_from(index).ok()?))
            })
    }

    /// The fields that a part names on its way to a computed value, as far as
    /// they are plain paths.
    fn paths_read(&self, text: &str) -> Vec<FieldPath> {
        let text = bare(text);
        let parts = operands(text);
        if let [_] = parts.as_slice() {
            if !path_ends(text).is_empty() {
                let value = self.output(text, 0);
                let path = value.and_then(|value| self.path_of(text, 0, &value));
                return path.into_iter().collect();
            }
            let inside = interpolated(text).into_iter().chain(bracketed(text));
            return inside.flat_map(|text| self.paths_read(text)).collect();
        }
        let parts = parts.into_iter();
        parts.flat_map(|part| self.paths_read(part)).collect()
    }

    /// Where a text is two expressions with a pipe between them.
    fn pipe<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        self.parts(text, Sign::Pipe)
    }

    /// The first place of a sign with an expression on each side.
    fn parts<'t>(&self, text: &'t str, sign: Sign) -> Option<(&'t str, &'t str)> {
        let found = signs(text).into_iter().filter(|found| found.sign == sign);
        found
            .map(|Found { start, end, .. }| (&text[..start], &text[end..]))
            .find(|(left, right)| self.compiles(left) && self.compiles(right))
    }

    fn compiles(&self, text: &str) -> bool {
        Program::compile(text, self.environment).is_ok()
    }

    /// An output of an expression on the value so far, by its number.
    fn output(&self, text: &str, index: usize) -> Option<Value> {
        let outputs = format!("[limit({}; {text}\n)]", index + 1);
        let outputs = self.run(&outputs, &self.value).ok()?.ok()?;
        outputs.as_array()?.get(index).cloned()
    }

    fn run(&self, text: &str, input: &Value) -> Result<Result<Value, RunError>, ()> {
        let program = Program::compile(text, self.environment).map_err(drop)?;
        Ok(program.first(input))
    }

    /// What an expression gives for the value so far.
    fn said(&self, text: &str) -> Said {
        match self.run(text, &self.value) {
            Ok(Ok(value)) => Said::of(&value),
            Ok(Err(RunError::NoOutput)) => Said::Nothing,
            Ok(Err(RunError::Failed(message) | RunError::Unsupported(message))) => {
                Said::Failure(message)
            }
            Err(()) => Said::Nothing,
        }
    }

    fn note(&mut self, text: String, depth: usize) {
        let said = Said::of(&self.value);
        self.steps.push(Step { text, depth, said });
    }
}

impl Said {
    pub(super) fn of(value: &Value) -> Self {
        match value.to_json() {
            Ok(json) => Self::Value(json),
            Err(error) => Self::Failure(error.to_string()),
        }
    }
}

fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    let json = |value: Option<&Value>| value.and_then(|value| value.to_json().ok());
    json(left) == json(right)
}

/// The parts between signs.
fn operands(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for found in signs(text) {
        parts.push(&text[start..found.start]);
        start = found.end;
    }
    parts.push(&text[start..]);
    parts
}

/// What stands in a text's interpolations, if the text is one string.
fn interpolated(text: &str) -> Vec<&str> {
    if !text.starts_with('"') {
        return Vec::new();
    }
    let starts = text.match_indices("\\(");
    starts
        .filter_map(|(start, sign)| {
            let inside = &text[start + sign.len()..];
            Some(&inside[..inside.find(')')?])
        })
        .collect()
}

/// What stands in the brackets around a list, if the text is one.
fn bracketed(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']')
}

/// The value at a path of an object's JSON.
pub(super) fn at<'j>(object: &'j Json, path: &FieldPath) -> Option<&'j Json> {
    let mut segments = path.segments().iter();
    segments.try_fold(object, |value, segment| match segment {
        Segment::Key(key) => value.get(key),
        Segment::Index(index) => value.get(index),
    })
}
