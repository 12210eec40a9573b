//! What a render leaves in the cluster: every object with its value as it is
//! applied, and the place where its author wrote it.
//!
//! For whoever looks at the result as objects (a preview, a check, a trace); the
//! bytes are `assemble`'s. Invariant: an object's value is what Go reads from
//! the rendered stream, the annotations of this program in it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::plan::{self, Added, Plan};
use super::source::{Source, Sources};
use super::survey::{self, Candidate, Member};
use super::{Emptiness, Options, RenderError, crds, empty, holds_object, judge, scan};
use crate::catalog::Entity;
use crate::exporter::Fragment;
use crate::finding::Finding;
use crate::manifest::{
    Annotations, Edit, FieldPath, Location, Object, ObjectPath, ResourceRef, annotate_each,
    annotate_value, objects_of,
};

/// An object as the cluster gets it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deployed {
    /// What Go reads, annotations of ours included.
    pub value: Value,
    /// Its identity in the cluster.
    pub resource: ResourceRef,
    /// What it declares, where it is an entity that the catalog would take.
    pub entity: Option<Entity>,
    /// Where it begins; `None` for what the render adds.
    pub location: Option<Location>,
}

/// All objects of a render: what it adds, then those of the sources in order.
#[derive(Debug)]
pub(crate) struct Inventory<'a> {
    sources: Sources<'a>,
    documents: Vec<Candidate<'a>>,
    objects: Vec<Deployed>,
    /// For each object its document and where it stands there.
    places: Vec<Option<(usize, ObjectPath)>>,
    findings: Vec<Finding>,
    fragment: Fragment,
}

impl Inventory<'_> {
    /// The objects.
    pub(crate) fn objects(&self) -> &[Deployed] {
        &self.objects
    }

    /// Where a field of an object stands, or the nearest field above it that is
    /// there; `None` for what the render adds.
    pub(crate) fn location(&self, object: usize, field: &FieldPath) -> Option<Location> {
        let (document, path) = self.places.get(object).copied().flatten()?;
        let Candidate { site, parsed } = &self.documents[document];
        let object = objects_of(parsed)
            .into_iter()
            .find(|object| object.path == path)?;
        Some(self.sources.location(*site, object.offset(field)))
    }

    /// All findings, in the order of the sources.
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The names that the mapping of this stream needs.
    pub(crate) fn fragment(&self) -> &Fragment {
        &self.fragment
    }
}

/// Renders texts to objects. Documents that can't be read are left out, with a
/// finding where they look like an entity.
///
/// # Errors
/// As for [`super::render`].
pub(crate) fn inventory<'a>(
    texts: &'a [Source<'a>],
    options: &Options,
) -> Result<Inventory<'a>, RenderError> {
    let sources = Sources::split(texts)?;
    if options.emptiness == Emptiness::Refused && !holds_object(&sources) {
        return Err(empty(texts));
    }
    let suspects = scan::candidates(&sources);
    let sites = 0..sources.sites().len();
    let (documents, unread) = survey::parse(&sources, sites, &suspects, options);
    let findings = survey::placed(unread, &sources);
    let members = survey::members(&documents, options.dialect);
    let judged = judge::judge(&sources, &members, options, findings)?;
    let entities: BTreeMap<_, _> = judged
        .entities
        .iter()
        .map(|(entity, member)| ((member.site, member.object.path), entity.clone()))
        .collect();
    let Plan {
        added,
        edits,
        fragment,
        mut findings,
        delivered: _,
        entities: _,
        blueprints: _,
    } = plan::plan(&sources, &members, options, judged);
    let annotations = annotations(&sources, &documents, &edits, &mut findings);
    findings.sort_by(|left, right| left.location.cmp(&right.location));
    let mut objects = added_objects(&added);
    let mut places = vec![None; objects.len()];
    for (index, Candidate { site, parsed }) in documents.iter().enumerate() {
        for object in objects_of(parsed) {
            let key = (*site, object.path);
            objects.push(Deployed {
                value: annotated(&object, annotations.get(&key)),
                resource: object.reference(),
                entity: entities.get(&key).cloned(),
                location: Some(sources.location(*site, object.offset(&FieldPath::root()))),
            });
            places.push(Some((index, object.path)));
        }
    }
    Ok(Inventory {
        sources,
        documents,
        objects,
        places,
        findings,
        fragment,
    })
}

/// The annotations that the stream gets, by document and object.
fn annotations<'e>(
    sources: &Sources<'_>,
    documents: &[Candidate<'_>],
    edits: &'e [(Member<'_>, Annotations)],
    findings: &mut Vec<Finding>,
) -> BTreeMap<(usize, ObjectPath), &'e Annotations> {
    let mut by_site: BTreeMap<usize, Vec<&(Member<'_>, Annotations)>> = BTreeMap::new();
    for edit in edits {
        by_site.entry(edit.0.site).or_default().push(edit);
    }
    let mut annotations = BTreeMap::new();
    for Candidate { site, parsed } in documents {
        let Some(edits) = by_site.get(site) else {
            continue;
        };
        let wanted: Vec<Edit> = edits
            .iter()
            .map(|(member, annotations)| (member.object.path, annotations.clone()))
            .collect();
        let (_, refused) = annotate_each(parsed, &wanted);
        for (member, set) in edits {
            annotations.insert((*site, member.object.path), set);
        }
        for (index, refusal) in refused {
            let (member, _) = edits[index];
            annotations.remove(&(*site, member.object.path));
            findings.push(plan::not_annotated(sources, member, &refusal));
        }
    }
    annotations
}

