//! One block and one object: the requests, or why there is none.
//!
//! In the exporter's order, which decides what becomes of an object with
//! several faults: where one drops the object, a crash behind it never comes.

use crate::exporter::jq;
use crate::manifest::FieldPath;

use super::compile::{Compiled, CompiledMapping, CompiledQuery, Expression, Failure, Place};
use super::previewer::{Step, Watch};
use super::{Outcome, Problem, ProblemKind, Request, Sent};

/// What one block makes of one object.
pub(super) fn answer(block: &Compiled, object: &jq::Value, watch: Watch<'_>) -> Outcome {
    let mut run = Run {
        block: block.index,
        problems: Vec::new(),
        may_have_crashed: false,
        watch,
    };
    let mut sent = Vec::new();
    for (item, input) in run.inputs(block, object) {
        match run.is_selected(block, &input) {
            Some(true) => {}
            Some(false) => continue,
            None => break,
        }
        for (mapping, compiled) in block.mappings.iter().enumerate() {
            let request = run.request(compiled, &input);
            sent.extend(request.map(|request| Sent {
                request,
                object: 0,
                block: 0,
                item,
                mapping,
            }));
            if run.has_ended() {
                return run.outcome(sent);
            }
        }
    }
    run.outcome(sent)
}

/// The faults of one block and one object so far.
pub(super) struct Run<'w> {
    block: usize,
    problems: Vec<Problem>,
    /// Whether the exporter may have crashed or not, which changes from run to
    /// run; what a fault behind that means is open then.
    may_have_crashed: bool,
    watch: Watch<'w>,
}

