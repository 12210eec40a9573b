//! The smallest part of a failing program that still fails.

use crate::node::Node;

/// What a part may become without being looked at.
const SIMPLEST: [&str; 4] = [".", "1", "null", "\"a\""];

/// Puts parts in the place of the whole and simple things in the place of
/// parts, as long as it still fails.
pub(crate) fn shrink(node: Node, fails: &mut dyn FnMut(&Node) -> bool) -> Node {
    let length = node.to_string().len();
    let smaller =
        candidates(&node).find(|smaller| smaller.to_string().len() < length && fails(smaller));
    match smaller {
        Some(smaller) => shrink(smaller, fails),
        None => node,
    }
}

fn candidates(node: &Node) -> Box<dyn Iterator<Item = Node> + '_> {
    let parts = || node.parts().cloned();
    let simplest = SIMPLEST.iter().map(|text| Node::text(text));
    let inside = node.parts().enumerate().flat_map(move |(index, part)| {
        candidates(part).map(move |smaller| node.with_part(index, smaller))
    });
    Box::new(simplest.chain(parts()).chain(inside))
}

#[test]
fn only_what_makes_it_fail_is_left() {
    let mut inner = Node::text("x + ");
    inner.push_part(Node::text("y + z"));
    let mut node = Node::text("[");
    node.push_part(inner);
    node.push_text("]");
    let shrunk = shrink(node, &mut |node| node.to_string().contains('x'));
    assert_eq!(shrunk.to_string(), "x + .");
}
