//! Plans of small configs, as a person would be told of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Facts, Plan, Reason, Served, Verdict, Weight, Witnesses};
use crate::catalog::{BlueprintId, Dialect, EntityKind, Identity};
use crate::exporter::{
    Config, Declaration, Fragment, Preview, Style, environment, mapping, preview,
};
use crate::lock::Limits;

/// All that a push is tried with.
struct Try {
    current: Value,
    new: Value,
    owned: Vec<String>,
    automatic: Vec<&'static str>,
    given: Vec<Value>,
    served: Vec<String>,
    variables: Vec<(&'static str, &'static str)>,
    limits: Limits,
    app_type: &'static str,
    approve: Option<String>,
    is_whole: bool,
    known: Vec<&'static str>,
    spared: Vec<&'static str>,
}

impl Try {
    fn new(current: Value, new: Value, owned: &[&str]) -> Self {
        Self {
            current,
            new,
            owned: owned.iter().map(ToString::to_string).collect(),
            automatic: Vec::new(),
            given: Vec::new(),
            served: Vec::new(),
            variables: Vec::new(),
            limits: Limits {
                deletions: 10,
                share: 10,
            },
            app_type: "K8S EXPORTER",
            approve: None,
            is_whole: false,
            known: Vec::new(),
            spared: Vec::new(),
        }
    }

    fn plan(&self) -> Plan {
        let owned: BTreeSet<Identity> = self.owned.iter().map(|it| identity(it)).collect();
        let automatic: BTreeSet<Identity> = self.automatic.iter().map(|it| identity(it)).collect();
        let witnesses = match self.is_whole {
            true => Witnesses::default(),
            false => Witnesses::of(owned.union(&automatic), Dialect::Port),
        };
        let objects: Vec<&Value> = self.given.iter().chain(&witnesses.objects).collect();
        let given = vec![None; self.given.len()];
        let values: Vec<&Value> = self.given.iter().collect();
        let variables: BTreeSet<String> = self
            .variables
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        Plan::of(&Facts {
            installation: "k8s-prod",
            app_type: self.app_type,
            current: Some(&self.current).filter(|it| !it.is_null()),
            new: &self.new,
            dialect: Dialect::Port,
            owned: &owned,
            automatic: &automatic,
            given: &given,
            is_whole: self.is_whole,
            witnesses: &witnesses,
            before: &self.made(&self.current, &objects),
            after: &self.made(&self.new, &objects),
            served: &Served::new(&values, &[], &self.served, Dialect::Port),
            variables: &variables,
            limits: self.limits,
            known: &self.known.iter().map(|it| identity(it)).collect(),
            spared: &self.spared.iter().map(|it| identity(it)).collect(),
        })
    }

    fn made(&self, config: &Value, objects: &[&Value]) -> Preview {
        let Ok(config) = Config::decode(config.clone(), Dialect::Port) else {
            return Preview::default();
        };
        let variables: BTreeMap<String, String> = self
            .variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let environment = environment(&config.variables, &variables).unwrap();
        preview(&config, objects.iter().copied(), &environment)
    }

    /// The verdict, what goes and why, the limits, then the hazards but for notes.
    #[track_caller]
    fn check(&self, expected: &[&str]) {
        let plan = self.plan();
        let mut lines = vec![match plan.verdict(self.approve.as_deref()) {
            Verdict::Nothing => "nothing".to_owned(),
            Verdict::Free => "free".to_owned(),
            Verdict::Approved => "approved".to_owned(),
            Verdict::Held => "held".to_owned(),
            Verdict::Refused => "refused".to_owned(),
        }];
        lines.extend(plan.created.iter().map(|it| format!("+ {it}")));
        lines.extend(plan.changed.iter().map(|it| format!("~ {it}")));
        lines.extend(plan.deleted.iter().map(|it| {
            let reason = match &it.reason {
                Reason::Unsent => "unsent".to_owned(),
                Reason::Moved(to) => format!("now {to}"),
                Reason::Block { index, .. } => format!("block {index}"),
                Reason::Discovery => "discovery".to_owned(),
                Reason::Backlog => "backlog".to_owned(),
                Reason::Unknown => "unknown".to_owned(),
            };
            format!("- {}: {reason}", it.identity)
        }));
        lines.extend(plan.breaches.iter().map(ToString::to_string));
        let hazards = plan.hazards.iter().filter(|it| it.weight > Weight::Note);
        lines.extend(hazards.map(|it| format!("[{}] {}", it.name, it.message)));
        assert_eq!(lines, expected);
    }
}

