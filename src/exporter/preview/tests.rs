//! What becomes of one object, fault by fault. What the exporter itself answered
//! to many more is in `tests/golden`.

use serde_json::{Value, json};

use super::{Preview, ProblemKind, preview};
use crate::catalog::Dialect;
use crate::exporter::config::Config;
use crate::exporter::jq::Environment;

fn object() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"tier": 2, "list": ["a", "b"], "all": {"tier": 2, "x": 1}},
    })
}

/// A block whose one mapping has these fields besides.
fn block(fields: Value) -> Value {
    let mut mapping = json!({"identifier": ".metadata.name", "blueprint": "\"b\""});
    let own = fields.as_object().unwrap().clone();
    mapping.as_object_mut().unwrap().extend(own);
    json!({"kind": "v1/services", "port": {"entity": {"mappings": [mapping]}}})
}

fn previewed(blocks: &[Value]) -> Preview {
    let config = Config::decode(json!({"resources": blocks}), Dialect::Port).unwrap();
    preview(&config, [&object()], &Environment::default())
}

/// Checks the bodies that are sent.
#[track_caller]
fn check(fields: Value, expected: Value) {
    let preview = previewed(&[block(fields)]);
    assert_eq!(preview.problems, []);
    let sent = preview.sent.iter();
    let bodies: Vec<Value> = sent.map(|sent| sent.request.to_json()).collect();
    let mut body = json!({"identifier": "web", "blueprint": "b"});
    body.as_object_mut()
        .unwrap()
        .extend(expected.as_object().unwrap().clone());
    assert_eq!(bodies, [body]);
}

/// Checks why nothing is sent: kind, field below the mapping, and message.
#[track_caller]
fn check_stopped(fields: Value, expected: &[&str]) {
    let preview = previewed(&[block(fields)]);
    assert_eq!(preview.sent, []);
    let problems = preview.problems.iter().map(|problem| {
        let field = problem.field.to_string();
        let field = field.trim_start_matches(".resources[0].port.entity.mappings[0]");
        format!("{:?} {field} {}", problem.kind, problem.message)
    });
    assert_eq!(problems.collect::<Vec<_>>(), expected);
}

#[test]
fn the_fields_of_all_are_members_beside_explicit_ones() {
    check(
        json!({"properties": {"*": ".spec.all", "y": "3"}}),
        json!({"properties": {"tier": 2, "x": 1, "y": 3}}),
    );
    check(
        json!({"properties": {"*": ".nope", "y": "3"}}),
        json!({"properties": {"*": null, "y": 3}}),
    );
}

#[test]
fn an_overlap_is_sent_only_where_both_values_are_the_same() {
    check(
        json!({"properties": {"*": ".spec.all", "tier": ".spec.tier"}}),
        json!({"properties": {"tier": 2, "x": 1}}),
    );
    let changes = "which has an expression of its own: which of the two values is sent changes \
                   from run to run";
    let of =
        |group: &str, name: &str| format!("Unsupported .{group}[\"*\"] yields `{name}`, {changes}");
    check_stopped(
        json!({"properties": {"*": ".spec.all", "tier": "1"}}),
        &[&of("properties", "tier")],
    );
    check_stopped(
        json!({"relations": {"*": ".spec.all", "x": {"combinator": "\"and\""}}}),
        &[&of("relations", "x")],
    );
}

#[test]
fn an_empty_query_leaves_no_trace_and_a_list_keeps_its_places() {
    check(
        json!({"relations": {"a": {}, "b": [{}, ".nope", [".spec.tier"]], "c": []}}),
        json!({"relations": {"b": [null, null, [2]], "c": []}}),
    );
    check(
        json!({"relations": {"*": ["{a: 1}", ".spec.tier"]}}),
        json!({"relations": {"*": [null, 2]}}),
    );
    check(json!({"team": {}}), json!({"team": {}}));
}

#[test]
fn every_fault_of_a_mapping_is_named() {
    check_stopped(
        json!({"title": ".nope", "properties": {"a": ".spec.tier.x", "b": "empty", "c": "1"}}),
        &[
            "Dropped .title must yield a string, and yields null",
            "Dropped .properties.a fails for this object",
            "Dropped .properties.b yields nothing for this object",
        ],
    );
    check_stopped(
        json!({"team": [".x"]}),
        &["Dropped .team must be a string or a search query"],
    );
    check_stopped(
        json!({"relations": {"r": {"rules": [{"value": 5}]}}}),
        &["Dropped .relations.r.rules[0].value must be a string: it is an expression"],
    );
}

#[test]
fn a_crash_comes_only_where_the_exporter_gets_so_far() {
    let crash = "must be there and not null: it makes the exporter crash";
    check_stopped(
        json!({"identifier": null, "title": ".nope"}),
        &[&format!("Crash .identifier {crash}")],
    );
    check_stopped(
        json!({"relations": {"r": [".x", null]}}),
        &[&format!("Crash .relations.r[1] {crash}")],
    );
    check_stopped(
        json!({"properties": {"p": "error"}, "relations": {"r": null}}),
        &["Dropped .properties.p fails for this object"],
    );
    check_stopped(
        json!({"relations": {"a": "error", "r": null}}),
        &[
            "Unsupported .relations.r is null, and another expression fails: whether the exporter \
           crashes or drops the object changes from run to run",
        ],
    );
}

