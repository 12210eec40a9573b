//! A cluster of any number of applications, and a catalog that holds what they declare:
//! for what is measured as the number grows.
//!
//! Of each five Applications there is one Kustomization, and each of either declares ten
//! entities among its resources. All of them are written down when they are read.

use glint_gitops::{LocalOptions, LocalSandbox};
use serde_json::{Value, json};

use crate::delivery_loop::generic;
use crate::fake::store::Identity;
use crate::fake::{FakeCluster, Kind, kind};
use crate::report_syncs::catalog_with;

/// How many entities an application declares.
pub(crate) const ENTITIES: usize = 10;

/// How many resources an application of about 100 kB has, those included.
pub(crate) const RESOURCES: usize = 300;

/// How the exporter calls itself.
const EXPORTER: &str = "port-k8s-exporter/^0.3.4 (statekey/glint)";

/// A catalog takes so long to answer.
const LATENCY: &str = "latency=20ms";

const REVISION: &str = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";

/// The cluster and the catalog.
pub(crate) struct World {
    pub(crate) cluster: FakeCluster,
    pub(crate) catalog: LocalSandbox,
    pub(crate) applications: usize,
    pub(crate) kustomizations: usize,
}

impl World {
    /// Applications in this number, and of so many resources each.
    pub(crate) fn of(applications: usize, resources: usize) -> Self {
        let kustomizations = applications.div_ceil(5);
        let cluster = FakeCluster::start();
        let [apps, teams] = [names("shop", applications), names("team", kustomizations)];
        let owners = apps.iter().chain(&teams);
        let entities: Vec<String> = owners.flat_map(|it| entities_of(it)).collect();
        serve(
            &cluster,
            kind::APPLICATION,
            "argocd",
            apps,
            application(resources),
        );
        serve(
            &cluster,
            kind::KUSTOMIZATION,
            "flux-system",
            teams,
            kustomization(resources),
        );
        let write = |it: &Identity| entity(&it.name, &metadata(it, &annotations(&it.name)));
        let keys = entities
            .iter()
            .map(|name| ("shop".to_owned(), name.clone()));
        cluster.install_lazily(kind::ENTITY, keys, write);
        cluster.install(kind::CLUSTER_ENTITY);
        cluster.install(kind::GIT_REPOSITORY);
        cluster.put(json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": {"namespace": "flux-system", "name": "fleet"},
            "spec": {"url": "https://github.com/shop/fleet", "ref": {"branch": "main"}},
        }));
        Self {
            catalog: filled(&entities),
            cluster,
            applications,
            kustomizations,
        }
    }

    /// How many of both.
    pub(crate) fn targets(&self) -> usize {
        self.applications + self.kustomizations
    }

    /// How many entities they declare in all.
    pub(crate) fn entities(&self) -> usize {
        ENTITIES * self.targets()
    }
}

fn names(of: &str, count: usize) -> Vec<String> {
    (0..count).map(|it| format!("{of}-{it:05}")).collect()
}

/// The names of an application's entities, which are their identifiers too.
fn entities_of(owner: &str) -> impl Iterator<Item = String> + use<> {
    let owner = owner.to_owned();
    (0..ENTITIES).map(move |it| format!("{owner}-service-{it}"))
}

/// Serves objects of a template, in which `OWNER` stands for their name.
fn serve(cluster: &FakeCluster, kind: Kind, namespace: &str, names: Vec<String>, template: Value) {
    let template = template.to_string();
    let names = names.into_iter().map(|name| (namespace.to_owned(), name));
    cluster.install_lazily(kind, names, move |it| {
        let object = template.replace("\"METADATA\"", &metadata(it, &json!({})));
        object.replace("OWNER", &it.name)
    });
}

fn metadata(identity: &Identity, annotations: &Value) -> String {
    identity.metadata(&json!({}), annotations)
}

/// A name of a resource that is as long as they are.
fn resource(index: usize) -> String {
    match index < ENTITIES {
        true => format!("OWNER-service-{index}"),
        false => format!("a-rather-long-name-of-a-resource-{index:04}"),
    }
}

fn application(resources: usize) -> Value {
    let of_index = |index: usize| {
        let (group, name) = match index < ENTITIES {
            true => ("glint.io", "Entity"),
            false => ("apps", "Deployment"),
        };
        json!({
            "group": group, "version": "v1", "kind": name, "namespace": "shop",
            "name": resource(index), "status": "Synced", "health": {"status": "Healthy"},
        })
    };
    let resources: Vec<Value> = (0..resources).map(of_index).collect();
    let synced = resources.iter().map(|resource| {
        let mut resource = resource.clone();
        resource["message"] = json!("deployment.apps/a-rather-long-name-of-a-resource unchanged");
        resource["syncPhase"] = json!("Sync");
        resource
    });
    let synced: Vec<Value> = synced.collect();
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": "METADATA",
        "spec": {
            "source": {"repoURL": "https://github.com/shop/apps", "path": "OWNER"},
            "destination": {"server": "https://kubernetes.default.svc"},
        },
        "status": {
            "sync": {"status": "Synced", "revision": REVISION},
            "health": {"status": "Healthy"},
            "resources": resources,
            "history": (0..10).map(|id| json!({
                "id": id, "revision": REVISION,
                "deployStartedAt": format!("2020-11-23T10:{id:02}:00Z"),
                "deployedAt": format!("2020-11-23T10:{id:02}:05Z"),
            })).collect::<Vec<_>>(),
            "operationState": {
                "phase": "Succeeded",
                "startedAt": "2020-11-23T10:09:00Z",
                "finishedAt": "2020-11-23T10:09:05Z",
                "syncResult": {"revision": REVISION, "resources": synced},
            },
        },
    })
}

