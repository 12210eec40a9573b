//! The page's one style sheet, and the policy that allows nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::graph::{Graph, STYLE};

/// The style sheet of a page: what all pages have, and for each card the rule
/// that makes its wires stand out while it is pointed at or has the focus.
pub(super) fn style(graph: &Graph) -> String {
    let mut style = format!("{STYLE}{}", include_str!("page.css"));
    for node in 0..graph.nodes.len() {
        for drawing in ["wide", "narrow"] {
            let active = format!("#{drawing}-{node}:is(:hover,:focus)");
            style.push_str(&format!(
                "svg.{drawing}:has({active}) .wire:not(.f{node},.t{node}){{opacity:.13}}\n"
            ));
        }
    }
    style
}

/// The content security policy: this style sheet, images that the page itself
/// holds (its icon), and nothing else at all.
pub(in crate::output::preview) fn policy(style: &str) -> String {
    let digest = STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    )
}
