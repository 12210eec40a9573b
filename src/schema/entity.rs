//! JSON Schema of entity files, so that editors complete and check them.
//!
//! Draft-07, because that is what all releases of the YAML language servers read;
//! later drafts are read by the newest only, and add nothing that is needed here.
//! A document of another kind passes: entities often share a file with what they
//! describe. Invariant: `$ref` is never used for a blueprint, whose identifier may
//! hold what is special in a URI.

use serde_json::{Map, Value, json};

use crate::catalog::{Blueprint, Blueprints, Dialect, EntityKind, Relation, annotation};

/// The characters of an identifier. The API's own pattern asks for letters by
/// `\p{L}`, and for more by a look-ahead; validators differ in both. So this one
/// leaves out the ASCII characters that the API refuses, and `check` says the
/// rest.
const IDENTIFIER: &str = r"^[^\x00-\x20!-*,;<>?\[\]^`{-\x7f]+$";

/// A blueprint's identifier takes no `=` either.
const BLUEPRINT: &str = r"^[^\x00-\x20!-*,;-?\[\]^`{-\x7f]+$";

/// The names of properties and relations.
const MEMBER: &str = r"^[A-Za-z0-9@_=\\-]+$";

/// The schema of all entities; of which blueprint one is, it says itself. Without
/// blueprints it is what the CRDs and the API ask of every entity.
pub(crate) fn entity_schema(blueprints: &Blueprints, dialect: Dialect) -> Value {
    let blueprints: Vec<&Blueprint> = blueprints.iter().collect();
    schema(&blueprints, dialect)
}

/// The schema of the entities of one blueprint.
pub(crate) fn blueprint_schema(blueprint: &Blueprint, dialect: Dialect) -> Value {
    schema(&[blueprint], dialect)
}

fn schema(blueprints: &[&Blueprint], dialect: Dialect) -> Value {
    let api_version = dialect.api_version();
    let is_ours = json!({
        "properties": {"apiVersion": {"const": api_version}},
        "required": ["apiVersion"],
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Entities of the catalog",
        "description": "Made by `glint-gitops schema`.",
        "properties": {
            "apiVersion": {
                "description": format!("`{api_version}` for an entity."),
                "type": "string",
                "default": api_version,
            },
        },
        "if": is_ours,
        "then": entity(blueprints),
        "definitions": {
            "identifier": identifier("An entity's identifier."),
            "query": query(),
        },
    })
}

fn entity(blueprints: &[&Blueprint]) -> Value {
    let mut entity = json!({
        "required": ["kind", "metadata", "spec"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": {},
            "kind": {
                "description": "`Entity` in a namespace, `ClusterEntity` in none.",
                "enum": EntityKind::ALL.map(EntityKind::as_str),
            },
            "metadata": metadata(),
            "spec": spec(blueprints),
        },
    });
    if !blueprints.is_empty() {
        let each = blueprints.iter().map(|blueprint| of_blueprint(blueprint));
        entity["allOf"] = each.collect();
    }
    entity
}

fn metadata() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "description": "The object in the cluster. The catalog sees its annotations for title, team and icon.",
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": text("The object's name, unique for its kind and namespace."),
            "namespace": text("The namespace of an `Entity`. A `ClusterEntity` is in none."),
            "annotations": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "properties": {
                    annotation::TITLE: text("The entity's title in the catalog. Left out, it stays as it is."),
                    annotation::TEAM: text("The one team that owns the entity. Left out, it stays as it is."),
                    annotation::ICON: text("A name of an icon that the catalog knows. Left out, it stays as it is."),
                    annotation::DELIVER: {
                        "description": "`\"false\"` keeps the entity from the catalog.",
                        "enum": ["true", annotation::NOT_DELIVERED],
                    },
                },
            },
        },
    })
}

