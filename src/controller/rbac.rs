//! What each controller may do in a cluster, as data.
//!
//! The folders `flux/` and `argocd/` grant exactly this, and the client asks for exactly
//! this; tests hold both against it, which is why these names leave the crate. Invariants
//! (tested): no Secrets, no workloads, no impersonation, no wildcard, and nothing of the
//! host's is written.

use super::keeper;

/// Where a right holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
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
pub struct Right {
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

/// The ConfigMaps that hold what is accepted, where one is too small.
const PARTS: &[&str] = &{
    let [[a0, a1, a2, a3], [b0, b1, b2, b3]] = keeper::PARTS;
    [a0, a1, a2, a3, b0, b1, b2, b3]
};

const fn everywhere(
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
    why: &'static str,
) -> Right {
    Right {
        reach: Reach::Cluster,
        group,
        resource,
        names: &[],
        verbs,
        why,
    }
}

impl Right {
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
pub const REPORT_RIGHTS: &[Right] = &[
    everywhere("argoproj.io", "applications", READ, "what was synced, and how it went"),
    everywhere("kustomize.toolkit.fluxcd.io", "kustomizations", READ, "what was synced, and how it went"),
    everywhere("helm.toolkit.fluxcd.io", "helmreleases", READ, "what was synced, and how it went"),
    everywhere("source.toolkit.fluxcd.io", "gitrepositories", &["get"], "the repository, which reports tell"),
    everywhere("source.toolkit.fluxcd.io", "ocirepositories", &["get"], "the repository, which reports tell"),
    everywhere("source.toolkit.fluxcd.io", "helmrepositories", &["get"], "the repository, which reports tell"),
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
    everywhere("", "configmaps", &["get", "update"], "the accepted fragments")
        .only(&[keeper::ACCEPTED]).reaching(Reach::Own),
    everywhere("", "configmaps", &["get", "patch"], "the accepted fragments, where they are many")
        .only(PARTS).reaching(Reach::Own),
    everywhere("", "configmaps", &["get", "patch"], "the merged mapping")
        .only(&[keeper::MAPPING]).reaching(Reach::Own),
    everywhere("", "configmaps", &["list", "watch"], "the fragments of applications, whose names alone are read")
        .reaching(Reach::Listed),
];

/// What `controller render` may do.
#[rustfmt::skip] // one right is read as one paragraph
pub const RENDER_RIGHTS: &[Right] = &[
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
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{READ, RENDER_RIGHTS, REPORT_RIGHTS, Reach, Right};
    use crate::manifest::{Parsed, objects, split};

    fn all() -> impl Iterator<Item = &'static Right> {
        REPORT_RIGHTS.iter().chain(RENDER_RIGHTS)
    }

    #[test]
    fn nothing_is_asked_for_that_reaches_further() {
        const RESOURCES: [&str; 17] = [
            "applications",
            "kustomizations",
            "helmreleases",
            "entities",
            "clusterentities",
            "entities/status",
            "clusterentities/status",
            "customresourcedefinitions",
            "glintrenders",
            "glintrenders/status",
            "gitrepositories",
            "ocirepositories",
            "helmrepositories",
            "buckets",
            "externalartifacts",
            "externalartifacts/status",
            "events",
        ];
        const OWN: [&str; 2] = ["leases", "configmaps"];
        const VERBS: [&str; 7] = [
            "get", "list", "watch", "create", "update", "patch", "delete",
        ];
        for right in all() {
            let known: &[&str] = match right.reach {
                Reach::Cluster => &RESOURCES,
                Reach::Own | Reach::Listed => &OWN,
            };
            assert!(known.contains(&right.resource), "{right:?}");
            let has_known_verbs = right.verbs.iter().all(|verb| VERBS.contains(verb));
            assert!(has_known_verbs, "{right:?}");
        }
    }

    #[test]
    fn a_host_s_own_objects_are_only_read() {
        const HOSTS: [&str; 3] = [
            "argoproj.io",
            "kustomize.toolkit.fluxcd.io",
            "helm.toolkit.fluxcd.io",
        ];
        const SOURCES: [&str; 4] = [
            "gitrepositories",
            "ocirepositories",
            "helmrepositories",
            "buckets",
        ];
        for right in all() {
            let is_hosts = HOSTS.contains(&right.group) || SOURCES.contains(&right.resource);
            let is_read = right.verbs.iter().all(|verb| READ.contains(verb));
            assert!(!is_hosts || is_read, "{right:?}");
        }
    }

    #[test]
    fn what_is_made_can_not_be_named() {
        for right in all().filter(|right| right.verbs.contains(&"create")) {
            assert!(right.names.is_empty(), "{right:?}");
        }
    }

    /// A right to one thing: where, to what, by which name, to do what.
    type Grant = (Reach, String, String, String, String);

    fn listed(rights: &[Right]) -> BTreeSet<Grant> {
        let mut grants = BTreeSet::new();
        for right in rights {
            let names = match right.names {
                [] => &[""],
                names => names,
            };
            for (name, verb) in names
                .iter()
                .flat_map(|name| right.verbs.iter().map(move |verb| (name, verb)))
            {
                let [group, resource, name, verb] =
                    [right.group, right.resource, name, verb].map(str::to_owned);
                grants.insert((right.reach, group, resource, name, verb));
            }
        }
        grants
    }

    /// What a shipped file grants to its service account, or leaves to be granted.
    fn shipped(path: &str) -> BTreeSet<Grant> {
        let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read(path).unwrap();
        let documents: Vec<Value> = split(&text)
            .unwrap()
            .into_iter()
            .flat_map(|document| {
                let parsed = Parsed::read(&text[document.range], document.notation);
                objects(&parsed.unwrap()).unwrap()
            })
            .collect();
        let bound: BTreeSet<&str> = documents
            .iter()
            .filter(|it| it["kind"] == "ClusterRoleBinding")
            .filter_map(|it| it["roleRef"]["name"].as_str())
            .collect();
        let mut grants = BTreeSet::new();
        for role in &documents {
            let name = role["metadata"]["name"].as_str().unwrap();
            let reach = match role["kind"].as_str().unwrap() {
                "ClusterRole" if bound.contains(name) => Reach::Cluster,
                "ClusterRole" => Reach::Listed,
                "Role" => Reach::Own,
                _ => continue,
            };
            for rule in role["rules"].as_array().unwrap() {
                add(&mut grants, reach, rule);
            }
        }
        grants
    }

    fn add(grants: &mut BTreeSet<Grant>, reach: Reach, rule: &Value) {
        let words = |key: &str| -> Vec<String> {
            let words = rule[key].as_array().cloned().unwrap_or_default();
            let words = words.iter().map(|word| word.as_str().unwrap().to_owned());
            words.collect()
        };
        let names = match words("resourceNames") {
            names if names.is_empty() => vec![String::new()],
            names => names,
        };
        for group in words("apiGroups") {
            for resource in words("resources") {
                for name in &names {
                    for verb in words("verbs") {
                        let (group, resource) = (group.clone(), resource.clone());
                        grants.insert((reach, group, resource, name.clone(), verb));
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_shipped_grants_this_and_nothing_more() {
        for (path, rights) in [
            ("flux/report/rbac.yaml", REPORT_RIGHTS),
            ("argocd/controller/rbac.yaml", REPORT_RIGHTS),
            ("flux/render/rbac.yaml", RENDER_RIGHTS),
        ] {
            assert_eq!(shipped(path), listed(rights), "{path}");
        }
    }
}
