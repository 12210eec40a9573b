//! Mode `augment`: the source as it is, and Glint's part beside it as a kustomize
//! Component, for Flux to build.
//!
//! ```text
//! kustomization.yaml      resources: [source/<spec.path>], components: [glint]
//! glint/                  the Component: CRDs, the mapping, patches for annotations
//! source/                 the source, as it came
//! ```
//!
//! The source moves into a folder as a whole, so that its own relative paths hold and
//! nothing of it can have our names; and the Component is applied to the finished
//! build, which a component in the source's own kustomization would not see. A
//! Kustomization consumes it with `path: ./`, as it does with mode `build`.
//! Pure. Invariant: no file of the source changes.

use std::collections::BTreeMap;

use crate::artifact::{FileTree, PathError};
use crate::manifest::{Annotations, ResourceRef, quote};
use crate::render::{Additions, Crd, Marked};

use super::build::{KUSTOMIZATION, complete, kustomization};

/// Where the source is.
const SOURCE: &str = "source";
/// Where Glint's part is.
const COMPONENT: &str = "glint";
/// The mapping's file there.
const MAPPING: &str = "mapping.yaml";

/// The kinds that are annotated as a whole: all entities of the dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kinds {
    /// `glint.io/v1`.
    pub(super) api_version: String,
    /// `Entity`, `ClusterEntity`.
    pub(super) kinds: Vec<String>,
}

/// The artifact: a source, of which a directory is built, and Glint's part.
pub(super) fn augmented(
    source: &FileTree,
    directory: &str,
    additions: &Additions,
    kinds: &Kinds,
) -> Result<FileTree, PathError> {
    let mut source = source.clone();
    complete(&mut source, directory)?;
    let mut tree = FileTree::default();
    for (path, file) in source.iter() {
        tree.insert_file(&format!("{SOURCE}/{path}"), file.clone())?;
    }
    let built = match directory {
        "" => SOURCE.to_owned(),
        directory => format!("{SOURCE}/{directory}"),
    };
    tree.insert(KUSTOMIZATION, kustomization(&[built], &[COMPONENT]))?;
    let Additions {
        crds,
        map,
        common,
        marks,
        findings: _,
        summary: _,
    } = additions;
    let mut resources = Vec::new();
    for Crd { plural, yaml } in crds {
        resources.push(format!("{plural}.yaml"));
        tree.insert(&format!("{COMPONENT}/{plural}.yaml"), *yaml)?;
    }
    if let Some(map) = map {
        resources.push(MAPPING.to_owned());
        tree.insert(&format!("{COMPONENT}/{MAPPING}"), map.as_str())?;
    }
    tree.insert(
        &format!("{COMPONENT}/{KUSTOMIZATION}"),
        component(&resources, &patches(common, marks, kinds)),
    )?;
    Ok(tree)
}

/// A patch that sets annotations.
struct Patch {
    target: Target,
    annotations: Annotations,
}

/// Which objects a patch is for; kustomize reads names as patterns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    api_version: String,
    kind: String,
    namespace: Option<String>,
    /// `None` for every object of the kind, also one that is not in sight.
    name: Option<String>,
}

/// What all entities get, then what single objects get. Objects of one name are
/// patched alike: the source tells them apart only once it is built.
fn patches(common: &Annotations, marks: &[Marked], kinds: &Kinds) -> Vec<Patch> {
    let Kinds { api_version, kinds } = kinds;
    let for_all = kinds.iter().map(|kind| Patch {
        target: Target {
            api_version: api_version.clone(),
            kind: kind.clone(),
            namespace: None,
            name: None,
        },
        annotations: common.clone(),
    });
    let for_all = for_all.filter(|patch| !patch.annotations.is_empty());
    let mut single: BTreeMap<Target, Annotations> = BTreeMap::new();
    for Marked {
        resource,
        annotations,
    } in marks
    {
        let ResourceRef {
            api_version,
            kind,
            namespace,
            name,
        } = resource;
        let target = Target {
            api_version: api_version.clone(),
            kind: kind.clone(),
            namespace: namespace.clone(),
            name: Some(name.clone()),
        };
        single
            .entry(target)
            .or_default()
            .extend(annotations.clone());
    }
    let single = single.into_iter().map(|(target, annotations)| Patch {
        target,
        annotations,
    });
    for_all.chain(single).collect()
}

/// The Component's kustomization.
fn component(resources: &[String], patches: &[Patch]) -> String {
    let mut text = String::from("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n");
    if !resources.is_empty() {
        text.push_str("resources:\n");
    }
    for resource in resources {
        text.push_str(&format!("- {resource}\n"));
    }
    if !patches.is_empty() {
        text.push_str("patches:\n");
    }
    for patch in patches {
        text.push_str(&patch.yaml());
    }
    text
}

