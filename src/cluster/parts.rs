//! Reading parts of an object: what nobody asks for is passed over in the text, and never
//! takes memory.
//!
//! Not for what the parts mean. Invariant: a part that is read is there as the API server
//! gives it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use kube::Resource;
use kube::api::{ApiResource, ObjectMeta};
use kube::core::DynamicResourceScope;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Which parts of a value are read. Of a value of another form than is named, all are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parts {
    /// All of them.
    All,
    /// Of an object these members, and of each these parts.
    Members(&'static [(&'static str, Self)]),
    /// Of each item of a list these.
    Items(&'static Self),
}

impl Parts {
    /// Of a text.
    #[cfg(test)]
    pub(crate) fn of(self, text: &str) -> serde_json::Result<Value> {
        self.deserialize(&mut serde_json::Deserializer::from_str(text))
    }
}

/// Which parts of the objects of a kind are read.
pub(crate) trait Read: Send + Sync + 'static {
    const PARTS: Parts;
}

/// All of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole;

impl Read for Whole {
    const PARTS: Parts = Parts::All;
}

/// The parts of an object.
pub(super) struct Partial<R> {
    pub(super) value: Value,
    /// The client's watch needs its version, and nothing else.
    metadata: ObjectMeta,
    read: PhantomData<R>,
}

impl<'de, R: Read> Deserialize<'de> for Partial<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = R::PARTS.deserialize(deserializer)?;
        let version = value["metadata"]["resourceVersion"].as_str();
        Ok(Self {
            metadata: ObjectMeta {
                resource_version: version.map(str::to_owned),
                ..ObjectMeta::default()
            },
            value,
            read: PhantomData,
        })
    }
}

impl<R> Clone for Partial<R> {
    fn clone(&self) -> Self {
        Self {
            value: self.value.clone(),
            metadata: self.metadata.clone(),
            read: PhantomData,
        }
    }
}

impl<R> fmt::Debug for Partial<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partial").finish_non_exhaustive()
    }
}

impl<R> Resource for Partial<R> {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(resource: &ApiResource) -> Cow<'_, str> {
        resource.kind.as_str().into()
    }

    fn group(resource: &ApiResource) -> Cow<'_, str> {
        resource.group.as_str().into()
    }

    fn version(resource: &ApiResource) -> Cow<'_, str> {
        resource.version.as_str().into()
    }

    fn api_version(resource: &ApiResource) -> Cow<'_, str> {
        resource.api_version.as_str().into()
    }

    fn plural(resource: &ApiResource) -> Cow<'_, str> {
        resource.plural.as_str().into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl<'de> DeserializeSeed<'de> for Parts {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            Self::All => Value::deserialize(deserializer),
            Self::Members(_) | Self::Items(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Parts {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(member) = map.next_key_seed(Wanted(self))? {
            match member {
                Some((name, parts)) => {
                    read.insert(name, map.next_value_seed(parts)?);
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(read))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let parts = match self {
            Self::Items(parts) => *parts,
            Self::All | Self::Members(_) => Self::All,
        };
        let mut read = Vec::new();
        while let Some(item) = list.next_element_seed(parts)? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// The name of a member: what is to be read of it, or that it is passed over.
struct Wanted(Parts);

impl<'de> DeserializeSeed<'de> for Wanted {
    type Value = Option<(String, Parts)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Wanted {
    type Value = Option<(String, Parts)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let parts = match self.0 {
            Parts::Members(members) => {
                let mut members = members.iter();
                members.find(|(known, _)| *known == name).map(|it| it.1)
            }
            Parts::All | Parts::Items(_) => Some(Parts::All),
        };
        Ok(parts.map(|parts| (name.to_owned(), parts)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Parts::{self, All, Items, Members};

    const PARTS: Parts = Members(&[
        ("metadata", Members(&[("name", All)])),
        ("spec", All),
        ("items", Items(&Members(&[("kind", All)]))),
    ]);

    #[track_caller]
    fn check(object: Value, expected: &Value) {
        let read = PARTS.of(&object.to_string());
        assert_eq!(read.expect("it is JSON"), *expected);
    }

    #[test]
    fn what_is_not_asked_for_is_passed_over() {
        check(
            json!({
                "kind": "Application",
                "metadata": {"name": "shop", "managedFields": [{"manager": "argocd"}]},
                "spec": {"a": [1, -2, 0.5, null, true, "text", {"b": {}}]},
                "items": [{"kind": "Entity", "name": "pay"}, {"name": "cart"}],
            }),
            &json!({
                "metadata": {"name": "shop"},
                "spec": {"a": [1, -2, 0.5, null, true, "text", {"b": {}}]},
                "items": [{"kind": "Entity"}, {}],
            }),
        );
    }

    #[test]
    fn what_has_another_form_is_read_as_it_is() {
        for odd in [
            json!({"metadata": "text", "spec": 1, "items": {"kind": {"name": 1}}}),
            json!({"metadata": [{"a": 1}], "items": [1, "text", [{"kind": 1, "name": 2}]]}),
            json!({"metadata": null, "items": -1}),
            json!(true),
            json!([{"metadata": {"a": 1}}]),
        ] {
            check(odd.clone(), &odd);
        }
    }
}
