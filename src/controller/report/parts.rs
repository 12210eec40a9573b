//! Which parts of the objects are read: an Application of 300 resources takes 2 MB as
//! values, and a twentieth of that without what no report tells.
//!
//! Invariant: a sighting of the parts is the sighting of the whole.

use crate::cluster::Parts::{self, All, Items, Members};
use crate::cluster::Read;

/// Of an Application.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfArgoCd;

/// Of a Kustomization or HelmRelease.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfFlux;

impl Read for OfArgoCd {
    const PARTS: Parts = Members(&[
        ("apiVersion", All),
        ("kind", All),
        ("metadata", METADATA),
        ("spec", All),
        ("status", STATUS),
    ]);
}

impl Read for OfFlux {
    const PARTS: Parts = Members(&[
        ("apiVersion", All),
        ("kind", All),
        ("metadata", METADATA),
        ("spec", All),
        ("status", All),
    ]);
}

/// All but what the API server and kubectl keep there for themselves.
const METADATA: Parts = Members(&[
    ("annotations", All),
    ("creationTimestamp", All),
    ("deletionTimestamp", All),
    ("generation", All),
    ("labels", All),
    ("name", All),
    ("namespace", All),
    ("resourceVersion", All),
    ("uid", All),
]);

const STATUS: Parts = Members(&[
    ("conditions", All),
    ("controllerNamespace", All),
    ("health", All),
    ("history", All),
    (
        "operationState",
        Members(&[
            ("finishedAt", All),
            ("message", All),
            ("operation", All),
            ("phase", All),
            ("startedAt", All),
            ("syncResult", SYNCED),
        ]),
    ),
    (
        "resources",
        Items(&Members(&[
            ("group", All),
            ("kind", All),
            ("name", All),
            ("namespace", All),
            ("requiresPruning", All),
        ])),
    ),
    (
        "sync",
        Members(&[("revision", All), ("revisions", All), ("status", All)]),
    ),
]);

const SYNCED: Parts = Members(&[
    ("revision", All),
    ("revisions", All),
    ("source", All),
    ("sources", All),
    (
        "resources",
        Items(&Members(&[
            ("group", All),
            ("hookPhase", All),
            ("hookType", All),
            ("kind", All),
            ("message", All),
            ("name", All),
            ("namespace", All),
            ("status", All),
            ("version", All),
        ])),
    ),
]);

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use super::{OfArgoCd, OfFlux, Parts, Read};
    use crate::controller::report::sighting::sighting;

    /// What is seen of each object of a host: whole, and of its parts alone.
    fn check(host: &str, parts: Parts) {
        let folder = format!("{}/tests/objects/{host}", env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(folder).expect("it is a folder");
        let mut seen = 0;
        for file in files {
            let path = file.expect("it is a file").path();
            let text = fs::read_to_string(&path).expect("it is text");
            let whole: Value = serde_json::from_str(&text).expect("it is JSON");
            let part = parts.of(&text).expect("it is JSON");
            let [whole, part] = [whole, part].map(|it| format!("{:?}", sighting(&it)));
            assert_eq!(part, whole, "{}", path.display());
            seen += 1;
        }
        assert!(seen > 10, "{seen} of {host}");
    }

    #[test]
    fn what_is_read_of_an_object_tells_all_that_is_reported() {
        check("argocd", OfArgoCd::PARTS);
        check("flux", OfFlux::PARTS);
    }
}
