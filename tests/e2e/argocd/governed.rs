//! Argo CD with an operator's policy, with a renderer that never ends, and with
//! less patience than ours.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::fixture::Setup;
use super::{ArgoCd, Repository, entity, fragments, render_failed, spec};

/// Where the policy stands, and what the plugin was given, by application.
static SEEN: OnceLock<PathBuf> = OnceLock::new();

/// Argo CD with a policy of the operator, where a chart is never rendered to its
/// end and the plugin is killed after 8 s.
fn governed() -> &'static ArgoCd {
    static GOVERNED: OnceLock<ArgoCd> = OnceLock::new();
    GOVERNED.get_or_init(|| {
        let folder = SEEN.get_or_init(|| crate::process::work("policy"));
        let policy = folder.join("policy.yaml");
        fs::write(
            &policy,
            "enforce:\n  mapping-style: generic\ndefaults:\n  timeout: 30s\n",
        )
        .expect("the policy is written");
        let helm = folder.join("helm");
        fs::write(&helm, "#!/bin/sh\nexec /bin/sleep 600\n").expect("a program is written");
        fs::set_permissions(&helm, fs::Permissions::from_mode(0o755)).expect("it can be run");
        // Before the program there is one that writes down what it was given.
        let witness = folder.join("glint-gitops");
        fs::write(&witness, WITNESS).expect("a program is written");
        fs::set_permissions(&witness, fs::Permissions::from_mode(0o755)).expect("it can be run");
        let argo = ArgoCd::start(&Setup {
            variables: &[
                ("GLINT_POLICY", &policy.display().to_string()),
                ("PROGRAM", crate::GLINT),
                ("SEEN", &folder.display().to_string()),
            ],
            programs: Some(folder),
            timeout: Some(8),
        });
        argo.cluster().install_crds();
        argo
    })
}

const WITNESS: &str = r#"#!/bin/sh
{ pwd; /usr/bin/env; } >"$SEEN/$ARGOCD_APP_NAME"
exec "$PROGRAM" "$@"
"#;

#[test]
fn our_own_deadline_beats_the_kill() {
    let argo = governed();
    let repository = chart(argo, "deadline");
    let application = argo.application("deadline").apply(with_parameters(
        &repository,
        &json!([{"name": "timeout", "string": "2s"}]),
    ));
    let message = application.condition("ComparisonError");
    // The time counts from the birth of the work folder.
    let (message, after) = message.split_once("after ").expect("a time is said");
    let (_, remedy) = after.split_once(" s").expect("in seconds");
    assert_eq!(
        format!("{message}after … s{remedy}"),
        render_failed(
            "deadline",
            "glint-gitops: read the repository …
glint-gitops: helm template . …
glint-gitops: `helm template .` was stopped at the deadline, after … s; \
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
    let killed = render_failed("killed", steps).replace("exit status 2", "signal: killed");
    // On a busy machine the sidecar's answer comes after the controller has given
    // up.
    let late = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc \
                error: code = DeadlineExceeded desc = context deadline exceeded";
    let mut message = application.condition("ComparisonError");
    for _ in 0..5 {
        if message != late {
            break;
        }
        application.hard_refresh();
        message = application.condition("ComparisonError");
    }
    assert_eq!(message, killed);
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

#[test]
fn the_environment_is_as_we_read_it() {
    let argo = governed();
    let repository = argo.repository("environment");
    let commit = repository
        .write("deep/app/entity.yaml", &entity("pay", "go"))
        .commit();
    let application = argo.application("environment");
    application
        .apply(spec(repository.plugin("deep/app")))
        .synced(&commit);
    let seen = fs::read_to_string(SEEN.get().expect("a folder").join("environment"));
    let seen = seen.expect("it was written down");
    let (folder, variables) = seen.split_once('\n').expect("lines");
    let variable = |name: &str| {
        let mut lines = variables.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.map(str::to_owned)
    };

    // A copy of the whole repository, in a folder of this render alone.
    let (copy, path) = folder.split_at(folder.find("/deep/app").expect("the path is in it"));
    assert_eq!(path, "/deep/app");
    assert_eq!(
        Path::new(copy).parent().and_then(Path::file_name),
        Some("_cmp_server".as_ref())
    );

    assert_eq!(variable("ARGOCD_APP_PARAMETERS").as_deref(), Some("null"));
    assert_eq!(
        variable("ARGOCD_APP_NAMESPACE").as_deref(),
        Some("environment")
    );
    assert_eq!(
        variable("ARGOCD_APP_SOURCE_PATH").as_deref(),
        Some("deep/app")
    );
    assert_eq!(variable("ARGOCD_APP_REVISION"), Some(commit));
    assert_eq!(variable("KUBE_VERSION").as_deref(), Some("1.37.2"));
    let versions = variable("KUBE_API_VERSIONS").expect("it is given");
    let versions: Vec<&str> = versions.split(',').collect();
    assert!(versions.is_sorted(), "{versions:?}");
    assert!(versions.contains(&"glint.io/v1") && versions.contains(&"glint.io/v1/Entity"));
    // The sidecar's own are there as well.
    assert_eq!(variable("PROGRAM").as_deref(), Some(crate::GLINT));
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
