//! What an application's object says that it declares: the Glint entities among its
//! resources, by name.
//!
//! Not for what is in them: whoever compares reads the live objects.

use std::collections::BTreeSet;

use serde_json::Value;

use super::object::Object;
use super::{argocd, flux};
use crate::catalog::{Dialect, EntityKind};

/// The name of an entity's object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectKey {
    /// Which of the two kinds.
    pub kind: EntityKind,
    /// Nothing for what belongs to no namespace.
    pub namespace: Option<String>,
    /// In its namespace.
    pub name: String,
}

impl ObjectKey {
    /// The key of a resource of a host's list; nothing for what is no entity.
    pub(super) fn of(
        (group, kind): (&str, &str),
        (namespace, name): (&str, &str),
        dialect: Dialect,
    ) -> Option<Self> {
        let kinds = EntityKind::ALL.into_iter();
        let kind = kinds.clone().find(|known| known.as_str() == kind)?;
        let namespace = match kind {
            EntityKind::Entity => Some(namespace.to_owned()).filter(|it| !it.is_empty()),
            // Argo CD names the application's own there.
            EntityKind::ClusterEntity => None,
        };
        (group == dialect.group()).then(|| Self {
            kind,
            namespace,
            name: name.to_owned(),
        })
    }
}

/// What an application declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// As its entities' annotation `gitops.glint.io/application` names it, unless
    /// settings say otherwise.
    pub application: String,
    /// Its entities, without those that left Git and wait to be pruned.
    pub entities: BTreeSet<ObjectKey>,
    /// Whether it is deployed to another cluster than the one that it is in.
    pub is_elsewhere: bool,
}

/// Reads an Application, Kustomization or HelmRelease; empty for anything else.
pub(crate) fn declaration(object: &Value, dialect: Dialect) -> Declaration {
    let object = Object::of(object);
    match object.text("/kind") {
        Some("Application") => argocd::declaration(object, dialect),
        Some("Kustomization" | "HelmRelease") => flux::declaration(object, dialect),
        Some(_) | None => Declaration::default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Declaration, declaration};
    use crate::catalog::Dialect;

    fn shown(object: &Value) -> (String, Vec<String>, bool) {
        let Declaration {
            application,
            entities,
            is_elsewhere,
        } = declaration(object, Dialect::Glint);
        let entities = entities.iter().map(|it| {
            let namespace = it.namespace.as_deref().unwrap_or("-");
            format!("{} {namespace} {}", it.kind, it.name)
        });
        (application, entities.collect(), is_elsewhere)
    }

    fn application(destination: &Value) -> Value {
        json!({
            "kind": "Application",
            "metadata": {"namespace": "argocd", "name": "shop"},
            "spec": {"destination": destination},
            "status": {"controllerNamespace": "argocd", "resources": [
                {"group": "glint.io", "kind": "Entity", "namespace": "shop", "name": "pay"},
                {"group": "glint.io", "kind": "ClusterEntity", "namespace": "shop", "name": "eu"},
                {"group": "glint.io", "kind": "Entity", "namespace": "shop", "name": "old", "requiresPruning": true},
                {"group": "getport.io", "kind": "Entity", "namespace": "shop", "name": "other"},
                {"kind": "ConfigMap", "namespace": "shop", "name": "cm"},
            ]},
        })
    }

    #[test]
    fn an_application_declares_the_entities_among_its_resources() {
        let here = application(&json!({"server": "https://kubernetes.default.svc"}));
        let entities = ["Entity shop pay", "ClusterEntity - eu"].map(str::to_owned);
        assert_eq!(shown(&here), ("shop".to_owned(), entities.to_vec(), false));
    }

    #[test]
    fn an_application_in_a_namespace_of_its_own_is_called_by_both_names() {
        let mut team = application(&json!({}));
        team["metadata"]["namespace"] = "team".into();
        assert_eq!(shown(&team).0, "team_shop");
    }

    #[test]
    fn where_it_is_deployed_is_here_unless_it_says_otherwise() {
        for (destination, is_elsewhere) in [
            (json!({"server": "https://kubernetes.default.svc"}), false),
            (json!({"name": "in-cluster"}), false),
            (json!({"namespace": "shop"}), false),
            (json!({"server": "https://10.0.0.2:6443"}), true),
            (json!({"name": "spoke"}), true),
        ] {
            let (_, _, found) = shown(&application(&destination));
            assert_eq!(found, is_elsewhere, "{destination}");
        }
    }

    #[test]
    fn flux_declares_what_its_inventory_holds() {
        let mut shop = json!({
            "kind": "Kustomization",
            "metadata": {"namespace": "flux-system", "name": "shop"},
            "status": {"inventory": {"entries": [
                {"id": "shop_pay_glint.io_Entity", "v": "v1"},
                {"id": "_eu_glint.io_ClusterEntity", "v": "v1"},
                {"id": "_entities.glint.io_apiextensions.k8s.io_CustomResourceDefinition", "v": "v1"},
                {"id": "shop_cm__ConfigMap", "v": "v1"},
            ]}},
        });
        let entities = ["Entity shop pay", "ClusterEntity - eu"].map(str::to_owned);
        assert_eq!(shown(&shop), ("shop".to_owned(), entities.to_vec(), false));
        shop["spec"]["kubeConfig"] = json!({"secretRef": {"name": "spoke"}});
        assert!(shown(&shop).2);
    }

    #[test]
    fn what_was_never_applied_declares_nothing() {
        let kustomization = json!({"kind": "Kustomization", "metadata": {"name": "shop"}});
        assert_eq!(
            shown(&kustomization),
            ("shop".to_owned(), Vec::new(), false)
        );
    }
}
