//! What only the cluster knows of an object, and what of a preview hangs on it.
//!
//! A file lacks the fields that the API server sets. Expressions read them as
//! null, and a preview that took that for an answer would guess. So what is
//! previewed from files is evaluated again with each of these fields set to
//! something; where anything comes out differently, nobody can say here what
//! the exporter sends. Not seen: fields that the API server fills in by a kind's
//! defaults, and conditions of a status that no value here happens to meet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Preview, Problem, ProblemKind, Request};
use crate::exporter::Config;
use crate::manifest::FieldPath;

/// Kinds that belong to no namespace.
const CLUSTER_SCOPED: [&str; 20] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterEntity",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "FlowSchema",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

/// The object as a cluster may have it, twice: with a status that has what many
/// a status has, and with one on which every look inside fails.
pub(crate) fn in_cluster(object: &Value) -> [Value; 2] {
    let condition = |kind: &str| json!({"type": kind, "status": "unseen", "reason": "Unseen"});
    let conditions = ["Ready", "Available", "Synced", "Healthy", "Progressing"].map(condition);
    let status = json!({"conditions": conditions, "phase": "Unseen", "replicas": 1});
    [status, json!("unseen")].map(|status| {
        let mut object = object.clone();
        if let Some(fields) = object.as_object_mut() {
            fields.insert("status".to_owned(), status);
            set_metadata(fields);
        }
        object
    })
}

/// Whether objects of a kind belong to no namespace, as far as that is known here.
pub(crate) fn is_cluster_scoped(kind: &str) -> bool {
    CLUSTER_SCOPED.contains(&kind)
}

fn set_metadata(object: &mut Map<String, Value>) {
    let kind = object.get("kind").and_then(Value::as_str);
    let has_namespace = kind.is_some_and(|kind| !is_cluster_scoped(kind));
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let set = [
        ("creationTimestamp", json!("2000-01-01T00:00:00Z")),
        ("generation", json!(1)),
        ("managedFields", json!([{"manager": "unseen"}])),
        ("resourceVersion", json!("1")),
        ("uid", json!("00000000-0000-0000-0000-000000000000")),
    ];
    metadata.extend(set.map(|(name, value)| (name.to_owned(), value)));
    if has_namespace {
        metadata.entry("namespace").or_insert(json!("unseen"));
    }
}

/// What a block makes of an object: its requests and its problems.
type Made<'p> = (Vec<&'p Request>, Vec<(&'p FieldPath, ProblemKind)>);

impl Preview {
    /// What holds whatever the cluster has set: the previews of the same objects as
    /// [`in_cluster`] gives them must say the same. What they don't agree on is a
    /// problem.
    #[must_use]
    pub(crate) fn agreed(self, others: &[Self]) -> Self {
        let mut problems = Vec::new();
        for other in others {
            let (ours, theirs) = (self.made(), other.made());
            let nothing = Made::default();
            let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).copied().collect();
            for key in keys {
                let ours = ours.get(&key).unwrap_or(&nothing);
                let theirs = theirs.get(&key).unwrap_or(&nothing);
                if ours != theirs {
                    problems.push((key, hanging(key, ours, theirs)));
                }
            }
        }
        self.take_back(problems)
    }

    /// The preview of several rows of the same objects, one behind the other, as the
    /// preview of each row. What is said of a whole block stays with the first.
    pub(crate) fn rows<const N: usize>(self, objects: usize) -> [Self; N] {
        let mut rows = std::array::from_fn(|_| Self::default());
        let objects = objects.max(1);
        for mut sent in self.sent {
            if let Some(row) = rows.get_mut(sent.object / objects) {
                sent.object %= objects;
                row.sent.push(sent);
            }
        }
        for mut problem in self.problems {
            let object = problem.object.unwrap_or_default();
            if let Some(row) = rows.get_mut(object / objects) {
                problem.object = problem.object.map(|object| object % objects);
                row.problems.push(problem);
            }
        }
        rows
    }

    /// Puts a problem in place of what is sent for an object by a block; of several
    /// the first.
    fn take_back(mut self, problems: Vec<((usize, usize), Problem)>) -> Self {
        let mut unsure = BTreeSet::new();
        for (key, problem) in problems {
            if unsure.insert(key) {
                self.problems
                    .retain(|it| it.object.map(|object| (object, it.block)) != Some(key));
                self.problems.push(problem);
            }
        }
        self.sent
            .retain(|sent| !unsure.contains(&(sent.object, sent.block)));
        self.in_order()
    }

    /// By object and block.
    fn made(&self) -> BTreeMap<(usize, usize), Made<'_>> {
        let mut made: BTreeMap<_, Made<'_>> = BTreeMap::new();
        for sent in &self.sent {
            let key = (sent.object, sent.block);
            made.entry(key).or_default().0.push(&sent.request);
        }
        for problem in &self.problems {
            if let Some(object) = problem.object {
                let key = (object, problem.block);
                let what = (&problem.field, problem.kind);
                made.entry(key).or_default().1.push(what);
            }
        }
        made
    }
}

