//! Kustomizations. Argo CD takes no `source.kustomize` beside a plugin; what an
//! Application said there moves into an overlay.

use serde_json::json;

use super::Parity;

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n";

#[test]
fn the_shop_kustomization_is_what_argo_cd_makes_of_it() {
    let shop = Parity::new("parity-shop-kustomize").copy("examples/shop-kustomize");
    let shop = shop.at("app/overlays/production");
    shop.check(
        &json!({}),
        &json!({}),
        "ClusterEntity/team-commerce ClusterEntity/team-storefront ConfigMap/checkout-g5g2mmk8km
        Deployment/checkout Deployment/web Entity/checkout Entity/system-shop Entity/web
        PodDisruptionBudget/checkout Service/checkout Service/web",
    );
    let shop = shop.at("app/overlays/staging");
    shop.check(
        &json!({}),
        &json!({}),
        "ConfigMap/staging-checkout-6k6fk7c5cm
        Deployment/staging-checkout Deployment/staging-web
        Entity/staging-checkout Entity/staging-system-shop Entity/staging-web
        Service/staging-checkout Service/staging-web",
    );
}

#[test]
fn prefixes_and_hashes_stay() {
    Parity::new("parity-names")
        .copy("tests/renderers/fixtures/kustomize")
        .at("app/overlays/prod")
        .check(
            &json!({}),
            &json!({}),
            "ClusterEntity/prod-shop ConfigMap/prod-settings-5bgdcb4hc5 Deployment/prod-checkout
            Entity/prod-checkout Secret/prod-token-d66d4f5bf8 Service/prod-checkout",
        );
}

#[test]
fn all_that_a_kustomization_can_say_stays() {
    Parity::new("parity-everything")
        .copy("tests/e2e/argocd/fixtures/everything")
        .check(
            &json!({}),
            &json!({}),
            "ClusterRoleBinding/blue-web-v2 ConfigMap/blue-fixed-v2
            ConfigMap/blue-settings-v2-thf4hm8dh7 Deployment/blue-web-v2 Entity/blue-web-v2
            HorizontalPodAutoscaler/blue-web-v2 PodDisruptionBudget/blue-web-v2
            Secret/blue-token-v2-d66d4f5bf8 Service/blue-web-v2 ServiceAccount/blue-web-v2
            Thing/blue-thing-v2",
        );
}

#[test]
fn each_name_of_a_kustomization_is_known() {
    for (name, file) in [
        ("parity-yml", "kustomization.yml"),
        ("parity-bare", "Kustomization"),
    ] {
        Parity::new(name)
            .file(
                &format!("app/{file}"),
                "resources: [map.yaml]\nnameSuffix: -v2\n",
            )
            .file("app/map.yaml", MAP)
            .check(&json!({}), &json!({}), "ConfigMap/map-v2");
    }
}

#[test]
fn a_chart_beside_a_kustomization_yields() {
    Parity::new("parity-both")
        .copy("tests/renderers/fixtures/hooks")
        .file("app/kustomization.yaml", "resources: [map.yaml]\n")
        .file("app/map.yaml", MAP)
        .check(&json!({}), &json!({}), "ConfigMap/map");
}

#[test]
fn the_application_chooses_between_a_chart_and_a_kustomization() {
    let both = Parity::new("parity-choice")
        .copy("tests/renderers/fixtures/hooks")
        .file("app/kustomization.yaml", "resources: [map.yaml]\n")
        .file("app/map.yaml", MAP);
    both.check(
        &json!({"helm": {"releaseName": "chosen"}}),
        &json!({"renderer": "helm", "release-name": "chosen"}),
        "Job/chosen-migrate Service/chosen",
    );
}

#[test]
fn what_the_application_said_moves_into_an_overlay() {
    let overlay = r#"resources: [../app/base]
namePrefix: blue-
nameSuffix: -v2
namespace: elsewhere
images:
  - {name: registry.example.com/checkout, newName: mirror.example.com/checkout, newTag: "2.0"}
replicas: [{name: checkout, count: 4}]
labels: [{pairs: {team: shop}, includeSelectors: true}]
commonAnnotations: {example.com/owner: shop}
patches:
  - target: {kind: Deployment}
    patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
"#;
    Parity::new("parity-overlay")
        .copy("tests/renderers/fixtures/kustomize")
        .at("app/base")
        .file("moved/kustomization.yaml", overlay)
        .moved_to("moved")
        .check(
            &json!({"kustomize": {
                "namePrefix": "blue-",
                "nameSuffix": "-v2",
                "namespace": "elsewhere",
                "images": ["registry.example.com/checkout=mirror.example.com/checkout:2.0"],
                "replicas": [{"name": "checkout", "count": 4}],
                "commonLabels": {"team": "shop"},
                "commonAnnotations": {"example.com/owner": "shop"},
                "patches": [{
                    "target": {"kind": "Deployment"},
                    "patch": r#"[{"op": "add", "path": "/spec/paused", "value": true}]"#,
                }],
            }}),
            &json!({}),
            "Deployment/blue-checkout-v2 Entity/blue-checkout-v2 Service/blue-checkout-v2",
        );
}

#[test]
fn helm_in_a_kustomization_is_refused_as_it_was() {
    Parity::new("parity-inflate")
        .file(
            "app/kustomization.yaml",
            "helmCharts: [{name: web, releaseName: web}]\n",
        )
        .file(
            "app/charts/web/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 0.1.0\n",
        )
        .check_refused(
            &json!({}),
            &json!({}),
            [
                "must specify --enable-helm",
                "`app/kustomization.yaml` inflates a Helm chart, which kustomize does only with \
                 `--enable-helm`; render the chart on its own, or commit what it renders",
            ],
        );
}
