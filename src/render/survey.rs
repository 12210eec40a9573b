//! What of Glint's stands in the sources: entities, CRDs and earlier fragments.

use std::collections::BTreeSet;

use memchr::memmem;

use super::configmap;
use super::source::Sources;
use super::{Options, scan};
use crate::catalog::{Dialect, EntityKind};
use crate::finding::{Finding, Severity};
use crate::manifest::{
    FieldPath, Object, ParseError, ParseErrorKind, Parsed, ResourceRef, objects_of,
};
use crate::validate::CLAIM_RULE;

/// A candidate that Go reads too.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) site: usize,
    pub(super) parsed: Parsed<'a>,
}

/// A finding on a document that can't be read, and the byte at which reading
/// stops.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) site: usize,
    pub(super) offset: usize,
    pub(super) finding: Finding,
}

/// What an object is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Entity(EntityKind),
    Crd(EntityKind),
    Fragment,
    Hook,
    Foreign,
}

/// An object of a candidate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'d> {
    pub(super) site: usize,
    pub(super) object: Object<'d>,
    pub(super) role: Role,
}

/// Parses documents. What can't be read is passed on with a finding if it looks
/// like an entity; where the policy has claims, a suspect that Go may read and
/// this program can't is a breach of it.
pub(super) fn parse<'a>(
    sources: &Sources<'a>,
    sites: impl Iterator<Item = usize>,
    suspects: &BTreeSet<usize>,
    options: &Options,
) -> (Vec<Candidate<'a>>, Vec<Unread>) {
    let mut candidates = Vec::new();
    let mut unread = Vec::new();
    for site in sites {
        let document = sources.document(site);
        match read(sources, site) {
            Ok(parsed) => candidates.push(Candidate { site, parsed }),
            Err(error) if suspects.contains(&site) => {
                let offset = error.offset;
                let finding = unreadable(&error, document, options);
                unread.extend(finding.map(|finding| Unread {
                    site,
                    offset,
                    finding,
                }));
            }
            Err(_) => {}
        }
    }
    (candidates, unread)
}

/// The findings with their places written out.
pub(super) fn placed(unread: Vec<Unread>, sources: &Sources<'_>) -> Vec<Finding> {
    let place = |unread: Unread| {
        let place = sources.location(unread.site, unread.offset);
        unread.finding.at(place)
    };
    unread.into_iter().map(place).collect()
}

fn read<'a>(sources: &Sources<'a>, site: usize) -> Result<Parsed<'a>, ParseError> {
    let document = sources.document(site);
    if document.len() > scan::DOCUMENT_LIMIT {
        return Err(ParseError {
            offset: 0,
            kind: ParseErrorKind::Unsupported,
            message: format!("more than {} MiB", scan::DOCUMENT_LIMIT >> 20),
        });
    }
    Parsed::read(document, sources.sites()[site].notation)
}

fn unreadable(error: &ParseError, document: &[u8], options: &Options) -> Option<Finding> {
    let ParseError { kind, message, .. } = error;
    let looks_like_entity = scan::looks_like_entity(document, options.dialect);
    let finding = match kind {
        ParseErrorKind::Unsupported if options.claims.is_some() => Finding::new(
            CLAIM_RULE,
            Severity::Error,
            format!("whether the policy allows it can't be told, since it holds {message}"),
        )
        .with_help("write the document in plainer YAML"),
        ParseErrorKind::Rejected if looks_like_entity => Finding::new(
            "broken-entity",
            Severity::Error,
            format!("an entity that Kubernetes can't read: {message}"),
        )
        .with_help("mend the document; it is passed on as it is"),
        ParseErrorKind::Unsupported if looks_like_entity => Finding::new(
            "unsupported-entity",
            Severity::Error,
            format!("an entity that is passed on as it is, since it holds {message}"),
        )
        .with_help("write the document in plainer YAML, so that it can be annotated"),
        ParseErrorKind::Rejected | ParseErrorKind::Unsupported => return None,
    };
    Some(finding)
}

