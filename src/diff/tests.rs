//! Differences of small sets, each told in the lines that a person would write.

use proptest::collection::btree_map;
use proptest::prelude::{ProptestConfig, prop_assert_eq};
use proptest::proptest;
use serde_json::{Value, json};

use super::{Body, Content, Cost, Declared, Diff, Fields, Place, Side, diff};
use crate::catalog::Identity;
use crate::lock::{Entry, Key, Lock, Owner};
use crate::manifest::Location;

/// Entities, each written as `blueprint/identifier Kind/namespace/name@app file`
/// with its body.
pub(super) fn side(entities: &[(&str, Value)]) -> Side {
    let mut side = Side::default();
    for (line, body) in entities {
        let words: Vec<&str> = line.split(' ').collect();
        let (identity, owner) = (words[0], words[1]);
        let place = Place {
            owner: owner_of(owner),
            location: words.get(2).map(|file| Location {
                file: (*file).to_owned(),
                line: 1,
                column: 1,
                origin: None,
            }),
        };
        side.add(identity_of(identity), body_of(body), place);
    }
    side
}

fn identity_of(text: &str) -> Identity {
    let (blueprint, identifier) = text.split_once('/').unwrap();
    Identity {
        blueprint: blueprint.to_owned(),
        identifier: identifier.to_owned(),
    }
}

/// By way of a lock, which reads owners.
fn owner_of(word: &str) -> Owner {
    let text = format!("# glint.lock v1\na b 0000000000000000 {word}\n");
    let lock = Lock::parse(text.as_bytes()).unwrap();
    let (_, entry) = lock.entries().next().unwrap();
    entry.owner.clone()
}

fn body_of(json: &Value) -> Body {
    let map = |key: &str| json.get(key).and_then(Value::as_object).cloned();
    let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
    Body {
        title: text("title"),
        icon: text("icon"),
        team: json.get("team").cloned(),
        properties: map("p").unwrap_or_default(),
        relations: map("r").unwrap_or_default(),
    }
}

fn lock_of(side: &Side) -> Lock {
    let mut lock = Lock::default();
    for Declared {
        identity,
        content,
        places,
    } in side.entities()
    {
        let key = Key {
            blueprint: crate::catalog::BlueprintId::parse(&identity.blueprint).unwrap(),
            identifier: crate::catalog::EntityId::parse(&identity.identifier).unwrap(),
        };
        let entry = Entry {
            digest: content.digest(),
            owner: places[0].owner.clone(),
        };
        lock.insert(key, entry).unwrap();
    }
    lock
}

pub(super) fn lines(diff: &Diff) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(diff.created.iter().map(|it| format!("+ {}", it.identity)));
    for changed in &diff.changed {
        lines.push(format!(
            "~ {}{}",
            changed.after.identity,
            fields(&changed.fields)
        ));
    }
    for moved in &diff.moved {
        let (before, after) = (&moved.before.identity, &moved.after.identity);
        let cost = match moved.cost {
            Cost::Nothing => "",
            Cost::Recreated => " recreated",
            Cost::Identity => " lost",
        };
        let relating = relating(&moved.relating);
        lines.push(format!(
            "{before} > {after}{cost}{}{relating}",
            fields(&moved.fields)
        ));
    }
    for deleted in &diff.deleted {
        let relating = relating(&deleted.relating);
        lines.push(format!("- {}{relating}", deleted.before.identity));
    }
    lines.push(format!("= {}", diff.unchanged));
    lines
}

fn fields(fields: &Option<Fields>) -> String {
    let Some(fields) = fields else {
        return " ?".to_owned();
    };
    let value = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    let changes = fields.changes.iter().map(|change| {
        let (before, after) = (value(&change.before), value(&change.after));
        format!(" {} {before}>{after}", change.path)
    });
    let lingering = fields.lingering.iter();
    let lingering = lingering.map(|it| format!(" {} {} lingers", it.path, it.value));
    changes.chain(lingering).collect()
}

fn relating(relating: &[super::Relating]) -> String {
    let one = |it: &super::Relating| format!(" <{}-{}", it.relation, it.identity);
    relating.iter().map(one).collect()
}

#[track_caller]
fn check(before: &[(&str, Value)], after: &[(&str, Value)], expected: &[&str]) {
    let (before, after) = (side(before), side(after));
    assert_eq!(lines(&diff(&before, &after)), expected);
    let back = diff(&after, &after);
    assert_eq!(back.unchanged, after.entities().count());
    assert_eq!(back.counts().unchanged, back.unchanged);
}

const WEB: &str = "service/web Entity/shop/web@shop web.yaml";

