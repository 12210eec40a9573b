//! What is shipped to be applied: copies equal their originals, versions and names
//! are the same everywhere, and `install` writes what is shipped.
//!
//! That the folders build and do what they say is for the real programs
//! (`tests/renderers`, `tests/e2e`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use walkdir::WalkDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const IMAGE: &str = "registry.example.com/glint-gitops";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&shipped(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What the program prints, without any variable of the machine.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_glint-gitops"))
        .args(arguments)
        .env_clear()
        .current_dir(root())
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Every file below a folder by its path, and whether it can be run.
fn tree(folder: &Path) -> BTreeMap<PathBuf, (bool, Vec<u8>)> {
    use std::os::unix::fs::PermissionsExt;
    let entries = WalkDir::new(folder).into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).expect("a file below");
            let mode = entry.metadata().expect("a file").permissions().mode();
            let content = fs::read(entry.path()).expect("a file");
            (path.to_owned(), (mode & 0o100 != 0, content))
        })
        .collect()
}

#[test]
fn every_copy_of_a_crd_is_the_one_that_crds_prints() {
    for kind in ["entity", "clusterentity"] {
        let crd = printed(&["crds", "--kind", kind]);
        let plural = kind.replace("entity", "entities");
        for folder in ["argocd/crds", "flux/crds", "flux/component"] {
            assert_eq!(shipped(&format!("{folder}/{plural}.yaml")), crd, "{folder}");
        }
    }
}

#[test]
fn every_copy_of_the_plugin_is_the_shipped_one() {
    assert_eq!(
        shipped("argocd/plugin-configmap/plugin.yaml"),
        shipped("plugin.yaml")
    );
    let plugin = yaml("plugin.yaml");
    let plugins = &yaml("argocd/values/values.yaml")["configs"]["cmp"]["plugins"];
    let name = plugin["metadata"]["name"].as_str().expect("a name");
    assert_eq!(*plugins, serde_json::json!({ name: plugin["spec"] }));
}

#[test]
fn the_component_has_the_mapping_that_the_program_prints() {
    let mapping = yaml("flux/component/mapping.yaml");
    assert_eq!(
        mapping["data"]["mapping.yaml"].as_str().expect("a text"),
        printed(&["mapping", "examples/shop"])
    );
}

#[test]
fn the_sidecar_is_the_same_however_it_is_installed() {
    let pod = |path: &str| yaml(path)["spec"]["template"]["spec"].take();
    let sidecar = pod("argocd/sidecar/repo-server.yaml");
    let mut with_config_map = pod("argocd/plugin-configmap/repo-server.yaml");
    let mut values = yaml("argocd/values/values.yaml")["repoServer"].take();
    let mut of_values = serde_json::json!({
        "containers": values["extraContainers"].take(),
        "volumes": values["volumes"].take(),
        // The chart has no value for it.
        "enableServiceLinks": false,
    });
    for pod in [&mut with_config_map, &mut of_values] {
        let plugin = "glint-gitops-plugin";
        let container = &mut pod["containers"][0]["volumeMounts"];
        assert_eq!(
            taken(container, plugin)["mountPath"],
            "/home/argocd/cmp-server/config"
        );
        taken(&mut pod["volumes"], plugin);
        assert_eq!(*pod, sidecar);
    }
}

/// The element of a list that has this name, which is gone from it afterwards.
#[track_caller]
fn taken(list: &mut Value, name: &str) -> Value {
    let list = list.as_array_mut().expect("a list");
    let at = list.iter().position(|it| it["name"] == name);
    list.remove(at.expect("an element of this name"))
}

