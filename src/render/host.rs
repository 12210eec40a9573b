//! All that a host imposes on a stream, in one table.
//!
//! A host is the tool that called this program and applies what comes out:
//! Argo CD, Flux, Helm, or nobody in particular. What is true of one host only
//! is said here and nowhere else.

use std::fmt;

use memchr::memmem;

use crate::validate::Reader;

/// Helm 4 marks each document that it gives to a post-renderer with the file it
/// came from (`pkg/action`, 4.3).
const HELM_FILENAME: &[u8] = b"postrenderer.helm.sh/postrender-filename";

/// Who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// Argo CD, through its config management plugin.
    ArgoCd,
    /// Flux's kustomize-controller, which reads the output as an artifact.
    Flux,
    /// Helm, through a post-renderer.
    Helm,
    /// A pipe, a laptop, a CI job.
    Pipe,
}

/// Which CRDs the policy `auto` adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AutoCrds {
    /// Those that the stream lacks.
    Missing,
    /// Those that the cluster is known to lack.
    MissingInCluster,
    /// None beside entities: Helm builds every object before it applies any,
    /// and fails on a kind that the cluster does not have yet.
    NeverBesideEntities,
}

impl Host {
    /// All hosts, in the order in which help texts list them.
    pub const ALL: [Self; 4] = [Self::ArgoCd, Self::Flux, Self::Helm, Self::Pipe];

    /// The word for settings and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ArgoCd => "argocd",
            Self::Flux => "flux",
            Self::Helm => "helm",
            Self::Pipe => "pipe",
        }
    }

    /// The host of a stream that nobody named one for.
    pub fn of_stream(text: &[u8]) -> Self {
        match memmem::find(text, HELM_FILENAME) {
            Some(_) => Self::Helm,
            None => Self::Pipe,
        }
    }

    pub(super) fn auto_crds(self) -> AutoCrds {
        match self {
            Self::ArgoCd => AutoCrds::MissingInCluster,
            Self::Flux | Self::Pipe => AutoCrds::Missing,
            Self::Helm => AutoCrds::NeverBesideEntities,
        }
    }

    /// Whether entities get `SkipDryRunOnMissingResource=true`, which only
    /// Argo CD understands; a pipe may well end there.
    pub(super) fn skips_dry_run(self) -> bool {
        match self {
            Self::ArgoCd | Self::Pipe => true,
            Self::Flux | Self::Helm => false,
        }
    }

    /// Whether entities are kept from a substitution that would fail on them.
    pub(super) fn substitutes(self) -> bool {
        match self {
            Self::Flux => true,
            Self::ArgoCd | Self::Helm | Self::Pipe => false,
        }
    }

    /// Whether a stream of hooks alone, or none at all, is a call like others:
    /// Helm's strategy `separate` calls once for hooks and once for the rest.
    pub(super) fn calls_for_hooks(self) -> bool {
        match self {
            Self::Helm => true,
            Self::ArgoCd | Self::Flux | Self::Pipe => false,
        }
    }

    pub(super) fn reader(self) -> Reader {
        match self {
            Self::ArgoCd => Reader::ArgoCd,
            Self::Flux => Reader::Kustomize,
            Self::Helm | Self::Pipe => Reader::Plain,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
