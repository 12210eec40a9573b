//! What is known of the cluster that the exporter reads: which kinds it serves, and its
//! objects.
//!
//! With `--cluster` by asking it, so that both are whole; else what was given counts as
//! there. Invariant: a cluster of which anything can't be read is an error, so nothing
//! is ever missing unsaid.

use std::borrow::Cow;

use serde_json::Value;

use super::Run;
use crate::catalog::Dialect;
use crate::command::collect::Collection;
use crate::publish::Served;

/// All of it.
pub(super) struct Known<'a> {
    pub(super) objects: Vec<Cow<'a, Value>>,
    /// Of each object, where it is known.
    pub(super) applications: Vec<Option<String>>,
    pub(super) served: Served,
    /// Whether these are all objects of the kinds that the configs name, as the API
    /// server has them.
    pub(super) is_whole: bool,
}

impl<'a> Known<'a> {
    /// What is known of the kinds of these configs.
    pub(super) fn of(
        run: &Run<'_>,
        collection: &'a Collection,
        configs: [Option<&Value>; 2],
        dialect: Dialect,
    ) -> anyhow::Result<Self> {
        #[cfg(feature = "controller")]
        if run.arguments.reads_cluster {
            return of_cluster::known(run, configs);
        }
        let _ = configs;
        Ok(Self::given(run, collection, dialect))
    }

    fn given(run: &Run<'_>, collection: &'a Collection, dialect: Dialect) -> Self {
        let objects: Vec<&Value> = collection.objects.iter().collect();
        let origins = collection.origins.iter();
        Self {
            served: Served::new(
                &objects,
                run.settings.api_versions.as_deref().unwrap_or_default(),
                &run.arguments.served_kinds,
                dialect,
            ),
            objects: objects.into_iter().map(Cow::Borrowed).collect(),
            applications: origins.map(|it| it.application.clone()).collect(),
            is_whole: false,
        }
    }
}

/// What a cluster says itself.
#[cfg(feature = "controller")]
mod of_cluster {
    use std::borrow::Cow;
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::Known;
    use crate::catalog::annotation;
    use crate::cluster::{Cluster, ClusterError, Resource};
    use crate::command::publish::{Caller, Run};
    use crate::publish::Served;

    /// By these the exporter's part knows how kinds are called.
    const CRDS: &str = "apiextensions.k8s.io/v1/customresourcedefinitions";

    pub(super) fn known(
        run: &Run<'_>,
        configs: [Option<&Value>; 2],
    ) -> anyhow::Result<Known<'static>> {
        let context = run.arguments.context.as_deref();
        let connecting = Cluster::connect(context, run.settings.input_limit);
        let cluster = run.live.wait(connecting)?;
        run.step(&format!("read cluster {}", cluster.name()));
        let reading = read(&cluster, named(configs), run.caller);
        let Read {
            served,
            objects,
            is_whole,
        } = run.live.wait(reading)?;
        run.note(&format!(
            "{} objects of {} kinds that the configs name",
            objects.len(),
            served.len()
        ));
        Ok(Known {
            applications: objects.iter().map(application).collect(),
            objects: objects.into_iter().map(Cow::Owned).collect(),
            served: Served::Discovered(served),
            is_whole,
        })
    }

    /// What a cluster answers.
    struct Read {
        /// The kinds that it serves.
        served: BTreeSet<String>,
        /// All objects of them.
        objects: Vec<Value>,
        /// Whether none is missing.
        is_whole: bool,
    }

    /// A kind that a controller may not read is done without: then what is at stake is
    /// found as without a cluster.
    async fn read(
        cluster: &Cluster,
        named: BTreeSet<String>,
        caller: Caller,
    ) -> Result<Read, ClusterError> {
        let mut served = BTreeSet::new();
        let mut resources: BTreeSet<Resource> = BTreeSet::new();
        for text in named {
            if let Some(resource) = cluster.resolve(&text).await? {
                resources.insert(resource);
                served.insert(text);
            }
        }
        resources.extend(cluster.resolve(CRDS).await?);
        let (mut objects, mut is_whole) = (Vec::new(), true);
        for resource in &resources {
            if caller == Caller::Controller && is_secret(resource) {
                is_whole = false;
                continue;
            }
            match cluster.list(resource).await {
                Ok(listed) => objects.extend(listed),
                Err(error @ (ClusterError::Refused { .. } | ClusterError::TooMuch { .. }))
                    if caller == Caller::Controller =>
                {
                    tracing::info!("the push is planned without them: {error}");
                    is_whole = false;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Read {
            served,
            objects,
            is_whole,
        })
    }

    /// What no controller of ours ever asks for, whatever a config names.
    fn is_secret(resource: &Resource) -> bool {
        resource.group.is_empty() && resource.plural == "secrets"
    }

    fn named(configs: [Option<&Value>; 2]) -> BTreeSet<String> {
        let configs = configs.into_iter().flatten();
        let blocks = configs.filter_map(|config| config["resources"].as_array());
        let kinds = blocks.flatten().filter_map(|block| block["kind"].as_str());
        kinds.map(str::to_owned).collect()
    }

    fn application(object: &Value) -> Option<String> {
        let application = object["metadata"]["annotations"][annotation::APPLICATION].as_str();
        application.map(str::to_owned)
    }
}
