//! `controller report` and `controller render`: the controllers' options, and what they
//! need of the shell.
//!
//! Which parts a controller has stands in `report` and `render`. Invariant: whatever is
//! wrong with what was typed or set is said before anything begins.

mod delivery;
mod gate;
mod keeper;
mod render;
mod report;
mod shell;

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use tokio::runtime::Builder;

use super::{Exit, settings, shown};
use crate::cli::{Cli, ControllerCommand, FrameArgs};
use crate::cluster::Cluster;
use crate::config::{Environment, Settings};
use crate::controller::frame::{Address, Frame, FrameOptions, ReadPolicy, Selector, Shard};
use crate::input;

/// More than one that computes for a while, so that the Lease is renewed meanwhile.
const WORKERS: usize = 4;

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    command: &ControllerCommand,
) -> anyhow::Result<Exit> {
    let settings = settings(cli, environment, None)?;
    if let Some(exit) = shown(&cli.global, &settings)? {
        return Ok(exit);
    }
    let started = Started {
        cli,
        environment,
        settings,
    };
    // A signal ends what was started by others, and us once we are done.
    input::leave_ending_to_others();
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .context("no threads for the controller")?;
    runtime.block_on(async {
        match command {
            ControllerCommand::Report(arguments) => report::run(&started, arguments).await,
            ControllerCommand::Render(arguments) => render::run(&started, arguments).await,
        }
    })?;
    Ok(Exit::Done)
}

/// What a controller was started with.
struct Started<'a> {
    cli: &'a Cli,
    environment: &'a Environment,
    settings: Settings,
}

impl Started<'_> {
    /// A controller without parts.
    async fn frame(
        &self,
        controller: &'static str,
        arguments: &FrameArgs,
    ) -> anyhow::Result<Frame> {
        let FrameArgs {
            context,
            watch_namespaces: _,
            watch_label_selector: _,
            concurrent: _,
            enable_leader_election,
            dry_run,
            events_addr: _,
            metrics_addr,
            health_addr,
        } = arguments;
        let health = address("health-addr", health_addr)?;
        let metrics = address("metrics-addr", metrics_addr)?;
        let shard = shard(arguments)?;
        let cluster = Cluster::connect(context.as_deref(), self.settings.input_limit).await?;
        let variable = |name| self.environment.get(name).map(str::to_owned);
        let namespace = variable("RUNTIME_NAMESPACE");
        let options = FrameOptions {
            controller,
            replica: self.replica(controller),
            namespace: namespace.unwrap_or_else(|| cluster.namespace().to_owned()),
            shard,
            is_elected: enable_leader_election.unwrap_or(true),
            is_dry_run: *dry_run,
            health,
            metrics,
            policy: self.policy(),
        };
        Ok(Frame::new(cluster, options))
    }

    /// The replica's name: its Pod's.
    fn replica(&self, controller: &str) -> String {
        let variable = |name| self.environment.get(name).map(str::to_owned);
        let replica = variable("POD_NAME").or_else(|| variable("HOSTNAME"));
        replica.unwrap_or_else(|| controller.to_owned())
    }

    /// The policy switch: the policy file is found and read as at the start.
    fn policy(&self) -> ReadPolicy {
        let (cli, environment) = (self.cli.clone(), self.environment.clone());
        Arc::new(move || match settings(&cli, &environment, None) {
            Ok(settings) => Ok(settings.enabled),
            Err(error) => Err(format!("{error:#}")),
        })
    }
}

/// Whether the addresses of every controller's servers are some, and its shard is one,
/// before anything else is asked for.
fn check(arguments: &FrameArgs) -> anyhow::Result<()> {
    address("health-addr", &arguments.health_addr)?;
    address("metrics-addr", &arguments.metrics_addr)?;
    shard(arguments)?;
    Ok(())
}

/// What is watched, as it was typed.
fn shard(arguments: &FrameArgs) -> anyhow::Result<Shard> {
    let selector = arguments.watch_label_selector.as_deref();
    let labels = selector.map(Selector::parse).transpose();
    let labels = labels.map_err(|error| anyhow!("`--watch-label-selector` {error}"))?;
    Ok(Shard {
        namespaces: arguments.watch_namespaces.clone(),
        labels: labels.flatten(),
    })
}

/// A server's address, as it was typed.
fn address(flag: &str, typed: &str) -> anyhow::Result<Option<Address>> {
    Address::parse(typed).map_err(|error| anyhow!("`--{flag}` {error}"))
}
