//! What decides how a directory is rendered: plain values, all given by the
//! caller, none with a default.
//!
//! Not for where the values come from (`config`). Invariant: nothing here reads
//! the environment or the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// The setting `renderer`: which renderer a directory is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RendererChoice {
    /// What the directory holds decides, as in Argo CD.
    Auto,
    /// Helm; the directory must hold a `Chart.yaml`.
    Helm,
    /// Kustomize; the directory must hold one kustomization file.
    Kustomize,
    /// No renderer: its YAML and JSON files are the manifests.
    Directory,
}

/// How Helm is called. The fields follow Argo CD's `source.helm`.
#[derive(Clone, Debug)]
pub(crate) struct HelmOptions {
    /// The release's name; Helm wants at most 53 characters and no underscore.
    pub release_name: String,
    /// The release's namespace; Helm's own default where it is `None`.
    pub namespace: Option<String>,
    /// Files of values, relative to the chart, or from the repository's root
    /// if they begin with `/`, as in Argo CD. Later ones win.
    pub values_files: Vec<String>,
    /// `--set` parameters: name → value.
    pub parameters: BTreeMap<String, String>,
    /// The cluster's version, for `.Capabilities.KubeVersion`.
    pub kube_version: Option<String>,
    /// The cluster's APIs, for `.Capabilities.APIVersions`; one entry an API.
    pub api_versions: Vec<String>,
}

/// Which files of a plain directory count, as in Argo CD's
/// `source.directory`.
#[derive(Clone, Debug)]
pub(crate) struct DirectoryOptions {
    /// Whether directories below are read too. Argo CD's default is not to.
    pub recurse: bool,
    /// A glob that a file's path below the directory must match, if given.
    pub include: Option<String>,
    /// A glob that it must not match; stronger than `include`.
    pub exclude: Option<String>,
}

/// How much is read at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files together, and of a renderer's output.
    pub total_bytes: u64,
    /// Files of a plain directory, and of a chart.
    pub files: usize,
}

/// A renderer that is a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Helm 3 or 4.
    Helm,
    /// The kustomize program, not `kubectl kustomize`.
    Kustomize,
}

impl fmt::Display for Tool {
    /// The program's name, which is also the beginning of its settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Helm => "helm",
            Self::Kustomize => "kustomize",
        })
    }
}

/// Where the renderers' programs are. Never taken from anything untrusted.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    /// The operator's path to Helm; looked up if `None`.
    pub helm: Option<PathBuf>,
    /// The operator's path to kustomize; looked up if `None`.
    pub kustomize: Option<PathBuf>,
    /// The value of `PATH` in which the programs are looked up.
    pub search_path: OsString,
}

/// All that decides how a directory is rendered.
pub(crate) struct Options<'a> {
    /// Which renderer.
    pub renderer: RendererChoice,
    /// For Helm.
    pub helm: HelmOptions,
    /// For a plain directory.
    pub directory: DirectoryOptions,
    /// How much at most.
    pub limits: Limits,
    /// When running programs are stopped.
    pub deadline: Instant,
    /// Hosts that the operator lets renderers contact: `charts.example.com`
    /// or `charts.example.com:8443`, in small letters.
    pub allow_hosts: BTreeSet<String>,
    /// Where the programs are.
    pub tools: Tools,
    /// Told of each step as it starts: `helm template apps/checkout`.
    pub announce: &'a dyn Fn(&str),
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            renderer,
            helm,
            directory,
            limits,
            deadline,
            allow_hosts,
            tools,
            announce: _,
        } = self;
        f.debug_struct("Options")
            .field("renderer", renderer)
            .field("helm", helm)
            .field("directory", directory)
            .field("limits", limits)
            .field("deadline", deadline)
            .field("allow_hosts", allow_hosts)
            .field("tools", tools)
            .finish_non_exhaustive()
    }
}
