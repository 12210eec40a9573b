//! Sets annotations in a document's text and leaves every other byte alone.
//!
//! Entries go to the *front* of a mapping: that needs no knowledge of what
//! stands behind the last one (comments, kept blank lines, no final newline).
//! Keys and values are written as JSON strings, so one way of writing serves
//! YAML and JSON. What can't be edited safely is refused with the reason, and
//! every edit is verified by reading the result again: it must hold what the
//! document held, plus the annotations.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value};

use super::json::quote;
use super::object::ObjectPath;
use super::parsed::{Parsed, TextEncoding};
use super::tree::{CollectionStyle, NodeId, NodeKind, ScalarStyle, Tree};

/// Annotations to set, by key.
pub type Annotations = BTreeMap<String, String>;

/// What replaces a range of a document's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// The bytes that go; empty for an insertion.
    pub range: Range<usize>,
    /// The text that comes.
    pub text: String,
}

/// Why a document is better left alone: a clause in lower case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(String);

fn refuse<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(reason.into()))
}

/// What to set on an object. It is given by its path: empty for the document
/// itself, else the index of an item of its list.
pub(crate) type Edit = (ObjectPath, Annotations);

/// Finds the splices, in ascending order, that set annotations on objects of a
/// document. An annotation that already has its value needs no splice.
///
/// # Errors
/// Where no safe edit exists; nothing is edited then, not even other objects.
pub fn annotate(document: &Parsed<'_>, edits: &[Edit]) -> Result<Vec<Splice>, Refusal> {
    match annotate_each(document, edits) {
        (splices, refused) if refused.is_empty() => Ok(splices),
        (_, refused) => {
            let first = refused.into_iter().min_by_key(|(index, _)| *index);
            first.map_or(Ok(Vec::new()), |(_, refusal)| Err(refusal))
        }
    }
}

/// As [`annotate`], but an object without a safe edit keeps no other from
/// being edited: its index comes back with the reason.
pub(crate) fn annotate_each(
    document: &Parsed<'_>,
    edits: &[Edit],
) -> (Vec<Splice>, Vec<(usize, Refusal)>) {
    let editor = Editor::new(document);
    let mut planned = Vec::new();
    let mut refused = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        match editor.edit(edit) {
            Ok(splices) => planned.push(Planned {
                index,
                edit,
                splices,
            }),
            Err(refusal) => refused.push((index, refusal)),
        }
    }
    let mut verifier = Verifier {
        document,
        readings_left: READINGS,
    };
    let (good, bad) = verifier.sort_out(planned);
    refused.extend(bad.iter().map(|planned| (planned.index, unusual())));
    (splices_of(&good), refused)
}

/// Applies splices in ascending order to a text.
pub fn apply(text: &str, splices: &[Splice]) -> String {
    let added: usize = splices.iter().map(|splice| splice.text.len()).sum();
    let mut result = String::with_capacity(text.len() + added);
    let mut at = 0;
    for Splice { range, text: new } in splices {
        result.push_str(&text[at..range.start]);
        result.push_str(new);
        at = range.end;
    }
    result.push_str(&text[at..]);
    result
}

/// Sets annotations on a value, as Kubernetes' accessor would.
fn set(object: &mut Value, annotations: &Annotations) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let slot = metadata
        .entry("annotations")
        .or_insert_with(|| Value::Object(Map::new()));
    if slot.is_null() {
        *slot = Value::Object(Map::new());
    }
    if let Some(slot) = slot.as_object_mut() {
        for (key, value) in annotations {
            slot.insert(key.clone(), Value::String(value.clone()));
        }
    }
}

/// The splices of one edit, not verified yet.
struct Planned<'e> {
    index: usize,
    edit: &'e Edit,
    splices: Vec<Splice>,
}

