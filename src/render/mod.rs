//! The post-render that every host gets: texts in, the same texts out with
//! Glint's CRDs, annotated entities and the mapping's fragment.
//!
//! Pure: what was read, rendered and configured comes in as values, and what
//! comes out is bytes and findings. Invariants: a document that is no entity
//! and no CRD of ours keeps its bytes; rendering the output again gives the
//! output again.

mod annotate;
mod assemble;
mod configmap;
mod crds;
mod function;
mod host;
mod scan;
mod source;
mod survey;

use std::collections::BTreeSet;

use crate::catalog::{Claimant, Claims, Dialect, Entity, EntityKind};
use crate::exporter::{Declaration, Fragment, Style};
use crate::finding::{Finding, Severity};
use crate::manifest::{
    Annotations, FieldPath, Location, ObjectPath, Parsed, Splice, annotate as set_annotations,
    objects_of,
};
use crate::validate::{self, Context};
use configmap::FragmentMap;
use crds::StreamKinds;
use source::Sources;
use survey::{Candidate, Member, Role};

pub use annotate::{Delivery, Provenance};
pub use assemble::{Piece, Rendered, Summary};
pub(crate) use configmap::FRAGMENT_LABEL;
pub use crds::{ClusterKinds, CrdPolicy};
pub(crate) use crds::{crd_json, crd_yaml};
pub use function::render_function;
pub(crate) use function::{function_config, is_function};
pub use host::Host;
pub use source::{Source, SourceFormat};

/// How to render. The caller decides everything; there is no default.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose entities.
    pub dialect: Dialect,
    /// Who called.
    pub host: Host,
    /// When CRDs are added.
    pub crds: CrdPolicy,
    /// What the cluster serves.
    pub cluster: ClusterKinds,
    /// What entities are annotated with.
    pub provenance: Provenance,
    /// Whether entities reach the catalog.
    pub delivery: Delivery,
    /// Whether the fragment goes into the stream.
    pub mapping: MappingPlacement,
    /// The style of the ready mapping in the fragment.
    pub style: Style,
    /// The operator's claims, `None` where the policy has none.
    pub claims: Option<Claims>,
    /// On whose behalf.
    pub claimant: Claimant,
    /// What to do with a stream that holds no object.
    pub emptiness: Emptiness,
}

/// Where the mapping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MappingPlacement {
    /// Into the stream, as a ConfigMap.
    ConfigMap,
    /// Nowhere.
    None,
}

/// What a render without any object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// A failure: a sync with prune would delete everything.
    Refused,
    /// What was asked for.
    Allowed,
}

/// Why nothing was rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Go's reader refuses the text too.
    #[error("{location}: {message}")]
    Unsplittable {
        /// Where it stops.
        location: Location,
        /// What it finds there.
        message: String,
    },
    /// No object in any source.
    #[error(
        "no Kubernetes object in {}: an empty result could delete all that is deployed; if it is meant, set `allow-empty`",
        listed(.names)
    )]
    Empty {
        /// The sources, as the user named them.
        names: Vec<String>,
    },
    /// A finding that stops a render.
    #[error("{}", .0.message)]
    Stopped(Box<Finding>),
    /// The input is no `ResourceList`, or one that can't be edited.
    #[error("{0}")]
    Function(String),
}

fn empty(texts: &[Source<'_>]) -> RenderError {
    RenderError::Empty {
        names: texts.iter().map(|source| source.name.to_owned()).collect(),
    }
}

/// The first of several names, and how many there are besides.
fn listed(names: &[String]) -> String {
    match names {
        [] => "the input".to_owned(),
        [only] => format!("`{only}`"),
        [first, second] => format!("`{first}` and `{second}`"),
        [first, others @ ..] => format!("`{first}` and {} other files", others.len()),
    }
}

/// Renders texts.
///
/// # Errors
/// Where Go would refuse the stream, where there is no object and that is not
/// allowed, and where a finding stops the render: a hook on one of Glint's CRDs,
/// a claim that the policy does not allow.
pub fn render<'a>(texts: &'a [Source<'a>], options: &Options) -> Result<Rendered<'a>, RenderError> {
    let sources = Sources::split(texts)?;
    let mut findings = Vec::new();
    let sites = match options.host.calls_for_hooks() {
        true => (0..sources.sites().len()).collect(),
        false => scan::candidates(&sources),
    };
    let candidates = survey::parse(&sources, &sites, options.dialect, &mut findings);
    let members = survey::members(&candidates, options.dialect);
    if options.host.calls_for_hooks() && (survey::only_hooks(&members) || texts_are_blank(texts)) {
        return Ok(assemble::untouched(&sources));
    }
    if options.emptiness == Emptiness::Refused && !holds_object(&sources) {
        return Err(empty(texts));
    }
    let judged = judge(&sources, &members, options, findings)?;
    let plan = plan(&sources, &members, options, judged)?;
    Ok(assemble::assemble(&sources, &candidates, plan))
}

/// Passes texts on as they are, as one stream: what is left to do where the
/// operator has switched the program off.
///
/// # Errors
/// As for [`render`], but for findings: there are none.
pub(crate) fn pass<'a>(
    texts: &'a [Source<'a>],
    emptiness: Emptiness,
) -> Result<Rendered<'a>, RenderError> {
    let sources = Sources::split(texts)?;
    if emptiness == Emptiness::Refused && !holds_object(&sources) {
        return Err(empty(texts));
    }
    Ok(assemble::untouched(&sources))
}

