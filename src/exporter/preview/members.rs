//! Properties, relations and search queries: maps of expressions.
//!
//! Where the exporter goes through a Go map, its order changes from run to run.
//! What depends on that order is not computed but said.

use serde_json::{Map, Value};

use crate::exporter::jq;

use super::ProblemKind;
use super::compile::{CompiledQuery, Expression, Failure, Place};
use super::evaluate::Run;

/// The name under which an object's fields are members themselves.
const ALL: &str = "*";

impl Run<'_> {
    /// Properties by their names (`ParseMapInterface`).
    pub(super) fn properties(
        &mut self,
        properties: &[(String, Expression)],
        input: &jq::Value,
    ) -> Map<String, Value> {
        let before = self.problems();
        let mut members = Map::new();
        for (name, expression) in properties.iter().filter(|(name, _)| name != ALL) {
            if let Some(value) = self.json(expression, input) {
                members.insert(name.clone(), value);
            }
        }
        if let Some((_, expression)) = properties.iter().find(|(name, _)| name == ALL) {
            let all = self.all(expression, input);
            self.merge(&mut members, all, expression, |_| false);
            if properties.len() > 1 {
                self.doubt_unsendable(before);
            }
        }
        members
    }

    /// Relations, or a search query (`ParseMapRecursively`). A null in it
    /// crashes the exporter, unless it comes upon another fault first.
    pub(super) fn queries(
        &mut self,
        queries: &[(String, Place)],
        input: &jq::Value,
    ) -> Map<String, Value> {
        let was_dropped = self.is_dropped();
        let before = self.problems();
        let members = self.fields(queries, input);
        if !was_dropped {
            self.open_if_crashed(before);
        }
        let nulls = queries.iter().find_map(|(_, place)| null_in(place));
        match nulls {
            Some(place) if was_dropped || !self.is_dropped() => self.crash(place),
            Some(place) => {
                self.forget(before);
                self.may_crash();
                let message = "is null, and another expression fails: whether the exporter \
                               crashes or drops the object changes from run to run";
                self.note_at(place, Failure::unsayable(message));
            }
            None => {}
        }
        members
    }

    /// The fields of a map, those that are null left out.
    fn fields(&mut self, fields: &[(String, Place)], input: &jq::Value) -> Map<String, Value> {
        let before = self.problems();
        let mut members = Map::new();
        for (name, place) in fields {
            match &place.query {
                // Merged below, over what is explicit.
                CompiledQuery::Text(_) if name == ALL => {}
                CompiledQuery::Text(expression) => {
                    if let Some(value) = self.json(expression, input) {
                        members.insert(name.clone(), value);
                    }
                }
                CompiledQuery::Map(nested) => {
                    // A map without a field leaves no trace.
                    let nested = self.fields(nested, input);
                    if !nested.is_empty() {
                        members.insert(name.clone(), nested.into());
                    }
                }
                CompiledQuery::List(elements) => {
                    let elements = elements.iter();
                    let values = elements.map(|element| self.element(name, element, input));
                    members.insert(name.clone(), values.collect());
                }
                CompiledQuery::Absent => {}
                CompiledQuery::Other => self.no_expression(place),
            }
        }
        self.merge_all(&mut members, fields, input);
        let all = fields.iter().find(|(name, _)| name == ALL);
        if all
            .is_some_and(|(_, all)| fields.len() > 1 || matches!(all.query, CompiledQuery::List(_)))
        {
            self.doubt_unsendable(before);
        }
        members
    }

    /// Merges what `*` yields, if it is an expression.
    fn merge_all(
        &mut self,
        members: &mut Map<String, Value>,
        fields: &[(String, Place)],
        input: &jq::Value,
    ) {
        let is_map = |name: &str| {
            let named = fields.iter().find(|(known, _)| known == name);
            named.is_some_and(|(_, place)| matches!(place.query, CompiledQuery::Map(_)))
        };
        let place = fields.iter().find(|(name, _)| name == ALL);
        if let Some(CompiledQuery::Text(expression)) = place.map(|(_, place)| &place.query) {
            let all = self.all(expression, input);
            self.merge(members, all, expression, is_map);
        }
    }

    /// An element of a list under a name.
    fn element(&mut self, name: &str, place: &Place, input: &jq::Value) -> Value {
        match &place.query {
            CompiledQuery::Text(expression) => {
                let value = match name {
                    ALL => self.all(expression, input),
                    _ => self.json(expression, input),
                };
                match value.unwrap_or(Value::Null) {
                    // The exporter merges the object, and then looks for `*` in it.
                    Value::Object(mut fields) if name == ALL => {
                        fields.remove(ALL).unwrap_or(Value::Null)
                    }
                    value => value,
                }
            }
            CompiledQuery::Map(fields) => match self.fields(fields, input) {
                fields if fields.is_empty() => Value::Null,
                fields => fields.into(),
            },
            CompiledQuery::List(elements) => {
                let elements = elements.iter();
                elements
                    .map(|element| self.element(name, element, input))
                    .collect()
            }
            CompiledQuery::Absent => Value::Null,
            CompiledQuery::Other => {
                self.no_expression(place);
                Value::Null
            }
        }
    }

    /// Adds what `*` yields: an object's fields, or the value under that name.
    /// A field that has another value already is a fault: which of the two is
    /// sent depends on the order of a Go map. `is_map` says of an explicit name
    /// that the exporter would merge into it or crash.
    fn merge(
        &mut self,
        members: &mut Map<String, Value>,
        all: Option<Value>,
        expression: &Expression,
        is_map: impl Fn(&str) -> bool,
    ) {
        let fields = match all {
            None => return,
            Some(Value::Object(fields)) => fields,
            Some(other) => {
                members.insert(ALL.to_owned(), other);
                return;
            }
        };
        for (name, value) in fields {
            match members.get(&name) {
                Some(explicit) if *explicit != value || is_map(&name) => {
                    let message = format!(
                        "yields `{name}`, which has an expression of its own: which of the two \
                         values is sent changes from run to run"
                    );
                    self.push(&expression.field, Failure::unsayable(message));
                    if is_map(&name) {
                        self.may_crash();
                    }
                }
                Some(_) | None => {
                    members.insert(name, value);
                }
            }
        }
    }

    /// What `*` yields. An object of Go's that is nil is null as JSON, but still
    /// an object to merge.
    fn all(&mut self, expression: &Expression, input: &jq::Value) -> Option<Value> {
        let value = self.value(expression, input)?;
        match self.encoded(expression, &value)? {
            Value::Null if value.as_object().is_some() => Some(Map::new().into()),
            json => Some(json),
        }
    }

    /// A value as JSON; none, with a fault noted, where there is none.
    fn json(&mut self, expression: &Expression, input: &jq::Value) -> Option<Value> {
        let value = self.value(expression, input)?;
        self.encoded(expression, &value)
    }

    fn encoded(&mut self, expression: &Expression, value: &jq::Value) -> Option<Value> {
        let json = value.to_json();
        if let Err(error) = &json {
            let failure = Failure {
                kind: ProblemKind::Unsendable,
                message: format!("yields {error}"),
                detail: None,
            };
            self.push(&expression.field, failure);
        }
        json.ok()
    }

    fn no_expression(&mut self, place: &Place) {
        self.note_at(
            place,
            Failure::dropped("must be a string: it is an expression"),
        );
    }
}

/// The first null in a query.
fn null_in(place: &Place) -> Option<&Place> {
    match &place.query {
        CompiledQuery::Absent => Some(place),
        CompiledQuery::Text(_) | CompiledQuery::Other => None,
        CompiledQuery::List(elements) => elements.iter().find_map(null_in),
        CompiledQuery::Map(fields) => fields.iter().find_map(|(_, place)| null_in(place)),
    }
}
