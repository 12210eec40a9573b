//! JSON as it was written: maps that still show a key that stands twice.
//!
//! `serde_json::Value` keeps the last of two equal keys without a word. What a
//! person reads in a fragment and what a program does with it must not differ,
//! so a fragment is read through this tree instead. It keeps no more than a
//! fragment can hold: strings, whole numbers, lists, maps.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::FragmentError;

/// The most characters of an unknown key that a message repeats.
const SHOWN: usize = 40;

/// How alike two keys must be (Jaro-Winkler, 0 to 1) for one to be proposed.
const ALIKE: f64 = 0.8;

/// One JSON value.
pub(super) enum Tree {
    Text(String),
    Integer(u64),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
    /// What no fragment holds: null, booleans, other numbers.
    Other,
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Integer(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = access.next_element()? {
            list.push(element);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(field) = access.next_entry()? {
            map.push(field);
        }
        Ok(Tree::Map(map))
    }
}

/// The fields of a map with the path by which messages name it. No key stands
/// twice.
pub(super) struct Fields {
    path: String,
    fields: Vec<(String, Tree)>,
}

impl Fields {
    /// The fields of a map at `path`, which is empty for the top level.
    pub(super) fn of(tree: Tree, path: &str) -> Result<Self, FragmentError> {
        let fields = match tree {
            Tree::Map(fields) => fields,
            Tree::Text(_) | Tree::Integer(_) | Tree::List(_) | Tree::Other => {
                return Err(problem(path, "must be a map".to_owned()));
            }
        };
        let mut seen = BTreeSet::new();
        if let Some((key, _)) = fields.iter().find(|(key, _)| !seen.insert(key)) {
            return Err(problem(path, format!("has the key {} twice", shown(key))));
        }
        Ok(Self {
            path: path.to_owned(),
            fields,
        })
    }

    /// The same fields if all their keys are among `known`.
    pub(super) fn only(self, known: &[&str]) -> Result<Self, FragmentError> {
        let unknown = self
            .fields
            .iter()
            .find(|(key, _)| !known.contains(&key.as_str()));
        match unknown {
            None => Ok(self),
            Some((key, _)) => Err(problem(
                &self.path,
                format!(
                    "has the unknown key {}: {}",
                    shown(key),
                    proposal(key, known)
                ),
            )),
        }
    }

    /// The value of a field.
    pub(super) fn get(&self, key: &str) -> Option<&Tree> {
        self.fields
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, tree)| tree)
    }

    /// Takes a field out, with its path.
    pub(super) fn take(&mut self, key: &str) -> Option<(String, Tree)> {
        let index = self.fields.iter().position(|(name, _)| name == key)?;
        let (_, tree) = self.fields.swap_remove(index);
        Some((self.path_of(key), tree))
    }

    /// Takes a field out, with its path; it must be there.
    pub(super) fn require(&mut self, key: &str) -> Result<(String, Tree), FragmentError> {
        self.take(key)
            .ok_or_else(|| problem(&self.path_of(key), "is missing".to_owned()))
    }

    fn path_of(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }
}

fn problem(path: &str, problem: String) -> FragmentError {
    let path = if path.is_empty() { "top level" } else { path };
    FragmentError::Form {
        path: path.to_owned(),
        problem,
    }
}

/// A stranger's key, safe to print on a terminal and not longer than a line.
fn shown(key: &str) -> String {
    let short: String = key.chars().take(SHOWN).collect();
    format!("{short:?}")
}

fn proposal(key: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|known| (strsim::jaro_winkler(key, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(first, _), (second, _)| first.total_cmp(second));
    match nearest {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => {
            let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
            format!("its keys are {}", known.join(", "))
        }
    }
}
