//! How far a key may reach that no `?` introduces.
//!
//! goyaml looks for the `:` on the line on which the key begins, and at most 1024
//! characters further (`yaml_parser_stale_simple_key` in `scannerc.go`). YAML 1.2,
//! and granit with it, has no such limit in brackets. Not for keys of block
//! mappings, in which both have it.

use super::tree::{CollectionStyle, Node, NodeKind, Tree};
use super::yaml::ParseError;

/// The most that goyaml looks ahead.
const REACH: usize = 1024;

/// Refuses what goyaml may refuse. A key behind a `?` has no limit, but is as rare.
pub(super) fn check(text: &str, tree: &Tree) -> Result<(), ParseError> {
    for node in &tree.nodes {
        let NodeKind::Mapping { entries, style } = &node.kind else {
            continue;
        };
        if *style == CollectionStyle::Flow {
            for (key, _) in entries {
                check_key(text, tree.node(*key))?;
            }
        }
    }
    Ok(())
}

fn check_key(text: &str, key: &Node) -> Result<(), ParseError> {
    let properties = [&key.tag_span, &key.anchor].into_iter().flatten();
    let start = properties
        .map(|span| span.start)
        .fold(key.span.start, usize::min);
    let behind = text.get(key.span.end..).unwrap_or_default();
    let Some(next) = behind.find([':', '#', ',', '}', ']']) else {
        return Ok(());
    };
    let reach = text.get(start..key.span.end + next).unwrap_or_default();
    let is_far = match behind.as_bytes()[next] {
        b':' => reach.contains('\n') || reach.chars().count() > REACH,
        // A comment, behind which the line ends.
        b'#' => true,
        // A key without a value has no `:`.
        _ => false,
    };
    if is_far {
        let message = "a key in brackets whose `:` is on another line or far away";
        return Err(ParseError::unsupported(start, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Notation, Parsed};

    #[track_caller]
    fn check(text: &str, is_read: bool) {
        let read = Parsed::read(text.as_bytes(), Notation::Yaml);
        assert_eq!(read.is_ok(), is_read, "{text}: {read:?}");
    }

    #[test]
    fn a_key_in_brackets_ends_on_its_line() {
        check("{\"a\n b\": 1}", false);
        check("{a\n b: 1}", false);
        check("{a\n: 1}", false);
        check("{a # c: d\n: 1}", false);
        check("{!!str\n a: 1}", false);
        check("{x: 1, &b\n a: 1}", false);
        check("{\"a\":\n 1, b: [\n 2], c: {\n\"d\" : 3}}", true);
        check("{a\n, b: 1}", true);
        check("a: \"x\n  y\"\n", true);
    }

    #[test]
    fn a_key_in_brackets_is_not_endless() {
        let key = "k".repeat(1024);
        check(&format!("{{\"{}\": 1}}", &key[2..]), true);
        check(&format!("{{\"{key}\": 1}}"), false);
    }
}
