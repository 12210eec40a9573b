//! Finds the splices for one object's annotations, by the spans of its nodes.
//!
//! Not for whether they are right: every way of writing that is not known to be
//! safe is refused, and `verify` reads the result.

use std::ops::Range;

use super::{Annotations, Edit, Refusal, Splice, refuse};
use crate::manifest::json::quote;
use crate::manifest::parsed::{Parsed, TextEncoding};
use crate::manifest::scalar;
use crate::manifest::tree::{CollectionStyle, NodeId, NodeKind, ScalarStyle, Tree};

pub(super) struct Editor<'t> {
    text: &'t str,
    tree: &'t Tree,
    encoding: TextEncoding,
    has_aliases: bool,
    /// That of the document's first line.
    line_end: &'static str,
}

impl<'t> Editor<'t> {
    pub(super) fn new(document: &'t Parsed<'_>) -> Self {
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

    pub(super) fn edit(&self, (path, annotations): &Edit) -> Result<Vec<Splice>, Refusal> {
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
        if text == value && (is_text || scalar::is_plain_text(text)) {
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
