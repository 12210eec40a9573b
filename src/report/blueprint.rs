//! The blueprints of targets and runs: what they are, and what one that is there
//! already lacks of that.
//!
//! Invariant: nothing that a blueprint has is ever taken from it or changed; what
//! stands in the way is named instead.

use serde_json::{Map, Value, json};

use super::{RUN, TARGET};
use crate::catalog::{BlueprintId, Delivery, MemberName};

/// A relation from targets to the user's own entities: those of this blueprint that
/// the application declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relate {
    /// The relation's name.
    pub name: MemberName,
    /// Where it leads.
    pub blueprint: BlueprintId,
}

/// Why a blueprint of the catalog can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the blueprint `{blueprint}` has the {member} `{name}` as {theirs}, and reports need {ours}; rename it, or use another organisation"
)]
pub(crate) struct Clash {
    blueprint: String,
    member: &'static str,
    name: String,
    theirs: String,
    ours: String,
}

/// Both blueprints, in the order in which they can be made.
pub(crate) fn blueprints(relations: &[Relate]) -> Vec<Value> {
    vec![target(relations), run()]
}

/// The property of a target that counts its entities in a state.
pub(super) fn count(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Delivered => "deliveredEntities",
        Delivery::Pending => "pendingEntities",
        Delivery::Rejected => "rejectedEntities",
        Delivery::Overwritten => "overwrittenEntities",
        Delivery::Vanished => "vanishedEntities",
        Delivery::Lingering => "lingeringEntities",
        Delivery::Conflict => "conflictingEntities",
        Delivery::NotObserved => "notObservedEntities",
    }
}

fn target(relations: &[Relate]) -> Value {
    let mut properties = members([
        (
            "syncStatus",
            coloured(
                "Sync status",
                &[
                    ("Synced", "green"),
                    ("OutOfSync", "yellow"),
                    ("Failed", "red"),
                    ("Unknown", "lightGray"),
                ],
            ),
        ),
        (
            "healthStatus",
            coloured(
                "Health",
                &[
                    ("Healthy", "green"),
                    ("Progressing", "blue"),
                    ("Degraded", "red"),
                    ("Suspended", "purple"),
                    ("Missing", "yellow"),
                    ("Unknown", "lightGray"),
                ],
            ),
        ),
        (
            "reason",
            text("Reason", "The tool's own word for the state"),
        ),
        ("message", formatted("Message", "markdown")),
        (
            "tool",
            json!({"type": "string", "title": "Tool", "enum": ["argocd", "flux", "cli"]}),
        ),
        (
            "cluster",
            text("Cluster", "The cluster that the application's object is in"),
        ),
        (
            "namespace",
            text("Namespace", "The namespace of the application's object"),
        ),
        ("repoUrl", formatted("Repository", "url")),
        ("path", text("Path", "The directory or chart")),
        (
            "targetRevision",
            text(
                "Target revision",
                "The branch, tag or range that is followed",
            ),
        ),
        ("revision", text("Revision", "What is deployed")),
        ("commitUrl", formatted("Commit", "url")),
        ("lastSyncedAt", formatted("Last synced", "date-time")),
        ("lastAttemptAt", formatted("Last attempt", "date-time")),
        (
            "declaredEntities",
            number("Declared entities", "Glint entities among its resources"),
        ),
        (
            "failedEntities",
            number("Failed entities", "Those that the last run could not apply"),
        ),
        (
            "pendingDeletions",
            number(
                "Pending deletions",
                "Those that left Git and wait to be pruned",
            ),
        ),
        (
            "unseenRuns",
            number(
                "Unseen runs",
                "Runs that were overwritten before anybody reported them",
            ),
        ),
        (
            "runNumber",
            number("Run number", "The tool's own number of the last run"),
        ),
    ]);
    for delivery in Delivery::ALL {
        let title = format!("Entities: {delivery}");
        properties.insert(
            count(delivery).to_owned(),
            number(&title, "Declared entities in this state in the catalog"),
        );
    }
    let relations = relations.iter().map(|Relate { name, blueprint }| {
        let relation = json!({
            "title": name.as_str(),
            "target": blueprint.as_str(),
            "required": false,
            "many": true,
        });
        (name.to_string(), relation)
    });
    blueprint(
        TARGET,
        "GitOps Target",
        "Git",
        properties,
        &[],
        relations.collect(),
    )
}