#[test]
fn the_images_are_called_the_same_everywhere() {
    let shipped = ["argocd", "flux", "helm", "Dockerfile", "README.md"];
    let mut found = BTreeSet::new();
    for path in shipped.iter().map(|it| root().join(it)) {
        for entry in WalkDir::new(path).into_iter().flatten() {
            let Ok(text) = fs::read_to_string(entry.path()) else {
                continue;
            };
            let references = text.split(IMAGE).skip(1);
            let is_part = |it: char| it.is_ascii_alphanumeric() || ":@._-".contains(it);
            found.extend(references.map(|rest| {
                let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
                rest[..end].trim_end_matches('.').to_owned()
            }));
        }
    }
    let expected = ["", "-controller"].map(|image| format!("{image}:{VERSION}"));
    assert_eq!(found, BTreeSet::from(expected));
}

#[test]
fn plugin_and_image_have_the_version_of_the_program() {
    assert_eq!(yaml("helm/plugin.yaml")["version"], VERSION);
    assert_eq!(yaml("helm/plugin.yaml")["name"], env!("CARGO_PKG_NAME"));
    let label = format!("org.opencontainers.image.version=\"{VERSION}\"");
    assert!(shipped("Dockerfile").contains(&label));
}

#[test]
fn install_writes_the_shipped_folders() {
    let place = tempfile::tempdir().expect("a folder");
    for package in ["argocd", "flux"] {
        let target = place.path().join(package);
        let target = target.to_str().expect("UTF-8");
        printed(&["install", package, "--output", target]);
        let expected = tree(&root().join(package));
        assert!(!expected.is_empty());
        let written = tree(Path::new(target));
        assert_eq!(
            written.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>()
        );
        for (path, file) in &written {
            assert!(*file == expected[path], "{package}/{}", path.display());
        }
    }
}

/// What the program prints of a part, object by object.
fn objects(package: &str, part: &str) -> Vec<Value> {
    let stream = printed(&["install", package, part]);
    let documents = stream.split("\n---\n");
    let objects = documents.map(serde_saphyr::from_str::<Value>);
    objects.map(|object| object.expect("YAML")).collect()
}

#[track_caller]
fn object(objects: &[Value], kind: &str, name: &str) -> Value {
    let found = objects
        .iter()
        .find(|it| it["kind"] == kind && it["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}")).clone()
}

/// The parts that run a controller, and what it is called.
const CONTROLLERS: [(&str, &str, &str); 3] = [
    ("argocd", "controller", "glint-report"),
    ("flux", "report", "glint-report"),
    ("flux", "render", "glint-render"),
];

#[test]
fn the_controller_that_reports_is_the_same_for_both_hosts() {
    let in_argocd = printed(&["install", "argocd", "controller"]);
    let in_flux = printed(&["install", "flux", "report", "--namespace", "argocd"]);
    let only_here = |these: &str, those: &str| {
        let others: BTreeSet<&str> = those.lines().collect();
        let lines = these.lines().filter(|line| !others.contains(line));
        let lines = lines.filter(|line| !line.trim_start().starts_with('#'));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(only_here(&in_argocd, &in_flux), [""; 0]);
    assert_eq!(
        only_here(&in_flux, &in_argocd),
        [
            "- --events-addr=http://notification-controller.$(RUNTIME_NAMESPACE).svc.cluster.local./",
            "- to:",
            "- podSelector:",
            "app: notification-controller",
            "- port: 9090",
        ]
    );
}

#[test]
fn a_controller_may_do_nothing_but_write_to_its_own_volumes() {
    for (package, part, name) in CONTROLLERS {
        let deployment = object(&objects(package, part), "Deployment", name);
        let pod = &deployment["spec"]["template"]["spec"];
        assert_eq!(
            pod["securityContext"],
            serde_json::json!({
                "runAsNonRoot": true,
                "runAsUser": 65532,
                "runAsGroup": 65532,
                "fsGroup": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            })
        );
        assert_eq!(pod["containers"].as_array().map(Vec::len), Some(1));
        let container = &pod["containers"][0];
        assert_eq!(
            container["securityContext"],
            serde_json::json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            })
        );
        assert!(container["resources"]["limits"]["memory"].is_string());
        assert!(container["resources"]["requests"]["cpu"].is_string());
        let volumes = pod["volumes"].as_array().expect("volumes");
        for mount in container["volumeMounts"].as_array().expect("mounts") {
            let volume = volumes.iter().find(|it| it["name"] == mount["name"]);
            let volume = volume.expect("each mount has its volume");
            match volume.get("emptyDir") {
                Some(own) => assert!(own["sizeLimit"].is_string(), "{volume}"),
                None => assert_eq!(mount["readOnly"], true, "{mount}"),
            }
        }
    }
}

