//! The mapping's keeper: fragments that hosts have deployed, read with the rights of the
//! package, become the mapping of the exporter's integration.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::argocd::Loop;
use super::controller::Controller;
use super::flux::Small;
use super::{delivered, events, wait_for_events};
use crate::argocd::{entity, spec};
use crate::cluster::Cluster;
use crate::sandbox::Sandbox;
use crate::streams::post_render;

const MAPPING: &str = "glint-gitops-mapping";

/// What the controller is started with to push the mapping of some owners' fragments,
/// and the folder of its policy and backups.
struct Keeping {
    folder: TempDir,
    arguments: Vec<String>,
}

impl Keeping {
    fn of(fragments: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let policy = folder.path().join("policy.yaml");
        fs::write(&policy, format!("fragments: {fragments}\n")).expect("a policy is written");
        let arguments = [
            "--keep-mapping=publish".to_owned(),
            "--mapping-style=explicit".to_owned(),
            format!("--policy={}", policy.display()),
            format!("--backup={}", folder.path().join("backups").display()),
        ];
        Self {
            folder,
            arguments: arguments.to_vec(),
        }
    }

    fn arguments(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }

    /// How many configs were backed up before they were replaced.
    fn backups(&self) -> usize {
        let all = walkdir::WalkDir::new(self.folder.path().join("backups"));
        let files = all.into_iter().filter_map(Result::ok);
        files.filter(|it| it.file_type().is_file()).count()
    }
}

/// Lets the controller read the fragments of a namespace, as `docs/controllers.md` says.
#[track_caller]
fn bind(cluster: &Cluster, namespace: &str, home: &str) {
    cluster.namespace(namespace);
    let namespace = format!("--namespace={namespace}");
    let account = format!("--serviceaccount={home}:glint-report");
    let role = "--clusterrole=glint-report-fragments";
    let name = "glint-report-fragments";
    let arguments = ["create", "rolebinding", name, &namespace, role, &account];
    cluster.done(&arguments, None);
}

/// A stream of an application with its fragment.
fn explicit(application: &str, manifests: &[String]) -> String {
    let style = ["--mapping-style", "explicit", "--crds", "never"];
    let arguments = [&style[..], &["--application", application]].concat();
    post_render("flux", &manifests.join("---\n"), &arguments)
}

/// An entity of another blueprint than `service`.
fn of(blueprint: &str, name: &str) -> String {
    entity(name, "go").replace("blueprint: service", &format!("blueprint: {blueprint}"))
}

/// The name of the one fragment in a namespace.
#[track_caller]
fn fragment(cluster: &Cluster, namespace: &str) -> String {
    let names = cluster.names("configmaps", namespace);
    let mut names = names.into_iter().filter(|it| it.starts_with("glint-"));
    names.next().expect("the application has a fragment")
}

/// The blueprints that have blocks of their own in the integration's config, sorted.
fn mapped(catalog: &Sandbox) -> Vec<String> {
    let integration = catalog.call("GET", "/v1/integration/k8s-sandbox", &Value::Null);
    let config = integration["integration"]["config"].to_string();
    let config = config.replace("\\\"", "");
    let blocks = config.split("# glint-gitops: explicit entities ").skip(1);
    let mut blueprints: Vec<String> = blocks
        .map(|rest| rest.split(['\'', '"', '\\']).next().unwrap_or_default())
        .filter(|id| !id.ends_with(" with team"))
        .map(str::to_owned)
        .collect();
    blueprints.sort_unstable();
    blueprints
}

#[track_caller]
fn wait_for_mapped(catalog: &Sandbox, controller: &Controller, expected: &[&str]) {
    catalog.wait(&format!("blocks of {expected:?}"), || {
        (mapped(catalog) == expected).then_some(())
    });
    let log = controller.log();
    // Of CRDs it may read Glint's alone: a push is planned without the others.
    let mut refused = log.lines().filter(|it| it.contains("forbidden"));
    let is_other = |line: &str| !line.contains("customresourcedefinitions");
    assert!(!refused.any(is_other), "{log}");
}

/// How many entities of a blueprint the catalog has.
fn count(catalog: &Sandbox, blueprint: &str) -> usize {
    let entities = catalog.entities();
    let prefix = format!("{blueprint}/");
    entities.iter().filter(|it| it.starts_with(&prefix)).count()
}

