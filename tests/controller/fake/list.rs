//! Lists, page by page.
//!
//! Objects that are only made when somebody reads them are made here one page at a
//! time, outside of the lock, and their text is passed on as it is.

use std::ops::Bound;

use serde_json::{Value, json};

use super::answer::Refusal;
use super::kind::Kind;
use super::object::partial;
use super::request::Asked;
use super::store::{Held, Key, Store};

/// A page that is chosen, and not written yet.
pub(super) struct Page {
    kind: Kind,
    is_partial: bool,
    metadata: Value,
    objects: Vec<Held>,
}

impl Page {
    /// Chooses the objects of a page. Its version is that of the first page, so that a
    /// watch from there misses nothing.
    pub(super) fn choose(store: &Store, kind: &Kind, asked: &Asked) -> Result<Self, Refusal> {
        let selector = asked.selector()?;
        let limit = asked.parameter("limit").map(str::parse::<usize>);
        let limit = match limit.transpose() {
            Ok(limit) => limit.filter(|limit| *limit > 0).unwrap_or(usize::MAX),
            Err(_) => return Err(Refusal::bad("limit is no number")),
        };
        let (revision, after) = match asked.parameter("continue") {
            None => (store.revision, None),
            Some(token) => {
                let (revision, key) =
                    read(token).ok_or_else(|| Refusal::bad("continue key is not valid"))?;
                (revision, Some(key))
            }
        };
        let collection = store.of(kind);
        if after.is_some() && revision < collection.forgotten {
            let message =
                "The provided continue parameter is too old to display a consistent list result.";
            return Err(Refusal::new(410, "Expired", message));
        }
        let namespace = &asked.request.namespace;
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = collection.objects.range((begin, Bound::Unbounded));
        let all = behind.filter(|(key, held)| {
            (namespace.is_empty() || key.0 == *namespace)
                && (selector.is_empty() || selector.matches(&held.object()))
        });
        let mut all = all.peekable();
        let mut objects = Vec::new();
        let mut last = None;
        while objects.len() < limit
            && let Some((key, held)) = all.next()
        {
            objects.push(held.clone());
            last = Some(key);
        }
        let mut metadata = json!({"resourceVersion": revision.to_string()});
        // Lists of custom resources alone have it on the last page.
        if !kind.is_built_in() && !asked.is_partial {
            metadata["continue"] = "".into();
        }
        if let Some(last) = last.filter(|_| all.peek().is_some()) {
            metadata["continue"] = format!("{revision}/{}/{}", last.0, last.1).into();
            if selector.is_empty() {
                metadata["remainingItemCount"] = all.count().into();
            }
        }
        Ok(Self {
            kind: *kind,
            is_partial: asked.is_partial,
            metadata,
            objects,
        })
    }

    /// Writes it.
    pub(super) fn write(self) -> String {
        let (api_version, kind) = match self.is_partial {
            true => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadata"),
            false => (self.kind.api_version(), self.kind.kind),
        };
        let head = json!({"kind": format!("{kind}List"), "apiVersion": api_version});
        let head = head.to_string();
        let items = self.objects.iter().map(|held| self.item(held));
        let items = items.collect::<Vec<String>>().join(",");
        let metadata = &self.metadata;
        format!(
            "{},\"metadata\":{metadata},\"items\":[{items}]}}",
            head.trim_end_matches('}')
        )
    }

    fn item(&self, held: &Held) -> String {
        if self.is_partial {
            return partial(&held.object()).to_string();
        }
        match held {
            Held::Lazy(identity, produce) => produce(identity),
            // Kubernetes' own kinds leave out in lists what the list says.
            Held::Whole(object) if self.kind.is_built_in() => {
                let mut object = object.as_ref().clone();
                let fields = object.as_object_mut().expect("an object is a map");
                fields.retain(|name, _| !["apiVersion", "kind"].contains(&name.as_str()));
                object.to_string()
            }
            Held::Whole(object) => object.to_string(),
        }
    }
}

/// `version/namespace/name`: what to go on behind.
fn read(token: &str) -> Option<(u64, Key)> {
    let mut parts = token.splitn(3, '/');
    let revision = parts.next()?.parse().ok()?;
    let (namespace, name) = (parts.next()?, parts.next()?);
    Some((revision, (namespace.to_owned(), name.to_owned())))
}
