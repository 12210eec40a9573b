//! YAML that a Go program reads into a struct, seen as widely as that program
//! could see it.
//!
//! `sigs.k8s.io/yaml` turns YAML into JSON, and `encoding/json` matches the
//! names of fields without regard to case; so `Resources:` counts as
//! `resources:` in a kustomization, both may stand there at once, and either
//! may stand there twice. This is for looking at files before Helm or kustomize
//! do; manifests are read by `manifest`. Invariant: nothing that a text says is
//! lost here, and what can't be read for certain is refused.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::DuplicateKeyPolicy;

/// One value, with all that could matter about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// A mapping, with keys as often as they were written.
    Object(Vec<(String, Self)>),
    /// A number, a boolean, or nothing.
    Other,
}

impl Node {
    /// The elements of a list; none for anything else.
    pub(super) fn elements(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            Self::Text(_) | Self::Object(_) | Self::Other => &[],
        }
    }

    /// The entries of a mapping; none for anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Object(entries) => entries,
            Self::Text(_) | Self::List(_) | Self::Other => &[],
        }
    }

    /// A text; `None` for anything else.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Object(_) | Self::Other => None,
        }
    }

    /// The texts of a value: itself, or those of its list.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let listed = self.elements().iter().filter_map(Self::as_text);
        self.as_text().into_iter().chain(listed)
    }

    /// The values of a field, under whatever case its name is written.
    pub(super) fn fields(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.entries()
            .iter()
            .filter(move |(key, _)| folded(key) == name)
            .map(|(_, value)| value)
    }

    /// The last text of a field, which is the one that counts in Go; empty
    /// where there is none.
    pub(super) fn field_text(&self, name: &str) -> &str {
        self.fields(name)
            .filter_map(Self::as_text)
            .last()
            .unwrap_or_default()
    }
}

/// Reads all documents of a text. The reason of an error is one line and holds
/// no text of the document.
pub(super) fn documents(text: &[u8]) -> Result<Vec<Node>, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is not UTF-8".to_owned())?;
    // Go decodes these to text, so that they could hide an address.
    if ["!!binary", "2002:binary", "%TAG"]
        .iter()
        .any(|tag| text.contains(tag))
    {
        return Err("it has a binary value or a `%TAG` directive".to_owned());
    }
    // The parser recurses, and in a debug build some hundred levels fill the
    // 2 MiB stack of a thread. Real files have about ten.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 40,
            max_nodes: 250_000,
            max_aliases: 1_000,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        error
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    })
}

/// A field's name as `encoding/json` compares it: without case, and with the
/// two letters beyond ASCII that fold into it (`ſ` and the Kelvin sign).
pub(super) fn folded(name: &str) -> String {
    name.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

/// Builds a [`Node`] from whatever comes.
struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Node::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = mapping.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, documents, folded};

    #[test]
    fn a_field_is_found_under_any_case_and_as_often_as_it_stands_there() {
        let text = "Resources: [a]\nRE\u{17f}OURCES: [b]\nresource: [c]\n1: x\nresources: d\nresources: [e, 1]\n";
        let read = documents(text.as_bytes()).unwrap();
        let found: Vec<&str> = read[0].fields("resources").flat_map(Node::texts).collect();
        assert_eq!(found, ["a", "b", "d", "e"]);
        assert_eq!(read[0].field_text("resources"), "d");
        assert_eq!(folded("\u{212a}ind"), "kind");
    }

    #[test]
    fn merge_keys_and_several_documents_are_read() {
        let read = documents(b"a: &a {path: x}\nb:\n  <<: *a\n---\n- 1\n").unwrap();
        let path = || Node::Object(vec![("path".to_owned(), Node::Text("x".to_owned()))]);
        let first = Node::Object(vec![("a".to_owned(), path()), ("b".to_owned(), path())]);
        assert_eq!(read, [first, Node::List(vec![Node::Other])]);
    }

    #[test]
    fn what_is_not_certain_is_refused() {
        #[track_caller]
        fn check(text: &[u8]) {
            let reason = documents(text).unwrap_err();
            assert_eq!(reason.lines().count(), 1, "{reason}");
        }
        check(b"a: [\n");
        check(b"resources: [!!binary aHR0cHM6Ly9leGFtcGxlLmNvbQ==]\n");
        check(b"\xff\xfe");
        for depth in [39, 100, 10_000] {
            let nested = [b"[".repeat(depth), b"]".repeat(depth)].concat();
            assert_eq!(documents(&nested).is_ok(), depth < 40);
        }
    }
}