#[test]
fn a_number_that_json_lacks_can_not_be_sent() {
    check_stopped(
        json!({"properties": {"p": "[nan]"}}),
        &["Unsendable .properties.p yields a number that JSON can't hold"],
    );
    check_stopped(
        json!({"properties": {"p": "nan", "q": "error"}}),
        &["Dropped .properties.q fails for this object"],
    );
}

#[test]
fn an_object_is_sent_once_for_each_item_and_mapping_in_their_order() {
    let mut block = block(json!({"identifier": ".metadata.name + .item"}));
    block["selector"]["query"] = json!(".item != \"x\"");
    block["port"]["itemsToParse"] = json!(".spec.list + [\"x\"]");
    let mappings = block["port"]["entity"]["mappings"].as_array_mut().unwrap();
    mappings.push(json!({"identifier": ".item", "blueprint": "\"item\""}));
    let preview = previewed(&[json!({"kind": "v1/pods"}), block]);
    assert_eq!(preview.problems, []);
    let sent = preview.sent.iter().map(|sent| {
        let identifier = sent.request.identifier.as_str().unwrap().to_owned();
        (identifier, sent.block, sent.item, sent.mapping)
    });
    assert_eq!(
        sent.collect::<Vec<_>>(),
        [
            ("weba".to_owned(), 1, Some(0), 0),
            ("a".to_owned(), 1, Some(0), 1),
            ("webb".to_owned(), 1, Some(1), 0),
            ("b".to_owned(), 1, Some(1), 1),
        ]
    );
}

#[test]
fn one_faulty_item_drops_all_of_its_object_in_the_block_alone() {
    let mut faulty = block(json!({"identifier": ".item"}));
    faulty["port"]["itemsToParse"] = json!("[\"a\", 1]");
    let preview = previewed(&[faulty, block(json!({}))]);
    assert_eq!(preview.sent.len(), 1);
    assert_eq!(preview.sent[0].block, 1);
    let messages: Vec<&str> = preview
        .problems
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(messages, ["must yield a string, and yields a number"]);
}

#[test]
fn a_kind_that_is_not_resolved_is_a_problem_of_its_block() {
    let mut unknown = block(json!({}));
    unknown["kind"] = json!("v1/service-s");
    let mut other = block(json!({}));
    other["kind"] = json!("example.com/v1beta1/things");
    let config = json!({"resources": [unknown, other]});
    let config = Config::decode(config, Dialect::Port).unwrap();
    let thing = |version: &str| {
        let version = format!("example.com/{version}");
        json!({"apiVersion": version, "kind": "Thing", "metadata": {"name": "t"}})
    };
    let objects = [thing("v1"), thing("v1beta1")];
    let preview = preview(&config, &objects, &Environment::default());
    assert_eq!(preview.sent.len(), 1);
    let problems = preview.problems.iter();
    let problems: Vec<_> = problems
        .map(|it| (it.object, it.block, it.message.as_str()))
        .collect();
    assert_eq!(
        problems,
        [
            (
                None,
                0,
                "is neither built into Kubernetes nor in the stream; where the cluster lacks it \
                 too, the exporter skips the block and deletes its entities"
            ),
            (
                Some(0),
                1,
                "reads `example.com/v1beta1`, and the object is written as `example.com/v1`: the \
                 cluster converts it, which is not computed here"
            ),
        ]
    );
}

#[test]
fn a_drop_behind_what_may_have_crashed_is_not_certain() {
    let null = "is null, and another expression fails: whether the exporter \
                crashes or drops the object changes from run to run";
    check_stopped(
        json!({"identifier": {"r": null, "s": "error"}, "title": "1"}),
        &[&format!("Unsupported .identifier.r {null}")],
    );
    let first = json!({"relations": {"r": null, "s": "error"}});
    let mut blocks = block(first);
    let mappings = &mut blocks["port"]["entity"]["mappings"];
    let second = json!({"identifier": "1", "blueprint": "\"b\""});
    mappings.as_array_mut().unwrap().push(second);
    let kinds = previewed(&[blocks]).problems.into_iter();
    let kinds: Vec<_> = kinds.map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::Unsupported]);
}

#[test]
fn a_crash_comes_before_a_body_is_encoded() {
    check_stopped(
        json!({"properties": {"p": "infinite"}, "relations": {"r": null}}),
        &["Crash .relations.r must be there and not null: it makes the exporter crash"],
    );
}

#[test]
fn a_number_that_json_lacks_beside_all_may_not_be_sent() {
    let message = "yields a number that JSON can't hold, which what `*` merges may replace";
    check_stopped(
        json!({"properties": {"*": "{x: 1}", "x": "infinite"}}),
        &[&format!("Unsupported .properties.x {message}")],
    );
    check_stopped(
        json!({"relations": {"*": ["{a: infinite}"]}}),
        &[&format!("Unsupported .relations[\"*\"][0] {message}")],
    );
}
