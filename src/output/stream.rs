//! Bytes to stdout and into files, whole or not at all.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::path::Path;

/// Writes parts to stdout in as few system calls as the system allows, past
/// the line buffer of the standard library.
///
/// # Errors
/// What the system says, a closed pipe among it.
pub(crate) fn write_all<'a>(parts: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
    let stdout = rustix::stdio::stdout();
    let mut stdout = File::from(rustix::io::dup(stdout)?);
    crate::input::widen_pipe(&stdout);
    let mut slices: Vec<IoSlice<'_>> = parts
        .filter(|part| !part.is_empty())
        .map(IoSlice::new)
        .collect();
    let mut rest = slices.as_mut_slice();
    while !rest.is_empty() {
        // The system takes 1024 parts at a time; fewer are as fast.
        let batch = rest.len().min(512);
        match stdout.write_vectored(&rest[..batch]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes a file whole: a reader sees the old content or the new.
///
/// # Errors
/// What the system says.
pub(crate) fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