fn identity(text: &str) -> Identity {
    let (blueprint, identifier) = text.split_once('/').unwrap();
    Identity {
        blueprint: blueprint.to_owned(),
        identifier: identifier.to_owned(),
    }
}

fn block(kind: &str, selector: &str, identifier: &str, blueprint: &str) -> Value {
    json!({"kind": kind, "selector": {"query": selector}, "port": {"entity": {"mappings": [
        {"identifier": identifier, "blueprint": blueprint, "properties": {"p": ".a"}}]}}})
}

fn pods() -> Value {
    block("v1/pods", "true", ".metadata.name", "\"pod\"")
}

fn services() -> Value {
    block("v1/services", "true", ".metadata.name", "\"svc\"")
}

fn config(blocks: &[Value]) -> Value {
    json!({"resources": blocks})
}

/// Our blocks of a style for blueprints.
fn ours(style: Style, blueprints: &[&str]) -> Vec<Value> {
    let declarations = blueprints.iter().map(|id| Declaration {
        kind: EntityKind::Entity,
        blueprint: BlueprintId::parse(id).unwrap(),
        properties: [].into(),
        relations: [].into(),
    });
    let fragment = Fragment::of(Dialect::Port, declarations);
    let config = mapping(style, &fragment).to_json();
    config["resources"].as_array().unwrap().clone()
}

fn entity(name: &str, identifier: &str, tier: i64) -> Value {
    json!({"apiVersion": "getport.io/v1", "kind": "Entity",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"blueprint": "service", "identifier": identifier, "properties": {"tier": tier}}})
}

fn numbered(blueprint: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|it| format!("{blueprint}/{it:02}"))
        .collect()
}

const LISTS: &str =
    ": where its ClusterRole forbids that, it waits for ever and sends none of the later kinds";

#[test]
fn what_both_configs_hold_keeps_what_it_made() {
    let new = config(&[services(), pods()]);
    let owned = ["pod/a", "svc/b"];
    Try::new(config(&[pods(), services()]), new.clone(), &owned).check(&["free"]);
    Try::new(new.clone(), new, &owned).check(&["nothing"]);
}

#[test]
fn another_property_makes_no_other_entity() {
    let mut other = pods();
    other["port"]["entity"]["mappings"][0]["properties"] = json!({"q": ".b"});
    Try::new(config(&[pods()]), config(&[other]), &["pod/a"]).check(&["free"]);
}

#[test]
fn a_block_that_goes_takes_its_blueprint_along() {
    Try::new(
        config(&[pods(), services()]),
        config(&[services()]),
        &["pod/a", "svc/b"],
    )
    .check(&["free", "- pod/a: block 0"]);
    // A computed blueprint may have made anything.
    let any = block("v1/nodes", "true", ".metadata.name", ".kind");
    Try::new(
        config(&[any, services()]),
        config(&[services()]),
        &["pod/a", "svc/b"],
    )
    .check(&["free", "- pod/a: block 0", "- svc/b: block 0"]);
}

