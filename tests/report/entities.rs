//! What became of each declared entity.

use std::thread;

use serde_json::{Value, json};

use crate::support::{EXPORTER, Said, Scene, object};

const SYNCED: &str = "argocd/synced.recorded.json";

/// Three entities; the exporter's own mapping sends them as they are.
const SHOP: &str = "
apiVersion: glint.io/v1
kind: Entity
metadata: {name: checkout, namespace: shop}
spec: {blueprint: service, identifier: checkout, properties: {tier: 1}, relations: {system: shop}}
---
apiVersion: glint.io/v1
kind: Entity
metadata: {name: search-api, namespace: shop}
spec: {blueprint: service, identifier: search-api, properties: {tier: high}}
---
apiVersion: glint.io/v1
kind: Entity
metadata: {name: shop, namespace: shop}
spec: {blueprint: system, identifier: shop}
";

fn blueprints() -> [Value; 2] {
    [
        json!({"identifier": "system", "title": "System", "schema": {"properties": {}, "required": []}}),
        json!({
            "identifier": "service",
            "title": "Service",
            "schema": {"properties": {"tier": {"type": "number"}, "old": {"type": "string"}}, "required": []},
            "relations": {"system": {"target": "system", "required": false, "many": false}},
        }),
    ]
}

fn checkout(tier: u32) -> Value {
    json!({"identifier": "checkout", "properties": {"tier": tier}, "relations": {"system": "shop"}})
}

/// A catalog with these blueprints and entities, and the shop's file.
fn scene(entities: &[(&str, Value)]) -> Scene {
    let scene = Scene::installed();
    scene.sandbox.seed_as(EXPORTER, &blueprints(), entities);
    scene.write("shop.yaml", SHOP);
    scene
}

#[track_caller]
fn check(said: &Said, status: i32, lines: &[&str]) {
    let shown: Vec<&str> = said.stdout.lines().skip(2).collect();
    assert_eq!(
        (shown.as_slice(), said.status),
        (lines, status),
        "{}",
        said.stderr
    );
}

#[test]
fn each_state_is_told_with_its_reason() {
    let scene = scene(&[
        ("system", json!({"identifier": "shop"})),
        ("service", checkout(1)),
    ]);
    let said = scene.report_object(&object(SYNCED), &["--entities", "shop.yaml"]);
    check(
        &said,
        1,
        &[
            "  ✓ service/checkout    delivered",
            "  ✗ service/search-api  rejected 422: properties/tier must be number",
            "  ✓ system/shop         delivered",
            "2 of 3 delivered",
        ],
    );
    let target = &scene.entities("gitopsTarget")[0]["properties"];
    assert_eq!(target["deliveredEntities"], 2);
    assert_eq!(target["rejectedEntities"], 1);
    assert_eq!(target["pendingEntities"], 0);
    let errors = &scene.entities("gitopsSync")[0]["properties"]["errors"];
    let refused = json!([{"blueprint": "service", "identifier": "search-api", "code": "blueprint_schema_mismatch"}]);
    assert_eq!(*errors, refused);
    assert_eq!(
        scene.entities("service").len(),
        1,
        "validated, and not written"
    );
}

#[test]
fn what_is_not_as_declared_yet_is_told_by_its_fields() {
    let scene = scene(&[
        ("system", json!({"identifier": "shop"})),
        ("service", checkout(7)),
    ]);
    let said = scene.report_object(&object(SYNCED), &["--entities", "shop.yaml"]);
    let line = said.stdout.lines().nth(2).expect("a line");
    let expected = "  … service/checkout    pending: properties.tier not as declared yet";
    assert_eq!(line, expected);
}

#[test]
fn what_left_git_lingers_until_it_is_deleted() {
    let scene = scene(&[
        ("system", json!({"identifier": "shop"})),
        (
            "service",
            json!({"identifier": "checkout", "properties": {"tier": 1, "old": "x"}, "relations": {"system": "shop"}}),
        ),
        ("service", json!({"identifier": "gone"})),
    ]);
    let before = SHOP
        .replace("{tier: 1}", "{tier: 1, old: x}")
        .replace("search-api", "gone");
    scene.write("before.yaml", &before);
    scene.write("shop.yaml", &SHOP.replace("tier: high", "tier: 2"));
    let arguments = ["--entities", "shop.yaml", "--before", "before.yaml"];
    check(
        &scene.report_object(&object(SYNCED), &arguments),
        1,
        &[
            "  ~ service/checkout    lingering: properties.old left Git and stays",
            "  … service/search-api  pending",
            "  ✓ system/shop         delivered",
            "  ~ service/gone        lingering: left Git, stays in the catalog",
            "2 of 3 delivered",
        ],
    );
    scene.sandbox.call_as(
        EXPORTER,
        "DELETE /v1/blueprints/service/entities/gone",
        None,
    );
    let said = scene.report_object(&object(SYNCED), &arguments);
    let line = said.stdout.lines().nth(5).expect("a line");
    assert_eq!(line, "  ✓ service/gone        deleted");
}

#[test]
fn a_wait_ends_when_all_are_there() {
    let scene = scene(&[]);
    scene.write("shop.yaml", &SHOP.replace("tier: high", "tier: 2"));
    let said = thread::scope(|scope| {
        // The exporter comes once somebody has looked for what it brings.
        scope.spawn(|| {
            let has_looked = || {
                let calls = scene.sandbox.calls();
                let searches = calls.iter().filter(|it| it.path == "/v1/entities/search");
                searches.count() == 2 // one for each blueprint
            };
            while !has_looked() {
                thread::yield_now();
            }
            let search = json!({"identifier": "search-api", "properties": {"tier": 2}});
            let entities = [
                ("system", json!({"identifier": "shop"})),
                ("service", checkout(1)),
                ("service", search),
            ];
            scene.sandbox.seed_as(EXPORTER, &[], &entities);
        });
        scene.report_object(&object(SYNCED), &["--entities", "shop.yaml", "--wait"])
    });
    check(
        &said,
        0,
        &[
            "  ✓ service/checkout    delivered after [..] s",
            "  ✓ service/search-api  delivered after [..] s",
            "  ✓ system/shop         delivered after [..] s",
            "3 of 3 delivered after [..] s",
        ],
    );
}

