//! YAML by granit's parser, held to what Go's reader (goyaml v2) accepts.
//!
//! The only file that names the YAML crate. granit reads YAML 1.2, goyaml
//! YAML 1.1 as libyaml does; where they are known to differ, the text is
//! either refused as Go refuses it ([`ParseErrorKind::Rejected`]) or called
//! unreadable ([`ParseErrorKind::Unsupported`]), never read in granit's way.
//! Only a document's first root counts: goyaml never looks behind it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{
    ErrorKind, Event, Parser, ScalarStyle as Style, Span, StructureStyle, Tag, options,
};

use super::simple_key;
use super::tree::{CollectionStyle, Node, NodeId, NodeKind, Notation, ScalarStyle, Tree};

/// The deepest nesting that is read; goyaml's own limit is 10,000.
const DEPTH_LIMIT: usize = 250;

/// Why a document has no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The byte of the document at which it shows.
    pub offset: usize,
    /// Whose failure it is.
    pub kind: ParseErrorKind,
    /// What is wrong: a clause in lower case.
    pub message: String,
}

/// Whose failure a [`ParseError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Go's reader refuses the text too.
    Rejected,
    /// Go may well read it; this program can't do so reliably.
    Unsupported,
}

impl ParseError {
    pub(super) fn rejected(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            kind: ParseErrorKind::Rejected,
            message: message.into(),
        }
    }

    pub(super) fn unsupported(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            kind: ParseErrorKind::Unsupported,
            message: message.into(),
        }
    }
}

/// Parses the first document of a text.
///
/// # Errors
/// Where Go would refuse the text, and where granit reads otherwise than Go.
pub(super) fn parse(text: &str) -> Result<Tree, ParseError> {
    check_characters(text)?;
    if text.trim_start().starts_with("...") {
        return Err(ParseError::rejected(
            0,
            "`...` where a document is expected",
        ));
    }
    // Go's line reader ends the last line too, which shows in block scalars.
    let ended = match text.ends_with('\n') {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("{text}\n")),
    };
    let options = options! {
        emit_comments: false,
        emit_anchor_events: true,
        flow_nesting_limit: DEPTH_LIMIT,
        block_nesting_limit: DEPTH_LIMIT,
    };
    let mut builder = Builder::new(&ended);
    for event in Parser::new_from_str_with_options(&ended, options) {
        let (event, span) = event.map_err(|error| {
            let offset = error.marker().byte_offset().unwrap_or(0).min(text.len());
            ParseError {
                offset,
                kind: builder.whose(error.kind()),
                message: match error.kind() {
                    ErrorKind::RecursionLimitExceeded => {
                        format!("more than {DEPTH_LIMIT} levels of nesting")
                    }
                    _ => error.info(),
                },
            }
        })?;
        if builder.take(event, &span)? {
            break;
        }
    }
    check_tabs(&ended, &builder.tree)?;
    simple_key::check(&ended, &builder.tree)?;
    let mut tree = builder.tree;
    for node in &mut tree.nodes {
        node.span.end = node.span.end.min(text.len());
        node.span.start = node.span.start.min(node.span.end);
    }
    Ok(tree)
}

/// The character set of goyaml's reader (`readerc.go`), and the line breaks
/// that granit does not take for such.
fn check_characters(text: &str) -> Result<(), ParseError> {
    for (offset, character) in text.char_indices() {
        match character {
            '\t' | '\n' | ' '..='~' => {}
            '\r' if text[offset + 1..].starts_with('\n') => {}
            '\r' => {
                return Err(ParseError::unsupported(
                    offset,
                    "a carriage return without a line feed",
                ));
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' => {
                return Err(ParseError::unsupported(
                    offset,
                    format!("the line break U+{:04X}", u32::from(character)),
                ));
            }
            '\u{feff}' if offset > 0 => {
                return Err(ParseError::unsupported(
                    offset,
                    "a byte order mark inside the document",
                ));
            }
            '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {}
            _ => {
                return Err(ParseError::rejected(
                    offset,
                    format!("the control character U+{:04X}", u32::from(character)),
                ));
            }
        }
    }
    Ok(())
}

