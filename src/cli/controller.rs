//! The arguments of `controller report` and `controller render`.
//!
//! Where Flux's controllers have a flag, ours has its name. Durations and addresses stay
//! the text that was typed, as everywhere here.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::examples;
use super::flags::{ConnectionArgs, DialectArgs, TargetArgs};
use super::keeper::KeeperArgs;

/// `controller …`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ControllerCommand {
    /// Watch syncs, report them, and see that what was declared arrives
    ///
    /// Follows Argo CD's Applications and Flux's Kustomizations and HelmReleases, and
    /// keeps a target for each and its last runs in the catalog. Each declared entity
    /// is compared with the catalog, and whoever looks at it is told what became of it:
    /// an Event, the condition `Delivered`, the target. The state is what is in the
    /// cluster: nothing is lost by a restart. Deployments never wait for this program.
    ///
    /// Exit codes: 0 ended by a signal, 2 could not go on.
    #[command(after_help = examples::CONTROLLER_REPORT)]
    Report(Box<ControllerReportArgs>),
    /// Make ExternalArtifacts for Flux of GlintRenders
    ///
    /// Fetches the source that a GlintRender names, renders it with Glint's part, and
    /// serves the result for a Kustomization to apply. Every replica serves; the one
    /// that leads writes. It has no credentials of the catalog.
    ///
    /// Exit codes: 0 ended by a signal, 2 could not go on.
    #[command(after_help = examples::CONTROLLER_RENDER)]
    Render(Box<ControllerRenderArgs>),
}

/// What every controller takes.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Controller")]
pub struct FrameArgs {
    /// Another cluster than kubectl would take, by a context of the kubeconfig; without a
    /// kubeconfig it is the one that this runs in
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The namespaces that are watched; repeat or separate by commas [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub watch_namespaces: Vec<String>,
    /// Watch only objects with these labels, as `kubectl get -l` takes them: one shard
    #[arg(long, value_name = "SELECTOR")]
    pub watch_label_selector: Option<String>,
    /// How many objects are worked on at a time
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 4,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub concurrent: u16,
    /// Whether of several replicas only the one that holds the Lease acts; without it,
    /// run one [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub enable_leader_election: Option<bool>,
    /// Write nothing, neither to the cluster nor to the catalog, and log what would be
    #[arg(long)]
    pub dry_run: bool,
    /// Where events are posted in the form of Flux's notification-controller
    #[arg(long, value_name = "URL", help_heading = "Addresses")]
    pub events_addr: Option<String>,
    /// Where Prometheus reads metrics: :PORT or IP:PORT, or 0 for nowhere
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = ":8080",
        help_heading = "Addresses"
    )]
    pub metrics_addr: String,
    /// Where the kubelet asks for /healthz and /readyz
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = ":9440",
        help_heading = "Addresses"
    )]
    pub health_addr: String,
}

/// `controller report`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct ControllerReportArgs {
    /// What this cluster is called in the catalog
    #[arg(long, value_name = "NAME")]
    pub cluster_name: String,
    /// Which applications are reported: those with Glint's entities, or all; the
    /// annotation gitops.glint.io/report decides for one
    #[arg(long, value_name = "WORD", default_value = "declaring")]
    pub report: Reported,
    /// What the catalog holds of a target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Where gates ask whether the catalog agrees (GET /v1/gate/…)
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = ":9292",
        help_heading = "Addresses"
    )]
    pub gate_addr: String,
    /// How entities are followed into the catalog.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
    /// Which mapping is kept.
    #[command(flatten)]
    pub keeper: KeeperArgs,
    /// What every controller takes.
    #[command(flatten)]
    pub frame: FrameArgs,
    /// Where to.
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
}

/// How the entities of the cluster are followed into the catalog.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Entities")]
pub struct DeliveryArgs {
    /// How often every entity is looked for in the catalog, spread over that time; what
    /// changes is looked for at once
    #[arg(long, value_name = "DURATION", default_value = "30m")]
    pub sweep: String,
    /// Have hosts that look at the condition `Delivered` wait for every entity; the
    /// annotation gitops.glint.io/gate decides for one
    #[arg(long)]
    pub gate: bool,
    /// How long a host waits at most; gitops.glint.io/gate-timeout decides for one entity
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub gate_timeout: String,
    /// When the entities of this cluster have vanished from the catalog, ask the exporter
    /// once to send everything again, if the API server is healthy
    #[arg(long)]
    pub resync_vanished: bool,
}

/// Which applications are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reported {
    /// Those that declare entities.
    Declaring,
    /// All of them.
    All,
}

/// `controller render`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct ControllerRenderArgs {
    /// The directory that artifacts are kept in
    #[arg(
        long,
        value_name = "DIR",
        default_value = "/data",
        help_heading = "Storage"
    )]
    pub storage_path: PathBuf,
    /// Where artifacts are served
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = ":9090",
        help_heading = "Storage"
    )]
    pub storage_addr: String,
    /// The host, with its port unless that is 80, by which Flux reaches the artifacts
    /// [default: glint-render.NAMESPACE.svc.cluster.local.]
    #[arg(long, value_name = "HOST", help_heading = "Storage")]
    pub storage_adv_addr: Option<String>,
    /// How long an artifact is kept after a newer one is there
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "60s",
        help_heading = "Storage"
    )]
    pub artifact_retention_ttl: String,
    /// How many artifacts of one GlintRender are kept
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 2,
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Storage"
    )]
    pub artifact_retention_records: u16,
    /// When a GlintRender is tried again whose source is not ready
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "5s",
        help_heading = "Sources"
    )]
    pub requeue_dependency: String,
    /// How often a source is fetched again at once after a failure
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1,
        help_heading = "Sources"
    )]
    pub http_retry: u16,
    /// Hosts that sources may be fetched from [default: none]
    #[arg(
        long,
        value_name = "HOST",
        value_delimiter = ',',
        help_heading = "Sources"
    )]
    pub allow_hosts: Vec<String>,
    /// The kustomize program [default: found on PATH]
    #[arg(long, value_name = "FILE", help_heading = "Sources")]
    pub kustomize_path: Option<String>,
    /// What every controller takes.
    #[command(flatten)]
    pub frame: FrameArgs,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
}
