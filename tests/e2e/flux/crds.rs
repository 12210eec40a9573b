//! The CRDs come with the first Kustomization that has entities, and nothing
//! that happens to one of them takes them away or changes them.

use std::sync::OnceLock;

use serde_json::json;

use super::Flux;
use super::fixture::Gate;
use super::kustomization::inventory;
use crate::cluster::{Cluster, condition};
use crate::streams::post_render;

/// Flux on a cluster where nobody has installed Glint's CRDs. Each test that brings
/// some has an API group of its own.
pub(super) fn flux() -> &'static Flux<'static> {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    static FLUX: OnceLock<Flux<'static>> = OnceLock::new();
    FLUX.get_or_init(|| Flux::on(CLUSTER.get_or_init(Cluster::start), Gate::Open))
}

/// A service by its name, for Flux.
fn service(group: &str, name: &str, namespace: &str) -> String {
    format!(
        "apiVersion: {group}/v1
kind: Entity
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{blueprint: service, identifier: {name}}}
"
    )
}

#[test]
fn crds_come_in_one_go_with_entities_and_outlive_their_kustomization() {
    let cluster = flux().cluster();
    let [first, second] = ["first", "second"].map(|name| flux().kustomization_in("outlive", name));
    let entity = |name| service("getport.io", name, "outlive");
    let stream = |name| {
        post_render(
            "flux",
            &entity(name),
            &["--dialect=port", "--application", name],
        )
    };

    let revision = first.publish_stream(&stream("ledger"));
    let state = first.apply(json!({"wait": true})).ready(&revision);
    assert_eq!(
        inventory(&state),
        [
            "_clusterentities.getport.io_apiextensions.k8s.io_CustomResourceDefinition",
            "_entities.getport.io_apiextensions.k8s.io_CustomResourceDefinition",
            "outlive_glint-ledger-353cdf3c__ConfigMap",
            "outlive_ledger_getport.io_Entity",
        ]
    );
    let healthy = condition(&state, "Healthy").expect("it waited");
    assert_eq!(healthy["status"], "True", "{healthy:#}");
    let crds = || {
        let crds = ["entities.getport.io", "clusterentities.getport.io"];
        crds.map(|crd| cluster.get("crds", "", crd).expect("the CRD is there"))
    };
    let brought = crds();
    for crd in &brought {
        let metadata = &crd["metadata"];
        assert_eq!(
            metadata["annotations"],
            json!({
                "argocd.argoproj.io/sync-options": "ServerSideApply=true,Prune=false,Delete=false",
                "gitops.glint.io/crd-version": "1",
                "helm.sh/resource-policy": "keep",
                "kustomize.toolkit.fluxcd.io/prune": "disabled",
                "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent",
                "kustomize.toolkit.fluxcd.io/substitute": "disabled",
            })
        );
        let owner = &metadata["labels"]["kustomize.toolkit.fluxcd.io/name"];
        assert_eq!(*owner, "first");
    }

    // Another Kustomization brings them, too, and of another version.
    let newer = stream("pay").replace("crd-version: \"1\"", "crd-version: \"2\"");
    let newer = newer.replace("An entity of the catalog", "A thing of the catalog");
    let revision = second.publish_stream(&newer);
    second.apply(json!({})).ready(&revision);
    assert_eq!(crds(), brought);

    // The first one's artifact no longer has them.
    let without = post_render(
        "flux",
        &entity("ledger"),
        &["--dialect=port", "--application=ledger", "--crds=never"],
    );
    let revision = first.publish_stream(&without);
    let state = first.ready(&revision);
    assert_eq!(
        inventory(&state),
        [
            "outlive_glint-ledger-353cdf3c__ConfigMap",
            "outlive_ledger_getport.io_Entity"
        ]
    );
    assert_eq!(crds(), brought);
    assert_eq!(
        cluster.names("entities.getport.io", "outlive"),
        ["ledger", "pay"]
    );

    first.delete();
    assert_eq!(crds(), brought);
    assert_eq!(cluster.names("entities.getport.io", "outlive"), ["pay"]);
    second.delete();
    assert_eq!(crds(), brought);
}

/// What the annotations are for.
#[test]
fn crds_without_our_annotations_go_and_take_the_entities_of_all() {
    let cluster = flux().cluster();
    let [first, second] = ["first", "second"].map(|name| flux().kustomization_in("bare", name));
    let stream = |name| {
        let stream = post_render(
            "flux",
            &service("glint.io", name, "bare"),
            &["--application", name],
        );
        let stream = stream.replace("glint.io", "bare.example.com");
        let ours = |line: &&str| {
            !line
                .trim_start()
                .starts_with("kustomize.toolkit.fluxcd.io/")
        };
        let lines: Vec<_> = stream.lines().filter(ours).collect();
        lines.join("\n")
    };
    for (kustomization, name) in [(first, "ledger"), (second, "pay")] {
        let revision = kustomization.publish_stream(&stream(name));
        kustomization.apply(json!({})).ready(&revision);
    }
    second.delete();
    // An API server ends a CRD only after the last of its objects.
    cluster.wait_gone("crds", "", "entities.bare.example.com");
    let ready = condition(&first.get(), "Ready").expect("it was ready")["status"].clone();
    assert_eq!(ready, "True");
}

#[test]
fn external_artifacts_are_refused_where_their_gate_is_closed() {
    let flux = Flux::on(flux().cluster(), Gate::Closed);
    let pay = flux.kustomization("closed");
    pay.publish_stream(&post_render(
        "flux",
        &service("glint.io", "pay", "closed"),
        &[],
    ));
    assert_eq!(
        pay.apply(json!({})).failed("AccessDenied"),
        "can't access 'ExternalArtifact/closed/closed', ExternalArtifact feature gate is disabled"
    );
}

#[test]
fn a_kustomization_says_that_nobody_has_installed_the_crds() {
    let pay = flux().kustomization("missing");
    let stream = post_render(
        "flux",
        &service("glint.io", "pay", "missing"),
        &["--crds", "never"],
    );
    // A group that no other test brings.
    pay.publish_stream(&stream.replace("glint.io/v1", "missing.example.com/v1"));
    assert_eq!(
        pay.apply(json!({})).failed("ReconciliationFailed"),
        "Entity/missing/pay dry-run failed: no matches for kind \"Entity\" in version \
         \"missing.example.com/v1\"\n"
    );
}
