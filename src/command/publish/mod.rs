//! `publish`: pushes a mapping to the exporter's integration, guarded.
//!
//! The order of the calls is the protocol: read, plan, ask, back up, read again,
//! write, look. Not for what a plan says (`publish`). Invariants: nothing is written
//! to the catalog before a backup is on the disk, nothing at all on a read that
//! failed, and every end says where the catalog stands.

mod ask;
mod backups;
mod conformance;
mod evidence;
mod known;
mod live;
mod push;
mod rollback;
#[cfg(feature = "controller")]
mod unattended;
mod wanted;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};

use super::collect::{Collection, Input, collect, settings_of};
use super::preview::variables;
use super::{Exit, connection, console, options, shown};
use crate::cli::{Cli, PublishArgs};
use crate::config::{Environment, Settings};
use crate::output::{self, Console, Format};
use backups::{Backups, Kept};
use live::Live;
#[cfg(feature = "controller")]
pub(super) use unattended::Unattended;
use wanted::Wanted;

/// What a run of the command was given.
struct Run<'a> {
    cli: &'a Cli,
    environment: &'a Environment,
    arguments: &'a PublishArgs,
    settings: &'a Settings,
    live: &'a Live,
    backups: &'a Backups,
    /// When the command has to be done.
    deadline: Instant,
    caller: Caller,
}

/// Who pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    /// Somebody at a terminal, or a script.
    Person,
    /// A controller: nobody reads what is printed, and what its account may not read
    /// of the cluster is done without.
    #[cfg(feature = "controller")]
    Controller,
}

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    arguments: &PublishArgs,
) -> anyhow::Result<Exit> {
    let paths = paths(arguments);
    let settings = settings_of(cli, environment, paths.first().map(PathBuf::as_path))?;
    if let Some(exit) = shown(&cli.global, &settings)? {
        return Ok(exit);
    }
    // What was typed wrong is said before anything is asked of anybody.
    variables::given(&arguments.env)?;
    let client = connection::client(&settings, environment)?;
    let deadline = options::deadline(&settings, Path::new("."));
    let backups = Backups::in_directory(
        arguments.backup.as_deref(),
        &connection::address(&settings)?,
    );
    if arguments.conformance {
        return conformance::run(cli, arguments, &settings, client);
    }
    if let Some(file) = &arguments.rollback {
        let backup = backups::read(file)?;
        if backup.api != backups.api {
            bail!(
                "`{}` is a backup of the catalog at `{}`, and `api-url` is `{}`",
                file.display(),
                backup.api,
                backups.api
            );
        }
        let integration = settings.integration.as_deref();
        if integration.is_some_and(|id| id != backup.installation) {
            bail!(
                "`{}` is a backup of integration `{}`; leave `--integration` out, or give its own",
                file.display(),
                backup.installation
            );
        }
        let live = Live::new(client, &backup.installation)?;
        let run = Run {
            cli,
            environment,
            arguments,
            settings: &settings,
            live: &live,
            backups: &backups,
            deadline,
            caller: Caller::Person,
        };
        let path = file.clone();
        return rollback::run(&run, Kept { path, backup });
    }
    let integration = settings.integration.as_deref().context(
        "which exporter? set `integration` (--integration or GLINT_INTEGRATION), its state key",
    )?;
    let live = Live::new(client, integration)?;
    let run = Run {
        cli,
        environment,
        arguments,
        settings: &settings,
        live: &live,
        backups: &backups,
        deadline,
        caller: Caller::Person,
    };
    push::run(&run, &paths)
}

/// What is rendered: what was named, else the current directory where that is where
/// the mapping is to come from.
fn paths(arguments: &PublishArgs) -> Vec<PathBuf> {
    let elsewhere = arguments.mapping.is_some()
        || !arguments.fragments.is_empty()
        || arguments.rollback.is_some();
    match arguments.paths.as_slice() {
        [] if elsewhere => Vec::new(),
        [] => vec![PathBuf::from(".")],
        paths => paths.to_vec(),
    }
}

impl Run<'_> {
    fn console(&self) -> Console {
        console(self.cli, Format::Text)
    }

    /// Names a step as it starts.
    fn step(&self, step: &str) {
        match self.caller {
            Caller::Person => self.console().step(step),
            #[cfg(feature = "controller")]
            Caller::Controller => tracing::debug!("{step}"),
        }
    }

    fn note(&self, note: &str) {
        match self.caller {
            Caller::Person => self.console().note(note),
            #[cfg(feature = "controller")]
            Caller::Controller => tracing::info!("{note}"),
        }
    }

    /// All objects of the paths, as the cluster gets them.
    fn collection(&self, paths: &[PathBuf]) -> anyhow::Result<Collection> {
        let inputs: Vec<Input> = paths.iter().map(|path| Input::of(path)).collect();
        let collection = collect(self.cli, self.environment, &inputs)?;
        self.console().report(&collection.findings, None);
        Ok(collection)
    }

    fn is_json(&self) -> bool {
        match super::render::format(self.settings) {
            Format::Json => true,
            Format::Text => false,
        }
    }

    /// Prints for people alone; machines get one document at the end.
    fn print(&self, text: &str) -> anyhow::Result<()> {
        match self.caller {
            Caller::Person if !self.is_json() => write(text),
            Caller::Person => Ok(()),
            #[cfg(feature = "controller")]
            Caller::Controller => Ok(()),
        }
    }

    /// Prints the one document for a machine.
    fn print_json(&self, document: impl FnOnce() -> String) -> anyhow::Result<()> {
        match self.caller {
            Caller::Person if self.is_json() => write(&document()),
            Caller::Person => Ok(()),
            #[cfg(feature = "controller")]
            Caller::Controller => Ok(()),
        }
    }
}

fn write(text: &str) -> anyhow::Result<()> {
    output::write_all(std::iter::once(text.as_bytes())).context("stdout")
}
