//! A catalog on loopback: the API's subset, the exporter's part, and a page.

mod data;
mod exporter;
mod fault;
mod following;
mod local;
mod page;
mod rest;
mod serve;
mod store;

pub(crate) use exporter::{
    Change as ClusterChange, Evaluate, Happening, Here, Installation, Key, Moment, Player, Said,
    State as ExporterState, Transport, Verdict,
};
pub(crate) use fault::Faults;
pub(crate) use following::{Declaration, Following, SharedFollowing};
pub use local::{Called, LocalOptions, LocalSandbox};
pub(crate) use page::router as page_router;
pub(crate) use serve::{Catalog, Sandbox, SandboxOptions};
pub(crate) use store::{Answer, Call, Change, Method, State, Store, moment_written};
