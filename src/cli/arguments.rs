//! The arguments of each command, put together from the groups of flags.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::examples;
use super::flags::{
    CatalogArgs, CheckFindingArgs, ClusterArgs, DeletionArgs, DialectArgs, FindingArgs, LimitArgs,
    ProvenanceArgs, RendererArgs, StreamArgs,
};

/// `render`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct RenderArgs {
    /// The directory to render
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// What is spoken, and to whom.
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// What is added.
    #[command(flatten)]
    pub stream: StreamArgs,
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
    /// How much may go.
    #[command(flatten)]
    pub deletions: DeletionArgs,
    /// What is said.
    #[command(flatten)]
    pub findings: FindingArgs,
}

/// `post-render`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct PostRenderArgs {
    /// What is spoken, and to whom.
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// What is added.
    #[command(flatten)]
    pub stream: StreamArgs,
    /// Whose manifests.
    #[command(flatten)]
    pub provenance: ProvenanceArgs,
    /// For which cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// How long and how large.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// What is said.
    #[command(flatten)]
    pub findings: FindingArgs,
}

/// `argocd …`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ArgocdCommand {
    /// Render the current directory for Argo CD
    ///
    /// The application, its project, repository and path come from Argo CD's
    /// variables, settings also from the Application's parameters and env. The
    /// deadline counts from the birth of the work folder: Argo CD kills without a
    /// warning after 60 s.
    #[command(after_help = examples::ARGOCD_GENERATE)]
    Generate(Box<GenerateArgs>),
    /// Print the parameters that an Application may set
    ///
    /// The JSON array that Argo CD's user interface shows as a form.
    #[command(after_help = examples::ARGOCD_PARAMETERS)]
    Parameters,
}

/// `argocd generate`: `render` of `.`, without what Argo CD itself says.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct GenerateArgs {
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
    /// What is added.
    #[command(flatten)]
    pub stream: StreamArgs,
    /// For which cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// How.
    #[command(flatten)]
    pub renderer: RendererArgs,
    /// How long and how large.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// How much may go.
    #[command(flatten)]
    pub deletions: DeletionArgs,
    /// What is said.
    #[command(flatten)]
    pub findings: FindingArgs,
}

/// `mapping` and `mapping merge`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct MappingArgs {
    /// `merge`, in which case nothing else was typed.
    #[command(subcommand)]
    pub command: Option<MappingCommand>,
    /// Directories to render, or manifest files [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
    /// One mapping for all blueprints, or one block for each [default: generic]
    #[arg(long, value_name = "WORD", value_parser = ["generic", "explicit"])]
    pub mapping_style: Option<String>,
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

/// `mapping …`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum MappingCommand {
    /// Merge the fragments of several applications into one mapping
    ///
    /// Each file is a rendered stream, which holds fragment ConfigMaps, or the
    /// fragment.json of one. Only the names in a fragment are read, never its jq. The
    /// order of the files does not matter. With --into, the blocks of others in that
    /// config are kept, and those of glint-gitops are replaced.
    #[command(after_help = examples::MAPPING_MERGE)]
    Merge(MergeArgs),
}

/// `mapping merge`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeArgs {
    /// The files to merge
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// An exporter's config whose other blocks are kept
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
    /// One mapping for all blueprints, or one block for each [default: generic]
    #[arg(long, value_name = "WORD", value_parser = ["generic", "explicit"])]
    pub mapping_style: Option<String>,
    /// The most that is read [default: 512MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub input_limit: Option<String>,
}

/// `why`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct WhyArgs {
    /// The entity's identifier
    #[arg(value_name = "ID")]
    pub identifier: String,
    /// One of its fields: `tier`, `relations.team`, `title` [default: all of them]
    #[arg(value_name = "FIELD")]
    pub field: Option<String>,
    /// The entity's blueprint, where several have the identifier
    #[arg(long, value_name = "BLUEPRINT")]
    pub blueprint: Option<String>,
    /// A directory to render, or a manifest file; repeat [default: .]
    #[arg(long, value_name = "PATH")]
    pub path: Vec<PathBuf>,
    /// The exporter's config [default: the one that `mapping` prints for all paths]
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// A variable that the exporter's jq may read, such as CLUSTER_NAME; repeat
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
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
    /// How it is written: text or json [default: text]
    #[arg(long, value_name = "WORD", value_parser = ["text", "json"])]
    pub format: Option<String>,
}

/// `check`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckArgs {
    /// Directories, manifest files, or - for stdin; each is an application [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The catalog's blueprints as its API gives them, in JSON or YAML: a file, or a
    /// directory of files; repeat
    #[arg(long, value_name = "PATH", help_heading = "Catalog")]
    pub blueprints: Vec<PathBuf>,
    /// Entities that exist besides: a glint.lock, or lines of blueprint/identifier;
    /// repeat
    #[arg(long, value_name = "FILE", help_heading = "Catalog")]
    pub known: Vec<PathBuf>,
    /// The exporter's config, tried on all that is checked
    #[arg(long, value_name = "FILE", help_heading = "Catalog")]
    pub mapping: Option<PathBuf>,
    /// A variable that the exporter has and its jq may read, such as CLUSTER_NAME;
    /// repeat
    #[arg(
        long,
        value_name = "NAME=VALUE",
        requires = "mapping",
        help_heading = "Catalog"
    )]
    pub env: Vec<String>,
    /// The glint.lock of another application, which must declare none of these
    /// entities; repeat
    #[arg(long, value_name = "FILE", help_heading = "Catalog")]
    pub locks: Vec<PathBuf>,
    /// What is spoken, and to whom.
    #[command(flatten)]
    pub catalog: CatalogArgs,
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
    pub findings: CheckFindingArgs,
}

