//! What `--events-addr` gets: whether the catalog agrees with a revision that the real
//! kustomize-controller has applied, for commit statuses and for comments.

use serde_json::{Value, json};

use super::flux::{Small, stream};
use super::wait_for_condition;
use crate::argocd::entity;
use crate::recorder::Recorder;
use crate::sandbox::Sandbox;

const COMMITS: [&str; 3] = [
    "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10",
    "0b8e6f1c2d3a4b5c6d7e8f90a1b2c3d4e5f60718",
    "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00",
];

/// The events so far, once there are so many; without what is another each time.
#[track_caller]
fn events(recorder: &Recorder, catalog: &Sandbox, count: usize) -> Vec<Value> {
    let events = catalog.wait(&format!("{count} events"), || {
        Some(recorder.events()).filter(|it| it.len() >= count)
    });
    let settled = events.into_iter().map(|mut event| {
        let token = event["metadata"]["kustomize.toolkit.fluxcd.io/token"].take();
        assert!(token.is_string() && event["timestamp"].take().is_string());
        event
    });
    settled.collect()
}

#[test]
fn flux_hears_whether_the_catalog_agrees_with_a_commit() {
    let recorder = Recorder::start();
    let cluster = Small::cluster();
    let address = format!("--events-addr={}", recorder.url());
    let small = Small::edited(&cluster, &[&address]);
    let shop = small.flux.kustomization("shop");
    let apply = |commit: &str, language: &str| {
        let revision = format!("main@sha1:{commit}");
        let stream = stream(&[entity("pay", language)]);
        let archive = small.flux.archive(&[("manifests.yaml", &stream)]);
        shop.publish_as(&revision, &archive);
        revision
    };
    let [refused, mended, next] = COMMITS;
    // The Kustomization of a pull request, as whoever makes it says.
    let first = apply(refused, "cobol");
    shop.apply(json!({"targetNamespace": "shop", "suspend": true}));
    shop.annotate("event.toolkit.fluxcd.io/change_request", "17");
    shop.apply(json!({"targetNamespace": "shop", "suspend": false}))
        .ready(&first);
    wait_for_condition(&cluster, "shop", "pay", "False Rejected");
    events(&recorder, &small.catalog, 1);
    let asked = |commit: &str| format!("kustomization/shop/shop?revision={commit}");
    let disagrees = "409 disagrees EntitiesNotDelivered";
    small.controller.wait_for_gate(&asked(refused), disagrees);

    let second = apply(mended, "go");
    shop.ready(&second);
    let agrees = "200 agrees EntitiesDelivered";
    small.controller.wait_for_gate(&asked(mended), agrees);
    let pending = "503 pending OtherRevision";
    small.controller.wait_for_gate(&asked(refused), pending);
    events(&recorder, &small.catalog, 2);
    let third = apply(next, "rust");
    shop.ready(&third);
    small.controller.wait_for_gate(&asked(&next[..12]), agrees);
    small.controller.wait_for_gate(&asked(&third), agrees);

    let uid = &shop.get()["metadata"]["uid"];
    let event = |commit: &str, [severity, reason, message]: [&str; 3]| {
        json!({
            "involvedObject": {
                "kind": "Kustomization", "namespace": "shop", "name": "shop", "uid": uid,
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            },
            "severity": severity,
            "timestamp": null,
            "message": message,
            "reason": reason,
            "metadata": {
                "event.toolkit.fluxcd.io/change_request": "17",
                "event.toolkit.fluxcd.io/commit": commit,
                "kustomize.toolkit.fluxcd.io/revision": format!("main@sha1:{commit}"),
                "kustomize.toolkit.fluxcd.io/token": null,
            },
            "reportingController": "glint-report",
            "reportingInstance": "glint-report-0",
        })
    };
    let failure = [
        "error",
        "CatalogDisagrees",
        "Glint: the catalog disagrees: of 1 entity 1 rejected; `service/pay` \
         `blueprint_schema_mismatch`",
    ];
    let success = [
        "info",
        "CatalogAgrees",
        "Glint: the catalog agrees: of 1 entity 1 delivered",
    ];
    assert_eq!(
        events(&recorder, &small.catalog, 3),
        [
            event(refused, failure),
            event(mended, success),
            event(next, success),
        ]
    );
}
