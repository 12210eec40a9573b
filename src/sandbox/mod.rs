//! A catalog on loopback: the API's subset, the exporter's part, and a page.

mod exporter;
mod store;

pub(crate) use store::{
    Answer, CALLS, Call, Change, Logged, Method, RateLimit, State, Store, StoreOptions, Stored,
    StoredIntegration, moment_written,
};
