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
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::broadcast::error::RecvError;

use super::check::blueprints;
use super::collect::{Input, collect, settings_of};
#[cfg(feature = "controller")]
use super::options;
use super::preview::variables;
use super::{Exit, console, print, shown};
use crate::catalog::blueprint_values;
use crate::cli::{Cli, SandboxArgs};
#[cfg(feature = "controller")]
use crate::cluster::Cluster;
use crate::config::{Environment, Settings};
use crate::input::{self, Repository, Watch, Watched};
use crate::output::Format;
use crate::sandbox::{
    Catalog, Change, Faults, Sandbox, SandboxOptions, SharedFollowing, Store, page_router,
};
use declared::Declared;
use follow::{Followed, Follower, Told};

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
    let source = source(&runtime, &store, &settings, arguments)?;
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

/// Where what is followed comes from.
enum Source<'a> {
    Directory(&'a Path),
    #[cfg(feature = "controller")]
    Cluster(Box<live::Keeper>),
}

/// What the command line names; none where nothing is followed.
fn source<'a>(
    runtime: &Runtime,
    store: &Store,
    settings: &Settings,
    arguments: &'a SandboxArgs,
) -> anyhow::Result<Option<Source<'a>>> {
    #[cfg(feature = "controller")]
    if arguments.cluster {
        let named = live::named(store, &arguments.integration.to_lowercase());
        let keeper = async {
            let context = arguments.context.as_deref();
            let cluster = Cluster::connect(context, settings.input_limit).await?;
            live::Keeper::begin(cluster, settings.dialect, named).await
        };
        let keeper = Box::new(runtime.block_on(keeper)?);
        return Ok(Some(Source::Cluster(keeper)));
    }
    #[cfg(not(feature = "controller"))]
    let _ = (runtime, store, settings);
    Ok(arguments.directory.as_deref().map(Source::Directory))
}

/// What to render, each time anew.
type Render<'a> = Box<dyn FnMut() -> anyhow::Result<Declared> + Send + 'a>;

impl<'a> Source<'a> {
    fn subject(&self) -> String {
        match self {
            Source::Directory(directory) => directory.display().to_string(),
            #[cfg(feature = "controller")]
            Source::Cluster(keeper) => keeper.subject(),
        }
    }

    fn renderer(
        &self,
        cli: &'a Cli,
        environment: &'a Environment,
        settings: &Settings,
    ) -> Render<'a> {
        match self {
            Source::Directory(directory) => {
                let directory = *directory;
                Box::new(move || {
                    let collection = collect(cli, environment, &[Input::of(directory)])?;
                    Declared::of(&collection)
                })
            }
            #[cfg(feature = "controller")]
            Source::Cluster(keeper) => Box::new(keeper.renderer(options::style(settings))),
        }
    }
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
        print(welcome(&self.sandbox.url(), &self.state_key).as_bytes())?;
        thread::scope(|scope| {
            let (tell, told) = channel();
            let mut watch = None;
            if let Some((source, followed)) = followed {
                watch = self.watch(source, &tell)?;
                scope.spawn(move || followed.go_on(&told));
            }
            self.runtime.block_on(ended.wait());
            drop(watch);
            // Nobody follows, or nobody any more.
            let _ended = tell.send(Told::End);
            anyhow::Ok(())
        })?;
        self.runtime.block_on(self.sandbox.stop());
        Ok(Exit::Done)
    }

    /// Tells of what happens to what is followed, as long as what is returned lives.
    fn watch(&self, source: Source<'_>, tell: &Sender<Told>) -> anyhow::Result<Option<Watch>> {
        let own = tell.clone();
        match source {
            Source::Directory(directory) => {
                listen(&self.store, move |told| own.send(told).is_ok());
                watched(directory, tell.clone()).map(Some)
            }
            #[cfg(feature = "controller")]
            Source::Cluster(keeper) => {
                let (name, named) = tokio::sync::mpsc::unbounded_channel();
                let (store, state_key) = (self.store.clone(), self.state_key.clone());
                // The exporter hears of a config once its kinds are looked at.
                listen(&self.store, move |told| match told {
                    Told::Integration => name.send(live::named(&store, &state_key)).is_ok(),
                    told => own.send(told).is_ok(),
                });
                self.runtime.spawn(keeper.go_on(named, tell.clone()));
                Ok(None)
            }
        }
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

/// Watches a directory with all that is below, and the settings of the repository
/// around it.
fn watched(path: &Path, tell: Sender<Told>) -> anyhow::Result<Watch> {
    let shallow = |path: &Path| Watched {
        path: path.to_owned(),
        is_deep: false,
    };
    let real = path.canonicalize()?;
    let mut watched = Vec::new();
    if real.is_dir() {
        watched.push(Watched {
            path: real.clone(),
            is_deep: true,
        });
        let root = Repository::around(path)?.root().to_owned();
        let above = real.ancestors().skip(1);
        let above = above.take_while(|above| above.starts_with(&root));
        watched.extend(above.map(shallow));
    } else {
        // An editor puts a new file in the place of the old one.
        watched.extend(real.parent().map(shallow));
    }
    let watch = Watch::start(&watched, move || {
        let _nobody_follows_any_more = tell.send(Told::Directory);
    })?;
    Ok(watch)
}

/// Tells of what changes in the catalog, as long as that is heard.
fn listen(store: &Store, tell: impl Fn(Told) -> bool + Send + 'static) {
    let mut changes = store.changes();
    thread::spawn(move || {
        loop {
            let told = match changes.blocking_recv() {
                Ok(Change::Integration(_)) | Err(RecvError::Lagged(_)) => Told::Integration,
                Ok(Change::Entity(_) | Change::Blueprint(_)) => Told::Catalog,
                Ok(Change::Following) => continue,
                Err(RecvError::Closed) => return,
            };
            if !tell(told) {
                return;
            }
        }
    });
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
