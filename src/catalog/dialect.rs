//! The two dialects of the model: which API group, which names.

use std::fmt;

/// Which catalog's names are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// `glint.io/v1`.
    Glint,
    /// `getport.io/v1`: the public reference implementation.
    Port,
}

impl Dialect {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Glint, Self::Port];

    /// The word for settings and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Glint => "glint",
            Self::Port => "port",
        }
    }

    /// The API group of the entities.
    pub fn group(self) -> &'static str {
        match self {
            Self::Glint => "glint.io",
            Self::Port => "getport.io",
        }
    }

    /// The `apiVersion` of the entities.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::Glint => "glint.io/v1",
            Self::Port => "getport.io/v1",
        }
    }

    /// The key of the exporter's mapping under which the entity stands.
    pub fn mapping_key(self) -> &'static str {
        match self {
            Self::Glint => "glint",
            Self::Port => "port",
        }
    }

    /// The kind that an object declares in this dialect, if any.
    pub fn entity_kind(self, api_version: &str, kind: &str) -> Option<EntityKind> {
        (api_version == self.api_version())
            .then(|| {
                EntityKind::ALL
                    .into_iter()
                    .find(|known| known.as_str() == kind)
            })
            .flatten()
    }

    /// The name of a kind's CRD: `entities.glint.io`.
    pub fn crd_name(self, kind: EntityKind) -> String {
        format!("{}.{}", kind.plural(), self.group())
    }

    /// The kind whose CRD has this name, if any.
    pub fn kind_of_crd(self, name: &str) -> Option<EntityKind> {
        EntityKind::ALL
            .into_iter()
            .find(|kind| self.crd_name(*kind) == name)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The two custom resource kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// Namespaced.
    Entity,
    /// Cluster-scoped.
    ClusterEntity,
}

impl EntityKind {
    /// Both, in the order in which they are written.
    pub const ALL: [Self; 2] = [Self::Entity, Self::ClusterEntity];

    /// The kind as it stands in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entity => "Entity",
            Self::ClusterEntity => "ClusterEntity",
        }
    }

    /// The lower-case plural, as in the CRD's name and the mapping's `kind`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Entity => "entities",
            Self::ClusterEntity => "clusterentities",
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
