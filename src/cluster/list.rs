//! What a watch tells, event by event: a list once it is whole, then each change.
//!
//! Invariant: of a list that has more bytes than it may have nothing is told.

use kube::api::DynamicObject;
use kube::runtime::watcher::Event;
use serde_json::Value;

use super::{Resource, Seen};

/// The end of a list that is too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// A list on its way, and what else there is of the kind.
pub(super) struct Listed {
    pub(super) resource: Resource,
    objects: Vec<Value>,
    /// How many bytes there is still room for.
    left: u64,
    pub(super) limit: u64,
}

impl Listed {
    pub(super) fn new(resource: &Resource, limit: u64) -> Self {
        Self {
            resource: resource.clone(),
            objects: Vec::new(),
            left: limit,
            limit,
        }
    }

    /// What an event of the client's tells, once it tells something.
    pub(super) fn take(&mut self, event: Event<DynamicObject>) -> Result<Option<Seen>, TooMuch> {
        Ok(match event {
            Event::Init => {
                self.objects.clear();
                self.left = self.limit;
                None
            }
            Event::InitApply(object) => {
                let object = value(object, &self.resource);
                let size = object.as_ref().map(size).unwrap_or_default();
                let left = self.left.checked_sub(size);
                self.left = left.ok_or(TooMuch)?;
                self.objects.extend(object);
                None
            }
            Event::InitDone => Some(Seen::All(std::mem::take(&mut self.objects))),
            Event::Apply(object) => value(object, &self.resource).map(Seen::Applied),
            Event::Delete(object) => value(object, &self.resource).map(Seen::Deleted),
        })
    }
}

/// How many bytes of JSON it is.
fn size(object: &Value) -> u64 {
    struct Count(u64);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    drop(serde_json::to_writer(&mut count, object));
    count.0
}

/// An object as the API server gives it, in one piece.
pub(super) fn value(object: DynamicObject, resource: &Resource) -> Option<Value> {
    Some(typed(serde_json::to_value(object).ok()?, resource))
}

/// An object with what a list of a kind of Kubernetes' own leaves out, as the list says
/// it; nothing of what is no object.
pub(super) fn typed(mut object: Value, resource: &Resource) -> Value {
    let Some(fields) = object.as_object_mut() else {
        return Value::Null;
    };
    let said = [
        ("apiVersion", resource.api_version()),
        ("kind", resource.kind.clone()),
    ];
    for (name, said) in said {
        fields.entry(name).or_insert(said.into());
    }
    object
}

#[cfg(test)]
mod tests {
    use kube::api::{ApiResource, DynamicObject};
    use kube::core::GroupVersionKind;
    use kube::runtime::watcher::Event;
    use serde_json::json;

    use super::{Listed, TooMuch};
    use crate::cluster::{Resource, Seen};

    fn entities() -> Resource {
        let [group, version, kind, plural, singular] =
            ["glint.io", "v1", "Entity", "entities", "entity"].map(str::to_owned);
        Resource {
            group,
            version,
            kind,
            plural,
            singular,
        }
    }

    fn object(name: &str) -> DynamicObject {
        let kind = GroupVersionKind::gvk("glint.io", "v1", "Entity");
        DynamicObject::new(name, &ApiResource::from_gvk(&kind))
    }

    /// As in the lists of Kubernetes' own kinds.
    fn untyped(name: &str) -> DynamicObject {
        DynamicObject {
            types: None,
            ..object(name)
        }
    }

    #[test]
    fn a_list_is_told_once_it_is_whole() {
        let mut listed = Listed::new(&entities(), 1 << 20);
        let mut told = Vec::new();
        for event in [
            Event::Init,
            Event::InitApply(object("lost with its connection")),
            Event::Init,
            Event::InitApply(untyped("pay")),
            Event::InitDone,
            Event::Apply(object("web")),
            Event::Delete(object("pay")),
        ] {
            told.extend(listed.take(event).unwrap());
        }
        let named = |name: &str| {
            json!({
                "apiVersion": "glint.io/v1", "kind": "Entity", "metadata": {"name": name}
            })
        };
        assert_eq!(
            told,
            [
                Seen::All(vec![named("pay")]),
                Seen::Applied(named("web")),
                Seen::Deleted(named("pay")),
            ]
        );
    }

    #[test]
    fn a_list_that_is_too_long_is_none() {
        let mut listed = Listed::new(&entities(), 100);
        let first = listed.take(Event::InitApply(object("pay")));
        assert_eq!(first, Ok(None));
        let second = listed.take(Event::InitApply(object("web")));
        assert_eq!(second, Err(TooMuch));
    }
}