/// The verbs, groups and resources that no controller of ours may ever have.
#[test]
fn a_controller_reads_no_secret_runs_no_workload_and_is_nobody_else() {
    for (package, part, name) in CONTROLLERS {
        let objects = objects(package, part);
        let roles = objects
            .iter()
            .filter(|it| matches!(it["kind"].as_str(), Some("Role" | "ClusterRole")));
        let mut rules = 0;
        for rule in roles.flat_map(|role| role["rules"].as_array().cloned().unwrap_or_default()) {
            rules += 1;
            let words = |field: &str| -> Vec<String> {
                let list = rule[field].as_array().into_iter().flatten();
                list.map(|it| it.as_str().expect("a word").to_owned())
                    .collect()
            };
            for forbidden in ["*", "impersonate", "bind", "escalate"] {
                assert!(
                    !words("verbs").iter().any(|it| it == forbidden),
                    "{name}: {rule}"
                );
            }
            let forbidden = [
                "*",
                "secrets",
                "pods",
                "pods/exec",
                "serviceaccounts",
                "serviceaccounts/token",
                "deployments",
                "statefulsets",
                "daemonsets",
                "jobs",
            ];
            for resource in words("resources") {
                assert!(!forbidden.contains(&resource.as_str()), "{name}: {rule}");
            }
            for group in words("apiGroups") {
                assert!(!["*", "apps", "batch"].contains(&group.as_str()), "{name}");
            }
        }
        assert!(rules > 5, "{name} has {rules} rules");
    }
}

#[test]
fn who_renders_has_no_credentials_of_the_catalog() {
    let render = printed(&["install", "flux", "render"]);
    for word in ["glint-catalog", "client-id", "client-secret", "api-url"] {
        assert!(!render.contains(word), "{word}");
    }
    let report = printed(&["install", "flux", "report"]);
    assert!(report.contains("--client-secret-file=/etc/glint-catalog/client-secret\n"));
}

#[test]
fn services_policies_and_monitors_lead_to_the_pods_and_ports_that_there_are() {
    for (package, part, name) in CONTROLLERS {
        let objects = objects(package, part);
        let deployment = object(&objects, "Deployment", name);
        let template = &deployment["spec"]["template"];
        let labels = template["metadata"]["labels"].as_object().expect("labels");
        let container = &template["spec"]["containers"][0];
        let ports: BTreeSet<&str> = container["ports"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it["name"].as_str())
            .collect();
        let selects = |selector: &Value| {
            let selector = selector.as_object().expect("a selector");
            assert!(!selector.is_empty());
            assert!(selector.iter().all(|(key, value)| labels[key] == *value));
        };
        selects(&deployment["spec"]["selector"]["matchLabels"]);
        let service = object(&objects, "Service", name);
        selects(&service["spec"]["selector"]);
        for port in service["spec"]["ports"].as_array().expect("ports") {
            assert!(ports.contains(port["targetPort"].as_str().expect("a name")));
        }
        let policy = object(&objects, "NetworkPolicy", name);
        selects(&policy["spec"]["podSelector"]["matchLabels"]);
        let entries = policy["spec"]["ingress"].as_array().expect("entries");
        for entry in entries {
            assert!(ports.contains(entry["ports"][0]["port"].as_str().expect("a name")));
        }
        for probe in ["livenessProbe", "readinessProbe"] {
            let port = &container[probe]["httpGet"]["port"];
            assert!(ports.contains(port.as_str().expect("a name")));
        }
        let monitor = self::objects(package, "monitoring");
        let monitor = object(&monitor, "PodMonitor", "glint-gitops");
        selects(&monitor["spec"]["selector"]["matchLabels"]);
        let endpoint = &monitor["spec"]["podMetricsEndpoints"][0]["port"];
        assert!(ports.contains(endpoint.as_str().expect("a name")));
        for binding in &objects {
            if let Some(subjects) = binding["subjects"].as_array() {
                let account = serde_json::json!([{
                    "kind": "ServiceAccount",
                    "name": template["spec"]["serviceAccountName"],
                    "namespace": deployment["metadata"]["namespace"],
                }]);
                assert_eq!(account, Value::from(subjects.clone()));
                let role = binding["roleRef"]["kind"].as_str().expect("a kind");
                let role_name = binding["roleRef"]["name"].as_str().expect("a name");
                object(&objects, role, role_name);
            }
        }
    }
}

