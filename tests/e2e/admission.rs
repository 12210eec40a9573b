//! The API server holds entities to the policy's claims by what `schema --admission`
//! prints.

use std::fs;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, crds};
use crate::process::PATIENCE;

/// Of the other dialect than all other tests.
const POLICY: &str = "\
enforce: {dialect: port}
claims:
- {namespace: claims-shop, blueprints: [service, 'api-*'], identifiers: ['pay-?', '{cart,web}*', grün]}
- {namespace: 'claims-[bc]*', blueprints: ['sys*']}
- {project: platform, blueprints: [team], identifiers: ['a/**/z', '[!x]1']}
";

/// Blueprint and identifier of an entity in a namespace, and whether a claim allows
/// it there.
const ENTITIES: [(&str, &str, &str, bool); 21] = [
    ("claims-shop", "service", "pay-1", true),
    ("claims-shop", "service", "pay-ä", true),
    ("claims-shop", "service", "pay-", false),
    ("claims-shop", "service", "pay-12", false),
    ("claims-shop", "service", "cart", true),
    ("claims-shop", "service", "website/v1:2", true),
    ("claims-shop", "service", "grün", true),
    ("claims-shop", "service", "gruen", false),
    ("claims-shop", "api-", "cart", true),
    ("claims-shop", "api", "cart", false),
    ("claims-shop", "system", "cart", false),
    ("claims-shop", "service", "\"cart\"", false),
    ("claims-shop", "\"service", "cart", false),
    ("claims-bank", "system", "anything", true),
    ("claims-bank", "system", "\"anything\"", false),
    ("claims-other", "service", "cart", false),
    ("claims-other", "team", "a/z", true),
    ("claims-other", "team", "a/b/c/z", true),
    ("claims-other", "team", "a/b", false),
    ("claims-other", "team", "y1", true),
    ("claims-other", "team", "x1", false),
];

#[test]
fn the_api_server_refuses_what_no_claim_allows() {
    // Of its own: with both dialects' CRDs, `entities` alone means the other one.
    let cluster = &Cluster::start();
    let namespaces = ["claims-shop", "claims-bank", "claims-other"];
    namespaces.iter().for_each(|name| cluster.namespace(name));
    cluster.apply(&crds("port"));
    for crd in ["entities.getport.io", "clusterentities.getport.io"] {
        cluster.wait_established(crd);
    }
    // What is there before the policy is, and no claim allows.
    let before = entity(
        "Entity",
        "claims-other",
        "before",
        ("domain", "old"),
        "kept",
    );
    cluster.apply(&before);

    cluster.apply(&admission());
    wait_until_it_is_in_force(cluster);

    for (number, (namespace, blueprint, identifier, allowed)) in ENTITIES.iter().enumerate() {
        let name = format!("entity-{number}");
        let declared = (*blueprint, *identifier);
        let answer = dry_run(
            cluster,
            &entity("Entity", namespace, &name, declared, "new"),
        );
        let refusal = match blueprint.contains('"') || identifier.contains('"') {
            true => "a quote in spec.blueprint".to_owned(),
            false => format!(
                "no claim of the policy allows `{blueprint}/{identifier}` in namespace `{namespace}`"
            ),
        };
        check(&answer, *allowed, &refusal);
    }
    // Where a claim names a namespace, the API server can't tell whose it is.
    let clustered = |declared| entity("ClusterEntity", "", "clustered", declared, "new");
    check(&dry_run(cluster, &clustered(("service", "cart"))), true, "");
    check(&dry_run(cluster, &clustered(("system", "shop"))), true, "");
    let refusal = "no claim of the policy allows `domain/shop`";
    check(
        &dry_run(cluster, &clustered(("domain", "shop"))),
        false,
        refusal,
    );

    // What is there stays, and can go, but declares nothing new.
    let labelled = before.replace("name: before", "name: before, labels: {seen: 'yes'}");
    check(&dry_run(cluster, &labelled), true, "");
    let changed = entity(
        "Entity",
        "claims-other",
        "before",
        ("domain", "old"),
        "changed",
    );
    let refusal = "no claim of the policy allows `domain/old` in namespace `claims-other`";
    check(&dry_run(cluster, &changed), false, refusal);
    let delete = [
        "delete",
        "entities.getport.io",
        "before",
        "--namespace=claims-other",
    ];
    cluster.done(&[&delete[..], &["--cascade=foreground"]].concat(), None);
}

/// What the program prints for the policy.
fn admission() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = folder.path().join("policy.yaml");
    fs::write(&policy, POLICY).expect("a policy is written");
    let output = Command::new(crate::GLINT)
        .args(["schema", "--admission", "--policy"])
        .arg(policy)
        .output()
        .expect("glint-gitops runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("manifests are text")
}

/// The API server compiles a policy some time after it took it.
fn wait_until_it_is_in_force(cluster: &Cluster) {
    let started = Instant::now();
    let refused = entity(
        "Entity",
        "claims-other",
        "refused",
        ("domain", "new"),
        "new",
    );
    while dry_run(cluster, &refused).status.success() {
        assert!(started.elapsed() < PATIENCE, "the policy refuses nothing");
        thread::sleep(Duration::from_millis(100)); // between two looks
    }
}

fn entity(kind: &str, namespace: &str, name: &str, declared: (&str, &str), note: &str) -> String {
    let (blueprint, identifier) = declared;
    let namespace = match namespace {
        "" => String::new(),
        namespace => format!(", namespace: {namespace}"),
    };
    format!(
        "apiVersion: getport.io/v1
kind: {kind}
metadata: {{name: {name}{namespace}}}
spec: {{blueprint: '{blueprint}', identifier: '{identifier}', properties: {{note: {note}}}}}
"
    )
}

fn dry_run(cluster: &Cluster, manifest: &str) -> Output {
    let arguments = ["apply", "--server-side", "--dry-run=server", "--filename=-"];
    cluster.kubectl(&arguments, Some(manifest))
}

#[track_caller]
fn check(answer: &Output, allowed: bool, refusal: &str) {
    let said = String::from_utf8_lossy(&answer.stderr);
    assert_eq!(answer.status.success(), allowed, "{said}");
    assert!(allowed || said.contains(refusal), "{said}");
}
