//! A cluster, as far as it is read: which kinds it serves, and their objects as
//! they come, change and go.
//!
//! The one module that names the Kubernetes client. Nothing here writes to a
//! cluster. Invariants: a kind that the cluster does not serve is `None`, and a
//! cluster that can't be asked is an error, never the same; every question has a
//! deadline.

mod kind;

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use kube::api::{Api, DynamicObject};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::watcher;
use kube::runtime::watcher::Event;
use kube::{Client, Config};
use serde_json::Value;

pub(crate) use kind::Resource;
use kind::Wanted;

/// How long the API server may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// A cluster that answers.
#[derive(Clone)]
pub(crate) struct Cluster {
    client: Client,
    /// What people call it: the context, or the address inside a cluster.
    name: String,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why a cluster could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    /// No kubeconfig, or none that leads to a cluster.
    #[error("no cluster to read: {0}; set KUBECONFIG, or name a context that it has")]
    Config(String),
    /// The API server refuses, or does not answer.
    #[error("the cluster `{cluster}` can't be read: {reason}")]
    Unread {
        /// Which one.
        cluster: String,
        /// What the API server or the connection said.
        reason: String,
    },
}

/// What happens to objects of a kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    /// All that there are, at the beginning and after a lost connection.
    All(Vec<Value>),
    /// One is new, or changed.
    Applied(Value),
    /// One is gone.
    Deleted(Value),
}

impl Cluster {
    /// The cluster of a context; by default the one that `kubectl` would use, or
    /// the one around this process.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Config`] without one.
    pub(crate) async fn connect(context: Option<&str>) -> Result<Self, ClusterError> {
        let named = context.map(str::to_owned);
        let (mut config, name) = match Kubeconfig::read() {
            Ok(kubeconfig) => {
                let current = named.clone().or(kubeconfig.current_context.clone());
                let options = KubeConfigOptions {
                    context: named,
                    ..KubeConfigOptions::default()
                };
                let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
                let config = config.map_err(|error| ClusterError::Config(error.to_string()))?;
                (config, current)
            }
            Err(error) if context.is_some() => {
                return Err(ClusterError::Config(error.to_string()));
            }
            Err(error) => {
                let inside = Config::incluster();
                let config = inside.map_err(|_| ClusterError::Config(error.to_string()))?;
                (config, None)
            }
        };
        let name = name.unwrap_or_else(|| config.cluster_url.to_string());
        config.connect_timeout = Some(ANSWER);
        let client = Client::try_from(config);
        let client = client.map_err(|error| ClusterError::Config(error.to_string()))?;
        Ok(Self { client, name })
    }

    /// What people call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The kind that a block's `kind` means here; `None` where the cluster does not
    /// serve it, in which case the exporter skips the block.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Unread`]: that says nothing about the kind.
    pub(crate) async fn resolve(&self, block_kind: &str) -> Result<Option<Resource>, ClusterError> {
        let Some(wanted) = Wanted::parse(block_kind) else {
            return Ok(None);
        };
        if !wanted.group.is_empty() {
            return self.resource_of(wanted.group, &wanted).await;
        }
        // The core group comes first in discovery, as in the exporter's.
        if let Some(resource) = self.resource_of("", &wanted).await? {
            return Ok(Some(resource));
        }
        for group in self.groups_with(wanted.version).await? {
            if let Some(resource) = self.resource_of(&group, &wanted).await? {
                return Ok(Some(resource));
            }
        }
        Ok(None)
    }

    /// What happens to the objects of a kind, from now on. Ends never; an error is
    /// said and tried again by the client's own back-off.
    pub(crate) fn watch(
        &self,
        resource: &Resource,
    ) -> impl Stream<Item = Result<Seen, ClusterError>> + use<> {
        let api: Api<DynamicObject> =
            Api::all_with(self.client.clone(), &resource.to_api_resource());
        let events = watcher(api, watcher::Config::default().page_size(500));
        let cluster = self.name.clone();
        let mut listed = Vec::new();
        events.filter_map(move |event| {
            let seen = match event {
                Ok(event) => seen(event, &mut listed).map(Ok),
                Err(error) => Some(Err(ClusterError::Unread {
                    cluster: cluster.clone(),
                    reason: error.to_string(),
                })),
            };
            std::future::ready(seen)
        })
    }