#[test]
fn a_narrowed_selector_and_another_identifier_put_all_at_stake() {
    let narrowed = block(
        "v1/pods",
        ".metadata.namespace == \"x\"",
        ".metadata.name",
        "\"pod\"",
    );
    Try::new(config(&[pods()]), config(&[narrowed]), &["pod/a"])
        .check(&["free", "- pod/a: block 0"]);
    let renamed = block("v1/pods", "true", ".metadata.uid", "\"pod\"");
    Try::new(config(&[pods()]), config(&[renamed]), &["pod/a"])
        .check(&["free", "- pod/a: block 0"]);
}

#[test]
fn an_entity_of_ours_stays_from_one_style_to_the_other() {
    let generic = config(&ours(Style::Generic, &[]));
    let explicit = config(&ours(Style::Explicit, &["service"]));
    Try::new(explicit.clone(), generic.clone(), &["service/a"]).check(&[
        "free",
        &format!("[new-kind] the exporter will list `getport.io/v1/clusterentities`{LISTS}"),
    ]);
    // Whether it is a ClusterEntity nobody can tell, and those are not taken any more.
    Try::new(generic, explicit, &["service/a", "team/b"]).check(&[
        "free",
        "- service/a: block 2",
        "- team/b: block 0",
    ]);
}

#[test]
fn a_fragment_that_goes_takes_its_entities_along() {
    let both = config(&ours(Style::Explicit, &["service", "team"]));
    let one = config(&ours(Style::Explicit, &["team"]));
    Try::new(both, one, &["service/a", "team/b"]).check(&["free", "- service/a: block 0"]);
}

#[test]
fn given_objects_tell_what_is_created_changed_and_kept() {
    let mut current = config(&ours(Style::Explicit, &["service"]));
    for index in [0, 1] {
        let mapping = &mut current["resources"][index]["port"]["entity"]["mappings"][0];
        mapping["properties"] = json!({"tier": "9"});
    }
    let new = config(&ours(Style::Generic, &[]));
    let mut push = Try::new(current, new, &["service/a"]);
    push.given = vec![entity("a", "a", 1), entity("b", "b", 2)];
    push.check(&[
        "free",
        "+ service/b",
        "~ service/a",
        &format!("[new-kind] the exporter will list `getport.io/v1/clusterentities`{LISTS}"),
    ]);
}

#[test]
fn h1_a_kind_that_may_not_exist_is_refused() {
    let widgets = block("example.com/v1/widgets", "true", ".metadata.name", "\"w\"");
    let mut push = Try::new(
        config(std::slice::from_ref(&widgets)),
        config(&[widgets, pods()]),
        &["w/a"],
    );
    push.check(&[
        "refused",
        "[unresolved-kind] .resources[0]: kind `example.com/v1/widgets` is neither built into Kubernetes nor in the stream; where the cluster lacks it too, the exporter skips the block and deletes its entities",
        &format!("[new-kind] the exporter will list `v1/pods`{LISTS}"),
    ]);
    push.served = vec!["example.com/v1/widgets".to_owned()];
    push.check(&[
        "free",
        &format!("[new-kind] the exporter will list `v1/pods`{LISTS}"),
    ]);
    let typo = block("deployments", "true", ".metadata.name", "\"w\"");
    Try::new(config(&[]), config(&[typo]), &[]).check(&[
        "refused",
        "[unresolved-kind] .resources[0]: kind `deployments` is no `group/version/resource`: the exporter skips the block",
        &format!("[new-kind] the exporter will list `deployments`{LISTS}"),
    ]);
}

#[test]
fn h2_an_empty_config_is_refused_whatever_is_approved() {
    for new in [json!({}), json!({"resources": null}), config(&[])] {
        let mut push = Try::new(config(&[pods()]), new, &["pod/a", "pod/b"]);
        push.limits = Limits {
            deletions: 100,
            share: 100,
        };
        push.approve = Some(push.plan().approval.to_string());
        push.check(&[
            "refused",
            "- pod/a: block 0",
            "- pod/b: block 0",
            "[no-resources] the new config has no `resources`: the exporter would delete all that it owns, 2 entities",
        ]);
    }
}

