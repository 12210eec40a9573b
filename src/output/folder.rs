//! New files below a directory, next to what is there already.
//!
//! Invariant: what a user has changed is never overwritten, and no file is ever
//! seen half-written.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewFile {
    /// Where, relative to the directory.
    pub(crate) path: PathBuf,
    /// What.
    pub(crate) content: Vec<u8>,
    /// Whether it can be run.
    pub(crate) is_program: bool,
}

/// Why nothing, or not all, was written.
#[derive(Debug, Error)]
pub(crate) enum FolderError {
    /// There is something else of that name; nothing was written.
    #[error("`{}` is there already and holds something else; remove it, or name another directory", .0.display())]
    Taken(PathBuf),
    /// The system refused.
    #[error("cannot write `{}`", path.display())]
    Io {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes the files that are not there yet; those that are there with the same
/// content stay. All contents are on the disk before the first file gets its name.
/// Returns how many were written.
///
/// # Errors
/// [`FolderError::Taken`] before anything is written. What the system says: then
/// some files may be there, each whole, and the same call completes them.
pub(crate) fn write_new(directory: &Path, files: &[NewFile]) -> Result<usize, FolderError> {
    let mut missing = Vec::new();
    for file in files {
        let path = directory.join(&file.path);
        match is_there(&path, &file.content) {
            Ok(true) => {}
            Ok(false) => missing.push((path, file)),
            Err(Some(source)) => return Err(FolderError::Io { path, source }),
            Err(None) => return Err(FolderError::Taken(path)),
        }
    }
    let mut staged = Vec::new();
    for (path, file) in missing {
        match stage(&path, file) {
            Ok(temporary) => staged.push((path, temporary)),
            Err(source) => return Err(FolderError::Io { path, source }),
        }
    }
    let written = staged.len();
    for (path, temporary) in staged {
        // Also where somebody else was faster, nothing is overwritten.
        if let Err(refused) = temporary.persist_noclobber(&path) {
            let source = refused.error;
            return Err(FolderError::Io { path, source });
        }
    }
    Ok(written)
}

/// Whether a file has this content already; `Err(None)` where something else is in
/// its place.
fn is_there(path: &Path, content: &[u8]) -> Result<bool, Option<io::Error>> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() || found.len() != content.len() as u64 => Err(None),
        Ok(_) => match fs::read(path) {
            Ok(present) if present == content => Ok(true),
            Ok(_) => Err(None),
            Err(error) => Err(Some(error)),
        },
        // A link that leads nowhere is something else, too.
        Err(error) if error.kind() == io::ErrorKind::NotFound => match path.symlink_metadata() {
            Ok(_) => Err(None),
            Err(_) => Ok(false),
        },
        Err(error) => Err(Some(error)),
    }
}

fn stage(path: &Path, file: &NewFile) -> io::Result<NamedTempFile> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    // As any new file: the umask takes away what it must.
    let mode = if file.is_program { 0o777 } else { 0o666 };
    let mut temporary = tempfile::Builder::new()
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(directory)?;
    temporary.write_all(&file.content)?;
    Ok(temporary)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::{FolderError, NewFile, write_new};

    fn files() -> [NewFile; 2] {
        ["a/run", "b"].map(|path| NewFile {
            path: path.into(),
            content: path.into(),
            is_program: path == "a/run",
        })
    }

    /// The paths of all files below a directory.
    fn found(directory: &Path) -> Vec<String> {
        let entries = walkdir::WalkDir::new(directory).sort_by_file_name();
        let files = entries.into_iter().flatten();
        files
            .filter(|entry| !entry.file_type().is_dir())
            .filter_map(|entry| {
                entry
                    .path()
                    .strip_prefix(directory)
                    .ok()?
                    .to_str()
                    .map(str::to_owned)
            })
            .collect()
    }

    #[test]
    fn what_is_there_already_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        assert_eq!(write_new(&target, &files()).unwrap(), 2);
        assert_eq!(write_new(&target, &files()).unwrap(), 0);
        fs::remove_file(target.join("b")).unwrap();
        assert_eq!(write_new(&target, &files()).unwrap(), 1);
        assert_eq!(found(&target), ["a/run", "b"]);
        let mode = |path| {
            fs::metadata(target.join(path))
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!((mode("a/run") & 0o100, mode("b") & 0o100), (0o100, 0));
    }

    #[test]
    fn something_else_is_kept_and_nothing_is_written() {
        #[track_caller]
        fn check(put: impl Fn(&Path)) {
            let folder = tempfile::tempdir().unwrap();
            put(&folder.path().join("b"));
            let before = found(folder.path());
            let error = write_new(folder.path(), &files()).unwrap_err();
            assert!(matches!(error, FolderError::Taken(path) if path.ends_with("b")));
            assert_eq!(found(folder.path()), before);
        }
        check(|path| fs::write(path, "mine").unwrap());
        check(|path| fs::write(path, "B").unwrap());
        check(|path| fs::create_dir(path).unwrap());
        check(|path| symlink("nowhere", path).unwrap());
    }
}
