//! Plain directories.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::{Scene, reads_everything};
use crate::input::{Renderer, Source, SourceFormat};

#[test]
fn yaml_and_json_files_are_read_in_order_and_nothing_else() {
    let scene = Scene::new()
        .file("apps/b.yml", "kind: B\n")
        .file("apps/a.yaml", "kind: A\r\n")
        .file("apps/c.json", "{}")
        .file("apps/README.md", "kind: none")
        .file("apps/.glint.yaml", "kind: none")
        .file("apps/glint.lock", "kind: none")
        .file("apps/below/e.yaml", "kind: E");
    let utf_16 = "\u{feff}kind: \u{e4}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes);
    fs::write(
        scene.repository().join("apps/d.yaml"),
        utf_16.collect::<Vec<u8>>(),
    )
    .unwrap();
    let mut input = scene.render("apps").unwrap();
    for source in &mut input.sources {
        source.name = scene.told(&source.name);
    }
    assert_eq!(input.renderer, Renderer::Directory);
    let source = |file: &str, format, text: &[u8]| Source {
        name: file.to_owned(),
        format,
        text: text.to_vec(),
        renderer: Some(Renderer::Directory),
    };
    assert_eq!(
        input.sources,
        [
            source("<repo>/apps/a.yaml", SourceFormat::Stream, b"kind: A\r\n"),
            source("<repo>/apps/b.yml", SourceFormat::Stream, b"kind: B\n"),
            source("<repo>/apps/c.json", SourceFormat::Json, b"{}"),
            source(
                "<repo>/apps/d.yaml",
                SourceFormat::Stream,
                "kind: \u{e4}".as_bytes()
            ),
        ]
    );
}

#[test]
fn recursion_and_globs_are_those_of_argo_cd() {
    let mut scene = Scene::new()
        .file("apps/z.yaml", "kind: Z")
        .file("apps/a/x.yaml", "kind: X")
        .file("apps/a/.hidden/y.json", "{}")
        .file("apps/a.yaml", "kind: A")
        .file("apps/.git/config.yaml", "kind: none");
    scene.files.recurse = true;
    scene.check_names(
        "apps",
        &[
            "<repo>/apps/a/.hidden/y.json",
            "<repo>/apps/a/x.yaml",
            "<repo>/apps/a.yaml",
            "<repo>/apps/z.yaml",
        ],
    );
    scene.files.include = Some("*.yaml".into());
    scene.files.exclude = Some("{z*,*/x.*}".into());
    scene.check_names("apps", &["<repo>/apps/a.yaml"]);
    scene.files.exclude = Some(String::new());
    scene.check_names(
        "apps",
        &[
            "<repo>/apps/a/x.yaml",
            "<repo>/apps/a.yaml",
            "<repo>/apps/z.yaml",
        ],
    );
}

#[test]
fn a_file_that_argo_cd_passes_over_is_passed_over() {
    Scene::new()
        .file("apps/a.yaml", "kind: A")
        .file("apps/marked.yaml", "# +argocd:skip-file-rendering\nkind: B")
        .file("apps/values.yaml", "replicas: 1\n")
        .link("apps/dangling.yaml", "nowhere.yaml")
        .link("apps/directory.yaml", "..")
        .file("other/c.yaml", "kind: C")
        .link("apps/c.yaml", "../other/c.yaml")
        .check_names("apps", &["<repo>/apps/a.yaml", "<repo>/apps/c.yaml"]);
}