#[test]
fn h3_another_identity_is_a_move_with_its_cost() {
    let current = config(&ours(Style::Generic, &[]));
    let mut new = current.clone();
    for index in 0..4 {
        let mapping = &mut new["resources"][index]["port"]["entity"]["mappings"][0];
        mapping["identifier"] = json!("\"prod-\" + .spec.identifier");
    }
    Try::new(current, new, &["service/a"]).check(&[
        "free",
        "- service/a: now service/prod-a",
        "[new-identities] 1 entity gets another identity: for the catalog it is a new one, and relations to the old one, properties of other sources, history and scorecards are lost",
    ]);
}

#[test]
fn h4_identities_from_a_variable_need_it_to_be_given() {
    let named = block(
        "v1/pods",
        "true",
        ".metadata.name + env.CLUSTER_NAME",
        "\"pod\"",
    );
    let mut push = Try::new(config(&[pods()]), config(std::slice::from_ref(&named)), &[]);
    push.check(&[
        "refused",
        "[unknown-variable] .resources[0] makes identities of the variable `CLUSTER_NAME`, and nobody says that the exporter has it: where it lacks it, every identity changes: all old entities are deleted and made anew",
    ]);
    push.variables = vec![("CLUSTER_NAME", "prod")];
    push.check(&["free"]);
    // What the current config does already, nobody needs to say.
    Try::new(
        config(std::slice::from_ref(&named)),
        config(&[named, services()]),
        &["pod/a"],
    )
    .check(&[
        "free",
        &format!("[new-kind] the exporter will list `v1/services`{LISTS}"),
    ]);
}

#[test]
fn h4_a_variable_that_the_new_config_hides_is_refused() {
    let regional = block("v1/pods", "true", ".metadata.name + env.REGION", "\"pod\"");
    let mut current = config(std::slice::from_ref(&regional));
    current["allowAllEnvironmentVariablesInJQ"] = json!(true);
    let mut push = Try::new(current, config(&[regional]), &["pod/a-eu"]);
    push.variables = vec![("REGION", "-eu")];
    push.check(&[
        "refused",
        "- pod/a-eu: block 0",
        "[hidden-variable] .resources[0] makes identities of the variable `REGION`, which the new config hides from jq: every identity changes: all old entities are deleted and made anew",
    ]);
}

#[test]
fn h4_a_property_from_an_unknown_variable_is_a_warning() {
    let mut other = pods();
    other["port"]["entity"]["mappings"][0]["properties"] = json!({"region": "env.PORT_REGION"});
    let mut another = other.clone();
    another["selector"]["query"] = json!("");
    Try::new(config(&[]), config(&[other]), &[]).check(&[
        "free",
        "[unknown-variable] .resources[0] reads the variable `PORT_REGION`, and nobody says that the exporter has it: where it lacks it, what is sent is null or lacks it",
        &format!("[new-kind] the exporter will list `v1/pods`{LISTS}"),
    ]);
}

#[test]
fn h5_a_config_that_stops_the_exporter_is_refused() {
    let mut broken = pods();
    broken["selector"]["query"] = json!(true);
    Try::new(config(&[pods()]), config(&[broken]), &["pod/a"]).check(&[
        "refused",
        "[undecodable] the exporter's config.resources[0].selector.query must be a string: put it in quotes; the exporter would stop and send nothing until that is mended",
    ]);
    let mut object = pods();
    object["port"]["entity"]["mappings"] = json!({"identifier": ".x", "blueprint": "\"b\""});
    Try::new(config(&[pods()]), config(&[object]), &["pod/a"]).check(&[
        "refused",
        "[undecodable] the exporter's config.resources[0].port.entity.mappings must be a list; the exporter would stop and send nothing until that is mended",
    ]);
}

