//! Charts: `source.helm`, and the parameters that stand for it.

use serde_json::{Value, json};

use super::{Parity, plugin};

/// What a template can ask Helm for.
const RELEASE: &str = "tests/e2e/argocd/fixtures/release";

/// What that chart gives. Of four hooks the first is one that Helm knows no more.
const RELEASE_OBJECTS: &str = "ConfigMap/APP-release
    CustomResourceDefinition/parts.example.com
    CustomResourceDefinition/things.example.com
    CustomResourceDefinition/wholes.example.com
    Entity/APP-release
    Job/APP-release-1 Job/APP-release-2 Job/APP-release-3
    Secret/APP-release";

/// Hooks, a test, a CRD, a subchart with a condition, notes.
const CHECKOUT: &str = "tests/renderers/fixtures/chart";

#[test]
fn the_shop_chart_is_what_argo_cd_makes_of_it() {
    let shop = Parity::new("parity-shop-helm").copy("examples/shop-helm");
    let expected = "ClusterEntity/team-commerce ClusterEntity/team-storefront
        Deployment/APP-cache Deployment/APP-checkout Deployment/APP-search-api
        Entity/checkout Entity/search-api Entity/shop-cache Entity/system-shop Entity/web
        Job/APP-migration
        Service/APP-cache Service/APP-checkout Service/APP-search-api";
    shop.check(&json!({}), &json!({}), expected);
    shop.check(
        &json!({"helm": {"valueFiles": ["values-production.yaml"]}}),
        &json!({"values-files": ["values-production.yaml"]}),
        expected,
    );
}

#[test]
fn a_release_keeps_its_name_its_namespace_and_what_it_knows_of_the_cluster() {
    let release = Parity::new("parity-release").copy(RELEASE);
    release.check(&json!({}), &json!({}), RELEASE_OBJECTS);
    release.check(
        &json!({"helm": {"releaseName": "other", "namespace": "elsewhere"}}),
        &json!({"release-name": "other", "namespace": "elsewhere"}),
        &RELEASE_OBJECTS.replace("APP", "other"),
    );
    release.check(
        &json!({"helm": {"kubeVersion": "1.31.2", "apiVersions": ["example.com/v1"]}}),
        &json!({"kube-version": "1.31.2", "api-versions": ["example.com/v1"]}),
        RELEASE_OBJECTS,
    );
}

#[test]
fn a_release_keeps_its_name_when_its_application_lives_with_its_team() {
    Parity::new("parity-team")
        .within("parity-teams")
        .copy(RELEASE)
        .check(&json!({}), &json!({}), RELEASE_OBJECTS);
}

#[test]
fn helm_parameters_mean_what_they_meant() {
    let release = Parity::new("parity-parameters").copy(RELEASE);
    let values = json!({
        "number": "12345678",
        "zeros": "0012",
        "version": "1.10",
        "float": "1e3",
        "flag": "true",
        "secret": "null",
        "empty": "",
        "word": "yes",
        "comma": "a,b=c",
        "escaped": r"a\,b",
        "quoted": "with spaces, \"quotes\" and \\backslashes\\",
        "dash": "-x",
        "list": "{a,b}",
        "deep.below[1].name": "x",
        r"some\.dotted/key": "x",
        "replicas": "3",
        "hosts": "{a.example.com,b.example.com}",
    });
    for values in [
        values,
        json!({"flag": "1e3", "hosts": "{}"}),
        json!({"flag": "12", "hosts[0]": "a"}),
    ] {
        release.check(
            &json!({"helm": {"parameters": parameters(&values)}}),
            &json!({"parameters": values}),
            RELEASE_OBJECTS,
        );
    }
}

#[test]
fn values_files_are_found_and_win_as_they_did() {
    let release = Parity::new("parity-values")
        .copy(RELEASE)
        .file("app/values-last.yaml", "replicas: 5\nflag: 1_000\n")
        .file(
            "shared/all.yaml",
            "replicas: 7\nhosts: [shared.example.com]\n",
        );
    for files in [
        json!(["values-cluster.yaml", "values-last.yaml"]),
        json!(["values-last.yaml", "values-cluster.yaml"]),
        json!(["../shared/all.yaml", "values-last.yaml"]),
        json!(["values-last.yaml", "/shared/all.yaml"]),
    ] {
        release.check(
            &json!({"helm": {
                "valueFiles": files,
                "parameters": parameters(&json!({"secret": "9"})),
            }}),
            &json!({"values-files": files, "parameters": {"secret": "9"}}),
            RELEASE_OBJECTS,
        );
    }
}

