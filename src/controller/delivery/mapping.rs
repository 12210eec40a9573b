//! What the exporter makes of objects under the mapping that is installed.
//!
//! Blocks that this program wrote, word for word, are evaluated in this process; jq of
//! others by whoever is given ([`Evaluate`]), as it may never end. Invariant: an object
//! of which nobody can say here what is sent is told as such, never guessed.

use serde_json::Value;

use crate::catalog::{Dialect, EntityKind, Identity, annotation};
use crate::exporter::{
    Config, Effect, Fragment, Preview, Problem, ProblemKind, Style, environment, is_word_for_word,
    mapping, preview_of,
};

/// Evaluates jq of others, in a process of its own.
pub(crate) trait Evaluate: Send + Sync {
    /// What the exporter sends of objects under a config, whatever the cluster has set
    /// of them besides.
    ///
    /// # Errors
    ///
    /// Why nothing can be had at all; it may be tried again.
    fn evaluate(&self, config: &Value, objects: &[Value]) -> Result<Preview, String>;
}

/// What the exporter makes of one object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Made {
    /// It sends these.
    Sent(Vec<(Identity, Value)>),
    /// It sends nothing: the place in the mapping, and why.
    Unsent { place: String, why: String },
    /// The object says so itself.
    Withheld,
    /// Nobody can say here, and why.
    Unknown { why: String },
}

/// A mapping, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mapping {
    dialect: Dialect,
    /// The exporter's whole config.
    json: Value,
    read: Read,
    /// Whether the exporter makes related entities that are missing.
    pub creates_missing: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Read {
    /// The config, the blocks of ours, and whether others have a say.
    Config {
        config: Config,
        ours: Vec<usize>,
        has_others: bool,
    },
    /// What becomes of every object.
    Nothing(Made),
}

impl Mapping {
    /// The one that is written where none is installed.
    pub(super) fn generated(dialect: Dialect) -> Self {
        let generated = mapping(Style::Generic, &Fragment::empty(dialect));
        Self::of(dialect, Some(generated.to_json()))
    }

    /// The config of an integration.
    pub(super) fn of(dialect: Dialect, config: Option<Value>) -> Self {
        let nothing = |place: &str, why: &str| {
            Read::Nothing(Made::Unsent {
                place: place.to_owned(),
                why: why.to_owned(),
            })
        };
        let Some(json) = config else {
            return Self {
                dialect,
                json: Value::Null,
                read: Read::Nothing(Made::Unknown {
                    why: "the exporter's integration has no mapping".to_owned(),
                }),
                creates_missing: false,
            };
        };
        let read = match Config::decode(json.clone(), dialect) {
            Ok(config) => parts(config),
            Err(error) => match error.effect {
                Effect::Stops | Effect::Crashes => nothing(&error.path, &error.problem),
                Effect::Unclear => Read::Nothing(Made::Unknown {
                    why: error.to_string(),
                }),
            },
        };
        Self {
            dialect,
            creates_missing: json["createMissingRelatedEntities"] == true,
            json,
            read,
        }
    }

    /// Whether the exporter sends anything by it, as far as that can be told.
    pub(super) fn is_working(&self) -> bool {
        match self.read {
            Read::Config { .. } => true,
            Read::Nothing(_) => false,
        }
    }

