//! The entities that are declared, as the exporter sends them under the mapping
//! that is installed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

use super::Run;
use crate::catalog::{Identity, annotation};
use crate::catalog_api::Client;
use crate::command::collect::{Collection, Input, collect};
use crate::command::evaluate::Foreign;
use crate::command::preview::{config, variables};
use crate::config::Settings;
use crate::exporter::Preview;
use crate::input;
use crate::lock::Lock;

/// The declared entities, and what was declared before.
pub(super) struct Declared {
    /// What is declared now.
    pub entities: BTreeMap<Identity, Form>,
    /// What was and is not.
    pub gone: BTreeSet<Identity>,
    /// The fields that entities had and have no more.
    pub left: BTreeMap<Identity, BTreeSet<String>>,
    /// Whether the exporter makes related entities that are missing.
    pub create_missing_related: bool,
}

/// What is known of a declared entity.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// The exporter sends this.
    Sent(Value),
    /// A lock names it, without its values.
    Listed,
    /// The exporter sends nothing of it, for this reason.
    Unsent(String),
    /// Several objects declare it.
    Conflict,
    /// Its identifier is a search, so that it can't be looked for.
    Search,
}

impl Declared {
    /// Whether it is declared now.
    pub(super) fn has(&self, identity: &Identity) -> bool {
        self.entities.contains_key(identity)
    }
}

/// The mapping of the integration, where one is named.
pub(super) async fn mapping(client: &Client, settings: &Settings) -> anyhow::Result<Option<Value>> {
    let Some(id) = &settings.integration else {
        return Ok(None);
    };
    let Some(integration) = client.integration(id).await? else {
        bail!("the catalog has no integration `{id}`; its id is the exporter's state key");
    };
    match integration.config {
        Some(config) => Ok(Some(config)),
        None => bail!("the integration `{id}` has no mapping, so the exporter sends nothing"),
    }
}

/// Reads what is declared; under the generated mapping where none is installed.
pub(super) fn declared(run: &Run<'_>, mapping: Option<Value>) -> anyhow::Result<Declared> {
    let now = side(run, &run.arguments.entities, mapping.as_ref())?;
    let before = match run.arguments.before.as_slice() {
        [] => BTreeMap::new(),
        paths => side(run, paths, mapping.as_ref())?,
    };
    let left = before.iter().filter_map(|(identity, before)| {
        let left: BTreeSet<String> = fields(before)
            .difference(&fields(now.get(identity)?))
            .cloned()
            .collect();
        (!left.is_empty()).then(|| (identity.clone(), left))
    });
    let left = left.collect();
    let gone = before
        .into_keys()
        .filter(|identity| !now.contains_key(identity));
    let creates = mapping
        .as_ref()
        .map(|it| &it["createMissingRelatedEntities"]);
    Ok(Declared {
        gone: gone.collect(),
        left,
        create_missing_related: creates == Some(&Value::Bool(true)),
        entities: now,
    })
}

/// The names of the members that are sent with a value.
fn fields(form: &Form) -> BTreeSet<String> {
    let Form::Sent(body) = form else {
        return BTreeSet::new();
    };
    let groups = ["properties", "relations"].into_iter();
    let fields = groups.flat_map(|group| {
        let members = body.get(group).and_then(Value::as_object);
        let set = members
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null());
        set.map(move |(name, _)| format!("{group}.{name}"))
    });
    fields.collect()
}

fn side(
    run: &Run<'_>,
    paths: &[PathBuf],
    mapping: Option<&Value>,
) -> anyhow::Result<BTreeMap<Identity, Form>> {
    let is_lock = |path: &&PathBuf| path.extension().is_some_and(|it| it == "lock");
    let (locks, inputs): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(is_lock);
    let mut entities = BTreeMap::new();
    for path in locks {
        let text = input::read_file(path, run.settings.input_limit)?;
        let lock = Lock::parse(&text).map_err(|error| anyhow!("{}:{error}", path.display()))?;
        for (key, _) in lock.entries() {
            add(&mut entities, Identity::from(key), Form::Listed);
        }
    }
    if !inputs.is_empty() {
        let inputs: Vec<Input> = inputs.iter().map(|path| Input::of(path)).collect();
        let collection = collect(run.cli, run.environment, &inputs)?;
        let preview = preview(run, &collection, mapping)?;
        add_sent(&mut entities, &collection, &preview);
        add_unsent(&mut entities, &collection, &preview);
    }
    Ok(entities)
}

fn preview(
    run: &Run<'_>,
    collection: &Collection,
    mapping: Option<&Value>,
) -> anyhow::Result<Preview> {
    let variables = variables::given(&run.arguments.env)?;
    let Some(mapping) = mapping else {
        let generated = config::mapping(None, collection)?;
        return generated.preview(collection, &variables, run.deadline);
    };
    let foreign = Foreign {
        config: mapping,
        dialect: collection.settings.dialect,
        variables: &variables,
        objects: collection.objects.iter().collect(),
        deadline: run.deadline,
    };
    foreign.preview().context("in the integration's mapping")
}

/// What is sent of objects that declare an entity; a mapping may well send others.
fn add_sent(entities: &mut BTreeMap<Identity, Form>, collection: &Collection, preview: &Preview) {
    for sent in &preview.sent {
        if collection.origins[sent.object].entity.is_none() {
            continue;
        }
        let form = match sent.request.identifier.is_string() {
            true => Form::Sent(sent.request.to_json()),
            false => Form::Search,
        };
        add(entities, sent.request.identity(), form);
    }
}

/// The declared entities of which nothing is sent, though nobody withholds them.
fn add_unsent(entities: &mut BTreeMap<Identity, Form>, collection: &Collection, preview: &Preview) {
    let sent: BTreeSet<usize> = preview.sent.iter().map(|sent| sent.object).collect();
    for (index, origin) in collection.origins.iter().enumerate() {
        let Some(entity) = &origin.entity else {
            continue;
        };
        let annotations = &collection.objects[index]["metadata"]["annotations"];
        let is_withheld =
            annotations[annotation::DELIVER].as_str() == Some(annotation::NOT_DELIVERED);
        if is_withheld || sent.contains(&index) {
            continue;
        }
        let problems = preview.problems.iter();
        let problem = problems
            .clone()
            .find(|problem| problem.object == Some(index));
        let why = match problem {
            Some(problem) => format!("the mapping's `{}` {}", problem.field, problem.message),
            None => "no block of the mapping takes it".to_owned(),
        };
        let identity = Identity {
            blueprint: entity.blueprint.to_string(),
            identifier: entity.identifier.to_string(),
        };
        entities.entry(identity).or_insert(Form::Unsent(why));
    }
}

/// One identity that comes twice with other values is a conflict.
fn add(entities: &mut BTreeMap<Identity, Form>, identity: Identity, form: Form) {
    let known = entities.entry(identity).or_insert_with(|| form.clone());
    if *known != form {
        *known = match (&*known, form) {
            (Form::Listed, form) => form,
            (_, Form::Listed) => return,
            (_, _) => Form::Conflict,
        };
    }
}