#[track_caller]
fn wait_for_metric(catalog: &Sandbox, controller: &Controller, series: &str, expected: f64) {
    catalog.wait(&format!("{series} {expected}"), || {
        (controller.metric(series) == Some(expected)).then_some(())
    });
}

#[test]
fn a_fragment_that_would_delete_is_held_by_name_while_the_others_go_on() {
    let cluster = Small::cluster();
    let keeping = Keeping::of(
        "[{owner: Kustomization/books/*, namespace: books}, {owner: Kustomization/*/site, namespace: site}]",
    );
    for namespace in ["books", "site"] {
        bind(&cluster, namespace, "flux-system");
    }
    let small = Small::edited(&cluster, &keeping.arguments());
    let Small {
        controller,
        catalog,
        flux,
        ..
    } = &small;
    let [books, site] = ["books", "site"].map(|name| flux.kustomization(name));
    let page = of("page", "front");
    let mut all: Vec<String> = (0..11).map(|at| of("ledger", &format!("l-{at}"))).collect();
    all.push(page.clone());
    let first = books.publish_stream(&explicit("books", &all));
    // What leaves Git stays in the cluster.
    let unpruned = json!({"targetNamespace": "books", "prune": false});
    books.apply(unpruned).ready(&first);
    wait_for_mapped(catalog, controller, &["ledger", "page"]);
    let first = site.publish_stream(&explicit("site", &[entity("web", "go")]));
    site.apply(json!({"targetNamespace": "site"})).ready(&first);
    wait_for_mapped(catalog, controller, &["ledger", "page", "service"]);
    delivered(&cluster, "site", "web");
    delivered(&cluster, "books", "l-10");
    assert_eq!(count(catalog, "ledger"), 11);

    // The mapping that follows would have the exporter delete eleven.
    let second = books.publish_stream(&explicit("books", &[page]));
    books.ready(&second);
    let more = [entity("web", "go"), of("job", "nightly")];
    let second = site.publish_stream(&explicit("site", &more));
    site.ready(&second);
    wait_for_mapped(catalog, controller, &["job", "ledger", "page", "service"]);
    delivered(&cluster, "site", "nightly");
    wait_for_metric(
        catalog,
        controller,
        "glint_gitops_fragments{state=\"held\"}",
        1.0,
    );
    let name = fragment(&cluster, "books");
    let command = "kubectl annotate --overwrite -n flux-system configmap glint-gitops-mapping \
                   gitops.glint.io/approve=";
    let held = format!(
        "Warning FragmentHeld: held back at what was accepted before: 11 entities may go, which \
         somebody has to approve: {command}"
    );
    let digest = catalog.wait("the Event of what is held", || {
        let told = events(&cluster, "books", &name);
        told.iter()
            .find_map(|it| it.strip_prefix(&held).map(str::to_owned))
    });
    let of_all = format!(
        "Warning MappingHeld: changes of 1 fragments are held back: 11 entities may go, which \
         somebody has to approve: {command}{digest}"
    );
    let told = events(&cluster, "flux-system", MAPPING);
    assert!(told.contains(&of_all), "{told:#?}");
    assert!(controller.metric("glint_gitops_mapping_attempts_total{result=\"held\"}") >= Some(1.0));
    let other = fragment(&cluster, "site");
    assert_eq!(events(&cluster, "site", &other), [""; 0]);
    assert_eq!(count(catalog, "ledger"), 11);

    // Whoever may write in the controller's namespace approves this very set.
    let approval = format!("{command}{digest}");
    let approval: Vec<&str> = approval.split_whitespace().skip(1).collect();
    cluster.done(&approval, None);
    wait_for_mapped(catalog, controller, &["job", "page", "service"]);
    catalog.wait("the ledgers to go", || {
        (count(catalog, "ledger") == 0).then_some(())
    });
    wait_for_metric(
        catalog,
        controller,
        "glint_gitops_fragments{state=\"held\"}",
        0.0,
    );
    assert!(keeping.backups() >= 3, "{}", keeping.backups());
}

