//! What each controller may do in a cluster, as data.
//!
//! The folders `flux/` and `argocd/` grant exactly this, and the client asks for
//! nothing else; tests hold both against it. Invariants (tested): no Secrets, no
//! workloads, no impersonation, no wildcard, and nothing of the host's is written.

/// Where a right holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// In every namespace: a ClusterRole, bound for the whole cluster.
    Cluster,
    /// In the controller's own namespace: a Role.
    Own,
    /// In the namespaces that the operator lists: a ClusterRole that is bound there and
    /// nowhere else.
    Listed,
}

/// One right, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Where.
    pub reach: Reach,
    /// Empty for the core group.
    pub group: &'static str,
    /// `applications`, `entities/status`.
    pub resource: &'static str,
    /// Which objects by name; empty for all. What is made can't be named.
    pub names: &'static [&'static str],
    /// In the order of the API's documentation.
    pub verbs: &'static [&'static str],
    /// Half a sentence.
    pub why: &'static str,
}

const READ: &[&str] = &["get", "list", "watch"];

const fn everywhere(
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
    why: &'static str,
) -> Rule {
    Rule {
        reach: Reach::Cluster,
        group,
        resource,
        names: &[],
        verbs,
        why,
    }
}

impl Rule {
    const fn only(mut self, names: &'static [&'static str]) -> Self {
        self.names = names;
        self
    }

    const fn reaching(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }
}

/// What `controller report` may do.
#[rustfmt::skip] // one right is read as one paragraph
pub(crate) const REPORT: &[Rule] = &[
    everywhere("argoproj.io", "applications", READ, "what was synced, and how it went"),
    everywhere("kustomize.toolkit.fluxcd.io", "kustomizations", READ, "what was synced, and how it went"),
    everywhere("helm.toolkit.fluxcd.io", "helmreleases", READ, "what was synced, and how it went"),
    everywhere("glint.io", "entities", READ, "what was declared"),
    everywhere("glint.io", "clusterentities", READ, "what was declared"),
    everywhere("glint.io", "entities/status", &["patch"], "the condition `Delivered`"),
    everywhere("glint.io", "clusterentities/status", &["patch"], "the condition `Delivered`"),
    everywhere("apiextensions.k8s.io", "customresourcedefinitions", &["get"], "when Glint's CRDs were made: an exporter that is older does not see them")
        .only(&["entities.glint.io", "clusterentities.glint.io"]),
    everywhere("events.k8s.io", "events", &["create", "patch"], "what happened, beside what it is about"),
    everywhere("coordination.k8s.io", "leases", &["create"], "which replica acts")
        .reaching(Reach::Own),
    everywhere("coordination.k8s.io", "leases", &["get", "update"], "which replica acts")
        .only(&["glint-report-leader-election"]).reaching(Reach::Own),
    everywhere("", "configmaps", &["create"], "the accepted fragments and the merged mapping")
        .reaching(Reach::Own),
    everywhere("", "configmaps", &["get", "update", "patch"], "the accepted fragments and the merged mapping")
        .only(&["glint-gitops-fragments", "glint-gitops-mapping"]).reaching(Reach::Own),
    everywhere("", "configmaps", READ, "the fragments of applications, whose names alone are read")
        .reaching(Reach::Listed),
];

/// What `controller render` may do.
#[rustfmt::skip] // one right is read as one paragraph
pub(crate) const RENDER: &[Rule] = &[
    everywhere("gitops.glint.io", "glintrenders", &["get", "list", "watch", "patch"], "what is asked for, and the finalizer on it"),
    everywhere("gitops.glint.io", "glintrenders/status", &["patch"], "how it went"),
    everywhere("source.toolkit.fluxcd.io", "gitrepositories", READ, "where it comes from"),
    everywhere("source.toolkit.fluxcd.io", "ocirepositories", READ, "where it comes from"),
    everywhere("source.toolkit.fluxcd.io", "buckets", READ, "where it comes from"),
    everywhere("source.toolkit.fluxcd.io", "externalartifacts", &["get", "list", "watch", "create", "patch", "delete"], "what is made of it"),
    everywhere("source.toolkit.fluxcd.io", "externalartifacts/status", &["patch"], "where it is served"),
    everywhere("events.k8s.io", "events", &["create", "patch"], "what happened, beside what it is about"),
    everywhere("coordination.k8s.io", "leases", &["create"], "which replica writes")
        .reaching(Reach::Own),
    everywhere("coordination.k8s.io", "leases", &["get", "update"], "which replica writes")
        .only(&["glint-render-leader-election"]).reaching(Reach::Own),
];

#[cfg(test)]
mod tests {
    use super::{RENDER, REPORT, Reach, Rule};

    fn all() -> impl Iterator<Item = &'static Rule> {
        REPORT.iter().chain(RENDER)
    }

    #[test]
    fn nothing_is_asked_for_that_reaches_further() {
        const NEVER: [&str; 12] = [
            "*",
            "secrets",
            "serviceaccounts",
            "serviceaccounts/token",
            "pods",
            "pods/exec",
            "deployments",
            "statefulsets",
            "clusterroles",
            "rolebindings",
            "users",
            "namespaces",
        ];
        const VERBS: [&str; 7] = [
            "get", "list", "watch", "create", "update", "patch", "delete",
        ];
        for rule in all() {
            assert!(!NEVER.contains(&rule.resource), "{rule:?}");
            assert!(
                rule.verbs.iter().all(|verb| VERBS.contains(verb)),
                "{rule:?}"
            );
        }
    }

    #[test]
    fn a_host_s_own_objects_are_only_read() {
        const HOSTS: [&str; 3] = [
            "argoproj.io",
            "kustomize.toolkit.fluxcd.io",
            "helm.toolkit.fluxcd.io",
        ];
        const SOURCES: [&str; 3] = ["gitrepositories", "ocirepositories", "buckets"];
        for rule in all() {
            let is_hosts = HOSTS.contains(&rule.group) || SOURCES.contains(&rule.resource);
            assert!(!is_hosts || rule.verbs == super::READ, "{rule:?}");
        }
    }

    #[test]
    fn config_maps_are_read_where_the_operator_says_so_alone() {
        for rule in all().filter(|rule| rule.resource == "configmaps") {
            assert_ne!(rule.reach, Reach::Cluster, "{rule:?}");
        }
    }

    #[test]
    fn what_is_made_can_not_be_named() {
        for rule in all().filter(|rule| rule.verbs.contains(&"create")) {
            assert!(rule.names.is_empty(), "{rule:?}");
        }
    }
}