/// Which of granit's errors Go's parser has too. Held against the real reader
/// on mutated documents; the others are mostly Go's too, but not always.
fn whose(error: &ErrorKind) -> ParseErrorKind {
    match error {
        ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::InvalidBlockScalarHeader
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::MappingKeyNotAllowed
        | ErrorKind::MappingValueNotAllowed
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::MissingAnchorOrAliasName
        | ErrorKind::MissingDirectiveName
        | ErrorKind::MissingYamlVersion
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnclosedQuotedScalar
        | ErrorKind::UnexpectedCharacter { .. }
        | ErrorKind::UnexpectedEofBlockMapping
        | ErrorKind::UnexpectedEofBlockSequence
        | ErrorKind::UnknownAnchor => ParseErrorKind::Rejected,
        _ => ParseErrorKind::Unsupported,
    }
}

fn is_flow(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Mapping { style, .. } | NodeKind::Sequence { style, .. } => {
            *style == CollectionStyle::Flow
        }
        NodeKind::Scalar { .. } | NodeKind::Alias { .. } => false,
    }
}

fn collection_style(style: StructureStyle) -> CollectionStyle {
    match style {
        StructureStyle::Block => CollectionStyle::Block,
        StructureStyle::Flow => CollectionStyle::Flow,
    }
}

/// goyaml takes no tab before the first token of a line, unless the line goes
/// on with a scalar or stands in brackets.
fn check_tabs(text: &str, tree: &Tree) -> Result<(), ParseError> {
    if !text.contains('\t') {
        return Ok(());
    }
    let mut open: Vec<&Range<usize>> = tree
        .nodes
        .iter()
        .filter(|node| match &node.kind {
            NodeKind::Scalar { .. } => true,
            NodeKind::Mapping { style, .. } | NodeKind::Sequence { style, .. } => {
                *style == CollectionStyle::Flow
            }
            NodeKind::Alias { .. } => false,
        })
        .map(|node| &node.span)
        .collect();
    open.sort_by_key(|span| span.start);
    let mut open = open.into_iter().peekable();
    let mut covered_to = 0;
    // Behind a root in brackets goyaml reads nothing more.
    let end = match tree.root.map(|root| tree.node(root)) {
        Some(Node {
            kind: NodeKind::Mapping { style, .. } | NodeKind::Sequence { style, .. },
            span,
            ..
        }) if *style == CollectionStyle::Flow => span.end,
        Some(_) | None => text.len(),
    };
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        // Nor behind the mark that ends the document.
        if line.trim_end() == "..." {
            break;
        }
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        let tab = line[..blank].find('\t').map(|at| offset + at);
        offset += line.len();
        let Some(tab) = tab.filter(|tab| *tab < end) else {
            continue;
        };
        while let Some(span) = open.next_if(|span| span.start < tab) {
            covered_to = covered_to.max(span.end);
        }
        if covered_to <= tab {
            return Err(ParseError::rejected(tab, "a tab where a token is expected"));
        }
    }
    Ok(())
}

struct Builder<'t> {
    text: &'t str,
    tree: Tree,
    anchors: HashMap<usize, NodeId>,
    open: Vec<Open>,
}

