//! Real objects of hosts in, requests out; and the same once more.

pub(crate) mod catalog;
#[cfg(feature = "controller")]
mod course;
mod delivery;
mod phases;
mod runs;
mod watch;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{ClusterName, Options, SyncResult, sync_result};
use crate::catalog::Dialect;

/// Where the objects are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/objects")
}

/// An object by its folder and its name up to the dot.
#[track_caller]
fn object(host: &str, name: &str) -> Value {
    let found = ["recorded", "edited", "written"]
        .into_iter()
        .find_map(|origin| {
            fs::read(folder().join(host).join(format!("{name}.{origin}.json"))).ok()
        });
    serde_json::from_slice(&found.expect("there is such an object")).expect("it is JSON")
}

/// What an object says, with a Git source where it is Flux's.
fn result(object: &Value) -> SyncResult {
    let options = Options {
        cluster: ClusterName::parse("prod").expect("it is a name"),
        dialect: Dialect::Glint,
        source: Some(json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "spec": {
                "url": "ssh://git:CANARY-token@github.com/shop/apps.git",
                "ref": {"branch": "main"},
            },
        })),
    };
    sync_result(object, &options).expect("it is an object of a host")
}
