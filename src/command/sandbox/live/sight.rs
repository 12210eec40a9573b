//! What is seen of a cluster: the objects of each kind that is watched.
//!
//! Pure: what the watches tell is given. Invariant: objects are gone when the cluster
//! has said so, and never because it can't be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::cluster::{Resource, Seen};
use crate::exporter::Kind;
use crate::sandbox::Key;

/// A kind that is watched, and what is kept of its objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Watched {
    pub(super) keeps: Keeps,
    pub(super) resource: Resource,
}

/// What is kept of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Keeps {
    /// Of a CRD, which kind it defines: schemas of thousands of CRDs fill a memory.
    Definition,
    /// All of it, `managedFields` too: the exporter's objects have them, and a mapping
    /// may read who changed an object last.
    All,
}

/// All that is seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Sight {
    kinds: BTreeMap<Watched, OfKind>,
}

#[derive(Clone, Debug, Default)]
struct OfKind {
    /// None until they have been listed.
    objects: Option<Objects>,
    /// Why nothing is told of them now.
    trouble: Option<Trouble>,
}

/// Why a watch tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) message: String,
    /// It will tell nothing any more.
    pub(super) is_final: bool,
}

type Objects = BTreeMap<Key, Arc<Value>>;

impl Sight {
    /// Something is watched from now on.
    pub(super) fn begin(&mut self, watched: Watched) {
        self.kinds.entry(watched).or_default();
    }

    /// Something is not watched any more, or not served: there is nothing of it.
    pub(super) fn end(&mut self, watched: &Watched) {
        self.kinds.remove(watched);
    }

    /// Takes what a watch tells; whether anything is otherwise than before.
    pub(super) fn take(&mut self, watched: &Watched, told: Result<Seen, Trouble>) -> bool {
        let Some(of_kind) = self.kinds.get_mut(watched) else {
            return false;
        };
        let keeps = watched.keeps;
        match told {
            Err(trouble) => {
                let is_new = of_kind.trouble.is_none();
                of_kind.trouble.get_or_insert(trouble);
                is_new
            }
            Ok(seen) => {
                let was_in_trouble = of_kind.trouble.take().is_some();
                of_kind.see(seen, keeps) || was_in_trouble
            }
        }
    }

    /// The kind can be read again; whether it could not before.
    pub(super) fn recover(&mut self, watched: &Watched) -> bool {
        let of_kind = self.kinds.get_mut(watched);
        of_kind.is_some_and(|it| it.trouble.take().is_some())
    }

    /// What was seen once, and can't be read now but may be again.
    pub(super) fn in_trouble(&self) -> Vec<Watched> {
        let troubled = |(_, it): &(&Watched, &OfKind)| {
            let trouble = it.trouble.as_ref().filter(|trouble| !trouble.is_final);
            trouble.is_some() && it.objects.is_some()
        };
        let kinds = self.kinds.iter().filter(troubled);
        kinds.map(|(watched, _)| watched.clone()).collect()
    }

    /// Whether each kind is listed, or can't be.
    pub(super) fn is_settled(&self) -> bool {
        let mut kinds = self.kinds.values();
        kinds.all(|it| it.objects.is_some() || it.trouble.is_some())
    }

    /// All objects; those of which all is kept win.
    pub(super) fn objects(&self) -> BTreeMap<Key, Arc<Value>> {
        let objects = self.kinds.values().filter_map(|it| it.objects.as_ref());
        let pairs = objects.flatten();
        pairs
            .map(|(key, object)| (key.clone(), Arc::clone(object)))
            .collect()
    }

    /// The kinds of which all objects are known.
    pub(super) fn listed(&self) -> BTreeSet<Kind> {
        let listed = self
            .kinds
            .iter()
            .filter(|(watched, it)| watched.keeps == Keeps::All && it.objects.is_some());
        listed
            .map(|(watched, _)| kind_of(&watched.resource))
            .collect()
    }

    /// Why something can't be read.
    pub(super) fn trouble(&self) -> Option<String> {
        let mut troubles: Vec<&str> = Vec::new();
        for trouble in self.kinds.values().filter_map(|it| it.trouble.as_ref()) {
            if !troubles.contains(&trouble.message.as_str()) {
                troubles.push(&trouble.message);
            }
        }
        (!troubles.is_empty()).then(|| troubles.join("\n"))
    }
}

impl OfKind {
    fn see(&mut self, seen: Seen, keeps: Keeps) -> bool {
        match seen {
            Seen::All(objects) => {
                let objects = objects.into_iter();
                let new: Objects = objects.filter_map(|it| kept(it, keeps)).collect();
                let is_new = self.objects.as_ref() != Some(&new);
                if is_new {
                    self.objects = Some(new);
                }
                is_new
            }
            Seen::Applied(object) => match (kept(object, keeps), &mut self.objects) {
                (Some((key, object)), Some(objects)) => match objects.get(&key) {
                    Some(before) if *before == object => false,
                    Some(_) | None => {
                        objects.insert(key, object);
                        true
                    }
                },
                (None, _) | (_, None) => false,
            },
            Seen::Deleted(object) => {
                let key = Key::stored(&object);
                let objects = self.objects.as_mut();
                let gone = key.zip(objects).and_then(|(key, it)| it.remove(&key));
                gone.is_some()
            }
        }
    }
}

/// The kind as the exporter's part knows it.
pub(super) fn kind_of(resource: &Resource) -> Kind {
    Kind {
        group: resource.group.clone(),
        version: resource.version.clone(),
        kind: resource.kind.clone(),
    }
}

