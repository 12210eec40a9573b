//! Whose a fragment's ConfigMap is: what it says itself, and what proves it.
//!
//! Whoever may write a ConfigMap may write any annotation and label on it. So these
//! only say whom to ask: the Application, Kustomization or HelmRelease they name has to
//! list this very ConfigMap as one of its own, in this cluster. Invariant: without
//! that, no owner.

use std::fmt;

use serde_json::Value;

use super::sighting::MapKey;
use crate::catalog::Claimant;

/// `<app>:<group>/<kind>:<namespace>/<name>`, from Argo CD.
const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";

/// What a Kustomization and a HelmRelease sign their objects with.
const FLUX_LABELS: [(OwnerKind, &str); 2] = [
    (OwnerKind::Kustomization, "kustomize.toolkit.fluxcd.io"),
    (OwnerKind::HelmRelease, "helm.toolkit.fluxcd.io"),
];

/// What deploys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OwnerKind {
    /// Of Argo CD.
    Application,
    /// Of Flux.
    Kustomization,
    /// Of Flux.
    HelmRelease,
}

impl OwnerKind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Application, Self::Kustomization, Self::HelmRelease];

    /// The kind as it stands in a manifest.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Kustomization => "Kustomization",
            Self::HelmRelease => "HelmRelease",
        }
    }
}

/// One of them. Written as `Application/argocd/shop`, which is what the policy's
/// patterns match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    /// Its kind.
    pub kind: OwnerKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Owner {
    /// From its text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (kind, namespace, name) = (parts.next()?, parts.next()?, parts.next()?);
        let kind = OwnerKind::ALL.into_iter().find(|it| it.as_str() == kind)?;
        let is_whole = parts.next().is_none() && !namespace.is_empty() && !name.is_empty();
        is_whole.then(|| Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            namespace,
            name,
        } = self;
        write!(f, "{}/{namespace}/{name}", kind.as_str())
    }
}

/// How Argo CD marks what it manages (`application.resourceTrackingMethod`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tracking {
    /// By annotation, with or without a label beside it, which then says nothing.
    Annotation,
    /// By this label alone.
    Label(String),
}

/// How the hosts of this cluster are installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Homes {
    /// Argo CD's own namespace: an Application elsewhere is called
    /// `<namespace>_<name>`.
    pub argocd: String,
    /// Flux's own namespace, for which the same is done.
    pub flux: String,
    /// Argo CD's method.
    pub tracking: Tracking,
}

impl Homes {
    /// Whom the ConfigMap names as its owners. Nothing of that is proven.
    pub(super) fn named(&self, metadata: &Value, key: &MapKey) -> Vec<Owner> {
        let application = match &self.tracking {
            Tracking::Annotation => tracked(metadata, key),
            Tracking::Label(label) => metadata["labels"][label].as_str(),
        };
        let application = application.and_then(|it| self.application(it));
        let flux = FLUX_LABELS.into_iter().filter_map(|(kind, group)| {
            let part = |part: &str| {
                let label = metadata["labels"][format!("{group}/{part}")].as_str();
                label.filter(|it| is_name(it)).map(str::to_owned)
            };
            Some(Owner {
                kind,
                namespace: part("namespace")?,
                name: part("name")?,
            })
        });
        application.into_iter().chain(flux).collect()
    }

    /// No name of Kubernetes has an underscore.
    fn application(&self, named: &str) -> Option<Owner> {
        let (namespace, name) = named.split_once('_').unwrap_or((&self.argocd, named));
        (is_name(namespace) && is_name(name)).then(|| Owner {
            kind: OwnerKind::Application,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// On whose behalf the fragment's entities are declared, as the claims of the
    /// policy know it.
    pub(super) fn claimant(&self, owner: &Owner, project: Option<&str>, key: &MapKey) -> Claimant {
        let home = match owner.kind {
            OwnerKind::Application => &self.argocd,
            OwnerKind::Kustomization | OwnerKind::HelmRelease => &self.flux,
        };
        Claimant {
            project: project.map(str::to_owned),
            namespace: Some(key.namespace.clone()),
            application: Some(match owner.namespace == *home {
                true => owner.name.clone(),
                false => format!("{}_{}", owner.namespace, owner.name),
            }),
        }
    }
}

/// The application in a tracking id, if it is the id of this very object: one that was
/// copied with its annotations is not the application's (`GetAppInstance` of Argo CD).
fn tracked<'v>(metadata: &'v Value, key: &MapKey) -> Option<&'v str> {
    let id = metadata["annotations"][TRACKING_ID].as_str()?;
    let (application, object) = id.split_once(':')?;
    let MapKey { namespace, name } = key;
    (object == format!("/ConfigMap:{namespace}/{name}")).then_some(application)
}

/// What can be a part of an API's path, and nothing else.
fn is_name(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-.".contains(&it);
    let begins = text
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric);
    begins && text.len() <= 253 && text.bytes().all(is_plain)
}

