//! `render DIR` calls the tool.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::{GLINT, chart, check_same, check_touched, home, path, peers, stdout_of};

/// `helm template` as Argo CD calls it, CRDs included.
const HELM: [&str; 5] = [
    "template",
    "--include-crds",
    "--namespace=prod",
    "--kube-version=1.33.0",
    "--set=image.tag=1.2.3",
];

/// The same wishes in the words of `render`.
const RENDER: [&str; 5] = [
    "--release-name=checkout",
    "--namespace=prod",
    "--kube-version=1.33.0",
    "--parameters=image.tag=1.2.3",
    "--application=checkout",
];

#[test]
fn helm_3_gives_what_it_gives_alone() {
    check_chart("helm3", &[]);
}

#[test]
fn helm_4_gives_what_it_gives_alone() {
    check_chart("helm4", &[]);
}

#[test]
fn values_files_and_api_versions_reach_helm_3() {
    check_chart("helm3", &["values-prod.yaml"]);
}

#[test]
fn values_files_and_api_versions_reach_helm_4() {
    check_chart("helm4", &["values-prod.yaml"]);
}

#[test]
fn kustomize_gives_what_it_gives_alone() {
    check_kustomization("tests/renderers/fixtures/kustomize/overlays/prod");
}

#[test]
fn the_kustomize_example_is_what_kustomize_gives() {
    check_kustomization("examples/shop-kustomize/overlays/production");
}

#[test]
fn the_helm_example_is_what_helm_gives() {
    let home = home();
    for tool in ["helm3", "helm4"] {
        let (helm, directory) = (peers::program(tool), path("examples/shop-helm"));
        let alone = [
            OsStr::new("template"),
            OsStr::new("--include-crds"),
            OsStr::new("shop-helm"),
            directory.as_os_str(),
        ];
        let alone = stdout_of(&helm, home.path(), &alone);
        let ours = render(home.path(), &directory, &[flag("--helm-path", &helm)]);
        check_same(&alone, &ours);
    }
}

#[test]
fn a_name_that_helm_refuses_is_made_one_that_it_takes() {
    let home = home();
    let (helm, directory) = (peers::program("helm4"), path("examples/shop-helm"));
    let alone = ["template", "--include-crds", "my-app"].map(OsStr::new);
    let alone = [&alone[..], &[directory.as_os_str()]].concat();
    let alone = stdout_of(&helm, home.path(), &alone);
    // Only under Argo CD is what stands before `_` a namespace.
    let ours = [
        flag("--helm-path", &helm),
        "--application=my_app".into(),
        "--host=pipe".into(),
    ];
    check_same(&alone, &render(home.path(), &directory, &ours));
}

#[track_caller]
fn check_chart(tool: &str, values_files: &[&str]) {
    let home = home();
    let helm = peers::program(tool);
    let mut alone: Vec<OsString> = HELM.map(OsString::from).into();
    let mut ours: Vec<OsString> = RENDER.map(OsString::from).into();
    ours.push(flag("--helm-path", &helm));
    for file in values_files {
        alone.push(flag("--values", &chart().join(file)));
        ours.push(OsString::from(format!("--values-files={file}")));
    }
    if !values_files.is_empty() {
        alone.push("--api-versions=example.com/v1".into());
        ours.push("--api-versions=example.com/v1".into());
    }
    alone.extend(["checkout".into(), chart().into_os_string()]);
    let alone: Vec<_> = alone.iter().map(OsString::as_os_str).collect();
    let alone = stdout_of(&helm, home.path(), &alone);
    let ours = render(home.path(), &chart(), &ours);
    check_same(&alone, &ours);
    check_touched(&ours, &["gitops.glint.io/application", "fragment.json"]);
}

#[track_caller]
fn check_kustomization(relative: &str) {
    let home = home();
    let (kustomize, directory) = (peers::program("kustomize"), path(relative));
    let alone = [OsStr::new("build"), directory.as_os_str()];
    let alone = stdout_of(&kustomize, home.path(), &alone);
    let ours = [
        flag("--kustomize-path", &kustomize),
        "--application=checkout".into(),
    ];
    let ours = render(home.path(), &directory, &ours);
    check_same(&alone, &ours);
    check_touched(&ours, &["gitops.glint.io/application", "fragment.json"]);
}

fn render(home: &Path, directory: &Path, flags: &[OsString]) -> Vec<u8> {
    let mut arguments = vec![OsStr::new("render"), directory.as_os_str()];
    arguments.extend(flags.iter().map(OsString::as_os_str));
    stdout_of(GLINT, home, &arguments)
}

fn flag(name: &str, value: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push("=");
    flag.push(value);
    flag
}