/// The entities of a stream and every finding on it.
struct Judged<'d> {
    entities: Vec<(Entity, Member<'d>)>,
    findings: Vec<Finding>,
}

fn judge<'d>(
    sources: &Sources<'_>,
    members: &[Member<'d>],
    options: &Options,
    mut findings: Vec<Finding>,
) -> Result<Judged<'d>, RenderError> {
    let context = Context {
        dialect: options.dialect,
        reader: options.host.reader(),
        claims: options.claims.as_ref(),
        claimant: &options.claimant,
    };
    let place = |member: &Member<'_>, finding: Finding| {
        let field = finding.field.clone().unwrap_or_default();
        let offset = member.object.offset(&field);
        finding.at(sources.location(member.site, offset))
    };
    let mut entities = Vec::new();
    for member in members {
        match member.role {
            Role::Entity(kind) => {
                let (entity, found) = validate::entity(kind, &member.object, &context);
                findings.extend(found.into_iter().map(|finding| place(member, finding)));
                entities.extend(entity.map(|entity| (entity, *member)));
            }
            Role::Crd(_) => {
                let found = validate::crd(&member.object);
                findings.extend(found.into_iter().map(|finding| place(member, finding)));
            }
            Role::Fragment | Role::Hook | Role::Foreign => {}
        }
    }
    let pairs: Vec<_> = entities
        .iter()
        .map(|(entity, member)| (entity.clone(), member.object))
        .collect();
    for (index, finding) in validate::together(&pairs) {
        findings.push(place(&entities[index].1, finding));
    }
    for (site, finding) in survey::strangers(members, options.dialect) {
        findings.push(finding.at(sources.location(site, 0)));
    }
    let stops = |finding: &&Finding| {
        finding.rule == validate::HOOK_RULE || finding.rule == validate::CLAIM_RULE
    };
    if let Some(stop) = findings.iter().find(stops) {
        return Err(RenderError::Stopped(Box::new(stop.clone())));
    }
    Ok(Judged { entities, findings })
}

/// What is done to the stream.
struct Plan<'d> {
    added: Added,
    edits: Vec<(Member<'d>, Annotations)>,
    fragment: Fragment,
    findings: Vec<Finding>,
    entities: usize,
    blueprints: usize,
}

/// What is added in front.
#[derive(Debug, Default)]
struct Added {
    crds: Vec<(Dialect, EntityKind)>,
    map: Option<FragmentMap>,
}

fn plan<'d>(
    sources: &Sources<'_>,
    members: &[Member<'d>],
    options: &Options,
    judged: Judged<'d>,
) -> Result<Plan<'d>, RenderError> {
    let Judged {
        entities,
        mut findings,
    } = judged;
    let kinds = StreamKinds {
        has_entities: members
            .iter()
            .any(|member| matches!(member.role, Role::Entity(_))),
        crds: members
            .iter()
            .filter_map(|member| match member.role {
                Role::Crd(kind) => Some(kind),
                Role::Entity(_) | Role::Fragment | Role::Hook | Role::Foreign => None,
            })
            .collect(),
    };
    let (crds, finding) = crds::added(
        options.crds,
        options.host,
        options.dialect,
        &options.cluster,
        &kinds,
    );
    findings.extend(finding);
    let delivered: Vec<&(Entity, Member<'_>)> = entities
        .iter()
        .filter(|(entity, _)| entity.delivered && options.delivery == Delivery::Delivered)
        .collect();
    let fragment = Fragment::of(
        options.dialect,
        delivered.iter().map(|(entity, _)| Declaration {
            kind: entity.kind,
            blueprint: entity.blueprint.clone(),
            properties: entity.properties.clone(),
            relations: entity.relations.clone(),
        }),
    );
    let map = match options.mapping {
        MappingPlacement::None => None,
        MappingPlacement::ConfigMap if delivered.is_empty() => None,
        MappingPlacement::ConfigMap => {
            fragment_map(sources, &delivered, options, &fragment, &mut findings)
        }
    };
    let blueprints: BTreeSet<_> = entities
        .iter()
        .map(|(entity, _)| &entity.blueprint)
        .collect();
    Ok(Plan {
        added: Added {
            crds: crds
                .into_iter()
                .map(|kind| (options.dialect, kind))
                .collect(),
            map,
        },
        edits: edits(members, options),
        fragment,
        findings,
        entities: members
            .iter()
            .filter(|member| matches!(member.role, Role::Entity(_)))
            .count(),
        blueprints: blueprints.len(),
    })
}