/// What an owner's object says of the ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// It is one of its own.
    Owned {
        /// Argo CD's AppProject.
        project: Option<String>,
    },
    /// It is none of its own.
    NotListed,
    /// What it lists is in another cluster.
    Elsewhere,
    /// There is no such object.
    Absent,
}

impl Evidence {
    /// Reads the owner's object as the API server has it; none where it is not there.
    pub(crate) fn of(owner: &Owner, object: Option<&Value>, key: &MapKey) -> Self {
        let Some(object) = object else {
            return Self::Absent;
        };
        let (is_here, is_listed) = match owner.kind {
            OwnerKind::Application => (is_argocd_here(object), is_in_resources(object, key)),
            OwnerKind::Kustomization | OwnerKind::HelmRelease => (
                object["spec"]["kubeConfig"].is_null(),
                is_in_inventory(object, key),
            ),
        };
        let project = object["spec"]["project"].as_str();
        let project = project.filter(|_| owner.kind == OwnerKind::Application);
        match (is_here, is_listed) {
            (false, _) => Self::Elsewhere,
            (true, false) => Self::NotListed,
            (true, true) => Self::Owned {
                project: project.map(str::to_owned),
            },
        }
    }
}

/// Whether the destination is the cluster that Argo CD itself is in.
fn is_argocd_here(application: &Value) -> bool {
    let destination = &application["spec"]["destination"];
    destination["server"] == "https://kubernetes.default.svc" || destination["name"] == "in-cluster"
}

/// Whether the application wants it. What only carries its tracking id is listed, too,
/// as something to be pruned: that is what a forged one looks like.
fn is_in_resources(application: &Value, key: &MapKey) -> bool {
    let resources = application["status"]["resources"].as_array();
    resources.into_iter().flatten().any(|it| {
        let group = it["group"].as_str().unwrap_or_default();
        group.is_empty()
            && it["kind"] == "ConfigMap"
            && it["namespace"] == key.namespace.as_str()
            && it["name"] == key.name.as_str()
            && it["requiresPruning"] != true
    })
}