#[test]
fn what_is_sent_as_before_is_unchanged() {
    check(&[], &[], &["= 0"]);
    let body = json!({"title": "Web", "p": {"tier": 1}, "r": {"team": "a"}});
    let other = json!({"title": "Web", "p": {"tier": 1.0}, "r": {"team": "a"}});
    check(&[(WEB, body)], &[(WEB, other)], &["= 1"]);
}

#[test]
fn changes_are_told_field_by_field() {
    let before =
        json!({"title": "Web", "p": {"tier": 1, "deploy": {"a": 1, "b": [1]}}, "r": {"team": "a"}});
    let after = json!({"title": "Shop", "p": {"tier": null, "deploy": {"b": [2], "c": 3}}, "r": {"team": ["a"]}});
    check(
        &[(WEB, before)],
        &[(WEB, after)],
        &[
            "~ service/web .title \"Web\">\"Shop\" .properties.deploy.a 1>- .properties.deploy.b [1]>[2] \
             .properties.deploy.c ->3 .properties.tier 1>null .relations.team \"a\">[\"a\"]",
            "= 0",
        ],
    );
}

#[test]
fn what_is_not_sent_any_more_lingers() {
    let before =
        json!({"title": "Web", "team": "a", "p": {"tier": 1, "gone": null}, "r": {"team": "a"}});
    check(
        &[(WEB, before)],
        &[(WEB, json!({"p": {"url": "x"}}))],
        &[
            "~ service/web .properties.url ->\"x\" .team \"a\" lingers .title \"Web\" lingers \
             .properties.tier 1 lingers .relations.team \"a\" lingers",
            "= 0",
        ],
    );
}

#[test]
fn an_entity_that_only_lingers_counts_as_unchanged() {
    let before = side(&[(WEB, json!({"p": {"tier": 1}}))]);
    let after = side(&[(WEB, json!({}))]);
    let counts = diff(&before, &after).counts();
    assert_eq!(
        (counts.changed, counts.unchanged, counts.lingering),
        (0, 1, 1)
    );
}

#[test]
fn a_deletion_names_who_points_there() {
    check(
        &[
            (WEB, json!({})),
            ("system/web Entity/shop/sys web.yaml", json!({})),
        ],
        &[
            ("system/web Entity/shop/sys web.yaml", json!({})),
            (
                "service/pay Entity/shop/pay",
                json!({"r": {"needs": ["web", "pay"], "x": "pay"}}),
            ),
            ("team/a Entity/shop/a", json!({"r": {"owns": "web"}})),
            (
                "team/b Entity/shop/b",
                json!({"r": {"owns": "pay", "query": {"rules": ["web"]}}}),
            ),
        ],
        &[
            "+ service/pay",
            "+ team/a",
            "+ team/b",
            "- service/web <needs-service/pay <owns-team/a",
            "= 1",
        ],
    );
}

#[test]
fn a_relation_to_another_blueprint_is_none_to_this_one() {
    let system = (
        "service/pay Entity/shop/pay",
        json!({"r": {"system": "web"}}),
    );
    let other = (
        "service/cart Entity/shop/cart",
        json!({"r": {"system": "shop"}}),
    );
    let shop = ("system/shop Entity/shop/shop", json!({}));
    let twin = ("system/web Entity/shop/web-system", json!({}));
    let after = [system, other, shop, twin];
    check(
        &[&[(WEB, json!({}))], after.as_slice()].concat(),
        &after,
        &["- service/web", "= 4"],
    );
}

#[test]
fn another_file_or_application_is_a_move_for_free() {
    let body = json!({"p": {"tier": 1}});
    check(
        &[(WEB, body.clone())],
        &[("service/web Entity/shop/web@front web.yaml", body.clone())],
        &["service/web > service/web", "= 0"],
    );
    check(
        &[(WEB, body.clone())],
        &[(
            "service/web Entity/shop/web@shop front.yaml",
            json!({"p": {"tier": 2}}),
        )],
        &["service/web > service/web .properties.tier 1>2", "= 0"],
    );
    check(
        &[("service/web Entity/shop/web", body.clone())],
        &[(WEB, body)],
        &["= 1"],
    );
}

#[test]
fn another_object_of_the_same_identity_may_cost_the_entity() {
    check(
        &[(WEB, json!({}))],
        &[("service/web Entity/front/web@shop web.yaml", json!({}))],
        &["service/web > service/web recreated", "= 0"],
    );
}

