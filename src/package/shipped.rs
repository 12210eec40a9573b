//! The shipped folders, as texts.
//!
//! Glint's CRDs are compiled in once: a test holds the copies in the folders equal.

use super::{Folder, Role, Shipped};

/// A file of the project, from its path.
macro_rules! shipped {
    ($folder:literal, $name:literal, $role:expr) => {
        Shipped {
            name: $name,
            text: include_str!(concat!("../../", $folder, "/", $name)),
            role: $role,
        }
    };
}

const ENTITIES: Shipped = shipped!("argocd/crds", "entities.yaml", Role::Manifest);
const CLUSTER_ENTITIES: Shipped = shipped!("argocd/crds", "clusterentities.yaml", Role::Manifest);

/// `argocd/`.
pub(crate) mod argocd {
    use super::{CLUSTER_ENTITIES, ENTITIES, Folder, Role, Shipped};

    /// The sidecar, with the image's own plugin.yaml.
    pub(crate) const SIDECAR: Folder = Folder {
        name: "sidecar",
        files: &[
            shipped!("argocd/sidecar", "kustomization.yaml", Role::Tool),
            shipped!("argocd/sidecar", "repo-server.yaml", Role::Patch),
        ],
    };
    /// The sidecar, with plugin.yaml from a ConfigMap.
    pub(crate) const PLUGIN_CONFIGMAP: Folder = Folder {
        name: "plugin-configmap",
        files: &[
            shipped!("argocd/plugin-configmap", "kustomization.yaml", Role::Tool),
            shipped!(
                "argocd/plugin-configmap",
                "plugin.yaml",
                Role::Content("glint-gitops-plugin")
            ),
            shipped!("argocd/plugin-configmap", "repo-server.yaml", Role::Patch),
        ],
    };
    /// Values for the Helm chart of Argo CD.
    pub(crate) const VALUES: Folder = Folder {
        name: "values",
        files: &[shipped!("argocd/values", "values.yaml", Role::Manifest)],
    };
    /// The operator's policy.
    pub(crate) const POLICY: Folder = Folder {
        name: "policy",
        files: &[
            shipped!("argocd/policy", "kustomization.yaml", Role::Tool),
            shipped!(
                "argocd/policy",
                "policy.yaml",
                Role::Content("glint-gitops-policy")
            ),
        ],
    };
    /// Glint's CRDs.
    pub(crate) const CRDS: Folder = Folder {
        name: "crds",
        files: &[
            shipped!("argocd/crds", "kustomization.yaml", Role::Tool),
            ENTITIES,
            CLUSTER_ENTITIES,
        ],
    };
    /// Examples of Applications and their projects.
    pub(crate) const APPLICATIONS: Folder = Folder {
        name: "applications",
        files: &[
            shipped!("argocd/applications", "kustomization.yaml", Role::Tool),
            shipped!(
                "argocd/applications",
                "platform-project.yaml",
                Role::Manifest
            ),
            shipped!("argocd/applications", "glint-crds.yaml", Role::Manifest),
            shipped!("argocd/applications", "shop-project.yaml", Role::Manifest),
            shipped!("argocd/applications", "shop.yaml", Role::Manifest),
            shipped!("argocd/applications", "shop-cautious.yaml", Role::Manifest),
            shipped!("argocd/applications", "shop-previews.yaml", Role::Manifest),
        ],
    };
    /// The controller that reports.
    pub(crate) const CONTROLLER: Folder = Folder {
        name: "controller",
        files: &[
            shipped!("argocd/controller", "kustomization.yaml", Role::Tool),
            shipped!("argocd/controller", "service-account.yaml", Role::Manifest),
            shipped!("argocd/controller", "rbac.yaml", Role::Manifest),
            shipped!("argocd/controller", "deployment.yaml", Role::Manifest),
            shipped!("argocd/controller", "service.yaml", Role::Manifest),
            shipped!("argocd/controller", "network-policy.yaml", Role::Manifest),
        ],
    };
    /// Health of entities in Argo CD.
    pub(crate) const HEALTH: Folder = Folder {
        name: "health",
        files: &[
            shipped!("argocd/health", "kustomization.yaml", Role::Tool),
            shipped!("argocd/health", "argocd-cm.yaml", Role::Patch),
        ],
    };
    /// An example of a gate for GitOps Promoter.
    pub(crate) const PROMOTION: Folder = Folder {
        name: "promotion",
        files: &[
            shipped!("argocd/promotion", "kustomization.yaml", Role::Tool),
            shipped!("argocd/promotion", "catalog-gate.yaml", Role::Manifest),
        ],
    };
    /// What Prometheus asks and when it calls.
    pub(crate) const MONITORING: Folder = Folder {
        name: "monitoring",
        files: &[
            shipped!("argocd/monitoring", "kustomization.yaml", Role::Tool),
            shipped!("argocd/monitoring", "pod-monitor.yaml", Role::Manifest),
            shipped!("argocd/monitoring", "rules.yaml", Role::Manifest),
        ],
    };
    /// All of them.
    pub(crate) const ALL: [&Folder; 10] = [
        &SIDECAR,
        &PLUGIN_CONFIGMAP,
        &VALUES,
        &POLICY,
        &CRDS,
        &APPLICATIONS,
        &CONTROLLER,
        &HEALTH,
        &PROMOTION,
        &MONITORING,
    ];
}

