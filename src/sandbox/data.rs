//! The file that keeps a catalog between two starts.
//!
//! Not for what is in it (`store`). Invariants: the file is always one whole state:
//! it is written beside itself and put in its place, after its bytes are on the
//! disk; a file that can't be read as a state is never written over; no two
//! sandboxes keep one file.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::store::{Change, SnapshotError, State, Store};

/// Why a file does not keep a catalog. Each names the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// It can't be read or locked.
    #[error("can't read the sandbox's data `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error(
        "`{}` is no data of a sandbox, and is left as it is; move it away to start anew",
        path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SnapshotError,
    },
    /// Another sandbox keeps it.
    #[error("another sandbox keeps its data in `{}`", path.display())]
    Taken {
        /// The file.
        path: PathBuf,
    },
}

/// A file that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    _lock: File,
}

impl DataFile {
    /// Takes a file, and reads the state that it holds; an empty one where there
    /// is no file yet.
    ///
    /// # Errors
    /// Whatever keeps it from being read, written or ours.
    pub(crate) fn open(path: &Path) -> Result<(Self, State), DataError> {
        let path = path.to_owned();
        let read = |source| DataError::Read {
            path: path.clone(),
            source,
        };
        let lock = File::create(beside(&path)).map_err(read)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataError::Taken { path }),
            Err(TryLockError::Error(source)) => return Err(read(source)),
        }
        let state = match fs::read(&path) {
            Ok(bytes) => State::of_snapshot(&bytes).map_err(|source| DataError::Broken {
                path: path.clone(),
                source,
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::default(),
            Err(error) => return Err(read(error)),
        };
        Ok((Self { path, _lock: lock }, state))
    }

    /// Writes the file anew, whole, and waits until that is on the disk.
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let folder = folder(&self.path);
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        File::open(folder)?.sync_all()
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// The file that is locked: the data's own is replaced at every write.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// How far the file is behind.
#[derive(Clone, Debug, Default)]
struct Kept {
    revision: u64,
    error: Option<String>,
}

/// Writes a store to its file whenever it changes.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    kept: watch::Receiver<Kept>,
}

impl Keeper {
    /// Starts to keep a store. The task ends by being aborted; what it was writing
    /// then, it writes to the end.
    pub(super) fn start(store: Store, file: DataFile) -> (Self, JoinHandle<()>) {
        let first = Kept {
            revision: store.revision(),
            error: None,
        };
        let (sender, kept) = watch::channel(first);
        let task = tokio::spawn(keep(store, Arc::new(file), sender));
        (Self { kept }, task)
    }

    /// Waits until the file holds a revision of the state.
    ///
    /// # Errors
    /// A sentence that says why it does not.
    pub(super) async fn kept(&self, revision: u64) -> Result<(), String> {
        let mut kept = self.kept.clone();
        let reached = |kept: &Kept| kept.revision >= revision;
        let ended = kept
            .wait_for(|kept| reached(kept) || kept.error.is_some())
            .await;
        match ended {
            Ok(kept) if reached(&kept) => Ok(()),
            Ok(kept) => Err(kept.error.clone().unwrap_or_default()),
            Err(_) => Err("the sandbox is ending".to_owned()),
        }
    }
}

async fn keep(store: Store, file: Arc<DataFile>, sender: watch::Sender<Kept>) {
    let mut changes = store.changes();
    loop {
        let behind = store.revision() > sender.borrow().revision;
        if behind {
            let (store, file) = (store.clone(), Arc::clone(&file));
            let written = tokio::task::spawn_blocking(move || {
                let (revision, bytes) = store.snapshot();
                file.write(&bytes).map(|()| revision)
            });
            let written = written
                .await
                .unwrap_or_else(|error| Err(io::Error::other(error)));
            sender.send_modify(|kept| match written {
                Ok(revision) => {
                    *kept = Kept {
                        revision,
                        error: None,
                    }
                }
                Err(error) => {
                    kept.error = Some(format!("the sandbox can't keep its data: {error}"))
                }
            });
            if sender.borrow().error.is_none() {
                continue;
            }
        }
        match changes.recv().await {
            Ok(Change::Entity(_) | Change::Blueprint(_) | Change::Integration(_))
            | Ok(Change::Following)
            | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
