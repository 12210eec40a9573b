//! Blueprints: what the catalog says about its types, as far as entities are
//! held against it.
//!
//! Read from what the API's `GET /v1/blueprints` answers, or from the same
//! written by hand in YAML (Port's OpenAPI document, 2026-01). Not for what an
//! entity is (`entity`), nor for judging one (`validate`). Invariant: no two
//! blueprints of a [`Blueprints`] have one identifier.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::identifier::BlueprintId;
use super::property::PropertySchema;
use crate::manifest::{Parsed, split};

/// The blueprints of a catalog, by identifier.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Blueprints(BTreeMap<String, Blueprint>);

/// One type of the catalog.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Blueprint {
    /// Its identifier.
    pub identifier: BlueprintId,
    /// What people call it.
    pub title: Option<String>,
    /// Its own properties by name; the only ones that an entity may set.
    pub properties: BTreeMap<String, PropertySchema>,
    /// The properties that each entity must have.
    pub required: BTreeSet<String>,
    /// Its relations by name.
    pub relations: BTreeMap<String, Relation>,
    /// The properties that the catalog computes, which nobody may set.
    pub computed: BTreeMap<String, Computed>,
    /// Whether an entity's team is that of an entity it relates to; sending one
    /// is then refused (`team_inheritance_enabled`).
    pub team_inherited: bool,
}

/// What a relation leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// The blueprint of the entities that it leads to.
    pub target: String,
    /// Whether each entity must have it.
    pub required: bool,
    /// Whether it takes a list of identifiers.
    pub many: bool,
}

/// How the catalog computes a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Computed {
    /// From a property of a related entity.
    Mirror,
    /// By a jq expression over the entity.
    Calculation,
    /// Over the entities that relate to this one.
    Aggregation,
}

/// Why a text is no list of blueprints: a sentence that names the place in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BlueprintError(String);

impl Blueprints {
    /// Reads one blueprint, a list of them, or the API's answers
    /// `{"blueprints": […]}` and `{"blueprint": {…}}`, from JSON or from each
    /// document of a YAML stream.
    ///
    /// # Errors
    /// What is no such text, and two blueprints of one identifier.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, BlueprintError> {
        let mut blueprints = Self::default();
        for (index, value) in blueprint_values(text)? {
            let blueprint = Blueprint::parse(&value)
                .map_err(|error| BlueprintError(format!("blueprint {}: {error}", index + 1)))?;
            blueprints.insert(blueprint)?;
        }
        Ok(blueprints)
    }

    /// Adds those of another file.
    ///
    /// # Errors
    /// An identifier that is there already.
    pub(crate) fn extend(&mut self, others: Self) -> Result<(), BlueprintError> {
        others
            .0
            .into_values()
            .try_for_each(|blueprint| self.insert(blueprint))
    }

    /// The blueprint of this identifier.
    pub(crate) fn get(&self, identifier: &str) -> Option<&Blueprint> {
        self.0.get(identifier)
    }

    /// All of them, in the order of their identifiers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Blueprint> {
        self.0.values()
    }

    fn insert(&mut self, blueprint: Blueprint) -> Result<(), BlueprintError> {
        let identifier = blueprint.identifier.to_string();
        match self.0.insert(identifier, blueprint) {
            None => Ok(()),
            Some(Blueprint { identifier, .. }) => Err(BlueprintError(format!(
                "the blueprint `{identifier}` is there twice"
            ))),
        }
    }
}

/// The blueprints of a text as they stand there, each with its index in its document:
/// for whoever passes them on whole.
///
/// # Errors
/// What is neither JSON nor YAML.
pub(crate) fn blueprint_values(text: &[u8]) -> Result<Vec<(usize, Value)>, BlueprintError> {
    let documents = split(text).map_err(|error| BlueprintError(error.message))?;
    let mut values = Vec::new();
    for document in documents {
        let start = document.range.start;
        let parsed = Parsed::read(&text[document.range], document.notation).map_err(|error| {
            let before = text.iter().take(start + error.offset);
            let line = before.filter(|byte| **byte == b'\n').count() + 1;
            BlueprintError(format!("line {line}: {}", error.message))
        })?;
        values.extend(listed(parsed.value()).into_iter().cloned().enumerate());
    }
    Ok(values)
}

/// The blueprints in a value, whichever of the forms it has.
fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => match (fields.get("blueprints"), fields.get("blueprint")) {
            (Some(Value::Array(items)), _) => items.iter().collect(),
            (None, Some(one)) if one.is_object() => vec![one],
            (Some(_) | None, Some(_) | None) => vec![value],
        },
        Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![value],
    }
}

impl Blueprint {
    /// Reads one blueprint as the API gives it.
    ///
    /// # Errors
    /// What is none.
    pub(crate) fn parse(value: &Value) -> Result<Self, BlueprintError> {
        let identifier = match value.get("identifier") {
            Some(Value::String(identifier)) => identifier,
            Some(_) | None => return Err(BlueprintError("no `identifier`".to_owned())),
        };
        let identifier = BlueprintId::parse(identifier)
            .map_err(|why| BlueprintError(format!("the identifier {why}")))?;
        let named = |error: BlueprintError| BlueprintError(format!("`{identifier}`, {error}"));
        let schema = members(value, "schema").map_err(named)?;
        let schema = schema.cloned().map_or(Value::Null, Value::Object);
        let properties = members(&schema, "properties").map_err(named)?;
        let relations = members(value, "relations").map_err(named)?;
        Ok(Self {
            title: text(value, "title"),
            properties: entries(properties)
                .map(|(name, schema)| (name.clone(), PropertySchema::new(schema.clone())))
                .collect(),
            required: names(schema.get("required")),
            relations: entries(relations)
                .map(|(name, relation)| Ok((name.clone(), Relation::of(name, relation)?)))
                .collect::<Result<_, _>>()
                .map_err(named)?,
            computed: computed(value).map_err(named)?,
            team_inherited: inherits_team(value),
            identifier,
        })
    }
}

