//! The examples, as they come from each of their renderers.

use serde_json::{Value, json};

use super::Flux;
use super::fixture::Gate;
use super::kustomization::inventory;
use crate::cluster::Cluster;
use crate::streams::render;

const CRDS: [&str; 2] = [
    "_clusterentities.glint.io_apiextensions.k8s.io_CustomResourceDefinition",
    "_entities.glint.io_apiextensions.k8s.io_CustomResourceDefinition",
];

#[test]
fn the_examples_bring_crds_and_entities_in_one_go() {
    let cluster = Cluster::start();
    let flux = Flux::on(&cluster, Gate::Open);
    cluster.namespace("shop");
    // The first of them brings the CRDs; none of them takes them away.
    check(
        &flux,
        "plain",
        "shop",
        json!({}),
        &[
            "_team-commerce_glint.io_ClusterEntity",
            "_team-storefront_glint.io_ClusterEntity",
            "shop_checkout__ConfigMap",
            "shop_checkout__Service",
            "shop_checkout_apps_Deployment",
            "shop_checkout_glint.io_Entity",
            "shop_checkout_networking.k8s.io_NetworkPolicy",
            "shop_glint-shop-ad7bb302__ConfigMap",
            "shop_search-api_glint.io_Entity",
            "shop_system-discovery_glint.io_Entity",
            "shop_system-shop_glint.io_Entity",
            "shop_web_glint.io_Entity",
        ],
    );
    check(
        &flux,
        "kustomize",
        "shop-kustomize/overlays/production",
        json!({}),
        &[
            "_team-commerce_glint.io_ClusterEntity",
            "_team-storefront_glint.io_ClusterEntity",
            "shop_checkout-g5g2mmk8km__ConfigMap",
            "shop_checkout__Service",
            "shop_checkout_apps_Deployment",
            "shop_checkout_glint.io_Entity",
            "shop_checkout_policy_PodDisruptionBudget",
            "shop_glint-production-293c2296__ConfigMap",
            "shop_system-shop_glint.io_Entity",
            "shop_web__Service",
            "shop_web_apps_Deployment",
            "shop_web_glint.io_Entity",
        ],
    );
    // A chart's objects state no namespace. Its hook is a plain object here.
    check(
        &flux,
        "helm",
        "shop-helm",
        json!({"targetNamespace": "shop"}),
        &[
            "_team-commerce_glint.io_ClusterEntity",
            "_team-storefront_glint.io_ClusterEntity",
            "shop_checkout_glint.io_Entity",
            "shop_glint-shop-helm-7d41da3c__ConfigMap",
            "shop_search-api_glint.io_Entity",
            "shop_shop-cache_glint.io_Entity",
            "shop_shop-helm-cache__Service",
            "shop_shop-helm-cache_apps_Deployment",
            "shop_shop-helm-checkout__Service",
            "shop_shop-helm-checkout_apps_Deployment",
            "shop_shop-helm-migration_batch_Job",
            "shop_shop-helm-search-api__Service",
            "shop_shop-helm-search-api_apps_Deployment",
            "shop_system-shop_glint.io_Entity",
            "shop_web_glint.io_Entity",
        ],
    );
}

/// Applies an example, again, and deletes it: Flux takes all of it, changes
/// nothing the second time, and leaves the CRDs.
#[track_caller]
fn check(flux: &Flux, name: &str, example: &str, spec: Value, objects: &[&str]) {
    let cluster = flux.cluster();
    let stream = render("flux", example, &[]);
    let shop = flux.kustomization(name);
    let revision = shop.publish_stream(&stream);
    let state = shop.apply(spec).ready(&revision);
    let crds = CRDS.iter().chain(objects).copied();
    assert_eq!(inventory(&state), crds.collect::<Vec<_>>(), "{example}");

    let versions = || {
        let versions = "custom-columns=:.kind,:.metadata.name,:.metadata.resourceVersion";
        let arguments = ["get", "--namespace=shop", "--filename=-", "--output"];
        cluster.done(&[&arguments[..], &[versions]].concat(), Some(&stream))
    };
    let before = versions();
    shop.reconcile();
    assert_eq!(versions(), before, "{example}");

    shop.delete();
    for kind in ["entities", "clusterentities", "configmaps", "deployments"] {
        assert!(cluster.names(kind, "shop").is_empty(), "{example}: {kind}");
    }
}
