//! A block with its expressions compiled, each text once.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::exporter::config::{Block, Config, DecodedMapping, Query};
use crate::exporter::jq::{self, CompileError, Environment, Program, RunError};
use crate::manifest::FieldPath;

use super::ProblemKind;

/// The programs of one environment, by their text.
pub(super) struct Programs<'e> {
    environment: &'e Environment,
    compiled: BTreeMap<String, Rc<Result<Program, CompileError>>>,
}

/// A block, ready for objects. What the exporter takes as absent is `None`.
pub(super) struct Compiled {
    /// The block's index in the config.
    pub(super) index: usize,
    pub(super) items: Option<Expression>,
    pub(super) item_name: String,
    pub(super) selector: Option<Expression>,
    pub(super) mappings: Vec<CompiledMapping>,
}

/// One of a block's mappings.
pub(super) struct CompiledMapping {
    pub(super) identifier: Place,
    pub(super) title: Option<Expression>,
    pub(super) blueprint: Expression,
    pub(super) icon: Option<Expression>,
    pub(super) team: Place,
    /// Sorted by name.
    pub(super) properties: Vec<(String, Expression)>,
    /// Sorted by name.
    pub(super) relations: Vec<(String, Place)>,
}

/// A place of the config at which any value may stand.
pub(super) struct Place {
    pub(super) field: FieldPath,
    pub(super) query: CompiledQuery,
}

/// What stands there.
pub(super) enum CompiledQuery {
    Absent,
    Text(Expression),
    List(Vec<Place>),
    /// Sorted by key.
    Map(Vec<(String, Place)>),
    Other,
}

/// An expression and where it stands.
pub(super) struct Expression {
    pub(super) field: FieldPath,
    program: Rc<Result<Program, CompileError>>,
}

/// Why an expression gives no value.
pub(super) struct Failure {
    pub(super) kind: ProblemKind,
    pub(super) message: String,
    pub(super) detail: Option<String>,
}

impl<'e> Programs<'e> {
    pub(super) fn new(environment: &'e Environment) -> Self {
        Self {
            environment,
            compiled: BTreeMap::new(),
        }
    }

    fn expression(&mut self, text: &str, field: FieldPath) -> Expression {
        let program = match self.compiled.get(text) {
            Some(program) => Rc::clone(program),
            None => {
                let program = Rc::new(Program::compile(text, self.environment));
                self.compiled.insert(text.to_owned(), Rc::clone(&program));
                program
            }
        };
        Expression { field, program }
    }

    /// An expression that the exporter takes as absent where it is empty.
    fn optional(&mut self, text: &str, field: FieldPath) -> Option<Expression> {
        (!text.is_empty()).then(|| self.expression(text, field))
    }

    fn place(&mut self, query: &Query, field: FieldPath) -> Place {
        let compiled = match query {
            Query::Absent => CompiledQuery::Absent,
            Query::Other => CompiledQuery::Other,
            Query::Text(text) => CompiledQuery::Text(self.expression(text, field.clone())),
            Query::List(elements) => {
                let numbered = elements.iter().enumerate();
                let places = numbered.map(|(index, query)| self.place(query, field.index(index)));
                CompiledQuery::List(places.collect())
            }
            Query::Map(fields) => {
                let places = fields.iter();
                let places =
                    places.map(|(key, query)| (key.clone(), self.place(query, field.key(key))));
                CompiledQuery::Map(places.collect())
            }
        };
        Place {
            field,
            query: compiled,
        }
    }

    fn mapping(&mut self, mapping: &DecodedMapping, path: &FieldPath) -> CompiledMapping {
        let DecodedMapping {
            identifier,
            title,
            blueprint,
            icon,
            team,
            properties,
            relations,
        } = mapping;
        let (of_properties, of_relations) = (path.key("properties"), path.key("relations"));
        let properties = properties.iter();
        let relations = relations.iter();
        CompiledMapping {
            identifier: self.place(identifier, path.key("identifier")),
            title: self.optional(title, path.key("title")),
            blueprint: self.expression(blueprint, path.key("blueprint")),
            icon: self.optional(icon, path.key("icon")),
            team: self.place(team, path.key("team")),
            properties: properties
                .map(|(name, text)| (name.clone(), self.expression(text, of_properties.key(name))))
                .collect(),
            relations: relations
                .map(|(name, query)| (name.clone(), self.place(query, of_relations.key(name))))
                .collect(),
        }
    }
}

impl Compiled {
    /// Compiles a block of a config. An expression that does not compile stands
    /// in the way only of the objects that reach it.
    pub(super) fn of(
        block: &Block,
        index: usize,
        config: &Config,
        programs: &mut Programs<'_>,
    ) -> Self {
        let path = Config::block_path(index);
        let part = config.entity_path(index);
        let mappings = part.key("entity").key("mappings");
        let numbered = block.mappings.iter().enumerate();
        Self {
            index,
            items: programs.optional(&block.items_to_parse, part.key("itemsToParse")),
            item_name: block.item_name().to_owned(),
            selector: programs.optional(&block.selector, path.key("selector").key("query")),
            mappings: numbered
                .map(|(index, mapping)| programs.mapping(mapping, &mappings.index(index)))
                .collect(),
        }
    }
}

impl Expression {
    /// The first value that the expression yields.
    pub(super) fn run(&self, input: &jq::Value) -> Result<jq::Value, Failure> {
        match self.program.as_ref() {
            Ok(program) => program.first(input).map_err(Failure::of_run),
            Err(error) => Err(Failure::of_compilation(error)),
        }
    }
}

impl Failure {
    /// A value of a wrong type, or none.
    pub(super) fn dropped(message: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::Dropped,
            message: message.into(),
            detail: None,
        }
    }

    fn of_run(error: RunError) -> Self {
        match error {
            RunError::NoOutput => Self::dropped("yields nothing for this object"),
            RunError::Failed(said) => Self {
                detail: Some(said),
                ..Self::dropped("fails for this object")
            },
            RunError::Unsupported(name) => Self::unsupported(&name),
        }
    }

    fn of_compilation(error: &CompileError) -> Self {
        match error {
            // What jq says here is about the config, not about the object.
            CompileError::Invalid(said) => Self::dropped(format!("does not compile: {said}")),
            CompileError::Unsupported(name) => Self::unsupported(name),
        }
    }

    /// What nobody can say here.
    pub(super) fn unsayable(message: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::Unsupported,
            ..Self::dropped(message)
        }
    }

    fn unsupported(name: &str) -> Self {
        Self::unsayable(format!("can't be computed here: {name}"))
    }
}
