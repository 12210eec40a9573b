//! What asks for work: a GlintRender, its source or its ExternalArtifact has changed.
//!
//! Of each object only its name and a digest of what matters is kept, and for each
//! source who looks at it. A status that this program wrote asks for nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll};
use serde_json::{Value, json};

use super::observe::Key;
use super::resource::SourceKind;
use super::words::{self, REQUESTED_AT};
use crate::artifact::Digest;
use crate::cluster::{Change, ClusterError, Name, Resource};
use crate::controller::frame::Context;

/// What happens to what is followed.
type Seen = Result<(Kind, Change<Reduced>), ClusterError>;

/// Which kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Render,
    Source(SourceKind),
    Artifact,
}

/// What is kept of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reduced {
    key: Key,
    /// A digest of what asks for work when it changes.
    digest: Digest,
    /// The source that a GlintRender looks at.
    source: Option<(SourceKind, Key)>,
}

/// All that is followed.
pub(super) struct Following {
    changes: SelectAll<BoxStream<'static, Seen>>,
    index: Index,
}

impl Following {
    /// Follows GlintRenders of the shard, and in its namespaces the rest.
    pub(super) fn of(context: &Context) -> Self {
        let mut changes = SelectAll::new();
        let kinds = SourceKind::ALL.map(Kind::Source);
        for kind in [Kind::Render, Kind::Artifact].into_iter().chain(kinds) {
            let resource = kind.resource();
            let path = format!("{}/{}", resource.api_version(), resource.plural);
            let mut scope = context.shard.scope(&path);
            if kind != Kind::Render {
                scope.labels = None;
            }
            let followed = context
                .cluster
                .follow(scope, move |object| kind.reduce(&object));
            let followed = followed.map(move |change| change.map(|change| (kind, change)));
            changes.push(followed.boxed());
        }
        Self {
            changes,
            index: Index::default(),
        }
    }

    /// What is to be worked on next.
    pub(super) async fn next(&mut self) -> Asked {
        loop {
            match self.changes.next().await {
                Some(Ok((kind, change))) => {
                    let asked = self.index.take(kind, change);
                    if asked != Asked::default() {
                        return asked;
                    }
                }
                Some(Err(error)) => tracing::warn!("{error}"),
                None => std::future::pending().await,
            }
        }
    }

    /// Every GlintRender that is known.
    pub(super) fn all(&self) -> BTreeSet<Key> {
        self.index.renders.keys().cloned().collect()
    }
}

impl Kind {
    fn resource(self) -> Resource {
        match self {
            Self::Render => words::renders(),
            Self::Source(kind) => words::sources(kind),
            Self::Artifact => words::artifacts(),
        }
    }