/// Every object of the candidates with its role.
pub(super) fn members<'d>(candidates: &'d [Candidate<'d>], dialect: Dialect) -> Vec<Member<'d>> {
    candidates
        .iter()
        .flat_map(|Candidate { site, parsed }| {
            objects_of(parsed).into_iter().map(|object| Member {
                site: *site,
                object,
                role: role(&object, dialect),
            })
        })
        .collect()
}

fn role(object: &Object<'_>, dialect: Dialect) -> Role {
    if let Some(kind) = dialect.entity_kind(object.api_version(), object.kind()) {
        return Role::Entity(kind);
    }
    let crd = object.kind() == "CustomResourceDefinition"
        && object.api_version().starts_with("apiextensions.k8s.io/");
    if crd && let Some(kind) = dialect.kind_of_crd(object.name()) {
        return Role::Crd(kind);
    }
    if configmap::is_fragment(object) {
        return Role::Fragment;
    }
    if object.annotation("helm.sh/hook").is_some() {
        return Role::Hook;
    }
    Role::Foreign
}

/// Findings on objects that are no entities of ours but look like some: of the
/// other dialect, or in a list within a list. Each with the index of its member.
pub(super) fn strangers(members: &[Member<'_>], dialect: Dialect) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    for (index, Member { object, .. }) in members.iter().enumerate() {
        let other = Dialect::ALL.into_iter().find(|other| {
            *other != dialect
                && other
                    .entity_kind(object.api_version(), object.kind())
                    .is_some()
        });
        if let Some(other) = other {
            let message = format!("an entity of the dialect `{other}`, passed on as it is");
            let finding = Finding::new("other-dialect", Severity::Info, message)
                .with_help(format!("`--dialect {other}` handles these instead"))
                .on(object.reference());
            findings.push((index, finding));
        }
        let nested = object.value.get("items").and_then(|items| items.as_array());
        let nested = nested.into_iter().flatten().enumerate().find(|(_, item)| {
            let field = |key| item.get(key).and_then(|value| value.as_str());
            let (version, kind) = (field("apiVersion"), field("kind"));
            version
                .zip(kind)
                .is_some_and(|(version, kind)| dialect.entity_kind(version, kind).is_some())
        });
        if let Some((item, _)) = nested {
            let message = "an entity in a list within a list, which no host flattens";
            let finding = Finding::new("nested-list", Severity::Error, message)
                .with_help("make it an item of the outer list, or a document of its own")
                .on(object.reference())
                .in_field(FieldPath::of(&["items"]).index(item));
            findings.push((index, finding));
        }
    }
    findings
}

/// The kinds whose CRD may stand in a document that can't be read here. Adding
/// such a CRD again would fail a build that reads the document.
pub(super) fn hidden_crds(sources: &Sources<'_>, dialect: Dialect) -> BTreeSet<EntityKind> {
    let hides = |kind: &EntityKind| {
        let name = dialect.crd_name(*kind);
        (0..sources.texts().len()).any(|source| {
            memmem::find_iter(sources.texts()[source].text, name.as_bytes())
                .filter_map(|offset| sources.site_at(source, offset))
                .any(|site| {
                    let document = sources.document(site);
                    memmem::find(document, b"CustomResourceDefinition").is_some()
                        && read(sources, site).is_err()
                })
        })
    };
    EntityKind::ALL.into_iter().filter(hides).collect()
}

/// Whether every object of the stream is one of Helm's hooks; not for a stream
/// without objects.
pub(super) fn only_hooks(members: &[Member<'_>]) -> bool {
    !members.is_empty()
        && members
            .iter()
            .all(|member| member.object.annotation("helm.sh/hook").is_some())
}

/// Kinds that have a namespace: our own, and those of Kubernetes that applications
/// bring. What nobody here knows may have none.
const NAMESPACED: [&str; 27] = [
    "ConfigMap",
    "ControllerRevision",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "EndpointSlice",
    "Endpoints",
    "Entity",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "Lease",
    "LimitRange",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "PodTemplate",
    "ReplicaSet",
    "ReplicationController",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];

/// Whether an object goes to the namespace that the application is deployed
/// to: its kind is known to have a namespace, and it states none.
pub(super) fn in_default_namespace(reference: &ResourceRef) -> bool {
    reference.namespace.is_none() && NAMESPACED.contains(&reference.kind.as_str())
}
