//! What users see where something is not as it should be: the messages that
//! docs/troubleshooting.md quotes, as the real programs say them.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::argocd::{ArgoCd, render_failed, spec};
use crate::cluster::Cluster;
use crate::peers;

const ENTITY: &str = "apiVersion: glint.io/v1
kind: Entity
metadata: {name: pay}
spec: {blueprint: service, identifier: pay}
";

#[test]
fn an_application_says_that_there_is_no_such_plugin() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("no-such-plugin");
    repository.write("app/entity.yaml", ENTITY).commit();
    let mut spec = spec(repository.plugin("app"));
    spec["source"]["plugin"]["name"] = "glint".into();
    let message = argo
        .application("no-such-plugin")
        .apply(spec)
        .condition("ComparisonError");
    let folder = argo.plugins().display().to_string();
    assert_eq!(
        message.replace(&folder, "PLUGINS"),
        "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: \
         code = Unknown desc = CMP processing failed for application \"no-such-plugin\": could not \
         find cmp-server plugin with name \"glint\" supporting the given repository: error dialing \
         to cmp-server for plugin glint.sock: error dial proxy: dial unix PLUGINS/glint.sock: \
         connect: no such file or directory"
    );
}

#[test]
fn an_application_says_that_a_host_is_not_allowed() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("no-such-host");
    let base = "resources: ['https://github.com/example/base?ref=v1']\n";
    repository.write("app/kustomization.yaml", base).commit();
    let application = argo.application("no-such-host");
    let application = application.apply(spec(repository.plugin("app")));
    assert_eq!(
        application.condition("ComparisonError"),
        render_failed(
            "no-such-host",
            "glint-gitops: read the repository …
glint-gitops: `app/kustomization.yaml` needs `https://github.com/example/base?ref=v1`, and host \
             `github.com` is not among `allow-hosts`; copy it into the repository, or have the \
             operator add the host"
        )
    );
}

#[test]
fn an_application_says_that_its_project_may_not_declare_cluster_entities() {
    let argo = ArgoCd::shared();
    argo.cluster().apply(
        "
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: namespaced, namespace: argocd}
spec:
  sourceRepos: ['*']
  destinations: [{namespace: '*', server: '*'}]
  clusterResourceWhitelist: [{group: '', kind: Namespace}]
",
    );
    let name = "cluster-entity";
    let repository = argo.repository(name);
    let entity = ENTITY.replace("kind: Entity", "kind: ClusterEntity");
    repository.write("app/entity.yaml", &entity).commit();
    let mut spec = spec(repository.plugin("app"));
    spec["project"] = "namespaced".into();
    spec["syncPolicy"]["retry"] = json!({"limit": 0});
    let state = argo
        .application(name)
        .apply(spec)
        .wait(|application| application["status"]["operationState"]["phase"] == "Failed");
    assert_eq!(
        state["status"]["operationState"]["message"],
        "one or more synchronization tasks are not valid: resource glint.io:ClusterEntity is not \
         permitted in project namespaced"
    );
}

#[test]
fn kubectl_says_that_argo_cd_has_made_the_crds() {
    let cluster = Cluster::start();
    let crds = Command::new(crate::GLINT).arg("crds").output();
    let crds = String::from_utf8(crds.expect("crds are printed").stdout).expect("text");
    let older = crds.replace("crd-version: \"1\"", "crd-version: \"0\"");
    let apply = ["apply", "--server-side", "--filename=-"];
    let by_argo = [&apply[..], &["--field-manager=argocd-controller"]].concat();
    cluster.done(&by_argo, Some(&older));
    let output = cluster.kubectl(&apply, Some(&crds));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        said.lines().next(),
        Some(
            "Apply failed with 1 conflict: conflict with \"argocd-controller\": \
             .metadata.annotations.gitops.glint.io/crd-version"
        )
    );
}