#[test]
fn one_object_under_a_new_identity_is_a_rename() {
    check(
        &[(WEB, json!({"p": {"tier": 1}}))],
        &[
            (
                "api/front Entity/shop/web@shop web.yaml",
                json!({"p": {"tier": 2}}),
            ),
            ("team/a Entity/shop/a", json!({"r": {"owns": "web"}})),
        ],
        &[
            "+ team/a",
            "service/web > api/front lost .properties.tier 1>2 <owns-team/a",
            "= 0",
        ],
    );
}

#[test]
fn equal_content_is_a_rename_only_if_no_other_could_be_meant() {
    let body = json!({"p": {"tier": 1}});
    let front = "service/front Entity/shop/front@shop web.yaml";
    let back = "service/back Entity/shop/back@shop web.yaml";
    check(
        &[(WEB, body.clone())],
        &[(front, body.clone())],
        &["service/web > service/front lost", "= 0"],
    );
    check(
        &[(WEB, body.clone())],
        &[(front, body.clone()), (back, body.clone())],
        &["+ service/back", "+ service/front", "- service/web", "= 0"],
    );
    check(
        &[(WEB, body.clone())],
        &[("api/web Entity/shop/api", body.clone())],
        &["+ api/web", "- service/web", "= 0"],
    );
    check(
        &[(WEB, json!({}))],
        &[(front, json!({}))],
        &["+ service/front", "- service/web", "= 0"],
    );
}

#[test]
fn a_lock_tells_that_something_changed_but_not_what() {
    let body = json!({"p": {"tier": 1}});
    let before = side(&[
        (WEB, body.clone()),
        (
            "service/a Entity/shop/a@shop a.yaml",
            json!({"p": {"x": 1}}),
        ),
        ("service/b Entity/shop/b@shop a.yaml", body.clone()),
        (
            "service/c Entity/shop/c@shop a.yaml",
            json!({"p": {"y": 1}}),
        ),
    ]);
    let after = side(&[
        (WEB, body.clone()),
        (
            "service/a Entity/shop/a@shop b.yaml",
            json!({"p": {"x": 2}}),
        ),
        ("service/b Entity/shop/b@front a.yaml", body),
        (
            "service/d Entity/shop/d@shop a.yaml",
            json!({"p": {"y": 1}}),
        ),
    ]);
    let lock = Side::from(&lock_of(&before));
    assert_eq!(
        lines(&diff(&lock, &after)),
        [
            "~ service/a ?",
            "service/b > service/b",
            "service/c > service/d lost",
            "= 1",
        ]
    );
}

#[test]
fn what_several_objects_send_of_one_entity_is_one() {
    let both = side(&[
        (WEB, json!({"title": "Web", "p": {"tier": 1}})),
        ("service/web Job/shop/web@shop", json!({"p": {"tier": 2}})),
    ]);
    let entities: Vec<&Declared> = both.entities().collect();
    let [web] = entities.as_slice() else {
        panic!("{entities:?}");
    };
    assert_eq!(
        web.content,
        Content::Body(body_of(&json!({"title": "Web", "p": {"tier": 2}})))
    );
    assert_eq!(web.places.len(), 2);
    let left = side(&[(WEB, json!({"title": "Web", "p": {"tier": 2}}))]);
    assert_eq!(lines(&diff(&both, &left)), ["= 1"]);
}

/// Identities and objects of a few names, so that sets overlap.
fn some(entities: &std::collections::BTreeMap<String, (String, u8)>) -> Side {
    let lines: Vec<(String, Value)> = entities
        .iter()
        .map(|(identity, (name, tier))| {
            let line = format!("{identity} Entity/shop/{name}@shop {name}.yaml");
            (line, json!({"p": {"tier": tier}}))
        })
        .collect();
    let lines: Vec<(&str, Value)> = lines
        .iter()
        .map(|(line, body)| (line.as_str(), body.clone()))
        .collect();
    side(&lines)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_entity_is_counted_once_on_either_side(
        before in btree_map("[ab]/[a-e]", ("[a-e]", 0_u8..3), 0..10),
        after in btree_map("[ab]/[a-e]", ("[a-e]", 0_u8..3), 0..10),
        by_lock: bool,
    ) {
        let (before, after) = (some(&before), some(&after));
        let earlier = match by_lock {
            true => Side::from(&lock_of(&before)),
            false => before.clone(),
        };
        let diff = diff(&earlier, &after);
        let both = diff.changed.len() + diff.moved.len() + diff.unchanged;
        prop_assert_eq!(both + diff.created.len(), after.entities().count());
        prop_assert_eq!(both + diff.deleted.len(), before.entities().count());
        let counts = diff.counts();
        let counted = counts.created + counts.changed + counts.moved + counts.unchanged;
        prop_assert_eq!(counted, after.entities().count());
    }
}
