//! Tests of what gates are answered and what notification-controller is told.

mod answers;
mod events;
mod posting;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Delivery, Identity};
use crate::controller::frame::ObjectRef;
use crate::controller::report::board::{Board, Standing};
use crate::report::{Phase, SyncStatus, Tool};

const COMMIT: &str = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";
const OTHER: &str = "0b8e6f1c2d3a4b5c6d7e8f90a1b2c3d4e5f60718";

/// An Application that is synced, and of which nobody knows more.
fn application() -> Standing {
    Standing {
        subject: ObjectRef {
            api_version: "argoproj.io/v1alpha1".to_owned(),
            kind: "Application".to_owned(),
            namespace: Some("argocd".to_owned()),
            name: "shop".to_owned(),
            uid: "a-1".to_owned(),
        },
        target: "test.argocd.shop".to_owned(),
        tool: Tool::ArgoCd,
        revision: Some(COMMIT.to_owned()),
        origin_revision: None,
        compared: Vec::new(),
        sync: SyncStatus::Synced,
        phase: Some(Phase::Succeeded),
        deliveries: None,
        rejected: Vec::new(),
        event_metadata: BTreeMap::new(),
        is_elsewhere: false,
    }
}

/// A Kustomization that a GitRepository feeds.
fn kustomization() -> Standing {
    Standing {
        subject: ObjectRef {
            api_version: "kustomize.toolkit.fluxcd.io/v1".to_owned(),
            kind: "Kustomization".to_owned(),
            namespace: Some("flux-system".to_owned()),
            name: "shop".to_owned(),
            uid: "k-1".to_owned(),
        },
        target: "test.flux-system.shop.kustomization".to_owned(),
        tool: Tool::Flux,
        revision: Some(format!("main@sha1:{COMMIT}")),
        ..application()
    }
}

/// A Kustomization that an ExternalArtifact feeds, which was made of a commit.
fn of_artifact() -> Standing {
    Standing {
        revision: Some(format!("latest@sha256:{}", "c5".repeat(32))),
        origin_revision: Some(format!("main@sha1:{COMMIT}")),
        ..kustomization()
    }
}

/// With what became of its entities: `[(Delivered, 2), (Rejected, 1)]`.
fn with(counts: &[(Delivery, usize)], standing: Standing) -> Standing {
    Standing {
        deliveries: Some(counts.iter().copied().collect()),
        ..standing
    }
}

/// The same, one entity of three being refused.
fn refused(standing: Standing) -> Standing {
    let identity = Identity {
        blueprint: "service".to_owned(),
        identifier: "pay".to_owned(),
    };
    Standing {
        rejected: vec![(identity, "invalid_entity".to_owned())],
        ..with(
            &[(Delivery::Delivered, 2), (Delivery::Rejected, 1)],
            standing,
        )
    }
}

fn delivered(standing: Standing) -> Standing {
    with(&[(Delivery::Delivered, 3)], standing)
}

/// A board on which all stand that are reported.
fn board(standings: impl IntoIterator<Item = Standing>) -> Board {
    let board = Board::new();
    for standing in standings {
        board.put(Arc::new(standing));
    }
    board.filled();
    board
}
