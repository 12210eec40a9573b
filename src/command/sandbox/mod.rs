//! `sandbox`: a catalog on loopback with a page, and the exporter's part played on a
//! directory or a cluster.
//!
//! Everything that it makes is in its own catalog. Nothing is sent anywhere, and a
//! cluster is only read.

mod blueprints;
mod caller;
mod careful;
mod declared;
mod deliveries;
mod follow;
mod inferred;
#[cfg(feature = "controller")]
mod live;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::thread;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::check::blueprints;
use super::collect::settings_of;
use super::preview::variables;
use super::{Exit, console, print, shown};
use crate::catalog::blueprint_values;
use crate::cli::{Cli, SandboxArgs};
use crate::config::Environment;
use crate::input;
use crate::output::Format;
use crate::sandbox::{
    Catalog, Faults, Sandbox, SandboxOptions, SharedFollowing, Store, page_router,
};
use follow::{Followed, Follower, Told};
use source::Source;

/// What the sandbox's catalog takes as well as any other.
const CLIENT_ID: &str = "sandbox";
const CLIENT_SECRET: &str = "sandbox";

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    arguments: &SandboxArgs,
) -> anyhow::Result<Exit> {
    let directory = arguments.directory.as_deref();
    let settings = settings_of(cli, environment, directory)?;
    if let Some(exit) = shown(&cli.global, &settings)? {
        return Ok(exit);
    }
    let faults = Faults::parse(&arguments.fault.join(","), arguments.fault_seed)?;
    let given = given(&arguments.blueprints, settings.input_limit)?;
    let catalog = Catalog::open(None, arguments.data.clone())?;
    let store = catalog.store.clone();
    let following = SharedFollowing::default();
    let runtime = runtime()?;
    let state_key = arguments.integration.to_lowercase();
    let source = Source::named(&runtime, &store, &settings, arguments)?;
    let followed = match source {
        None => None,
        Some(source) => {
            let follower = Follower {
                store: store.clone(),
                following: following.clone(),
                say: Box::new(|line| console(cli, Format::Text).note(line)),
                render: source.renderer(cli, environment, &settings),
                subject: source.subject(),
                given,
                state_key: state_key.clone(),
                variables: variables(arguments)?,
            };
            Some((source, follower.begin()?))
        }
    };
    let options = SandboxOptions {
        port: arguments.port,
        faults,
        page: page_router(store.clone(), following),
    };
    let sandbox = runtime.block_on(Sandbox::start(catalog, options))?;
    let served = Served {
        runtime,
        sandbox,
        store,
        state_key,
    };
    served.go_on(followed)
}

/// The catalog, while it is served.
struct Served {
    runtime: Runtime,
    sandbox: Sandbox,
    store: Store,
    state_key: String,
}

impl Served {
    /// Follows until somebody ends it.
    fn go_on(self, followed: Option<(Source<'_>, Followed<'_>)>) -> anyhow::Result<Exit> {
        input::leave_ending_to_others();
        let ended = self.runtime.block_on(async { Ended::listen() })?;
        thread::scope(|scope| {
            let (tell, told) = channel();
            let mut watch = None;
            if let Some((source, followed)) = followed {
                watch = source.watch(&self, &tell)?;
                scope.spawn(move || followed.go_on(&told));
            }
            // Who reads the address may count on being followed.
            let printed = print(welcome(&self.sandbox.url(), &self.state_key).as_bytes());
            if printed.is_ok() {
                self.runtime.block_on(ended.wait());
            }
            drop(watch);
            // Nobody follows, or nobody any more.
            let _ended = tell.send(Told::End);
            printed
        })?;
        self.runtime.block_on(self.sandbox.stop());
        Ok(Exit::Done)
    }
}

fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start")
}

/// The blueprints that were given, as they stand in their files.
fn given(paths: &[PathBuf], limit: u64) -> anyhow::Result<Vec<Value>> {
    // Whether they are any is decided where all commands decide it.
    if blueprints(paths, limit)?.is_none() {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    for path in paths {
        for (name, text) in input::read_files(path, limit)? {
            let read = blueprint_values(&text);
            let read = read.with_context(|| format!("cannot read the blueprints `{name}`"))?;
            values.extend(read.into_iter().map(|(_, value)| value));
        }
    }
    Ok(values)
}

/// The variables of the exporter's environment.
fn variables(arguments: &SandboxArgs) -> anyhow::Result<BTreeMap<String, String>> {
    const CLUSTER_NAME: &str = "CLUSTER_NAME";
    let mut given = variables::given(&arguments.env)?;
    if let Some(name) = &arguments.cluster_name
        && given
            .insert(CLUSTER_NAME.to_owned(), name.clone())
            .is_some()
    {
        bail!("`--cluster-name` and `--env {CLUSTER_NAME}=…` say the same: give one");
    }
    Ok(given)
}

/// The address, and how other commands reach the catalog.
fn welcome(url: &str, integration: &str) -> String {
    format!(
        "{url}\nexport GLINT_API_URL={url} GLINT_CLIENT_ID={CLIENT_ID} \
         GLINT_CLIENT_SECRET={CLIENT_SECRET} GLINT_INTEGRATION={integration}\n"
    )
}

/// The signals that end it.
struct Ended {
    terminate: tokio::signal::unix::Signal,
}

impl Ended {
    fn listen() -> anyhow::Result<Self> {
        let kind = tokio::signal::unix::SignalKind::terminate();
        let terminate = tokio::signal::unix::signal(kind).context("cannot listen for signals")?;
        Ok(Self { terminate })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
