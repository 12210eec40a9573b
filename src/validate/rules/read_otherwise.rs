//! `argocd-reading`, `kustomize-reading`: text that the next reader takes for
//! something else than kubectl does.
//!
//! Argo CD's plugin route reads twice, JSON text as YAML the second time: what
//! the first reading leaves raw, the second may fold or refuse (measured,
//! Argo CD 3.6). kustomize reads with goyaml v3: words as text, dates as times.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, NodeId, NodeKind, Object, ObjectPath, ScalarStyle, TextEncoding};
use crate::validate::{Context, Reader};

const ARGOCD: &str = "argocd-reading";
const KUSTOMIZE: &str = "kustomize-reading";
/// YAML 1.1's booleans beyond `true` and `false`.
const WORDS: [&str; 16] = [
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
    "OFF",
];

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    match context.reader {
        Reader::ArgoCd => argocd(object),
        Reader::Kustomize => kustomize(object),
        Reader::Plain => Vec::new(),
    }
}

fn argocd(object: &Object<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |severity, message: &str, field: FieldPath| {
        findings.push(
            Finding::new(ARGOCD, severity, message)
                .on(object.reference())
                .in_field(field),
        );
    };
    if object.document.encoding() == TextEncoding::BrokenComment {
        let message = "bytes that are no UTF-8: Argo CD refuses the document";
        say(Severity::Error, message, FieldPath::root());
    }
    if matches!(object.path, ObjectPath::Item(_)) {
        let message = "an item of a list: Argo CD makes an object of its own of it";
        say(Severity::Info, message, FieldPath::root());
    }
    for_each_scalar(object, &mut |text, _, path| {
        if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
            let message = "a line break that is no line feed: Argo CD reads it as a space";
            say(Severity::Warning, message, path.clone());
        }
        let refused = |character| matches!(character, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
        if text.contains(refused) {
            let message = "a control character: Argo CD refuses the document";
            say(Severity::Error, message, path.clone());
        }
    });
    findings
}

fn kustomize(object: &Object<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for_each_scalar(object, &mut |text, style, path| {
        let otherwise = match style {
            ScalarStyle::Plain if WORDS.contains(&text) => "as text, not as a boolean",
            ScalarStyle::Plain if is_date(text) => "as a point in time",
            ScalarStyle::Plain
            | ScalarStyle::Quoted
            | ScalarStyle::Block
            | ScalarStyle::Literal => return,
        };
        findings.push(
            Finding::new(
                KUSTOMIZE,
                Severity::Warning,
                format!("kustomize reads this value {otherwise}"),
            )
            .with_help("put it in quotes, or write `true`, `false` or a number")
            .on(object.reference())
            .in_field(path.clone()),
        );
    });
    findings
}

/// goyaml v3 turns a plain date into a time; it starts with `YYYY-`.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    bytes.len() >= 8
        && (0..4).all(shape)
        && bytes[4] == b'-'
        && shape(5)
        && bytes.iter().filter(|byte| **byte == b'-').count() >= 2
}

type Visit<'v> = dyn FnMut(&str, ScalarStyle, &FieldPath) + 'v;

fn for_each_scalar(object: &Object<'_>, visit: &mut Visit<'_>) {
    if let Some(node) = object.path.node(object.document.tree()) {
        walk(object, node, &FieldPath::root(), visit);
    }
}

fn walk(object: &Object<'_>, node: NodeId, path: &FieldPath, visit: &mut Visit<'_>) {
    let tree = object.document.tree();
    match &tree.node(node).kind {
        NodeKind::Scalar { text, style } => visit(text, *style, path),
        NodeKind::Mapping { entries, .. } => {
            for (key, value) in entries {
                walk(
                    object,
                    *value,
                    &path.key(tree.text(*key).unwrap_or_default()),
                    visit,
                );
            }
        }
        NodeKind::Sequence { items, .. } => {
            for (index, item) in items.iter().enumerate() {
                walk(object, *item, &path.index(index), visit);
            }
        }
        NodeKind::Alias { .. } => {}
    }
}