/// A collection whose end has not come yet.
struct Open {
    id: NodeId,
    children: Vec<NodeId>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            tree: Tree {
                nodes: Vec::new(),
                root: None,
                notation: Notation::Yaml,
            },
            anchors: HashMap::new(),
            open: Vec::new(),
        }
    }

    /// Takes one event; true at the end of the first document.
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<bool, ParseError> {
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.check_scalar(&range, style)?;
                if style == Style::Plain && self.in_flow() && text.starts_with('?') {
                    return Err(ParseError::unsupported(range.start, "a `?` in brackets"));
                }
                let style = match style {
                    Style::Plain => ScalarStyle::Plain,
                    Style::SingleQuoted | Style::DoubleQuoted => ScalarStyle::Quoted,
                    Style::Literal | Style::Folded => ScalarStyle::Block,
                };
                // granit reports an absent scalar as `~` of no width.
                let text = if range.is_empty() && style == ScalarStyle::Plain {
                    String::new()
                } else {
                    text.into_owned()
                };
                let kind = NodeKind::Scalar { text, style };
                let id = self.node(kind, range, tag.as_deref(), span);
                self.anchor(anchor, id);
                self.attach(id);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let style = collection_style(style);
                let items = Vec::new();
                let range = match style {
                    CollectionStyle::Block => self.first_dash(range.start)..range.end,
                    CollectionStyle::Flow => range,
                };
                let kind = NodeKind::Sequence { items, style };
                self.open(kind, range, anchor, tag.as_deref(), span);
            }
            Event::MappingStart(style, anchor, tag) => {
                let style = collection_style(style);
                let entries = Vec::new();
                let kind = NodeKind::Mapping { entries, style };
                self.open(kind, range, anchor, tag.as_deref(), span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&range),
            Event::Alias(anchor) => {
                let Some(target) = self.anchors.get(&anchor).copied() else {
                    return Err(ParseError::unsupported(range.start, "an unknown alias"));
                };
                let id = self.node(NodeKind::Alias { target }, range, None, span);
                self.attach(id);
            }
            Event::Anchor(anchor, _) => {
                if let Some(id) = self.anchors.get(&anchor) {
                    self.tree.nodes[id.0].anchor = Some(range);
                }
            }
            Event::DocumentEnd => return Ok(true),
            _ => {}
        }
        Ok(false)
    }

    fn node(
        &mut self,
        kind: NodeKind,
        span: Range<usize>,
        tag: Option<&Tag>,
        source: &Span,
    ) -> NodeId {
        self.tree.push(Node {
            kind,
            span,
            tag: tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix())),
            tag_span: source.tag_span().and_then(|span| span.byte_range()),
            anchor: None,
        })
    }

    fn open(
        &mut self,
        kind: NodeKind,
        span: Range<usize>,
        anchor: usize,
        tag: Option<&Tag>,
        source: &Span,
    ) {
        let id = self.node(kind, span, tag, source);
        self.anchor(anchor, id);
        self.open.push(Open {
            id,
            children: Vec::new(),
        });
    }

    fn close(&mut self, end: &Range<usize>) {
        let Some(Open { id, children }) = self.open.pop() else {
            return;
        };
        let node = &mut self.tree.nodes[id.0];
        node.span.end = end.end.max(node.span.start);
        match &mut node.kind {
            NodeKind::Mapping { entries, .. } => {
                *entries = children
                    .chunks_exact(2)
                    .map(|pair| (pair[0], pair[1]))
                    .collect();
            }
            NodeKind::Sequence { items, .. } => *items = children,
            NodeKind::Scalar { .. } | NodeKind::Alias { .. } => {}
        }
        self.attach(id);
    }

    /// Whose an error of granit's is, where it stands. Behind a root in brackets
    /// Go does not look, and in brackets it takes tabs for blanks.
    fn whose(&self, error: &ErrorKind) -> ParseErrorKind {
        let behind_root = self.open.is_empty()
            && self
                .tree
                .root
                .is_some_and(|root| is_flow(&self.tree.node(root).kind));
        let tab_in_brackets = matches!(error, ErrorKind::TabInBlockIndentation) && self.in_flow();
        match behind_root || tab_in_brackets {
            true => ParseErrorKind::Unsupported,
            false => whose(error),
        }
    }

    /// The first `-` of a block sequence. granit lets one that is indented no
    /// deeper than its key start behind it, at the first element.
    fn first_dash(&self, start: usize) -> usize {
        let Some(parent) = self.open.last() else {
            return start;
        };
        let line_start = |at: usize| self.text[..at].rfind('\n').map_or(0, |at| at + 1);
        let key = self.tree.node(parent.id).span.start;
        let column = key - line_start(key);
        let mut end = start;
        loop {
            let line = line_start(end);
            let before = &self.text[line..end];
            let indent = before.len() - before.trim_start_matches(' ').len();
            match before[indent..].bytes().next() {
                Some(b'-') if indent == column => return line + indent,
                None | Some(b'#' | b'\r') if line > 0 => end = line - 1,
                Some(_) | None => return start,
            }
        }
    }

    /// Whether the innermost open collection is in brackets.
    fn in_flow(&self) -> bool {
        let innermost = self.open.last();
        innermost.is_some_and(|open| is_flow(&self.tree.node(open.id).kind))
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn attach(&mut self, id: NodeId) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(id),
            None => self.tree.root = Some(id),
        }
    }

    fn check_scalar(&self, span: &Range<usize>, style: Style) -> Result<(), ParseError> {
        match style {
            Style::DoubleQuoted => self.check_escapes(span),
            Style::Literal | Style::Folded => self.check_block_indentation(span),
            Style::Plain => self.check_colon(span),
            Style::SingleQuoted => Ok(()),
        }
    }

    /// To goyaml `{a:}` holds the key `a:`, to granit the key `a`.
    fn check_colon(&self, span: &Range<usize>) -> Result<(), ParseError> {
        let mut behind = self.text[span.end..].bytes();
        let glued = behind.next() == Some(b':')
            && matches!(behind.next(), Some(b',' | b'[' | b']' | b'{' | b'}'));
        if glued {
            return Err(ParseError::unsupported(
                span.end,
                "a `:` with a bracket or comma right behind it",
            ));
        }
        Ok(())
    }

    /// goyaml knows no `\/` and no surrogate escapes (`scannerc.go`).
    fn check_escapes(&self, span: &Range<usize>) -> Result<(), ParseError> {
        let text = &self.text[span.clone()];
        let mut characters = text.char_indices();
        while let Some((at, character)) = characters.next() {
            if character != '\\' {
                continue;
            }
            let offset = span.start + at;
            match characters.next().map(|(_, escaped)| escaped) {
                Some('/') => {
                    return Err(ParseError::rejected(offset, "the unknown escape `\\/`"));
                }
                Some('u') => {
                    let code = text
                        .get(at + 2..at + 6)
                        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
                    if code.is_some_and(|code| (0xd800..0xe000).contains(&code)) {
                        return Err(ParseError::rejected(offset, "a surrogate escape"));
                    }
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// libyaml refuses a tab where a block scalar's indentation is expected
    /// (`yaml_parser_scan_block_scalar_breaks`): before the first line of
    /// content at any column, after that left of the scalar's own indentation.
    fn check_block_indentation(&self, span: &Range<usize>) -> Result<(), ParseError> {
        let line_start = self.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let indentation = span.start - line_start;
        let header = self.text[..line_start]
            .trim_end()
            .rfind(['|', '>'])
            .unwrap_or(line_start);
        let explicit = self.text[header..]
            .lines()
            .next()
            .is_some_and(|line| line.chars().take(3).any(|found| found.is_ascii_digit()));
        let mut offset = self.text[header..]
            .find('\n')
            .map_or(span.end, |at| header + at + 1);
        let mut detecting = !explicit;
        while offset < span.end {
            let line = self.text[offset..span.end].split('\n').next().unwrap_or("");
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let limit = if detecting { usize::MAX } else { indentation };
            if line[spaces..].starts_with('\t') && spaces < limit {
                return Err(ParseError::rejected(
                    offset + spaces,
                    "a tab where indentation is expected",
                ));
            }
            if detecting && !line[spaces..].trim_end_matches('\r').is_empty() {
                detecting = false;
            }
            offset += line.len() + 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::manifest::tree::NodeKind;

    /// Checks the text from the start of the first sequence on.
    #[track_caller]
    fn check_sequence(text: &str, expected: &str) {
        let tree = parse(text).unwrap();
        let mut nodes = tree.nodes.iter();
        let sequence = nodes
            .find(|node| matches!(node.kind, NodeKind::Sequence { .. }))
            .unwrap();
        assert_eq!(&text[sequence.span.start..], expected);
    }

    #[test]
    fn a_block_sequence_starts_at_its_first_dash() {
        check_sequence("a:\n- b: 1\n", "- b: 1\n");
        check_sequence("a:\n  - b\n", "- b\n");
        check_sequence("a:\n- - b\n", "- - b\n");
        check_sequence("a: # c\n# d\n- # e\n  b: 1\n", "- # e\n  b: 1\n");
        check_sequence("a:\n-\n- b\n", "-\n- b\n");
        check_sequence("- b\n", "- b\n");
        check_sequence("? a\n: - b\n", "- b\n");
    }

    #[test]
    fn tabs_are_refused_where_a_token_is_expected_and_nowhere_else() {
        let refused = |text: &str| parse(text).is_err();
        assert!(refused("a: b\n\tc: d\n"));
        assert!(refused("a: b\n\t# c\n"));
        assert!(!refused("{\n\ta: b}\n"));
        assert!(!refused("a: [x,\n\ty]\nb: |\n  x\n  \ty\n"));
        assert!(!refused("{a: b}{\n\tc: d}\n"));
    }
}
