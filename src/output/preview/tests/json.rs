//! The document for machines.

use serde_json::{Value, json};

use super::{page, shop_after, shop_before};
use crate::diff::{Place, diff};
use crate::lock::Owner;
use crate::output::preview::{SentRequest, preview_json};

#[test]
fn a_document_holds_requests_changes_and_findings() {
    let (before, after) = (shop_before(), shop_after());
    let diff = diff(&before, &after);
    let owner = Owner {
        kind: "Entity".to_owned(),
        namespace: None,
        name: "web".to_owned(),
        application: Some("shop".to_owned()),
    };
    let sent = [SentRequest {
        body: json!({"identifier": "web", "blueprint": "service"}),
        place: Place {
            owner,
            location: None,
        },
        block: 2,
        item: None,
        mapping: 0,
    }];
    let text = preview_json(&page(&before, &after, &diff), &sent);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(
        document["summary"],
        json!({"created": 1, "changed": 1, "moved": 1, "deleted": 1, "unchanged": 1, "lingering": 1})
    );
    assert_eq!(
        document["requests"],
        json!([{
            "body": {"identifier": "web", "blueprint": "service"},
            "from": {
                "application": "shop", "kind": "Entity", "namespace": null, "name": "web",
                "file": null, "line": null, "column": null, "origin": null,
            },
            "block": 2,
            "item": null,
            "mapping": 0,
        }])
    );
    let changes = &document["changes"];
    assert_eq!(
        changes["changed"][0]["fields"],
        json!({
            "changes": [
                {"field": ".properties.tier", "before": 1, "after": 2},
                {"field": ".relations.team", "after": "web"},
            ],
            "lingering": [],
        })
    );
    assert_eq!(
        changes["changed"][1]["fields"]["lingering"],
        json!([{"field": ".properties.owner", "value": "all", "leftGit": true}])
    );
    assert_eq!(changes["moved"][0]["cost"], "nothing");
    assert_eq!(
        changes["deleted"][0]["relating"],
        json!([{"blueprint": "service", "identifier": "checkout", "relation": "dependsOn"}])
    );
    assert_eq!(changes["created"][0]["body"], json!({"title": "Search"}));
    assert_eq!(document["findings"], json!([]));
}