#[test]
fn yaml_that_argo_cd_takes_for_something_else_is_passed_over() {
    let mut scene = Scene::new()
        .file("apps/a.yaml", "kind: A")
        .file("apps/quoted.yaml", r#"{"kind": "B"}"#)
        .file("apps/behind.yaml", "# kind\n---\nkind: C\n---\n[kind]");
    for (file, text) in [
        ("comment", "# what kind of cache\nreplicas: 1"),
        ("nested", "cluster: {kind: small}"),
        ("list", "- kind: A"),
        ("number", "kind: 1"),
        ("second", "replicas: 1\n---\nkind: A"),
        ("broken", "kind: ["),
    ] {
        scene = scene.file(&format!("apps/no-{file}.yaml"), text);
    }
    // An object that is broken, not something else: Argo CD refuses it.
    scene
        .file("apps/mistake.yaml", "apiVersion: v1\nkind: A\nmetadata: [")
        .check_names(
            "apps",
            &[
                "<repo>/apps/a.yaml",
                "<repo>/apps/behind.yaml",
                "<repo>/apps/mistake.yaml",
                "<repo>/apps/quoted.yaml",
            ],
        );
}

#[test]
fn jsonnet_is_refused_unless_it_is_left_out() {
    let mut scene = Scene::new()
        .file("apps/a.yaml", "kind: A")
        .file("apps/library.libsonnet", "{}")
        .file("apps/marked.jsonnet", "// +argocd:skip-file-rendering")
        .file("apps/b.jsonnet", "{kind: 'B'}");
    scene.check_failure(
        "apps",
        "`<repo>/apps/b.jsonnet` is Jsonnet, which is not evaluated here; commit what it makes as YAML or JSON and leave it out with `exclude: '*.jsonnet'`",
    );
    scene.files.exclude = Some("*.jsonnet".into());
    scene.check_names("apps", &["<repo>/apps/a.yaml"]);
}

#[test]
fn a_directory_without_a_manifest_is_an_error_that_says_what_counts() {
    Scene::new().file("apps/README.md", "").check_failure(
        "apps",
        "no manifest in `<repo>/apps`: it needs a file that ends in .yaml, .yml or .json and holds an object, a `Chart.yaml`, or a `kustomization.yaml`",
    );
    let mut scene = Scene::new().file("apps/below/a.yaml", "kind: A");
    scene.check_failure(
        "apps",
        "no manifest in `<repo>/apps`: its files that end in .yaml, .yml or .json are in directories below; name one of those, or set `recurse`",
    );
    Scene::new().file("apps/a.yaml", "# none").check_failure(
        "apps",
        "no manifest in `<repo>/apps`: its files that end in .yaml, .yml or .json hold none; write an object into one, with its `kind`",
    );
    scene.files.recurse = true;
    scene.files.include = Some("b*".into());
    scene.files.exclude = Some("*".into());
    scene.check_failure(
        "apps",
        "no manifest in `<repo>/apps`: no file in it that ends in .yaml, .yml or .json passes `include` and `exclude`",
    );
}

#[test]
fn a_directory_that_is_absent_is_an_error() {
    Scene::new().check_failure(
        "nowhere",
        "no such directory: `<repo>/nowhere`; name a directory that holds manifests, a chart or a kustomization",
    );
}

#[test]
fn an_unreadable_file_is_an_error() {
    let scene = Scene::new()
        .file("apps/a.yaml", "kind: A")
        .file("apps/b.yaml", "kind: B");
    let file = scene.repository().join("apps/b.yaml");
    fs::set_permissions(&file, Permissions::from_mode(0o000)).unwrap();
    if reads_everything(&file) {
        // The superuser: a symlink to itself can't be read by anybody.
        fs::remove_file(&file).unwrap();
        scene.link("apps/b.yaml", "b.yaml").check_failure(
            "apps",
            "cannot read `apps/b.yaml`: Too many levels of symbolic links (os error 40)",
        );
    } else {
        scene.check_failure(
            "apps",
            "cannot read `<repo>/apps/b.yaml`: Permission denied (os error 13)",
        );
    }
}

#[test]
fn a_symlink_out_of_the_repository_is_an_error_even_if_excluded() {
    let mut scene = Scene::new()
        .file("apps/a.yaml", "kind: A")
        .beside("secret.yaml", "kind: Secret")
        .link("apps/b.yaml", "../../secret.yaml");
    scene.files.exclude = Some("b.yaml".into());
    scene.check_failure(
        "apps",
        "the symlink `<repo>/apps/b.yaml` leads to `<beside>/secret.yaml`, outside of the repository `<repo>`; keep what is rendered inside the repository",
    );
}

#[test]
fn every_limit_is_named_with_what_to_do() {
    let mut scene = Scene::new()
        .file("apps/a.yaml", &format!("kind: {}", "a".repeat(900)))
        .file("apps/b.yaml", &format!("kind: {}", "b".repeat(900)))
        .file("apps/c.yaml", &format!("kind: {}", "c".repeat(900)));
    scene.check_failure(
        "apps",
        "`<repo>/apps` as a whole has more than 2000 bytes; raise `input-limit` if that is meant to be",
    );
    scene.limits.file_bytes = 800;
    scene.check_failure(
        "apps",
        "`<repo>/apps/a.yaml` has more than 800 bytes; raise `input-limit` if that is meant to be",
    );
    scene.limits.file_bytes = 1000;
    scene.limits.files = 1;
    scene.check_failure(
        "apps",
        "`<repo>/apps` has more than 1 files; narrow it with `include`, `exclude` or a directory further down",
    );
}
