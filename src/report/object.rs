//! Reading an object of a host: every field may be missing or of another type.

use serde_json::Value;

use super::time::Timestamp;

/// An object or a part of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'v>(&'v Value);

/// A condition of Kubernetes' or Argo CD's kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'v> {
    /// `True`, `False` or `Unknown`; empty for Argo CD, whose conditions are there
    /// or not.
    pub status: &'v str,
    /// The host's word.
    pub reason: &'v str,
    /// What the host says, which may quote anything.
    pub message: &'v str,
}

impl<'v> Object<'v> {
    pub(super) fn of(value: &'v Value) -> Self {
        Self(value)
    }

    /// What is at a JSON pointer; null counts as nothing.
    pub(super) fn at(self, pointer: &str) -> Option<Self> {
        self.0.pointer(pointer).filter(|it| !it.is_null()).map(Self)
    }

    /// A text that is not empty.
    pub(super) fn text(self, pointer: &str) -> Option<&'v str> {
        let text = self.0.pointer(pointer)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn number(self, pointer: &str) -> Option<u64> {
        self.0.pointer(pointer)?.as_u64()
    }

    pub(super) fn is_true(self, pointer: &str) -> bool {
        self.0.pointer(pointer) == Some(&Value::Bool(true))
    }

    pub(super) fn time(self, pointer: &str) -> Option<Timestamp> {
        Timestamp::parse(self.text(pointer)?)
    }

    /// The items of a list.
    pub(super) fn list(self, pointer: &str) -> impl DoubleEndedIterator<Item = Self> + use<'v> {
        let items = self.0.pointer(pointer).and_then(Value::as_array);
        items.into_iter().flatten().map(Self)
    }

    /// The values of an object.
    pub(super) fn members(self) -> impl Iterator<Item = Self> + use<'v> {
        let members = self.0.as_object();
        members.into_iter().flat_map(|it| it.values()).map(Self)
    }

    /// A condition of `status.conditions` by its type.
    pub(super) fn condition(self, kind: &str) -> Option<Condition<'v>> {
        let of_kind = |it: &Self| it.text("/type") == Some(kind);
        let condition = self.list("/status/conditions").find(of_kind)?;
        let text = |pointer| condition.text(pointer).unwrap_or_default();
        Some(Condition {
            status: text("/status"),
            reason: text("/reason"),
            message: text("/message"),
        })
    }
}
