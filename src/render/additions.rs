//! What a render would add to a stream and set in it, told apart from the stream:
//! for a host that builds the stream itself and takes Glint's part beside it.
//!
//! Decided where the stream's render decides it (`plan`). What is not in sight, as
//! it is fetched or decrypted by that host, is not known here either. Invariant:
//! who puts this into the stream gets what [`super::render`] gives, as objects.

use super::annotate;
use super::plan::{self, Added, Plan};
use super::source::{Source, Sources};
use super::survey::{self, Role};
use super::{Options, RenderError, Summary, crds, judge, scan};
use crate::catalog::EntityKind;
use crate::finding::Finding;
use crate::manifest::{Annotations, ResourceRef};

/// Glint's part of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Additions {
    /// The CRDs to add.
    pub crds: Vec<Crd>,
    /// The fragment's ConfigMap to add, as YAML.
    pub map: Option<String>,
    /// What every entity gets, also one that is not in sight.
    pub common: Annotations,
    /// What single objects get besides, in the order of the sources.
    pub marks: Vec<Marked>,
    /// All findings, in the order of the sources.
    pub findings: Vec<Finding>,
    /// What is in sight, in numbers.
    pub summary: Summary,
}

/// A CRD to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crd {
    /// The plural of its kind: `entities`.
    pub plural: &'static str,
    /// Its manifest, ended by a newline.
    pub yaml: &'static str,
}

/// What one object gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    /// Which object.
    pub resource: ResourceRef,
    /// The annotations to set.
    pub annotations: Annotations,
}

/// Tells Glint's part of texts.
///
/// # Errors
/// As for [`super::render`], but for a stream without objects, which may be all
/// out of sight.
pub(crate) fn additions(texts: &[Source<'_>], options: &Options) -> Result<Additions, RenderError> {
    let sources = Sources::split(texts)?;
    let suspects = scan::candidates(&sources);
    let sites = suspects.iter().copied();
    let (candidates, unread) = survey::parse(&sources, sites, &suspects, options);
    let findings = survey::placed(unread, &sources);
    let members = survey::members(&candidates, options.dialect);
    let judged = judge::judge(&sources, &members, options, findings)?;
    let Plan {
        added: Added { crds, map },
        edits,
        fragment: _,
        delivered: _,
        mut findings,
        entities,
        blueprints,
    } = plan::plan(&sources, &members, options, judged);
    findings.sort_by(|left, right| left.location.cmp(&right.location));
    let common = annotate::common(&options.provenance, options.delivery);
    let mut marks = Vec::new();
    for (member, annotations) in &edits {
        let annotations: Annotations = annotations
            .iter()
            .filter(|(key, value)| {
                let is_entity = matches!(member.role, Role::Entity(_));
                !is_entity || common.get(*key) != Some(value)
            })
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !annotations.is_empty() {
            marks.push(Marked {
                resource: member.object.reference(),
                annotations,
            });
        }
    }
    Ok(Additions {
        summary: Summary {
            entities,
            blueprints,
            others: 0,
            crds: crds.len(),
            fragment: map.as_ref().map(|map| map.name.clone()),
        },
        crds: crds
            .into_iter()
            .map(|(dialect, kind)| Crd {
                plural: plural(kind),
                yaml: crds::crd_yaml(dialect, kind),
            })
            .collect(),
        map: map.map(|map| map.yaml()),
        common,
        marks,
        findings,
    })
}

fn plural(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Entity => "entities",
        EntityKind::ClusterEntity => "clusterentities",
    }
}

#[cfg(test)]
mod tests {
    use super::additions;
    use crate::catalog::{Claimant, Dialect};
    use crate::exporter::Style;
    use crate::render::{
        ClusterKinds, CrdPolicy, Delivery, Emptiness, Host, MappingPlacement, Options, Provenance,
        Source, SourceFormat,
    };

    fn options() -> Options {
        Options {
            dialect: Dialect::Glint,
            host: Host::Flux,
            crds: CrdPolicy::Auto,
            cluster: ClusterKinds::Unknown,
            provenance: Provenance {
                application: Some("shop".to_owned()),
                ..Provenance::default()
            },
            delivery: Delivery::Withheld,
            mapping: MappingPlacement::ConfigMap,
            style: Style::Generic,
            claims: None,
            claimant: Claimant::default(),
            emptiness: Emptiness::Refused,
        }
    }

    const FILE: &str = "\
apiVersion: glint.io/v1
kind: Entity
metadata: {name: cart, namespace: shop}
spec: {blueprint: service, identifier: cart}
---
apiVersion: glint.io/v1
kind: Entity
metadata: {name: pay, namespace: shop}
spec: {blueprint: service, identifier: pay, properties: {link: \"${{ x }}\"}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: entities.glint.io}
";

    #[test]
    fn what_an_object_gets_beyond_the_others_is_told_by_its_name() {
        let texts = [Source {
            name: "shop.yaml",
            text: FILE.as_bytes(),
            format: SourceFormat::Stream,
        }];
        let told = additions(&texts, &options()).unwrap();
        let crds: Vec<_> = told.crds.iter().map(|crd| crd.plural).collect();
        assert_eq!(crds, ["clusterentities"]);
        let common: Vec<_> = told.common.iter().collect();
        assert_eq!(
            format!("{common:?}"),
            r#"[("gitops.glint.io/application", "shop"), ("gitops.glint.io/deliver", "false")]"#
        );
        let marks: Vec<String> = told
            .marks
            .iter()
            .map(|mark| {
                let keys: Vec<&str> = mark.annotations.keys().map(String::as_str).collect();
                format!("{}: {}", mark.resource, keys.join(" "))
            })
            .collect();
        assert_eq!(
            marks,
            [
                "Entity shop/pay: kustomize.toolkit.fluxcd.io/substitute",
                "CustomResourceDefinition entities.glint.io: argocd.argoproj.io/sync-options helm.sh/resource-policy kustomize.toolkit.fluxcd.io/prune kustomize.toolkit.fluxcd.io/ssa kustomize.toolkit.fluxcd.io/substitute",
            ]
        );
        assert_eq!((told.summary.entities, told.map), (2, None));
    }
}
