//! `render | kubectl apply --server-side`: rendered examples, applied by hand.

use serde_json::Value;

use crate::cluster::Cluster;
use crate::streams::render;

/// What a user pipes to.
const APPLY: [&str; 5] = [
    "apply",
    "--server-side",
    "--validate=strict",
    "--warnings-as-errors",
    "--filename=-",
];

#[test]
fn a_new_cluster_takes_the_entities_with_the_second_apply() {
    let cluster = Cluster::start();
    cluster.namespace("shop");
    let stream = render("pipe", "shop", &["--namespace=shop"]);

    // kubectl looks all kinds up before it applies the CRDs, and applies the rest.
    let output = cluster.kubectl(&APPLY, Some(&stream));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let missing = "ensure CRDs are installed first";
    assert_eq!(said.matches(missing).count(), 7, "{said}");
    assert_eq!(
        said.lines().next(),
        Some(
            "resource mapping not found for name: \"checkout\" namespace: \"shop\" from \"STDIN\": no \
             matches for kind \"Entity\" in version \"glint.io/v1\""
        )
    );
    for crd in ["entities.glint.io", "clusterentities.glint.io"] {
        cluster.wait_established(crd);
    }
    assert_eq!(cluster.names("entities", "shop"), Vec::<String>::new());
    assert_eq!(cluster.names("deployments", "shop"), ["checkout"]);

    check_applied(&cluster, &stream);
    let entities = [
        "checkout",
        "search-api",
        "system-discovery",
        "system-shop",
        "web",
    ];
    assert_eq!(cluster.names("entities", "shop"), entities);

    // The other examples share names with this one, and a Deployment's selector
    // never changes.
    cluster.namespace("chart");
    let chart = render("pipe", "shop-helm", &["--namespace=chart"]);
    check_applied(&cluster, &chart);
    let deployments = ["delete", "deployments", "--all", "--namespace=shop"];
    cluster.done(&deployments, None);
    for overlay in ["production", "staging"] {
        let overlay = format!("shop-kustomize/overlays/{overlay}");
        check_applied(&cluster, &render("pipe", &overlay, &[]));
    }
}

/// Applies a stream twice: without a word on stderr, and the second time without a
/// change.
#[track_caller]
fn check_applied(cluster: &Cluster, stream: &str) {
    let mut seen = [Vec::new(), Vec::new()];
    for versions in &mut seen {
        let output = cluster.kubectl(&APPLY, Some(stream));
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        *versions = resource_versions(cluster, stream);
    }
    assert_eq!(seen[0], seen[1]);
    assert!(!seen[0].is_empty());
}

/// The resource version of each object of a stream but for the CRDs: their status
/// changes by itself.
fn resource_versions(cluster: &Cluster, stream: &str) -> Vec<String> {
    let text = cluster.done(&["get", "--filename=-", "--output=json"], Some(stream));
    let list: Value = serde_json::from_str(&text).expect("kubectl prints JSON");
    let items = list["items"].as_array().expect("several objects");
    let objects = items
        .iter()
        .filter(|object| object["kind"] != "CustomResourceDefinition");
    let version = |object: &Value| {
        let metadata = &object["metadata"];
        format!(
            "{} {} {}",
            object["kind"], metadata["name"], metadata["resourceVersion"]
        )
    };
    objects.map(version).collect()
}