#[test]
fn a_wait_ends_at_once_where_only_an_author_can_help() {
    let scene = scene(&[
        ("system", json!({"identifier": "shop"})),
        ("service", checkout(1)),
    ]);
    let said = scene.report_object(&object(SYNCED), &["--entities", "shop.yaml", "--wait"]);
    check(
        &said,
        1,
        &[
            "  ✓ service/checkout    delivered",
            "  ✗ service/search-api  rejected 422: properties/tier must be number",
            "  ✓ system/shop         delivered",
            "2 of 3 delivered after [..] s",
        ],
    );
}

#[test]
fn a_wait_ends_at_the_timeout() {
    let scene = scene(&[]);
    scene.write("shop.yaml", &SHOP.replace("tier: high", "tier: 2"));
    let said = scene.report_object(
        &object(SYNCED),
        &["--entities", "shop.yaml", "--wait", "--timeout", "3s"],
    );
    check(
        &said,
        1,
        &[
            "  ✗ service/checkout    rejected 404: Entity with identifier \"shop\" was not found",
            "  … service/search-api  pending",
            "  … system/shop         pending",
            "0 of 3 delivered after [..] s",
        ],
    );
}

#[test]
fn a_lock_names_entities_without_values() {
    let scene = scene(&[("system", json!({"identifier": "shop"}))]);
    scene.write(
        "glint.lock",
        "# glint.lock v1: blueprint, identifier, digest, owner; written by `glint-gitops lock`\n\
         service checkout 0c4f6fd2a91e4b7a Entity/shop/checkout@shop\n\
         system shop 0c4f6fd2a91e4b7a Entity/shop/shop@shop\n",
    );
    let said = scene.report(&["--entities", "glint.lock"], "");
    let shown = "  … service/checkout  pending\n  ✓ system/shop       delivered: it is there; a lock tells no values\n1 of 2 delivered\n";
    assert_eq!(
        (said.status, said.stdout.as_str()),
        (1, shown),
        "{}",
        said.stderr
    );
}

#[test]
fn the_installed_mapping_decides_what_is_sent() {
    let scene = scene(&[("system", json!({"identifier": "shop"}))]);
    scene.write("shop.yaml", &SHOP.replace("glint.io", "getport.io"));
    let mapping = json!({"resources": [{
        "kind": "getport.io/v1/entities",
        "selector": {"query": ".spec.blueprint == \"system\""},
        "port": {"entity": {"mappings": [{
            "identifier": ".spec.identifier", "blueprint": ".spec.blueprint",
        }]}},
    }]});
    let body = json!({"installationId": "k8s-prod", "installationAppType": "K8S EXPORTER", "title": "k", "config": mapping});
    let (status, answer) = scene
        .sandbox
        .call_as(EXPORTER, "POST /v1/integration", Some(body));
    assert!(status < 300, "{answer}");
    let entities = ["--dialect", "port", "--entities", "shop.yaml"];
    let arguments = [&entities[..], &["--integration", "k8s-prod", "--wait"]].concat();
    check(
        &scene.report_object(&object(SYNCED), &arguments),
        1,
        &[
            "  ✗ service/checkout    rejected: not sent: no block of the mapping takes it",
            "  ✗ service/search-api  rejected: not sent: no block of the mapping takes it",
            "  ✓ system/shop         delivered",
            "1 of 3 delivered after [..] s",
        ],
    );
    let said = scene.report(&["--entities", "shop.yaml", "--integration", "nope"], "");
    let why = "the catalog has no integration `nope`; its id is the exporter's state key\n";
    assert!(said.stderr.ends_with(why), "{}", said.stderr);
}

#[test]
fn a_target_leads_to_the_entities_that_are_there() {
    let scene = scene(&[
        ("system", json!({"identifier": "shop"})),
        ("service", checkout(1)),
    ]);
    let relate = ["--relate", "services=service"];
    assert_eq!(
        scene
            .report(&[&["--install"][..], &relate].concat(), "")
            .status,
        0
    );
    let arguments = [&["--entities", "shop.yaml"][..], &relate].concat();
    scene.report_object(&object(SYNCED), &arguments);
    let target = &scene.entities("gitopsTarget")[0];
    assert_eq!(target["relations"]["services"], json!(["checkout"]));
}

#[test]
fn searches_are_few() {
    let mut shop = String::new();
    for index in 0..250 {
        shop.push_str(&format!(
            "---\napiVersion: glint.io/v1\nkind: Entity\nmetadata: {{name: s{index}, namespace: shop}}\nspec: {{blueprint: system, identifier: s{index}}}\n"
        ));
    }
    let scene = scene(&[]);
    scene.write("shop.yaml", &shop);
    let before = scene.sandbox.calls().len();
    let said = scene.report(&["--entities", "shop.yaml"], "");
    assert_eq!(said.status, 1);
    let calls = scene.sandbox.calls();
    let searches = calls[before..]
        .iter()
        .filter(|call| call.path == "/v1/entities/search");
    assert_eq!(searches.count(), 3);
    // A look at the blueprint, and 13 batches to be validated.
    assert!(
        calls.len() - before <= 3 + 13 + 2,
        "{}",
        calls.len() - before
    );
}
