//! What the alert rules ask for and the runbook names is what the controllers serve.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use glint_gitops::LocalSandbox;
use regex::Regex;
use serde_json::{Value, json};

use crate::delivery_loop::{fill, generic};
use crate::fake::{FakeCluster, kind};
use crate::program::Controller;
use crate::render_world::{ENTITY, World, deploy};
use crate::report_syncs;
use crate::waiting::wait_for;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The expressions of the alert rules.
fn expressions() -> Vec<String> {
    let mut expressions = Vec::new();
    for host in ["argocd", "flux"] {
        let path = repository().join(host).join("monitoring/rules.yaml");
        let text = fs::read_to_string(path).expect("the rules");
        let rules: Value = serde_saphyr::from_str(&text).expect("YAML");
        let groups = rules["spec"]["groups"].as_array().expect("groups");
        let rules = groups
            .iter()
            .flat_map(|group| group["rules"].as_array().expect("rules"));
        expressions.extend(rules.map(|rule| rule["expr"].as_str().expect("one").to_owned()));
    }
    expressions
}

/// Each series that a rule asks for: a name, and a label where it has one, as the text
/// format writes them.
fn asked() -> BTreeSet<String> {
    let selector = Regex::new(r#"(?:glint_gitops|gotk)_\w+(?:\{[^}]*\})?"#).expect("a pattern");
    let expressions = expressions();
    let found = expressions.iter().flat_map(|it| selector.find_iter(it));
    found.map(|it| it.as_str().to_owned()).collect()
}

/// Each metric that a page names.
fn named() -> BTreeSet<String> {
    let name = Regex::new(r"glint_gitops_\w+").expect("a pattern");
    let pages = fs::read_dir(repository().join("docs/runbook")).expect("the runbook");
    let pages = pages.map(|page| fs::read_to_string(page.expect("a page").path()).expect("text"));
    let texts: Vec<String> = pages.collect();
    let found = texts.iter().flat_map(|text| name.find_iter(text));
    found.map(|it| it.as_str().to_owned()).collect()
}

/// Whether a text of metrics has a series with this name and this label. A histogram is
/// named as a whole, too.
fn is_served(text: &str, selector: &str) -> bool {
    let (name, label) = match selector.trim_end_matches('}').split_once('{') {
        Some((name, label)) => (name, label),
        None => (selector, ""),
    };
    text.lines().any(|line| {
        let ends = ['{', ' '];
        let rest = line
            .strip_prefix(&format!("# TYPE {name} histogram"))
            .or_else(|| {
                line.strip_prefix(name)
                    .filter(|rest| rest.starts_with(ends))
            });
        rest.is_some_and(|rest| rest.contains(label))
    })
}

/// A fragment that nobody owns.
fn orphan() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "shop", "name": "orphan",
            "labels": {"gitops.glint.io/fragment": "true"}},
        "data": {"fragment.json": "{}"},
    })
}

/// `controller report` with all its parts.
fn report(cluster: &FakeCluster, catalog: &LocalSandbox) -> Controller {
    let policy = cluster.folder().join("policy.yaml");
    let text = "fragments: [{owner: Application/argocd/*, namespace: shop}]\n";
    fs::write(&policy, text).expect("a file");
    Controller::report(cluster, catalog)
        .flag("--integration", "glint")
        .flag("--policy", policy)
        .flag("--mapping-style", "explicit")
        .flag("--keep-mapping", "configmap")
        .start()
}

#[test]
fn every_metric_of_an_alert_or_a_page_is_served() {
    let cluster = FakeCluster::with(&[kind::APPLICATION, kind::ENTITY, kind::CLUSTER_ENTITY]);
    let catalog = report_syncs::catalog();
    fill(&catalog, &generic());
    cluster.put(orphan());
    let report = report(&cluster, &catalog);
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({"path": "./nowhere"}));
    let render = world.launch().start();

    let served = || {
        let both = [&report, &render].map(|it| it.get("metrics", "/metrics").1);
        both.concat()
    };
    let (asked, named) = (asked(), named());
    assert!(asked.len() > 15 && named.len() > 5, "{asked:?} {named:?}");
    let missing = || {
        let text = served();
        let all = asked.iter().chain(&named);
        let missing = all.filter(|selector| !is_served(&text, selector));
        missing.cloned().collect::<Vec<_>>()
    };
    let are_there = || missing().is_empty().then_some(());
    wait_for("each of them", are_there, || {
        format!("{:?} in\n{}", missing(), served())
    });
}