#[test]
fn h5_behind_a_config_that_stopped_it_all_that_is_not_shown_to_be_sent_is_at_stake() {
    let mut broken = config(&ours(Style::Generic, &[]));
    broken["resources"][0]["selector"]["query"] = json!(true);
    let mut push = Try::new(
        broken,
        config(&ours(Style::Generic, &[])),
        &["service/a", "team/b"],
    );
    push.given = vec![entity("a", "a", 1)];
    push.check(&[
        "free",
        "- team/b: unknown",
        "[undecodable] of the current config, the exporter's config.resources[0].selector.query must be a string: put it in quotes: its exporter is idle, and which entities it would still make can't be told",
        &format!("[new-kind] the exporter will list `getport.io/v1/clusterentities`, `getport.io/v1/entities`{LISTS}"),
    ]);
}

#[test]
fn h6_null_is_refused_and_said_where_it_is_already() {
    Try::new(config(&[pods()]), Value::Null, &["pod/a"]).check(&[
        "refused",
        "[no-config] the new config is null: the exporter would stop and send nothing until it gets one",
    ]);
    Try::new(Value::Null, config(&[pods()]), &["pod/a"]).check(&[
        "free",
        "- pod/a: unknown",
        "[no-config] the integration has no config: its exporter waits for one, and which entities it would still make can't be told",
        &format!("[new-kind] the exporter will list `v1/pods`{LISTS}"),
    ]);
}

#[test]
fn h7_a_config_that_crashes_the_exporter_is_refused() {
    let mut crashing = pods();
    crashing["port"]["entity"]["mappings"][0]["identifier"] = Value::Null;
    Try::new(config(&[pods()]), config(&[crashing]), &["pod/a"]).check(&[
        "refused",
        "[crash] the exporter's config.resources[0].port.entity.mappings[0].identifier must be there and not null: it makes the exporter crash, at its first object and again after each restart",
    ]);
}

#[test]
fn h8_what_no_block_makes_is_a_backlog_that_goes() {
    let mut other = pods();
    other["port"]["entity"]["mappings"][0]["properties"] = json!({});
    Try::new(config(&[pods()]), config(&[other]), &["old/a", "old/b", "pod/c"]).check(&[
        "free",
        "- old/a: backlog",
        "- old/b: backlog",
        "[backlog] 2 entities are owned by the exporter and made by no block of the current config: an object that fails has kept them so far, and the next resync without a failure deletes them",
    ]);
}

#[test]
fn h8_an_object_that_fails_keeps_the_exporter_from_deleting() {
    let failing = block(
        "getport.io/v1/entities",
        "true",
        ".spec.none.x + 1",
        "\"x\"",
    );
    let mut push = Try::new(config(&[pods()]), config(&[failing]), &["pod/a"]);
    push.given = vec![entity("a", "a", 1)];
    push.check(&[
        "free",
        "- pod/a: block 0",
        &format!("[new-kind] the exporter will list `getport.io/v1/entities`{LISTS}"),
        "[failing-object] `.resources[0].port.entity.mappings[0].identifier` must yield a string, and yields a number: while one object fails, the exporter deletes nothing at all, also nothing that is planned here",
    ]);
}

#[test]
fn h9_a_new_kind_needs_a_right() {
    let plan = Try::new(config(&[pods()]), config(&[pods(), services()]), &[]).plan();
    let hazard = plan
        .hazards
        .iter()
        .find(|it| it.name == "new-kind")
        .unwrap();
    assert_eq!(
        hazard.help.as_deref(),
        Some("kubectl auth can-i list services --as system:serviceaccount:NAMESPACE:NAME")
    );
}

