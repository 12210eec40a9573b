//! The two controllers against a fake API server: the program as a cluster runs it.
//!
//! # How a scenario is written
//!
//! A scenario is a test whose name is a sentence, with data. It holds a cluster, where
//! needed a catalog, and the program; it changes the cluster, waits for what comes about,
//! and compares it whole. Nothing of it is async, and nothing sleeps.
//!
//! ```ignore
//! #[test]
//! fn a_finished_sync_is_in_the_catalog_once() {
//!     let cluster = FakeCluster::with(&[kind::APPLICATION, kind::ENTITY]);
//!     let catalog = LocalSandbox::start();
//!     cluster.put(application("pay"));
//!     let report = Controller::report(&cluster, &catalog).flag("--report", "all").start();
//!
//!     let run = cluster.wait_for("the run in the catalog", |_| runs(&catalog).pop());
//!     assert_eq!(run["properties"]["phase"], "Succeeded");
//!
//!     cluster.drop_watches();
//!     cluster.put(synced_again("pay"));
//!     cluster.wait_until("a second run", |_| runs(&catalog).len() == 2);
//!     assert_eq!(cluster.events(), []);
//!     assert!(report.log().contains("…"));
//! }
//! ```
//!
//! - **The cluster** (`fake::FakeCluster`): `install` and `uninstall` kinds at any time;
//!   `put`, `put_status`, `change`, `delete`, `get` and `list` objects as another program
//!   would; `events()`; `set_time`.
//! - **What goes wrong**: `drop_watches`, `expire_watches` (410), `fail(3, 503)`,
//!   `fail_where(usize::MAX, 403, |request| request.resource == "helmreleases")`,
//!   `go_down` and `come_back`; of the catalog `LocalOptions::faults`; of the program
//!   `kill()` and `restart()`.
//! - **What was asked**: `requests()` (each with verb, kind, name and user agent), `rules()`
//!   (what RBAC must allow), `forget_requests()` before a time in which none may come.
//! - **Many large objects**: `install_lazily` makes them when they are read.
//! - **The program** (`program::Controller`): flags, variables, its log, `get("metrics",
//!   "/metrics")`, and `stop()` for how it ends. Dropped, it is ended, and tells its log
//!   where the test failed.
//!
//! A scenario file belongs to the part that it is about, `report_…` or `render_…`, and is
//! listed here.
//!
//! - `delivery_loop`: what became of entities, as their authors read it
//! - `delivery_reasons`: each reason why one is not there as it is declared
//! - `fake`: the API server, and tests of it with Kubernetes' client for Rust
//! - `gateway`: a way to the catalog that can be closed
//! - `monitoring`: the metrics that rules and pages name
//! - `program`: the program
//! - `reasons`: each reason is met in a scenario
//! - `recorder`: plays notification-controller
//! - `report_chaos`: the same, whatever goes wrong
//! - `report_gate`: what gates are answered, and what Flux hears
//! - `report_keeper`: the mapping that is kept of fragments
//! - `report_scale`: how much it takes
//! - `report_syncs`: every sync is in the catalog
//! - `report_world`: any number of applications, and a catalog that has their entities
//! - `rights`: each right of the controllers is used
//! - `waiting`: waiting
//! - `render_world`: what surrounds `controller render`: sources, a kustomize, objects
//! - `render_publishing`: a GlintRender becomes an ExternalArtifact
//! - `render_failing`: every way in which it does not
//! - `render_living`: requests, suspension, replicas, the end

#![expect(
    dead_code,
    reason = "the fixture offers more than the scenarios use so far"
)]

mod delivery_loop;
mod delivery_reasons;
mod fake;
mod gateway;
mod monitoring;
mod program;
mod reasons;
mod recorder;
mod render_failing;
mod render_living;
mod render_publishing;
mod render_world;
mod report_chaos;
mod report_gate;
mod report_keeper;
mod report_scale;
mod report_syncs;
mod report_world;
mod rights;
mod waiting;
