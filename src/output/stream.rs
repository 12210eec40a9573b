//! Bytes to stdout and into files, whole or not at all.

use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, IoSlice, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use super::text::Paint;

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
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether what goes to stdout is coloured, as the terminal, `NO_COLOR` and
/// `CLICOLOR` say.
pub(crate) fn stdout_paint() -> Paint {
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Paint::Plain,
        ColorChoice::Auto | ColorChoice::Always | ColorChoice::AlwaysAnsi => Paint::Colour,
    }
}

/// Writes a file whole: a reader sees the old content or the new. What is no
/// regular file, such as `/dev/stderr`, is written into instead of replaced.
///
/// # Errors
/// What the system says.
pub(crate) fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let is_special = std::fs::symlink_metadata(path).is_ok_and(|found| !found.is_file());
    if is_special {
        return std::fs::write(path, text);
    }
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        // As any new file: the umask takes away what it must.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory.unwrap_or(Path::new(".")))
        // Its own words would name the temporary file.
        .map_err(|error| match error.kind() {
            // std says "entity not found", and an entity is something else here.
            ErrorKind::NotFound => io::Error::new(ErrorKind::NotFound, "no such directory"),
            kind => io::Error::from(kind),
        })?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::write_file;

    #[test]
    fn a_file_can_be_read_by_whom_other_files_can() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        fs::write(&other, "").unwrap();
        let path = folder.path().join("report");
        write_file(&path, "a").unwrap();
        write_file(&path, "b").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "b");
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&other));
    }

    #[test]
    fn a_link_to_a_device_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("null");
        symlink("/dev/null", &link).unwrap();
        write_file(&link, "a").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_directory_that_is_not_there_is_no_entity_that_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_file(&folder.path().join("no/report"), "a").unwrap_err();
        assert_eq!(error.to_string(), "no such directory");
    }
}
