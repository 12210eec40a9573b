//! The table in the terminal.

use serde_json::json;

use super::{HOSTILE, page, shop_after, shop_before, side};
use crate::diff::{Side, diff};
use crate::output::preview::{PreviewPage, preview_text};

#[track_caller]
fn check(before: &Side, after: &Side, expected: &str) {
    let diff = diff(before, after);
    assert_eq!(preview_text(&page(before, after, &diff)), expected);
}

#[test]
fn a_table_says_what_happens_to_each_entity() {
    check(
        &shop_before(),
        &shop_after(),
        "  service
    + search                    created
    ~ checkout  tier            1 → 2
                relations.team  new: web
    ↔ ledger    moved           pay/ledger.yaml → money/ledger.yaml
    - gateway   deleted         1 entity points here: checkout
  system
    ~ shop      owner           lingering: left Git, stays in the catalog

1 created, 1 changed, 1 moved, 1 deleted, 1 unchanged; 1 field lingers
",
    );
}

#[test]
fn a_rename_says_what_it_costs_and_who_still_points_there() {
    let body = json!({"properties": {"tier": 1}});
    let web = json!({"relations": {"dependsOn": "pay"}});
    check(
        &side(&[
            ("service/pay", "pay.yaml", body.clone()),
            ("service/web", "web.yaml", web.clone()),
        ]),
        &side(&[
            ("service/payments", "pay.yaml", body),
            ("service/web", "web.yaml", web),
        ]),
        "  service
    ↔ payments  moved  service/pay → service/payments
                       a new entity for the catalog: relations to the old one, manual properties and history are lost
                       1 entity points to the old name: web

0 created, 0 changed, 1 moved, 0 deleted, 1 unchanged
",
    );
}

#[test]
fn a_null_clears_and_a_part_of_a_property_is_removed() {
    check(
        &side(&[(
            "service/web",
            "web.yaml",
            json!({"properties": {"a": 1, "b": {"c": 1, "d": 2}}}),
        )]),
        &side(&[(
            "service/web",
            "web.yaml",
            json!({"properties": {"a": null, "b": {"c": 1}}}),
        )]),
        "  service
    ~ web  a    1 → cleared
           b.d  2 → removed

0 created, 1 changed, 0 moved, 0 deleted, 0 unchanged
",
    );
}

#[test]
fn without_a_comparison_every_field_is_listed() {
    let after = side(&[(
        "service/web",
        "apps/web.yaml",
        json!({"title": "Web", "properties": {"tier": 1}, "relations": {"team": ["a", "b"]}}),
    )]);
    let page = PreviewPage {
        subject: "apps",
        against: None,
        live: false,
        before: None,
        after: &after,
        diff: None,
        findings: &[],
        link: None,
    };
    assert_eq!(
        preview_text(&page),
        "  service
      web  declared        apps/web.yaml:3
           title           Web
           tier            1
           relations.team  [\"a\",\"b\"]

1 entity of 1 blueprint
"
    );
}

#[test]
fn nothing_at_all_is_one_line() {
    let nothing = Side::default();
    check(
        &nothing,
        &nothing,
        "0 created, 0 changed, 0 moved, 0 deleted, 0 unchanged\n",
    );
}

#[test]
fn a_name_stays_on_its_line() {
    let identity = format!("service/{HOSTILE}");
    let after = side(&[(&identity, HOSTILE, json!({"properties": {"x": HOSTILE}}))]);
    let diff = diff(&Side::default(), &after);
    let text = preview_text(&page(&Side::default(), &after, &diff));
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(!text.contains('\u{202e}'), "{text}");
}
