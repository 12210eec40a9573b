//! What a directory declares: its objects, its mapping, and each entity with where it
//! and its fields stand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use serde_json::Value;

use crate::catalog::{Dialect, EntityKind, Identity, annotation};
use crate::command::collect::Collection;
use crate::command::options;
use crate::command::preview::problems::is_unread;
use crate::exporter::{self, Config, Kind, Kinds, Request};
use crate::finding::Finding;
use crate::manifest::{FieldPath, Location, ResourceRef};
use crate::render::crd_json;
use crate::sandbox::Key;

/// All of it.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) dialect: Dialect,
    /// What a cluster would hold, or holds: the objects, and Glint's CRDs.
    pub(super) objects: BTreeMap<Key, Arc<Value>>,
    /// Where it is a cluster, what is known of its kinds.
    pub(super) kinds: Option<LiveKinds>,
    /// Why some of it is only known as it was.
    pub(super) trouble: Option<String>,
    /// The generated mapping.
    pub(super) mapping: Value,
    /// What the exporter sends under the generated mapping.
    pub(super) entities: Vec<Entity>,
    pub(super) findings: Vec<Finding>,
}

/// What is known of a cluster's kinds.
#[derive(Clone, Debug)]
pub(super) struct LiveKinds {
    /// Those that its discovery told at the start.
    pub(super) served: Kinds,
    /// Those of which all objects are known.
    pub(super) listed: BTreeSet<Kind>,
}

/// An entity that is declared.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) request: Request,
    /// Its object's.
    pub(super) key: Option<Key>,
    pub(super) application: Option<String>,
    pub(super) resource: ResourceRef,
    pub(super) location: Option<Location>,
    /// `title`, `properties.tier`, …, as far as they stand anywhere.
    pub(super) fields: BTreeMap<String, Location>,
}

impl Entity {
    pub(super) fn identity(&self) -> Identity {
        self.request.identity()
    }

    /// The properties and relations that are sent: `properties.tier`.
    pub(super) fn members(&self) -> BTreeSet<String> {
        let names = |of: &str, members: &serde_json::Map<String, Value>| {
            let names = members.keys().map(|name| format!("{of}.{name}"));
            names.collect::<Vec<_>>()
        };
        let properties = names("properties", &self.request.properties);
        let relations = names("relations", &self.request.relations);
        properties.into_iter().chain(relations).collect()
    }
}

impl Declared {
    /// What a rendered directory declares.
    ///
    /// # Errors
    /// A manifest that can't be read: nobody can say then what is no longer declared.
    pub(super) fn of(collection: &Collection) -> anyhow::Result<Self> {
        if is_unread(&collection.findings) {
            let unread = collection.findings.iter();
            let said = unread.filter(|it| is_unread(std::slice::from_ref(*it)));
            let said: Vec<String> = said.map(said_of).collect();
            bail!("{}", said.join("; "));
        }
        let dialect = collection.settings.dialect;
        let mapping = exporter::mapping(options::style(&collection.settings), &collection.fragment);
        let config = Config::of(&mapping)?;
        let environment = exporter::environment(&config.variables, &BTreeMap::new())
            .map_err(|name| anyhow!("can't compute which variables jq sees: {name}"))?;
        let preview = exporter::preview(&config, &collection.objects, &environment);
        let stated: Vec<Vec<(String, FieldPath)>> = preview
            .sent
            .iter()
            .map(|sent| stated(&sent.request, &collection.objects[sent.object]))
            .collect();
        let wanted = preview.sent.iter().zip(&stated).map(|(sent, stated)| {
            let paths = stated.iter().map(|(_, path)| path.clone());
            (sent.object, paths.collect())
        });
        let places = collection.places_of_all(&wanted.collect::<Vec<_>>())?;
        let fields = stated.into_iter().zip(places).map(|(stated, places)| {
            let names = stated.into_iter().map(|(name, _)| name);
            let placed = names.zip(places);
            placed
                .filter_map(|(name, place)| Some((name, place?)))
                .collect()
        });
        let entities = preview.sent.into_iter().zip(fields).map(|(sent, fields)| {
            let origin = &collection.origins[sent.object];
            Entity {
                key: Key::of(&collection.objects[sent.object]),
                application: origin.application.clone(),
                resource: origin.resource.clone(),
                location: origin.location.clone(),
                fields,
                request: sent.request,
            }
        });
        Ok(Self {
            dialect,
            entities: entities.collect(),
            objects: in_cluster(collection, dialect),
            kinds: None,
            trouble: None,
            mapping: mapping.to_json(),
            findings: collection.findings.clone(),
        })
    }
}

/// The objects by key; what has no name is not in a cluster.
fn in_cluster(collection: &Collection, dialect: Dialect) -> BTreeMap<Key, Arc<Value>> {
    let crds = EntityKind::ALL.map(|kind| serde_json::from_str(&crd_json(dialect, kind)));
    let crds = crds.into_iter().filter_map(Result::ok);
    let objects = crds.chain(collection.objects.iter().cloned());
    objects
        .filter_map(|object: Value| Some((Key::of(&object)?, Arc::new(object))))
        .collect()
}

/// What a finding says, with its place.
fn said_of(finding: &Finding) -> String {
    match &finding.location {
        Some(location) => format!("{location} {}", finding.message),
        None => finding.message.clone(),
    }
}

/// The fields of an entity that its object states, and where it states them for the
/// generated mapping.
fn stated(request: &Request, object: &Value) -> Vec<(String, FieldPath)> {
    let annotations = [
        ("title", annotation::TITLE),
        ("icon", annotation::ICON),
        ("team", annotation::TEAM),
    ];
    let annotated = &object["metadata"]["annotations"];
    let annotated = annotations
        .into_iter()
        .filter(|(_, name)| annotated[*name].is_string())
        .map(|(field, name)| {
            let path = FieldPath::of(&["metadata", "annotations", name]);
            (field.to_owned(), path)
        });
    let parts = [
        ("properties", &request.properties),
        ("relations", &request.relations),
    ];
    let members = parts.into_iter().flat_map(|(part, members)| {
        let there = members
            .keys()
            .filter(move |name| !object["spec"][part][*name].is_null());
        there.map(move |name| {
            let path = FieldPath::of(&["spec", part, name]);
            (format!("{part}.{name}"), path)
        })
    });
    annotated.chain(members).collect()
}
