//! A chart, the real helm-controller, the cluster, the exporter, the catalog, and what is
//! reported of all that.

use serde_json::json;

use super::controller::CLUSTER;
use super::flux::Small;
use super::{delivered, runs, target, wait_for_target};
use crate::argocd::entity;
use crate::flux::HelmController;

const COMMIT: &str = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";

/// What Helm takes, and the API server does not.
const REFUSED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_A_Name}\n";

#[test]
fn a_chart_is_followed_through_helm_controller_into_the_catalog() {
    let cluster = Small::cluster();
    let mut small = Small::on(&cluster);
    let helm = HelmController::beside(&small.flux);
    let shop = helm.release("shop");
    let first = shop.publish("1.0.0", &[entity("pay", "go"), entity("web", "java")]);
    let commit = json!({"event.toolkit.fluxcd.io/commit": COMMIT});
    shop.apply(&commit).tried(&first, "True InstallSucceeded");
    delivered(&cluster, "shop", "pay");
    delivered(&cluster, "shop", "web");
    let whole = json!({
        "tool": "flux", "cluster": CLUSTER, "namespace": "shop",
        "syncStatus": "Synced", "healthStatus": "Healthy", "reason": "InstallSucceeded",
        "revision": first, "declaredEntities": 2, "deliveredEntities": 2,
    });
    wait_for_target(&small.catalog, &small.controller, "shop", &whole);
    assert_eq!(runs(&small.catalog, "shop"), ["Succeeded"]);
    let question = format!(
        "helmrelease/shop/shop?revision={}",
        first.replace('+', "%2B")
    );
    let (said, _) = small.controller.gate(&question);
    assert_eq!(said, "200 agrees EntitiesDelivered");

    // What is looked at again is no other run.
    shop.reconcile();
    let second = shop.publish("1.1.0", &[entity("pay", "rust")]);
    shop.tried(&second, "True UpgradeSucceeded");
    delivered(&cluster, "shop", "pay");
    let one = json!({"revision": second, "declaredEntities": 1, "deliveredEntities": 1});
    wait_for_target(&small.catalog, &small.controller, "shop", &one);
    assert_eq!(runs(&small.catalog, "shop"), ["Succeeded", "Succeeded"]);
    assert!(!small.catalog.entities().contains(&"service/web".to_owned()));

    let third = shop.publish("1.2.0", &[entity("pay", "rust"), REFUSED.to_owned()]);
    shop.tried(&third, "False UpgradeFailed");
    let failed = json!({"syncStatus": "Failed", "reason": "UpgradeFailed", "revision": second});
    wait_for_target(&small.catalog, &small.controller, "shop", &failed);
    assert_eq!(
        runs(&small.catalog, "shop"),
        ["Succeeded", "Succeeded", "Failed"]
    );

    // What was not seen is in the history, as far as that goes back.
    small.controller.kill();
    let unseen = [("1.3.0", "go"), ("1.4.0", "java"), ("1.5.0", "rust")];
    let [.., last] = unseen.map(|(version, language)| {
        let next = shop.publish(version, &[entity("pay", language)]);
        shop.tried(&next, "True UpgradeSucceeded");
        next
    });
    small.controller.start();
    delivered(&cluster, "shop", "pay");
    let told = json!({"syncStatus": "Synced", "revision": last, "declaredEntities": 1});
    wait_for_target(&small.catalog, &small.controller, "shop", &told);
    let target = target(&small.catalog, "shop").expect("it is there");
    let runs = runs(&small.catalog, "shop");
    let unseen = target["properties"]["unseenRuns"].as_u64();
    let all = runs.len() as u64 + unseen.unwrap_or_default();
    assert_eq!(all, 6, "{target:#} {runs:?}");
}