fn hanging((object, block): (usize, usize), ours: &Made<'_>, theirs: &Made<'_>) -> Problem {
    let pairs = ours.0.iter().zip(&theirs.0);
    let member = pairs.into_iter().find_map(|(ours, theirs)| {
        let (ours, theirs) = (ours.to_json(), theirs.to_json());
        differing(&ours, &theirs)
    });
    let what = member
        .map(|member| format!(" in `{member}`"))
        .unwrap_or_default();
    let message = format!(
        "hangs{what} on what only the cluster sets, such as `.metadata.namespace`, \
         `.metadata.uid` and `.status`"
    );
    Problem::unsupported(Some(object), block, Config::block_path(block), message)
}

/// The first member of a body that differs: `title`, `properties.tier`.
fn differing(ours: &Value, theirs: &Value) -> Option<String> {
    let (ours, theirs) = (ours.as_object()?, theirs.as_object()?);
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let name = names
        .into_iter()
        .find(|name| ours.get(*name) != theirs.get(*name))?;
    let inside = ours.get(name).zip(theirs.get(name));
    let inside = inside.filter(|_| matches!(name.as_str(), "properties" | "relations"));
    match inside.and_then(|(ours, theirs)| differing(ours, theirs)) {
        Some(member) => Some(format!("{name}.{member}")),
        None => Some(name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::in_cluster;
    use crate::catalog::Dialect;
    use crate::exporter::jq::Environment;
    use crate::exporter::{Config, preview};

    /// Checks what is sent as the property of a Deployment, or the problem.
    #[track_caller]
    fn check(expression: &str, expected: Result<Value, &str>) {
        let config = json!({"resources": [{
            "kind": "apps/v1/deployments",
            "glint": {"entity": {"mappings": [{
                "identifier": ".metadata.name",
                "blueprint": "\"workload\"",
                "properties": {"p": expression},
            }]}},
        }]});
        let config = Config::decode(config, Dialect::Glint).unwrap();
        let object = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"status": "fine"},
        });
        let seen = |object: &Value| preview(&config, [object], &Environment::default());
        let preview = seen(&object).agreed(&in_cluster(&object).each_ref().map(seen));
        let sent = preview.sent.first();
        let sent = sent.map(|sent| sent.request.properties["p"].clone());
        let problem = preview.problems.first().map(|it| it.message.clone());
        let hangs = |member: &str| {
            format!(
                "hangs{member} on what only the cluster sets, such as `.metadata.namespace`, \
                 `.metadata.uid` and `.status`"
            )
        };
        let expected = expected.map_err(hangs);
        assert_eq!(sent, expected.clone().ok(), "{expression}");
        assert_eq!(problem, expected.err(), "{expression}");
    }

    #[test]
    fn what_stands_in_the_file_is_sent() {
        check(".metadata.name", Ok(json!("web")));
        check(".spec.status", Ok(json!("fine")));
        check(".spec.nope", Ok(json!(null)));
        check(".metadata.labels.x // \"y\"", Ok(json!("y")));
    }

    #[test]
    fn what_hangs_on_fields_of_the_cluster_is_not_guessed() {
        check(".metadata.uid", Err(" in `properties.p`"));
        check(".metadata | keys", Err(" in `properties.p`"));
        check(
            ".metadata.name + \"-\" + .metadata.namespace",
            Err(" in `properties.p`"),
        );
        check(".status.phase // \"x\"", Err(" in `properties.p`"));
        check(
            "[.status.conditions[]? | select(.type == \"Ready\").status][0] // \"Unknown\"",
            Err(" in `properties.p`"),
        );
        check(".status.a.b", Err(""));
        check(". | tojson | length", Err(" in `properties.p`"));
    }
}
