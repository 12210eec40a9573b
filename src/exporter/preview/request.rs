//! The body of a request, as the exporter sends it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::Identity;

/// An entity to be created or changed (`EntityRequest` in pkg/port/models.go of
/// port-k8s-exporter v0.7.9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// A text, which may be empty, or a search query.
    pub identifier: Value,
    /// Not empty.
    pub title: Option<String>,
    /// May be empty.
    pub blueprint: String,
    /// Not empty.
    pub icon: Option<String>,
    /// A text, a list of texts, or a search query.
    pub team: Option<Value>,
    /// By name; null is sent, and clears.
    pub properties: Map<String, Value>,
    /// By name; null is sent, and clears.
    pub relations: Map<String, Value>,
}

impl Request {
    /// The identity under which it is sent.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            blueprint: self.blueprint.clone(),
            identifier: match &self.identifier {
                Value::String(text) => text.clone(),
                query => query.to_string(),
            },
        }
    }

    /// What is sent, as JSON: nothing that is left out, no empty map.
    pub(crate) fn to_json(&self) -> Value {
        self.clone().into()
    }
}

impl From<Request> for Value {
    fn from(request: Request) -> Self {
        let Request {
            identifier,
            title,
            blueprint,
            icon,
            team,
            properties,
            relations,
        } = request;
        let members =
            |members: Map<String, Self>| (!members.is_empty()).then_some(Self::Object(members));
        let fields = [
            ("identifier", Some(identifier)),
            ("title", title.map(Self::from)),
            ("blueprint", Some(blueprint.into())),
            ("icon", icon.map(Self::from)),
            ("team", team),
            ("properties", members(properties)),
            ("relations", members(relations)),
        ];
        let sent = fields.into_iter();
        Self::Object(
            sent.filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect(),
        )
    }
}
