//! What syncs, and what does not make anything sync.

use serde_json::{Value, json};

use super::{ArgoCd, entity, fragments, resources, spec};

#[test]
fn an_entity_file_becomes_an_entity_and_a_fragment() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("entity");
    let commit = repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let application = argo
        .application("entity")
        .apply(spec(repository.plugin("app")));
    let [fragment] = &fragments_of(&application.synced(&commit))[..] else {
        panic!("one fragment");
    };
    assert_eq!(
        resources(&application.get()),
        [
            format!("ConfigMap {fragment} Synced"),
            "Entity pay Synced".to_owned()
        ]
    );
}

#[test]
fn entities_change_and_go() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("change");
    repository.write("app/pay.yaml", &entity("pay", "go"));
    let commit = repository
        .write("app/ledger.yaml", &entity("ledger", "go"))
        .commit();
    let application = argo
        .application("change")
        .apply(spec(repository.plugin("app")));
    application.synced(&commit);

    repository.write("app/pay.yaml", &entity("pay", "rust"));
    let commit = repository.remove("app/ledger.yaml").commit();
    application.refresh();
    application.synced(&commit);
    let cluster = argo.cluster();
    cluster.wait_gone("entities.glint.io", "change", "ledger");
    let pay = cluster
        .get("entities.glint.io", "change", "pay")
        .expect("it stays");
    assert_eq!(pay["spec"]["properties"], json!({"language": "rust"}));
}

#[test]
fn an_unrelated_commit_and_a_comment_leave_all_in_sync() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("comment");
    let commit = repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let application = argo
        .application("comment")
        .apply(spec(repository.plugin("app")));
    let before = application.synced(&commit);

    repository.write(
        "app/entity.yaml",
        &format!("# Ours.\n\n{}", entity("pay", "go")),
    );
    let commit = repository
        .write("elsewhere/notes.txt", "unrelated")
        .commit();
    let after = application.refresh();
    assert_eq!(after["status"]["sync"]["revision"], json!(commit));
    assert_eq!(after["status"]["sync"]["status"], "Synced");
    // And no operation was needed for it.
    assert_eq!(
        after["status"]["operationState"],
        before["status"]["operationState"]
    );
    assert_eq!(after["status"]["history"], before["status"]["history"]);
}

#[test]
fn two_applications_in_one_namespace_keep_a_fragment_each() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("neighbours");
    repository.write("one/entity.yaml", &entity("one", "go"));
    let commit = repository
        .write("two/entity.yaml", &entity("two", "go"))
        .commit();
    for name in ["one", "two"] {
        let mut spec = spec(repository.plugin(name));
        spec["destination"]["namespace"] = "neighbours".into();
        argo.application(name).apply(spec);
    }
    for name in ["one", "two"] {
        argo.application(name).synced(&commit);
    }
    let both = fragments(argo, "neighbours");
    assert_eq!(starts(&both), ["glint-one", "glint-two"]);

    argo.application("one").delete();
    assert_eq!(fragments(argo, "neighbours"), both[1..]);
    assert_eq!(
        argo.cluster().names("entities.glint.io", "neighbours"),
        ["two"]
    );
}

#[test]
fn two_sources_in_one_application_keep_a_fragment_each() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("sources");
    repository.write("one/entity.yaml", &entity("one", "go"));
    let commit = repository
        .write("two/entity.yaml", &entity("two", "go"))
        .commit();
    let mut spec = spec(Value::Null);
    spec["sources"] = json!([repository.plugin("one"), repository.plugin("two")]);
    spec.as_object_mut().expect("a spec").remove("source");
    let application = argo.application("sources").apply(spec);
    application.wait(|application| {
        let sync = &application["status"]["sync"];
        sync["status"] == "Synced" && sync["revisions"] == json!([commit, commit])
    });
    let both = fragments(argo, "sources");
    assert_eq!(starts(&both), ["glint-sources", "glint-sources"]);
}

/// The names of the fragments among an Application's resources.
fn fragments_of(application: &Value) -> Vec<String> {
    let lines = resources(application).into_iter();
    let name = |line: String| Some(line.split(' ').nth(1)?.to_owned());
    lines
        .filter_map(name)
        .filter(|name| name.starts_with("glint-"))
        .collect()
}

/// Names without their last part, a digest.
fn starts(names: &[String]) -> Vec<&str> {
    names
        .iter()
        .filter_map(|name| Some(name.rsplit_once('-')?.0))
        .collect()
}
