//! What a sandbox follows: a directory, or a cluster.
//!
//! Not for following it (`follow`). Invariant: whoever follows hears of a change after
//! what it renders has it.

use std::path::Path;
use std::sync::mpsc::Sender;
use std::thread;

use tokio::runtime::Runtime;
use tokio::sync::broadcast::error::RecvError;

use super::Served;
use super::declared::Declared;
use super::follow::Told;
#[cfg(feature = "controller")]
use super::live;
use crate::cli::{Cli, SandboxArgs};
#[cfg(feature = "controller")]
use crate::cluster::Cluster;
use crate::command::collect::{Input, collect};
#[cfg(feature = "controller")]
use crate::command::options;
use crate::config::{Environment, Settings};
use crate::input::{Repository, Watch, Watched};
use crate::sandbox::{Change, Store};

/// What is followed.
pub(super) enum Source<'a> {
    Directory(&'a Path),
    #[cfg(feature = "controller")]
    Cluster(Box<live::Keeper>),
}

/// What to render, each time anew.
type Render<'a> = Box<dyn FnMut() -> anyhow::Result<Declared> + Send + 'a>;

impl<'a> Source<'a> {
    /// What the command line names; none where nothing is followed.
    pub(super) fn named(
        runtime: &Runtime,
        store: &Store,
        settings: &Settings,
        arguments: &'a SandboxArgs,
    ) -> anyhow::Result<Option<Self>> {
        #[cfg(feature = "controller")]
        if arguments.cluster {
            let named = live::named(store, &arguments.integration.to_lowercase());
            let keeper = async {
                let context = arguments.context.as_deref();
                let cluster = Cluster::connect(context, settings.input_limit).await?;
                live::Keeper::begin(cluster, settings.dialect, named).await
            };
            let keeper = Box::new(runtime.block_on(keeper)?);
            return Ok(Some(Self::Cluster(keeper)));
        }
        #[cfg(not(feature = "controller"))]
        let _ = (runtime, store, settings);
        Ok(arguments.directory.as_deref().map(Self::Directory))
    }

    /// What people call it.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Directory(directory) => directory.display().to_string(),
            #[cfg(feature = "controller")]
            Self::Cluster(keeper) => keeper.subject(),
        }
    }

    /// What renders it, each time anew.
    #[cfg_attr(
        not(feature = "controller"),
        expect(unused_variables, reason = "a directory has settings of its own")
    )]
    pub(super) fn renderer(
        &self,
        cli: &'a Cli,
        environment: &'a Environment,
        settings: &Settings,
    ) -> Render<'a> {
        match self {
            Self::Directory(directory) => {
                let directory = *directory;
                Box::new(move || {
                    let collection = collect(cli, environment, &[Input::of(directory)])?;
                    Declared::of(&collection)
                })
            }
            #[cfg(feature = "controller")]
            Self::Cluster(keeper) => Box::new(keeper.renderer(options::style(settings))),
        }
    }

    /// Tells of what happens to what is followed, as long as what is returned lives.
    pub(super) fn watch(
        self,
        catalog: &Served,
        tell: &Sender<Told>,
    ) -> anyhow::Result<Option<Watch>> {
        let own = tell.clone();
        match self {
            Self::Directory(directory) => {
                listen(&catalog.store, move |told| own.send(told).is_ok());
                watched(directory, tell.clone()).map(Some)
            }
            #[cfg(feature = "controller")]
            Self::Cluster(keeper) => {
                let (name, named) = tokio::sync::mpsc::unbounded_channel();
                let (store, state_key) = (catalog.store.clone(), catalog.state_key.clone());
                // The exporter hears of a config once its kinds are looked at.
                listen(&catalog.store, move |told| match told {
                    Told::Integration => name.send(live::named(&store, &state_key)).is_ok(),
                    told => own.send(told).is_ok(),
                });
                catalog.runtime.spawn(keeper.go_on(named, tell.clone()));
                Ok(None)
            }
        }
    }
}

/// Watches a directory with all that is below, and the settings of the repository
/// around it. Tells of it at once: it may have changed between its first rendering and
/// here, of which nothing else tells.
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
    let tell = move || {
        let _nobody_follows_any_more = tell.send(Told::Directory);
    };
    let watch = Watch::start(&watched, tell.clone())?;
    tell();
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::watched;
    use crate::command::sandbox::follow::Told;

    #[test]
    fn what_changed_before_it_was_watched_is_told() {
        let scratch = tempfile::tempdir().unwrap();
        let (tell, told) = channel();
        let _watch = watched(scratch.path(), tell).unwrap();
        assert_eq!(told.try_recv(), Ok(Told::Directory));
    }
}