impl Run<'_> {
    /// Whether the selector lets an object pass; none where that can't be had.
    fn is_selected(&mut self, block: &Compiled, input: &jq::Value) -> Option<bool> {
        let Some(expression) = &block.selector else {
            return Some(true);
        };
        let value = self.value(expression, input)?;
        if value.as_bool().is_none() {
            self.wrong_type(expression, "true or false", &value);
        }
        value.as_bool()
    }

    /// One entity; none where a fault has been noted on the way.
    fn request(&mut self, mapping: &CompiledMapping, input: &jq::Value) -> Option<Request> {
        let before = self.problems();
        let identifier = self.identifier(&mapping.identifier, input);
        if self.is_cut_short() {
            return None;
        }
        let title = self.optional_text(mapping.title.as_ref(), input);
        let blueprint = self.text(&mapping.blueprint, input);
        let team = self.team(&mapping.team, input);
        if self.is_cut_short() {
            return None;
        }
        let icon = self.optional_text(mapping.icon.as_ref(), input);
        let properties = self.properties(&mapping.properties, input);
        let relations = self.queries(&mapping.relations, input);
        if self.problems() > before {
            return None;
        }
        Some(Request {
            identifier: identifier?,
            title,
            blueprint: blueprint?,
            icon,
            team,
            properties,
            relations,
        })
    }

    fn identifier(&mut self, place: &Place, input: &jq::Value) -> Option<serde_json::Value> {
        match &place.query {
            CompiledQuery::Text(expression) => self.text(expression, input).map(Into::into),
            CompiledQuery::Map(fields) => Some(self.queries(fields, input).into()),
            CompiledQuery::Absent => {
                self.crash(place);
                None
            }
            CompiledQuery::List(_) | CompiledQuery::Other => {
                let message = "must be a string or a search query";
                self.note_at(place, Failure::dropped(message));
                None
            }
        }
    }

    fn team(&mut self, place: &Place, input: &jq::Value) -> Option<serde_json::Value> {
        match &place.query {
            CompiledQuery::Absent => None,
            CompiledQuery::Text(expression) => self.text_or_texts(expression, input),
            CompiledQuery::Map(fields) => Some(self.queries(fields, input).into()),
            CompiledQuery::List(_) | CompiledQuery::Other => {
                let message = "must be a string or a search query";
                self.note_at(place, Failure::dropped(message));
                None
            }
        }
    }

    /// A text that is left out where it is empty.
    fn optional_text(
        &mut self,
        expression: Option<&Expression>,
        input: &jq::Value,
    ) -> Option<String> {
        self.text(expression?, input)
            .filter(|text| !text.is_empty())
    }

    fn text(&mut self, expression: &Expression, input: &jq::Value) -> Option<String> {
        let value = self.value(expression, input)?;
        let text = value.as_str().map(trimmed);
        if text.is_none() {
            self.wrong_type(expression, "a string", &value);
        }
        text
    }

    fn text_or_texts(
        &mut self,
        expression: &Expression,
        input: &jq::Value,
    ) -> Option<serde_json::Value> {
        let value = self.value(expression, input)?;
        let texts = match (value.as_str(), value.as_array()) {
            (Some(text), _) => Some(trimmed(text).into()),
            (None, Some(elements)) => elements
                .iter()
                .map(|element| element.as_str().map(trimmed).map(serde_json::Value::from))
                .collect(),
            (None, None) => None,
        };
        if texts.is_none() {
            self.wrong_type(expression, "a string or a list of strings", &value);
        }
        texts
    }

    /// What an expression yields; none, with a fault noted, where it does not.
    pub(super) fn value(
        &mut self,
        expression: &Expression,
        input: &jq::Value,
    ) -> Option<jq::Value> {
        (self.watch)(Step::Expression(&expression.field));
        match expression.run(input) {
            Ok(value) => Some(value),
            Err(failure) => {
                self.note(expression, failure);
                None
            }
        }
    }

    pub(super) fn wrong_type(&mut self, expression: &Expression, wanted: &str, value: &jq::Value) {
        let message = format!("must yield {wanted}, and yields {}", type_word(value));
        self.note(expression, Failure::dropped(message));
    }

    pub(super) fn note(&mut self, expression: &Expression, failure: Failure) {
        self.push(&expression.field, failure);
    }

    pub(super) fn note_at(&mut self, place: &Place, failure: Failure) {
        self.push(&place.field, failure);
    }

    /// Notes that the exporter crashes, unless it never comes that far.
    pub(super) fn crash(&mut self, place: &Place) {
        if !self.is_dropped() {
            let failure = Failure {
                kind: ProblemKind::Crash,
                message: "must be there and not null: it makes the exporter crash".to_owned(),
                detail: None,
            };
            self.push(&place.field, failure);
        }
    }

    pub(super) fn push(&mut self, field: &FieldPath, failure: Failure) {
        let Failure {
            kind,
            message,
            detail,
        } = failure;
        self.problems.push(Problem {
            object: None,
            block: self.block,
            field: field.clone(),
            kind,
            message,
            detail,
        });
    }

    /// How many faults there are.
    pub(super) fn problems(&self) -> usize {
        self.problems.len()
    }

    /// Notes that the exporter crashes or not, from run to run.
    pub(super) fn may_crash(&mut self) {
        self.may_have_crashed = true;
    }

    /// Where the exporter may have crashed, takes back what has dropped the object
    /// since there were that many faults: that may never have been reached.
    pub(super) fn open_if_crashed(&mut self, since: usize) {
        if self.may_have_crashed {
            let rest = self.problems.split_off(since).into_iter();
            let rest = rest.filter(|problem| problem.kind != ProblemKind::Dropped);
            self.problems.extend(rest);
        }
    }

    /// Says of the numbers that JSON lacks, noted since there were that many
    /// faults, that what is merged by `*` may take their place.
    pub(super) fn doubt_unsendable(&mut self, since: usize) {
        let rest = self.problems.iter_mut().skip(since);
        for problem in rest.filter(|problem| problem.kind == ProblemKind::Unsendable) {
            problem.kind = ProblemKind::Unsupported;
            problem.message += ", which what `*` merges may replace";
        }
    }

    /// Takes back what has been noted since there were that many faults.
    pub(super) fn forget(&mut self, since: usize) {
        self.problems.truncate(since);
    }

    /// Whether the exporter drops the object for certain.
    pub(super) fn is_dropped(&self) -> bool {
        self.has(ProblemKind::Dropped)
    }

    /// Whether the exporter has crashed, or may have.
    fn is_cut_short(&self) -> bool {
        self.may_have_crashed || self.has(ProblemKind::Crash)
    }

    fn has(&self, kind: ProblemKind) -> bool {
        self.problems.iter().any(|problem| problem.kind == kind)
    }

    /// Whether the exporter goes no further with this object.
    fn has_ended(&self) -> bool {
        self.is_dropped() || self.is_cut_short()
    }

    /// What all this comes to.
    fn outcome(mut self, sent: Vec<Sent>) -> Outcome {
        if self.problems.is_empty() {
            return Outcome::Sent(sent);
        }
        if self.is_dropped() {
            // That holds whatever else could not be said.
            self.problems
                .retain(|problem| problem.kind == ProblemKind::Dropped);
        }
        if self.has(ProblemKind::Crash) {
            // A body is encoded only once all are made.
            self.problems
                .retain(|problem| problem.kind != ProblemKind::Unsendable);
        }
        self.problems
            .sort_by_key(|problem| problem.kind != ProblemKind::Unsupported);
        Outcome::Stopped(self.problems)
    }
}

/// Without double quotes at either end, as the exporter trims them.
fn trimmed(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

/// A value's type, as it stands in a sentence.
fn type_word(value: &jq::Value) -> &'static str {
    match value.type_name() {
        "boolean" => "a boolean",
        "number" => "a number",
        "string" => "a string",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}
