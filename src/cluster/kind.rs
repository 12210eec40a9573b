//! How a block's `kind` is found among the kinds that a cluster serves.
//!
//! After pkg/k8s/resource.go of port-k8s-exporter v0.7.9 and `ResourcesFor` in
//! k8s.io/apimachinery `pkg/api/meta/restmapper.go`: group and version as they
//! are, the resource in any case, plural or singular.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResource;
use kube::api::ApiResource;

/// A kind that a cluster serves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Resource {
    /// Empty for the core group.
    pub group: String,
    /// `v1`.
    pub version: String,
    /// `Entity`.
    pub kind: String,
    /// `entities`.
    pub plural: String,
    /// `entity`.
    pub singular: String,
}

impl Resource {
    pub(super) fn of(group: &str, version: &str, served: APIResource) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            singular: singular(&served),
            kind: served.kind,
            plural: served.name,
        }
    }

    /// `glint.io/v1`, and `v1` for the core group.
    pub(crate) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    pub(super) fn to_api_resource(&self) -> ApiResource {
        ApiResource {
            group: self.group.clone(),
            version: self.version.clone(),
            api_version: self.api_version(),
            kind: self.kind.clone(),
            plural: self.plural.clone(),
        }
    }
}

/// What a block asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    /// Empty for any.
    pub(super) group: &'a str,
    /// `v1`.
    pub(super) version: &'a str,
    /// `entities`, `Entity`.
    name: &'a str,
}

impl<'a> Wanted<'a> {
    /// Reads `group/version/resource` or `version/resource`; `None` for what
    /// discovery refuses, whatever the cluster has.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(3, '/').collect();
        let (group, version, name) = match parts.as_slice() {
            [group, version, name] => (*group, *version, *name),
            [version, name] => ("", *version, *name),
            _ => return None,
        };
        let is_named = !name.is_empty() && !name.contains('/') && !version.is_empty();
        is_named.then_some(Self {
            group,
            version,
            name,
        })
    }

    /// Whether a served kind is called so; subresources never are.
    pub(super) fn names(&self, served: &APIResource) -> bool {
        let name = self.name.to_lowercase();
        name == served.name || name == singular(served)
    }
}

/// Whether it is a kind with objects of its own, and no subresource of one.
pub(super) fn is_whole(served: &APIResource) -> bool {
    !served.name.contains('/')
}

/// An older API server leaves it empty.
fn singular(served: &APIResource) -> String {
    match served.singular_name.as_str() {
        "" => served.kind.to_lowercase(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResource;

    use super::Wanted;

    fn entities() -> APIResource {
        APIResource {
            name: "entities".to_owned(),
            singular_name: "entity".to_owned(),
            kind: "Entity".to_owned(),
            short_names: Some(vec!["ent".to_owned()]),
            namespaced: true,
            ..APIResource::default()
        }
    }

    #[test]
    fn plural_and_singular_name_a_kind_in_any_case() {
        for (text, named) in [
            ("glint.io/v1/entities", true),
            ("glint.io/v1/Entities", true),
            ("glint.io/v1/Entity", true),
            ("glint.io/v1/entity", true),
            ("glint.io/v1/ent", false),
            ("glint.io/v1/nopes", false),
        ] {
            let wanted = Wanted::parse(text).expect("three parts");
            assert_eq!(wanted.names(&entities()), named, "{text}");
        }
    }

    #[test]
    fn a_kind_has_two_or_three_parts() {
        assert!(Wanted::parse("v1/pods").is_some());
        assert_eq!(Wanted::parse("pods"), None);
        assert_eq!(Wanted::parse("a/b/c/d"), None);
        assert_eq!(Wanted::parse("a/v1/"), None);
    }
}
