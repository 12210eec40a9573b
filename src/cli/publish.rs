//! The arguments of `publish`.

use std::path::PathBuf;

use clap::Args;

use super::flags::{
    ClusterArgs, ConnectionArgs, DeletionArgs, DialectArgs, LimitArgs, ProvenanceArgs, RendererArgs,
};

/// `publish`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishArgs {
    /// Directories to render, or manifest files: their mapping is pushed, unless another
    /// one is given; and what they declare counts as in the cluster [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The mapping in this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fragments", "rollback", "conformance"])]
    pub mapping: Option<PathBuf>,
    /// The mapping of the fragments in these files: rendered streams, or a fragment.json
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["rollback", "conformance"])]
    pub fragments: Vec<PathBuf>,
    /// Push the mapping as the whole config; else only blocks with this program's marker
    /// are replaced or removed
    #[arg(long)]
    pub replace: bool,
    /// Say what a push would do, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Push without asking, for CI
    #[arg(long)]
    pub yes: bool,
    /// Let one set of deletions through, by the digest that its refusal printed
    #[arg(long, value_name = "DIGEST")]
    pub approve: Option<String>,
    /// Take a push back, from its backup
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "conformance"])]
    pub rollback: Option<PathBuf>,
    /// Prove on a test organisation what this program believes of the API; makes
    /// blueprints of its own there, and removes them
    #[arg(long, conflicts_with = "paths")]
    pub conformance: bool,
    /// Where backups go [default: glint-gitops/backups below XDG_STATE_HOME or
    /// ~/.local/state]
    #[arg(long, value_name = "DIR")]
    pub backup: Option<PathBuf>,
    /// Read the cluster that kubectl would take: which kinds it serves, and all objects of
    /// those that the config names, so that it is exact what comes and goes; what PATHs
    /// declare does not count then
    #[cfg(feature = "controller")]
    #[arg(long = "cluster", conflicts_with_all = ["conformance", "served_kinds"])]
    pub reads_cluster: bool,
    /// Another cluster than kubectl would take, by a context of the kubeconfig
    #[cfg(feature = "controller")]
    #[arg(long, value_name = "NAME", requires = "reads_cluster")]
    pub context: Option<String>,
    /// Kinds that the cluster has, as `kind` of a block names them; repeat or separate by
    /// commas
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub served_kinds: Vec<String>,
    /// How the exporter is installed (its ConfigMap, Helm values or manifests), to see
    /// whether it overwrites its config at each start; repeat
    #[arg(long, value_name = "FILE")]
    pub exporter: Vec<PathBuf>,
    /// A variable that the exporter's jq may read, such as CLUSTER_NAME; repeat
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Don't wait for the exporter to take the new config
    #[arg(long)]
    pub no_wait: bool,
    /// To whom.
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// How much may go.
    #[command(flatten)]
    pub deletions: DeletionArgs,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
    /// One mapping for all blueprints, or one block for each [default: generic]
    #[arg(long, value_name = "WORD", value_parser = ["generic", "explicit"])]
    pub mapping_style: Option<String>,
    /// Whose manifests.
    #[command(flatten)]
    pub provenance: ProvenanceArgs,
    /// For which cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// How.
    #[command(flatten)]
    pub renderer: RendererArgs,
    /// How long and how large.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// How the plan is written to stdout [default: text]
    #[arg(long, value_name = "WORD", value_parser = ["text", "json"])]
    pub format: Option<String>,
}