    /// The kinds of all blocks, as the exporter resolves them.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        let blocks = match &self.read {
            Read::Config { config, .. } => config.blocks.as_slice(),
            Read::Nothing(_) => &[],
        };
        blocks.iter().map(|block| block.kind.as_str())
    }

    /// Whether a block's kind is one of ours.
    pub(super) fn is_ours(&self, kind: &str) -> bool {
        kind_of(kind, self.dialect).is_some()
    }

    /// What the exporter makes of each object.
    ///
    /// # Errors
    ///
    /// Where jq of others can't be evaluated now.
    pub(super) fn make(
        &self,
        objects: &[Value],
        others: &dyn Evaluate,
    ) -> Result<Vec<Made>, String> {
        let (config, ours, has_others) = match &self.read {
            Read::Config {
                config,
                ours,
                has_others,
            } => (config, ours, *has_others),
            Read::Nothing(made) => return Ok(vec![made.clone(); objects.len()]),
        };
        // No block of ours asks for a variable.
        let none = environment(&config.variables, &[].into()).unwrap_or_default();
        let mut preview = preview_of(config, ours.iter().copied(), objects, &none);
        if has_others {
            let is_others = |block: usize| !ours.contains(&block);
            let Preview { sent, problems } = others.evaluate(&self.json, objects)?;
            let sent = sent.into_iter().filter(|it| is_others(it.block));
            preview.sent.extend(sent);
            let problems = problems.into_iter().filter(|it| is_others(it.block));
            preview.problems.extend(problems);
        }
        Ok(self.each(objects, preview))
    }

    fn each(&self, objects: &[Value], preview: Preview) -> Vec<Made> {
        let mut sent: Vec<Vec<(Identity, Value)>> = vec![Vec::new(); objects.len()];
        for one in preview.sent {
            let identity = one.request.identity();
            sent[one.object].push((identity, one.request.into()));
        }
        let mut problems: Vec<Option<&Problem>> = vec![None; objects.len()];
        for problem in &preview.problems {
            match problem.object {
                Some(at) => problems[at] = problems[at].or(Some(problem)),
                None => {
                    let kind = self.kind_of_block(problem);
                    for (at, object) in objects.iter().enumerate() {
                        if kind.is_some_and(|it| object["kind"] == it.as_str()) {
                            problems[at] = problems[at].or(Some(problem));
                        }
                    }
                }
            }
        }
        let rows = sent.into_iter().zip(problems).zip(objects);
        rows.map(|((sent, problem), object)| made(sent, problem, object))
            .collect()
    }

    /// The kind of all objects that a problem of a whole block concerns; nothing where
    /// it only says that there is no object of the block's.
    fn kind_of_block(&self, problem: &Problem) -> Option<EntityKind> {
        let Read::Config { config, .. } = &self.read else {
            return None;
        };
        let block = config.blocks.get(problem.block)?;
        match problem.kind {
            ProblemKind::Unresolved => None,
            ProblemKind::Dropped
            | ProblemKind::Crash
            | ProblemKind::Unsendable
            | ProblemKind::Unsupported => kind_of(&block.kind, self.dialect),
        }
    }
}

fn parts(config: Config) -> Read {
    let blocks = config.blocks.iter().enumerate();
    let (ours, others): (Vec<_>, Vec<_>) = blocks
        .filter(|(_, block)| kind_of(&block.kind, config.dialect).is_some())
        .partition(|(_, block)| is_word_for_word(block));
    let ours = ours.into_iter().map(|(at, _)| at).collect();
    let has_others = !others.is_empty();
    Read::Config {
        config,
        ours,
        has_others,
    }
}

/// Which of our kinds the exporter takes a block's kind for: the resource in any case,
/// plural or singular.
fn kind_of(text: &str, dialect: Dialect) -> Option<EntityKind> {
    let (api_version, resource) = text.rsplit_once('/')?;
    let resource = resource.to_lowercase();
    let mut kinds = EntityKind::ALL.into_iter();
    let is_named =
        |kind: &EntityKind| resource == kind.plural() || resource == kind.as_str().to_lowercase();
    kinds.find(|kind| api_version == dialect.api_version() && is_named(kind))
}

