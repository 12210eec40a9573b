//! Which expression gives a value of a request.

use std::fmt;

use serde_json::Value as Json;

use super::steps::{Walk, at};
use super::{Origin, Said, Step, Trace};
use crate::exporter::config::{Block, Config, DecodedMapping, Query};
use crate::exporter::jq::{Environment, Program, Value};
use crate::exporter::preview::{self, Sent};
use crate::manifest::{FieldPath, Segment};

/// A value of an entity, as the catalog names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member(FieldPath);

/// A member that an entity does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{wanted}` is not sent")]
pub(crate) struct UnknownMember {
    /// What was asked for.
    pub wanted: String,
    /// What could have been.
    pub known: Vec<String>,
}

/// A request, what it was made of, and by which block.
pub(super) struct Request<'a> {
    body: Json,
    object: &'a Json,
    input: Value,
    /// The field of the object that the item is, for a block with items.
    item: Option<(String, FieldPath)>,
    mapping: &'a DecodedMapping,
    /// Where the mapping stands in the config.
    place: FieldPath,
    environment: &'a Environment,
}

impl Member {
    /// All values of a request, in the order in which it is written.
    pub(crate) fn all(request: &preview::Request) -> Vec<Self> {
        let own = ["identifier", "title", "blueprint", "icon", "team"];
        let body = request.to_json();
        let of = |group: &'static str| {
            let members = body[group].as_object().into_iter().flatten();
            let names: Vec<_> = members
                .map(|(name, _)| FieldPath::of(&[group, name]))
                .collect();
            names
        };
        let own = own.into_iter().filter(|name| body.get(name).is_some());
        own.map(|name| FieldPath::of(&[name]))
            .chain(of("properties"))
            .chain(of("relations"))
            .map(Self)
            .collect()
    }

    /// The value that somebody calls by its name (`tier`) or its path
    /// (`.properties.tier`, `properties.owners[0]`).
    pub(crate) fn find(wanted: &str, request: &preview::Request) -> Result<Self, UnknownMember> {
        let body = request.to_json();
        let path = parsed(wanted);
        let groups = ["properties", "relations"].map(|group| {
            let grouped = FieldPath::of(&[group]);
            let segments = path.segments().iter();
            segments.fold(grouped, |path, segment| path.join(segment))
        });
        let candidates = std::iter::once(path).chain(groups);
        let is_member = |path: &FieldPath| {
            let group = matches!(
                path.to_string().as_str(),
                "." | ".properties" | ".relations"
            );
            !group && at(&body, path).is_some()
        };
        candidates
            .into_iter()
            .find(is_member)
            .map(Self)
            .ok_or_else(|| UnknownMember {
                wanted: wanted.to_owned(),
                known: Self::all(request).iter().filter_map(Self::name).collect(),
            })
    }

    /// The name alone.
    fn name(&self) -> Option<String> {
        match self.0.segments().last()? {
            Segment::Key(key) => Some(key.clone()),
            Segment::Index(_) => None,
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'a> Request<'a> {
    /// None where the config has no such block, or the item is not there.
    pub(super) fn of(
        config: &'a Config,
        sent: &'a Sent,
        object: &'a Json,
        environment: &'a Environment,
    ) -> Option<Self> {
        let block = config.blocks.get(sent.block)?;
        let whole = Value::of_object(object);
        let (input, item) = match sent.item {
            None => (whole, None),
            Some(index) => {
                let (input, path) = with_item(block, &whole, index, environment)?;
                (input, Some((block.item_name().to_owned(), path)))
            }
        };
        let part = config.entity_path(sent.block);
        Some(Self {
            body: sent.request.to_json(),
            object,
            input,
            item,
            mapping: block.mappings.get(sent.mapping)?,
            place: part.key("entity").key("mappings").index(sent.mapping),
            environment,
        })
    }

    /// How a value came to be; none where it is not sent.
    pub(super) fn trace(&self, member: Member) -> Option<Trace> {
        let value = at(&self.body, &member.0)?.clone();
        let (query, place, inner) = self.query(&member)?;
        let mut trace = Trace {
            member,
            value,
            expression: None,
            place,
            steps: Vec::new(),
            origin: Origin::Computed(Vec::new()),
        };
        match query {
            Query::Text(text) => {
                let mut walk = Walk::new(self.input.clone(), self.environment);
                walk.go(&text, 0);
                for segment in &inner {
                    into(&mut walk, segment);
                }
                trace.origin = self.origin(&walk, &inner, &trace.value);
                trace.steps = walk.steps;
                trace.expression = Some(text);
            }
            query => self.leaves(&query, &FieldPath::root(), &mut trace.steps),
        }
        Some(trace)
    }

    /// What gives a value, where that stands, and the way from its result to
    /// the value.
    fn query(&self, member: &Member) -> Option<(Query, FieldPath, Vec<Segment>)> {
        let mapping = self.mapping;
        let segments = member.0.segments();
        let (Segment::Key(first), rest) = segments.split_first()? else {
            return None;
        };
        let own = |query: Query| Some((query, self.place.key(first), rest.to_vec()));
        let (members, rest) = match first.as_str() {
            "identifier" => return own(mapping.identifier.clone()),
            "title" => return own(Query::Text(mapping.title.clone())),
            "blueprint" => return own(Query::Text(mapping.blueprint.clone())),
            "icon" => return own(Query::Text(mapping.icon.clone())),
            "team" => return own(mapping.team.clone()),
            "properties" => {
                let texts = mapping.properties.iter();
                let queries = texts.map(|(name, text)| (name, Query::Text(text.clone())));
                (queries.collect::<Vec<_>>(), rest)
            }
            _ => {
                let queries = mapping.relations.iter();
                (
                    queries.map(|(name, query)| (name, query.clone())).collect(),
                    rest,
                )
            }
        };
        let (Segment::Key(name), below) = rest.split_first()? else {
            return None;
        };
        let of = |wanted: &str| {
            let found = members.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, query)| query.clone())
        };
        let place = self.place.key(first);
        match of(name) {
            Some(query) => Some((query, place.key(name), below.to_vec())),
            None => Some((of("*")?, place.key("*"), rest.to_vec())),
        }
    }

    fn origin(&self, walk: &Walk<'_>, inner: &[Segment], value: &Json) -> Origin {
        if let Some(path) = &walk.path {
            return Origin::Field(self.in_object(path));
        }
        if walk.is_literal {
            return Origin::Mapping;
        }
        let below = inner
            .iter()
            .fold(walk.last.clone(), |path, segment| path.join(segment));
        let here = self.in_object(&below);
        if at(self.object, &here).is_some_and(|there| there == value) {
            return Origin::SameAs(here);
        }
        let read = walk.read.iter().map(|path| self.in_object(path));
        let mut read: Vec<FieldPath> = read.collect();
        read.dedup();
        Origin::Computed(read)
    }

    /// A field of what the mapping sees, as a field of the object.
    fn in_object(&self, path: &FieldPath) -> FieldPath {
        match (&self.item, path.segments()) {
            (Some((name, item)), [Segment::Key(first), rest @ ..]) if first == name => rest
                .iter()
                .fold(item.clone(), |path, segment| path.join(segment)),
            _ => path.clone(),
        }
    }

    /// The expressions of a search query or a list, each in one step.
    fn leaves(&self, query: &Query, path: &FieldPath, steps: &mut Vec<Step>) {
        match query {
            Query::Text(text) => {
                let program = Program::compile(text, self.environment);
                let value = program
                    .ok()
                    .and_then(|program| program.first(&self.input).ok());
                steps.push(Step {
                    text: format!("{path}: {text}"),
                    depth: 0,
                    said: value.as_ref().map_or(Said::Nothing, Said::of),
                });
            }
            Query::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.leaves(element, &path.index(index), steps);
                }
            }
            Query::Map(fields) => {
                for (key, field) in fields {
                    self.leaves(field, &path.key(key), steps);
                }
            }
            Query::Absent | Query::Other => {}
        }
    }
}