#[test]
fn both_kinds_of_entities_have_the_same_health() {
    let health = yaml("argocd/health/argocd-cm.yaml")["data"].take();
    for what in ["health", "ignoreResourceUpdates"] {
        let key = |kind: &str| format!("resource.customizations.{what}.glint.io_{kind}");
        let entity = &health[key("Entity")];
        assert!(entity.is_string(), "{health}");
        assert_eq!(*entity, health[key("ClusterEntity")]);
    }
    assert_eq!(health.as_object().map(serde_json::Map::len), Some(4));
}

#[test]
fn the_plugin_of_helm_comes_with_the_program_itself() {
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().to_str().expect("UTF-8");
    printed(&["install", "helm", "--output", target]);
    let written = tree(place.path());
    assert_eq!(
        written.keys().collect::<Vec<_>>(),
        [Path::new("glint-gitops"), Path::new("plugin.yaml")]
    );
    assert_eq!(
        written[Path::new("plugin.yaml")].1,
        shipped("helm/plugin.yaml").as_bytes()
    );
    let output = Command::new(place.path().join("glint-gitops"))
        .arg("--version")
        .output()
        .expect("the program runs");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("glint-gitops {VERSION}\n")
    );
}

#[test]
fn the_shipped_policy_leaves_the_crds_to_the_operator() {
    let policy = "argocd/policy/policy.yaml";
    let shown = printed(&[
        "render",
        "examples/shop",
        "--policy",
        policy,
        "--show-settings",
    ]);
    let crds = shown.lines().find(|line| line.starts_with("crds "));
    let crds = crds.map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(
        crds.expect("a line for `crds`")[..3],
        ["crds", "never", "policy"]
    );
}

#[test]
fn applications_ask_for_the_plugin_and_for_settings_that_there_are() {
    let announced: Value = serde_json::from_str(&printed(&["argocd", "parameters"])).expect("JSON");
    let announced: BTreeSet<&str> = announced
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    let plugin = yaml("plugin.yaml");
    let mut applications = 0;
    for template in application_specs() {
        assert!(
            template["syncPolicy"]["retry"]["limit"].is_u64(),
            "{template}"
        );
        assert!(
            template["syncPolicy"]["automated"].is_object(),
            "{template}"
        );
        let Some(asked) = template["source"].get("plugin") else {
            continue;
        };
        applications += 1;
        assert_eq!(asked["name"], plugin["metadata"]["name"]);
        for parameter in asked["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            assert!(announced.contains(name), "{name}");
        }
    }
    assert_eq!(applications, 3);
}

/// The spec of each Application, and of those that an ApplicationSet makes.
fn application_specs() -> Vec<Value> {
    let mut specs = Vec::new();
    for path in tree(&root().join("argocd/applications")).into_keys() {
        let text = shipped(&format!("argocd/applications/{}", path.display()));
        for document in text.split("\n---\n") {
            let mut object: Value = serde_saphyr::from_str(document).expect("YAML");
            match object["kind"].as_str() {
                Some("Application") => specs.push(object["spec"].take()),
                Some("ApplicationSet") => specs.push(object["spec"]["template"]["spec"].take()),
                _ => {}
            }
        }
    }
    specs
}
