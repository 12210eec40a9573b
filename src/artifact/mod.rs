//! Artifacts as Flux has them: fetched from its source-controller, taken apart, put
//! together, kept on disk and served to its kustomize-controller.
//!
//! Not for what is made of a source, nor for the objects that tell of artifacts
//! (`controller`). Invariants: what others packed is held to limits, to plain
//! files and to names below its own root; one tree is always the same bytes; the
//! HTTP client is named in `fetch` alone, the archive format in `archive` alone.
#![expect(
    unused_imports,
    reason = "GlintRender, which uses the module, comes next"
)]
#![cfg_attr(not(test), expect(dead_code, reason = "the same"))]

mod archive;
mod digest;
mod fetch;
mod serve;
mod storage;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use archive::{ArchiveError, ArchiveLimits, pack, unpack};
pub(crate) use digest::{Digest, DigestError};
pub(crate) use fetch::{AllowedHost, FetchError, FetchOptions, Fetcher};
pub(crate) use serve::routes;
pub(crate) use storage::{PathKey, Storage, StorageError, StorageOptions, Stored};
pub(crate) use tree::{FileTree, PathError, TreeFile};