/// `explain`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct ExplainArgs {
    /// The rule [default: a list of all]
    #[arg(value_name = "RULE")]
    pub rule: Option<String>,
}

/// `schema`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaArgs {
    /// The catalog's blueprints as its API gives them, in JSON or YAML: a file, or a
    /// directory of files; repeat
    #[arg(long, value_name = "PATH", help_heading = "Catalog")]
    pub blueprints: Vec<PathBuf>,
    /// Only entities of this blueprint
    #[arg(
        long,
        value_name = "ID",
        requires = "blueprints",
        help_heading = "Catalog"
    )]
    pub blueprint: Option<String>,
    /// Print what holds the API server to the policy's claims instead: a
    /// ValidatingAdmissionPolicy and its binding
    #[arg(long, conflicts_with_all = ["blueprints", "blueprint"])]
    pub admission: bool,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
}

/// `crds`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct CrdsArgs {
    /// Only the CRD of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<CrdKind>,
    /// Compare the cluster's CRDs with these instead: what `kubectl get crd … -o yaml`
    /// printed, in a file or on stdin (-)
    #[arg(long, value_name = "FILE")]
    pub diff: Option<PathBuf>,
    /// How they are written [default: yaml, and text for people with --diff]
    #[arg(long, value_name = "WORD")]
    pub format: Option<CrdFormat>,
    /// What is spoken.
    #[command(flatten)]
    pub dialect: DialectArgs,
}

/// The kinds that have a CRD, as words for the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum CrdKind {
    /// The namespaced kind.
    Entity,
    /// The cluster-scoped kind.
    ClusterEntity,
}

/// How CRDs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CrdFormat {
    /// A YAML stream.
    Yaml,
    /// JSON lines; one document with --diff.
    Json,
}

/// `install …`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum InstallCommand {
    /// The sidecar of Argo CD's repo-server, the controller, and what belongs to them
    ///
    /// Without --output one part is printed: what kubectl applies, or, of the sidecar
    /// and of the health, what it patches Argo CD's own object with. With it, the folders are written, to be
    /// built by kustomize.
    #[command(after_help = examples::INSTALL_ARGOCD)]
    Argocd(InstallArgocdArgs),
    /// The controllers, the Component and the recipe for CI, for Flux
    ///
    /// Without --output one part is printed, as kubectl applies it; with it, the
    /// folders are written, scripts included.
    #[command(after_help = examples::INSTALL_FLUX)]
    Flux(InstallFluxArgs),
    /// The post-renderer plugin of Helm 4
    ///
    /// Without --output its plugin.yaml is printed; with it, the plugin's folder is
    /// written, this program in it, for `helm plugin install`. Helm 3 takes the
    /// program itself and needs nothing.
    #[command(after_help = examples::INSTALL_HELM)]
    Helm(InstallHelmArgs),
}

/// `install argocd`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallArgocdArgs {
    /// Only this part [default: sidecar, with --name plugin-configmap; with --output all]
    #[arg(value_name = "PART")]
    pub part: Option<ArgocdPart>,
    /// The program's image [default: the one in the files, with this version as tag]
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// The controller's image [default: the one in the files, with this version as tag]
    #[arg(long, value_name = "IMAGE")]
    pub controller_image: Option<String>,
    /// The namespace of Argo CD [default: argocd]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The plugin's name in Applications [default: glint-gitops]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where the files go.
    #[command(flatten)]
    pub output: InstallOutputArgs,
}

/// The folders of `argocd/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ArgocdPart {
    /// A patch of the Deployment argocd-repo-server.
    Sidecar,
    /// The same, with plugin.yaml from a ConfigMap, as --name needs it.
    PluginConfigmap,
    /// Values for the Helm chart of Argo CD.
    Values,
    /// The operator's policy.
    Policy,
    /// Glint's CRDs, for the operator to own.
    Crds,
    /// Examples of Applications and projects.
    Applications,
    /// The controller that reports to the catalog.
    Controller,
    /// A patch of the ConfigMap argocd-cm: the health of entities.
    Health,
    /// An example of a gate for GitOps Promoter.
    Promotion,
    /// A PodMonitor and alert rules for Prometheus' operator.
    Monitoring,
}

/// `install flux`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallFluxArgs {
    /// Only this part [default: ci; with --output all]
    #[arg(value_name = "PART")]
    pub part: Option<FluxPart>,
    /// The program's image [default: the one in the files, with this version as tag]
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// The controllers' image [default: the one in the files, with this version as tag]
    #[arg(long, value_name = "IMAGE")]
    pub controller_image: Option<String>,
    /// The namespace of Flux [default: flux-system]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Where the files go.
    #[command(flatten)]
    pub output: InstallOutputArgs,
}

/// The folders of `flux/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FluxPart {
    /// A kustomize Component that does without the program what can be done so.
    Component,
    /// Glint's CRDs, for one Kustomization to own.
    Crds,
    /// Script and workflow for CI, and what the cluster applies of it.
    Ci,
    /// The controller that renders what Flux applies.
    Render,
    /// The controller that reports to the catalog.
    Report,
    /// Examples of what is rendered, and of what waits for the catalog.
    Applications,
    /// Examples of Alerts and Providers for the controllers' events.
    Notifications,
    /// A PodMonitor and alert rules for Prometheus' operator.
    Monitoring,
}

/// `install helm`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallHelmArgs {
    /// Where the files go.
    #[command(flatten)]
    pub output: InstallOutputArgs,
}

/// Where the files of `install` go.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallOutputArgs {
    /// Write the files below this directory; a file that holds something else is kept
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// `completions`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct ManArgs {
    /// The command whose page is printed [default: glint-gitops itself]
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Write the pages of all commands to this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}
