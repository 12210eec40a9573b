//! Whole comments and pages, of small sets of entities.

use serde_json::{Value, json};

use super::{PreviewPage, preview_html, preview_markdown};
use crate::diff::{Body, Diff, Identity, Place, Side, diff};
use crate::finding::{Finding, Severity};
use crate::lock::Owner;
use crate::manifest::Location;

/// A set of entities: `service/checkout`, the file, and as JSON what is sent.
pub(super) fn side(entities: &[(&str, &str, Value)]) -> Side {
    let mut side = Side::default();
    for (identity, file, body) in entities {
        let (blueprint, identifier) = identity.split_once('/').unwrap();
        let members = |key: &str| body[key].as_object().cloned().unwrap_or_default();
        let body = Body {
            title: body["title"].as_str().map(str::to_owned),
            icon: None,
            team: body.get("team").cloned(),
            properties: members("properties"),
            relations: members("relations"),
        };
        let place = Place {
            owner: Owner {
                kind: "Entity".to_owned(),
                namespace: Some("shop".to_owned()),
                name: identifier.to_owned(),
                application: None,
            },
            location: Some(Location {
                file: (*file).to_owned(),
                line: 3,
                column: 1,
                origin: None,
            }),
        };
        let identity = Identity {
            blueprint: blueprint.to_owned(),
            identifier: identifier.to_owned(),
        };
        side.add(identity, body, place);
    }
    side
}

/// A page of two sets.
pub(super) fn page<'a>(before: &'a Side, after: &'a Side, diff: &'a Diff) -> PreviewPage<'a> {
    PreviewPage {
        subject: "apps/shop",
        against: Some("../main/apps/shop"),
        before: Some(before),
        after,
        diff: Some(diff),
        findings: &[],
        link: None,
    }
}

fn shop_before() -> Side {
    let gateway = json!({"properties": {"tier": 1}, "relations": {"dependsOn": ["gateway"]}});
    side(&[
        ("service/checkout", "checkout.yaml", gateway),
        ("service/gateway", "gateway.yaml", json!({})),
        (
            "service/ledger",
            "pay/ledger.yaml",
            json!({"properties": {"tier": 2}}),
        ),
        (
            "system/shop",
            "shop.yaml",
            json!({"properties": {"owner": "all", "tier": 1}}),
        ),
    ])
}

fn shop_after() -> Side {
    let search =
        json!({"properties": {"tier": 2}, "relations": {"dependsOn": ["gateway"], "team": "web"}});
    side(&[
        ("service/checkout", "checkout.yaml", search),
        ("service/search", "search.yaml", json!({"title": "Search"})),
        (
            "service/ledger",
            "money/ledger.yaml",
            json!({"properties": {"tier": 2}}),
        ),
        (
            "system/shop",
            "shop.yaml",
            json!({"properties": {"tier": 1}}),
        ),
    ])
}

