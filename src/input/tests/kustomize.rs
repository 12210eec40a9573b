//! Kustomizations, and what they may name.

use std::fs;

use super::Scene;
use crate::input::{Renderer, RendererChoice};

/// Prints its arguments and the first line of the kustomization.
const FAKE: &str = r#"for argument; do echo "$argument"; done"#;

/// A repository with one overlay.
fn overlay(kustomization: &str) -> Scene {
    Scene::new()
        .file("apps/pay/kustomization.yaml", kustomization)
        .tool("kustomize", FAKE)
}

#[test]
fn kustomize_builds_the_real_directory_with_restrictions_on() {
    let scene = overlay("resources: [a.yaml]").file("apps/pay/a.yaml", "kind: A");
    let expected = "build\n--load-restrictor=LoadRestrictionsRootOnly\n--\n<repo>/apps/pay\n";
    assert_eq!(scene.text("apps/pay"), expected);
    assert_eq!(
        scene.render("apps/pay").unwrap().renderer,
        Renderer::Kustomize
    );
}

#[test]
fn every_name_of_the_file_is_known_and_only_one_may_be_there() {
    for name in ["kustomization.yml", "Kustomization"] {
        let scene = Scene::new()
            .file(&format!("apps/{name}"), "resources: []")
            .tool("kustomize", FAKE);
        assert_eq!(scene.render("apps").unwrap().renderer, Renderer::Kustomize);
    }
    overlay("resources: []").file("apps/pay/Kustomization", "").check_failure(
        "apps/pay",
        "`apps/pay` holds more than one kustomization file: kustomization.yaml, Kustomization; kustomize takes exactly one, so keep one",
    );
}

#[test]
fn a_kustomization_beside_a_chart_wins_as_in_argo_cd() {
    let mut scene = overlay("resources: []")
        .file("apps/pay/Chart.yaml", "name: pay")
        .file("apps/pay/a.yaml", "kind: A")
        .tool("helm", "true");
    assert_eq!(
        scene.render("apps/pay").unwrap().renderer,
        Renderer::Kustomize
    );
    scene.choice = RendererChoice::Helm;
    assert_eq!(scene.render("apps/pay").unwrap().renderer, Renderer::Helm);
    scene.choice = RendererChoice::Directory;
    scene.check_names("apps/pay", &["<repo>/apps/pay/a.yaml"]);
}

#[test]
fn a_renderer_that_is_asked_for_needs_its_file() {
    let mut scene = Scene::new().file("apps/a.yaml", "kind: A");
    scene.choice = RendererChoice::Kustomize;
    scene.check_failure(
        "apps",
        "`<repo>/apps` holds no `kustomization.yaml`; the setting `renderer: kustomize` asks for one",
    );
    scene.choice = RendererChoice::Helm;
    scene.check_failure(
        "apps",
        "`<repo>/apps` holds no `Chart.yaml`; the setting `renderer: helm` asks for one",
    );
}

#[test]
fn a_remote_reference_is_refused_wherever_it_stands() {
    #[track_caller]
    fn check(kustomization: &str, url: &str, host: &str) {
        overlay(kustomization).check_failure(
            "apps/pay",
            &format!(
                "`apps/pay/kustomization.yaml` needs `{url}`, and host `{host}` is not among `allow-hosts`; copy it into the repository, or have the operator add the host"
            ),
        );
    }
    check(
        "resources: [https://a:b@example.com/x.yaml]",
        "https://***@example.com/x.yaml",
        "example.com",
    );
    check(
        "bases: ['github.com/org/repo?ref=v1']",
        "github.com/org/repo?ref=v1",
        "github.com",
    );
    check(
        "ReSources: [HTTP://Example.com/x]",
        "HTTP://Example.com/x",
        "example.com",
    );
    check(
        "components: [https://example.com/c.git]",
        "https://example.com/c.git",
        "example.com",
    );
    for field in [
        "crds",
        "configurations",
        "generators",
        "transformers",
        "validators",
        "patchesStrategicMerge",
    ] {
        check(
            &format!("{field}: ['https://example.com/x']"),
            "https://example.com/x",
            "example.com",
        );
    }
    for text in [
        "openapi: {path: 'https://example.com/x'}",
        "replacements: [{path: 'https://example.com/x'}]",
        "patches: [{path: 'https://example.com/x'}]",
        "patchesJson6902: [{path: 'https://example.com/x', target: {}}]",
        "configMapGenerator: [{name: a, files: ['key=https://example.com/x']}]",
        "secretGenerator: [{name: a, envs: ['https://example.com/x']}]",
        "secretGenerator: [{name: a, env: 'https://example.com/x'}]",
        "transformers: [\"kind: PatchTransformer\\npath: https://example.com/x\\n\"]",
        "transformers: ['{kind: PatchTransformer, path: https://example.com/x}']",
    ] {
        check(text, "https://example.com/x", "example.com");
    }
}

