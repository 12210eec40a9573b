//! One of the two sets: entities by identity, each with what is sent of it and
//! where it is declared.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::catalog::Identity;
use crate::exporter::Request;
use crate::lock::{Digest, Lock, Owner};
use crate::manifest::Location;

/// Where an entity is declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The object, and its application where it is known.
    pub owner: Owner,
    /// The place of the object, its file as the later side calls it, so that the
    /// two can be compared; `None` from a lock.
    pub location: Option<Location>,
}

impl Place {
    /// The file that a person would open: the template where there is one.
    pub(crate) fn file(&self) -> Option<&str> {
        let location = self.location.as_ref()?;
        Some(location.origin.as_deref().unwrap_or(&location.file))
    }

    /// Whether both are one object of one file and application, as far as both
    /// sides know these.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(left: Option<T>, right: Option<T>) -> bool {
            left.zip(right).is_none_or(|(left, right)| left == right)
        }
        let (left, right) = (&self.owner, &other.owner);
        left.kind == right.kind
            && left.namespace == right.namespace
            && left.name == right.name
            && agree(left.application.as_ref(), right.application.as_ref())
            && agree(self.file(), other.file())
    }
}

/// What is sent of an entity besides its identity.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Body {
    /// Not sent where it is empty.
    pub title: Option<String>,
    /// Not sent where it is empty.
    pub icon: Option<String>,
    /// A text, a list of texts, or a search query.
    pub team: Option<Value>,
    /// By name; null clears.
    pub properties: Map<String, Value>,
    /// By name: an identifier, a list of them, a search query; null clears.
    pub relations: Map<String, Value>,
}

impl Body {
    /// What a request sends.
    pub(crate) fn of(request: &Request) -> Self {
        let Request {
            identifier: _,
            title,
            blueprint: _,
            icon,
            team,
            properties,
            relations,
        } = request;
        Self {
            title: title.clone(),
            icon: icon.clone(),
            team: team.clone(),
            properties: properties.clone(),
            relations: relations.clone(),
        }
    }

    /// The digest of it, as a lock holds it.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.to_json())
    }

    /// As JSON: nothing that is left out, no empty map.
    pub(crate) fn to_json(&self) -> Value {
        let Self {
            title,
            icon,
            team,
            properties,
            relations,
        } = self;
        let mut json = Map::new();
        for (key, text) in [("title", title), ("icon", icon)] {
            json.extend(
                text.iter()
                    .map(|text| (key.to_owned(), text.as_str().into())),
            );
        }
        json.extend(team.iter().map(|team| ("team".to_owned(), team.clone())));
        for (key, members) in [("properties", properties), ("relations", relations)] {
            if !members.is_empty() {
                json.insert(key.to_owned(), Value::Object(members.clone()));
            }
        }
        Value::Object(json)
    }

    /// What the catalog holds after both are sent, this one first.
    fn merge(&mut self, later: Self) {
        let Self {
            title,
            icon,
            team,
            properties,
            relations,
        } = later;
        self.title = title.or(self.title.take());
        self.icon = icon.or(self.icon.take());
        self.team = team.or(self.team.take());
        self.properties.extend(properties);
        self.relations.extend(relations);
    }
}

/// What is known of what is sent of an entity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// All of it.
    Body(Body),
    /// Whether it is the same.
    Digest(Digest),
}

impl Content {
    /// The digest of it, as a lock has it.
    pub(crate) fn digest(&self) -> Digest {
        match self {
            Self::Body(body) => body.digest(),
            Self::Digest(digest) => *digest,
        }
    }
}

/// An entity as it is declared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Declared {
    /// Which entity.
    pub identity: Identity,
    /// What is sent of it.
    pub content: Content,
    /// Every object that it is sent from, sorted; mostly one.
    pub places: Vec<Place>,
}

/// A set of entities.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Side {
    entities: BTreeMap<Identity, Declared>,
}

impl Side {
    /// Adds what is sent from one object. What several objects, or several blocks
    /// of a mapping, send of one entity is what the catalog makes of it: the
    /// fields of all, the later ones where two send the same field.
    pub(crate) fn add(&mut self, identity: Identity, body: Body, place: Place) {
        let entity = self.entities.entry(identity);
        let entity = entity.or_insert_with_key(|identity| Declared {
            identity: identity.clone(),
            content: Content::Body(Body::default()),
            places: Vec::new(),
        });
        if let Content::Body(earlier) = &mut entity.content {
            earlier.merge(body);
        }
        if let Err(at) = entity.places.binary_search(&place) {
            entity.places.insert(at, place);
        }
    }

    /// Adds an entity of which all is known, in place of what was known of it.
    #[cfg(feature = "catalog")]
    pub(super) fn insert(&mut self, entity: Declared) {
        self.entities.insert(entity.identity.clone(), entity);
    }

    /// The entities, sorted by identity.
    pub(crate) fn entities(&self) -> impl Iterator<Item = &Declared> {
        self.entities.values()
    }

    /// The entity of an identity.
    pub(crate) fn get(&self, identity: &Identity) -> Option<&Declared> {
        self.entities.get(identity)
    }
}

impl From<&Lock> for Side {
    fn from(lock: &Lock) -> Self {
        let entities = lock.entries().map(|(key, entry)| {
            let identity = Identity::from(key);
            let place = Place {
                owner: entry.owner.clone(),
                location: None,
            };
            let declared = Declared {
                identity: identity.clone(),
                content: Content::Digest(entry.digest),
                places: vec![place],
            };
            (identity, declared)
        });
        Self {
            entities: entities.collect(),
        }
    }
}