/// `flux/`.
pub(crate) mod flux {
    use super::{CLUSTER_ENTITIES, ENTITIES, Folder, Role, Shipped};

    /// Glint's part without any program.
    pub(crate) const COMPONENT: Folder = Folder {
        name: "component",
        files: &[
            shipped!("flux/component", "kustomization.yaml", Role::Tool),
            ENTITIES,
            CLUSTER_ENTITIES,
            shipped!("flux/component", "mapping.yaml", Role::Manifest),
            shipped!("flux/component", "mark.yaml", Role::Tool),
        ],
    };
    /// Glint's CRDs.
    pub(crate) const CRDS: Folder = Folder {
        name: "crds",
        files: &[
            shipped!("flux/crds", "kustomization.yaml", Role::Tool),
            ENTITIES,
            CLUSTER_ENTITIES,
        ],
    };
    /// The recipe for CI, and what the cluster applies of it.
    pub(crate) const CI: Folder = Folder {
        name: "ci",
        files: &[
            shipped!("flux/ci", "publish.sh", Role::Tool),
            shipped!("flux/ci", "github-workflow.yaml", Role::Tool),
            shipped!("flux/ci", "kustomization.yaml", Role::Tool),
            shipped!("flux/ci", "glint-crds.yaml", Role::Manifest),
            shipped!("flux/ci", "shop.yaml", Role::Manifest),
        ],
    };
    /// The controller that renders.
    pub(crate) const RENDER: Folder = Folder {
        name: "render",
        files: &[
            shipped!("flux/render", "kustomization.yaml", Role::Tool),
            shipped!("flux/render", "glintrenders.yaml", Role::Manifest),
            shipped!("flux/render", "service-account.yaml", Role::Manifest),
            shipped!("flux/render", "rbac.yaml", Role::Manifest),
            shipped!("flux/render", "tenants.yaml", Role::Manifest),
            shipped!("flux/render", "deployment.yaml", Role::Manifest),
            shipped!("flux/render", "disruption-budget.yaml", Role::Manifest),
            shipped!("flux/render", "service.yaml", Role::Manifest),
            shipped!("flux/render", "network-policy.yaml", Role::Manifest),
        ],
    };
    /// The controller that reports.
    pub(crate) const REPORT: Folder = Folder {
        name: "report",
        files: &[
            shipped!("flux/report", "kustomization.yaml", Role::Tool),
            shipped!("flux/report", "service-account.yaml", Role::Manifest),
            shipped!("flux/report", "rbac.yaml", Role::Manifest),
            shipped!("flux/report", "deployment.yaml", Role::Manifest),
            shipped!("flux/report", "service.yaml", Role::Manifest),
            shipped!("flux/report", "network-policy.yaml", Role::Manifest),
        ],
    };
    /// Examples of what the two controllers work on.
    pub(crate) const APPLICATIONS: Folder = Folder {
        name: "applications",
        files: &[
            shipped!("flux/applications", "kustomization.yaml", Role::Tool),
            shipped!("flux/applications", "shop.yaml", Role::Manifest),
            shipped!("flux/applications", "shop-augmented.yaml", Role::Manifest),
            shipped!("flux/applications", "shop-gated.yaml", Role::Manifest),
        ],
    };
    /// Examples of what becomes of the controllers' events.
    pub(crate) const NOTIFICATIONS: Folder = Folder {
        name: "notifications",
        files: &[
            shipped!("flux/notifications", "kustomization.yaml", Role::Tool),
            shipped!("flux/notifications", "commit-status.yaml", Role::Manifest),
            shipped!("flux/notifications", "comment.yaml", Role::Manifest),
        ],
    };
    /// What Prometheus asks and when it calls.
    pub(crate) const MONITORING: Folder = Folder {
        name: "monitoring",
        files: &[
            shipped!("flux/monitoring", "kustomization.yaml", Role::Tool),
            shipped!("flux/monitoring", "pod-monitor.yaml", Role::Manifest),
            shipped!("flux/monitoring", "rules.yaml", Role::Manifest),
        ],
    };
    /// All of them.
    pub(crate) const ALL: [&Folder; 8] = [
        &COMPONENT,
        &CRDS,
        &CI,
        &RENDER,
        &REPORT,
        &APPLICATIONS,
        &NOTIFICATIONS,
        &MONITORING,
    ];
}

/// `helm/`.
pub(crate) mod helm {
    use super::{Folder, Role, Shipped};

    /// What the plugin's folder holds besides, the program itself, is called so.
    pub(crate) const PROGRAM: &str = "glint-gitops";
    /// The post-renderer plugin of Helm 4.
    pub(crate) const PLUGIN: Folder = Folder {
        name: "helm",
        files: &[shipped!("helm", "plugin.yaml", Role::Manifest)],
    };
}
