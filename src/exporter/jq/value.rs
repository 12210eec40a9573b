//! The values that jq computes with.
//!
//! As gojq has them: null, booleans, numbers (integers of any size and floats
//! apart), text, arrays, and objects whose keys are always in order. Invariant:
//! a value never changes once it is shared; cloning one is cheap.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use super::functions::numbers::Number;

/// One jq value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// `null`
    Null,
    /// `true` and `false`
    Bool(bool),
    /// An integer or a float; NaN and the infinities are values too.
    Number(Number),
    /// Text.
    String(Rc<str>),
    /// A list.
    Array(Rc<Items>),
    /// Names with values.
    Object(Rc<Object>),
}

/// The items of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items {
    list: Vec<Value>,
    /// See [`Value::nothing_deleted_of_list`].
    nil: bool,
}

impl From<Vec<Value>> for Items {
    fn from(items: Vec<Value>) -> Self {
        let nil = false;
        Self { list: items, nil }
    }
}

impl Deref for Items {
    type Target = Vec<Value>;

    fn deref(&self) -> &Vec<Value> {
        &self.list
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        self.nil = false;
        &mut self.list
    }
}

impl Drop for Items {
    /// Values may be nested deeper than the stack is high.
    fn drop(&mut self) {
        if !self.list.is_empty() {
            deep(|| self.list.clear());
        }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        if !self.members.is_empty() {
            deep(|| self.members.clear());
        }
    }
}

/// How much stack one level of whatever recurses may need before more is taken
/// from the heap, and how much is taken then.
const RED_ZONE: usize = 64 * 1024;
const STACK: usize = 2 * 1024 * 1024;

/// One level of something that recurses as deep as values, or calls, nest.
pub(super) fn deep<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, STACK, level)
}

/// Names with values, ordered by the bytes of the names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    members: Vec<(Rc<str>, Value)>,
    /// See [`Value::nothing_deleted_of_object`].
    nil: bool,
}

impl Object {
    /// The value under a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let place = self.place(name).ok()?;
        Some(&self.members[place].1)
    }

    /// Sets the value under a name.
    pub(crate) fn insert(&mut self, name: Rc<str>, value: Value) {
        self.nil = false;
        match self.members.last() {
            // Built in order more often than not.
            Some((last, _)) if *last >= name => match self.place(&name) {
                Ok(place) => self.members[place].1 = value,
                Err(place) => self.members.insert(place, (name, value)),
            },
            Some(_) | None => self.members.push((name, value)),
        }
    }

    /// The value under a name, to change it in place.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let place = self.place(name).ok()?;
        Some(&mut self.members[place].1)
    }

    /// Makes it an object of its own, which is there even if it is empty.
    pub(super) fn settle(&mut self) {
        self.nil = false;
    }

    /// Keeps the values that a condition holds for.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut Value) -> bool) {
        self.members.retain_mut(|(_, value)| keep(value));
    }

    /// Names and values, in the order of the names.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&Rc<str>, &Value)> {
        self.members.iter().map(|(name, value)| (name, value))
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no name at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.members.binary_search_by(|(key, _)| (**key).cmp(name))
    }
}

impl FromIterator<(Rc<str>, Value)> for Object {
    /// Of two values under one name the later one stays.
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Value)>>(entries: I) -> Self {
        let mut object = Self::default();
        for (name, value) in entries {
            object.insert(name, value);
        }
        object
    }
}

impl Value {
    /// Text of its own.
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::String(text.into())
    }

    /// A list of its own.
    pub(super) fn array(items: Vec<Self>) -> Self {
        Self::Array(Rc::new(items.into()))
    }

    /// An object of its own.
    pub(super) fn object(object: Object) -> Self {
        Self::Object(Rc::new(object))
    }

    /// What is left where something was to be deleted of a list, and there was
    /// null: an empty list for jq, but a slice of Go's that is not there, which
    /// the exporter sends as null.
    pub(super) fn nothing_deleted_of_list() -> Self {
        let (list, nil) = (Vec::new(), true);
        Self::Array(Rc::new(Items { list, nil }))
    }

    /// The same for an object.
    pub(super) fn nothing_deleted_of_object() -> Self {
        let (members, nil) = (Vec::new(), true);
        Self::object(Object { members, nil })
    }

    /// Whether it is one of the two.
    pub(super) fn is_nil(&self) -> bool {
        match self {
            Self::Array(items) => items.nil,
            Self::Object(object) => object.nil,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }

    /// An integer that no array is too long for.
    pub(super) fn int(int: i64) -> Self {
        Self::Number(Number::Int(int))
    }

    /// A count of things in memory.
    pub(super) fn count(count: usize) -> Self {
        Self::int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A float.
    pub(super) fn float(float: f64) -> Self {
        Self::Number(Number::Float(float))
    }

    /// The text, if it is text.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The truth value, if it is one; see [`Self::is_truthy`] for conditions.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(bool) => Some(*bool),
            Self::Null | Self::Number(_) | Self::String(_) | Self::Array(_) | Self::Object(_) => {
                None
            }
        }
    }

    /// The items, if it is a list.
    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Object(_) => {
                None
            }
        }
    }

    /// The names and values, if it is an object.
    pub(crate) fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Array(_) => None,
        }
    }

    /// Whether it is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether a condition takes it for true: all but null and false.
    pub(super) fn is_truthy(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    /// The word that `type` gives.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}
