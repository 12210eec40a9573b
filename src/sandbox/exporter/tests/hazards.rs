//! What a push of a mapping does where nothing guards it: the hazards of research on
//! port-k8s-exporter v0.7.9, each by its number.

use serde_json::{Value, json};

use super::world::{Installed, World, block, block_with, config, service, service_of_tier};
use crate::exporter::Kind;
use crate::sandbox::exporter::{Happening, State};
use crate::sandbox::store::Method;

const ENTITIES: &str = "glint.io/v1/entities";
const NONE: [&str; 0] = [];

/// Pushes a config that the exporter takes, after which nothing is left.
#[track_caller]
fn deletes_all(config: Value, says: &[&str]) {
    let mut world = World::new(Installed::default());
    world.says();
    world.pushes(config);
    assert_eq!(world.entities(), NONE);
    assert_eq!(world.says(), says);
    assert_eq!(world.state(), &State::Running);
}

#[test]
fn h1_a_kind_that_the_cluster_lacks_deletes_all_its_entities() {
    deletes_all(
        config(&[block("glint.io/v1/entites")]),
        &[
            "kind `glint.io/v1/entites` is skipped, and what the exporter owns of it is \
             deleted: the cluster had no such kind when the exporter started",
            "service/pay deleted",
            "service/web deleted",
        ],
    );
}

#[test]
fn h2_a_config_without_resources_deletes_everything() {
    for config in [json!({"resources": []}), json!({})] {
        deletes_all(config, &["service/pay deleted", "service/web deleted"]);
    }
}

#[test]
fn h3_a_narrower_selector_deletes_what_it_leaves_out() {
    let mut world = World::new(Installed::default());
    let narrow = block_with(ENTITIES, ".spec.properties.tier == 1", json!({}));
    world.pushes(config(&[narrow]));
    assert_eq!(world.entities(), ["service/pay"]);
}

#[test]
fn h3_another_identifier_loses_properties_of_others_and_relations_that_point_there() {
    let mut world = World::new(Installed::default());
    world.call(
        Method::Patch,
        "/v1/blueprints/service/entities/pay",
        json!({"properties": {"note": "call Ada"}}),
    );
    world.call(
        Method::Post,
        "/v1/blueprints/runbook/entities",
        json!({"identifier": "book", "relations": {"service": "pay"}}),
    );
    let renamed = json!({"identifier": "\"svc-\" + .metadata.name"});
    world.pushes(config(&[block_with(ENTITIES, "true", renamed)]));
    assert_eq!(
        world.entities(),
        ["runbook/book", "service/svc-pay", "service/svc-web"]
    );
    assert_eq!(
        world.field("service/svc-pay", "properties.note"),
        Value::Null
    );
    assert_eq!(
        world.field("runbook/book", "relations.service"),
        Value::Null
    );
}

#[test]
fn h4_a_cluster_name_that_jq_no_longer_sees_renames_every_entity() {
    let named = json!({"identifier": ".metadata.name + \"-\" + env.CLUSTER_NAME"});
    let config = config(&[block_with(ENTITIES, "true", named)]);
    let mut world = World::stopped(Installed {
        config_file: config.clone(),
        ..Installed::default()
    });
    world.does(Happening::Started);
    assert_eq!(world.entities(), ["service/pay-prod", "service/web-prod"]);
    let mut closed = config;
    closed["allowedEnvironmentVariablesInJQ"] = json!([]);
    world.pushes(closed);
    assert_eq!(world.entities(), ["service/pay-", "service/web-"]);
}

#[test]
fn h5_a_config_that_cannot_be_decoded_shows_only_at_the_next_restart() {
    let mut world = World::new(Installed::default());
    let mut broken = block(ENTITIES);
    broken["selector"]["query"] = json!(true);
    world.pushes(config(&[broken]));
    // Polling never gets to see that anything changed.
    world.applies([service_of_tier("pay", json!(3))]);
    assert_eq!(world.field("service/pay", "properties.tier"), json!(3));
    world.does(Happening::Started);
    let crashed = State::Crashed(
        "its integration can't be read, made or changed: 409 Integration with identifier \
         \"glint\" already exists"
            .to_owned(),
    );
    assert_eq!(world.state(), &crashed);
    world.applies([service_of_tier("pay", json!(4))]);
    assert_eq!(world.field("service/pay", "properties.tier"), json!(3));
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
}

#[test]
fn h6_a_config_of_null_stops_all_syncing_and_deletes_nothing() {
    let mut world = World::new(Installed::default());
    world.pushes(Value::Null);
    let idle = State::Idle("the integration's config is null".to_owned());
    assert_eq!(world.state(), &idle);
    world.applies([service_of_tier("pay", json!(3)), service("new")]);
    world.deletes(&service("web"));
    assert_eq!(world.field("service/pay", "properties.tier"), json!(1));
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
}

#[test]
fn h7_a_relation_of_null_crashes_the_exporter_again_and_again() {
    let mut world = World::new(Installed::default());
    let null = json!({"relations": {"system": null}});
    world.pushes(config(&[block_with(ENTITIES, "true", null)]));
    for _ in 0..2 {
        let State::Crashed(why) = world.state() else {
            panic!("{:?}", world.state());
        };
        assert_eq!(
            why,
            "`.resources[0].port.entity.mappings[0].relations.system` must be there and not \
             null: it makes the exporter crash"
        );
        world.does(Happening::Started);
    }
    world.applies([service("new")]);
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
}

