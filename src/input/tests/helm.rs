//! Charts, their values, and the charts that they depend on.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::Scene;
use crate::input::Renderer;

/// Prints its arguments.
const FAKE: &str = r#"for argument; do echo "$argument"; done"#;

/// Packs and pulls nothing, and lists the charts of what it renders.
const FAKE_WITH_CHARTS: &str = r#"
for argument; do last=$argument; case $argument in --destination=*) to=${argument#--destination=};; esac; done
case $1 in
  package) echo packed > "$to/$(basename "$last")-1.0.0.tgz" ;;
  pull) echo pulled > "$to/$(basename "$last")-2.0.0.tgz" ;;
  template) cd "$last" && find . -type f | sort ;;
esac"#;

/// A repository with one chart.
fn chart(metadata: &str) -> Scene {
    Scene::new()
        .file("apps/pay/Chart.yaml", metadata)
        .tool("helm", FAKE)
}

#[test]
fn every_setting_becomes_a_flag_that_can_not_be_taken_for_another() {
    let mut scene = chart("name: pay\nversion: 1.0.0\n")
        .file("apps/pay/prod.yaml", "")
        .file("shared/common.yaml", "");
    scene.helm.namespace = Some("--shop".into());
    scene.helm.values_files = vec![
        "prod.yaml".into(),
        "../../shared/common.yaml".into(),
        "/shared/common.yaml".into(),
    ];
    scene
        .helm
        .parameters
        .insert("image.tag".into(), "1,2".into());
    scene.helm.parameters.insert("hosts".into(), "{a,b}".into());
    scene
        .helm
        .parameters
        .insert("escaped".into(), r"a\,b,c".into());
    scene.helm.kube_version = Some("1.33.0".into());
    scene.helm.api_versions = vec!["v1".into(), "apps/v1/Deployment".into()];
    let expected = r"template
--namespace=--shop
--kube-version=1.33.0
--set=escaped=a\,b\,c
--set=hosts={a,b}
--set=image.tag=1\,2
--values=<repo>/apps/pay/prod.yaml
--values=<repo>/shared/common.yaml
--values=<repo>/shared/common.yaml
--api-versions=v1
--api-versions=apps/v1/Deployment
--include-crds
--
pay
<repo>/apps/pay
";
    assert_eq!(scene.text("apps/pay"), expected);
    assert_eq!(scene.render("apps/pay").unwrap().renderer, Renderer::Helm);
    assert_eq!(scene.announced.borrow()[0], "helm template <repo>/apps/pay");
}

#[test]
fn a_values_file_must_be_a_file_of_the_repository() {
    #[track_caller]
    fn check(name: &str, words: &str) {
        let mut scene = chart("name: pay")
            .beside("secret.yaml", "")
            .link("apps/pay/link.yaml", "../../../secret.yaml")
            .file("apps/pay/a,b.yaml", "");
        scene.helm.values_files = vec![name.into()];
        scene.check_failure("apps/pay", words);
    }
    check(
        "https://a:b@example.com/values.yaml",
        "the values file `https://***@example.com/values.yaml` is a URL; commit it to the repository and name it there",
    );
    check(
        "absent.yaml",
        "the values file `absent.yaml` is not in `apps/pay`; name it relative to the chart, or from the repository's root with a `/` in front",
    );
    check(
        "../../../secret.yaml",
        "`../../../secret.yaml`, named by `values-files`, leads to `<beside>/secret.yaml`, outside of the repository `<repo>`; keep what is rendered inside the repository",
    );
    check(
        "link.yaml",
        "`link.yaml`, named by `values-files`, leads to `<beside>/secret.yaml`, outside of the repository `<repo>`; keep what is rendered inside the repository",
    );
    check(
        "/etc/passwd",
        "the values file `/etc/passwd` is not in `.`; name it relative to the chart, or from the repository's root with a `/` in front",
    );
    check(
        "a,b.yaml",
        "the values file `a,b.yaml` has a comma, a quote or a line break in its path; rename it",
    );
}

#[test]
fn a_symlink_of_a_chart_that_leads_out_is_refused() {
    chart("name: pay").beside("secret", "x").link("apps/pay/files/link", "../../../../secret").check_failure(
        "apps/pay",
        "the symlink `apps/pay/files/link` leads to `<beside>/secret`, outside of the repository `<repo>`; keep what is rendered inside the repository",
    );
    chart("name: pay")
        .file("shared/values.yaml", "")
        .beside("other/secret", "x")
        .link("shared/out", "../../other")
        .link("apps/pay/shared", "../../shared")
        .check_failure(
            "apps/pay",
            "the symlink `apps/pay/shared/out` leads to `<beside>/other`, outside of the repository `<repo>`; keep what is rendered inside the repository",
        );
}

