//! What somebody who watched knows more than the object tells.

use serde_json::json;

use super::catalog::Catalog;
use super::runs::application;
use super::{object, result};
use crate::catalog::{Delivery, Identity};
use crate::report::{Seen, Timestamp, Watch, delivery_requests};

fn since(time: &str) -> Watch {
    Watch {
        since: Timestamp::parse(time),
        ..Watch::default()
    }
}

#[test]
fn of_an_application_that_is_new_all_runs_since_the_watch_began_are_told() {
    let mut catalog = Catalog::default();
    let shop = result(&application("10:05", "Failed", &[1, 2, 3, 4]));
    assert_eq!(
        catalog.report_watched(&shop, &since("2026-11-23T10:03:00Z")),
        [
            "target Synced",
            "run 731f00a Succeeded Succeeded",
            "run 731f00a Succeeded Succeeded",
            "run 731f00a Failed Failed",
        ]
    );
    assert_eq!(catalog.target("unseenRuns"), 0);
}

#[test]
fn what_was_seen_and_lost_is_counted_beside_what_numbers_prove() {
    let mut catalog = Catalog::default();
    catalog.report(&result(&application("10:01", "Succeeded", &[0, 1])));
    let watch = Watch {
        lost: 2,
        ..since("2026-11-23T10:00:00Z")
    };
    let late = result(&application("10:09", "Succeeded", &[7, 8, 9]));
    catalog.report_watched(&late, &watch);
    // Two that failed, and those numbered 2 to 6.
    assert_eq!(catalog.target("unseenRuns"), 7);
}

#[test]
fn of_an_application_that_nobody_reported_the_first_number_seen_proves_the_rest() {
    let mut catalog = Catalog::default();
    let watch = Watch {
        first: Some(3),
        ..since("2026-11-23T10:03:00Z")
    };
    let shop = result(&application("10:09", "Succeeded", &[7, 8, 9]));
    let sent = catalog.report_watched(&shop, &watch);
    assert_eq!(sent.len(), 4);
    assert_eq!(catalog.target("unseenRuns"), 4);
}

#[test]
fn runs_that_are_there_before_their_target_knows_are_not_missing() {
    let mut catalog = Catalog::default();
    catalog.report(&result(&application("10:01", "Succeeded", &[1])));
    let before = catalog.0.target.clone();
    catalog.report(&result(&application("10:04", "Succeeded", &[1, 2, 3, 4])));
    catalog.0.target = before;
    // One of them was left out.
    catalog.0.runs.retain(|run| run.properties["number"] != 3);
    let sent = catalog.report(&result(&application("10:06", "Succeeded", &[3, 6])));
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert_eq!(catalog.target("unseenRuns"), 1);
}

#[test]
fn what_became_of_entities_is_told_without_the_object() {
    let mut catalog = Catalog::default();
    let failed = result(&object("argocd", "partially-synced"));
    let seen = |delivery, rejected: &[&str]| Seen {
        deliveries: Some([(delivery, 1)].into()),
        rejected: rejected
            .iter()
            .map(|name| {
                let identity = Identity {
                    blueprint: "service".to_owned(),
                    identifier: (*name).to_owned(),
                };
                (identity, "invalid".to_owned())
            })
            .collect(),
        ..Seen::default()
    };
    let none = delivery_requests(&catalog.0, &seen(Delivery::Delivered, &[]));
    assert_eq!(none, [], "nobody reported the target");
    catalog.report(&failed);
    let mut whole = Catalog(catalog.0.clone());
    for seen in [
        seen(Delivery::Rejected, &["pay", "web"]),
        seen(Delivery::Delivered, &[]),
    ] {
        catalog.report_alone(&seen);
        whole.report_seen(&failed, &seen);
        assert_eq!(catalog.0, whole.0);
        assert_eq!(delivery_requests(&catalog.0, &seen), []);
    }
    assert_eq!(catalog.target("deliveredEntities"), json!(1));
}
