//! What the tests of the rules share: an object from its text, findings as
//! lines.

use std::collections::BTreeSet;

use crate::catalog::{Blueprints, Claimant, Dialect, EntityKind, Known};
use crate::exporter::jq::Environment;
use crate::exporter::{self, Config};
use crate::finding::Finding;
use crate::manifest::{Notation, Object, Parsed, ResourceRef, objects_of};
use crate::validate::trial::Trial;
use crate::validate::{Context, Reader};

type Check = fn(EntityKind, &Object<'_>, &Context<'_>) -> Vec<Finding>;

/// Holds what a rule says of an entity against the expected lines.
#[track_caller]
pub(super) fn check(rule: Check, reader: Reader, text: &str, expected: &[&str]) {
    let document = read(text);
    let object = objects_of(&document)[0];
    let kind = Dialect::Glint
        .entity_kind(object.api_version(), object.kind())
        .unwrap_or(EntityKind::Entity);
    let claimant = Claimant::default();
    let context = Context::of_stream(Dialect::Glint, reader, None, &claimant);
    assert_eq!(lines(&rule(kind, &object, &context)), expected);
}

/// The same of a rule on CRDs, from the metadata of one.
#[track_caller]
pub(super) fn check_crd(rule: fn(&Object<'_>) -> Vec<Finding>, metadata: &str, expected: &[&str]) {
    let text = format!("metadata: {metadata}\n");
    let document = read(&text);
    assert_eq!(lines(&rule(&objects_of(&document)[0])), expected);
}

/// What the rules on blueprints are tried with.
const BLUEPRINTS: &str = "
- identifier: service
  schema:
    required: [tier]
    properties:
      broken: {type: string, pattern: '('}
      channel: {type: string, pattern: '^#[a-z-]+$'}
      contact: {type: string, format: email}
      dashboards: {type: array, items: {type: string, format: url}, minItems: 1, uniqueItems: true}
      language: {type: string, enum: [Go, Java, Rust]}
      lifecycle: {type: string, enum: [experimental, production]}
      objectives: {type: object, required: [availability], properties: {availability: {}}, additionalProperties: false}
      pager: {type: boolean}
      since: {type: string, format: date-time}
      summary: {type: string, maxLength: 10}
      tier: {type: number, minimum: 1, maximum: 4}
      url: {type: string, format: url}
      version: {type: string}
  relations:
    dependsOn: {target: service, many: true}
    system: {target: system, required: true}
  mirrorProperties: {lead: {path: system.lead}}
  ownership: {type: Inherited, path: system}
- identifier: system
- identifier: team
  schema:
    required: [responsibility]
    properties: {email: {type: string, format: email}, responsibility: {type: string}}
";

/// Holds what a rule says of a whole object, in a catalog with blueprints,
/// against the expected lines; the help stands in brackets behind each.
#[track_caller]
pub(super) fn check_text(rule: Check, text: &str, expected: &[&str]) {
    Held::default().check(rule, text, expected);
}

/// The same of the `spec` alone.
#[track_caller]
pub(super) fn check_spec(rule: Check, spec: &str, expected: &[&str]) {
    Held::default().check(rule, &format!("spec: {spec}"), expected);
}

/// The same of members of a service.
#[track_caller]
pub(super) fn check_service(rule: Check, members: &str, expected: &[&str]) {
    Held::default().check(rule, &of("service", members), expected);
}

/// The same of members of a team.
#[track_caller]
pub(super) fn check_team(rule: Check, members: &str, expected: &[&str]) {
    Held::default().check(rule, &of("team", members), expected);
}

/// The same of members of a service that Flux applies.
#[track_caller]
pub(super) fn check_under_flux(rule: Check, members: &str, expected: &[&str]) {
    let held = Held {
        reader: Some(Reader::Kustomize),
        ..Held::default()
    };
    held.check(rule, &of("service", members), expected);
}

/// The same of members of a service, where `service/pay` and `system/shop` are
/// declared, and what `known` lists exists besides.
#[track_caller]
pub(super) fn check_targets(rule: Check, known: Option<&str>, members: &str, expected: &[&str]) {
    let read = |text| Known::parse(text).expect("a list of entities");
    let held = Held {
        declared: Some(read("service/pay\nsystem/shop")),
        known: known.map(read),
        ..Held::default()
    };
    held.check(rule, &of("service", members), expected);
}

/// Holds what a rule says of a config with these blocks, which are tried on two
/// entities with a variable `GIVEN`, against the expected lines.
#[track_caller]
pub(super) fn check_blocks(rule: fn(&Trial<'_>) -> Vec<Finding>, blocks: &str, expected: &[&str]) {
    let text = format!("resources: {blocks}");
    let config = Config::decode(read(&text).value().clone(), Dialect::Glint).expect("a config");
    let objects = ["a", "b"].map(|name| {
        let text = format!(
            "{{apiVersion: glint.io/v1, kind: Entity, metadata: {{name: {name}}}, spec: {{}}}}"
        );
        read(&text).value().clone()
    });
    let preview = exporter::preview(&config, &objects, &Environment::default());
    let resources = ["a", "b"].map(|name| ResourceRef {
        name: name.to_owned(),
        ..ResourceRef::default()
    });
    let trial = Trial {
        config: &config,
        preview: &preview,
        objects: &resources,
        variables: &BTreeSet::from(["GIVEN".to_owned()]),
    };
    assert_eq!(lines(&rule(&trial)), expected);
}

/// The same of one block for entities, with this mapping.
#[track_caller]
pub(super) fn check_config(rule: fn(&Trial<'_>) -> Vec<Finding>, mapping: &str, expected: &[&str]) {
    let kind = "kind: glint.io/v1/entities, selector: {query: 'true'}";
    let blocks = format!("[{{{kind}, glint: {{entity: {{mappings: [{mapping}]}}}}}}]");
    check_blocks(rule, &blocks, expected);
}

fn of(blueprint: &str, members: &str) -> String {
    format!("spec:\n  blueprint: {blueprint}\n  {members}\n")
}

/// What an entity is held against, besides blueprints.
#[derive(Default)]
struct Held {
    reader: Option<Reader>,
    declared: Option<Known>,
    known: Option<Known>,
}

impl Held {
    #[track_caller]
    fn check(&self, rule: Check, text: &str, expected: &[&str]) {
        let blueprints = Blueprints::parse(BLUEPRINTS.as_bytes()).expect("blueprints");
        let document = read(text);
        let claimant = Claimant::default();
        let reader = self.reader.unwrap_or(Reader::Plain);
        let mut context = Context::of_stream(Dialect::Glint, reader, None, &claimant);
        context.blueprints = Some(&blueprints);
        context.declared = self.declared.as_ref();
        context.known = self.known.as_ref();
        let findings = rule(EntityKind::Entity, &objects_of(&document)[0], &context);
        let helps = findings.iter().map(|finding| finding.help.as_deref());
        let with_help = |(line, help): (String, Option<&str>)| match help {
            Some(help) => format!("{line} ({help})"),
            None => line,
        };
        let lines = lines(&findings).into_iter().zip(helps).map(with_help);
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }
}

pub(super) fn read(text: &str) -> Parsed<'_> {
    Parsed::read(text.as_bytes(), Notation::Yaml).expect("the text of a test is YAML")
}

/// `severity rule field: message` of each finding.
pub(super) fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let field = finding.field.as_ref().map(ToString::to_string);
        format!(
            "{} {} {}: {}",
            finding.severity,
            finding.rule,
            field.unwrap_or_default(),
            finding.message
        )
    };
    findings.iter().map(line).collect()
}