fn splices_of(planned: &[Planned<'_>]) -> Vec<Splice> {
    let splices = planned.iter().flat_map(|planned| planned.splices.clone());
    let mut splices: Vec<Splice> = splices.collect();
    splices.sort_by_key(|splice| splice.range.start);
    splices
}

fn unusual() -> Refusal {
    Refusal("its text is written in a way that no safe edit is known for".to_owned())
}

/// How often a document is read again to find the objects whose edits do not
/// hold; each costs as much as reading the document.
const READINGS: usize = 64;

struct Verifier<'d> {
    document: &'d Parsed<'d>,
    readings_left: usize,
}

impl Verifier<'_> {
    /// Tells edits that hold together from those that don't.
    fn sort_out<'e>(&mut self, planned: Vec<Planned<'e>>) -> (Vec<Planned<'e>>, Vec<Planned<'e>>) {
        if self.holds(&planned) {
            return (planned, Vec::new());
        }
        let (mut good, mut bad) = self.halve(planned);
        // Each half holds; that both do is not said yet.
        if !self.holds(&good) {
            bad.append(&mut good);
        }
        (good, bad)
    }

    fn halve<'e>(&mut self, mut planned: Vec<Planned<'e>>) -> (Vec<Planned<'e>>, Vec<Planned<'e>>) {
        if planned.len() < 2 || self.readings_left == 0 {
            return (Vec::new(), planned);
        }
        let right = planned.split_off(planned.len() / 2);
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for half in [planned, right] {
            if self.holds(&half) {
                good.extend(half);
            } else {
                let (more_good, more_bad) = self.halve(half);
                good.extend(more_good);
                bad.extend(more_bad);
            }
        }
        (good, bad)
    }

    /// Whether the edited text reads as the document with the annotations.
    fn holds(&mut self, planned: &[Planned<'_>]) -> bool {
        let splices = splices_of(planned);
        if splices.is_empty() {
            return true;
        }
        if self.readings_left == 0 {
            return false;
        }
        self.readings_left -= 1;
        let mut expected = self.document.value().clone();
        for Planned { edit, .. } in planned {
            let (path, annotations) = edit;
            match path.value_mut(&mut expected) {
                Some(value) => set(value, annotations),
                None => return false,
            }
        }
        let edited = apply(self.document.text(), &splices);
        let notation = self.document.tree().notation;
        Parsed::read(edited.as_bytes(), notation).is_ok_and(|read| *read.value() == expected)
    }
}

struct Editor<'t> {
    text: &'t str,
    tree: &'t Tree,
    encoding: TextEncoding,
    has_aliases: bool,
    /// That of the document's first line.
    line_end: &'static str,
}