fn spec(blueprints: &[&Blueprint]) -> Value {
    let members = |description: &str| {
        let mut members = json!({"description": description, "type": "object"});
        if blueprints.is_empty() {
            // Editors offer names by it, so only where no blueprint has better ones.
            members["propertyNames"] = json!({"pattern": MEMBER, "maxLength": 100});
        }
        members
    };
    let mut blueprint = json!({
        "description": "The identifier of the blueprint that the entity is an instance of.",
        "type": "string",
    });
    if blueprints.is_empty() {
        blueprint["pattern"] = BLUEPRINT.into();
        blueprint["maxLength"] = 100.into();
    } else {
        let known = blueprints
            .iter()
            .map(|blueprint| blueprint.identifier.as_str());
        blueprint["enum"] = known.collect();
    }
    json!({
        "description": "What the catalog shall hold of this entity.",
        "type": "object",
        "required": ["blueprint", "identifier"],
        "additionalProperties": false,
        "properties": {
            "blueprint": blueprint,
            "identifier": identifier("The entity's identifier, unique within its blueprint."),
            "properties": members("The entity's properties, by the names of the blueprint."),
            "relations": members("The identifiers of related entities, by the names of the blueprint's relations."),
        },
    })
}

fn identifier(description: &str) -> Value {
    json!({
        "description": description,
        "type": "string",
        "pattern": IDENTIFIER,
        "maxLength": 1000,
        "not": {"enum": [".", ".."]},
    })
}

/// Entities found by what they are, where their identifiers are not known.
fn query() -> Value {
    json!({
        "description": "A search for entities.",
        "type": "object",
        "required": ["combinator", "rules"],
        "properties": {
            "combinator": {"enum": ["and", "or"]},
            "rules": {"type": "array", "items": {"type": "object"}},
        },
    })
}

/// What holds where the entity is of this blueprint.
fn of_blueprint(blueprint: &Blueprint) -> Value {
    let Blueprint {
        identifier,
        title,
        properties,
        required,
        relations,
        computed: _,
        team_inherited,
    } = blueprint;
    let properties = members(
        properties
            .iter()
            .map(|(name, schema)| (name, schema.to_draft_07())),
        required.iter(),
    );
    let needed = relations.iter().filter(|(_, relation)| relation.required);
    let relations = members(
        relations.iter().map(|(name, it)| (name, relation(it))),
        needed.map(|(name, _)| name),
    );
    let mut spec_required = Vec::new();
    for (field, schema) in [("properties", &properties), ("relations", &relations)] {
        if schema.get("required").is_some() {
            spec_required.push(field);
        }
    }
    let mut holds = json!({
        "properties": {
            "spec": {
                "required": spec_required,
                "properties": {"properties": properties, "relations": relations},
            },
        },
    });
    if let Some(title) = title {
        // Editors would offer a title as if it were a name.
        holds["$comment"] = title.as_str().into();
    }
    if *team_inherited {
        // Its team is that of an entity it relates to.
        let annotations = json!({"properties": {annotation::TEAM: false}});
        holds["properties"]["metadata"] = json!({"properties": {"annotations": annotations}});
    }
    let is_of = json!({"blueprint": {"const": identifier.as_str()}});
    json!({
        "if": {
            "properties": {"spec": {"properties": is_of, "required": ["blueprint"]}},
            "required": ["spec"],
        },
        "then": holds,
    })
}

/// These names and no others.
fn members<'n>(
    schemas: impl Iterator<Item = (&'n String, Value)>,
    required: impl Iterator<Item = &'n String>,
) -> Value {
    let schemas: Map<String, Value> = schemas.map(|(name, it)| (name.clone(), it)).collect();
    let mut members = json!({"additionalProperties": false, "properties": schemas});
    let required: Vec<&String> = required.collect();
    if !required.is_empty() {
        members["required"] = json!(required);
    }
    members
}

fn relation(relation: &Relation) -> Value {
    let Relation {
        target,
        required: _,
        many,
    } = relation;
    let one = json!({"$ref": "#/definitions/identifier"});
    let query = json!({"$ref": "#/definitions/query"});
    match many {
        true => json!({
            "description": format!("Entities of blueprint `{target}`: a list of identifiers, or a search."),
            "anyOf": [{"type": "array", "items": one}, query],
        }),
        false => json!({
            "description": format!("An entity of blueprint `{target}`: its identifier, or a search."),
            "anyOf": [one, query],
        }),
    }
}