fn run() -> Value {
    let properties = members([
        (
            "phase",
            coloured(
                "Phase",
                &[
                    ("Running", "blue"),
                    ("Succeeded", "green"),
                    ("Failed", "red"),
                    ("Error", "red"),
                ],
            ),
        ),
        (
            "reason",
            text("Reason", "The tool's own word for the result"),
        ),
        ("revision", text("Revision", "What was to be deployed")),
        ("commitUrl", formatted("Commit", "url")),
        ("startedAt", formatted("Started", "date-time")),
        ("finishedAt", formatted("Finished", "date-time")),
        ("durationSeconds", number("Duration", "Seconds")),
        ("initiatedBy", text("Initiated by", "Who asked for it")),
        ("created", number("Created", "Resources that were made")),
        ("updated", number("Updated", "Resources that were changed")),
        (
            "unchanged",
            number("Unchanged", "Resources that were as Git says"),
        ),
        ("deleted", number("Deleted", "Resources that were deleted")),
        (
            "failed",
            number("Failed", "Resources that were not applied"),
        ),
        (
            "errors",
            json!({"type": "array", "title": "Errors", "items": {"type": "object"}}),
        ),
        ("summary", formatted("Summary", "markdown")),
        ("number", number("Number", "The tool's own number of it")),
        (
            "digest",
            text("Digest", "Flux's digest of what was applied"),
        ),
    ]);
    let target = json!({"title": "Target", "target": TARGET, "required": false, "many": false});
    blueprint(
        RUN,
        "GitOps Sync",
        "Deployment",
        properties,
        &["phase"],
        members([("target", target)]),
    )
}

