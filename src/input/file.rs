//! One file, read whole within a limit.
//!
//! Not for streams (`stdin`) or for whether the file may be read (`confine`).
//! Invariant: never more than the limit is in memory.

use std::fs::{DirEntry, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::InputError;

/// Reads a file, or the `.json`, `.yaml` and `.yml` files of a directory in the
/// order of their names, each with what a user calls it.
///
/// # Errors
///
/// As for [`read`], for each file.
pub(super) fn read_all(path: &Path, limit: u64) -> Result<Vec<(String, Vec<u8>)>, InputError> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.map_err(InputError::read(path))?;
        let wanted = |path: &PathBuf| {
            let extension = path.extension().unwrap_or_default();
            ["json", "yaml", "yml"].iter().any(|it| extension == *it)
        };
        files = entries.iter().map(DirEntry::path).filter(wanted).collect();
        files.sort();
    }
    let read = |file: PathBuf| Ok((file.display().to_string(), read(&file, &file, limit)?));
    files.into_iter().map(read).collect()
}

/// Reads a file; `named` is what a user calls it.
///
/// # Errors
///
/// [`InputError::Read`], or [`InputError::TooLarge`] for more than `limit`
/// bytes.
pub(super) fn read(file: &Path, named: &Path, limit: u64) -> Result<Vec<u8>, InputError> {
    let mut text = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(limit.saturating_add(1)).read_to_end(&mut text))
        .map_err(InputError::read(named))?;
    if text.len() as u64 > limit {
        return Err(InputError::TooLarge {
            what: format!("`{}`", named.display()),
            limit,
        });
    }
    Ok(text)
}
