//! What does not arrive, or is not to: each is said where its author looks.

use serde_json::{Value, json};

use super::argocd::Loop;
use super::{
    ENTITIES, delivered, events, target, wait_for_condition, wait_for_events, wait_for_target,
};
use crate::argocd::{entity, spec};
use crate::cluster::{Cluster, condition};

#[test]
fn what_the_catalog_refuses_is_said_without_the_value() {
    let whole = Loop::shared();
    let repository = whole.argo.repository("refused");
    let commit = repository
        .write("app/one.yaml", &entity("refused", "cobol"))
        .write("app/two.yaml", &entity("taken", "go"))
        .commit();
    let application = whole.argo.application("refused");
    let application = application.apply(spec(repository.plugin("app")));
    application.synced(&commit);
    delivered(whole.cluster(), "refused", "taken");
    let said = wait_for_condition(whole.cluster(), "refused", "refused", "False Rejected");
    assert_eq!(
        said["message"],
        "the catalog refuses it with 422 blueprint_schema_mismatch in properties.language"
    );
    let counts = json!({"deliveredEntities": 1, "rejectedEntities": 1, "syncStatus": "Synced"});
    wait_for_target(&whole.catalog, &whole.controller, "refused", &counts);
    let refused = "Warning Rejected: the catalog refuses it with 422 \
                   blueprint_schema_mismatch in properties.language";
    wait_for_events(whole.cluster(), "refused", "refused", &[refused]);
    let told = target(&whole.catalog, "refused").expect("it is there");
    assert!(!told.to_string().contains("cobol"), "{told:#}");

    let mended = repository
        .write("app/one.yaml", &entity("refused", "go"))
        .commit();
    application.refresh();
    application.synced(&mended);
    delivered(whole.cluster(), "refused", "refused");
    let again = "Normal Delivered: the catalog has it as it is declared";
    wait_for_events(whole.cluster(), "refused", "refused", &[refused, again]);
    let counts = json!({"deliveredEntities": 2, "rejectedEntities": 0});
    wait_for_target(&whole.catalog, &whole.controller, "refused", &counts);
    assert_eq!(events(whole.cluster(), "refused", "taken"), [""; 0]);
}

#[test]
fn two_namespaces_that_declare_one_entity_are_told_of_each_other() {
    let whole = Loop::shared();
    let repository = whole.argo.repository("same");
    let commit = repository
        .write("app/same.yaml", &entity("same", "go"))
        .commit();
    let applications = ["same-one", "same-two"].map(|name| {
        let application = whole.argo.application(name);
        application.apply(spec(repository.plugin("app")))
    });
    for (application, [own, other]) in applications
        .iter()
        .zip([["same-one", "same-two"], ["same-two", "same-one"]])
    {
        application.synced(&commit);
        let said = wait_for_condition(whole.cluster(), own, "same", "False Conflict");
        let message = said["message"].as_str().unwrap_or_default();
        let named = format!("Entity {other}/same declares the same entity: ");
        assert!(message.starts_with(&named), "{message}");
        let counts = json!({"conflictingEntities": 1, "deliveredEntities": 0});
        wait_for_target(&whole.catalog, &whole.controller, own, &counts);
    }
    let [one, two] = applications;
    two.delete();
    // Either takes the entity with it; the other brings it back when it changes.
    whole
        .cluster()
        .wait_for(ENTITIES, "same-one", "same", |it| {
            condition(it, "Delivered").is_some_and(|it| it["reason"] != "Conflict")
        });
    let second = repository
        .write("app/same.yaml", &entity("same", "rust"))
        .commit();
    one.refresh();
    one.synced(&second);
    delivered(whole.cluster(), "same-one", "same");
    let counts = json!({"conflictingEntities": 0, "deliveredEntities": 1});
    wait_for_target(&whole.catalog, &whole.controller, "same-one", &counts);
    whole.catalog.wait("the other target to go", || {
        target(&whole.catalog, "same-two").is_none().then_some(())
    });
}

#[test]
fn a_preview_that_is_closed_takes_nothing_of_the_real_one() {
    let whole = Loop::shared();
    let repository = whole.argo.repository("previewed");
    let commit = repository
        .write("app/entity.yaml", &entity("previewed", "go"))
        .commit();
    let real = whole.argo.application("previewed");
    real.apply(spec(repository.plugin("app"))).synced(&commit);
    delivered(whole.cluster(), "previewed", "previewed");

    let mut spec = spec(repository.plugin("app"));
    spec["source"]["plugin"]["parameters"] = json!([{"name": "deliver", "string": "false"}]);
    let preview = whole.argo.application("previewed-17");
    preview.apply(spec).synced(&commit);
    let counts = json!({"declaredEntities": 1, "deliveredEntities": 0, "conflictingEntities": 0});
    wait_for_target(&whole.catalog, &whole.controller, "previewed-17", &counts);
    // Nobody has anything to say of it.
    let there = whole.cluster().get(ENTITIES, "previewed-17", "previewed");
    assert_eq!(there.expect("it is there")["status"], Value::Null);
    preview.delete();
    whole.catalog.wait("the preview's target to go", || {
        let gone = target(&whole.catalog, "previewed-17").is_none();
        gone.then_some(())
    });
    assert!(
        whole
            .catalog
            .entities()
            .contains(&"service/previewed".to_owned())
    );
    delivered(whole.cluster(), "previewed", "previewed");
    let own = ["previewed", "previewed-17"].map(|it| events(whole.cluster(), it, "previewed"));
    assert_eq!(own.concat(), [""; 0]);
}

#[test]
fn what_is_deployed_to_another_cluster_is_not_observed_here() {
    let whole = Loop::shared();
    let other = Cluster::shared();
    let server = format!("https://127.0.0.1:{}", other.port());
    let access = json!({"bearerToken": "administrator", "tlsClientConfig": {"insecure": true}});
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": "other", "namespace": "argocd",
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": {"name": "other", "server": server, "config": access.to_string()},
    });
    whole.cluster().apply(&secret.to_string());
    let repository = whole.argo.repository("elsewhere");
    let commit = repository
        .write("app/entity.yaml", &entity("elsewhere", "go"))
        .commit();
    let mut spec = spec(repository.plugin("app"));
    spec["destination"]["server"] = server.into();
    let application = whole.argo.application("elsewhere");
    application.apply(spec).synced(&commit);
    let there = other.get(ENTITIES, "elsewhere", "elsewhere");
    assert_eq!(there.expect("it is there")["status"], Value::Null);
    let counts = json!({
        "syncStatus": "Synced", "revision": commit,
        "declaredEntities": 1, "notObservedEntities": 1, "deliveredEntities": 0,
    });
    wait_for_target(&whole.catalog, &whole.controller, "elsewhere", &counts);
}
