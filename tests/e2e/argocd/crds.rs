//! Glint's CRDs come with the first application, and nothing that happens to
//! applications takes them away.

use serde_json::Value;

use super::{ArgoCd, entity, resources, spec};
use crate::argocd::fixture::Setup;

const CRD: &str = "entities.glint.io";

#[test]
fn the_crds_come_with_the_first_application_and_are_never_lost() {
    let argo = ArgoCd::start(&Setup::default());
    let cluster = argo.cluster();
    let first = argo.repository("first");
    let commit = first
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let application = argo.application("first").apply(spec(first.plugin("app")));
    let state = application.synced(&commit);
    let born = identity(&argo);
    // No part of the application: what Argo CD does not track it can't prune.
    assert_eq!(resources(&state).join("\n"), "");

    // Another application, rendered when the cluster has the CRDs.
    let second = argo.repository("second");
    let commit = second
        .write("app/entity.yaml", &entity("ledger", "rust"))
        .commit();
    argo.application("second")
        .apply(spec(second.plugin("app")))
        .synced(&commit);

    // One that insists on them, and one with those of another version.
    let third = argo.repository("third");
    let commit = third
        .write("app/entity.yaml", &entity("audit", "go"))
        .commit();
    let mut always = spec(third.plugin("app"));
    always["source"]["plugin"]["parameters"] =
        serde_json::json!([{"name": "crds", "string": "always"}]);
    argo.application("third").apply(always).synced(&commit);
    let other = String::from_utf8(
        std::process::Command::new(crate::GLINT)
            .arg("crds")
            .output()
            .expect("crds")
            .stdout,
    )
    .expect("crds are text");
    let commit = third
        .write(
            "app/crds.yaml",
            &other.replace("crd-version: \"1\"", "crd-version: \"0\""),
        )
        .commit();
    argo.application("third").refresh();
    argo.application("third").synced(&commit);

    // The stream of the first loses its entity, and with it the CRDs.
    let commit = first
        .remove("app/entity.yaml")
        .write(
            "app/settings.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
        )
        .commit();
    application.refresh();
    let state = application.synced(&commit);
    assert_eq!(resources(&state), ["ConfigMap settings Synced"]);
    cluster.wait_gone("entities.glint.io", "first", "pay");

    application.delete();
    argo.application("third").delete();
    assert_eq!(identity(&argo), born);
    assert_eq!(cluster.names("entities.glint.io", "second"), ["ledger"]);
}

/// What a CRD has only as long as it lives.
fn identity(argo: &ArgoCd) -> Value {
    let crd = argo
        .cluster()
        .get("crds", "", CRD)
        .expect("the CRD is there");
    crd["metadata"]["uid"].clone()
}
