//! The image's definition, as far as it can be judged without building it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The instructions of the Dockerfile: lines that end in `\` joined, no comments.
fn instructions() -> Vec<String> {
    let lines: Vec<String> = read("Dockerfile")
        .lines()
        .filter(|line| !line.trim_start().starts_with('#') && !line.is_empty())
        .map(str::to_owned)
        .collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    joined.lines().map(str::to_owned).collect()
}

/// The sources of each COPY from the project's own files.
fn copied() -> BTreeSet<String> {
    let copies = instructions().into_iter();
    let copies = copies.filter_map(|line| line.strip_prefix("COPY ").map(str::to_owned));
    let from_project = copies.filter(|rest| !rest.starts_with("--from="));
    from_project
        .flat_map(|rest| {
            let mut words: Vec<_> = rest.split_whitespace().map(str::to_owned).collect();
            words.pop();
            words
        })
        .collect()
}

#[track_caller]
fn argument(name: &str) -> String {
    let prefix = format!("ARG {name}=");
    let found = instructions()
        .into_iter()
        .find_map(|line| line.strip_prefix(&prefix).map(str::to_owned));
    found.unwrap_or_else(|| panic!("no ARG {name}"))
}

#[test]
fn the_image_is_made_of_files_that_there_are_and_that_are_sent() {
    let sent: BTreeSet<String> = read(".dockerignore")
        .lines()
        .filter_map(|line| line.strip_prefix('!').map(str::to_owned))
        .collect();
    let copied = copied();
    assert!(copied.len() > 5, "{copied:?}");
    for source in &copied {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        assert!(path.exists(), "{source} is not there");
        let is_sent = |it: &String| it == source || it.starts_with(&format!("{source}/"));
        assert!(
            sent.iter().any(is_sent),
            ".dockerignore leaves out {source}"
        );
    }
    for sent in sent {
        let is_copied = |it: &String| *it == sent || sent.starts_with(&format!("{it}/"));
        assert!(copied.iter().any(is_copied), "{sent} is sent for nothing");
    }
}

#[test]
fn everything_that_is_compiled_in_is_copied() {
    let copied = copied();
    let of_package = read("src/package/shipped.rs");
    // shipped!("argocd/crds", …): the folder's first part is what is copied.
    let folders = of_package.split("shipped!(").skip(1);
    let folders: BTreeSet<&str> = folders
        .filter_map(|rest| rest.split('"').nth(1)?.split('/').next())
        .collect();
    assert_eq!(folders, BTreeSet::from(["argocd", "flux", "helm"]));
    for folder in folders {
        assert!(copied.contains(folder), "{folder}");
    }
}

#[test]
fn the_toolchains_are_those_of_the_project() {
    let manifest = read("Cargo.toml");
    let rust = format!("rust-version = \"{}\"\n", argument("RUST_VERSION"));
    assert!(manifest.contains(&rust), "{rust}");
    for tool in ["helm4", "kustomize"] {
        let module = read(&format!("tests/peers/go/{tool}/go.mod"));
        let go = format!("\ngo {}.", argument("GO_VERSION"));
        assert!(module.contains(&go), "{tool} wants another Go than {go:?}");
    }
}

#[test]
fn the_renderers_are_built_from_the_modules_that_the_tests_build() {
    let text = instructions().join("\n");
    let script = read("tests/peers/install.sh");
    for (tool, package) in [
        ("helm4", "helm.sh/helm/v4/cmd/helm"),
        ("kustomize", "sigs.k8s.io/kustomize/kustomize/v5"),
    ] {
        assert!(text.contains(&format!("COPY tests/peers/go/{tool} {tool}\n")));
        assert!(text.contains(&format!("RUN go -C {tool} build -o ")));
        assert!(text.contains(&format!(" {package}\n")), "{package}");
        assert!(
            script.contains(&format!("echo {tool} {package} ")),
            "{package}"
        );
    }
}

#[test]
fn the_controllers_image_runs_as_their_pods_do() {
    let all = instructions();
    let stages: Vec<&[String]> = all.split(|line| line.starts_with("FROM ")).collect();
    let names = all.iter().filter(|line| line.starts_with("FROM "));
    let at = names
        .clone()
        .position(|line| line == "FROM scratch AS controller");
    let stage = stages[at.expect("a stage `controller`") + 1].join("\n");
    assert!(stage.contains("\nUSER 65532\n"));
    assert!(stage.contains("\nENV PATH=/usr/local/bin\n"));
    assert!(!stage.contains("plugin.yaml"));
    for folder in ["argocd/controller", "flux/report", "flux/render"] {
        let deployment = read(&format!("{folder}/deployment.yaml"));
        assert!(deployment.contains(" runAsUser: 65532\n"), "{folder}");
    }
    // The sidecar's program first, then the whole one.
    let builds = all.iter().filter(|line| line.contains("cargo build"));
    let features: Vec<bool> = builds
        .map(|line| line.contains("--no-default-features"))
        .collect();
    assert_eq!(features, [true, false]);
}

#[test]
fn the_image_runs_as_the_sidecar_does() {
    let last: Vec<String> = instructions();
    let last = last.split(|line| line.starts_with("FROM ")).next_back();
    let last = last.expect("a last stage").join("\n");
    let sidecar = read("argocd/sidecar/repo-server.yaml");
    assert!(last.contains("\nUSER 999\n") && sidecar.contains(" runAsUser: 999\n"));
    // plugin.yaml finds the program on this PATH, and the program its renderers.
    assert!(last.contains("\nENV PATH=/usr/local/bin\n"));
    assert!(last.contains("\nCOPY plugin.yaml /home/argocd/cmp-server/config/plugin.yaml\n"));
    assert!(instructions().contains(&"FROM scratch".to_owned()));
}