/// What a Helm says of a release of the example that fails.
fn helm_says(helm: &str, policy: Option<&Path>, renderer: &str) -> String {
    let cluster = Cluster::without_crds();
    let home = tempfile::tempdir().expect("a home");
    let place = home.path().join("bin");
    std::fs::create_dir(&place).expect("a folder of programs");
    std::os::unix::fs::symlink(crate::GLINT, place.join("glint-gitops")).expect("a link");
    let plugins = home.path().join("plugins");
    let install = Command::new(crate::GLINT)
        .args(["install", "helm", "--output"])
        .arg(plugins.join("glint-gitops"))
        .output()
        .expect("the plugin is written");
    assert!(install.status.success(), "{install:?}");
    let mut command = Command::new(peers::program(helm));
    command
        .args(["install", "shop", "examples/shop-helm", "--no-hooks"])
        .args(["--post-renderer", renderer])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", format!("{}:/usr/bin:/bin", place.display()))
        .env("KUBECONFIG", cluster.kubeconfig());
    match helm {
        "helm3" => command.args(["--post-renderer-args", "post-render"]),
        _ => command.env("HELM_PLUGINS", &plugins),
    };
    if let Some(policy) = policy {
        command.env("GLINT_POLICY", policy);
    }
    let output = command.output().expect("helm runs");
    assert!(!output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.replace(&place.display().to_string(), "BIN")
}

#[test]
fn helm_says_that_the_crds_are_not_installed() {
    for helm in ["helm3", "helm4"] {
        let said = helm_says(helm, None, "glint-gitops");
        assert_eq!(
            said.lines().next(),
            Some(
                "Error: INSTALLATION FAILED: unable to build kubernetes objects from release \
                 manifest: [resource mapping not found for name: \"team-commerce\" namespace: \"\" \
                 from \"\": no matches for kind \"ClusterEntity\" in version \"glint.io/v1\""
            )
        );
    }
}

#[test]
fn helm_3_says_why_a_render_failed() {
    let policy = Path::new("examples/policy.yaml");
    let said = helm_says("helm3", Some(policy), "glint-gitops");
    let (first, rest) = said.split_once('\n').expect("several lines");
    assert_eq!(
        first,
        "Error: INSTALLATION FAILED: error while running post render on files: error while running \
         command BIN/glint-gitops. error output:"
    );
    let end = "glint-gitops: nothing is rendered: the policy does not let this application declare \
        `team/commerce`, and 6 more\n: exit status 2\n";
    assert!(rest.ends_with(end), "{rest}");
}

#[test]
fn helm_4_says_only_that_a_render_failed() {
    let policy = Path::new("examples/policy.yaml");
    assert_eq!(
        helm_says("helm4", Some(policy), "glint-gitops"),
        "Error: INSTALLATION FAILED: error while running post render on files: failed to invoke \
         post-renderer plugin \"glint-gitops\": plugin \"glint-gitops\" exited with error\n"
    );
}

#[test]
fn helm_4_says_that_there_is_no_such_plugin() {
    assert_eq!(
        helm_says("helm4", None, "glint"),
        "Error: invalid argument \"glint\" for \"--post-renderer\" flag: plugin: {Name:glint \
         Type:postrenderer/v1} not found\n"
    );
}

#[test]
fn kustomize_says_that_the_crds_are_there_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let install = Command::new(crate::GLINT)
        .args(["install", "flux", "component", "--output"])
        .arg(folder.path())
        .output()
        .expect("the Component is written");
    assert!(install.status.success(), "{install:?}");
    let crds = Command::new(crate::GLINT).arg("crds").output();
    let write = |file: &str, text: &[u8]| {
        std::fs::write(folder.path().join(file), text).expect("a file to build");
    };
    write("crds.yaml", &crds.expect("crds are printed").stdout);
    let kustomization = "resources: [crds.yaml]\ncomponents: [component]\n";
    write("kustomization.yaml", kustomization.as_bytes());
    let output = Command::new(peers::program("kustomize"))
        .arg("build")
        .arg(folder.path())
        .output()
        .expect("kustomize runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let place = folder.path().display().to_string();
    assert_eq!(
        said.replace(&place, "PLACE"),
        "Error: accumulating components: accumulateDirectory: \"recursed accumulation of path \
         'PLACE/component': accumulating resources: accumulation err='merging resources from \
         'entities.yaml': may not add resource with an already registered id: \
         CustomResourceDefinition.v1.apiextensions.k8s.io/entities.glint.io.[noNs]': must build at \
         directory: 'PLACE/component/entities.yaml': file is not directory\"\n"
    );
}

#[test]
fn an_application_says_that_there_is_no_crd() {
    let argo = ArgoCd::alone();
    let repository = argo.repository("no-crd");
    repository.write("app/entity.yaml", ENTITY).commit();
    let mut spec = spec(repository.plugin("app"));
    spec["source"]["plugin"]["parameters"] = json!([{"name": "crds", "string": "never"}]);
    spec["syncPolicy"]["retry"] = json!({"limit": 0});
    let state = argo
        .application("no-crd")
        .apply(spec)
        .wait(|application| application["status"]["operationState"]["phase"] == "Failed");
    let message = state["status"]["operationState"]["message"].as_str();
    // The name of a file that kubectl's library was given is another each time.
    let words = message.expect("a message").split('"');
    let known: Vec<&str> = words.filter(|it| !it.starts_with("/dev/shm/")).collect();
    assert_eq!(
        known.join("\""),
        "one or more synchronization tasks completed unsuccessfully, reason: resource mapping not \
         found for name: \"pay\" namespace: \"no-crd\" from \": no matches for kind \"Entity\" in \
         version \"glint.io/v1\"\nensure CRDs are installed first"
    );
}
