//! Entities and the fragments of the mapping come, change and go with the
//! Kustomization that declares them, and with no other.

use serde_json::{Value, json};

use super::Flux;
use super::kustomization::inventory;
use crate::streams::post_render;

/// A service with one property, in no namespace.
fn service(name: &str, description: &str) -> String {
    format!(
        "---
apiVersion: glint.io/v1
kind: Entity
metadata:
  name: {name}
spec:
  blueprint: service
  identifier: {name}
  properties:
    description: {description}
"
    )
}

/// A service in a namespace.
fn service_in(namespace: &str, name: &str) -> String {
    let name_line = format!("  name: {name}\n");
    let namespaced = format!("{name_line}  namespace: {namespace}\n");
    service(name, "a service").replacen(&name_line, &namespaced, 1)
}

fn config_map(namespace: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {namespace}}}\n"
    )
}

/// The names of the fragments in a namespace.
fn fragments(flux: &Flux, namespace: &str) -> Vec<String> {
    let names = flux.cluster().names("configmaps", namespace);
    names
        .into_iter()
        .filter(|name| name.starts_with("glint-"))
        .collect()
}

#[test]
fn two_kustomizations_in_a_namespace_keep_their_own_fragments() {
    check_two(
        "named",
        |name| vec!["--application", name],
        ["glint-ledger-353cdf3c", "glint-pay-c5166bf3"],
    );
    check_two(
        "unnamed",
        |_| vec![],
        ["glint-stream-3a27f32e", "glint-stream-a7021ce7"],
    );
}

