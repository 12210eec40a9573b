//! One flow a file: read, call the core, write.
//!
//! The only place, with `main`, that knows exit codes, and the only one that
//! speaks to the process: arguments, environment, clock.

mod check;
mod collect;
#[cfg(feature = "catalog")]
mod connection;
#[cfg(feature = "controller")]
mod controller;
mod crds;
mod evaluate;
mod explain;
mod failure;
mod guard;
mod install;
mod lock;
mod mapping;
mod merge;
mod options;
mod post_render;
mod preview;
#[cfg(feature = "catalog")]
mod publish;
mod render;
#[cfg(feature = "catalog")]
mod report;
#[cfg(feature = "catalog")]
mod sandbox;
mod schema;
mod trial;
mod why;

use std::io;
use std::path::Path;

use anyhow::Context;

use crate::cli::{ArgocdCommand, Cli, Color, Command, GlobalArgs, MappingCommand};
use crate::config::{self, Checkout, Environment, FIXED_POLICY, FailOn, Layers, Settings};
use crate::finding::{Finding, Severity, worst};
use crate::output::{self, ColorChoice, Console, Format};
use crate::telemetry;

#[cfg(feature = "fuzzing")]
pub(crate) use evaluate::evaluated;
pub use failure::misuse;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done: 0.
    Done,
    /// Done, with findings at the level that was asked for, or differences: 1.
    Findings,
    /// Could not do it: 2. stdout is empty.
    Failed,
}

/// Runs a command; says on stderr what went wrong.
pub fn run(cli: &Cli) -> Exit {
    let environment = Environment::of_process();
    let reader = log_reader(&cli.command);
    telemetry::start(reader, cli.global.verbose, environment.get("GLINT_LOG"));
    let mut console = console(cli, Format::Text);
    match dispatch(cli, &environment) {
        Ok(exit) => exit,
        Err(error) if is_closed_pipe(&error) => Exit::Done,
        Err(error) => {
            console.error(&error);
            failure::say(cli, &environment, &error);
            Exit::Failed
        }
    }
}

fn log_reader(command: &Command) -> telemetry::Reader {
    match command {
        #[cfg(feature = "controller")]
        Command::Controller(_) => telemetry::Reader::Operator,
        _ => telemetry::Reader::User,
    }
}

fn dispatch(cli: &Cli, environment: &Environment) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::Render(arguments) => render::run(cli, environment, &arguments.directory),
        Command::PostRender(_) => post_render::run(cli, environment),
        Command::Argocd(ArgocdCommand::Generate(_)) => {
            render::run(cli, environment, Path::new("."))
        }
        Command::Argocd(ArgocdCommand::Parameters) => {
            let settings = settings(cli, environment, None)?;
            match shown(&cli.global, &settings)? {
                Some(exit) => Ok(exit),
                None => print(config::announcement(&settings).as_bytes()),
            }
        }
        Command::Mapping(arguments) => match &arguments.command {
            Some(MappingCommand::Merge(arguments)) => merge::run(cli, environment, arguments),
            None => mapping::run(cli, environment, &arguments.paths),
        },
        Command::Preview(arguments) => preview::run(cli, environment, arguments),
        Command::Why(arguments) => why::run(cli, environment, arguments),
        Command::Lock(arguments) => lock::run(cli, environment, arguments),
        Command::Check(arguments) => check::run(cli, environment, arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Schema(arguments) => {
            let settings = settings(cli, environment, None)?;
            match shown(&cli.global, &settings)? {
                Some(exit) => Ok(exit),
                None => schema::run(&settings, arguments, &mut console(cli, Format::Text)),
            }
        }
        Command::Crds(arguments) => {
            let settings = settings(cli, environment, None)?;
            match shown(&cli.global, &settings)? {
                Some(exit) => Ok(exit),
                None => crds::run(&settings, arguments),
            }
        }
        #[cfg(feature = "catalog")]
        Command::Publish(arguments) => publish::run(cli, environment, arguments),
        #[cfg(feature = "catalog")]
        Command::Report(arguments) => report::run(cli, environment, arguments),
        #[cfg(feature = "catalog")]
        Command::Sandbox(arguments) => sandbox::run(cli, environment, arguments),
        #[cfg(feature = "controller")]
        Command::Controller(command) => controller::run(cli, environment, command),
        Command::Install(command) => install::run(command, &mut console(cli, Format::Text)),
        Command::Evaluate => evaluate::run(),
        Command::Completions(arguments) => print(&crate::cli::completions(arguments.shell)),
        Command::Man(arguments) => man(arguments),
    }
}

/// The settings of a command that knows all its sources at once.
fn settings(
    cli: &Cli,
    environment: &Environment,
    repository: Option<&Checkout>,
) -> anyhow::Result<Settings> {
    Ok(layers(cli, environment, repository)?.resolve()?)
}

fn layers(
    cli: &Cli,
    environment: &Environment,
    repository: Option<&Checkout>,
) -> anyhow::Result<Layers> {
    Ok(Layers::load(
        cli,
        environment,
        repository,
        Path::new(FIXED_POLICY),
    )?)
}

/// Prints the settings instead of doing anything, where that was asked for.
fn shown(global: &GlobalArgs, settings: &Settings) -> anyhow::Result<Option<Exit>> {
    if !global.show_settings {
        return Ok(None);
    }
    print(settings.show(settings.format).as_bytes()).map(Some)
}

/// stderr as the user wants it.
fn console(cli: &Cli, format: Format) -> Console {
    let choice = match cli.global.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    Console::new(choice, format)
}

fn print(bytes: &[u8]) -> anyhow::Result<Exit> {
    output::write_all(std::iter::once(bytes)).context("stdout")?;
    Ok(Exit::Done)
}

fn man(arguments: &crate::cli::ManArgs) -> anyhow::Result<Exit> {
    let Some(directory) = &arguments.dir else {
        let page = crate::cli::man_page(&arguments.command).with_context(|| {
            let words = arguments.command.join(" ");
            format!("no command is called `{words}`; `glint-gitops --help` lists them")
        })?;
        return print(&page);
    };
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot make `{}`", directory.display()))?;
    for (name, page) in crate::cli::man_pages() {
        let path = directory.join(name);
        let text = String::from_utf8_lossy(&page);
        output::write_file(&path, &text)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(Exit::Done)
}

/// Judges findings by `--fail-on`.
fn judged(findings: &[Finding], fail_on: FailOn) -> Exit {
    let threshold = match fail_on {
        FailOn::Never => return Exit::Done,
        FailOn::Info => Severity::Info,
        FailOn::Warning => Severity::Warning,
        FailOn::Error => Severity::Error,
    };
    match worst(findings) {
        Some(worst) if worst >= threshold => Exit::Findings,
        Some(_) | None => Exit::Done,
    }
}

/// Whether the reader of stdout went away, which is its right.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(closed))
}
