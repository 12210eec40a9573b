//! The merged mapping's ConfigMap: for people, for whoever mounts it, and where an
//! operator pauses and approves.
//!
//! Only the operator may write in the controller's namespace, so what its annotations
//! say is his word.

use serde_json::{Value, json};

use super::config_maps;
use crate::cluster::{Cluster, ClusterError};
use crate::controller::frame::ObjectRef;
use crate::exporter::Mapping;
use crate::publish::keeper::is_paused;

/// Its name.
pub(crate) const MAPPING: &str = "glint-gitops-mapping";

/// By which one push that was held is let through.
pub(super) const APPROVE: &str = "gitops.glint.io/approve";

const TEXT: &str = "mapping.yaml";

/// What an operator says by annotation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) is_paused: bool,
    pub(super) approved: Option<String>,
}

impl Word {
    fn of(object: &Value) -> Self {
        let approved = object["metadata"]["annotations"][APPROVE].as_str();
        Self {
            is_paused: is_paused(object),
            approved: approved.map(str::to_owned),
        }
    }
}

/// The ConfigMap.
#[derive(Clone, Debug)]
pub(super) struct MappingMap {
    pub(super) cluster: Cluster,
    pub(super) namespace: String,
    /// The field manager.
    pub(super) manager: &'static str,
}

impl MappingMap {
    /// What the operator says on it; nothing where it is not there.
    ///
    /// # Errors
    /// Then nobody knows.
    pub(super) async fn word(&self) -> Result<Word, ClusterError> {
        let found = self.get().await?;
        Ok(found.as_ref().map(Word::of).unwrap_or_default())
    }

    /// Whether it holds this mapping.
    ///
    /// # Errors
    /// Then nobody knows.
    pub(super) async fn holds(&self, mapping: &Mapping) -> Result<bool, ClusterError> {
        let found = self.get().await?;
        Ok(found.is_some_and(|it| it["data"][TEXT] == mapping.to_yaml()))
    }

    /// Writes it; which object it is.
    ///
    /// # Errors
    /// Nothing was written, as far as is known.
    pub(super) async fn write(&self, mapping: &Mapping) -> Result<ObjectRef, ClusterError> {
        let object = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": MAPPING, "namespace": self.namespace},
            "data": {TEXT: mapping.to_yaml()},
        });
        let applied = self
            .cluster
            .apply(&config_maps(), &object, self.manager)
            .await?;
        Ok(self.about(&applied))
    }

    /// Which object it is; none where it is not there.
    ///
    /// # Errors
    /// Then nobody knows.
    pub(super) async fn reference(&self) -> Result<Option<ObjectRef>, ClusterError> {
        let found = self.get().await?;
        Ok(found.map(|it| self.about(&it)))
    }

    fn about(&self, object: &Value) -> ObjectRef {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        super::about(&self.namespace, MAPPING, uid)
    }

    async fn get(&self) -> Result<Option<Value>, ClusterError> {
        let namespace = Some(self.namespace.as_str());
        self.cluster.get(&config_maps(), namespace, MAPPING).await
    }
}