/// `<namespace>_<name>_<group>_<kind>`, where the core group is empty.
fn is_in_inventory(object: &Value, key: &MapKey) -> bool {
    let id = format!("{}_{}__ConfigMap", key.namespace, key.name);
    let entries = object["status"]["inventory"]["entries"].as_array();
    entries
        .into_iter()
        .flatten()
        .any(|it| it["id"] == id.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Evidence, Homes, Owner, Tracking};
    use crate::publish::keeper::MapKey;

    fn key() -> MapKey {
        MapKey {
            namespace: "shop".to_owned(),
            name: "glint-shop-0a1b2c3d".to_owned(),
        }
    }

    fn homes(tracking: Tracking) -> Homes {
        Homes {
            argocd: "argocd".to_owned(),
            flux: "flux-system".to_owned(),
            tracking,
        }
    }

    #[track_caller]
    fn check_named(metadata: Value, expected: &[&str]) {
        let named = homes(Tracking::Annotation).named(&metadata, &key());
        let named: Vec<String> = named.iter().map(ToString::to_string).collect();
        assert_eq!(named, expected, "{metadata}");
    }

    #[test]
    fn the_hosts_marks_name_owners() {
        let tracked = |id: &str| json!({"annotations": {"argocd.argoproj.io/tracking-id": id}});
        check_named(
            tracked("shop:/ConfigMap:shop/glint-shop-0a1b2c3d"),
            &["Application/argocd/shop"],
        );
        check_named(
            tracked("team-a_shop:/ConfigMap:shop/glint-shop-0a1b2c3d"),
            &["Application/team-a/shop"],
        );
        // Copied from another object.
        check_named(tracked("shop:/ConfigMap:shop/other"), &[]);
        check_named(
            tracked("shop:apps/Deployment:shop/glint-shop-0a1b2c3d"),
            &[],
        );
        // No part of a path may come from here.
        check_named(tracked("../x:/ConfigMap:shop/glint-shop-0a1b2c3d"), &[]);
        check_named(
            json!({"labels": {
                "kustomize.toolkit.fluxcd.io/name": "apps",
                "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                "helm.toolkit.fluxcd.io/name": "shop",
                "helm.toolkit.fluxcd.io/namespace": "shop",
            }}),
            &["Kustomization/flux-system/apps", "HelmRelease/shop/shop"],
        );
        check_named(
            json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}),
            &[],
        );
        check_named(json!({}), &[]);
    }

    #[test]
    fn the_label_counts_only_where_argo_cd_tracks_by_it() {
        let metadata = json!({"labels": {"app.kubernetes.io/instance": "shop"}});
        check_named(metadata.clone(), &[]);
        let homes = homes(Tracking::Label("app.kubernetes.io/instance".to_owned()));
        let named = homes.named(&metadata, &key());
        assert_eq!(named, [Owner::parse("Application/argocd/shop").unwrap()]);
    }

    #[track_caller]
    fn check(owner: &str, object: Option<Value>, expected: Evidence) {
        let owner = Owner::parse(owner).unwrap();
        let evidence = Evidence::of(&owner, object.as_ref(), &key());
        assert_eq!(evidence, expected, "{object:?}");
    }

    #[test]
    fn an_application_owns_what_it_wants_in_this_cluster() {
        let listed = json!({"version": "v1", "kind": "ConfigMap", "namespace": "shop",
            "name": "glint-shop-0a1b2c3d", "status": "Synced"});
        let application = |resource: Value| {
            json!({
                "spec": {"project": "team-shop",
                    "destination": {"server": "https://kubernetes.default.svc"}},
                "status": {"resources": [resource]},
            })
        };
        let owned = Evidence::Owned {
            project: Some("team-shop".to_owned()),
        };
        let check =
            |object: Value, expected| check("Application/argocd/shop", Some(object), expected);
        check(application(listed.clone()), owned);
        for (field, value) in [
            // Somebody put the tracking id on a ConfigMap that Git does not have.
            ("requiresPruning", json!(true)),
            ("group", json!("example.io")),
            ("kind", json!("Secret")),
            ("namespace", json!("other")),
            ("name", json!("other")),
        ] {
            let mut other = listed.clone();
            other[field] = value;
            check(application(other), Evidence::NotListed);
        }
        check(
            json!({"spec": application(listed.clone())["spec"]}),
            Evidence::NotListed,
        );
        let mut elsewhere = application(listed);
        elsewhere["spec"]["destination"] = json!({"server": "https://10.0.0.1"});
        check(elsewhere, Evidence::Elsewhere);
    }

    #[test]
    fn a_flux_object_owns_what_is_in_its_inventory() {
        let id = "shop_glint-shop-0a1b2c3d__ConfigMap";
        let object =
            |id: &str| json!({"status": {"inventory": {"entries": [{"id": id, "v": "v1"}]}}});
        for owner in ["Kustomization/flux-system/apps", "HelmRelease/shop/shop"] {
            check(owner, Some(object(id)), Evidence::Owned { project: None });
            check(
                owner,
                Some(object("shop_other__ConfigMap")),
                Evidence::NotListed,
            );
            check(owner, Some(json!({})), Evidence::NotListed);
            check(owner, None, Evidence::Absent);
            let mut elsewhere = object(id);
            elsewhere["spec"] = json!({"kubeConfig": {"secretRef": {"name": "spoke"}}});
            check(owner, Some(elsewhere), Evidence::Elsewhere);
        }
    }

    #[test]
    fn a_claimant_outside_its_hosts_own_namespace_is_called_by_both_names() {
        let homes = homes(Tracking::Annotation);
        let application = |owner: &str| {
            let owner = Owner::parse(owner).unwrap();
            homes.claimant(&owner, None, &key()).application.unwrap()
        };
        assert_eq!(application("Application/argocd/shop"), "shop");
        assert_eq!(application("Application/team-a/shop"), "team-a_shop");
        assert_eq!(application("Kustomization/flux-system/shop"), "shop");
        assert_eq!(application("Kustomization/argocd/shop"), "argocd_shop");
    }
}
