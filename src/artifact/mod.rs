//! Artifacts as Flux has them: taken apart and put together.
//!
//! Not for what is made of a source, nor for the objects that tell of artifacts
//! (`controller`). Invariants: what others packed is held to limits, to plain
//! files and to names below its own root; one tree is always the same bytes; the
//! archive format is named in `archive` alone.
#![expect(
    unused_imports,
    reason = "GlintRender, which uses the module, comes next"
)]
#![cfg_attr(not(test), expect(dead_code, reason = "the same"))]

mod archive;
mod digest;
mod tree;

pub(crate) use archive::{ArchiveError, ArchiveLimits, pack, unpack};
pub(crate) use digest::{Digest, DigestError};
pub(crate) use tree::{FileTree, PathError, TreeFile};
