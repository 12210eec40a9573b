//! One file, read whole within a limit.
//!
//! Not for streams (`stdin`) or for whether the file may be read (`confine`).
//! Invariant: never more than the limit is in memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::InputError;

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