#[test]
fn h11_and_h12_are_notes() {
    let narrowed = block("v1/pods", ".x == 1", ".metadata.name", "\"pod\"");
    let plan = Try::new(config(&[pods()]), config(&[narrowed]), &[]).plan();
    let notes = plan.hazards.iter().filter(|it| it.weight == Weight::Note);
    let notes: Vec<&str> = notes.map(|it| it.message.as_str()).collect();
    assert_eq!(
        notes,
        [
            "an object that stops matching a selector, or gets another identifier, leaves its old entity until the next full resync",
            "don't restart the exporter until its resync is over: one that is stopped while it lists deletes what it has not listed yet",
        ]
    );
}

#[test]
fn the_integration_of_something_else_is_refused() {
    let mut push = Try::new(config(&[pods()]), config(&[services()]), &[]);
    push.app_type = "GITHUB";
    push.check(&[
        "refused",
        "[foreign-integration] integration `k8s-prod` is of type `GITHUB`, not the Kubernetes exporter's `K8S EXPORTER`",
        &format!("[new-kind] the exporter will list `v1/services`{LISTS}"),
    ]);
}

#[test]
fn too_many_are_held_until_this_very_set_is_approved() {
    let mut push = Try::new(config(&[pods(), services()]), config(&[pods()]), &[]);
    push.owned = [numbered("svc", 12), numbered("pod", 30)].concat();
    let deleted: Vec<String> = numbered("svc", 12)
        .iter()
        .map(|it| format!("- {it}: block 1"))
        .collect();
    let mut expected = vec!["held"];
    expected.extend(deleted.iter().map(String::as_str));
    expected.extend([
        "12 of 42 entities (10 allowed)",
        "12 of 12 `svc` entities (100 %, 10 % allowed)",
    ]);
    push.check(&expected);
    push.approve = Some(push.plan().approval.to_string());
    expected[0] = "approved";
    push.check(&expected);
    push.owned.push("svc/99".to_owned());
    assert_eq!(push.plan().verdict(push.approve.as_deref()), Verdict::Held);
}

#[test]
fn what_a_push_brought_goes_with_it() {
    let mut push = Try::new(
        config(&[pods(), services()]),
        config(&[pods()]),
        &["svc/a", "svc/b"],
    );
    push.limits.deletions = 0;
    push.spared = vec!["svc/a", "svc/b"];
    push.check(&["free", "- svc/a: block 1", "- svc/b: block 1"]);
    push.spared.pop();
    push.check(&[
        "held",
        "- svc/a: block 1",
        "- svc/b: block 1",
        "1 of 2 entities (0 allowed)",
    ]);
}

#[test]
fn what_the_new_config_made_before_it_makes_again() {
    let narrowed = block("v1/pods", ".x == 1", ".metadata.name", "\"pod\"");
    let mut push = Try::new(config(&[narrowed]), config(&[pods()]), &["pod/a", "pod/b"]);
    push.known = vec!["pod/a"];
    push.check(&["free", "- pod/b: block 0"]);
    // What was owned then, but mapped no more, goes as it would have.
    push.owned = vec!["pod/a".to_owned(), "old/c".to_owned()];
    push.known = vec!["pod/a", "old/c"];
    push.limits.deletions = 0;
    push.check(&[
        "held",
        "- old/c: backlog",
        "1 of 2 entities (0 allowed)",
        "[backlog] 1 entity is owned by the exporter and made by no block of the current config: an object that fails has kept it so far, and the next resync without a failure deletes it",
    ]);
}

#[test]
fn a_block_of_ours_that_someone_has_changed_may_have_made_anything() {
    let now = config(&ours(Style::Generic, &[]));
    let mut changed = now.clone();
    changed["resources"][0]["port"]["entity"]["mappings"][0]["identifier"] =
        json!("\"prod-\" + .spec.identifier");
    Try::new(changed, now.clone(), &["service/prod-pay"])
        .check(&["free", "- service/prod-pay: block 0"]);
    let mut wider = now.clone();
    wider["resources"][0]["selector"]["query"] = json!("true # glint-gitops: generic entities");
    Try::new(wider, now, &["service/withheld"]).check(&["free", "- service/withheld: block 0"]);
}