#[test]
fn a_remote_reference_of_a_base_is_refused_with_the_file_that_names_it() {
    overlay("resources: [../../base]")
        .file("base/kustomization.yml", "components: [../component]")
        .file("component/Kustomization", "transformers: [../transformers]")
        .file("transformers/kustomization.yaml", "resources: [one.yaml]")
        .file("transformers/one.yaml", "kind: PatchTransformer\npath: https://example.com/x\n")
        .check_failure(
            "apps/pay",
            "`transformers/one.yaml` needs `https://example.com/x`, and host `example.com` is not among `allow-hosts`; copy it into the repository, or have the operator add the host",
        );
}

#[test]
fn an_allowed_host_is_let_through_but_never_by_ssh() {
    let mut scene =
        overlay("resources: [https://example.com/x.yaml]").tool("kustomize", "echo $NO_PROXY");
    scene.allow_hosts.insert("example.com".into());
    assert_eq!(scene.text("apps/pay"), "example.com\n");
    let mut scene = overlay("resources: ['git@example.com:org/repo']");
    scene.allow_hosts.insert("example.com".into());
    scene.check_failure(
        "apps/pay",
        "`apps/pay/kustomization.yaml` needs `git@example.com:org/repo`, and host `example.com` is not among `allow-hosts`; copy it into the repository; over ssh and from local paths nothing is fetched",
    );
}

#[test]
fn what_leads_out_of_the_repository_is_refused() {
    #[track_caller]
    fn check(scene: &Scene, path: &str, target: &str) {
        scene.check_failure(
            "apps/pay",
            &format!(
                "`{path}`, named by `apps/pay/kustomization.yaml`, leads to `{target}`, outside of the repository `<repo>`; keep what is rendered inside the repository"
            ),
        );
    }
    check(
        &overlay("resources: [../../../other]"),
        "../../../other",
        "<beside>/other",
    );
    check(
        &overlay("patches: [{path: /etc/hosts}]"),
        "/etc/hosts",
        "/etc/hosts",
    );
    check(
        &overlay("resources: [base]")
            .beside("other/kustomization.yaml", "")
            .link("apps/pay/base", "../../../other"),
        "base",
        "<beside>/other",
    );
    check(
        &overlay("configMapGenerator: [{name: a, files: [key=link]}]")
            .beside("secret", "x")
            .link("apps/pay/link", "../../../secret"),
        "link",
        "<beside>/secret",
    );
}

#[test]
fn a_directory_on_its_own_is_its_own_border() {
    let scene = overlay("resources: [../base]").file("apps/base/kustomization.yaml", "");
    fs::remove_dir(scene.repository().join(".git")).unwrap();
    scene.check_failure(
        "apps/pay",
        "`../base`, named by `kustomization.yaml`, leads to `<repo>/apps/base`, outside of `<repo>/apps/pay`, which is on its own, as no `.git` stands above it; keep what is rendered inside the repository",
    );
}

#[test]
fn charts_inside_of_a_kustomization_are_refused() {
    for text in [
        "helmCharts: [{name: a}]",
        "helmChartInflationGenerator: [{chartName: a}]",
        "generators: [\"kind: HelmChartInflationGenerator\\nname: a\\n\"]",
    ] {
        overlay(text).check_failure(
            "apps/pay",
            "`apps/pay/kustomization.yaml` inflates a Helm chart, which kustomize does only with `--enable-helm`; render the chart on its own, or commit what it renders",
        );
    }
}

#[test]
fn bases_that_lead_back_are_left_to_kustomize_and_deep_ones_end() {
    let scene =
        overlay("resources: [../base]").file("apps/base/kustomization.yaml", "resources: [../pay]");
    assert!(scene.render("apps/pay").is_ok());
    let mut scene = overlay("resources: [b]");
    for depth in 1..60 {
        scene = scene.file(
            &format!("apps/pay/{}kustomization.yaml", "b/".repeat(depth)),
            "resources: [b]",
        );
    }
    scene.limits.files = 1000;
    let words = scene.words(&scene.render("apps/pay").map(|_| ()).unwrap_err());
    assert!(
        words.starts_with("the bases of `<repo>/apps/pay` never end: `apps/pay/b/b/"),
        "{words}"
    );
    assert!(
        words.ends_with("` is 51 deep; look for a base that leads back to its overlay"),
        "{words}"
    );
}

