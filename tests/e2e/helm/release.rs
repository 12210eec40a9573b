//! What a release brings, changes and takes away.

use serde_json::{Value, json};

use super::{CHART, Helm, fragments};
use crate::cluster::Cluster;

#[test]
fn entities_come_change_return_and_go_with_a_release() {
    for helm in Helm::each(Cluster::shared(), "release") {
        let crd = crd_uid(&helm);

        helm.rendered(&["install", "pay", CHART], &[]);
        check_first_revision(&helm);
        let manifest = helm.done(&["get", "manifest", "pay"]);
        let count = |part: &str| manifest.matches(part).count();
        assert_eq!(count("\n  name: glint-pay-"), 1, "{manifest}");
        // As we wrote it, or as Helm 4 writes it anew.
        let annotated = count("\n    \"gitops.glint.io/application\": \"pay\"")
            + count("\n    gitops.glint.io/application: pay");
        assert_eq!(annotated, 2, "{manifest}");

        let changed = ["--set=services.pay=java", "--set=services.ledger=null"];
        let upgrade = [&["upgrade", "pay", CHART], &changed[..]].concat();
        helm.rendered(&upgrade, &[]);
        assert_eq!(helm.names("entities"), ["pay"]);
        assert_eq!(
            entity(&helm, "pay")["spec"]["properties"],
            json!({"language": "java"})
        );

        // It applies what the first revision was; no renderer is asked.
        helm.done(&["rollback", "pay", "1"]);
        check_first_revision(&helm);

        helm.done(&["uninstall", "pay"]);
        assert_eq!(helm.names("entities"), Vec::<String>::new());
        assert_eq!(fragments(&helm), Vec::<String>::new());
        assert_eq!(crd_uid(&helm), crd);
    }
}

#[track_caller]
fn check_first_revision(helm: &Helm<'_>) {
    assert_eq!(helm.names("entities"), ["ledger", "pay"]);
    let pay = entity(helm, "pay");
    assert_eq!(pay["spec"]["properties"], json!({"language": "go"}));
    assert_eq!(
        pay["metadata"]["annotations"],
        json!({
            "gitops.glint.io/application": "pay",
            "meta.helm.sh/release-name": "pay",
            "meta.helm.sh/release-namespace": helm.namespace(),
        })
    );
    let fragments = fragments(helm);
    assert_eq!(fragments.len(), 1, "{fragments:?}");
    let map = helm
        .cluster()
        .get("configmaps", helm.namespace(), &fragments[0]);
    let map = map.expect("it is there");
    let fragment = map["data"]["fragment.json"].as_str().expect("text");
    let fragment: Value = serde_json::from_str(fragment).expect("JSON");
    assert!(fragment.to_string().contains("\"service\""), "{fragment}");
}

#[track_caller]
fn entity(helm: &Helm<'_>, name: &str) -> Value {
    let found = helm.cluster().get("entities", helm.namespace(), name);
    found.expect("it is there")
}

#[track_caller]
fn crd_uid(helm: &Helm<'_>) -> Value {
    let crd = helm.cluster().get("crds", "", "entities.glint.io");
    crd.expect("it is there")["metadata"]["uid"].clone()
}

#[test]
fn a_chart_that_renders_nothing_is_released() {
    for helm in Helm::each(Cluster::shared(), "nothing") {
        let nothing = ["--set=services=null", "--set=workload=false"];
        let install = [&["install", "pay", CHART], &nothing[..]].concat();
        helm.rendered(&install, &[]);
        assert_eq!(helm.names("configmaps"), Vec::<String>::new());
    }
}
