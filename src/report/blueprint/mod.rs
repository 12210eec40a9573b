//! The blueprints of targets and runs.

mod extend;

use serde_json::{Map, Value, json};

use super::{RUN, TARGET};
use crate::catalog::{BlueprintId, Delivery, MemberName};

pub(crate) use extend::extended;

/// A relation from targets to the user's own entities: those of this blueprint that
/// the application declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relate {
    /// The relation's name.
    pub name: MemberName,
    /// Where it leads.
    pub blueprint: BlueprintId,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::blueprints;
    use crate::catalog::Blueprints;

    #[test]
    fn the_catalog_can_read_them() {
        let text = json!({"blueprints": blueprints(&[])}).to_string();
        let read = Blueprints::parse(text.as_bytes()).unwrap();
        let names: Vec<String> = read.iter().map(|it| it.identifier.to_string()).collect();
        assert_eq!(names, ["gitopsSync", "gitopsTarget"]);
        assert!(read.get("gitopsSync").unwrap().required.contains("phase"));
    }
}
