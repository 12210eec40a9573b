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
fn the_image_is_called_the_same_everywhere() {
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
    assert_eq!(found, BTreeSet::from([format!(":{VERSION}")]));
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