    fn reduce(self, object: &Value) -> Reduced {
        let metadata = &object["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let key = Key {
            namespace: text(&metadata["namespace"]),
            name: text(&metadata["name"]),
        };
        let requested = &metadata["annotations"][REQUESTED_AT];
        let matters = match self {
            Self::Render => json!([
                metadata["uid"],
                metadata["generation"],
                metadata["deletionTimestamp"],
                metadata["labels"][words::SHARD_LABEL],
                requested,
            ]),
            Self::Source(_) => {
                let artifact = &object["status"]["artifact"];
                json!([
                    object["spec"]["url"],
                    artifact["url"],
                    artifact["revision"],
                    artifact["digest"],
                    artifact["metadata"],
                ])
            }
            Self::Artifact => json!([
                metadata["uid"],
                metadata["labels"],
                metadata["ownerReferences"],
                object["spec"],
                object["status"]["artifact"],
                requested,
            ]),
        };
        let reference = &object["spec"]["sourceRef"];
        let kind = SourceKind::ALL
            .into_iter()
            .find(|kind| reference["kind"] == kind.as_str());
        let source = kind.filter(|_| self == Self::Render).map(|kind| {
            let namespace = key.namespace.clone();
            let name = text(&reference["name"]);
            (kind, Key { namespace, name })
        });
        Reduced {
            digest: Digest::sha256(matters.to_string().as_bytes()),
            key,
            source,
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Objects to work on.
    pub(super) keys: BTreeSet<Key>,
    /// Whether all GlintRenders are known now, or there is no such kind.
    pub(super) is_complete: bool,
}

/// Who looks at what.
#[derive(Debug, Default)]
struct Index {
    renders: BTreeMap<Key, Reduced>,
    by_source: BTreeMap<(SourceKind, Key), BTreeSet<Key>>,
    others: BTreeMap<(Kind, Key), Digest>,
}

impl Index {
    fn take(&mut self, kind: Kind, change: Change<Reduced>) -> Asked {
        let mut asked = Asked::default();
        match (kind, change) {
            (Kind::Render, Change::Applied(render)) => {
                if self.renders.get(&render.key) != Some(&render) {
                    asked.keys.insert(render.key.clone());
                    self.set(render);
                }
            }
            (Kind::Render, Change::Deleted(name)) => {
                let key = key(name);
                self.unset(&key);
                asked.keys.insert(key);
            }
            (Kind::Render, Change::Listed(_) | Change::Unserved) => asked.is_complete = true,
            (kind, Change::Applied(object)) => {
                let before = self
                    .others
                    .insert((kind, object.key.clone()), object.digest.clone());
                if before.as_ref() != Some(&object.digest) {
                    asked.keys = self.looking_at(kind, &object.key);
                }
            }
            (kind, Change::Deleted(name)) => {
                let key = key(name);
                asked.keys = self.looking_at(kind, &key);
                self.others.remove(&(kind, key));
            }
            (_, Change::Listed(_) | Change::Unserved) => {}
        }
        asked
    }

    fn set(&mut self, render: Reduced) {
        self.unset(&render.key);
        if let Some(source) = &render.source {
            let looking = self.by_source.entry(source.clone()).or_default();
            looking.insert(render.key.clone());
        }
        self.renders.insert(render.key.clone(), render);
    }

    fn unset(&mut self, key: &Key) {
        let source = self.renders.remove(key).and_then(|render| render.source);
        if let Some(source) = source
            && let Some(looking) = self.by_source.get_mut(&source)
        {
            looking.remove(key);
            if looking.is_empty() {
                self.by_source.remove(&source);
            }
        }
    }

    fn looking_at(&self, kind: Kind, key: &Key) -> BTreeSet<Key> {
        match kind {
            Kind::Source(kind) => {
                let looking = self.by_source.get(&(kind, key.clone()));
                looking.cloned().unwrap_or_default()
            }
            Kind::Render | Kind::Artifact => {
                let is_known = self.renders.contains_key(key);
                is_known.then(|| key.clone()).into_iter().collect()
            }
        }
    }
}

fn key(name: Name) -> Key {
    let Name { namespace, name } = name;
    Key {
        namespace: namespace.unwrap_or_default(),
        name,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Index, Kind};
    use crate::cluster::{Change, Name};
    use crate::controller::render::resource::SourceKind;

    /// The names of what is asked for, one change after the other.
    fn asked(changes: Vec<(Kind, Change<Value>)>) -> Vec<String> {
        let mut index = Index::default();
        let mut told = Vec::new();
        for (kind, change) in changes {
            let change = match change {
                Change::Applied(object) => Change::Applied(kind.reduce(&object)),
                Change::Deleted(name) => Change::Deleted(name),
                Change::Listed(resource) => Change::Listed(resource),
                Change::Unserved => Change::Unserved,
            };
            let keys = index.take(kind, change).keys;
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            told.push(keys.join(" "));
        }
        told
    }

    fn render(name: &str, generation: i64) -> Change<Value> {
        Change::Applied(json!({
            "metadata": {"namespace": "shop", "name": name, "generation": generation},
            "spec": {"sourceRef": {"kind": "GitRepository", "name": "all"}},
            "status": {"observedGeneration": generation},
        }))
    }

    fn source(namespace: &str, revision: &str) -> Change<Value> {
        Change::Applied(json!({
            "metadata": {"namespace": namespace, "name": "all"},
            "status": {"artifact": {"revision": revision}},
        }))
    }

    const GIT: Kind = Kind::Source(SourceKind::GitRepository);

    #[test]
    fn a_new_revision_asks_for_all_who_look_at_the_source_in_its_namespace() {
        let told = asked(vec![
            (Kind::Render, render("pay", 1)),
            (Kind::Render, render("web", 1)),
            (Kind::Render, render("web", 1)),
            (GIT, source("shop", "main@sha1:1")),
            (GIT, source("shop", "main@sha1:1")),
            (GIT, source("other", "main@sha1:1")),
            (GIT, source("shop", "main@sha1:2")),
            (
                Kind::Source(SourceKind::Bucket),
                source("shop", "main@sha1:2"),
            ),
        ]);
        assert_eq!(
            told,
            [
                "shop/pay",
                "shop/web",
                "",
                "shop/pay shop/web",
                "",
                "",
                "shop/pay shop/web",
                ""
            ]
        );
    }

    #[test]
    fn an_external_artifact_asks_for_the_object_of_its_name() {
        let artifact = |label: &str| {
            Change::Applied(json!({
                "metadata": {"namespace": "shop", "name": "pay", "labels": {"x": label}},
            }))
        };
        let gone = Change::Deleted(Name {
            namespace: Some("shop".to_owned()),
            name: "pay".to_owned(),
        });
        let told = asked(vec![
            (Kind::Artifact, artifact("1")),
            (Kind::Render, render("pay", 1)),
            (Kind::Artifact, artifact("1")),
            (Kind::Artifact, artifact("2")),
            (Kind::Artifact, gone.clone()),
            (Kind::Render, gone),
            (Kind::Artifact, artifact("3")),
        ]);
        assert_eq!(
            told,
            ["", "shop/pay", "", "shop/pay", "shop/pay", "shop/pay", ""]
        );
    }
}
