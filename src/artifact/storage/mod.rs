//! The folder of artifacts that are served.
//!
//! Follows fluxcd/pkg's artifact/storage: a folder for each object, one file for
//! each artifact, old ones kept for a while. Every call waits for the disk, so an
//! async caller makes it on a thread of its own. Invariants: a file is whole and on
//! the disk before it has its name, and its name is its digest; nothing outside the
//! root is read or written, whatever the names; a path can't be guessed.

mod key;
mod path;
mod retention;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use tempfile::Builder;
use walkdir::WalkDir;

pub(crate) use key::PathKey;
pub(super) use path::KIND;
use path::{ArtifactPath, is_name};
use retention::garbage;

use super::digest::Digest;
use super::tree::shown;

/// How a file is named before it is whole.
const UNFINISHED: &str = ".unfinished-";

/// How artifacts are kept.
#[derive(Clone, Debug)]
pub(crate) struct StorageOptions {
    /// How long an artifact is kept after another has taken its place.
    pub retention_ttl: Duration,
    /// The most artifacts of one object that are kept.
    pub retention_records: usize,
}

/// An artifact that is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Where it is served, without a slash in front:
    /// `externalartifact/<namespace>/<name>/<segment>/<sha256>.tar.gz`.
    pub path: String,
    /// Its bytes' SHA-256.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
}

/// Why an artifact is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    /// No object of Kubernetes has that name, or no artifact that path.
    #[error("no artifact can be kept as `{0}`")]
    Name(String),
    /// The disk is full, read-only and the like.
    #[error("the storage `{}` can't be used", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A folder of artifacts. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Storage {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    retention_ttl: Duration,
    retention_records: usize,
}

impl Storage {
    /// Opens a folder, which is made where it is missing, and takes away what is
    /// not whole: files that were being written, and those that are not what their
    /// names say. One process at a time may have it open.
    ///
    /// # Errors
    /// [`StorageError::Disk`].
    pub(crate) fn open(root: &Path, options: StorageOptions) -> Result<Self, StorageError> {
        let StorageOptions {
            retention_ttl,
            retention_records,
        } = options;
        let artifacts = root.join(KIND);
        fs::create_dir_all(&artifacts).map_err(disk(&artifacts))?;
        let shared = Shared {
            root: root.to_owned(),
            retention_ttl,
            retention_records,
        };
        let storage = Self {
            shared: Arc::new(shared),
        };
        storage.sweep()?;
        Ok(storage)
    }

    /// Keeps an artifact of an object. The bytes are on the disk when this returns,
    /// and the path is the same for the same object, bytes and key.
    ///
    /// # Errors
    /// Names that no object has, or the disk.
    pub(crate) fn put(
        &self,
        namespace: &str,
        name: &str,
        key: &PathKey,
        bytes: &[u8],
    ) -> Result<Stored, StorageError> {
        let digest = Digest::sha256(bytes);
        let path = ArtifactPath {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            segment: key.segment(namespace, name),
            hex: digest.hex().to_owned(),
        };
        self.write(&path, digest, bytes)
    }

    /// Whether a file is there, and has a digest. What can't be read is not there.
    pub(crate) fn verify(&self, path: &str, digest: &Digest) -> bool {
        self.file(path)
            .is_some_and(|(file, _)| digest.is_of(file).unwrap_or(false))
    }

    /// Takes away old artifacts of an object: those that were replaced longer than
    /// the retention's time ago, and of the others the oldest until no more than its
    /// records are left. What is in `keep` (the path in the status) stays. Answers
    /// the paths that are gone.
    ///
    /// # Errors
    /// Names that no object has, or the disk.
    pub(crate) fn collect_garbage(
        &self,
        namespace: &str,
        name: &str,
        keep: &[&str],
    ) -> Result<Vec<String>, StorageError> {
        let Shared {
            root,
            retention_ttl,
            retention_records,
        } = &*self.shared;
        let artifacts = self.artifacts(namespace, name)?;
        let garbage = garbage(
            &artifacts,
            keep,
            SystemTime::now(),
            *retention_ttl,
            *retention_records,
        );
        for path in &garbage {
            let file = root.join(path);
            fs::remove_file(&file)
                .or_else(is_gone)
                .map_err(disk(&file))?;
        }
        Ok(garbage)
    }

    /// Takes away all artifacts of an object.
    ///
    /// # Errors
    /// Names that no object has, or the disk.
    pub(crate) fn remove(&self, namespace: &str, name: &str) -> Result<(), StorageError> {
        let folder = self.folder(namespace, name)?;
        fs::remove_dir_all(&folder)
            .or_else(is_gone)
            .map_err(disk(&folder))
    }

