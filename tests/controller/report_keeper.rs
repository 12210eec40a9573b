//! The mapping's keeper: which fragments the mapping is made of, and how it gets to the
//! exporter.

use glint_gitops::{LocalSandbox, Reach, Right};
use serde_json::{Value, json};

use crate::fake::{FakeCluster, Kind, Told, kind};
use crate::program::{Controller, Launch, OWN};
use crate::waiting::wait_until;

/// Who the exporter says that it is.
const EXPORTER: &str = "port-k8s-exporter/^0.3.4 (statekey/k8s-prod)";

const ENTITY: Kind = Kind {
    group: "getport.io",
    ..kind::ENTITY
};
const CLUSTER_ENTITY: Kind = Kind {
    group: "getport.io",
    ..kind::CLUSTER_ENTITY
};

const MAPPING: &str = "glint-gitops-mapping";

fn cluster() -> FakeCluster {
    FakeCluster::with(&[
        kind::APPLICATION,
        kind::KUSTOMIZATION,
        ENTITY,
        CLUSTER_ENTITY,
    ])
}

/// `controller report` that keeps the explicit mapping.
fn keeper(cluster: &FakeCluster, catalog: &LocalSandbox, how: &str) -> Launch {
    let policy = cluster.folder().join("policy.yaml");
    let text = "fragments:\n- {owner: Application/argocd/*, namespace: shop}\n- {owner: Kustomization/flux-system/*, namespace: web}\n";
    std::fs::write(&policy, text).expect("a file");
    Controller::report(cluster, catalog)
        .flag("--policy", policy)
        .flag("--dialect", "port")
        .flag("--mapping-style", "explicit")
        .flag("--keep-mapping", how)
        .flag("--keep-grace", "1s")
        .switch("--enable-leader-election=false")
}

fn fragment(blueprint: &str, properties: &[&str]) -> Value {
    json!({"version": 1, "dialect": "port", "entities": [
        {"kind": "Entity", "blueprint": blueprint, "properties": {"required": properties}}]})
}

/// A fragment's ConfigMap as Argo CD leaves it, of an application of its name.
pub(crate) fn config_map(name: &str, fragment: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "shop", "name": name,
            "labels": {"gitops.glint.io/fragment": "true"},
            "annotations": {"argocd.argoproj.io/tracking-id":
                format!("{name}:/ConfigMap:shop/{name}")}},
        "data": {"fragment.json": format!("{fragment}\n")},
    })
}

/// An application that lists these ConfigMaps; those that Git does not have are to be
/// pruned.
pub(crate) fn application(name: &str, config_maps: &[(&str, bool)]) -> Value {
    let resources = config_maps.iter().map(|(name, is_forged)| {
        let mut resource = json!({"version": "v1", "kind": "ConfigMap", "namespace": "shop",
            "name": name, "status": "Synced"});
        if *is_forged {
            resource["status"] = json!("OutOfSync");
            resource["requiresPruning"] = json!(true);
        }
        resource
    });
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"namespace": "argocd", "name": name},
        "spec": {"project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"}},
        "status": {"resources": resources.collect::<Vec<_>>(), "sync": {"status": "Synced"}},
    })
}

/// The kept mapping; empty where there is none.
fn mapping(cluster: &FakeCluster) -> String {
    let map = cluster.get(kind::CONFIG_MAP, OWN, MAPPING);
    let text = map.and_then(|it| it["data"]["mapping.yaml"].as_str().map(str::to_owned));
    text.unwrap_or_default()
}

/// Which blueprints have blocks in the mapping.
fn blueprints(text: &str) -> Vec<String> {
    let marked = text.split("# glint-gitops: explicit entities ").skip(1);
    let ids = marked.map(|rest| rest.split(['\'', '"', '\n']).next().unwrap_or_default());
    let ids = ids.filter(|id| !id.ends_with(" with team"));
    ids.map(str::to_owned).collect()
}

/// The reasons and messages of the Events about a ConfigMap.
fn told(cluster: &FakeCluster, name: &str) -> Vec<String> {
    let about = format!("ConfigMap {name}");
    let events = cluster.events().into_iter().filter(|it| it.about == about);
    events
        .map(|it| format!("{} {}", it.reason, it.message))
        .collect()
}

