//! Whole tables, documents, comments and pages, of small sets of entities.

mod html;
mod json;
mod markdown;
mod terminal;

use serde_json::{Value, json};

use super::PreviewPage;
use crate::catalog::Identity;
use crate::diff::{Body, Diff, Place, Side};
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
        live: false,
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

/// Names and values that try to be something else than text.
const HOSTILE: &str =
    "</details><img src=x onerror=alert(1)> @org/team #1 ``| [a](javascript:alert(1))\n# \u{202e}x";
