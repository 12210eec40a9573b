//! Plain directories: which files count, and what is in them.

use serde_json::json;

use super::Parity;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n";

fn map(name: &str) -> String {
    CONFIG.replace("NAME", name)
}

#[test]
fn the_shop_directory_is_what_argo_cd_makes_of_it() {
    let shop = Parity::new("parity-shop").copy("examples/shop");
    let expected = "ClusterEntity/team-commerce ClusterEntity/team-storefront ConfigMap/checkout
        Deployment/checkout Entity/checkout Entity/search-api Entity/system-discovery
        Entity/system-shop Entity/web NetworkPolicy/checkout Service/checkout";
    shop.check(&json!({}), &json!({}), expected);
    let crds = json!({"crds": "always", "mapping": "none", "deliver": "false"});
    shop.check(&json!({}), &crds, expected);
}

#[test]
fn the_same_files_count() {
    let files = Parity::new("parity-files")
        .file("app/a.yaml", &map("yaml"))
        .file("app/b.yml", &map("yml"))
        .file(
            "app/c.json",
            r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}}"#,
        )
        .file("app/d.YAML", &map("capitals"))
        .file("app/e.yaml.bak", &map("backup"))
        .file("app/.hidden.yaml", &map("hidden"))
        .file("app/empty.yaml", "")
        .file("app/comments.yaml", "# kind: none\n---\n# nothing\n")
        .file(
            "app/marked.yaml",
            &format!("# +argocd:skip-file-rendering\n{}", map("marked")),
        )
        .file("app/values.yaml", "# what kind of cache\nreplicas: 1\n")
        .file("app/broken.yaml", "kind: [\n")
        .file("app/.hidden/f.yaml", &map("in-hidden"))
        .file("app/below/g.yaml", &map("below"))
        .file("app/below/kustomization.yaml", "resources: [g.yaml]\n")
        .file("app/below/deep/h.yml", &map("deep"))
        .file(
            "app/chart/Chart.yaml",
            "apiVersion: v2\nname: chart\nversion: 0.1.0\n",
        )
        .file("app/chart/values.yaml", "# of a kind\nx: 1\n");
    for (settings, expected) in [
        (json!({}), "hidden json yaml yml"),
        (
            json!({"recurse": "true"}),
            "below deep hidden in-hidden json yaml yml",
        ),
        (json!({"recurse": "true", "include": "*.yml"}), "deep yml"),
        (
            json!({"recurse": "true", "exclude": "below/*"}),
            "hidden in-hidden json yaml yml",
        ),
        (
            json!({
                "recurse": "true",
                "exclude": "{a,c}.*",
                "include": "{*.json,[ab].y*ml,*/g.yaml}",
            }),
            "below yml",
        ),
        (json!({"exclude": "?.yaml"}), "hidden json yml"),
    ] {
        let mut native = settings.clone();
        if native["recurse"] == "true" {
            native["recurse"] = true.into();
        }
        let expected: String = expected
            .split(' ')
            .map(|name| format!("ConfigMap/{name} "))
            .collect();
        files.check(&json!({"directory": native}), &settings, &expected);
    }
}

#[test]
fn the_same_objects_are_read() {
    Parity::new("parity-objects")
        .copy("tests/e2e/argocd/fixtures/objects")
        .file("app/windows.yaml", &map("windows").replace('\n', "\r\n"))
        .check(
            &json!({}),
            &json!({}),
            "ConfigMap/listed ConfigMap/one ConfigMap/one ConfigMap/two ConfigMap/two
            ConfigMap/typed ConfigMap/windows ConfigMap/words Entity/listed Entity/numbers
            Job/- Secret/secret",
        );
}

#[test]
fn a_kustomization_below_a_plain_directory_is_read_as_a_file() {
    Parity::new("parity-below")
        .file("app/a.yaml", &map("a"))
        .file("app/below/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [b.yaml]\n")
        .file("app/below/b.yaml", &map("b"))
        .check(&json!({"directory": {"recurse": true}}), &json!({"recurse": "true"}), "ConfigMap/a ConfigMap/b Kustomization/-");
}

#[test]
fn a_file_that_argo_cd_refuses_is_refused() {
    let refused = Parity::new("parity-refused").file("app/a.yaml", &map("a"));
    let kindless = "Object 'Kind' is missing";
    for (file, text, refusals) in [
        (
            "half.yaml",
            format!("{}---\nkind: [\n", map("half")),
            [
                "Failed to unmarshal \"half.yaml\"",
                "did not find expected node content",
            ],
        ),
        (
            "kindless.yaml",
            format!("{}---\nmetadata: {{name: kindless}}\n", map("half")),
            ["Failed to unmarshal \"kindless.yaml\"", kindless],
        ),
        (
            "broken.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [}\n".to_owned(),
            [
                "Failed to unmarshal \"broken.yaml\"",
                "did not find expected node content",
            ],
        ),
        (
            "package.json",
            "{\"name\": \"shop\"}".to_owned(),
            [kindless, kindless],
        ),
        (
            "two.json",
            "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}\n{}".to_owned(),
            ["Found multiple objects in \"two.json\"", "two.json"],
        ),
        (
            "broken.json",
            "{".to_owned(),
            ["Failed to unmarshal \"broken.json\"", "broken.json"],
        ),
    ] {
        let path = format!("app/{file}");
        refused.repository.write(&path, &text);
        refused.check_refused(&json!({}), &json!({}), refusals);
        refused.repository.remove(&path);
    }
}

#[test]
fn jsonnet_is_refused_and_never_passed_over() {
    let jsonnet = Parity::new("parity-jsonnet")
        .file("app/a.yaml", &map("a"))
        .file(
            "app/b.jsonnet",
            "{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'b'}}",
        )
        .file("app/library.libsonnet", "{}");
    jsonnet.check_refusal(
        &json!({}),
        "`b.jsonnet` is Jsonnet, which is not evaluated here; commit what it makes as YAML or \
         JSON and leave it out with `exclude: '*.jsonnet'`",
    );
    jsonnet.check(
        &json!({"directory": {"exclude": "*.jsonnet"}}),
        &json!({"exclude": "*.jsonnet"}),
        "ConfigMap/a",
    );
}