impl Patch {
    fn yaml(&self) -> String {
        let Self {
            target:
                Target {
                    api_version,
                    kind,
                    namespace,
                    name,
                },
            annotations,
        } = self;
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let mut text = format!(
            "- target:\n    group: {}\n    version: {}\n    kind: {}\n",
            quote(group),
            quote(version),
            quote(kind)
        );
        let names = [("namespace", namespace), ("name", name)];
        for (field, value) in names {
            if let Some(value) = value {
                text.push_str(&format!("    {field}: {}\n", quote(&escaped(value))));
            }
        }
        // Which object it is says the target; kind and name here are only a form.
        text.push_str(&format!(
            "  patch: |\n    apiVersion: {}\n    kind: {}\n    metadata:\n      name: any\n      annotations:\n",
            quote(api_version),
            quote(kind)
        ));
        for (key, value) in annotations {
            text.push_str(&format!("        {}: {}\n", quote(key), quote(value)));
        }
        text
    }
}

/// A name as a pattern that matches it alone.
fn escaped(name: &str) -> String {
    let letters = name.chars().map(|letter| {
        let is_plain = letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        match is_plain {
            true => letter.to_string(),
            false => format!("\\{letter}"),
        }
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::{Kinds, augmented};
    use crate::artifact::FileTree;
    use crate::manifest::{Annotations, ResourceRef};
    use crate::render::{Additions, Crd, Marked, Summary};

    fn annotations(pairs: &[(&str, &str)]) -> Annotations {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn additions() -> Additions {
        Additions {
            crds: vec![Crd {
                plural: "entities",
                yaml: "kind: CustomResourceDefinition\n",
            }],
            map: Some("kind: ConfigMap\n".to_owned()),
            common: annotations(&[("gitops.glint.io/application", "shop")]),
            marks: vec![Marked {
                resource: ResourceRef {
                    api_version: "glint.io/v1".to_owned(),
                    kind: "Entity".to_owned(),
                    namespace: Some("shop".to_owned()),
                    name: "pay.v2".to_owned(),
                },
                annotations: annotations(&[("kustomize.toolkit.fluxcd.io/substitute", "disabled")]),
            }],
            findings: Vec::new(),
            summary: Summary::default(),
        }
    }

    fn kinds() -> Kinds {
        Kinds {
            api_version: "glint.io/v1".to_owned(),
            kinds: vec!["Entity".to_owned(), "ClusterEntity".to_owned()],
        }
    }

    #[test]
    fn the_source_moves_as_a_whole_and_a_component_stands_beside_it() {
        let mut source = FileTree::default();
        source
            .insert("apps/shop/pay.yaml", "kind: Entity\n")
            .unwrap();
        source.insert("README.md", "# Shop\n").unwrap();
        let tree = augmented(&source, "apps/shop", &additions(), &kinds()).unwrap();
        let files = tree.iter().map(|(path, file)| {
            let text = String::from_utf8_lossy(&file.bytes);
            format!("## {path}\n{text}")
        });
        insta::assert_snapshot!(files.collect::<String>(), @r###"
        ## glint/entities.yaml
        kind: CustomResourceDefinition
        ## glint/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        resources:
        - entities.yaml
        - mapping.yaml
        patches:
        - target:
            group: "glint.io"
            version: "v1"
            kind: "Entity"
          patch: |
            apiVersion: "glint.io/v1"
            kind: "Entity"
            metadata:
              name: any
              annotations:
                "gitops.glint.io/application": "shop"
        - target:
            group: "glint.io"
            version: "v1"
            kind: "ClusterEntity"
          patch: |
            apiVersion: "glint.io/v1"
            kind: "ClusterEntity"
            metadata:
              name: any
              annotations:
                "gitops.glint.io/application": "shop"
        - target:
            group: "glint.io"
            version: "v1"
            kind: "Entity"
            namespace: "shop"
            name: "pay\\.v2"
          patch: |
            apiVersion: "glint.io/v1"
            kind: "Entity"
            metadata:
              name: any
              annotations:
                "kustomize.toolkit.fluxcd.io/substitute": "disabled"
        ## glint/mapping.yaml
        kind: ConfigMap
        ## kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources:
        - "source/apps/shop"
        components:
        - "glint"
        ## source/README.md
        # Shop
        ## source/apps/shop/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources:
        - "pay.yaml"
        ## source/apps/shop/pay.yaml
        kind: Entity
        "###);
    }
}
