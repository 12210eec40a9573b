//! A render that fails changes nothing, and its reason can be read: from Helm 3
//! itself, with Helm 4 from the report.

use super::{CHART, Helm, Version};
use crate::cluster::Cluster;

/// The deployed release after a failed upgrade: as it was.
#[track_caller]
fn check_refused(
    helm: &Helm<'_>,
    flags: &[&str],
    variables: &[(&str, &str)],
    stderr: &str,
    report: &str,
) {
    let words = [
        &["upgrade", "pay", CHART, "--set=services.ledger=null"],
        flags,
    ]
    .concat();
    let said = helm.fails(&words, variables);
    let expected = match helm.version() {
        Version::Three => format!(
            "Error: UPGRADE FAILED: error while running post render on files: error while running \
             command PLACE/glint-gitops. error output:\n{stderr}: exit status 2\n"
        ),
        Version::Four => "Error: UPGRADE FAILED: error while running post render on files: failed to \
             invoke post-renderer plugin \"glint-gitops\": plugin \"glint-gitops\" exited with error\n"
            .to_owned(),
    };
    assert_eq!(said, expected);
    assert_eq!(helm.report(), report);
    assert_eq!(helm.names("entities"), ["ledger", "pay"]);
    let list = helm.done(&["list", "--output=json"]);
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    assert_eq!(list[0]["revision"], "1");
    assert_eq!(list[0]["status"], "deployed");
}

#[test]
fn what_the_policy_does_not_allow_is_not_upgraded() {
    let message = "the policy does not let this application declare `service/pay`";
    for helm in Helm::each(Cluster::shared(), "refused") {
        // Only Helm 3 says in comments which file of the chart it was.
        let (line, from) = match helm.version() {
            Version::Three => (19, "  from: pay/templates/entities.yaml\n"),
            Version::Four => (20, ""),
        };
        let finding = format!(
            "error <stdin>:{line}:3 Entity pay: {message} [claim-not-allowed]\n{from}  help: ask the \
             operator for a claim, or use an identifier of your own\n"
        );
        let stderr = format!("{finding}glint-gitops: nothing is rendered: {message}\n");
        helm.rendered(&["install", "pay", CHART], &[]);
        let policy = [("GLINT_POLICY", "examples/policy.yaml")];
        check_refused(&helm, &[], &policy, &stderr, &finding);
    }
}

#[test]
fn the_report_says_what_is_wrong_with_settings_too() {
    let reason = "glint-gitops: GLINT_CRDS: `crds` takes auto, always or never, not `sometimes`\n";
    for helm in Helm::each(Cluster::shared(), "misspelt") {
        helm.rendered(&["install", "pay", CHART], &[]);
        check_refused(&helm, &[], &[("GLINT_CRDS", "sometimes")], reason, reason);
    }
}

/// Helm 3 keeps hooks to itself, so nobody can warn there.
#[test]
fn a_hook_on_a_crd_of_ours_stops_helm_4() {
    let helm = Helm::new(Version::Four, Cluster::shared(), "hook-on-crd");
    helm.rendered(&["install", "pay", CHART], &[]);
    let finding = "error <stdin>:17:5 CustomResourceDefinition entities.glint.io: a CRD that is a \
        hook is deleted on each sync, and all entities with it [hook-on-crd]\n  help: remove \
        `.metadata.annotations[\"helm.sh/hook\"]` from the CRD\n";
    check_refused(&helm, &["--set=hookOnCrd=true"], &[], "", finding);
}