#[test]
fn a_kustomization_that_does_not_parse_is_named() {
    let scene = overlay("resources: [a\n");
    let words = scene.words(&scene.render("apps/pay").map(|_| ()).unwrap_err());
    assert!(
        words.starts_with("cannot understand `apps/pay/kustomization.yaml`: "),
        "{words}"
    );
    assert_eq!(words.lines().count(), 1);
}

/// A tree as an artifact brings it: a base, an overlay, and what neither names.
#[cfg(feature = "controller")]
fn artifact() -> Scene {
    Scene::new()
        .file("base/kustomization.yaml", "resources: [pay.yaml]")
        .file("base/pay.yaml", "kind: A")
        .file("base/forgotten.yaml", "kind: A")
        .file(
            "apps/pay/kustomization.yaml",
            "resources: [../../base, https://git.example.com/x.yaml]\npatches: [{path: patch.yaml}]\nsecretGenerator: [{name: s, files: [key=secret.env], envs: [e.env]}]\nhelmCharts: [{name: c}]\n",
        )
        .file("apps/pay/patch.yaml", "kind: A")
        .file("apps/pay/secret.env", "")
        .file("apps/pay/e.env", "")
}

#[cfg(feature = "controller")]
#[test]
fn what_a_build_would_read_is_told_without_building() {
    use crate::input::reached;

    let scene = artifact();
    let told = reached(&scene.repository(), "apps/pay".as_ref(), scene.limits).unwrap();
    let names = |files: &std::collections::BTreeSet<std::path::PathBuf>| -> Vec<String> {
        let files = files.iter();
        files.map(|file| file.display().to_string()).collect()
    };
    assert_eq!(names(&told.manifests), ["base/pay.yaml"]);
    assert_eq!(
        names(&told.others),
        [
            "apps/pay/e.env",
            "apps/pay/kustomization.yaml",
            "apps/pay/patch.yaml",
            "apps/pay/secret.env",
            "base/kustomization.yaml",
        ]
    );
    assert_eq!(
        told.beyond.into_iter().collect::<Vec<_>>(),
        [
            "`apps/pay/kustomization.yaml` inflates a Helm chart",
            "`apps/pay/kustomization.yaml` needs `https://git.example.com/x.yaml`",
        ]
    );
}

#[cfg(feature = "controller")]
#[test]
fn what_is_named_and_not_there_is_told_by_its_place() {
    use crate::input::reached;

    let scene = Scene::new()
        .file(
            "apps/pay/kustomization.yaml",
            "resources: [pay.yaml, there.yaml, ../../base, ../../bare, https://x.example.com/y.yaml]\npatches: [{path: patch.yaml}]\nlabels: [{fields: [{path: spec/template}]}]\nconfigMapGenerator: [{name: c, files: [key=c.json], literals: [a=b.yaml]}]\n",
        )
        .file("apps/pay/there.yaml", "kind: A")
        .file("bare/a.yaml", "kind: A");
    let told = reached(&scene.repository(), "apps/pay".as_ref(), scene.limits).unwrap();
    assert_eq!(
        told.lacking.into_iter().collect::<Vec<_>>(),
        [
            "`apps/pay/c.json`, which `apps/pay/kustomization.yaml` names",
            "`apps/pay/patch.yaml`, which `apps/pay/kustomization.yaml` names",
            "`apps/pay/pay.yaml`, which `apps/pay/kustomization.yaml` names",
            "`base`, which `apps/pay/kustomization.yaml` names",
            "a kustomization in `bare`",
        ]
    );
}

#[cfg(feature = "controller")]
#[test]
fn an_artifact_is_its_own_border_and_its_messages_know_no_other_place() {
    use crate::input::reached;

    #[track_caller]
    fn check(below: &str, reference: &str, expected: &str) {
        let scene = Scene::new().file(
            "apps/kustomization.yaml",
            &format!("resources: [{reference}]"),
        );
        let error = reached(&scene.repository(), below.as_ref(), scene.limits).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    check(
        "apps",
        "../../other",
        "`../../other`, named by `apps/kustomization.yaml`, leads to `../other`, outside of the source's artifact; keep what is rendered inside the repository",
    );
    check(
        "../other",
        "",
        "`../other`, named by `spec.path`, leads to `../other`, outside of the source's artifact; keep what is rendered inside the repository",
    );
    check(
        "apps/nowhere",
        "",
        "no such directory: `apps/nowhere`; name a directory that holds manifests, a chart or a kustomization",
    );
}
