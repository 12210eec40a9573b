//! Which changes are told, and how: pure.

use super::{COMMIT, OTHER, application, delivered, kustomization, of_artifact, refused, with};
use crate::catalog::Delivery;
use crate::controller::frame::Severity;
use crate::controller::gate::flux_events::{News, news};
use crate::controller::report::board::Standing;
use crate::report::Phase;

/// What is told as a Kustomization stands like this and then like that: each with the
/// reason and to whom, or `-`.
fn told(standings: &[Standing]) -> Vec<String> {
    let mut before = None;
    let told = standings.iter().map(|standing| {
        let Some(News { notification, told }) = news(standing, before.as_ref()) else {
            return "-".to_owned();
        };
        before = Some(told);
        let group = "kustomize.toolkit.fluxcd.io";
        let is_routine = notification
            .metadata
            .contains_key(&format!("{group}/commit_status"));
        let severity = match notification.severity {
            Severity::Info => "info",
            Severity::Error => "error",
        };
        let to = match is_routine {
            true => "statuses",
            false => "all",
        };
        format!("{severity} {} to {to}", notification.reason.as_str())
    });
    told.collect()
}

fn at(commit: &str, standing: Standing) -> Standing {
    Standing {
        revision: Some(format!("main@sha1:{commit}")),
        ..standing
    }
}

fn in_pull_request(standing: Standing) -> Standing {
    let name = "event.toolkit.fluxcd.io/change_request".to_owned();
    Standing {
        event_metadata: [(name, "17".to_owned())].into(),
        ..standing
    }
}

#[test]
fn failure_and_recovery_are_told_and_what_is_pending_is_not() {
    let pending = with(&[(Delivery::Pending, 3)], kustomization());
    let failed = Standing {
        phase: Some(Phase::Failed),
        ..delivered(kustomization())
    };
    let standings = [
        kustomization(),
        pending.clone(),
        refused(kustomization()),
        refused(kustomization()),
        pending,
        refused(kustomization()),
        delivered(kustomization()),
        failed,
        delivered(kustomization()),
        refused(kustomization()),
    ];
    assert_eq!(
        told(&standings),
        [
            "-",
            "-",
            "error CatalogDisagrees to all",
            "-",
            "-",
            "-",
            "info CatalogAgrees to all",
            "-",
            "-",
            "error CatalogDisagrees to all",
        ]
    );
}

#[test]
fn each_commit_has_its_status_and_only_a_change_is_told_to_all() {
    let standings = [
        at(COMMIT, delivered(kustomization())),
        at(OTHER, delivered(kustomization())),
        at(COMMIT, refused(kustomization())),
        at(OTHER, refused(kustomization())),
        at(COMMIT, delivered(kustomization())),
    ];
    assert_eq!(
        told(&standings),
        [
            "info CatalogAgrees to statuses",
            "info CatalogAgrees to statuses",
            "error CatalogDisagrees to all",
            "error CatalogDisagrees to statuses",
            "info CatalogAgrees to all",
        ]
    );
}

#[test]
fn a_pull_request_hears_of_all() {
    let fewer = with(
        &[(Delivery::Rejected, 1), (Delivery::Vanished, 2)],
        kustomization(),
    );
    let standings = [
        delivered(kustomization()),
        at(OTHER, delivered(kustomization())),
        at(OTHER, refused(kustomization())),
        at(OTHER, fewer),
    ];
    assert_eq!(
        told(&standings.map(in_pull_request)),
        [
            "info CatalogAgrees to all",
            "info CatalogAgrees to all",
            "error CatalogDisagrees to all",
            "error CatalogDisagrees to all",
        ]
    );
}

#[test]
fn who_declares_nothing_is_told_of_only_as_a_recovery() {
    let bare = with(&[], kustomization());
    assert_eq!(
        told(&[bare.clone(), refused(kustomization()), bare.clone(), bare]),
        [
            "-",
            "error CatalogDisagrees to all",
            "info CatalogAgrees to all",
            "-"
        ]
    );
}

#[test]
fn argo_cd_has_no_notification_controller() {
    assert_eq!(told(&[refused(application())]), ["-"]);
}

/// The keys of an event about a standing, each with its value.
fn metadata(standing: Standing) -> Vec<String> {
    let news = news(&standing, None).expect("it is told");
    let said = news.notification.metadata.into_iter();
    said.map(|(key, value)| format!("{key}: {value}")).collect()
}

#[test]
fn a_status_is_of_the_commit_that_the_artifact_was_made_of() {
    assert_eq!(
        metadata(refused(of_artifact())),
        [
            format!("event.toolkit.fluxcd.io/commit: {COMMIT}"),
            format!("kustomize.toolkit.fluxcd.io/originRevision: main@sha1:{COMMIT}"),
            format!(
                "kustomize.toolkit.fluxcd.io/revision: latest@sha256:{}",
                "c5".repeat(32)
            ),
        ]
    );
}

#[test]
fn a_chart_has_the_commit_that_its_annotation_names() {
    let mut release = refused(kustomization());
    release.subject.api_version = "helm.toolkit.fluxcd.io/v2".to_owned();
    release.revision = Some("1.4.0".to_owned());
    let name = "event.toolkit.fluxcd.io/commit".to_owned();
    release.event_metadata = [(name, OTHER.to_owned())].into();
    assert_eq!(
        metadata(release),
        [
            format!("event.toolkit.fluxcd.io/commit: {OTHER}"),
            "helm.toolkit.fluxcd.io/revision: 1.4.0".to_owned(),
        ]
    );
}
