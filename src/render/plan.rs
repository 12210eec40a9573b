//! What is done to a stream: what is added, which objects are edited.
//!
//! Decides only; `assemble` and `function` put it into the text.

use std::collections::BTreeSet;

use super::configmap::{self, FragmentMap};
use super::crds::{self, StreamKinds};
use super::judge::Judged;
use super::source::Sources;
use super::survey::{self, Candidate, Member, Role};
use super::{Delivery, MappingPlacement, Options, annotate, scan};
use crate::catalog::{Dialect, Entity, EntityKind};
use crate::exporter::{Declaration, Fragment};
use crate::finding::{Finding, Severity};
use crate::lock::Key;
use crate::manifest::{
    Annotations, Edit, FieldPath, Parsed, Refusal, Splice, annotate_each, objects_of,
};

/// What is done to the stream.
pub(super) struct Plan<'d> {
    pub(super) added: Added,
    pub(super) edits: Vec<(Member<'d>, Annotations)>,
    pub(super) fragment: Fragment,
    pub(super) delivered: BTreeSet<Key>,
    pub(super) findings: Vec<Finding>,
    pub(super) entities: usize,
    pub(super) blueprints: usize,
}

/// What is added in front.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub(super) crds: Vec<(Dialect, EntityKind)>,
    pub(super) map: Option<FragmentMap>,
}

/// Decides what is added and edited.
pub(super) fn plan<'d>(
    sources: &Sources<'_>,
    members: &[Member<'d>],
    options: &Options,
    judged: Judged<'d>,
) -> Plan<'d> {
    let Judged {
        entities,
        mut findings,
    } = judged;
    let (crds, finding) = crds::added(
        options.crds,
        options.host,
        options.dialect,
        &options.cluster,
        &stream_kinds(sources, members, options.dialect),
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
    let keys = delivered.iter().map(|(entity, _)| Key {
        blueprint: entity.blueprint.clone(),
        identifier: entity.identifier.clone(),
    });
    let keys = keys.collect();
    let blueprints: BTreeSet<_> = entities
        .iter()
        .map(|(entity, _)| &entity.blueprint)
        .collect();
    Plan {
        added: Added {
            crds: crds
                .into_iter()
                .map(|kind| (options.dialect, kind))
                .collect(),
            map,
        },
        edits: edits(members, options),
        fragment,
        delivered: keys,
        findings,
        entities: members
            .iter()
            .filter(|member| matches!(member.role, Role::Entity(_)))
            .count(),
        blueprints: blueprints.len(),
    }
}

/// What of Glint's the stream holds, as far as it matters to what is added.
fn stream_kinds(sources: &Sources<'_>, members: &[Member<'_>], dialect: Dialect) -> StreamKinds {
    StreamKinds {
        has_entities: members
            .iter()
            .any(|member| matches!(member.role, Role::Entity(_))),
        crds: members
            .iter()
            .filter_map(|member| match member.role {
                Role::Crd(kind) => Some(kind),
                Role::Entity(_) | Role::Fragment | Role::Hook | Role::Foreign => None,
            })
            .chain(survey::hidden_crds(sources, dialect))
            .collect(),
    }
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
            Role::Crd(_) => crds::protection(member.object.annotation(annotate::SYNC_OPTIONS)),
            Role::Fragment | Role::Hook | Role::Foreign => continue,
        };
        edits.push((*member, annotations));
    }
    edits
}

/// The splices for the objects of one document; a finding for each object that
/// is better left alone.
pub(super) fn splices(
    sources: &Sources<'_>,
    candidate: &Candidate<'_>,
    edits: &[(Member<'_>, Annotations)],
    findings: &mut Vec<Finding>,
) -> Vec<Splice> {
    let all: Vec<Edit> = edits
        .iter()
        .map(|(member, annotations)| (member.object.path, annotations.clone()))
        .collect();
    let (splices, refused) = annotate_each(&candidate.parsed, &all);
    for (index, refusal) in refused {
        findings.push(not_annotated(sources, &edits[index].0, &refusal));
    }
    splices
}

/// The finding on an object that is better left alone.
pub(super) fn not_annotated(
    sources: &Sources<'_>,
    member: &Member<'_>,
    refusal: &Refusal,
) -> Finding {
    Finding::new(
        "not-annotated",
        Severity::Warning,
        format!("passed on without annotations: {refusal}"),
    )
    .with_help("write its metadata plainly, once, without anchors and merge keys")
    .on(member.object.reference())
    .at(sources.location(member.site, member.object.offset(&FieldPath::root())))
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