    /// The objects (namespace, name) that have a folder, for finding those that are
    /// gone.
    ///
    /// # Errors
    /// [`StorageError::Disk`].
    pub(crate) fn objects(&self) -> Result<BTreeSet<(String, String)>, StorageError> {
        let root = self.shared.root.join(KIND);
        let folders = WalkDir::new(&root).min_depth(2).max_depth(2);
        let mut objects = BTreeSet::new();
        for folder in folders {
            let folder = folder.map_err(walk(&root))?;
            let names = folder
                .path()
                .strip_prefix(&root)
                .ok()
                .and_then(Path::to_str);
            if let Some((namespace, name)) = names.and_then(|names| names.split_once('/')) {
                objects.insert((namespace.to_owned(), name.to_owned()));
            }
        }
        Ok(objects)
    }

    /// A file that is served, and its length; none for any path but an artifact's.
    pub(super) fn file(&self, path: &str) -> Option<(File, u64)> {
        let path = self
            .shared
            .root
            .join(ArtifactPath::parse(path)?.to_string());
        let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).ok()?;
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(no_link)
            .open(path);
        let file = opened.ok()?;
        let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
        Some((file, metadata.len()))
    }

    /// The same, where its bytes are those that it was stored with: who is told that a
    /// file is not there asks again for it, and who gets a damaged one gives it up.
    pub(super) fn whole(&self, path: &str) -> Option<(File, u64)> {
        let hex = ArtifactPath::parse(path)?.hex;
        let digest = Digest::parse(&format!("sha256:{hex}")).ok()?;
        let (mut file, length) = self.file(path)?;
        let is_whole = digest.is_of(&mut file).unwrap_or(false);
        file.rewind().ok()?;
        is_whole.then_some((file, length))
    }

    /// Writes a file under another name, and gives it its own once it is whole.
    fn write(
        &self,
        path: &ArtifactPath,
        digest: Digest,
        bytes: &[u8],
    ) -> Result<Stored, StorageError> {
        let text = path.to_string();
        if ArtifactPath::parse(&text).as_ref() != Some(path) {
            return Err(StorageError::Name(shown(text.as_bytes())));
        }
        let file = self.shared.root.join(&text);
        let folder = file.parent().expect("an artifact lies in a folder");
        let written = || {
            fs::create_dir_all(folder)?;
            let mut unfinished = Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
            unfinished.write_all(bytes)?;
            unfinished.as_file().sync_all()?;
            unfinished.persist(&file)?;
            File::open(folder)?.sync_all()
        };
        written().map_err(disk(&file))?;
        Ok(Stored {
            path: text,
            digest,
            size: bytes.len() as u64,
        })
    }

    /// The folder of an object.
    fn folder(&self, namespace: &str, name: &str) -> Result<PathBuf, StorageError> {
        match is_name(namespace) && is_name(name) {
            true => Ok(self.shared.root.join(KIND).join(namespace).join(name)),
            false => Err(StorageError::Name(shown(
                format!("{namespace}/{name}").as_bytes(),
            ))),
        }
    }

    /// The paths of an object's artifacts, and when each was written.
    fn artifacts(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<(String, SystemTime)>, StorageError> {
        let folder = self.folder(namespace, name)?;
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut artifacts = Vec::new();
        for file in WalkDir::new(&folder).min_depth(2).max_depth(2) {
            let file = file.map_err(walk(&folder))?;
            if let Some(path) = self.path_of(file.path()) {
                let written = file.metadata().map_err(walk(&folder))?.modified();
                artifacts.push((path, written.map_err(disk(&folder))?));
            }
        }
        Ok(artifacts)
    }

    /// The path of an artifact's file.
    fn path_of(&self, file: &Path) -> Option<String> {
        let path = file.strip_prefix(&self.shared.root).ok()?.to_str()?;
        ArtifactPath::parse(path).map(|_| path.to_owned())
    }

    /// Takes away what is not whole.
    fn sweep(&self) -> Result<(), StorageError> {
        let root = self.shared.root.join(KIND);
        for file in WalkDir::new(&root).min_depth(4).max_depth(4) {
            let file = file.map_err(walk(&root))?;
            let is_unfinished = file.file_name().to_string_lossy().starts_with(UNFINISHED);
            let is_damaged = || match self.path_of(file.path()) {
                Some(path) => self.whole(&path).is_none(),
                None => false,
            };
            if is_unfinished || is_damaged() {
                tracing::warn!(file = %file.path().display(), "the artifact is not whole, so it is removed");
                fs::remove_file(file.path())
                    .or_else(is_gone)
                    .map_err(disk(file.path()))?;
            }
        }
        Ok(())
    }
}

fn is_gone(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> StorageError + use<> {
    let path = path.to_owned();
    |source| StorageError::Disk { path, source }
}

fn walk(path: &Path) -> impl FnOnce(walkdir::Error) -> StorageError + use<> {
    let disk = disk(path);
    |error| disk(error.into())
}