#[test]
fn a_fragment_that_nobody_deployed_is_refused_and_the_mapping_stays() {
    let cluster = Small::cluster();
    let keeping = Keeping::of("[{owner: Kustomization/shop/shop, namespace: shop}]");
    bind(&cluster, "shop", "flux-system");
    let small = Small::edited(&cluster, &keeping.arguments());
    let shop = small.flux.kustomization("shop");
    let first = shop.publish_stream(&explicit("shop", &[entity("pay", "go")]));
    shop.apply(json!({"targetNamespace": "shop"})).ready(&first);
    wait_for_mapped(&small.catalog, &small.controller, &["service"]);

    // What a tenant can write: a fragment by hand, and one with the labels of another's.
    let foreign = json!({"version": 1, "dialect": "glint", "entities": [
        {"kind": "Entity", "blueprint": "domain", "properties": {"required": ["owner"]}}]});
    let labels = json!({"gitops.glint.io/fragment": "true"});
    let mut forged = labels.clone();
    forged["kustomize.toolkit.fluxcd.io/name"] = json!("shop");
    forged["kustomize.toolkit.fluxcd.io/namespace"] = json!("shop");
    for (name, labels) in [("by-hand", labels), ("forged", forged)] {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"namespace": "shop", "name": name, "labels": labels},
            "data": {"fragment.json": format!("{foreign}\n")},
        });
        cluster.apply(&map.to_string());
    }
    for (name, why) in [
        (
            "by-hand",
            "no-owner: neither Argo CD's tracking id nor Flux's labels say what deploys it",
        ),
        (
            "forged",
            "forged-owner: it says it is of Kustomization/shop/shop, which does not list it as \
             its own",
        ),
    ] {
        let expected = format!("Warning FragmentRefused: {why}; nothing of it is in the mapping");
        wait_for_events(&cluster, "shop", name, &[&expected]);
    }
    let refused = |reason: &str| {
        let series = format!("glint_gitops_fragments_refused_total{{reason=\"{reason}\"}}");
        small.controller.metric(&series)
    };
    assert_eq!(
        ["no-owner", "forged-owner"].map(refused),
        [Some(1.0), Some(1.0)]
    );

    // The mapping goes on with what is deployed.
    let second = shop.publish_stream(&explicit("shop", &[entity("pay", "go"), of("page", "a")]));
    shop.ready(&second);
    wait_for_mapped(&small.catalog, &small.controller, &["page", "service"]);
    delivered(&cluster, "shop", "a");
}

#[test]
fn fragments_of_applications_are_the_mapping_once_their_namespace_is_bound() {
    let keeping = Keeping::of("[{owner: Application/argocd/*, namespace: orders}]");
    let whole = Loop::edited(&keeping.arguments());
    let cluster = whole.cluster();
    let repository = whole.argo.repository("orders");
    let commit = repository
        .write("app/pay.yaml", &entity("pay", "go"))
        .commit();
    let mut spec = spec(repository.plugin("app"));
    let style = json!([{"name": "mapping-style", "string": "explicit"}]);
    spec["source"]["plugin"]["parameters"] = style;
    let application = whole.argo.application("orders").apply(spec);
    application.synced(&commit);
    // The mapping that the catalog came with.
    delivered(cluster, "orders", "pay");
    whole.catalog.wait("a read that is refused", || {
        let series = "glint_gitops_fragments_read_failures_total";
        whole.controller.metric(series).filter(|it| *it >= 1.0)
    });
    let log = whole.controller.log();
    assert!(log.contains("fragments can't be followed"), "{log}");
    assert_eq!(mapped(&whole.catalog), [""; 0]);

    bind(cluster, "orders", "argocd");
    whole.catalog.wait("blocks of services", || {
        (mapped(&whole.catalog) == ["service"]).then_some(())
    });
    let second = repository
        .write("app/pay.yaml", &entity("pay", "rust"))
        .write("app/jobs.yaml", &of("job", "nightly"))
        .commit();
    application.refresh();
    application.synced(&second);
    whole.catalog.wait("blocks of both", || {
        (mapped(&whole.catalog) == ["job", "service"]).then_some(())
    });
    delivered(cluster, "orders", "nightly");
    delivered(cluster, "orders", "pay");
    let path = "/v1/blueprints/service/entities/pay";
    let held = whole.catalog.call("GET", path, &Value::Null);
    assert_eq!(held["entity"]["properties"], json!({"language": "rust"}));
}
