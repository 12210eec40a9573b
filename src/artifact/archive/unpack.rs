//! Taking an archive of others apart.
//!
//! Follows fluxcd/pkg's tar/untar.go, and is stricter where that is lax: links pass
//! there as nothing or as empty files. Invariant: nothing is believed of a header
//! before it is checked; memory is bounded by the limits, not by what a header says.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Read};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::bounds::{Bounds, Packed, Unpacked};
use super::{ArchiveError, ArchiveFault, ArchiveLimits, Place};
use crate::artifact::tree::{FileTree, PathFault, TreeFile, relative, shown};

/// The files of a gzipped tar. Of a file that is there twice the last counts, as
/// when it is unpacked to a disk; folders are in the paths of files alone.
///
/// # Errors
/// Whatever is no file or folder, leads out of the archive, or is beyond a limit.
pub(crate) fn unpack(gzip: impl Read, limits: &ArchiveLimits) -> Result<FileTree, ArchiveError> {
    let bounds = Bounds::new(limits);
    let packed = Packed {
        reader: gzip,
        bounds: &bounds,
    };
    let mut archive = Archive::new(Unpacked {
        reader: MultiGzDecoder::new(packed),
        bounds: &bounds,
    });
    let mut place = Place::Start;
    let tree = files(&mut archive, limits, &mut place).and_then(|tree| {
        // The checksum of the gzip stands at its end.
        io::copy(&mut archive.into_inner(), &mut io::sink())?;
        Ok(tree)
    });
    tree.map_err(|fault| ArchiveError {
        fault: bounds.take_fault().unwrap_or(fault),
        place,
    })
}

/// Reads to the end of the tar; `place` says where it got to.
fn files(
    archive: &mut Archive<impl Read>,
    limits: &ArchiveLimits,
    place: &mut Place,
) -> Result<FileTree, ArchiveFault> {
    let mut tree = FileTree::default();
    for (index, entry) in archive.entries()?.enumerate() {
        let mut entry = entry?;
        let name = shown(&entry.path_bytes());
        *place = Place::At(name.clone());
        if index >= limits.entries {
            return Err(ArchiveFault::Entries(limits.entries));
        }
        check_extensions(&mut entry)?;
        if let Some(path) = path_of_file(&entry)? {
            let file = file(&mut entry, limits.file)?;
            let inserted = tree.insert_file(&path, file);
            inserted.map_err(|error| ArchiveFault::Path(error.fault))?;
        }
        *place = Place::After(name);
    }
    Ok(tree)
}

/// The path of a file, as a tree has it; none for what needs no place of its own.
fn path_of_file(entry: &Entry<'_, impl Read>) -> Result<Option<String>, ArchiveFault> {
    let kind = entry.header().entry_type();
    if kind.is_pax_global_extensions() {
        return Ok(None);
    }
    let name = entry.path_bytes();
    let name = str::from_utf8(&name).map_err(|_| ArchiveFault::Path(PathFault::NotUtf8))?;
    // Before there was a kind for folders, they were files of that form.
    let is_folder = kind.is_dir() || (kind.is_file() && name.ends_with('/') && entry.size() == 0);
    let path = relative(name);
    match (is_folder, kind.is_file(), path) {
        (true, _, Ok(_) | Err(PathFault::Empty)) => Ok(None),
        (false, true, Ok(_)) if name.ends_with('/') => Err(ArchiveFault::Path(PathFault::Conflict)),
        (false, true, Ok(path)) => Ok(Some(path)),
        (true, _, Err(fault)) | (false, true, Err(fault)) => Err(ArchiveFault::Path(fault)),
        (false, false, _) => Err(ArchiveFault::Kind(kind_name(kind))),
    }
}

fn kind_name(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Link => "hard link",
        EntryType::Symlink => "symbolic link",
        EntryType::Char => "character device",
        EntryType::Block => "block device",
        EntryType::Fifo => "named pipe",
        EntryType::GNUSparse => "sparse file",
        _ => "thing of another kind",
    }
}

/// Refuses what readers of tar are known to differ about, since then two programs
/// see two trees in one archive; Go's takes the last of two records, ours the first.
fn check_extensions(entry: &mut Entry<'_, impl Read>) -> Result<(), ArchiveFault> {
    let is_global = entry.header().entry_type().is_pax_global_extensions();
    let path = entry.path_bytes().into_owned();
    let sizes = (entry.header().entry_size()?, entry.size());
    let Some(records) = entry.pax_extensions()? else {
        return Ok(());
    };
    let mut keys = BTreeSet::new();
    for record in records {
        let malformed = || ArchiveFault::Extension("is malformed");
        let record = record.map_err(|_| malformed())?;
        let key = record.key().map_err(|_| malformed())?;
        if !keys.insert(key.to_owned()) {
            return Err(ArchiveFault::Extension("says one thing twice"));
        }
        let fault = match key {
            // What `git archive` writes: the commit.
            "comment" => continue,
            _ if is_global => "is for all files",
            "path" if record.value_bytes() != path => "names the file twice",
            "size" if sizes.0 != 0 && sizes.0 != sizes.1 => "gives the file two sizes",
            key if key.starts_with("GNU.sparse.") => "makes it a sparse file",
            _ => continue,
        };
        return Err(ArchiveFault::Extension(fault));
    }
    Ok(())
}

fn file(entry: &mut Entry<'_, impl Read>, limit: u64) -> Result<TreeFile, ArchiveFault> {
    let size = entry.size();
    if size > limit {
        return Err(ArchiveFault::File(limit));
    }
    let is_executable = entry.header().mode()? & 0o111 != 0;
    let mut bytes = Vec::new();
    entry.take(limit).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == size {
        true => Ok(TreeFile {
            bytes,
            is_executable,
        }),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

impl From<ErrorKind> for ArchiveFault {
    fn from(kind: ErrorKind) -> Self {
        io::Error::from(kind).into()
    }
}

/// The words of the libraries are not repeated: they hold bytes of the archive.
impl From<io::Error> for ArchiveFault {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(match error.kind() {
            ErrorKind::UnexpectedEof => "cut short",
            ErrorKind::InvalidInput | ErrorKind::InvalidData => "no sound gzip",
            _ => "no sound tar",
        })
    }
}
