//! `why`: where a value in the catalog comes from.
//!
//! The values are those that the author asks for on his own machine, so they
//! are printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use serde_json::Value;

use super::collect::{Collection, Input, collect, settings_of};
use super::preview::{config, variables};
use super::render::format;
use super::{Exit, options, print, shown};
use crate::catalog::nearest;
use crate::cli::{Cli, WhyArgs};
use crate::config::Environment;
use crate::exporter::{self, Member, Origin, Preview, Problem, Sent, Trace};
use crate::input::Renderer;
use crate::manifest::FieldPath;
use crate::output::{self, Format, WhyEntity, WhyField, WhyPlace, WhyUnsent, WhyValue};

/// The annotation in which kustomize says where an object comes from, if it was
/// asked to (`buildMetadata: [originAnnotations]`).
const KUSTOMIZE_ORIGIN: &str = "config.kubernetes.io/origin";

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    arguments: &WhyArgs,
) -> anyhow::Result<Exit> {
    let here = [PathBuf::from(".")];
    let paths = match arguments.path.as_slice() {
        [] => &here,
        paths => paths,
    };
    let settings = settings_of(cli, environment, paths.first().map(PathBuf::as_path))?;
    if let Some(exit) = shown(&cli.global, &settings)? {
        return Ok(exit);
    }
    let inputs: Vec<Input> = paths.iter().map(|path| Input::of(path)).collect();
    let collection = collect(cli, environment, &inputs)?;
    let question = Question::new(&collection, arguments)?;
    let sent = question.sent();
    let format = format(&settings);
    if sent.is_empty() {
        let unsent = question.unsent();
        if unsent.is_empty() {
            return Err(question.unknown());
        }
        print(output::why_unsent(&unsent, format).as_bytes())?;
        return Ok(Exit::Findings);
    }
    let entities = sent.iter().map(|sent| question.entity(sent));
    let entities = entities.collect::<anyhow::Result<Vec<_>>>()?;
    let text = match format {
        Format::Text => output::why_text(&entities, arguments.field.is_some()),
        Format::Json => output::why_json(&entities),
    };
    print(text.as_bytes())
}

/// What is asked, and what there is to answer it from.
struct Question<'a> {
    collection: &'a Collection,
    arguments: &'a WhyArgs,
    mapping: config::Mapping,
    variables: BTreeMap<String, String>,
    preview: Preview,
}

impl<'a> Question<'a> {
    fn new(collection: &'a Collection, arguments: &'a WhyArgs) -> anyhow::Result<Self> {
        let mapping = config::mapping(arguments.mapping.as_deref(), collection)?;
        let variables = variables::given(&arguments.env)?;
        let deadline = options::deadline(&collection.settings, Path::new("."));
        let preview = mapping.preview(collection, &variables, deadline)?;
        Ok(Self {
            collection,
            arguments,
            mapping,
            variables,
            preview,
        })
    }

    /// The requests for the entity. It may be called `blueprint/identifier`, as
    /// the messages call it; an identifier that is written so goes before that.
    fn sent(&self) -> Vec<&Sent> {
        let wanted = self.arguments.identifier.as_str();
        let blueprint = self.arguments.blueprint.as_deref();
        let sent = self.sent_for(wanted, blueprint);
        match wanted.split_once('/') {
            Some((blueprint, identifier)) if sent.is_empty() => {
                self.sent_for(identifier, Some(blueprint))
            }
            Some(_) | None => sent,
        }
    }

    fn sent_for(&self, identifier: &str, blueprint: Option<&str>) -> Vec<&Sent> {
        let sent = self.preview.sent.iter();
        sent.filter(|Sent { request, .. }| {
            request.identifier.as_str() == Some(identifier)
                && blueprint.is_none_or(|blueprint| blueprint == request.blueprint)
        })
        .collect()
    }

    /// Why nothing is sent for objects that may well be the entity's.
    fn unsent(&self) -> Vec<WhyUnsent> {
        let problems = self.preview.problems.iter();
        let of_entity = problems.filter(|problem| {
            let object = problem
                .object
                .and_then(|it| self.collection.objects.get(it));
            object.is_some_and(|object| self.may_be(object))
        });
        of_entity.map(|problem| self.reason(problem)).collect()
    }

    /// Whether an object declares the identifier, or bears it as its name.
    fn may_be(&self, object: &Value) -> bool {
        let identifier = self.arguments.identifier.as_str();
        object["spec"]["identifier"] == identifier || object["metadata"]["name"] == identifier
    }

