//! A cluster: which kinds it serves, their objects as they come, change and go, and
//! what is written to it.
//!
//! The one module that names the Kubernetes client. Invariants: a kind that the cluster does not serve is `None`, and a
//! cluster that can't be asked is an error, never the same; every question has a
//! deadline.

mod follow;
mod kind;
mod list;
mod parts;
mod time;
mod write;

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList;
use kube::api::{Api, DynamicObject, ListParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, Config};
use serde_json::Value;

pub(crate) use follow::{Change, Name, Scope};
pub(crate) use kind::Resource;
use kind::{Wanted, is_whole};
use list::{Listed, TooMuch};
pub(crate) use parts::{Parts, Read, Whole};
pub(crate) use time::micro_time;

/// How long the API server may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// How long a connection may be silent behind a question: longer than the client lets a
/// watch be, so that only what has no limit of its own ends by it, such as the lists and
/// the beginnings of watches.
const SILENCE: Duration = Duration::from_secs(300);

/// How long all objects of a kind may take to come.
const LIST: Duration = Duration::from_secs(120);

/// How many questions are under way at a time.
const AT_ONCE: usize = 8;

/// A cluster that answers.
#[derive(Clone)]
pub(crate) struct Cluster {
    client: Client,
    /// What people call it: the context, or the address inside a cluster.
    name: String,
    /// How many bytes of JSON a list may have.
    limit: u64,
    /// Whether nothing is written.
    is_dry_run: bool,
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
    /// The API server answers, and does not give the objects of a kind.
    #[error("the cluster `{cluster}` can't be read: `{plural}`: {reason}")]
    Refused {
        /// Which one.
        cluster: String,
        /// Of which kind.
        plural: String,
        /// What the API server said.
        reason: String,
    },
    /// One object can't be read or written.
    #[error("the cluster `{cluster}`: can't {verb} {object}: {reason}")]
    Failed {
        /// Which one.
        cluster: String,
        /// What was to be done.
        verb: &'static str,
        /// With which object: `entities shop/pay`.
        object: String,
        /// The API server's status, where it answered.
        status: Option<u16>,
        /// What the API server or the connection said.
        reason: String,
    },
    /// There is more than may be read; nothing more is told of the kind.
    #[error(
        "the cluster `{cluster}` has more than {limit} bytes of `{plural}`; let more in with `--input-limit`"
    )]
    TooMuch {
        /// Which one.
        cluster: String,
        /// Of which kind.
        plural: String,
        /// How many may be read.
        limit: u64,
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
    /// the one around this process. Of a kind with more than `limit` bytes nothing is
    /// read.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Config`] without one.
    pub(crate) async fn connect(context: Option<&str>, limit: u64) -> Result<Self, ClusterError> {
        let named = context.map(str::to_owned);
        let (config, name) = match Kubeconfig::read() {
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
        let client = Client::try_from(impatient(config));
        let client = client.map_err(|error| ClusterError::Config(error.to_string()))?;
        Ok(Self {
            client,
            name,
            limit,
            is_dry_run: false,
        })
    }

    /// A cluster that never answers.
    #[cfg(test)]
    pub(crate) fn unreachable() -> Self {
        let nobody = tower::service_fn(|_: axum::http::Request<kube::client::Body>| async {
            let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            Err::<axum::http::Response<kube::client::Body>, _>(refused)
        });
        Self {
            client: Client::new(nobody, "default"),
            name: "nowhere".to_owned(),
            limit: 0,
            is_dry_run: false,
        }
    }

    /// What people call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The namespace that is meant where none is said: the one of the context, or the one
    /// around this process.
    pub(crate) fn namespace(&self) -> &str {
        self.client.default_namespace()
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

    /// Every kind in every version. Of a group that can't be asked, such as one whose
    /// own server is down, there are none, as for the exporter's client.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Unread`], where there is no telling which groups there are.
    pub(crate) async fn served(&self) -> Result<Vec<Resource>, ClusterError> {
        let groups = self.within(self.client.list_api_groups()).await?;
        let groups = groups.map(|list| list.groups).unwrap_or_default();
        let versions = groups.into_iter().flat_map(|group| {
            let versions = group.versions.into_iter();
            versions.map(move |it| (group.name.clone(), it.version))
        });
        let core = (String::new(), "v1".to_owned());
        let asked = std::iter::once(core).chain(versions);
        let asked = asked.map(|(group, version)| async move {
            let list = self.resources_of(&group, &version).await.ok().flatten();
            let served = list.map(|list| list.resources).unwrap_or_default();
            let whole = served.into_iter().filter(is_whole);
            let resources = whole.map(|it| Resource::of(&group, &version, it));
            resources.collect::<Vec<_>>()
        });
        let answers = futures_util::stream::iter(asked).buffered(AT_ONCE);
        Ok(answers.collect::<Vec<_>>().await.concat())
    }

    /// All objects of a kind.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Unread`]: that says nothing about what is there.
    pub(crate) async fn list(&self, resource: &Resource) -> Result<Vec<Value>, ClusterError> {
        let mut watch = std::pin::pin!(self.watch(resource));
        let first = tokio::time::timeout(LIST, watch.next()).await;
        match first {
            Ok(Some(Ok(Seen::All(objects)))) => Ok(objects),
            Ok(Some(Err(error))) => Err(error),
            Ok(Some(Ok(Seen::Applied(_) | Seen::Deleted(_))) | None) => {
                Err(self.unread("its watch begins without a list".to_owned()))
            }
            Err(_) => Err(self.unread(format!(
                "no list of `{}` within {} s",
                resource.plural,
                LIST.as_secs()
            ))),
        }
    }

    /// Shows every object of a kind as it is now, so many in memory at a time; none where
    /// the kind is not served.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Unread`]: what was shown is not all.
    pub(crate) async fn each(
        &self,
        resource: &Resource,
        page: u32,
        mut see: impl FnMut(Value),
    ) -> Result<(), ClusterError> {
        let mut params = ListParams::default().limit(page);
        loop {
            let listed = self.within(async { self.api(resource).list(&params).await });
            let Some(listed) = listed.await? else {
                return Ok(());
            };
            let objects = listed.items.into_iter();
            objects
                .filter_map(|object| list::value(object, resource))
                .for_each(&mut see);
            match listed.metadata.continue_.filter(|it| !it.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => return Ok(()),
            }
        }
    }

    /// Whether objects of a kind can be listed: one of them is, at most.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Unread`], where they can't.
    pub(crate) async fn try_list(&self, resource: &Resource) -> Result<(), ClusterError> {
        let one = ListParams::default().limit(1);
        let listed = self.within(async { self.api(resource).list(&one).await });
        let listed = listed.await?;
        listed
            .map(drop)
            .ok_or_else(|| self.unread(format!("`{}` is not served", resource.plural)))
    }

    /// What happens to the objects of a kind, from now on. An error is said and tried
    /// again, each time later; behind [`ClusterError::TooMuch`] nothing comes.
    pub(crate) fn watch(
        &self,
        resource: &Resource,
    ) -> impl Stream<Item = Result<Seen, ClusterError>> + Send + use<> {
        let pages = watcher::Config::default().page_size(500);
        let events = watcher(self.api(resource), pages).default_backoff();
        let mut listed = Listed::new(resource, self.limit);
        let cluster = self.clone();
        // One that is too long ends it, behind the error.
        let told = events.scan(false, move |is_over, event| {
            let told = match event {
                _ if *is_over => return std::future::ready(None),
                Ok(event) => match listed.take(event) {
                    Ok(seen) => seen.map(Ok),
                    Err(TooMuch) => {
                        *is_over = true;
                        Some(Err(ClusterError::TooMuch {
                            cluster: cluster.name.clone(),
                            plural: listed.resource.plural.clone(),
                            limit: listed.limit,
                        }))
                    }
                },
                Err(error) if is_of_kind(&error) => Some(Err(ClusterError::Refused {
                    cluster: cluster.name.clone(),
                    plural: listed.resource.plural.clone(),
                    reason: reason(&error),
                })),
                Err(error) => Some(Err(cluster.unread(reason(&error)))),
            };
            std::future::ready(Some(told))
        });
        let told = told.filter_map(std::future::ready);
        told.chain(futures_util::stream::pending())
    }

    fn api(&self, resource: &Resource) -> Api<DynamicObject> {
        Api::all_with(self.client.clone(), &resource.to_api_resource())
    }

    async fn resource_of(
        &self,
        group: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Resource>, ClusterError> {
        let version = wanted.version;
        let list = self.resources_of(group, version).await?;
        let served = list.map(|list| list.resources).unwrap_or_default();
        let found = served.into_iter().find(|it| wanted.names(it));
        Ok(found.map(|it| Resource::of(group, version, it)))
    }

    /// What a group serves in a version; `None` where there is no such.
    async fn resources_of(
        &self,
        group: &str,
        version: &str,
    ) -> Result<Option<APIResourceList>, ClusterError> {
        match group {
            "" => {
                self.within(self.client.list_core_api_resources(version))
                    .await
            }
            group => {
                let path = format!("{group}/{version}");
                self.within(self.client.list_api_group_resources(&path))
                    .await
            }
        }
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
        match tokio::time::timeout(ANSWER, question).await {
            Ok(Ok(answer)) => Ok(Some(answer)),
            Ok(Err(kube::Error::Api(status))) if status.code == 404 => Ok(None),
            Ok(Err(error)) => Err(self.unread(reason(&error))),
            Err(_) => Err(self.unread(format!("no answer within {} s", ANSWER.as_secs()))),
        }
    }

    fn unread(&self, reason: String) -> ClusterError {
        ClusterError::Unread {
            cluster: self.name.clone(),
            reason,
        }
    }
}

/// With an end to each wait for the API server.
fn impatient(mut config: Config) -> Config {
    config.connect_timeout = Some(ANSWER);
    config.write_timeout = Some(ANSWER);
    config.read_timeout = Some(SILENCE);
    // A connection may have been idle before it was taken for a question.
    config.reset_reader_on_write = true;
    config
}

/// Whether the API server has answered, so that it says something of the kind.
fn is_of_kind(error: &watcher::Error) -> bool {
    use watcher::Error;
    match error {
        Error::InitialListFailed(error)
        | Error::WatchStartFailed(error)
        | Error::WatchFailed(error) => matches!(error, kube::Error::Api(_)),
        Error::WatchError(_) | Error::NoResourceVersion => true,
    }
}

/// The innermost cause: what stands around it tells how the client is built.
fn reason(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::api::{Api, ListParams};
    use kube::{Client, Config};
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::{SILENCE, impatient};

    #[tokio::test(start_paused = true)]
    async fn a_list_that_is_never_answered_ends() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let config = impatient(Config::new(url.parse().unwrap()));
        let objects: Api<ConfigMap> = Api::default_namespaced(Client::try_from(config).unwrap());
        let began = Instant::now();
        let listed = objects.list(&ListParams::default()).await;
        assert!(listed.is_err());
        assert_eq!(began.elapsed().as_secs(), SILENCE.as_secs());
    }
}