#[test]
fn h8_one_object_that_fails_keeps_everything_stale_until_it_is_mended() {
    let mut world = World::new(Installed::default());
    world.applies([service_of_tier("odd", json!("no number"))]);
    world.says();
    world.pushes(config(&[block_with(
        ENTITIES,
        ".metadata.name != \"web\"",
        json!({}),
    )]));
    assert_eq!(
        world.says(),
        [
            "service/odd rejected 422: properties/tier must be number".to_owned(),
            "nothing stale is deleted: not every object could be sent".to_owned(),
        ]
    );
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
    // Mending what has nothing to do with it lets the deletion through.
    world.applies([service("odd")]);
    world.does(Happening::Started);
    assert_eq!(world.entities(), ["service/odd", "service/pay"]);
}

#[test]
fn h9_a_kind_that_may_not_be_listed_blocks_all_kinds_after_it() {
    let mut world = World::new(Installed::default());
    world.forbids("", "Secret");
    world.pushes(config(&[block("v1/secrets"), block(ENTITIES)]));
    assert_eq!(world.state(), &State::Waiting("v1/secrets".to_owned()));
    world.applies([service_of_tier("pay", json!(3))]);
    // Not even a mapping that is right again is seen.
    world.pushes(config(&[block(ENTITIES)]));
    assert_eq!(world.field("service/pay", "properties.tier"), json!(1));
    assert_eq!(world.state(), &State::Waiting("v1/secrets".to_owned()));
}

#[test]
fn a_kind_of_which_no_list_has_come_is_waited_for_and_never_empty() {
    let mut world = World::new(Installed::default());
    let kind = Kind::of(&json!({"apiVersion": "glint.io/v1", "kind": "Entity"}));
    world.does(Happening::Listed([].into()));
    world.pushes(config(&[block(ENTITIES)]));
    assert_eq!(world.state(), &State::Waiting(ENTITIES.to_owned()));
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
    world.does(Happening::Listed(kind.into_iter().collect()));
    assert_eq!(world.state(), &State::Running);
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
}

#[test]
fn h10_a_restart_with_overwriting_takes_back_what_was_pushed() {
    let mut world = World::new(Installed {
        overwrites_on_restart: true,
        ..Installed::default()
    });
    let narrow = block_with(ENTITIES, ".metadata.name == \"pay\"", json!({}));
    world.pushes(config(&[narrow]));
    assert_eq!(world.entities(), ["service/pay"]);
    world.does(Happening::Started);
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
}

#[test]
fn h10_a_restart_with_overwriting_and_without_a_file_deletes_everything() {
    let mut world = World::stopped(Installed {
        config_file: json!({}),
        overwrites_on_restart: true,
        ..Installed::default()
    });
    world.does(Happening::Started);
    world.pushes(config(&[block(ENTITIES)]));
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
    world.does(Happening::Started);
    assert_eq!(world.entities(), NONE);
}

#[test]
fn h11_an_object_that_stops_matching_stays_until_the_next_resync() {
    let mut world = World::new(Installed::default());
    let narrow = block_with(ENTITIES, ".spec.properties.tier < 3", json!({}));
    world.pushes(config(&[narrow]));
    world.applies([service_of_tier("pay", json!(5))]);
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
    assert_eq!(world.field("service/pay", "properties.tier"), json!(1));
    // Whoever asks for a resync, or changes anything of the integration, deletes it.
    world.call(Method::Patch, "/v1/integration/glint", json!({}));
    world.does(Happening::Polled);
    assert_eq!(world.entities(), ["service/web"]);
}

#[test]
fn h12_a_restart_that_is_cut_short_deletes_what_was_not_listed_yet() {
    let mut world = World::new(Installed::default());
    world.does(Happening::Interrupted { listed: 1 });
    assert_eq!(world.entities(), ["service/pay"]);
    assert_eq!(world.state(), &State::Off);
}

#[test]
fn a_start_without_an_api_server_deletes_everything() {
    let mut world = World::new(Installed::default());
    world.does(Happening::ServerLost);
    world.does(Happening::Started);
    assert_eq!(world.entities(), NONE);
}

#[test]
fn an_api_server_that_comes_back_is_caught_up_with() {
    let mut world = World::new(Installed::default());
    world.does(Happening::ServerLost);
    world.applies([service_of_tier("pay", json!(3)), service("new")]);
    world.pushes(config(&[block(ENTITIES)]));
    assert_eq!(world.state(), &State::Waiting(ENTITIES.to_owned()));
    assert_eq!(world.entities(), ["service/pay", "service/web"]);
    world.does(Happening::ServerBack);
    assert_eq!(world.state(), &State::Running);
    assert_eq!(world.field("service/pay", "properties.tier"), json!(3));
    assert_eq!(
        world.entities(),
        ["service/new", "service/pay", "service/web"]
    );
}

#[test]
fn two_objects_with_one_identity_are_one_entity_that_either_deletes() {
    let mut world = World::new(Installed::default());
    let mut twin = service_of_tier("pay", json!(9));
    twin["metadata"]["namespace"] = json!("other");
    world.applies([twin.clone()]);
    assert_eq!(world.field("service/pay", "properties.tier"), json!(9));
    world.deletes(&twin);
    assert_eq!(world.entities(), ["service/web"]);
}

#[test]
fn what_others_made_is_not_deleted() {
    let mut world = World::new(Installed::default());
    world.call(
        Method::Post,
        "/v1/blueprints/service/entities",
        json!({"identifier": "by-hand"}),
    );
    world.pushes(json!({"resources": []}));
    assert_eq!(world.entities(), ["service/by-hand"]);
}