fn edits<'d>(members: &[Member<'d>], options: &Options) -> Vec<(Member<'d>, Annotations)> {
    let mut edits = Vec::new();
    for member in members {
        let annotations = match member.role {
            // A host that tells hooks from the rest takes them as they are.
            Role::Entity(_)
                if options.host.calls_for_hooks()
                    && member.object.annotation("helm.sh/hook").is_some() =>
            {
                continue;
            }
            Role::Entity(_) => annotate::annotations(
                &member.object,
                &options.provenance,
                options.delivery,
                options.host,
            ),
            Role::Crd(_) => crds::protection(),
            Role::Fragment | Role::Hook | Role::Foreign => continue,
        };
        edits.push((*member, annotations));
    }
    edits
}

/// The splices for the objects of one document; a finding for each object that
/// is better left alone.
fn splices(
    sources: &Sources<'_>,
    candidate: &Candidate<'_>,
    edits: &[(Member<'_>, Annotations)],
    findings: &mut Vec<Finding>,
) -> Vec<Splice> {
    let all: Vec<(ObjectPath, Annotations)> = edits
        .iter()
        .map(|(member, annotations)| (member.object.path, annotations.clone()))
        .collect();
    if let Ok(splices) = set_annotations(&candidate.parsed, &all) {
        return splices;
    }
    let mut possible = Vec::new();
    for ((member, _), edit) in edits.iter().zip(all) {
        match set_annotations(&candidate.parsed, std::slice::from_ref(&edit)) {
            Ok(_) => possible.push(edit),
            Err(refusal) => findings.push(
                Finding::new(
                    "not-annotated",
                    Severity::Warning,
                    format!("passed on without annotations: {refusal}"),
                )
                .with_help("write its metadata plainly, once, without anchors and merge keys")
                .on(member.object.reference())
                .at(sources.location(member.site, member.object.offset(&FieldPath::root()))),
            ),
        }
    }
    set_annotations(&candidate.parsed, &possible).unwrap_or_default()
}

fn fragment_map(
    sources: &Sources<'_>,
    delivered: &[&(Entity, Member<'_>)],
    options: &Options,
    fragment: &Fragment,
    findings: &mut Vec<Finding>,
) -> Option<FragmentMap> {
    let namespace = delivered
        .iter()
        .find_map(|(entity, member)| match entity.kind {
            EntityKind::Entity => member.object.namespace(),
            EntityKind::ClusterEntity => None,
        });
    if namespace.is_none() && !has_object_in_default_namespace(sources) {
        findings.push(
            Finding::new(
                "fragment-left-out",
                Severity::Info,
                "no ConfigMap for the mapping: it would be the only object in its namespace, which may not exist",
            )
            .with_help("`glint-gitops mapping` prints the mapping; one `Entity` in a namespace brings it along"),
        );
        return None;
    }
    let entities: Vec<&Entity> = delivered.iter().map(|(entity, _)| entity).collect();
    let name = configmap::name(&options.provenance, &entities);
    let (map, finding) = FragmentMap::new(
        name,
        namespace.map(str::to_owned),
        options.style,
        fragment,
        findings,
    );
    findings.extend(finding);
    map
}

/// Whether any object of the stream goes where the application is deployed to.
fn has_object_in_default_namespace(sources: &Sources<'_>) -> bool {
    (0..sources.sites().len()).any(|site| {
        let document = sources.document(site);
        // What is too large or unreadable is no cluster-scoped kind in practice.
        if document.len() > scan::DOCUMENT_LIMIT {
            return true;
        }
        let notation = sources.sites()[site].notation;
        Parsed::read(document, notation).map_or(true, |parsed| {
            objects_of(&parsed).iter().any(|object| {
                !configmap::is_fragment(object) && survey::in_default_namespace(&object.reference())
            })
        })
    })
}

/// Whether Go gets any object from the sources. A document that holds something
/// counts as an object, but for a list without items.
fn holds_object(sources: &Sources<'_>) -> bool {
    (0..sources.sites().len()).any(|site| {
        let document = sources.document(site);
        if !scan::holds_something(document) {
            return false;
        }
        if document.len() > scan::DOCUMENT_LIMIT {
            return true;
        }
        let notation = sources.sites()[site].notation;
        Parsed::read(document, notation).map_or(true, |parsed| {
            let null = parsed.value().is_null();
            let empty_list =
                parsed.value().get("items").is_some() && objects_of(&parsed).is_empty();
            !null && !empty_list
        })
    })
}

fn texts_are_blank(texts: &[Source<'_>]) -> bool {
    texts
        .iter()
        .all(|source| source.text.trim_ascii().is_empty())
}