#[test]
fn what_a_file_declares_keeps_no_entity_that_another_block_makes() {
    let deployments = block(
        "apps/v1/deployments",
        "true",
        ".metadata.name",
        "\"service\"",
    );
    let mut push = Try::new(
        config(&[deployments]),
        config(&ours(Style::Generic, &["service"])),
        &["service/pay"],
    );
    push.given = vec![entity("pay", "pay", 1)];
    let kinds = "`getport.io/v1/clusterentities`, `getport.io/v1/entities`";
    push.check(&[
        "free",
        "- service/pay: block 0",
        &format!("[new-kind] the exporter will list {kinds}{LISTS}"),
    ]);
}

#[test]
fn what_the_catalog_made_for_a_relation_is_neither_new_nor_ever_deleted() {
    let mut push = Try::new(
        config(&[pods()]),
        config(&ours(Style::Generic, &["service"])),
        &["pod/a"],
    );
    push.given = vec![entity("pay", "pay", 1)];
    push.automatic = vec!["service/pay", "pod/b", "team/x"];
    let kinds = "`getport.io/v1/clusterentities`, `getport.io/v1/entities`";
    let lists = format!("[new-kind] the exporter will list {kinds}{LISTS}");
    push.check(&[
        "free",
        "- pod/a: block 0",
        &lists,
        "[never-deleted] 1 entity is sent no more, and stays: the catalog made it because others \
         relate to it (`createMissingRelatedEntities`), and the exporter deletes only what it \
         made itself",
    ]);
}

#[test]
fn crds_that_are_not_discovered_any_more_may_have_made_anything() {
    let mut current = config(&[pods()]);
    current["crdsToDiscover"] = json!("true");
    Try::new(current.clone(), current.clone(), &["x/y"]).check(&["nothing"]);
    Try::new(current, config(&[pods()]), &["x/y"]).check(&["free", "- x/y: discovery"]);
}

#[test]
fn where_all_objects_are_known_what_none_of_them_is_sent_as_goes() {
    let pod =
        |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "a": 1});
    let all = json!({"resources": [pods()]});
    let some = block(
        "v1/pods",
        ".metadata.name != \"b\"",
        ".metadata.name",
        "\"pod\"",
    );
    let some = json!({"resources": [some]});
    let with = |new: &Value, owned: &[&str]| Try {
        given: vec![pod("a"), pod("b")],
        is_whole: true,
        ..Try::new(all.clone(), new.clone(), owned)
    };
    with(&some, &["pod/a", "pod/b"]).check(&["free", "- pod/b: unsent"]);
    // Its object is gone, and a block of others is no reason for it to stay.
    with(&some, &["pod/a", "pod/gone"]).check(&[
        "free",
        "- pod/gone: backlog",
        "[backlog] 1 entity is owned by the exporter and made by no block of the current config: \
         an object that fails has kept it so far, and the next resync without a failure deletes it",
    ]);
}

#[test]
fn what_can_not_be_computed_of_an_object_may_be_what_made_an_entity() {
    let odd = |selector: &str| {
        let mut odd = pods();
        odd["selector"]["query"] = json!(selector);
        odd["port"]["entity"]["mappings"][0]["identifier"] = json!(".metadata.name.x");
        odd
    };
    let with = |new: Value| Try {
        given: vec![json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}})],
        is_whole: true,
        ..Try::new(json!({"resources": [odd("true")]}), new, &["pod/a"])
    };
    let deleted = |new: Value| -> Vec<Reason> {
        let plan = with(new).plan();
        plan.deleted.into_iter().map(|it| it.reason).collect()
    };
    assert_eq!(deleted(json!({"resources": [odd("true"), services()]})), []);
    let lost = Reason::Block {
        index: 0,
        kind: "v1/pods".to_owned(),
    };
    assert_eq!(deleted(json!({"resources": [services()]})), [lost]);
}