impl<'t> Editor<'t> {
    fn new(document: &'t Parsed<'_>) -> Self {
        let text = document.text();
        let line_end = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            Some(_) | None => "\n",
        };
        Self {
            text,
            tree: document.tree(),
            encoding: document.encoding(),
            has_aliases: document.tree().has_aliases(),
            line_end,
        }
    }

    fn edit(&self, (path, annotations): &Edit) -> Result<Vec<Splice>, Refusal> {
        if self.encoding == TextEncoding::BrokenComment {
            return refuse("it holds bytes that are no UTF-8");
        }
        let Some(node) = path.node(self.tree) else {
            return refuse("it stands behind an alias or a duplicate key");
        };
        let mut splices = Vec::new();
        self.object(node, annotations, &mut splices)?;
        Ok(splices)
    }

    fn object(
        &self,
        object: NodeId,
        annotations: &Annotations,
        splices: &mut Vec<Splice>,
    ) -> Result<(), Refusal> {
        if annotations.is_empty() {
            return Ok(());
        }
        self.check_not_shared(object)?;
        let metadata = self.own_mapping(object, "metadata")?;
        if self.tree.has_merge_key(object) || self.tree.has_merge_key(metadata) {
            return refuse("a merge key brings part of its metadata");
        }
        match self.tree.count(metadata, "annotations") {
            0 => self.new_annotations(metadata, annotations, splices),
            1 => self.in_annotations(metadata, annotations, splices),
            _ => refuse("it has `metadata.annotations` twice"),
        }
    }

    /// The mapping under a key that must be there once and be the object's own.
    fn own_mapping(&self, object: NodeId, key: &str) -> Result<NodeId, Refusal> {
        match self.tree.count(object, key) {
            0 => return refuse(format!("it has no `{key}`")),
            1 => {}
            _ => return refuse(format!("it has `{key}` twice")),
        }
        let Some(value) = self.tree.get(object, key) else {
            return refuse(format!("it has no `{key}`"));
        };
        match self.tree.node(value).kind {
            NodeKind::Mapping { .. } => {}
            NodeKind::Alias { .. } => return refuse(format!("its `{key}` is an alias")),
            NodeKind::Scalar { .. } | NodeKind::Sequence { .. } => {
                return refuse(format!("its `{key}` is no mapping"));
            }
        }
        self.check_not_shared(value)?;
        Ok(value)
    }

    /// An anchored node may stand elsewhere too, where nothing must change.
    fn check_not_shared(&self, node: NodeId) -> Result<(), Refusal> {
        if self.tree.node(node).anchor.is_some() && self.has_aliases {
            return refuse("an anchor shares it with another place");
        }
        Ok(())
    }

    fn new_annotations(
        &self,
        metadata: NodeId,
        annotations: &Annotations,
        splices: &mut Vec<Splice>,
    ) -> Result<(), Refusal> {
        let flow = flow_mapping(annotations);
        let text = match self.style(metadata) {
            CollectionStyle::Flow => format!("\"annotations\": {flow}"),
            CollectionStyle::Block => {
                let column = self.column(self.tree.node(metadata).span.start)?;
                let line_end = self.line_end;
                let indent = " ".repeat(column + 2);
                let mut text = "annotations:".to_owned();
                for (key, value) in annotations {
                    text.push_str(&format!(
                        "{line_end}{indent}{}: {}",
                        quote(key),
                        quote(value)
                    ));
                }
                text
            }
        };
        splices.push(self.at_front(metadata, &text)?);
        Ok(())
    }

    fn in_annotations(
        &self,
        metadata: NodeId,
        annotations: &Annotations,
        splices: &mut Vec<Splice>,
    ) -> Result<(), Refusal> {
        let Some((key, value)) = self.tree.entry(metadata, "annotations") else {
            return refuse("it has no `metadata.annotations`");
        };
        let node = self.tree.node(value);
        match &node.kind {
            NodeKind::Mapping { .. } => {
                self.check_not_shared(value)?;
                self.in_mapping(value, annotations, splices)
            }
            NodeKind::Alias { .. } => {
                let alias = &self.text[node.span.clone()];
                let flow = flow_mapping(annotations);
                splices.push(Splice {
                    range: node.span.clone(),
                    text: format!("{{<<: {alias} , {}", &flow[1..]),
                });
                Ok(())
            }
            NodeKind::Scalar { .. } => {
                if node.anchor.is_some() || node.tag.is_some() {
                    return refuse("its `metadata.annotations` is no mapping");
                }
                let flow = flow_mapping(annotations);
                let (range, text) = if node.span.is_empty() {
                    let colon = self.colon_behind(key)?;
                    (colon + 1..colon + 1, format!(" {flow}"))
                } else {
                    (node.span.clone(), flow)
                };
                splices.push(Splice { range, text });
                Ok(())
            }
            NodeKind::Sequence { .. } => refuse("its `metadata.annotations` is no mapping"),
        }
    }

    fn in_mapping(
        &self,
        mapping: NodeId,
        annotations: &Annotations,
        splices: &mut Vec<Splice>,
    ) -> Result<(), Refusal> {
        let mut new = Vec::new();
        for (key, value) in annotations {
            match self.tree.count(mapping, key) {
                0 => new.push(format!("{}: {}", quote(key), quote(value))),
                1 => splices.extend(self.replacement(mapping, key, value)?),
                _ => return refuse(format!("it has the annotation `{key}` twice")),
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let separator = match self.style(mapping) {
            CollectionStyle::Flow => ", ".to_owned(),
            CollectionStyle::Block => {
                let column = self.column(self.tree.node(mapping).span.start)?;
                format!("{}{}", self.line_end, " ".repeat(column))
            }
        };
        let text = new.join(&separator);
        splices.push(match self.last_merge(mapping) {
            // goyaml lets a later merge win, so ours come behind the last one.
            Some(merged) => {
                let end = self.tree.node(merged).span.end;
                Splice {
                    range: end..end,
                    text: format!("{separator}{text}"),
                }
            }
            None => self.at_front(mapping, &text)?,
        });
        Ok(())
    }

    /// The value of the last merge key of a mapping.
    fn last_merge(&self, mapping: NodeId) -> Option<NodeId> {
        let entries = self.tree.entries(mapping)?;
        let mut merges = entries.iter().rev();
        merges
            .find(|(key, _)| self.tree.is_merge_key(*key))
            .map(|(_, value)| *value)
    }

    fn replacement(
        &self,
        mapping: NodeId,
        key: &str,
        value: &str,
    ) -> Result<Option<Splice>, Refusal> {
        let Some((key_node, old)) = self.tree.entry(mapping, key) else {
            return refuse(format!("it has no annotation `{key}`"));
        };
        let node = self.tree.node(old);
        let NodeKind::Scalar { text, style } = &node.kind else {
            return refuse(format!("its annotation `{key}` is no text"));
        };
        let is_text = *style != ScalarStyle::Plain || node.tag.is_some();
        if text == value && (is_text || super::scalar::is_plain_text(text)) {
            return Ok(None);
        }
        if node.anchor.is_some() {
            return refuse(format!("its annotation `{key}` has an anchor"));
        }
        if node.span.is_empty() && *style == ScalarStyle::Plain {
            let colon = self.colon_behind(key_node)?;
            return Ok(Some(Splice {
                range: colon + 1..colon + 1,
                text: format!(" {}", quote(value)),
            }));
        }
        let range = match style {
            ScalarStyle::Block => self.block_scalar(key_node, &node.span)?,
            ScalarStyle::Plain | ScalarStyle::Quoted | ScalarStyle::Literal => node.span.clone(),
        };
        let start = node.tag_span.as_ref().map_or(range.start, |tag| tag.start);
        Ok(Some(Splice {
            range: start.min(range.start)..range.end,
            text: quote(value),
        }))
    }

    /// A block scalar from its `|` or `>` to its last line of content, without
    /// that line's end.
    fn block_scalar(&self, key: NodeId, content: &Range<usize>) -> Result<Range<usize>, Refusal> {
        let colon = self.colon_behind(key)?;
        let header = self.text[colon..content.start]
            .find(['|', '>'])
            .map(|at| colon + at);
        let Some(header) = header else {
            return refuse("its old annotation is written unusually");
        };
        let end = content.start + self.text[content.clone()].trim_end().len();
        Ok(header..end.max(header + 1))
    }

    /// The byte of the `:` that ends a key.
    fn colon_behind(&self, key: NodeId) -> Result<usize, Refusal> {
        let end = self.tree.node(key).span.end;
        let behind = &self.text[end..];
        let colon = behind.len() - behind.trim_start_matches([' ', '\t']).len();
        if behind[colon..].starts_with(':') {
            Ok(end + colon)
        } else {
            refuse("its annotations are written unusually")
        }
    }

    /// Entries in front of a mapping's first.
    fn at_front(&self, mapping: NodeId, text: &str) -> Result<Splice, Refusal> {
        let node = self.tree.node(mapping);
        let start = node.span.start;
        match self.style(mapping) {
            CollectionStyle::Flow => {
                let empty = self.tree.entries(mapping).is_none_or(<[_]>::is_empty);
                let separator = if empty { "" } else { ", " };
                Ok(Splice {
                    range: start + 1..start + 1,
                    text: format!("{text}{separator}"),
                })
            }
            CollectionStyle::Block => {
                let indent = " ".repeat(self.column(start)?);
                Ok(Splice {
                    range: start..start,
                    text: format!("{text}{}{indent}", self.line_end),
                })
            }
        }
    }

    fn style(&self, mapping: NodeId) -> CollectionStyle {
        match &self.tree.node(mapping).kind {
            NodeKind::Mapping { style, .. } => *style,
            NodeKind::Scalar { .. } | NodeKind::Sequence { .. } | NodeKind::Alias { .. } => {
                CollectionStyle::Block
            }
        }
    }

    /// The column of a byte, in characters; a byte order mark has no width.
    fn column(&self, offset: usize) -> Result<usize, Refusal> {
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let before = self.text[start..offset].trim_start_matches('\u{feff}');
        if before.contains('\t') {
            return refuse("it is indented with tabs");
        }
        Ok(before.chars().count())
    }
}

fn flow_mapping(annotations: &Annotations) -> String {
    let pairs: Vec<String> = annotations
        .iter()
        .map(|(key, value)| format!("{}: {}", quote(key), quote(value)))
        .collect();
    format!("{{{}}}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{Annotations, annotate, apply};
    use crate::manifest::{Notation, ObjectPath, Parsed};

    fn edit(text: &str, path: ObjectPath, pairs: &[(&str, &str)]) -> Result<String, String> {
        let annotations: Annotations = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let document = Parsed::read(text.as_bytes(), Notation::Yaml).unwrap();
        annotate(&document, &[(path, annotations)])
            .map(|splices| apply(text, &splices))
            .map_err(|refusal| refusal.to_string())
    }

    #[track_caller]
    fn check(text: &str, pairs: &[(&str, &str)], expected: Result<&str, &str>) {
        let actual = edit(text, ObjectPath::Document, pairs);
        assert_eq!(actual.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn new_annotations_stand_in_front() {
        check(
            "metadata:\n  name: x # kept\n",
            &[("a", "1"), ("b", "2")],
            Ok("metadata:\n  annotations:\n    \"a\": \"1\"\n    \"b\": \"2\"\n  name: x # kept\n"),
        );
        check(
            "metadata: {name: x}",
            &[("a", "1"), ("b", "2")],
            Ok("metadata: {\"annotations\": {\"a\": \"1\", \"b\": \"2\"}, name: x}"),
        );
    }

    #[test]
    fn a_value_that_is_there_needs_no_edit() {
        let text = "metadata:\n  annotations:\n    a: x\n    b: '1'\n";
        check(text, &[("a", "x"), ("b", "1")], Ok(text));
    }

    #[test]
    fn only_the_old_value_goes() {
        check(
            "metadata:\n  annotations:\n    a: |+ # c\n      old\n\n\n    b: 1\n",
            &[("a", "new")],
            Ok("metadata:\n  annotations:\n    a: \"new\"\n\n\n    b: 1\n"),
        );
        check(
            "metadata:\n  annotations:\n    a: !!str 1 # c\n    b:\n",
            &[("a", "1"), ("b", "2")],
            Ok("metadata:\n  annotations:\n    a: !!str 1 # c\n    b: \"2\"\n"),
        );
        check(
            "metadata:\n  annotations:\n    a: 1\n",
            &[("a", "1")],
            Ok("metadata:\n  annotations:\n    a: \"1\"\n"),
        );
    }

    #[test]
    fn an_item_of_a_list_is_edited_where_it_stands() {
        let text = "kind: List\nitems:\n- metadata:\n    name: a\n- metadata:\n    name: b\n";
        assert_eq!(
            edit(text, ObjectPath::Item(1), &[("k", "v")]),
            Ok("kind: List\nitems:\n- metadata:\n    name: a\n- metadata:\n    annotations:\n      \"k\": \"v\"\n    name: b\n".to_owned())
        );
    }

    #[test]
    fn what_is_not_safe_is_refused_with_the_reason() {
        check(
            "metadata: {annotations: {a: b}, annotations: {c: d}}",
            &[("k", "v")],
            Err("it has `metadata.annotations` twice"),
        );
        check("kind: Entity\n", &[("k", "v")], Err("it has no `metadata`"));
        check(
            "a: &m {name: x}\nmetadata: *m\n",
            &[("k", "v")],
            Err("its `metadata` is an alias"),
        );
        check(
            "metadata: &m {name: x}\na: *m\n",
            &[("k", "v")],
            Err("an anchor shares it with another place"),
        );
    }
}
