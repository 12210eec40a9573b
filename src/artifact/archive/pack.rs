//! Packing a tree for Flux.
//!
//! Invariant: same tree, same bytes. Nothing in the archive comes from a clock, a
//! machine or a user; another release of the compression may pack otherwise, which
//! is why a revision never comes from these bytes ([`FileTree::content_digest`]).

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use crate::artifact::tree::{FileTree, TreeFile};

/// The level of compression, gzip's own default.
const LEVEL: Compression = Compression::new(6);

/// gzip's word for an unknown system (RFC 1952, OS).
const NO_SYSTEM: u8 = 255;

/// How many bytes of a name have room in a header.
const NAME: usize = 100;

/// The gzipped tar of a tree: regular files only, owned by root, of no time, 0644
/// or 0755 (a mode of 0 is a file that Flux can't read). A name that is longer than
/// its field is GNU's long name, which Go's archive/tar reads.
pub(crate) fn pack(tree: &FileTree) -> Vec<u8> {
    let gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(NO_SYSTEM)
        .write(Vec::new(), LEVEL);
    let mut archive = Builder::new(gzip);
    let packed = tree
        .iter()
        .try_for_each(|(path, file)| append(&mut archive, path, file))
        .and_then(|()| archive.into_inner()?.finish());
    packed.expect("memory takes all that is written to it")
}

fn append(archive: &mut Builder<impl Write>, path: &str, file: &TreeFile) -> io::Result<()> {
    if path.len() > NAME {
        let name = [path.as_bytes(), b"\0"].concat();
        let long = header(b"././@LongLink", EntryType::GNULongName, 0o644, &name);
        archive.append(&long, name.as_slice())?;
    }
    let mode = match file.is_executable {
        true => 0o755,
        false => 0o644,
    };
    let header = header(path.as_bytes(), EntryType::Regular, mode, &file.bytes);
    archive.append(&header, file.bytes.as_slice())
}

/// A header in GNU's form, its name cut where the field ends. Written byte by byte:
/// the crate's own way refuses a name that is cut just behind a `..`.
fn header(name: &[u8], kind: EntryType, mode: u32, bytes: &[u8]) -> Header {
    let mut header = Header::new_gnu();
    let name = &name[..name.len().min(NAME)];
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    header
}
