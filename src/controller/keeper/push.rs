//! How a mapping gets to the exporter, as far as the keeper cares.
//!
//! What plans and pushes is given by the shell; where others take the mapping from its
//! ConfigMap, that is all there is to do.

use std::sync::Arc;

use super::mapping_map::MappingMap;
use crate::cluster::ClusterError;
use crate::exporter::Mapping;

/// What brings a mapping to the exporter.
pub(crate) trait Publisher: Send + Sync + 'static {
    /// Whether it may go. Writes nothing.
    fn plan(
        &self,
        mapping: &Mapping,
        approved: Option<&str>,
    ) -> impl Future<Output = Answer> + Send;

    /// Brings it there, if it still may go.
    fn push(
        &self,
        mapping: &Mapping,
        approved: Option<&str>,
    ) -> impl Future<Output = Answer> + Send;
}

/// What is said of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is there already.
    Unneeded,
    /// It may go.
    Free,
    /// It is there now.
    Pushed {
        /// How many entities may go because of it.
        deletions: usize,
    },
    /// Only once it is approved.
    Held {
        /// How many entities may go.
        deletions: usize,
        /// What else has to be approved.
        hazards: Vec<&'static str>,
        /// By which exactly this is let through.
        digest: String,
    },
    /// Never.
    Refused {
        /// Why, by name.
        hazards: Vec<&'static str>,
    },
    /// It could not be done, or not be told.
    Failed(String),
}

/// Where others take the mapping from its ConfigMap.
#[derive(Debug)]
pub(super) struct ConfigMapAlone(pub(super) MappingMap);

impl Publisher for ConfigMapAlone {
    async fn plan(&self, mapping: &Mapping, _: Option<&str>) -> Answer {
        match self.0.holds(mapping).await {
            Ok(true) => Answer::Unneeded,
            Ok(false) => Answer::Free,
            Err(error) => failed(&error),
        }
    }

    /// The ConfigMap itself is written behind each push, whoever makes it.
    async fn push(&self, mapping: &Mapping, approved: Option<&str>) -> Answer {
        match self.plan(mapping, approved).await {
            Answer::Free => Answer::Pushed { deletions: 0 },
            answer => answer,
        }
    }
}

impl<P: Publisher> Publisher for Arc<P> {
    fn plan(
        &self,
        mapping: &Mapping,
        approved: Option<&str>,
    ) -> impl Future<Output = Answer> + Send {
        P::plan(self, mapping, approved)
    }

    fn push(
        &self,
        mapping: &Mapping,
        approved: Option<&str>,
    ) -> impl Future<Output = Answer> + Send {
        P::push(self, mapping, approved)
    }
}

fn failed(error: &ClusterError) -> Answer {
    Answer::Failed(error.to_string())
}
