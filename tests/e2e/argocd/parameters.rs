//! The parameters that Argo CD's user interface offers, asked for by its API
//! from the real repo-server.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{ArgoCd, entity};

#[test]
fn the_user_interface_gets_the_parameters_that_we_print() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("announced");
    repository
        .write("app/entity.yaml", &entity("announced", "go"))
        .write("app/.glint.yaml", "deliver: false\n")
        .commit();
    // All of it encoded, as a client does with what stands in a path.
    let url: String = repository
        .url()
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    let query = json!({
        "source": repository.plugin("app"),
        "appName": "announced",
        "appProject": "default",
    });
    let answer = argo.api(
        &format!("/api/v1/repositories/{url}/appdetails"),
        Some(&query),
    );
    assert_eq!(answer["type"], "Plugin", "{answer}");
    let folder = PathBuf::from(repository.url().trim_start_matches("file://")).join("app");
    assert_eq!(
        answer["plugin"],
        json!({"parametersAnnouncement": printed(&folder)})
    );
}

/// What `argocd parameters` prints in a folder, but for empty members, which the
/// API leaves out.
fn printed(folder: &Path) -> Value {
    let output = Command::new(crate::GLINT)
        .args(["argocd", "parameters"])
        .current_dir(folder)
        .env("ARGOCD_APP_NAME", "announced")
        .output()
        .expect("the program runs");
    let mut parameters: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    for parameter in parameters.as_array_mut().expect("a list") {
        let members = parameter.as_object_mut().expect("a parameter");
        members.retain(|_, member| ![json!(""), json!([]), json!({})].contains(member));
    }
    parameters
}