/// Two Kustomizations in a namespace, of which the second goes.
#[track_caller]
fn check_two(
    namespace: &str,
    arguments: fn(&'static str) -> Vec<&'static str>,
    expected: [&str; 2],
) {
    let flux = Flux::shared();
    let [ledger, pay] = ["ledger", "pay"].map(|name| {
        let kustomization = flux.kustomization_in(namespace, name);
        let stream = post_render("flux", &service_in(namespace, name), &arguments(name));
        let revision = kustomization.publish_stream(&stream);
        kustomization.apply(json!({})).ready(&revision);
        kustomization
    });
    assert_eq!(fragments(flux, namespace), expected);
    pay.delete();
    assert_eq!(fragments(flux, namespace), expected[..1]);
    assert_eq!(
        flux.cluster().names("entities.glint.io", namespace),
        ["ledger"]
    );
    ledger.delete();
    assert_eq!(fragments(flux, namespace), [""; 0]);
}

#[test]
fn crds_that_the_operator_installed_stay_the_operators() {
    let flux = Flux::shared();
    let kustomization = flux.kustomization("operator");
    let stream = post_render("flux", &service_in("operator", "pay"), &[]);
    let revision = kustomization.publish_stream(&stream);
    kustomization.apply(json!({})).ready(&revision);
    kustomization.delete();
    let crd = flux.cluster().get("crds", "", "entities.glint.io");
    let labels = &crd.expect("the CRD is there")["metadata"]["labels"];
    assert!(labels.is_null(), "{labels:#}");
}

#[test]
fn an_entity_that_leaves_the_artifact_is_pruned() {
    let flux = Flux::shared();
    let cluster = flux.cluster();
    let app = flux.kustomization("prunes");
    let (ledger, pay) = (service_in("prunes", "ledger"), service_in("prunes", "pay"));
    let settings = config_map("prunes");
    let state = |manifests: &str| {
        let stream = post_render("flux", manifests, &["--application", "app"]);
        let revision = app.publish_stream(&stream);
        app.apply(json!({})).ready(&revision);
        (
            cluster.names("entities.glint.io", "prunes"),
            cluster.names("configmaps", "prunes"),
        )
    };
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    let fragment = "glint-app-741c4218";
    assert_eq!(
        state(&format!("{settings}{ledger}{pay}")),
        (names(&["ledger", "pay"]), names(&[fragment, "settings"]))
    );
    assert_eq!(
        state(&format!("{settings}{ledger}")),
        (names(&["ledger"]), names(&[fragment, "settings"]))
    );
    // Without entities there is nothing to map.
    assert_eq!(state(&settings), (names(&[]), names(&["settings"])));
}

#[test]
fn an_edited_entity_is_changed_in_place() {
    let flux = Flux::shared();
    let app = flux.kustomization("edits");
    let publish = |description: &str| {
        let entity = service("edited", description)
            .replace("name: edited", "name: edited\n  namespace: edits");
        let revision = app.publish_stream(&post_render("flux", &entity, &[]));
        app.apply(json!({})).ready(&revision);
        flux.cluster()
            .get("entities.glint.io", "edits", "edited")
            .expect("the entity is there")
    };
    let before = publish("before");
    let after = publish("after");
    assert_eq!(before["metadata"]["uid"], after["metadata"]["uid"]);
    assert_eq!(after["spec"]["properties"], json!({"description": "after"}));
}

#[test]
fn a_target_namespace_moves_entities_and_fragment_and_leaves_cluster_entities() {
    let flux = Flux::shared();
    let cluster = flux.cluster();
    cluster.namespace("target");
    let team = "---
apiVersion: glint.io/v1
kind: ClusterEntity
metadata: {name: target-namespace-team}
spec: {blueprint: team, identifier: target-namespace-team}
";
    let manifests = format!(
        "{}{}{team}",
        service("pay", "a service"),
        service_in("elsewhere", "ledger")
    );
    let app = flux.kustomization("moves");
    let revision = app.publish_stream(&post_render("flux", &manifests, &["--application", "app"]));
    let state = app
        .apply(json!({"targetNamespace": "target"}))
        .ready(&revision);
    assert_eq!(
        inventory(&state),
        [
            "_clusterentities.glint.io_apiextensions.k8s.io_CustomResourceDefinition",
            "_entities.glint.io_apiextensions.k8s.io_CustomResourceDefinition",
            "_target-namespace-team_glint.io_ClusterEntity",
            "target_glint-app-741c4218__ConfigMap",
            "target_ledger_glint.io_Entity",
            "target_pay_glint.io_Entity",
        ]
    );
    let team = || cluster.get("clusterentities.glint.io", "", "target-namespace-team");
    let before = team();
    app.reconcile();
    assert_eq!(team(), before);
    app.delete();
    assert_eq!(team(), None);
}

#[test]
fn a_stream_of_teams_alone_needs_no_namespace() {
    let app = Flux::shared().kustomization("teams");
    let team = "apiVersion: glint.io/v1
kind: ClusterEntity
metadata: {name: flux-team}
spec: {blueprint: team, identifier: flux-team}
";
    let revision = app.publish_stream(&post_render("flux", team, &["--application", "app"]));
    let state = app.apply(json!({})).ready(&revision);
    assert_eq!(
        inventory(&state)[2..],
        ["_flux-team_glint.io_ClusterEntity"]
    );
}

#[test]
fn an_entity_without_a_namespace_needs_a_target_namespace() {
    check_refused(
        "nowhere",
        &service("pay", "a service"),
        json!({}),
        &[
            "ConfigMap/glint-app-741c4218 namespace not specified: the server could not find the \
             requested resource\n",
            "Entity/pay namespace not specified: the server could not find the requested \
             resource (patch entities.glint.io pay)\n",
        ],
    );
}

#[test]
fn a_target_namespace_must_be_there() {
    check_refused(
        "absent",
        &service("pay", "a service"),
        json!({"targetNamespace": "absent-target"}),
        &[
            "ConfigMap/absent-target/glint-app-741c4218 not found: namespaces \"absent-target\" \
             not found\n",
            "ConfigMap/absent-target/settings not found: namespaces \"absent-target\" not found\n",
            "Entity/absent-target/pay not found: namespaces \"absent-target\" not found\n",
        ],
    );
}

#[test]
fn an_entity_that_the_crd_refuses_is_named() {
    let entity = |namespace, spec| {
        service_in(namespace, "pay").replace("spec:\n  blueprint: service\n", spec)
    };
    check_refused(
        "unknown-field",
        &entity(
            "unknown-field",
            "spec:\n  blueprint: service\n  propertys: {}\n",
        ),
        json!({}),
        &[
            "Entity/unknown-field/pay dry-run failed: failed to create typed patch object \
             (unknown-field/pay; glint.io/v1, Kind=Entity): .spec.propertys: field not declared \
             in schema\n",
        ],
    );
    check_refused(
        "missing-field",
        &entity("missing-field", "spec:\n"),
        json!({}),
        &[
            "Entity/missing-field/pay dry-run failed (Invalid): Entity.glint.io \"pay\" is \
             invalid: spec.blueprint: Required value\n",
        ],
    );
}

/// Publishes an entity that can't be applied: nothing else of its stream is, and
/// the message is one of these, by what the controller tried first.
#[track_caller]
fn check_refused(namespace: &str, entity: &str, spec: Value, messages: &[&str]) {
    let flux = Flux::shared();
    let app = flux.kustomization(namespace);
    let manifests = format!("{}{entity}", config_map(namespace));
    app.publish_stream(&post_render("flux", &manifests, &["--application", "app"]));
    let message = app.apply(spec).failed("ReconciliationFailed");
    assert!(messages.contains(&message.as_str()), "{message}");
    assert_eq!(flux.cluster().names("configmaps", namespace), [""; 0]);
    app.delete();
}