fn annotated(object: &Object<'_>, annotations: Option<&&Annotations>) -> Value {
    let mut value = object.value.clone();
    if let Some(annotations) = annotations {
        annotate_value(&mut value, annotations);
    }
    value
}

/// What the render adds, as objects.
fn added_objects(added: &Added) -> Vec<Deployed> {
    let Added { crds, map } = added;
    let crds = crds
        .iter()
        .map(|(dialect, kind)| crds::crd(*dialect, *kind));
    let map = map.iter().map(|map| map.value());
    crds.chain(map)
        .map(|value| Deployed {
            resource: reference(&value),
            value,
            entity: None,
            location: None,
        })
        .collect()
}

fn reference(value: &Value) -> ResourceRef {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str);
    ResourceRef {
        api_version: text("/apiVersion").unwrap_or_default().to_owned(),
        kind: text("/kind").unwrap_or_default().to_owned(),
        namespace: text("/metadata/namespace").map(str::to_owned),
        name: text("/metadata/name").unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::inventory;
    use crate::catalog::{Claimant, Dialect};
    use crate::exporter::Style;
    use crate::manifest::{FieldPath, Notation, Parsed, objects};
    use crate::render::{
        ClusterKinds, CrdPolicy, Delivery, Emptiness, Host, MappingPlacement, Options, Provenance,
        Source, SourceFormat, render,
    };

    const STREAM: &str = "\
# Source: shop/templates/cart.yaml
apiVersion: glint.io/v1
kind: Entity
metadata: {name: cart, namespace: shop}
spec:
  blueprint: service
  identifier: cart
  properties:
    tier: 1
---
apiVersion: v1
kind: List
items:
- apiVersion: glint.io/v1
  kind: ClusterEntity
  metadata:
    name: shop
    annotations: &a {x: y}
  spec: {blueprint: system, identifier: shop}
- {apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}}
";

    fn options() -> Options {
        Options {
            dialect: Dialect::Glint,
            host: Host::Pipe,
            crds: CrdPolicy::Always,
            cluster: ClusterKinds::Unknown,
            provenance: Provenance {
                application: Some("shop".to_owned()),
                ..Provenance::default()
            },
            delivery: Delivery::Delivered,
            mapping: MappingPlacement::ConfigMap,
            style: Style::Generic,
            claims: None,
            claimant: Claimant::default(),
            emptiness: Emptiness::Refused,
        }
    }

    fn texts(text: &str) -> [Source<'_>; 1] {
        [Source {
            name: "shop.yaml",
            text: text.as_bytes(),
            format: SourceFormat::Stream,
        }]
    }

    #[test]
    fn the_objects_are_those_that_go_reads_from_the_rendered_stream() {
        let texts = texts(STREAM);
        let rendered = render(&texts, &options()).unwrap();
        let stream = rendered.to_bytes();
        let expected: Vec<Value> = crate::manifest::split(&stream)
            .unwrap()
            .iter()
            .filter_map(|document| {
                let bytes = &stream[document.range.clone()];
                objects(&Parsed::read(bytes, Notation::Yaml).unwrap()).ok()
            })
            .flatten()
            .collect();
        let inventory = inventory(&texts, &options()).unwrap();
        let values: Vec<Value> = inventory
            .objects()
            .iter()
            .map(|object| object.value.clone())
            .collect();
        assert_eq!(values, expected);
        assert_eq!(inventory.findings(), rendered.findings);
        assert_eq!(Some(inventory.fragment()), rendered.fragment.as_ref());
    }

    #[test]
    fn each_object_and_field_has_its_place() {
        let texts = texts(STREAM);
        let inventory = inventory(&texts, &options()).unwrap();
        let places: Vec<String> = inventory
            .objects()
            .iter()
            .map(|object| match &object.location {
                Some(place) => format!("{} {place}", object.resource),
                None => format!("{} added", object.resource),
            })
            .collect();
        assert_eq!(
            places,
            [
                "CustomResourceDefinition entities.glint.io added",
                "CustomResourceDefinition clusterentities.glint.io added",
                "ConfigMap shop/glint-shop-ad7bb302 added",
                "Entity shop/cart shop.yaml:2:1",
                "ClusterEntity shop shop.yaml:14:3",
                "Service shop/cart shop.yaml:20:3",
            ]
        );
        let tier = FieldPath::of(&["spec", "properties", "tier"]);
        let place = inventory.location(3, &tier).unwrap();
        assert_eq!(
            (place.to_string().as_str(), place.origin.as_deref()),
            ("shop.yaml:9:5", Some("shop/templates/cart.yaml"))
        );
        assert_eq!(inventory.location(0, &tier), None);
    }
}