impl Relation {
    fn of(name: &str, value: &Value) -> Result<Self, BlueprintError> {
        let target = text(value, "target")
            .ok_or_else(|| BlueprintError(format!("relation `{name}`: no `target`")))?;
        let flag = |key| value.get(key) == Some(&Value::Bool(true));
        Ok(Self {
            target,
            required: flag("required"),
            many: flag("many"),
        })
    }
}

fn members<'v>(
    value: &'v Value,
    key: &str,
) -> Result<Option<&'v Map<String, Value>>, BlueprintError> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(BlueprintError(format!("`{key}` is no mapping")))
        }
    }
}

fn entries(members: Option<&Map<String, Value>>) -> impl Iterator<Item = (&String, &Value)> {
    members.into_iter().flatten()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// The names in a list. `required` can also be a jq expression over the entity
/// (Port's `{"jqQuery": …}`), of which nothing is known beforehand.
fn names(value: Option<&Value>) -> BTreeSet<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn computed(value: &Value) -> Result<BTreeMap<String, Computed>, BlueprintError> {
    let mut computed = BTreeMap::new();
    for (key, how) in [
        ("mirrorProperties", Computed::Mirror),
        ("calculationProperties", Computed::Calculation),
        ("aggregationProperties", Computed::Aggregation),
    ] {
        computed.extend(entries(members(value, key)?).map(|(name, _)| (name.clone(), how)));
    }
    Ok(computed)
}

/// `ownership` says it now; `teamInheritance` said it before.
fn inherits_team(value: &Value) -> bool {
    let owned = value.get("ownership").and_then(|it| it.get("type"));
    owned.and_then(Value::as_str) == Some("Inherited")
        || value.get("teamInheritance").is_some_and(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::{Blueprints, Computed, Relation};

    #[track_caller]
    fn check(text: &str, expected: Result<&[&str], &str>) {
        let actual = Blueprints::parse(text.as_bytes()).map_err(|error| error.to_string());
        let names = actual.map(|blueprints| {
            let names = blueprints.iter().map(|it| it.identifier.to_string());
            names.collect::<Vec<_>>()
        });
        let expected = expected.map(|names| names.iter().map(ToString::to_string).collect());
        assert_eq!(names, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn every_form_of_the_api_and_of_a_file_is_read() {
        check("", Ok(&[]));
        check("identifier: a", Ok(&["a"]));
        check("- identifier: b\n- identifier: a", Ok(&["a", "b"]));
        check("identifier: a\n---\nidentifier: b", Ok(&["a", "b"]));
        check(
            r#"{"ok":true,"blueprints":[{"identifier":"a"}]}"#,
            Ok(&["a"]),
        );
        check(r#"{"ok":true,"blueprint":{"identifier":"a"}}"#, Ok(&["a"]));
        check(
            r#"[{"identifier":"a"},{"identifier":"b"}]"#,
            Ok(&["a", "b"]),
        );
    }

    #[test]
    fn what_is_no_blueprint_is_refused_with_its_place() {
        check("a: b", Err("blueprint 1: no `identifier`"));
        check("3", Err("blueprint 1: no `identifier`"));
        check("- identifier: a\n- {}", Err("blueprint 2: no `identifier`"));
        check(
            "identifier: a b",
            Err(
                "blueprint 1: the identifier has the character ` `, which the catalog does not accept",
            ),
        );
        check(
            "identifier: a\nrelations: [x]",
            Err("blueprint 1: `a`, `relations` is no mapping"),
        );
        check(
            "identifier: a\nrelations: {team: {}}",
            Err("blueprint 1: `a`, relation `team`: no `target`"),
        );
        check(
            "[{identifier: a}, {identifier: a}]",
            Err("the blueprint `a` is there twice"),
        );
        check("a: [", Err("line 1: unclosed bracket '['"));
    }

    #[test]
    fn a_blueprint_is_read_whole() {
        let text = "
identifier: service
title: Service
schema:
  properties: {tier: {type: number}}
  required: [tier]
relations: {team: {target: team, required: true}, uses: {target: service, many: true}}
mirrorProperties: {lead: {path: team.lead}}
calculationProperties: {age: {calculation: .x}}
aggregationProperties: {count: {}}
ownership: {type: Inherited, path: team}
";
        let blueprints = Blueprints::parse(text.as_bytes()).unwrap();
        let service = blueprints.get("service").unwrap();
        assert_eq!(service.title.as_deref(), Some("Service"));
        let tier = &service.properties["tier"];
        assert_eq!(tier.type_name(), Some("number"));
        assert!(service.required.contains("tier"));
        let relation = |target: &str, required, many| Relation {
            target: target.to_owned(),
            required,
            many,
        };
        assert_eq!(service.relations["team"], relation("team", true, false));
        assert_eq!(service.relations["uses"], relation("service", false, true));
        let computed = service.computed.iter();
        let computed: Vec<_> = computed.map(|(name, how)| (name.as_str(), *how)).collect();
        assert_eq!(
            computed,
            [
                ("age", Computed::Calculation),
                ("count", Computed::Aggregation),
                ("lead", Computed::Mirror),
            ]
        );
        assert!(service.team_inherited);
    }
}