fn kept(object: Value, keeps: Keeps) -> Option<(Key, Arc<Value>)> {
    let key = Key::stored(&object)?;
    let object = match keeps {
        Keeps::All => object,
        Keeps::Definition => definition(&object),
    };
    Some((key, Arc::new(object)))
}

fn definition(crd: &Value) -> Value {
    let spec = &crd["spec"];
    let versions = spec["versions"].as_array().into_iter().flatten();
    let versions = versions.map(|it| json!({"name": it["name"], "served": it["served"]}));
    json!({
        "apiVersion": crd["apiVersion"],
        "kind": crd["kind"],
        "metadata": {"name": crd["metadata"]["name"]},
        "spec": {
            "group": spec["group"],
            "names": spec["names"],
            "versions": versions.collect::<Vec<_>>(),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Keeps, Sight, Trouble, Watched};
    use crate::cluster::{Resource, Seen};

    fn watched(keeps: Keeps, group: &str, kind: &str) -> Watched {
        Watched {
            keeps,
            resource: Resource {
                group: group.to_owned(),
                version: "v1".to_owned(),
                kind: kind.to_owned(),
                plural: "anything".to_owned(),
                singular: "anything".to_owned(),
            },
        }
    }

    fn entities() -> Watched {
        watched(Keeps::All, "glint.io", "Entity")
    }

    fn entity(name: &str, tier: u64) -> Value {
        json!({
            "apiVersion": "glint.io/v1", "kind": "Entity",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"properties": {"tier": tier}},
        })
    }

    fn lost() -> Result<Seen, Trouble> {
        Err(Trouble {
            message: "connection refused".to_owned(),
            is_final: false,
        })
    }

    /// What is seen now: `pay 1`.
    fn seen(sight: &Sight) -> Vec<String> {
        let objects = sight.objects();
        let lines = objects
            .iter()
            .map(|(key, object)| format!("{} {}", key.name, object["spec"]["properties"]["tier"]));
        lines.collect()
    }

    /// Takes all that is told and checks what that changes.
    #[track_caller]
    fn check(told: Vec<Result<Seen, Trouble>>, changes: &[bool], expected: &[&str]) -> Sight {
        let mut sight = Sight::default();
        sight.begin(entities());
        let changed = told.into_iter().map(|told| sight.take(&entities(), told));
        assert_eq!(changed.collect::<Vec<_>>(), changes);
        assert_eq!(seen(&sight), expected);
        sight
    }

    #[test]
    fn objects_come_change_and_go_as_they_are_told() {
        check(
            vec![
                Ok(Seen::All(vec![entity("pay", 1), entity("web", 1)])),
                Ok(Seen::Applied(entity("pay", 2))),
                Ok(Seen::Applied(entity("pay", 2))),
                Ok(Seen::Deleted(entity("web", 1))),
                Ok(Seen::Deleted(entity("web", 1))),
            ],
            &[true, true, false, true, false],
            &["pay 2"],
        );
    }

    #[test]
    fn a_lost_connection_is_told_once_and_takes_nothing_away() {
        let list = || Ok(Seen::All(vec![entity("pay", 1)]));
        let sight = check(
            vec![list(), lost(), lost()],
            &[true, true, false],
            &["pay 1"],
        );
        assert_eq!(sight.trouble().as_deref(), Some("connection refused"));
        assert_eq!(sight.in_trouble(), [entities()]);
        let sight = check(
            vec![list(), lost(), list()],
            &[true, true, true],
            &["pay 1"],
        );
        assert_eq!(sight.trouble(), None);
    }

    #[test]
    fn what_went_while_nobody_looked_is_missing_in_the_next_list() {
        check(
            vec![
                Ok(Seen::All(vec![entity("pay", 1), entity("web", 1)])),
                lost(),
                Ok(Seen::All(vec![entity("web", 1)])),
            ],
            &[true, true, true],
            &["web 1"],
        );
    }

    #[test]
    fn a_kind_that_was_never_listed_is_not_known() {
        let sight = check(vec![lost()], &[true], &[]);
        assert!(sight.is_settled());
        assert!(sight.listed().is_empty());
        let mut sight = check(vec![Ok(Seen::All(Vec::new()))], &[true], &[]);
        assert_eq!(sight.listed().len(), 1);
        sight.end(&entities());
        assert!(sight.listed().is_empty());
    }

    #[test]
    fn of_a_crd_only_its_names_are_kept_unless_a_mapping_asks_for_it() {
        let crd = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "entities.glint.io", "uid": "1"},
            "spec": {"group": "glint.io", "names": {"kind": "Entity"},
                     "versions": [{"name": "v1", "served": true, "schema": {"much": true}}]},
        });
        let mut sight = Sight::default();
        let mut kept = Vec::new();
        for keeps in [Keeps::Definition, Keeps::All] {
            let watched = watched(keeps, "apiextensions.k8s.io", "CustomResourceDefinition");
            sight.begin(watched.clone());
            sight.take(&watched, Ok(Seen::All(vec![crd.clone()])));
            let objects = sight.objects();
            kept.push(objects.values().next().map(|it| (**it).clone()).unwrap());
        }
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "entities.glint.io"},
            "spec": {"group": "glint.io", "names": {"kind": "Entity"},
                     "versions": [{"name": "v1", "served": true}]},
        });
        assert_eq!(kept, [definition, crd]);
    }
}
