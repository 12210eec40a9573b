//! A Kubernetes API server for tests: a real server on loopback, without etcd, schemas
//! and authorization, and with handles for all that goes wrong.
//!
//! What it does as Kubernetes does: discovery, every verb on every installed kind,
//! `resourceVersion`, `generation`, the subresource `status`, finalizers, paged lists,
//! selectors, watches with bookmarks and 410, streamed lists, server-side apply with
//! field managers and conflicts, merge and JSON patches, `PartialObjectMetadata`, dry
//! runs, optimistic locking, and no write where nothing changes. What it does not:
//! validate (CRDs' schemas and CEL), default, convert between versions, collect garbage,
//! and refuse anybody anything; a namespace need not exist; it takes JSON alone
//! (`kubectl create` of Kubernetes' own kinds sends protobuf); nobody owns a map itself.
//! Its answers to 80 requests were laid beside those of kube-apiserver 1.37.2, and differ
//! in the words of some messages.
//!
//! - `cluster`: the handle that tests hold
//! - `kind`: the kinds; `events`: what Kubernetes Events say
//! - `serve`, `request`, `discovery`, `list`, `watch`, `answer`, `selector`: the wire
//! - `rights`: what clients may do, and did
//! - `store`, `write`, `object`, `managed`, `fields`: the objects

mod answer;
mod cluster;
mod discovery;
mod events;
mod fields;
pub(crate) mod kind;
mod list;
mod managed;
mod object;
pub(crate) mod request;
mod rights;
mod selector;
mod serve;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod watch;
mod write;

pub(crate) use cluster::FakeCluster;
pub(crate) use events::Told;
pub(crate) use kind::Kind;
