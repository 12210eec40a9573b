//! What Helm sends to a post-renderer: hooks, test pods, a chart's CRDs.

use super::{CHART, Helm, Version, fragments};
use crate::cluster::Cluster;

/// `Kind name` of each document, in its order.
fn objects(stream: &str) -> Vec<String> {
    let field = |document: &str, start: &str| {
        let line = document.lines().find_map(|line| line.strip_prefix(start));
        line.map(|line| line.split(" #").next().unwrap_or_default().to_owned())
    };
    let documents = format!("\n{stream}");
    let documents = documents.split("\n---\n");
    documents
        .filter_map(|document| {
            let kind = field(document, "kind: ")?;
            Some(format!("{kind} {}", field(document, "  name: ")?))
        })
        .collect()
}

#[test]
fn helm_3_keeps_hooks_to_itself_and_helm_4_sends_them() {
    for helm in Helm::each(Cluster::shared(), "sent") {
        helm.record();
        // With and without: Helm 4 sends hooks either way.
        for more in [&[][..], &["--no-hooks"]] {
            let words = [&["upgrade", "--install", "pay", CHART], more].concat();
            helm.rendered(&words, &[]);
            let mut sent = objects(&helm.sent());
            sent.sort();
            let expected: &[&str] = match helm.version() {
                Version::Three => &["ConfigMap pay-config", "Entity ledger", "Entity pay"],
                Version::Four => &[
                    "ConfigMap pay-before",
                    "ConfigMap pay-config",
                    "Entity ledger",
                    "Entity pay",
                    "Pod pay-test",
                ],
            };
            assert_eq!(sent, expected, "{words:?}");
        }
    }
}

#[test]
fn hooks_and_test_pods_are_what_they_are_without_us() {
    for helm in Helm::each(Cluster::shared(), "untouched") {
        helm.done(&["install", "pay", CHART]);
        let alone = helm.done(&["get", "hooks", "pay"]);
        helm.done(&["uninstall", "pay"]);
        helm.rendered(&["install", "pay", CHART], &[]);
        let ours = helm.done(&["get", "hooks", "pay"]);
        assert_eq!(ours.replace(" # its name in the cluster", ""), alone);
        let mut hooks = objects(&ours);
        hooks.sort();
        assert_eq!(hooks, ["ConfigMap pay-before", "Pod pay-test"]);
        let hook = helm
            .cluster()
            .get("configmaps", helm.namespace(), "pay-before");
        assert_eq!(
            hook.expect("the hook was run")["metadata"]["annotations"],
            serde_json::json!({"helm.sh/hook": "pre-install,pre-upgrade,pre-rollback"})
        );
    }
}

#[test]
fn a_release_without_hooks_has_its_entities() {
    for helm in Helm::each(Cluster::shared(), "no-hooks") {
        helm.rendered(&["install", "pay", CHART, "--no-hooks"], &[]);
        assert_eq!(helm.names("entities"), ["ledger", "pay"]);
        let maps = helm.names("configmaps");
        assert!(!maps.contains(&"pay-before".to_owned()), "{maps:?}");
    }
}

#[test]
fn a_release_of_hooks_alone_gets_nothing_added() {
    for helm in Helm::each(Cluster::shared(), "only-hooks") {
        let chart = tempfile::tempdir().expect("a folder for the chart");
        std::fs::create_dir(chart.path().join("templates")).expect("a folder for templates");
        for file in ["Chart.yaml", "values.yaml", "templates/hooks.yaml"] {
            let from = format!("{}/{CHART}/{file}", env!("CARGO_MANIFEST_DIR"));
            std::fs::copy(from, chart.path().join(file)).expect("a part of the chart");
        }
        let chart = chart.path().display().to_string();
        helm.rendered(&["install", "pay", &chart], &[]);
        assert_eq!(helm.names("configmaps"), ["pay-before"]);
        assert_eq!(fragments(&helm), Vec::<String>::new());
    }
}

#[test]
fn the_crds_of_a_chart_pass_by_with_include_crds() {
    for helm in Helm::each(Cluster::shared(), "include-crds") {
        helm.record();
        let words = ["template", "pay", CHART, "--include-crds"];
        let crd = "CustomResourceDefinition ledgers.example.com".to_owned();
        for stream in [helm.done(&words), helm.rendered(&words, &[])] {
            let found = objects(&stream);
            let crds = found.iter().filter(|object| **object == crd).count();
            assert_eq!(crds, 1, "{found:?}");
        }
        let sent = objects(&helm.sent()).contains(&crd);
        assert_eq!(sent, helm.version() == Version::Three);
    }
}
