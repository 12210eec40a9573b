//! The flags that are settings, in the groups that `--help` shows.
//!
//! Every flag has its setting's name, so that a user learns each name once. A
//! value stays the text that was typed: `config` reads it as it reads the same
//! setting from every other source. `None` and an empty list mean that nothing
//! was typed, which is how `config` can tell a value's origin.
//! Invariant (tested in `config`): the words that a flag accepts are those of
//! its setting.

use clap::{Args, ValueEnum};

/// What is spoken, and to whom.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Catalog")]
pub struct CatalogArgs {
    /// The catalog's API group and mapping key [default: glint]
    #[arg(long, value_name = "WORD", value_parser = ["glint", "port"])]
    pub dialect: Option<String>,
    /// Who applies the stream [default: found out from the stream, else pipe]
    #[arg(long, value_name = "WORD", value_parser = ["argocd", "flux", "helm", "pipe"])]
    pub host: Option<String>,
}

/// The dialect alone, for commands that serve no host.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Catalog")]
pub struct DialectArgs {
    /// The catalog's API group and mapping key [default: glint]
    #[arg(long, value_name = "WORD", value_parser = ["glint", "port"])]
    pub dialect: Option<String>,
}

/// What the catalog holds of a target, for commands that report.
#[cfg(feature = "catalog")]
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetArgs {
    /// A relation of targets to the entities of this blueprint that they declare; repeat
    #[arg(long, value_name = "NAME=BLUEPRINT")]
    pub relate: Vec<String>,
    /// How many runs of each target the catalog keeps
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 20,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub keep_runs: u16,
}

/// What is added to the stream.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "What is added")]
pub struct StreamArgs {
    /// Whether Glint's CRDs are added [default: auto]
    #[arg(long, value_name = "WORD", value_parser = ["auto", "always", "never"])]
    pub crds: Option<String>,
    /// Where the exporter's mapping goes in the stream [default: configmap]
    #[arg(long, value_name = "WORD", value_parser = ["configmap", "none"])]
    pub mapping: Option<String>,
    /// One mapping for all blueprints, or one block for each [default: generic]
    #[arg(long, value_name = "WORD", value_parser = ["generic", "explicit"])]
    pub mapping_style: Option<String>,
    /// Also write the bare mapping to this file
    #[arg(long, value_name = "FILE")]
    pub mapping_output: Option<String>,
    /// Whether the entities reach the catalog [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub deliver: Option<bool>,
    /// Accept a stream without any object [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_empty: Option<bool>,
}

/// Whose manifests these are; Argo CD says so itself.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Provenance")]
pub struct ProvenanceArgs {
    /// The application that the manifests belong to
    #[arg(long, value_name = "NAME")]
    pub application: Option<String>,
    /// The project that the application belongs to
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// The repository's URL (a user and password in it are dropped)
    #[arg(long, value_name = "URL")]
    pub source_repo: Option<String>,
    /// The directory inside the repository
    #[arg(long, value_name = "PATH")]
    pub source_path: Option<String>,
}

/// The cluster that the manifests are for.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// The namespace that the manifests are deployed to
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The cluster's version, for charts that ask for it
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// The API versions that the cluster serves; repeat or separate by commas
    #[arg(long, value_name = "VERSION", value_delimiter = ',')]
    pub api_versions: Vec<String>,
}

/// How a directory is rendered.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Renderer")]
pub struct RendererArgs {
    /// What renders the directory [default: auto]
    #[arg(long, value_name = "WORD", value_parser = ["auto", "helm", "kustomize", "directory"])]
    pub renderer: Option<String>,
    /// The Helm release's name
    #[arg(long, value_name = "NAME")]
    pub release_name: Option<String>,
    /// Helm values files; repeat or separate by commas, the last one wins
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub values_files: Vec<String>,
    /// Helm parameters, as `helm --set` takes them; repeat
    #[arg(long, value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Read plain directories with all that is below [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub recurse: Option<bool>,
    /// Of a plain directory, only the files that match
    #[arg(long, value_name = "GLOB")]
    pub include: Option<String>,
    /// Of a plain directory, not the files that match
    #[arg(long, value_name = "GLOB")]
    pub exclude: Option<String>,
    /// The helm program [default: found on PATH]
    #[arg(long, value_name = "FILE")]
    pub helm_path: Option<String>,
    /// The kustomize program [default: found on PATH]
    #[arg(long, value_name = "FILE")]
    pub kustomize_path: Option<String>,
    /// Hosts that charts and bases may be fetched from [default: none]
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub allow_hosts: Vec<String>,
}

/// How long and how large.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// The deadline of the whole run [default: 5m; 40s under Argo CD]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// The most that is read and rendered [default: 512MiB]
    #[arg(long, value_name = "SIZE")]
    pub input_limit: Option<String>,
}

/// The catalog's API, and who asks it. The client's secret is no flag: flags are in
/// the list of processes.
#[cfg(feature = "catalog")]
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// Where the catalog's API is [default: `https://api.port.io` with --dialect port]
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// The client that the API knows; its secret comes from GLINT_CLIENT_SECRET
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// A file with the client's id
    #[arg(long, value_name = "FILE")]
    pub client_id_file: Option<String>,
    /// A file with the client's secret
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<String>,
    /// The API's certificate authorities, in PEM, instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<String>,
    /// The exporter's installation id in the catalog, its state key
    #[arg(long, value_name = "ID")]
    pub integration: Option<String>,
}

/// How much of what `glint.lock` holds may go.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Deletions")]
pub struct DeletionArgs {
    /// How many entities of its glint.lock a render may lose [default: 10]
    #[arg(long, value_name = "NUMBER")]
    pub max_deletions: Option<String>,
    /// How much of any one blueprint's or application's entities, from 10 on, a render
    /// may lose [default: 10%]
    #[arg(long, value_name = "PERCENT")]
    pub max_deletion_share: Option<String>,
}

/// What `check` says, and where.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Findings")]
pub struct CheckFindingArgs {
    /// Exit with 1 at findings of this severity or worse [default: error]
    #[arg(long, value_name = "WORD", value_parser = ["never", "info", "warning", "error"])]
    pub fail_on: Option<String>,
    /// How findings are written to stdout [default: text]
    #[arg(long, value_name = "WORD")]
    pub format: Option<CheckFormat>,
    /// Also write the findings to this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<String>,
    /// A rule's severity: error, warning, info or off; repeat
    #[arg(long, value_name = "RULE=WORD")]
    pub rules: Vec<String>,
}

/// How `check` writes findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// With the lines they are on, for people.
    Text,
    /// One JSON document.
    Json,
    /// A SARIF 2.1.0 log, for code scanning and editors.
    Sarif,
    /// Workflow commands, for annotations in GitHub.
    Github,
}

/// What is said about the stream, and where.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Findings")]
pub struct FindingArgs {
    /// Exit with 1 at findings of this severity or worse [default: never]
    #[arg(long, value_name = "WORD", value_parser = ["never", "info", "warning", "error"])]
    pub fail_on: Option<String>,
    /// How findings are written to stderr [default: text]
    #[arg(long, value_name = "WORD", value_parser = ["text", "json"])]
    pub format: Option<String>,
    /// Also write the findings to this file, for a host that swallows stderr
    #[arg(long, value_name = "FILE")]
    pub report: Option<String>,
}