#[test]
fn a_symlink_with_a_name_that_is_no_text_is_followed_too() {
    let scene = chart("name: pay").beside("secret", "x");
    let name = OsStr::from_bytes(b"\xff");
    symlink(
        "../../../secret",
        scene.repository().join("apps/pay").join(name),
    )
    .unwrap();
    scene.check_failure(
        "apps/pay",
        "the symlink `apps/pay/\u{fffd}` leads to `<beside>/secret`, outside of the repository `<repo>`; keep what is rendered inside the repository",
    );
}

#[test]
fn vendored_dependencies_are_rendered_in_place() {
    let scene = chart("name: pay\ndependencies:\n- {name: db, version: ^1.0.0, repository: 'https://charts.example.com'}\n- {name: queue, version: 1.x, repository: '@corp'}\n")
        .file("apps/pay/charts/db-1.2.3.tgz", "")
        .file("apps/pay/charts/other-name/Chart.yaml", "name: queue");
    assert!(scene.text("apps/pay").ends_with("<repo>/apps/pay\n"));
}

#[test]
fn a_missing_dependency_is_refused_with_what_to_do() {
    #[track_caller]
    fn check(repository: &str, words: &str) {
        chart(&format!(
            "name: pay\ndependencies: [{{name: db, version: 1.0.0, repository: '{repository}'}}]"
        ))
        .file("apps/pay/charts/db-operator-1.0.0.tgz", "")
        .check_failure("apps/pay", words);
    }
    check(
        "https://u:p@charts.example.com/stable",
        "chart `pay`, which has no `db` in its charts/, needs `https://***@charts.example.com/stable`, and host `charts.example.com` is not among `allow-hosts`; run `helm dependency build` and commit charts/, or have the operator add the host",
    );
    check(
        "oci://registry.example.com/charts",
        "chart `pay`, which has no `db` in its charts/, needs `oci://registry.example.com/charts`, and host `registry.example.com` is not among `allow-hosts`; run `helm dependency build` and commit charts/, or have the operator add the host",
    );
    check(
        "@corp",
        "chart `pay` has no `db` in its charts/, and its repository `@corp` is no address; run `helm dependency build` and commit charts/",
    );
    check(
        "file://../nowhere",
        "chart `pay` depends on `db` from `file://../nowhere`, where no `Chart.yaml` is; correct `repository` in its dependencies",
    );
    check(
        "file://../../../elsewhere",
        "`../../../elsewhere`, named by chart `pay`, leads to `<beside>/elsewhere`, outside of the repository `<repo>`; keep what is rendered inside the repository",
    );
}

#[test]
fn missing_dependencies_are_added_to_a_copy() {
    let mut scene = chart("name: pay\n")
        .file("apps/pay/requirements.yaml", "dependencies:\n- {name: common, version: 1.0.0, repository: 'file://../common'}\n- {name: db, version: 2.0.0, repository: 'https://charts.example.com'}\n- {name: bus, version: 2.0.0, repository: 'oci://charts.example.com/x'}\n- {name: kept, version: 1.0.0}\n")
        .file("apps/pay/charts/kept-1.0.0.tgz", "")
        .file("apps/pay/templates/a.yaml", "")
        .file("apps/common/Chart.yaml", "name: common")
        .tool("helm", FAKE_WITH_CHARTS);
    scene.allow_hosts.insert("charts.example.com".into());
    assert_eq!(
        scene.text("apps/pay"),
        "./Chart.yaml\n./charts/bus-2.0.0.tgz\n./charts/common-1.0.0.tgz\n./charts/db-2.0.0.tgz\n./charts/kept-1.0.0.tgz\n./requirements.yaml\n./templates/a.yaml\n"
    );
    assert_eq!(
        *scene.announced.borrow(),
        [
            "helm package apps/common",
            "helm pull db from https://charts.example.com",
            "helm pull oci://charts.example.com/x/bus",
            "helm template <repo>/apps/pay",
        ]
    );
    let charts = fs::read_dir(scene.repository().join("apps/pay/charts")).unwrap();
    assert_eq!(charts.count(), 1);
}

#[test]
fn a_chart_that_does_not_parse_is_named() {
    let scene = chart("name: [\n");
    let words = scene.words(&scene.render("apps/pay").map(|_| ()).unwrap_err());
    assert!(
        words.starts_with("cannot understand `apps/pay/Chart.yaml`: "),
        "{words}"
    );
}
