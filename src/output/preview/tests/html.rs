//! The page.

use serde_json::json;

use super::{HOSTILE, page, shop_after, shop_before, side};
use crate::diff::{Side, diff};
use crate::finding::{Finding, Severity};
use crate::output::preview::html::policy;
use crate::output::preview::{PreviewPage, preview_html};

#[test]
fn a_page_links_to_itself_alone_and_shows_all_else_as_text() {
    let before = side(&[("a/b", "b.yaml", json!({"relations": {"r": "x"}}))]);
    let body = json!({
        "title": HOSTILE,
        "team": HOSTILE,
        "properties": {HOSTILE: HOSTILE, "u": "javascript:alert(1)"},
        "relations": {HOSTILE: HOSTILE, "r": "b"},
    });
    let after = side(&[("a/b", HOSTILE, body.clone()), (HOSTILE, HOSTILE, body)]);
    let diff = diff(&before, &after);
    let findings = [Finding::new("rule", Severity::Error, HOSTILE).with_help(HOSTILE)];
    let page = PreviewPage {
        subject: HOSTILE,
        findings: &findings,
        ..page(&before, &after, &diff)
    };
    let html = preview_html(&page);
    for forbidden in [
        "<img",
        "<script",
        "</details",
        "\u{202e}",
        "src=\"",
        "style=\"",
        "url(",
    ] {
        assert!(!html.contains(forbidden), "{forbidden} in {html}");
    }
    let links = html.split("href=\"").skip(1);
    assert!(links.clone().count() > 5);
    let own = |link: &str| link.starts_with(['#']) || link.starts_with("data:,\"");
    assert!(links.clone().all(own));
}

#[test]
fn a_page_says_what_happens_and_why() {
    let (before, after) = (shop_before(), shop_after());
    let diff = diff(&before, &after);
    let html = preview_html(&page(&before, &after, &diff));
    for expected in [
        "<title>Catalog preview of apps/shop</title>",
        "<span class=\"figure deleted\">1 deleted</span>",
        "1 entity points here: ",
        "<del class=\"value\"><bdi>1</bdi></del><span class=\"to\">→</span><ins class=\"value\"><bdi>2</bdi></ins>",
        "<code><bdi>pay/ledger.yaml</bdi></code> → <code><bdi>money/ledger.yaml</bdi></code>; nothing is lost",
        "left Git, stays in the catalog: <code><bdi>all</bdi></code>",
        "<bdi>web</bdi><span class=\"relation\"> (elsewhere)</span>",
        "data-from=\"service/checkout\" data-relation=\"dependsOn\" data-to=\"service/gateway\"",
    ] {
        assert!(html.contains(expected), "{expected} is not in {html}");
    }
}

#[test]
fn the_policy_of_a_page_is_the_digest_of_its_style() {
    let none = Side::default();
    let diff = diff(&none, &none);
    let html = preview_html(&page(&none, &none, &diff));
    let style = html
        .split("<style>")
        .nth(1)
        .and_then(|rest| rest.split("</style>").next());
    let policy = policy(style.expect("a style sheet"));
    let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">");
    assert!(html.contains(&meta), "{html}");
}