fn kustomization(resources: usize) -> Value {
    let revision = format!("main@sha1:{REVISION}");
    let entry = |index: usize| match index < ENTITIES {
        true => json!({"id": format!("shop_{}_glint.io_Entity", resource(index)), "v": "v1"}),
        false => json!({"id": format!("shop_{}_apps_Deployment", resource(index)), "v": "v1"}),
    };
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": "METADATA",
        "spec": {
            "interval": "10m", "path": "./OWNER", "prune": true,
            "sourceRef": {"kind": "GitRepository", "name": "fleet"},
        },
        "status": {
            "observedGeneration": 1,
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "ReconciliationSucceeded",
                "message": format!("Applied revision: {revision}"),
                "lastTransitionTime": "2020-11-23T10:09:05Z",
            }],
            "history": [{
                "digest": format!("sha256:{}", "4".repeat(64)),
                "firstReconciled": "2020-11-23T10:09:00Z",
                "lastReconciled": "2020-11-23T10:09:05Z",
                "lastReconciledDuration": "283ms",
                "lastReconciledStatus": "ReconciliationSucceeded",
                "totalReconciliations": 1,
                "metadata": {"revision": revision},
            }],
            "inventory": {"entries": (0..resources).map(entry).collect::<Vec<_>>()},
            "lastAppliedRevision": revision,
            "lastAttemptedRevision": revision,
        },
    })
}

/// What Git and the render step say of an entity, of the usual length.
fn annotations(name: &str) -> Value {
    let (owner, _) = name.split_once("-service").unwrap_or_default();
    json!({
        "glint.io/title": title(name),
        "gitops.glint.io/application": owner,
        "gitops.glint.io/project": "default",
        "gitops.glint.io/renderer": "kustomize",
        "gitops.glint.io/source-path": format!("apps/{owner}/overlays/production"),
        "gitops.glint.io/source-repo": "https://github.com/shop/apps",
        "argocd.argoproj.io/tracking-id": format!("{owner}:glint.io/Entity:shop/{name}"),
        "argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true",
    })
}

fn title(name: &str) -> String {
    format!("The service {name}")
}

fn properties(name: &str) -> Value {
    json!({
        "tier": 1, "language": "rust", "lifecycle": "production",
        "url": format!("https://{name}.shop.example.com"),
        "runbook": format!("https://wiki.example.com/runbooks/{name}"),
        "description": format!("Takes what comes to {name}, and hands it on once it is paid"),
    })
}

fn relations() -> Value {
    json!({"system": "shop"})
}

fn entity(name: &str, metadata: &str) -> String {
    let object = json!({
        "apiVersion": "glint.io/v1", "kind": "Entity", "metadata": "METADATA",
        "spec": {
            "blueprint": "service", "identifier": name,
            "properties": properties(name), "relations": relations(),
        },
    });
    object.to_string().replace("\"METADATA\"", metadata)
}

/// A catalog with the exporter's mapping, to which it has sent all of the entities.
fn filled(entities: &[String]) -> LocalSandbox {
    let catalog = catalog_with(LocalOptions {
        faults: LATENCY.to_owned(),
        ..LocalOptions::default()
    });
    let text = json!({"type": "string"});
    let blueprints = [
        json!({"identifier": "system", "title": "System", "schema": {"properties": {}}}),
        json!({
            "identifier": "service", "title": "Service",
            "schema": {"required": [], "properties": {
                "tier": {"type": "number"}, "language": text, "lifecycle": text,
                "url": text, "runbook": text, "description": text,
            }},
            "relations": {"system": {"target": "system", "required": false, "many": false}},
        }),
    ];
    catalog.seed_as(
        "test",
        &blueprints,
        &[("system", json!({"identifier": "shop"}))],
    );
    let integration = json!({
        "installationId": "glint", "installationAppType": "K8S EXPORTER", "config": generic(),
    });
    let call = |line: &str, body: Value| {
        let (status, answer) = catalog.call_as(EXPORTER, line, Some(body));
        assert!(status < 300, "{line}: {answer}");
    };
    call("POST /v1/integration", integration);
    for names in entities.chunks(20) {
        let bodies = names.iter().map(|name| {
            json!({
                "identifier": name, "title": title(name),
                "properties": properties(name), "relations": relations(),
            })
        });
        let body = json!({"entities": bodies.collect::<Vec<_>>()});
        call(
            "POST /v1/blueprints/service/entities/bulk?upsert=true",
            body,
        );
    }
    catalog
}
