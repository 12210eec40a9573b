//! `controller render`: the parts of the controller that produces ExternalArtifacts.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};

use super::shell::Process;
use super::{Started, address, check};
use crate::artifact::{AllowedHost, ArchiveLimits, FetchOptions, Fetcher, Storage, StorageOptions};
use crate::cli::ControllerRenderArgs;
use crate::command::options;
use crate::controller::frame::{Frame, Notifier};
use crate::controller::render::{Metrics, Render, RenderOptions, Waits, duration};

/// The controller's name: its field manager, and who reports its Events.
const NAME: &str = "glint-render";

/// The most time for one source.
const FETCH: Duration = Duration::from_secs(60);

/// By how much of itself an interval differs, as in Flux.
const JITTER: f64 = 0.05;

pub(super) async fn run(
    started: &Started<'_>,
    arguments: &ControllerRenderArgs,
) -> anyhow::Result<()> {
    check(&arguments.frame)?;
    let served_at = address("storage-addr", &arguments.storage_addr)?;
    let waits = Waits {
        dependency: length("requeue-dependency", &arguments.requeue_dependency)?,
        jitter: JITTER,
    };
    let fetcher = fetcher(started)?;
    let storage = storage(arguments)?;
    let mut frame = started.frame(NAME, &arguments.frame).await?;
    let context = frame.context();
    let ready = frame.not_ready_without("artifacts");
    let notifier = notifier(started, arguments, &mut frame)?;
    let address = advertised(arguments, &context.namespace);
    let render = Render::new(
        context.clone(),
        RenderOptions {
            shell: Arc::new(Process {
                cli: started.cli.clone(),
                environment: started.environment.clone(),
                limits: options::limits(&started.settings),
            }),
            storage,
            fetcher,
            replicas: replicas(started, &address)?,
            limits: ArchiveLimits::default(),
            retries: arguments.http_retry,
            address,
            waits,
            concurrent: usize::from(arguments.frame.concurrent),
            notifier,
            metrics: Metrics::register(frame.registry()),
        },
        ready,
    );
    frame.serve("artifacts", served_at, render.routes());
    frame.join("the renders", render.run());
    Ok(frame.run().await?)
}

/// From the hosts that the operator names, and from no other.
fn fetcher(started: &Started<'_>) -> anyhow::Result<Fetcher> {
    let hosts = started.settings.allow_hosts.iter();
    let hosts = hosts.map(|host| AllowedHost::parse(host));
    let hosts: Vec<AllowedHost> = hosts
        .collect::<Result<_, _>>()
        .context("`--allow-hosts` names what is no host")?;
    if hosts.is_empty() {
        tracing::warn!("no source is fetched: `--allow-hosts` names no host");
    }
    Ok(Fetcher::new(FetchOptions {
        hosts,
        size: started.settings.input_limit,
        timeout: FETCH,
    })?)
}

/// From the address by which the other replicas are reached, too.
fn replicas(started: &Started<'_>, address: &str) -> anyhow::Result<Fetcher> {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let host = AllowedHost::parse(host.trim_end_matches('/'));
    Ok(Fetcher::new(FetchOptions {
        hosts: vec![host.context("`--storage-adv-addr` names what is no host")?],
        size: started.settings.input_limit,
        timeout: FETCH,
    })?)
}

fn storage(arguments: &ControllerRenderArgs) -> anyhow::Result<Storage> {
    let options = StorageOptions {
        retention_ttl: length("artifact-retention-ttl", &arguments.artifact_retention_ttl)?,
        retention_records: usize::from(arguments.artifact_retention_records),
    };
    Ok(Storage::open(&arguments.storage_path, options)?)
}

/// Where Flux's events go; a part of its own posts them.
fn notifier(
    started: &Started<'_>,
    arguments: &ControllerRenderArgs,
    frame: &mut Frame,
) -> anyhow::Result<Notifier> {
    let Some(address) = &arguments.frame.events_addr else {
        return Ok(Notifier::nowhere());
    };
    let context = frame.context();
    let (notifier, posting) = Notifier::to(address, NAME, started.replica(NAME), context.events)
        .context("`--events-addr`")?;
    frame.join("the events", posting.run(context.activity));
    Ok(notifier)
}

/// By what consumers reach the artifacts.
fn advertised(arguments: &ControllerRenderArgs, namespace: &str) -> String {
    let default = || format!("{NAME}.{namespace}.svc.cluster.local.");
    arguments.storage_adv_addr.clone().unwrap_or_else(default)
}

fn length(flag: &str, typed: &str) -> anyhow::Result<Duration> {
    duration(typed)
        .ok_or_else(|| anyhow!("`--{flag}` takes a duration such as `30s`, not `{typed}`"))
}
