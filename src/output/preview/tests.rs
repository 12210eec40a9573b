//! Whole comments and pages.

use serde_json::json;

use super::{PreviewPage, preview_html, preview_markdown};
use crate::diff::{Body, Identity, Place, Side, diff};
use crate::lock::Owner;
use crate::manifest::Location;

/// A set of entities: `service/checkout`, and as JSON what is sent of it.
fn side(entities: &[(&str, serde_json::Value)]) -> Side {
    let mut side = Side::default();
    for (index, (identity, body)) in entities.iter().enumerate() {
        let (blueprint, identifier) = identity.split_once('/').unwrap();
        let text = |key: &str| body[key].as_str().map(str::to_owned);
        let members = |key: &str| body[key].as_object().cloned().unwrap_or_default();
        let body = Body {
            title: text("title"),
            icon: text("icon"),
            team: body.get("team").cloned(),
            properties: members("properties"),
            relations: members("relations"),
        };
        let owner = Owner {
            kind: "Entity".to_owned(),
            namespace: Some("shop".to_owned()),
            name: body_name(identifier),
            application: None,
        };
        let location = Location {
            file: format!("{}.yaml", text_or(&body, identifier)),
            line: index + 1,
            column: 1,
            origin: None,
        };
        let identity = Identity {
            blueprint: blueprint.to_owned(),
            identifier: identifier.to_owned(),
        };
        side.add(
            identity,
            body,
            Place {
                owner,
                location: Some(location),
            },
        );
    }
    side
}

fn body_name(identifier: &str) -> String {
    identifier.to_owned()
}

fn text_or(body: &Body, identifier: &str) -> String {
    let file = body.properties.get("file").and_then(|it| it.as_str());
    file.unwrap_or(identifier).to_owned()
}

#[test]
fn trial() {
    let before = side(&[
        (
            "service/checkout",
            json!({"properties": {"tier": 1, "language": "Go"}, "relations": {"system": "shop", "team": "payments", "dependsOn": ["old-gateway"]}}),
        ),
        (
            "service/web",
            json!({"title": "Web storefront", "properties": {"url": "https://shop.example.com"}, "relations": {"system": "shop", "dependsOn": ["checkout", "old-gateway"]}}),
        ),
        ("service/old-gateway", json!({"properties": {"tier": 3}})),
        (
            "service/ledger",
            json!({"properties": {"file": "apps/ledger/a"}}),
        ),
        (
            "system/shop",
            json!({"properties": {"description": "all", "criticality": "high"}, "relations": {"team": "commerce"}}),
        ),
        ("team/commerce", json!({})),
        ("team/storefront", json!({})),
    ]);
    let after = side(&[
        (
            "service/checkout",
            json!({"properties": {"tier": 2, "language": "Go"}, "relations": {"system": "shop", "team": "commerce", "dependsOn": ["old-gateway", "search-api"]}}),
        ),
        (
            "service/web",
            json!({"title": "Web storefront", "properties": {"url": "https://shop.example.com"}, "relations": {"system": "shop", "dependsOn": ["checkout", "old-gateway"], "team": "storefront"}}),
        ),
        (
            "service/search-api",
            json!({"properties": {"tier": 2}, "relations": {"system": "discovery", "team": "storefront"}}),
        ),
        (
            "service/ledger",
            json!({"properties": {"file": "apps/finance/a"}}),
        ),
        (
            "system/shop",
            json!({"properties": {"criticality": "high"}, "relations": {"team": "commerce"}}),
        ),
        ("team/commerce", json!({})),
        ("team/storefront", json!({})),
    ]);
    let difference = diff(&before, &after);
    let page = PreviewPage {
        subject: "apps/shop",
        against: Some("../main/apps/shop"),
        before: Some(&before),
        after: &after,
        diff: Some(&difference),
        findings: &[],
        link: Some("https://example.com/x"),
    };
    std::fs::write("/tmp/trial.html", preview_html(&page)).unwrap();
    std::fs::write("/tmp/trial.md", preview_markdown(&page)).unwrap();
    let page = PreviewPage {
        against: None,
        before: None,
        diff: None,
        ..page
    };
    std::fs::write("/tmp/plain.html", preview_html(&page)).unwrap();
}
