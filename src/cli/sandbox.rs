//! The arguments of `sandbox`.

use std::path::PathBuf;

use clap::Args;

use super::flags::{DialectArgs, LimitArgs, ProvenanceArgs, RendererArgs};

/// `sandbox`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxArgs {
    /// A directory to render and follow, or a manifest file; without it the catalog is
    /// empty and no exporter is played
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Follow the cluster that kubectl would take, with the exporter's part played on what
    /// is in it; it is only read
    #[cfg(feature = "controller")]
    #[arg(long, conflicts_with = "directory")]
    pub cluster: bool,
    /// Another cluster than kubectl would take, by a context of the kubeconfig
    #[cfg(feature = "controller")]
    #[arg(long, value_name = "NAME", requires = "cluster")]
    pub context: Option<String>,
    /// The port on 127.0.0.1; 0 takes any that is free
    #[arg(long, value_name = "NUMBER", default_value_t = 8808)]
    pub port: u16,
    /// Keep the catalog in this file [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// The catalog's blueprints, as `GET /v1/blueprints` answers them: a file, or a
    /// directory of files; repeat [default: inferred from what is declared]
    #[arg(long, value_name = "FILE|DIR")]
    pub blueprints: Vec<PathBuf>,
    /// One mapping for all blueprints, or one block for each [default: generic]
    #[arg(long, value_name = "WORD", value_parser = ["generic", "explicit"], help_heading = "Catalog")]
    pub mapping_style: Option<String>,
    /// The id of the exporter's integration
    #[arg(
        long,
        value_name = "ID",
        default_value = "k8s-sandbox",
        help_heading = "Exporter"
    )]
    pub integration: String,
    /// The CLUSTER_NAME that the exporter's jq may read
    #[arg(long, value_name = "NAME", help_heading = "Exporter")]
    pub cluster_name: Option<String>,
    /// Another variable that the exporter's jq may read; repeat
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Exporter")]
    pub env: Vec<String>,
    /// What goes wrong with calls, and how often: 429=0.1,500=0.05,slow=2s,cut,expire=100
    #[arg(
        long,
        value_name = "FAULT",
        value_delimiter = ',',
        help_heading = "Faults"
    )]
    pub fault: Vec<String>,
    /// What decides when: the same number, the same faults
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        help_heading = "Faults"
    )]
    pub fault_seed: u64,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
    /// Whose manifests.
    #[command(flatten)]
    pub provenance: ProvenanceArgs,
    /// How.
    #[command(flatten)]
    pub renderer: RendererArgs,
    /// How long and how large.
    #[command(flatten)]
    pub limits: LimitArgs,
}
