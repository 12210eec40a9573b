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

pub(crate) use data::DataError;
pub(crate) use exporter::{
    Change as ClusterChange, Evaluate, Happening, Here, Installation, Key, Moment, Player, Said,
    State as ExporterState, Transport, Verdict,
};
pub(crate) use fault::{FaultError, Faults};
pub(crate) use following::{Declaration, Following, SharedFollowing};
pub use local::{Called, LocalOptions, LocalSandbox};
pub(crate) use page::router as page_router;
pub(crate) use serve::{Catalog, Sandbox, SandboxError, SandboxOptions};
pub(crate) use store::{
    Answer, Call, Change, Logged, Method, RateLimit, State, Store, StoreOptions, Stored,
    StoredIntegration, moment_written,
};