fn made(sent: Vec<(Identity, Value)>, problem: Option<&Problem>, object: &Value) -> Made {
    if sent.iter().any(|(identity, _)| identity.is_search()) {
        return Made::Unknown {
            why: "its identifier is a search".to_owned(),
        };
    }
    let is_withheld = object["metadata"]["annotations"][annotation::DELIVER].as_str()
        == Some(annotation::NOT_DELIVERED);
    match (sent.is_empty(), problem) {
        (false, _) => Made::Sent(sent),
        (true, Some(problem)) => {
            let place = problem.field.to_string();
            match problem.kind {
                ProblemKind::Dropped | ProblemKind::Crash | ProblemKind::Unsendable => {
                    Made::Unsent {
                        place,
                        why: problem.message.clone(),
                    }
                }
                ProblemKind::Unsupported | ProblemKind::Unresolved => Made::Unknown {
                    why: format!("the mapping's `{place}` {}", problem.message),
                },
            }
        }
        (true, None) if is_withheld => Made::Withheld,
        (true, None) => Made::Unsent {
            place: String::new(),
            why: "no block of its mapping takes it".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Evaluate, Made, Mapping};
    use crate::catalog::Dialect;
    use crate::exporter::{Config, Preview, environment, preview};

    /// Evaluates here what a process of its own would.
    struct Here;

    impl Evaluate for Here {
        fn evaluate(&self, config: &Value, objects: &[Value]) -> Result<Preview, String> {
            let config = Config::decode(config.clone(), Dialect::Glint);
            let config = config.map_err(|error| error.to_string())?;
            let variables = environment(&config.variables, &[].into())?;
            Ok(preview(&config, objects, &variables))
        }
    }

    struct Nobody;

    impl Evaluate for Nobody {
        fn evaluate(&self, _: &Value, _: &[Value]) -> Result<Preview, String> {
            Err("nobody was to be asked".to_owned())
        }
    }

    fn pay(annotations: Value) -> Value {
        json!({
            "apiVersion": "glint.io/v1", "kind": "Entity",
            "metadata": {"name": "pay", "namespace": "shop", "annotations": annotations},
            "spec": {"blueprint": "service", "identifier": "pay"},
        })
    }

    /// What is made of it, in a word and where.
    fn made(config: Option<Value>, evaluate: &dyn Evaluate, object: Value) -> String {
        let mapping = Mapping::of(Dialect::Glint, config);
        let made = mapping.make(&[object], evaluate);
        match made.expect("it can be evaluated").remove(0) {
            Made::Sent(sent) => {
                let identities = sent.iter().map(|(identity, _)| identity.to_string());
                identities.collect::<Vec<_>>().join(" ")
            }
            Made::Unsent { place, why } => format!("unsent: {place} {why}"),
            Made::Withheld => "withheld".to_owned(),
            Made::Unknown { why } => format!("unknown: {why}"),
        }
    }

    fn block(kind: &str, identifier: &str) -> Value {
        json!({
            "kind": kind, "selector": {"query": "true"},
            "glint": {"entity": {"mappings": [
                {"identifier": identifier, "blueprint": "\"other\""},
            ]}},
        })
    }

    #[test]
    fn what_is_ours_needs_nobody_else() {
        let generated = Mapping::generated(Dialect::Glint).json;
        let made = |annotations| made(Some(generated.clone()), &Nobody, pay(annotations));
        assert_eq!(made(json!({})), "service/pay");
        assert_eq!(made(json!({"glint.io/team": "payments"})), "service/pay");
        assert_eq!(
            made(json!({"gitops.glint.io/deliver": "false"})),
            "withheld"
        );
    }

    #[test]
    fn blocks_of_others_for_our_kinds_are_evaluated_by_others() {
        let mut config = Mapping::generated(Dialect::Glint).json;
        let blocks = config["resources"].as_array_mut().expect("it is a list");
        blocks.insert(0, block("v1/pods", ".metadata.name"));
        assert_eq!(
            made(Some(config.clone()), &Nobody, pay(json!({}))),
            "service/pay"
        );
        let blocks = config["resources"].as_array_mut().expect("it is a list");
        blocks.push(block("glint.io/v1/Entity", ".metadata.name"));
        assert_eq!(
            made(Some(config), &Here, pay(json!({}))),
            "service/pay other/pay"
        );
    }

    #[test]
    fn what_is_not_sent_is_said_with_its_place() {
        let of = |config: Value| made(Some(config), &Here, pay(json!({})));
        let one = |identifier: &str| {
            of(json!({"resources": [block("glint.io/v1/entities", identifier)]}))
        };
        let place = ".resources[0].glint.entity.mappings[0].identifier";
        let said = one(".metadata.labels.name");
        assert!(said.starts_with(&format!("unsent: {place} ")), "{said}");
        assert_eq!(
            of(json!({"resources": []})),
            "unsent:  no block of its mapping takes it"
        );
        let said = of(json!({"resources": [{"kind": 5}]}));
        assert!(
            said.starts_with("unsent: config.resources[0].kind "),
            "{said}"
        );
        assert_eq!(
            made(None, &Nobody, pay(json!({}))),
            "unknown: the exporter's integration has no mapping"
        );
    }
}
