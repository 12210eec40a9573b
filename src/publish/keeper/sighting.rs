//! A fragment's ConfigMap, reduced to what counts: who it says it is of, and its names.
//!
//! Whatever else it holds is dropped here: no jq of others, and no more text than a
//! fragment may have, is ever kept.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Rules;
use super::owner::Owner;
use super::refusal::Refusal;
use crate::exporter::Fragment;

/// The one key of its data that is read.
const FRAGMENT: &str = "fragment.json";

/// `"true"` holds a fragment back, on its ConfigMap, or all of them, on the mapping's.
pub(crate) const PAUSE: &str = "gitops.glint.io/pause";

/// A ConfigMap, written as `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MapKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl MapKey {
    /// From its text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (namespace, name) = text.split_once('/')?;
        Some(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for MapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, name } = self;
        write!(f, "{namespace}/{name}")
    }
}

/// What was seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// Which one.
    pub key: MapKey,
    /// Which object of that name.
    pub uid: String,
    pub(super) is_paused: bool,
    pub(super) content: Result<Content, Refusal>,
}

/// A fragment that counts if its owner is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) fragment: Arc<Fragment>,
    /// Those that it names and the policy takes, one at least.
    pub(super) owners: Vec<Owner>,
    /// In bytes of its text.
    pub(super) size: usize,
}

impl Sighting {
    /// Reduces a ConfigMap that carries the fragment's label.
    pub(crate) fn of(object: &Value, rules: &Rules) -> Self {
        let metadata = &object["metadata"];
        let text = |field: &str| metadata[field].as_str().unwrap_or_default().to_owned();
        let key = MapKey {
            namespace: text("namespace"),
            name: text("name"),
        };
        Self {
            uid: text("uid"),
            is_paused: is_paused(object),
            content: content(object, &key, rules),
            key,
        }
    }
}

/// Reads what it holds, if whoever it says it is of may have a say.
fn content(object: &Value, key: &MapKey, rules: &Rules) -> Result<Content, Refusal> {
    let named = rules.homes.named(&object["metadata"], key);
    let first = named.first().cloned().ok_or(Refusal::NoOwner)?;
    let owners = named.into_iter().filter(|owner| rules.takes(owner, key));
    let owners: Vec<Owner> = owners.collect();
    if owners.is_empty() {
        return Err(Refusal::NotInPolicy(first));
    }
    let text = object["data"][FRAGMENT].as_str().map(str::trim_end);
    let text = text.ok_or(Refusal::Missing)?;
    let fragment = Fragment::parse(text).map_err(|error| Refusal::unreadable(&error))?;
    match fragment.dialect() == rules.dialect {
        true => Ok(Content {
            fragment: Arc::new(fragment),
            owners,
            size: text.len(),
        }),
        false => Err(Refusal::Dialect(fragment.dialect())),
    }
}

/// Whether somebody has stopped it by annotation.
pub(crate) fn is_paused(object: &Value) -> bool {
    object["metadata"]["annotations"][PAUSE] == "true"
}
