//! What became of a declared entity, from what is sent and what is there.

use serde_json::{Value, json};

use crate::catalog::{Delivery, Record};
use crate::report::Timestamp;
use crate::report::delivery::{Knowledge, compare, differences, lingering};

fn declared() -> Value {
    json!({
        "identifier": "pay", "blueprint": "service", "title": "Pay",
        "properties": {"tier": 1, "old": null, "tags": ["a", "b"]},
        "relations": {"system": "shop", "uses": ["a", "b"], "none": null},
    })
}

fn record(changes: Value) -> Record {
    let mut answer = json!({
        "identifier": "pay", "blueprint": "service", "title": "Pay", "icon": "Cloud",
        "team": ["payments"],
        "properties": {"tier": 1.0, "tags": ["a", "b"], "others": "x"},
        "relations": {"system": "shop", "uses": ["b", "a"], "none": []},
        "updatedAt": "2026-11-23T10:00:00.000Z", "createdBy": "exporter", "updatedBy": "exporter",
    });
    for (pointer, value) in changes.as_object().expect("it is an object") {
        *answer.pointer_mut(pointer).expect("it is there") = value.clone();
    }
    Record::parse(answer).expect("it has an identity")
}

#[track_caller]
fn check(changes: Value, knowledge: &Knowledge, expected: Delivery) {
    assert_eq!(
        compare(&declared(), Some(&record(changes)), knowledge),
        expected
    );
}

#[test]
fn what_is_there_as_declared_is_delivered_whatever_others_added() {
    check(json!({}), &Knowledge::default(), Delivery::Delivered);
}

#[test]
fn what_is_not_there_is_pending_rejected_or_gone() {
    let none = |knowledge: &Knowledge| compare(&declared(), None, knowledge);
    let plain = Knowledge::default();
    assert_eq!(none(&plain), Delivery::Pending);
    let rejected = Knowledge {
        is_rejected: true,
        ..plain.clone()
    };
    assert_eq!(none(&rejected), Delivery::Rejected);
    let seen = Knowledge {
        was_delivered: true,
        ..plain
    };
    assert_eq!(none(&seen), Delivery::Vanished);
}

#[test]
fn another_value_is_not_there_yet_or_somebody_elses() {
    let other = || json!({"/properties/tier": 2});
    let since = |text| Knowledge {
        since: Timestamp::parse(text),
        ..Knowledge::default()
    };
    check(other(), &Knowledge::default(), Delivery::Pending);
    check(other(), &since("2026-11-23T10:00:01Z"), Delivery::Pending);
    let earlier = since("2026-11-23T09:59:59Z");
    check(other(), &earlier, Delivery::Pending);
    let by_another = json!({"/properties/tier": 2, "/updatedBy": "somebody"});
    check(by_another.clone(), &earlier, Delivery::Overwritten);
    check(
        by_another,
        &since("2026-11-23T10:00:01Z"),
        Delivery::Pending,
    );
    let seen = Knowledge {
        was_delivered: true,
        ..Knowledge::default()
    };
    check(other(), &seen, Delivery::Overwritten);
    let rejected = Knowledge {
        is_rejected: true,
        ..seen
    };
    check(other(), &rejected, Delivery::Rejected);
}

#[test]
fn what_left_git_and_is_there_lingers() {
    let left = |field: &str| Knowledge {
        left: [field.to_owned()].into(),
        ..Knowledge::default()
    };
    check(json!({}), &left("properties.others"), Delivery::Lingering);
    check(json!({}), &left("properties.gone"), Delivery::Delivered);
    check(json!({}), &left("relations.none"), Delivery::Delivered);
    let knowledge = left("properties.others");
    assert_eq!(
        lingering(&record(json!({})), &knowledge.left),
        ["properties.others"]
    );
}

#[test]
fn differences_are_told_by_name() {
    let mut declared = declared();
    declared["team"] = json!("payments");
    declared["icon"] = json!("Server");
    let record = record(json!({
        "/title": null,
        "/properties/tags": ["b", "a"],
        "/relations/uses": ["a"],
    }));
    assert_eq!(
        differences(&declared, &record),
        ["title", "icon", "properties.tags", "relations.uses"]
    );
}

#[test]
fn what_the_catalog_looks_up_itself_is_not_compared() {
    let query = json!({"combinator": "and", "rules": []});
    let declared = json!({"identifier": "pay", "team": query, "relations": {"system": query}});
    assert_eq!(differences(&declared, &record(json!({}))), [""; 0]);
}