#[track_caller]
fn check_markdown(change: impl FnOnce(&mut PreviewPage<'_>), expected: &str) {
    let (before, after) = (shop_before(), shop_after());
    let diff = diff(&before, &after);
    let mut page = page(&before, &after, &diff);
    change(&mut page);
    assert_eq!(preview_markdown(&page), expected);
}

#[test]
fn a_comment_says_first_what_happens_and_opens_what_is_lost() {
    check_markdown(
        |_| {},
        "\
**1 created, 1 changed, 1 moved, 1 deleted, 1 lingering field**, 1 unchanged

Catalog preview of `apps/shop` against `../main/apps/shop`

<details open>
<summary><b>1 deleted</b></summary>

- `service/gateway`; 1 entity points here: `service/checkout` by `dependsOn`

</details>

<details>
<summary><code>service</code>: 1 created, 1 changed, 1 moved</summary>

- **changed** `checkout`
  - `tier`: `1` → `2`
  - `relations.team`: `web`, new
- **moved** `ledger`: `pay/ledger.yaml` → `money/ledger.yaml` (nothing is lost)
- **created** `search`

</details>

<details>
<summary><code>system</code>: 1 lingering</summary>

- **lingering** `shop`
  - `owner` left Git, stays in the catalog: `all`

</details>

<!-- glint-gitops preview apps/shop -->
",
    );
}

#[test]
fn a_comment_without_a_comparison_lists_what_is_sent() {
    check_markdown(
        |page| {
            (page.against, page.before, page.diff) = (None, None, None);
            page.link = Some("https://ci.example.com/preview.html");
        },
        "\
**4 entities of 2 blueprints**

Catalog preview of `apps/shop`, [with the graph of relations](<https://ci.example.com/preview.html>)

<details>
<summary><code>service</code>: 3 entities</summary>

- `checkout` from `checkout.yaml:3`
- `ledger` from `money/ledger.yaml:3`
- `search` from `search.yaml:3`

</details>

<details>
<summary><code>system</code>: 1 entity</summary>

- `shop` from `shop.yaml:3`

</details>

<!-- glint-gitops preview apps/shop -->
",
    );
}

#[test]
fn problems_stand_before_what_changes_the_worst_first() {
    let findings = [
        Finding::new("dropped-object", Severity::Warning, "the title is no text"),
        Finding::new("exporter-crash", Severity::Error, "no `identifier`").with_help("add one"),
    ];
    let none = Side::default();
    let diff = diff(&none, &none);
    let page = PreviewPage {
        findings: &findings,
        ..page(&none, &none, &diff)
    };
    assert_eq!(
        preview_markdown(&page),
        "\
no change, 0 unchanged

Catalog preview of `apps/shop` against `../main/apps/shop`

<details open>
<summary><b>2 problems</b></summary>

- **error** `` no `identifier` ``; `add one` (exporter-crash)
- **warning** `the title is no text` (dropped-object)

</details>

<!-- glint-gitops preview apps/shop -->
"
    );
}

/// Names and values that try to be something else than text.
const HOSTILE: &str =
    "</details><img src=x onerror=alert(1)> @org/team #1 ``| [a](javascript:alert(1))\n# \u{202e}x";

#[test]
fn nothing_in_a_comment_is_made_of_what_others_wrote() {
    let before = side(&[("a/b", "b.yaml", json!({}))]);
    let after = side(&[
        ("a/b", "b.yaml", json!({"properties": {HOSTILE: HOSTILE}})),
        (&format!("{}/@org/team", "<b>@org/x"), HOSTILE, json!({})),
    ]);
    let diff = diff(&before, &after);
    let page = PreviewPage {
        link: Some("javascript:alert(1)"),
        ..page(&before, &after, &diff)
    };
    let comment = preview_markdown(&page);
    let shown = "</details><img src=x onerror=alert(1)> @org/team #1 ``| [a](javascript:alert(1))\\n# \\u{202e}x";
    assert!(comment.contains(&format!("```{shown}```")), "{comment}");
    assert!(
        comment.contains("<summary><code>&lt;b&gt;@org</code>: 1 created</summary>"),
        "{comment}"
    );
    assert!(
        !without_code(&comment).contains(['@', '#', '[']),
        "{comment}"
    );
}

/// What of a comment the host reads as markup.
fn without_code(comment: &str) -> String {
    let mut outside = String::new();
    let mut rest = comment;
    while let Some(start) = rest.find('`') {
        outside.push_str(&rest[..start]);
        let fence = rest.len() - rest[start..].trim_start_matches('`').len() - start;
        let inside = &rest[start + fence..];
        let closing = inside.find(&"`".repeat(fence)).expect("code that ends");
        rest = &inside[closing + fence..];
    }
    let outside = outside + rest;
    let html = outside
        .split("<code>")
        .map(|part| part.split("</code>").last());
    html.flatten().collect()
}

#[test]
fn a_comment_is_cut_by_whole_entities_and_counts_what_is_left_out() {
    let value = "ü".repeat(5_000);
    let identities: Vec<String> = (0..1_500)
        .map(|index| format!("service/{index:04}"))
        .collect();
    let entities = |value: &str| -> Side {
        let entity = |identity| {
            (
                identity,
                "a.yaml",
                json!({"properties": {"a": value, "b": value}}),
            )
        };
        side(
            &identities
                .iter()
                .map(String::as_str)
                .map(entity)
                .collect::<Vec<_>>(),
        )
    };
    let (before, after) = (entities(""), entities(&value));
    let diff = diff(&before, &after);
    let comment = preview_markdown(&page(&before, &after, &diff));
    let shown = comment.matches("- **changed**").count();
    assert!(
        comment.chars().count() < 60_000,
        "{}",
        comment.chars().count()
    );
    assert!(shown > 100, "{shown}");
    let left_out = format!("\nLeft out, for length: {} changed.\n", 1_500 - shown);
    assert!(
        comment.contains(&left_out),
        "{}",
        &comment[comment.len() - 200..]
    );
    assert_eq!(comment.matches("`b`").count(), shown);
}

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
    assert!(links.clone().all(|link| link.starts_with('#')));
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
    let policy = super::html::policy(style.expect("a style sheet"));
    let meta = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">",
        policy
    );
    assert!(html.contains(&meta.replace('\'', "'")), "{html}");
}