    async fn resource_of(
        &self,
        group: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Resource>, ClusterError> {
        let version = wanted.version;
        let path = match group {
            "" => version.to_owned(),
            group => format!("{group}/{version}"),
        };
        let answer = match group {
            "" => {
                self.within(self.client.list_core_api_resources(&path))
                    .await
            }
            _ => {
                self.within(self.client.list_api_group_resources(&path))
                    .await
            }
        };
        let Some(list) = answer? else {
            return Ok(None);
        };
        let found = list.resources.into_iter().find(|it| wanted.names(it));
        Ok(found.map(|it| Resource::of(group, version, it)))
    }

    async fn groups_with(&self, version: &str) -> Result<Vec<String>, ClusterError> {
        let groups = self.within(self.client.list_api_groups()).await?;
        let groups = groups.map(|list| list.groups).unwrap_or_default();
        let serving = groups
            .into_iter()
            .filter(|group| group.versions.iter().any(|it| it.version == version));
        Ok(serving.map(|group| group.name).collect())
    }

    /// What the API server answers in time; `None` for 404.
    async fn within<T>(
        &self,
        question: impl Future<Output = kube::Result<T>>,
    ) -> Result<Option<T>, ClusterError> {
        let unread = |reason: String| ClusterError::Unread {
            cluster: self.name.clone(),
            reason,
        };
        match tokio::time::timeout(ANSWER, question).await {
            Ok(Ok(answer)) => Ok(Some(answer)),
            Ok(Err(kube::Error::Api(status))) if status.code == 404 => Ok(None),
            Ok(Err(error)) => Err(unread(error.to_string())),
            Err(_) => Err(unread(format!("no answer within {} s", ANSWER.as_secs()))),
        }
    }
}

/// What an event of the client's tells, once it tells something.
fn seen(event: Event<DynamicObject>, listed: &mut Vec<Value>) -> Option<Seen> {
    match event {
        Event::Init => {
            listed.clear();
            None
        }
        Event::InitApply(object) => {
            listed.extend(value(object));
            None
        }
        Event::InitDone => Some(Seen::All(std::mem::take(listed))),
        Event::Apply(object) => value(object).map(Seen::Applied),
        Event::Delete(object) => value(object).map(Seen::Deleted),
    }
}

/// An object as the API server gives it.
fn value(object: DynamicObject) -> Option<Value> {
    serde_json::to_value(object).ok()
}

#[cfg(test)]
mod tests {
    use kube::api::{ApiResource, DynamicObject};
    use kube::core::GroupVersionKind;
    use kube::runtime::watcher::Event;
    use serde_json::json;

    use super::{Seen, seen};

    fn object(name: &str) -> DynamicObject {
        let kind = GroupVersionKind::gvk("glint.io", "v1", "Entity");
        DynamicObject::new(name, &ApiResource::from_gvk(&kind))
    }

    #[test]
    fn a_list_is_told_once_it_is_whole() {
        let mut listed = Vec::new();
        let mut told = Vec::new();
        for event in [
            Event::Init,
            Event::InitApply(object("lost with its connection")),
            Event::Init,
            Event::InitApply(object("pay")),
            Event::InitDone,
            Event::Apply(object("web")),
            Event::Delete(object("pay")),
        ] {
            told.extend(seen(event, &mut listed));
        }
        let named = |name: &str| {
            json!({
                "apiVersion": "glint.io/v1", "kind": "Entity", "metadata": {"name": name}
            })
        };
        assert_eq!(
            told,
            [
                Seen::All(vec![named("pay")]),
                Seen::Applied(named("web")),
                Seen::Deleted(named("pay")),
            ]
        );
    }
}