#[test]
fn hooks_tests_crds_and_subcharts_stay() {
    let checkout = Parity::new("parity-hooks").copy(CHECKOUT);
    checkout.check(
        &json!({}),
        &json!({}),
        "ConfigMap/APP CustomResourceDefinition/things.example.com Deployment/APP Entity/APP
        Job/APP-migrate Pod/APP-reachable",
    );
    checkout.check(
        &json!({"helm": {
            "valueFiles": ["values-prod.yaml"],
            "parameters": parameters(&json!({"image.tag": "2.0"})),
        }}),
        &json!({"values-files": ["values-prod.yaml"], "parameters": {"image.tag": "2.0"}}),
        "ClusterEntity/payments ClusterEntity/shop ConfigMap/APP
        CustomResourceDefinition/things.example.com
        Deployment/APP Deployment/APP-worker Entity/APP Entity/APP-worker
        Job/APP-migrate Pod/APP-reachable",
    );
}

#[test]
fn a_dependency_in_the_repository_is_built() {
    let chart = "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n  \
        - {name: library, version: 0.1.0, repository: 'file://../library'}\n";
    let library = "apiVersion: v2\nname: library\nversion: 0.1.0\n";
    let template =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-library'}\n";
    Parity::new("parity-dependency")
        .copy("tests/renderers/fixtures/hooks")
        .file("app/Chart.yaml", chart)
        .file("library/Chart.yaml", library)
        .file("library/templates/map.yaml", template)
        .check(
            &json!({}),
            &json!({}),
            "ConfigMap/APP-library Job/APP-migrate Service/APP",
        );
}

#[test]
fn argo_cds_variables_in_helm_parameters_are_put_in_as_they_were() {
    let value = "$ARGOCD_APP_NAME ${ARGOCD_APP_NAMESPACE} $ARGOCD_APP_PROJECT_NAME \
        $ARGOCD_APP_REVISION_SHORT $ARGOCD_APP_SOURCE_PATH $ARGOCD_APP_SOURCE_REPO_URL \
        $$ $UNKNOWN.";
    Parity::new("parity-variables")
        .copy(RELEASE)
        .file("app/values-parity-variables.yaml", "replicas: 6\n")
        .check(
            &json!({"helm": {
                "valueFiles": ["values-$ARGOCD_APP_NAME.yaml"],
                "parameters": parameters(&json!({"flag": value})),
            }}),
            &json!({
                "values-files": ["values-$ARGOCD_APP_NAME.yaml"],
                "parameters": {"flag": value},
            }),
            RELEASE_OBJECTS,
        );
}

#[test]
fn values_and_texts_written_in_the_application_move_into_a_values_file() {
    let values = "replicas: 4\nhosts: [a.example.com]\nflag: \"12345678\"\n";
    Parity::new("parity-inline")
        .copy(RELEASE)
        .file("app/values-moved.yaml", values)
        .check(
            &json!({"helm": {
                "valuesObject": {"replicas": 4, "hosts": ["a.example.com"]},
                "parameters": [{"name": "flag", "value": "12345678", "forceString": true}],
            }}),
            &json!({"values-files": ["values-moved.yaml"]}),
            RELEASE_OBJECTS,
        );
}

#[test]
fn values_files_by_a_pattern_or_missing_are_refused_with_their_name() {
    let release = Parity::new("parity-pattern").copy(RELEASE);
    release.check(
        &json!({"helm": {"valueFiles": ["values-c*.yaml", "absent.yaml"], "ignoreMissingValueFiles": true}}),
        &json!({"values-files": ["values-cluster.yaml"]}),
        RELEASE_OBJECTS,
    );
    for name in ["values-c*.yaml", "absent.yaml"] {
        release.check_refusal(
            &json!({"values-files": [name]}),
            &format!("the values file `{name}` is not in `app`; name it relative to the chart"),
        );
    }
}

#[test]
fn crds_and_tests_that_source_helm_skips_can_not_be_skipped_yet() {
    let checkout = Parity::new("parity-skips").copy(CHECKOUT);
    let names = |members| checkout.names(&members);
    assert_eq!(
        names(json!({"helm": {"skipCrds": true, "skipTests": true}})),
        "ConfigMap/APP Deployment/APP Entity/APP Job/APP-migrate"
    );
    assert_eq!(
        names(plugin(&json!({"mapping": "none"}))),
        "ConfigMap/APP CustomResourceDefinition/things.example.com \
         Deployment/APP Entity/APP Job/APP-migrate Pod/APP-reachable"
    );
}

#[test]
fn a_schema_refuses_what_it_refused() {
    let says = "at '/replicas': minimum: got 0, want 1";
    Parity::new("parity-schema").copy(RELEASE).check_refused(
        &json!({"helm": {"parameters": parameters(&json!({"replicas": "0"}))}}),
        &json!({"parameters": {"replicas": "0"}}),
        [says, says],
    );
}

/// Helm parameters by name as `source.helm` lists them.
fn parameters(values: &Value) -> Vec<Value> {
    let values = values.as_object().expect("values by name");
    values
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}