fn blueprint(
    identifier: &str,
    title: &str,
    icon: &str,
    properties: Map<String, Value>,
    required: &[&str],
    relations: Map<String, Value>,
) -> Value {
    json!({
        "identifier": identifier,
        "title": title,
        "icon": icon,
        "schema": {"properties": properties, "required": required},
        "relations": relations,
        "mirrorProperties": {},
        "calculationProperties": {},
    })
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn text(title: &str, description: &str) -> Value {
    json!({"type": "string", "title": title, "description": description})
}

fn formatted(title: &str, format: &str) -> Value {
    json!({"type": "string", "title": title, "format": format})
}

fn number(title: &str, description: &str) -> Value {
    json!({"type": "number", "title": title, "description": description})
}

fn coloured(title: &str, words: &[(&str, &str)]) -> Value {
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let colours: Map<String, Value> = words
        .iter()
        .map(|(word, colour)| ((*word).to_owned(), Value::from(*colour)))
        .collect();
    json!({"type": "string", "title": title, "enum": names, "enumColors": colours})
}

/// What to change of a blueprint that is there, so that it can hold what ours holds;
/// nothing where it can. What it has goes along, as a change replaces the whole
/// schema.
///
/// # Errors
/// A property of another type, or a relation that leads elsewhere.
pub(crate) fn extended(theirs: &Value, ours: &Value) -> Result<Option<Value>, Clash> {
    let schema = object(&theirs["schema"]);
    let mut properties = object(&theirs["schema"]["properties"]);
    let mut relations = object(&theirs["relations"]);
    let mut is_changed = false;
    let clash = |member, name: &str, theirs: &Value, needed: &Value| Clash {
        blueprint: ours["identifier"].as_str().unwrap_or_default().to_owned(),
        member,
        name: name.to_owned(),
        theirs: theirs.to_string(),
        ours: needed.to_string(),
    };
    for (name, property) in &object(&ours["schema"]["properties"]) {
        match properties.get_mut(name) {
            None => {
                properties.insert(name.clone(), property.clone());
                is_changed = true;
            }
            Some(existing) if existing["type"] != property["type"] => {
                return Err(clash(
                    "property",
                    name,
                    &existing["type"],
                    &property["type"],
                ));
            }
            Some(existing) => is_changed |= add_words(existing, property),
        }
    }
    for (name, relation) in &object(&ours["relations"]) {
        match relations.get(name) {
            None => {
                relations.insert(name.clone(), relation.clone());
                is_changed = true;
            }
            Some(existing)
                if ["target", "many"]
                    .iter()
                    .any(|it| existing[it] != relation[it]) =>
            {
                return Err(clash("relation", name, existing, relation));
            }
            Some(_) => {}
        }
    }
    let mut schema = schema;
    schema.insert("properties".to_owned(), Value::Object(properties));
    Ok(is_changed.then(|| json!({"schema": schema, "relations": relations})))
}

/// Adds the words that a property must take besides those it takes.
fn add_words(theirs: &mut Value, ours: &Value) -> bool {
    let (Some(existing), Some(needed)) = (theirs["enum"].as_array(), ours["enum"].as_array())
    else {
        return false;
    };
    let missing: Vec<Value> = needed
        .iter()
        .filter(|word| !existing.contains(word))
        .cloned()
        .collect();
    let words = [existing.clone(), missing.clone()].concat();
    theirs["enum"] = Value::from(words);
    for word in missing.iter().filter_map(Value::as_str) {
        if let (Some(colours), Some(colour)) = (
            theirs["enumColors"].as_object_mut(),
            ours["enumColors"].get(word),
        ) {
            colours.insert(word.to_owned(), colour.clone());
        }
    }
    !missing.is_empty()
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{blueprints, extended};
    use crate::catalog::Blueprints;

    #[test]
    fn the_catalog_can_read_them() {
        let text = json!({"blueprints": blueprints(&[])}).to_string();
        let read = Blueprints::parse(text.as_bytes()).unwrap();
        let names: Vec<String> = read.iter().map(|it| it.identifier.to_string()).collect();
        assert_eq!(names, ["gitopsSync", "gitopsTarget"]);
        assert!(read.get("gitopsSync").unwrap().required.contains("phase"));
    }

    #[test]
    fn a_blueprint_that_has_all_is_left_alone() {
        for ours in blueprints(&[]) {
            assert_eq!(extended(&ours, &ours), Ok(None));
        }
    }

    #[test]
    fn what_is_missing_is_added_and_what_is_there_stays() {
        let ours = json!({
            "identifier": "gitopsSync",
            "schema": {"properties": {
                "phase": {"type": "string", "enum": ["Running", "Error"], "enumColors": {"Running": "blue", "Error": "red"}},
                "reason": {"type": "string"},
            }, "required": ["phase"]},
            "relations": {"target": {"target": "gitopsTarget", "many": false}},
        });
        let theirs = json!({
            "identifier": "gitopsSync",
            "schema": {"properties": {
                "phase": {"type": "string", "title": "Mine", "enum": ["Done", "Running"], "enumColors": {"Running": "green"}},
                "cost": {"type": "number"},
            }, "required": ["cost"]},
            "relations": {"owner": {"target": "team", "many": false}},
        });
        let change = extended(&theirs, &ours).unwrap().unwrap();
        assert_eq!(
            change,
            json!({
                "schema": {"properties": {
                    "phase": {"type": "string", "title": "Mine", "enum": ["Done", "Running", "Error"], "enumColors": {"Running": "green", "Error": "red"}},
                    "cost": {"type": "number"},
                    "reason": {"type": "string"},
                }, "required": ["cost"]},
                "relations": {
                    "owner": {"target": "team", "many": false},
                    "target": {"target": "gitopsTarget", "many": false},
                },
            })
        );
        let mut after = theirs;
        after["schema"] = change["schema"].clone();
        after["relations"] = change["relations"].clone();
        assert_eq!(extended(&after, &ours), Ok(None));
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let ours = json!({"identifier": "gitopsSync", "schema": {"properties": {"phase": {"type": "string"}}}});
        let theirs = json!({"schema": {"properties": {"phase": {"type": "number"}}}});
        assert_eq!(
            extended(&theirs, &ours).unwrap_err().to_string(),
            "the blueprint `gitopsSync` has the property `phase` as \"number\", and reports need \"string\"; rename it, or use another organisation"
        );
    }
}
