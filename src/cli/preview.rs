//! The arguments of `preview` and `lock`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[cfg(feature = "catalog")]
use super::flags::ConnectionArgs;
use super::flags::{
    ClusterArgs, DialectArgs, FindingArgs, LimitArgs, ProvenanceArgs, RendererArgs,
};

/// `preview`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviewArgs {
    /// Directories to render, or manifest files; the exporter's mapping is that of all
    /// together [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Also say what changes: against another directory, such as the base branch's
    /// checkout, a glint.lock, or a catalog by its API's URL or as `sandbox`; repeat to
    /// hold what leaves Git against a catalog
    #[arg(long, value_name = "DIR|FILE|URL")]
    pub against: Vec<PathBuf>,
    /// The exporter's config [default: the one that `mapping` prints for all paths]
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// A variable that the exporter's jq may read, such as CLUSTER_NAME; repeat
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// How the preview is written: for people, for machines, as a comment on a pull
    /// request, or as a page with the graph of relations [default: text]
    #[arg(long, value_name = "WORD")]
    pub format: Option<PreviewFormat>,
    /// Write the preview to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the page with the graph will be, for the comment to link there
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
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
    /// With which catalog.
    #[cfg(feature = "catalog")]
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// How long and how large.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Exit with 1 at findings of this severity or worse [default: error]
    #[arg(long, value_name = "WORD", value_parser = ["never", "info", "warning", "error"], help_heading = "Findings")]
    pub fail_on: Option<String>,
    /// Also write the findings to this file, for a host that swallows stderr
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    pub report: Option<String>,
}

/// How a preview is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PreviewFormat {
    /// A table in the terminal.
    Text,
    /// One JSON document.
    Json,
    /// A comment on a pull request.
    Markdown,
    /// A page in one file.
    Html,
}

/// `lock`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct LockArgs {
    /// Directories to render; with --output manifest files, too [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Say whether the locks are up to date, and write nothing
    #[arg(long)]
    pub check: bool,
    /// One lock for all paths, in this file [default: glint.lock in each directory]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
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
    /// What is said.
    #[command(flatten)]
    pub findings: FindingArgs,
}
