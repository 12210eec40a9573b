//! The arguments of the mapping's keeper, a part of `controller report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::flags::DeletionArgs;

/// Which mapping is kept, and how.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Mapping")]
pub struct KeeperArgs {
    /// Keep the mapping of the fragments that the policy's `fragments` take: in a
    /// ConfigMap alone, or pushed to the exporter's integration, guarded as by `publish`
    #[arg(long, value_name = "WORD", default_value = "off")]
    pub keep_mapping: KeptMapping,
    /// How long a fragment that is gone stays in the mapping
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub keep_grace: String,
    /// Argo CD's own namespace: an Application elsewhere is called NAMESPACE_NAME
    #[arg(long, value_name = "NAME", default_value = "argocd")]
    pub argocd_namespace: String,
    /// The label by which Argo CD tracks, where its method is `label` [default: the
    /// tracking id]
    #[arg(long, value_name = "LABEL")]
    pub argocd_tracking_label: Option<String>,
    /// Flux's own namespace: what it deploys from elsewhere is called NAMESPACE_NAME
    #[arg(long, value_name = "NAME", default_value = "flux-system")]
    pub flux_namespace: String,
    /// One mapping for all blueprints, or one block for each [default: generic]
    #[arg(long, value_name = "WORD", value_parser = ["generic", "explicit"])]
    pub mapping_style: Option<String>,
    /// Where backups of pushes go: a volume that outlives the Pod [default:
    /// glint-gitops/backups below XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "DIR")]
    pub backup: Option<PathBuf>,
    /// A variable that the exporter's jq may read, such as CLUSTER_NAME; repeat
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// How much may go.
    #[command(flatten)]
    pub deletions: DeletionArgs,
}

/// Where the mapping is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeptMapping {
    /// Nowhere.
    Off,
    /// In a ConfigMap.
    Configmap,
    /// In the catalog, and in the ConfigMap to see.
    Publish,
}
