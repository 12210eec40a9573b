//! What is told of values, for one object under small mappings.

use serde_json::{Value, json};

use super::{Member, Origin, Said, Trace, trace};
use crate::catalog::Dialect;
use crate::exporter::config::Config;
use crate::exporter::jq::Environment;
use crate::exporter::preview::preview;

fn object() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "labels": {"a/b": "x"}},
        "spec": {"properties": {"tier": 2, "tags": ["p", "q"]}, "list": [{"n": "one"}, {"n": "two"}]},
    })
}

fn traced(block: Value, sent: usize, member: &str) -> Trace {
    let config = json!({"resources": [block]});
    let config = Config::decode(config, Dialect::Port).unwrap();
    let object = object();
    let environment = Environment::default();
    let preview = preview(&config, [&object], &environment);
    assert_eq!(preview.problems, []);
    let sent = &preview.sent[sent];
    let member = Member::find(member, &sent.request).unwrap();
    let mut traces = trace(&config, sent, &object, &environment, Some(&member));
    assert_eq!(traces.len(), 1);
    traces.remove(0)
}

fn block(properties: Value) -> Value {
    json!({"kind": "v1/services", "port": {"entity": {"mappings": [{
        "identifier": ".metadata.name", "blueprint": "\"b\"", "properties": properties,
    }]}}})
}

/// Each step as a line, then the origin.
#[track_caller]
fn check(expression: &str, expected: &[&str]) {
    let trace = traced(block(json!({"p": expression})), 0, "p");
    assert_eq!(lines(&trace), expected, "{expression}");
}

fn lines(trace: &Trace) -> Vec<String> {
    let mut lines: Vec<String> = trace
        .steps
        .iter()
        .map(|step| match &step.said {
            Said::Value(value) => format!("{} = {value}", step.text),
            Said::Nothing => format!("{} gives nothing", step.text),
            Said::Failure(why) => format!("{} fails: {why}", step.text),
        })
        .collect();
    let fields = |fields: &[crate::manifest::FieldPath]| {
        let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
        fields.join(" ")
    };
    lines.push(match &trace.origin {
        Origin::Field(field) => format!("is {field}"),
        Origin::SameAs(field) => format!("same as {field}"),
        Origin::Mapping => "in the mapping".to_owned(),
        Origin::Computed(read) => format!("computed {}", fields(read)).trim_end().to_owned(),
    });
    lines
}

#[test]
fn a_path_is_shown_field_by_field() {
    check(
        ".spec.properties.tier",
        &[
            r#".spec = {"list":[{"n":"one"},{"n":"two"}],"properties":{"tags":["p","q"],"tier":2}}"#,
            r#".spec.properties = {"tags":["p","q"],"tier":2}"#,
            ".spec.properties.tier = 2",
            "is .spec.properties.tier",
        ],
    );
    check(
        r#".metadata.labels["a/b"]"#,
        &[
            r#".metadata = {"labels":{"a/b":"x"},"name":"web"}"#,
            r#".metadata.labels = {"a/b":"x"}"#,
            r#".metadata.labels["a/b"] = "x""#,
            r#"is .metadata.labels["a/b"]"#,
        ],
    );
}

#[test]
fn the_side_of_an_alternative_that_is_taken_is_followed() {
    check(
        r#".nope // .metadata.name"#,
        &[
            ".nope = null",
            r#".metadata = {"labels":{"a/b":"x"},"name":"web"}"#,
            r#".metadata.name = "web""#,
            "is .metadata.name",
        ],
    );
    check(
        r#"(.metadata.name.x)? // "d""#,
        &[
            "(.metadata.name.x)? gives nothing",
            r#""d" = "d""#,
            "in the mapping",
        ],
    );
}

#[test]
fn of_several_outputs_the_one_that_leads_on_is_shown() {
    check(
        r#".spec.list[] | select(.n == "two") | .n"#,
        &[
            r#".spec.list[] (output 2) = {"n":"two"}"#,
            r#"select(.n == "two") = {"n":"two"}"#,
            r#".n = "two""#,
            "is .spec.list[1].n",
        ],
    );
}

#[test]
fn a_computed_value_names_what_it_is_made_of() {
    check(
        r#".metadata.name + "-" + .kind"#,
        &[
            r#".metadata.name + "-" + .kind = "web-Service""#,
            "computed .metadata.name .kind",
        ],
    );
    check(
        r#""\(.metadata.name)-x""#,
        &[
            r#""\(.metadata.name)-x" = "web-x""#,
            "computed .metadata.name",
        ],
    );
    check(
        "[.spec.list[].n] | length",
        &[
            r#"[.spec.list[].n] = ["one","two"]"#,
            "length = 2",
            "computed .spec.list[0].n",
        ],
    );
}

#[test]
fn a_part_that_can_not_stand_alone_is_shown_in_one_piece() {
    check(
        ".metadata | . as $m | $m.name",
        &[
            r#".metadata = {"labels":{"a/b":"x"},"name":"web"}"#,
            r#". as $m | $m.name = "web""#,
            "is .metadata.name",
        ],
    );
}

#[test]
fn a_property_that_all_yields_is_looked_up_in_it() {
    let all = r#"(.spec.properties // {}) | with_entries(select(.key == ("tier", "tags")))"#;
    let trace = traced(block(json!({"*": all})), 0, "tier");
    assert_eq!(
        lines(&trace)[2..],
        [
            r#"with_entries(select(.key == ("tier", "tags"))) = {"tags":["p","q"],"tier":2}"#,
            r#".["tier"] = 2"#,
            "same as .spec.properties.tier",
        ]
    );
    assert_eq!(
        trace.place.to_string(),
        r#".resources[0].port.entity.mappings[0].properties["*"]"#
    );
    let trace = traced(
        block(json!({"*": ".spec.properties"})),
        0,
        ".properties.tags[1]",
    );
    assert_eq!(lines(&trace).last().unwrap(), "is .spec.properties.tags[1]");
}

#[test]
fn an_item_is_a_field_of_the_object() {
    let mut block = block(json!({"p": ".item.n"}));
    block["port"]["itemsToParse"] = json!(".spec.list");
    let trace = traced(block, 1, "p");
    assert_eq!(trace.value, "two");
    assert_eq!(
        trace.origin,
        Origin::Field(
            crate::manifest::FieldPath::of(&["spec", "list"])
                .index(1)
                .key("n")
        )
    );
}

#[test]
fn what_is_not_sent_is_unknown() {
    let config = json!({"resources": [block(json!({"p": "1"}))]});
    let config = Config::decode(config, Dialect::Port).unwrap();
    let preview = preview(&config, [&object()], &Environment::default());
    let error = Member::find("tier", &preview.sent[0].request).unwrap_err();
    assert_eq!(error.to_string(), "`tier` is not sent");
    assert_eq!(error.known, ["identifier", "blueprint", "p"]);
}