/// Goes from a result into one of its fields.
fn into(walk: &mut Walk<'_>, segment: &Segment) {
    let text = match segment {
        Segment::Key(key) => format!(".[{}]", Json::from(key.as_str())),
        Segment::Index(index) => format!(".[{index}]"),
    };
    walk.go(&text, 0);
}

/// What a mapping sees of an item, and the field of the object that the item is.
fn with_item(
    block: &Block,
    object: &Value,
    index: usize,
    environment: &Environment,
) -> Option<(Value, FieldPath)> {
    let items = Program::compile(&block.items_to_parse, environment).ok()?;
    let item = items.first(object).ok()?.as_array()?.get(index)?.clone();
    let input = preview::with_item(object, block.item_name(), item)?;
    let mut walk = Walk::new(object.clone(), environment);
    walk.go(&block.items_to_parse, 0);
    // Items that are no list of the object have no other place than their own.
    let own = || FieldPath::of(&[block.item_name()]);
    let path = walk.path.map_or_else(own, |path| path.index(index));
    Some((input, path))
}

/// A path as people type it, with or without its first dot.
fn parsed(text: &str) -> FieldPath {
    let mut path = FieldPath::root();
    let names = text.split('.').filter(|name| !name.is_empty());
    for name in names {
        let (key, indexes) = name.split_once('[').unwrap_or((name, ""));
        path = path.key(key);
        let indexes = indexes
            .split(['[', ']'])
            .filter_map(|index| index.parse().ok());
        path = indexes.fold(path, |path, index: usize| path.index(index));
    }
    path
}
