//! The arguments of `report`.

use std::path::PathBuf;

use clap::Args;

use super::flags::{
    ClusterArgs, ConnectionArgs, DialectArgs, LimitArgs, ProvenanceArgs, RendererArgs, TargetArgs,
};

/// `report`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportArgs {
    /// An Application, Kustomization or HelmRelease, as `kubectl get -o json` or `-o
    /// yaml` prints it, or - for stdin; a Flux source beside it tells the repository
    #[arg(
        value_name = "FILE",
        requires = "cluster_name",
        required_unless_present_any = ["install", "entities"]
    )]
    pub object: Option<PathBuf>,
    /// What the object's cluster is called in the catalog
    #[arg(long, value_name = "NAME")]
    pub cluster_name: Option<String>,
    /// Make the blueprints `gitopsTarget` and `gitopsSync`, or add what they lack
    #[arg(long)]
    pub install: bool,
    /// What the catalog holds of a target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The object is gone: remove its target and runs
    #[arg(long, requires = "object", conflicts_with_all = ["wait", "entities"])]
    pub deleted: bool,
    /// Print the requests of a first report, and send nothing
    #[arg(long, requires = "object", conflicts_with_all = ["install", "deleted", "entities"])]
    pub dry_run: bool,
    /// Also say of each declared entity whether it is in the catalog: a directory to
    /// render, a manifest file, or a glint.lock; repeat
    #[arg(long, value_name = "PATH", help_heading = "Entities")]
    pub entities: Vec<PathBuf>,
    /// Wait until each of them is, at most until --timeout
    #[arg(long, requires = "entities", help_heading = "Entities")]
    pub wait: bool,
    /// What was declared before, such as the base branch's glint.lock: what left and is
    /// still in the catalog is told; repeat
    #[arg(
        long,
        value_name = "PATH",
        requires = "entities",
        help_heading = "Entities"
    )]
    pub before: Vec<PathBuf>,
    /// A variable that the exporter's jq may read, such as CLUSTER_NAME; repeat
    #[arg(
        long,
        value_name = "NAME=VALUE",
        requires = "entities",
        help_heading = "Entities"
    )]
    pub env: Vec<String>,
    /// How the result is written: text or json [default: text]
    #[arg(long, value_name = "WORD", value_parser = ["text", "json"])]
    pub format: Option<String>,
    /// Where to.
    #[command(flatten)]
    pub connection: ConnectionArgs,
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
}