    fn reason(&self, problem: &Problem) -> WhyUnsent {
        let origin = problem.object.map(|it| &self.collection.origins[it]);
        WhyUnsent {
            object: origin.map_or_else(String::new, |origin| origin.resource.to_string()),
            location: origin.and_then(|origin| origin.location.clone()),
            field: problem.field.to_string(),
            message: problem.message.clone(),
            detail: problem.detail.clone(),
        }
    }

    /// That there is no such entity, and which comes near.
    fn unknown(&self) -> anyhow::Error {
        let wanted = &self.arguments.identifier;
        let known = self.preview.sent.iter().filter_map(|sent| {
            let identifier = sent.request.identifier.as_str()?;
            let near = strsim::jaro_winkler(identifier, wanted);
            Some((near, &sent.request.blueprint, identifier))
        });
        let nearest = known.max_by(|left, right| left.0.total_cmp(&right.0));
        let of = match &self.arguments.blueprint {
            Some(blueprint) => format!("`{blueprint}/{wanted}`"),
            None => format!("`{wanted}`"),
        };
        match nearest {
            Some((near, blueprint, identifier)) if near > 0.7 => {
                anyhow!("no entity {of} is sent; did you mean `{blueprint}/{identifier}`?")
            }
            Some(_) | None => anyhow!("no entity {of} is sent; `preview` lists those that are"),
        }
    }

    fn entity(&self, sent: &Sent) -> anyhow::Result<WhyEntity> {
        let origin = &self.collection.origins[sent.object];
        let wanted = self.member(sent)?;
        let environment = exporter::environment(&self.mapping.config.variables, &self.variables)
            .map_err(|name| anyhow!("can't compute which variables jq sees: {name}"))?;
        let object = &self.collection.objects[sent.object];
        let traces = exporter::trace(
            &self.mapping.config,
            sent,
            object,
            &environment,
            wanted.as_ref(),
        );
        let values = traces.into_iter().map(|trace| self.value(sent, trace));
        let block = self.mapping.config.blocks.get(sent.block);
        Ok(WhyEntity {
            blueprint: sent.request.blueprint.clone(),
            identifier: identifier(sent).to_owned(),
            object: origin.resource.to_string(),
            location: origin.location.clone(),
            block: sent.block,
            kind: block.map_or_else(String::new, |block| block.kind.clone()),
            renderer: self.rendered_by(sent.object),
            values: values.collect::<anyhow::Result<_>>()?,
        })
    }

    fn member(&self, sent: &Sent) -> anyhow::Result<Option<Member>> {
        let Some(wanted) = &self.arguments.field else {
            return Ok(None);
        };
        match Member::find(wanted, &sent.request) {
            Ok(member) => Ok(Some(member)),
            Err(error) => {
                let entity = format!("`{}/{}`", sent.request.blueprint, identifier(sent));
                let meant = nearest(wanted, error.known.iter().map(String::as_str));
                let meant = meant.map(|meant| format!("did you mean `{meant}`? "));
                bail!(
                    "{error} for {entity}; {}it has {}",
                    meant.unwrap_or_default(),
                    error.known.join(", ")
                )
            }
        }
    }

    /// A value with the places of the fields that it comes from.
    fn value(&self, sent: &Sent, trace: Trace) -> anyhow::Result<WhyValue> {
        let fields: Vec<FieldPath> = match &trace.origin {
            Origin::Field(field) | Origin::SameAs(field) => vec![field.clone()],
            Origin::Computed(fields) => fields.clone(),
            Origin::Mapping => Vec::new(),
        };
        let places = self.collection.places(sent.object, &fields)?;
        let fields = fields.into_iter().zip(places);
        Ok(WhyValue {
            fields: fields
                .map(|(field, location)| WhyField { field, location })
                .collect(),
            mapping: self.mapping.location(&trace.place),
            trace,
        })
    }

    /// Where the object is from, as far as its renderer says.
    fn rendered_by(&self, object: usize) -> WhyPlace {
        let value = &self.collection.objects[object];
        match self.collection.renderer(object) {
            None | Some(Renderer::Directory) => WhyPlace::Written,
            Some(Renderer::Helm) => WhyPlace::Helm,
            Some(Renderer::Kustomize) => WhyPlace::Kustomize(kustomize_origin(value)),
        }
    }
}

/// The identifier that is sent; none of those that are asked for is a search.
fn identifier(sent: &Sent) -> &str {
    sent.request.identifier.as_str().unwrap_or_default()
}

/// The file that kustomize names as an object's origin.
fn kustomize_origin(object: &Value) -> Option<String> {
    let origin = object["metadata"]["annotations"][KUSTOMIZE_ORIGIN].as_str()?;
    let path = origin.lines().find_map(|line| line.strip_prefix("path: "));
    path.map(str::to_owned)
}
