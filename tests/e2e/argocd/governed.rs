//! Argo CD with an operator's policy, with a renderer that never ends, and with
//! less patience than ours.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::fixture::Setup;
use super::{ArgoCd, Repository, entity, fragments, render_failed, spec};

/// Argo CD with a policy of the operator, where a chart is never rendered to its
/// end and the plugin is killed after 8 s.
fn governed() -> &'static ArgoCd {
    static GOVERNED: OnceLock<ArgoCd> = OnceLock::new();
    GOVERNED.get_or_init(|| {
        let folder = crate::process::work("policy");
        let policy = folder.join("policy.yaml");
        fs::write(
            &policy,
            "enforce:\n  mapping-style: generic\ndefaults:\n  timeout: 30s\n",
        )
        .expect("the policy is written");
        let helm = folder.join("helm");
        fs::write(&helm, "#!/bin/sh\nexec /bin/sleep 600\n").expect("a program is written");
        fs::set_permissions(&helm, fs::Permissions::from_mode(0o755)).expect("it can be run");
        let argo = ArgoCd::start(&Setup {
            variables: &[("GLINT_POLICY", &policy.display().to_string())],
            programs: Some(&folder),
            timeout: Some(8),
        });
        argo.cluster().install_crds();
        argo
    })
}

#[test]
fn our_own_deadline_beats_the_kill() {
    let argo = governed();
    let repository = chart(argo, "deadline");
    let application = argo.application("deadline").apply(with_parameters(
        &repository,
        &json!([{"name": "timeout", "string": "2s"}]),
    ));
    assert_eq!(
        application.condition("ComparisonError"),
        render_failed(
            "deadline",
            "glint-gitops: read the repository …
glint-gitops: helm template . …
glint-gitops: `helm template .` was stopped at the deadline, after 2.0 s; \
             raise `timeout`, or render less at once"
        )
    );
}

#[test]
fn a_kill_leaves_the_name_of_the_step_in_the_message() {
    let argo = governed();
    let repository = chart(argo, "killed");
    let application = argo
        .application("killed")
        .apply(spec(repository.plugin("app")));
    let steps = "glint-gitops: read the repository …\nglint-gitops: helm template . …";
    assert_eq!(
        application.condition("ComparisonError"),
        render_failed("killed", steps).replace("exit status 2", "signal: killed")
    );
}

#[test]
fn parameters_come_from_the_application_and_the_repository() {
    let argo = governed();
    let repository = argo.repository("parameters");
    let commit = repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let application = argo.application("parameters").apply(with_parameters(
        &repository,
        &json!([{"name": "deliver", "string": "false"}]),
    ));
    application.synced(&commit);
    assert_eq!(delivered(argo, "parameters"), json!("false"));

    // What stands in the repository replaces the whole list of the Application.
    let commit = repository
        .write(
            "app/.argocd-source.yaml",
            "plugin:\n  parameters:\n  - name: mapping\n    string: none\n",
        )
        .commit();
    application.refresh();
    application.synced(&commit);
    assert_eq!(delivered(argo, "parameters"), Value::Null);
    assert_eq!(fragments(argo, "parameters"), Vec::<String>::new());
}

#[test]
fn the_operators_policy_wins_over_application_and_repository() {
    let argo = governed();
    let repository = argo.repository("policy");
    let source = "plugin:\n  parameters:\n  - name: mapping-style\n    string: explicit\n";
    repository.write("app/entity.yaml", &entity("pay", "go"));
    repository.write("app/.glint.yaml", "mapping-style: explicit\n");
    let commit = repository.write("app/.argocd-source.yaml", source).commit();
    argo.application("policy")
        .apply(with_parameters(
            &repository,
            &json!([{"name": "mapping-style", "string": "explicit"}]),
        ))
        .synced(&commit);
    let [name] = &fragments(argo, "policy")[..] else {
        panic!("one fragment");
    };
    let fragment = argo
        .cluster()
        .get("configmaps", "policy", name)
        .expect("it is there");
    let mapping = fragment["data"]["mapping.yaml"]
        .as_str()
        .expect("a mapping");
    assert!(
        mapping.contains("blueprint: \".spec.blueprint\""),
        "{mapping}"
    );
}

/// A repository with a chart.
fn chart(argo: &ArgoCd, name: &str) -> Repository {
    let repository = argo.repository(name);
    repository.write(
        "app/Chart.yaml",
        "apiVersion: v2\nname: pay\nversion: 1.0.0\n",
    );
    repository.write("app/templates/entity.yaml", &entity("pay", "go"));
    repository.commit();
    repository
}

fn with_parameters(repository: &Repository, parameters: &Value) -> Value {
    let mut spec = spec(repository.plugin("app"));
    spec["source"]["plugin"]["parameters"] = parameters.clone();
    spec
}

/// What the entity says of its delivery.
fn delivered(argo: &ArgoCd, namespace: &str) -> Value {
    let entity = argo
        .cluster()
        .get("entities.glint.io", namespace, "pay")
        .expect("it is there");
    entity["metadata"]["annotations"]["gitops.glint.io/deliver"].clone()
}