#[test]
fn a_tenants_config_map_with_jq_foreign_kinds_or_forged_owner_changes_nothing_in_the_mapping() {
    let (cluster, catalog) = (cluster(), LocalSandbox::start());
    cluster.put(application("pay", &[("pay", false), ("forged", true)]));
    cluster.put(config_map("pay", &fragment("service", &["tier"])));
    let report = keeper(&cluster, &catalog, "configmap").start();
    cluster.wait_until("the mapping", |it| blueprints(&mapping(it)) == ["service"]);

    // What a tenant can write who may write ConfigMaps.
    let entity = |entity: Value| json!({"version": 1, "dialect": "port", "entities": [entity]});
    let jq = json!({"kind": "Entity", "blueprint": "service",
        "properties": {"required": ["tier\" , env.TOKEN, \""]}});
    let secret = json!({"kind": "Secret", "blueprint": "service"});
    let mut with_mapping = config_map("mapping", &fragment("service", &[]));
    let block = "resources: [{kind: v1/secrets, selector: {query: 'true'}}]";
    with_mapping["data"] = json!({"mapping.yaml": block});
    let mut stranger = config_map("stranger", &fragment("domain", &[]));
    stranger["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
        json!("tenant_x:/ConfigMap:shop/stranger");
    let mut forged = config_map("forged", &fragment("domain", &[]));
    forged["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
        json!("pay:/ConfigMap:shop/forged");
    let mut by_label = config_map("by-label", &fragment("domain", &[]));
    by_label["metadata"]["namespace"] = json!("web");
    by_label["metadata"]["annotations"] = json!({});
    by_label["metadata"]["labels"] = json!({"gitops.glint.io/fragment": "true",
        "kustomize.toolkit.fluxcd.io/name": "apps",
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
    cluster.put(
        json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"namespace": "flux-system", "name": "apps"},
        "status": {"inventory": {"entries": [{"id": "web_other__ConfigMap", "v": "v1"}]}}}),
    );
    for map in [
        config_map("jq", &entity(jq)),
        config_map("secret", &entity(secret)),
        with_mapping,
        stranger,
        forged,
        by_label,
    ] {
        cluster.put(map);
    }
    for (name, expected) in [
        (
            "shop/jq",
            "FragmentRefused unreadable-fragment: its `fragment.json` has what is no name of the catalog's, at entities[0].properties.required[0]; nothing of it is in the mapping",
        ),
        (
            "shop/secret",
            "FragmentRefused unreadable-fragment: its `fragment.json` is not of the form that `render` writes, at entities[0].kind; nothing of it is in the mapping",
        ),
        (
            "shop/mapping",
            "FragmentRefused no-fragment: it has no `fragment.json`; nothing of it is in the mapping",
        ),
        (
            "shop/stranger",
            "FragmentRefused not-in-policy: the policy's `fragments` take none of Application/tenant/x in this namespace; nothing of it is in the mapping",
        ),
        (
            "shop/forged",
            "FragmentRefused forged-owner: it says it is of Application/argocd/pay, which does not list it as its own; nothing of it is in the mapping",
        ),
        (
            "web/by-label",
            "FragmentRefused forged-owner: it says it is of Kustomization/flux-system/apps, which does not list it as its own; nothing of it is in the mapping",
        ),
    ] {
        cluster.wait_until(name, |it| told(it, name) == [expected]);
    }

    // What comes behind it in good faith is all that the mapping gains.
    let before = mapping(&cluster);
    cluster.put(application("web", &[("web", false)]));
    cluster.put(config_map("web", &fragment("page", &["url"])));
    cluster.wait_until("the other application", |it| {
        blueprints(&mapping(it)) == ["page", "service"]
    });
    let after = mapping(&cluster);
    let kept = before.strip_prefix("resources:\n").expect("a mapping");
    assert!(after.ends_with(kept), "{after}\n--\n{before}");
    for stranger in ["secrets", "TOKEN", "domain"] {
        assert!(!after.contains(stranger), "{after}");
    }
    for (reason, count) in [
        ("unreadable-fragment", 2.0),
        ("forged-owner", 2.0),
        ("no-fragment", 1.0),
        ("not-in-policy", 1.0),
    ] {
        let series = format!("glint_gitops_fragments_refused_total{{reason=\"{reason}\"}}");
        assert_eq!(report.metric(&series), Some(count), "{reason}");
    }
    // Nothing of theirs was read but ConfigMaps and the owners of the policy.
    assert!(cluster.requests().iter().all(|it| it.resource != "secrets"));
}

/// What the blocks of others take: a push is planned with them, too.
const BLOCKS_OF_OTHERS: &[Right] = &[Right {
    reach: Reach::Cluster,
    group: "",
    resource: "configmaps",
    names: &[],
    verbs: &["list"],
    why: "a block of the integration takes all of them",
}];

/// The exporter's integration, with the blocks of others.
fn integration(catalog: &LocalSandbox) {
    let body = json!({
        "installationId": "k8s-prod", "installationAppType": "K8S EXPORTER",
        "title": "k8s-prod", "version": "0.7.9",
        "config": {"resources": [{"kind": "v1/configmaps", "selector": {"query": "false"},
            "port": {"entity": {"mappings": [
                {"identifier": ".metadata.name", "blueprint": "\"map\""}]}}}]},
    });
    let (status, answer) = catalog.call_as(EXPORTER, "POST /v1/integration", Some(body));
    assert!(matches!(status, 200 | 201), "{answer}");
}

fn config(catalog: &LocalSandbox) -> String {
    let (_, answer) = catalog.call_as("test", "GET /v1/integration/k8s-prod", None);
    answer["integration"]["config"].to_string()
}

/// Which blueprints have blocks in the live config.
fn pushed(catalog: &LocalSandbox) -> Vec<String> {
    let config = config(catalog).replace("\\\"", "");
    blueprints(&config)
}

/// Eleven entities of a blueprint, in the cluster and made from there by the exporter.
fn entities(cluster: &FakeCluster, catalog: &LocalSandbox, blueprint: &str) {
    let names: Vec<String> = (0..11).map(|it| format!("{blueprint}-{it:02}")).collect();
    for name in &names {
        cluster.put(json!({"apiVersion": "getport.io/v1", "kind": "Entity",
            "metadata": {"namespace": "shop", "name": name},
            "spec": {"blueprint": blueprint, "identifier": name, "properties": {}}}));
    }
    let made: Vec<(&str, Value)> = names
        .iter()
        .map(|name| (blueprint, json!({"identifier": name, "title": name})))
        .collect();
    let schema = json!({"identifier": blueprint, "title": blueprint,
        "schema": {"properties": {}}, "relations": {}});
    catalog.seed_as(EXPORTER, &[schema], &made);
}

/// A keeper that has pushed the mapping of two fragments, `pay` and `web`, with a block
/// for the blueprint of its name each.
fn pushing(cluster: &FakeCluster, catalog: &LocalSandbox) -> Controller {
    integration(catalog);
    cluster.hold_to(BLOCKS_OF_OTHERS, OWN);
    for name in ["pay", "web"] {
        cluster.put(application(name, &[(name, false)]));
        cluster.put(config_map(name, &fragment(name, &[])));
    }
    let report = keeper(cluster, catalog, "publish")
        .flag("--integration", "k8s-prod")
        .start();
    wait_until("the push", || pushed(catalog) == ["pay", "web"]);
    report
}

#[test]
fn the_author_of_a_fragment_that_is_held_is_told_by_an_event_on_it() {
    let (cluster, catalog) = (cluster(), LocalSandbox::start());
    let report = pushing(&cluster, &catalog);
    // `pay` declares another blueprint, and what it declared stays in the cluster.
    entities(&cluster, &catalog, "pay");
    cluster.put(config_map("pay", &fragment("page", &[])));
    let held = "11 entities may go, which somebody has to approve: kubectl annotate --overwrite -n glint-system configmap glint-gitops-mapping gitops.glint.io/approve=";
    let all = format!("MappingHeld changes of 1 fragments are held back: {held}");
    let digest = cluster.wait_for("what is held", |it| {
        let told = told(it, &format!("{OWN}/{MAPPING}"));
        told.iter()
            .find_map(|it| it.strip_prefix(&all).map(str::to_owned))
    });
    let events = cluster.events().into_iter();
    let of_fragments = events.filter(|it| it.about.starts_with("ConfigMap shop/"));
    let expected = Told {
        about: "ConfigMap shop/pay".to_owned(),
        weight: "Warning".to_owned(),
        reason: "FragmentHeld".to_owned(),
        message: format!("held back at what was accepted before: {held}{digest}"),
        controller: "glint-report".to_owned(),
        count: 1,
    };
    assert_eq!(of_fragments.collect::<Vec<_>>(), [expected]);
    assert_eq!(pushed(&catalog), ["pay", "web"]);
    let series = "glint_gitops_fragments{state=\"held\"}";
    cluster.wait_until(series, |_| report.metric(series) == Some(1.0));
}

#[test]
fn a_change_that_the_guard_holds_is_held_by_name_and_the_others_go_on_until_it_is_approved() {
    let (cluster, catalog) = (cluster(), LocalSandbox::start());
    let report = pushing(&cluster, &catalog);
    assert!(config(&catalog).contains("v1/configmaps"));
    let mapping = format!("{OWN}/{MAPPING}");
    let first =
        "MappingPushed the mapping of 2 fragments is pushed; 0 entities may go because of it";
    cluster.wait_until("the Event", |it| told(it, &mapping) == [first]);

    // `pay` is gone, and its entities are not; `web` declares something more.
    entities(&cluster, &catalog, "pay");
    cluster.delete(kind::CONFIG_MAP, "shop", "pay");
    let both = json!({"version": 1, "dialect": "port", "entities": [
        {"kind": "Entity", "blueprint": "page"}, {"kind": "Entity", "blueprint": "web"}]});
    cluster.put(config_map("web", &both));
    wait_until("the others", || pushed(&catalog) == ["pay", "web", "page"]);
    let held = "MappingHeld changes of 1 fragments are held back: 11 entities may go, which somebody has to approve: kubectl annotate --overwrite -n glint-system configmap glint-gitops-mapping gitops.glint.io/approve=";
    let digest = cluster.wait_for("what is held", |it| {
        let told = told(it, &mapping);
        told.iter()
            .find_map(|it| it.strip_prefix(held).map(str::to_owned))
    });

    // A wrong digest lets nothing through; the right one does.
    let approve = |digest: &str| {
        cluster.change(kind::CONFIG_MAP, OWN, MAPPING, |map| {
            map["metadata"]["annotations"]["gitops.glint.io/approve"] = json!(digest);
        });
    };
    approve(&digest);
    wait_until("the push", || pushed(&catalog) == ["web", "page"]);
    let accepted = cluster.get(kind::CONFIG_MAP, OWN, "glint-gitops-accepted");
    let accepted = accepted.expect("the state")["data"]["accepted.json"].to_string();
    assert!(
        accepted.contains("shop/web") && !accepted.contains("shop/pay"),
        "{accepted}"
    );
    assert!(!report.log().contains("ERROR"), "{}", report.log());
}

#[test]
fn a_restart_changes_nothing_and_a_failed_read_is_no_removal() {
    let (cluster, catalog) = (cluster(), LocalSandbox::start());
    cluster.put(application("pay", &[("pay", false)]));
    cluster.put(config_map("pay", &fragment("service", &["tier"])));
    let mut report = keeper(&cluster, &catalog, "configmap").start();
    cluster.wait_until("the mapping", |it| blueprints(&mapping(it)) == ["service"]);
    let version = |cluster: &FakeCluster| {
        let map = cluster
            .get(kind::CONFIG_MAP, OWN, MAPPING)
            .expect("it is there");
        map["metadata"]["resourceVersion"].clone()
    };
    let before = version(&cluster);

    // Neither its ConfigMap nor its owner can be read, for longer than the grace period.
    report.kill();
    cluster.fail_where(usize::MAX, 403, |request| {
        request.resource == "applications"
    });
    report.restart();
    cluster.put(application("web", &[("web", false)]));
    cluster.put(config_map("web", &fragment("page", &[])));
    report.wait_for_log("can't be told");
    cluster.drop_watches();
    cluster.heal();
    cluster.wait_until("both", |it| blueprints(&mapping(it)) == ["page", "service"]);
    let middle = version(&cluster);
    assert_ne!(before, middle);

    // Nothing changed in meaning.
    report.restart();
    report.wait_for_log("listening on");
    cluster.put(config_map("web", &fragment("page", &[])));
    cluster.put(application("third", &[("third", false)]));
    cluster.put(config_map("third", &fragment("page", &[])));
    cluster.wait_until("it is accepted", |it| {
        let accepted = it.get(kind::CONFIG_MAP, OWN, "glint-gitops-accepted");
        accepted.is_some_and(|it| {
            it["data"]["accepted.json"]
                .to_string()
                .contains("shop/third")
        })
    });
    assert_eq!(version(&cluster), middle);
}

#[test]
fn nothing_is_kept_without_owners_to_believe() {
    let (cluster, catalog) = (cluster(), LocalSandbox::start());
    let mut report = Controller::report(&cluster, &catalog)
        .flag("--keep-mapping", "configmap")
        .start();
    report.wait_for_log("whose fragments? `--keep-mapping` needs a policy with `fragments`");
    let ended = report.stop();
    assert_eq!(ended.and_then(|it| it.code()), Some(2));
}
