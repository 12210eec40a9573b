//! The client of the catalog's REST API: one method a request.
//!
//! The one module that names the HTTP client. What the API does is written in
//! Port's OpenAPI document (2026-01) and in its clients; what is only believed of
//! it stands in `beliefs`. Invariants: credentials go to the one API that they
//! are for and into no output; every exchange has a deadline and a limit of size;
//! what can't be repeated is sent once.

mod address;
mod answer;
mod backoff;
mod beliefs;
mod blueprints;
mod bulk;
mod client;
mod connection;
mod entities;
mod error;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzed;
mod integrations;
mod order;
mod pace;
mod pause;
mod request;
mod search;
mod secret;
mod session;
#[cfg(test)]
mod tests;
mod transport;
mod upsert_all;
mod verdict;

pub(crate) use address::ApiUrl;
pub(crate) use beliefs::{BELIEFS, Belief};
pub(crate) use bulk::{EntityError, Upserted};
pub(crate) use client::Client;
pub(crate) use connection::{Connection, Credentials, Proxies, Retry, Timeouts};
pub(crate) use entities::Upsert;
pub(crate) use error::ApiError;
pub(crate) use integrations::{Integration, LogQuery};
pub(crate) use secret::Secret;
