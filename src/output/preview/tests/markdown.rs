//! The comment on a pull request.

use serde_json::json;

use super::{HOSTILE, page, shop_after, shop_before, side};
use crate::diff::{Side, diff};
use crate::finding::{Finding, Severity};
use crate::output::preview::{PreviewPage, preview_markdown};

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
**1 created**, **1 changed**, **1 moved**, **1 deleted**, 1 unchanged, **1 field lingers**

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
4 entities of 2 blueprints

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
