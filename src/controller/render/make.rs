//! From a source to an artifact in this replica's storage: fetch, unpack, build or
//! augment, pack, store.
//!
//! The same on every replica, whether it leads or not, and so the same bytes: nothing
//! here knows the time, the status, or who asks. Nothing is written to the cluster.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::io;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::augment::{Kinds, augmented};
use super::build::{self, complete, directory, refuse};
use super::failure::{Failure, JobError, Next};
use super::job::{Beside, Scratch, Shell, Stream, job};
use super::observe::Key;
use super::publish::path_key;
use super::resource::{Artifact, GlintRender, Mode};
use super::source::Source;
use super::words::ARTIFACT_KIND;
use crate::artifact::{
    ArchiveLimits, Digest, FetchError, Fetcher, FileTree, PathError, Storage, StorageError, Stored,
    pack, unpack,
};
use crate::catalog::{Dialect, EntityKind};
use crate::finding::Finding;
use crate::input::{self, InputError, Reached};
use crate::reason::Reason;

/// What artifacts are made with.
#[derive(Clone)]
pub(super) struct Workshop {
    pub(super) shell: Arc<dyn Shell>,
    pub(super) storage: Storage,
    pub(super) fetcher: Fetcher,
    /// By which another replica's artifacts come.
    pub(super) replicas: Fetcher,
    pub(super) limits: ArchiveLimits,
    /// How often a source is fetched again at once.
    pub(super) retries: u16,
}

/// An artifact that is in the storage.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) stored: Stored,
    /// The digest of what is in it.
    pub(super) content: Digest,
    pub(super) entities: usize,
    /// Documents that hold no entity; `None` where Flux has yet to build.
    pub(super) others: Option<usize>,
    pub(super) findings: Vec<Finding>,
}

/// What is made of a source, before it is packed.
struct Output {
    tree: FileTree,
    entities: usize,
    others: Option<usize>,
    findings: Vec<Finding>,
}

impl Workshop {
    /// Makes an artifact.
    pub(super) async fn make(
        &self,
        key: &Key,
        render: &GlintRender,
        source: &Source,
    ) -> Result<Made, Failure> {
        let packed = self.fetch(source).await?;
        let (workshop, key, render, source) =
            (self.clone(), key.clone(), render.clone(), source.clone());
        let made = spawn_blocking(move || workshop.work(&key, &render, &source, &packed));
        made.await.unwrap_or_else(|panic| {
            let message = format!("the render broke: {panic}");
            Err(Failure::new(Reason::BuildFailed, Next::Retry, message))
        })
    }

    /// Takes an artifact that was published from another replica.
    pub(super) async fn take(
        &self,
        key: &Key,
        render: &GlintRender,
        artifact: &Artifact,
    ) -> Result<(), Failure> {
        let named = format!("{ARTIFACT_KIND} {key}");
        let unfit = |error| Failure::fetch(&named, &error);
        let digest = Digest::parse(&artifact.digest)
            .map_err(|_| unfit(FetchError::Settings("its digest is none".to_owned())))?;
        let size = artifact.size.and_then(|size| u64::try_from(size).ok());
        let fetched = self.replicas.fetch(&artifact.url, &digest, size).await;
        let bytes = fetched.map_err(unfit)?;
        let (storage, key, path_key) = (self.storage.clone(), key.clone(), path_key(render));
        let stored =
            spawn_blocking(move || storage.put(&key.namespace, &key.name, &path_key, &bytes));
        match stored.await {
            Ok(stored) => stored.map(drop).map_err(|error| of_storage(&error)),
            Err(panic) => {
                let message = format!("the storage broke: {panic}");
                Err(Failure::new(
                    Reason::StorageOperationFailed,
                    Next::Retry,
                    message,
                ))
            }
        }
    }

    /// The source's artifact. A server that is about to come back is asked again.
    async fn fetch(&self, source: &Source) -> Result<Vec<u8>, Failure> {
        let mut left = self.retries;
        loop {
            let fetched = self
                .fetcher
                .fetch(&source.artifact_url, &source.digest, source.size);
            match fetched.await {
                Ok(packed) => return Ok(packed),
                Err(error) if left > 0 && is_passing(&error) => left -= 1,
                Err(error) => return Err(Failure::fetch(&source.named, &error)),
            }
        }
    }

    fn work(
        &self,
        key: &Key,
        render: &GlintRender,
        source: &Source,
        packed: &[u8],
    ) -> Result<Made, Failure> {
        let tree = unpack(packed, &self.limits)
            .map_err(|error| Failure::archive(&source.named, &error))?;
        let Output {
            tree,
            entities,
            others,
            findings,
        } = match render.spec.mode {
            Mode::Build => self.build(render, source, tree)?,
            Mode::Augment => self.augment(render, source, &tree)?,
        };
        let content = tree.content_digest();
        let bytes = pack(&tree);
        let stored = self
            .storage
            .put(&key.namespace, &key.name, &path_key(render), &bytes)
            .map_err(|error| of_storage(&error))?;
        Ok(Made {
            stored,
            content,
            entities,
            others,
            findings,
        })
    }

    fn build(
        &self,
        render: &GlintRender,
        source: &Source,
        mut tree: FileTree,
    ) -> Result<Output, Failure> {
        let directory = directory(&render.spec.path);
        complete(&mut tree, &directory).map_err(|error| of_path(&error))?;
        let scratch = Scratch::new(&tree).map_err(of_scratch)?;
        let built = self.built(render, source, &tree, &directory, &scratch);
        built.map_err(|failure| plain(failure, &scratch))
    }

    fn built(
        &self,
        render: &GlintRender,
        source: &Source,
        tree: &FileTree,
        directory: &str,
        scratch: &Scratch,
    ) -> Result<Output, Failure> {
        let job = job(render, source, &scratch.root(), directory);
        let Reached {
            manifests,
            others,
            beyond,
            lacking,
        } = self.reached(scratch, directory)?;
        let reached = manifests.iter().chain(&others);
        refuse(
            tree,
            reached.filter_map(|path| path.to_str()),
            beyond.iter().map(String::as_str),
        )?;
        let rendered = self.shell.render(&job);
        let Stream {
            text,
            others,
            entities,
            findings,
        } = rendered.map_err(|error| of_job(&job.object, &error, &lacking))?;
        Ok(Output {
            tree: build::built(text).map_err(|error| of_path(&error))?,
            entities,
            others: Some(others),
            findings,
        })
    }

    fn augment(
        &self,
        render: &GlintRender,
        source: &Source,
        tree: &FileTree,
    ) -> Result<Output, Failure> {
        let directory = directory(&render.spec.path);
        let mut completed = tree.clone();
        complete(&mut completed, &directory).map_err(|error| of_path(&error))?;
        let scratch = Scratch::new(&completed).map_err(of_scratch)?;
        let beside = self.beside(render, source, &completed, &directory, &scratch);
        let Beside { additions, dialect } = beside.map_err(|it| plain(it, &scratch))?;
        let tree = augmented(tree, &directory, &additions, &kinds(dialect));
        Ok(Output {
            tree: tree.map_err(|error| of_path(&error))?,
            entities: additions.summary.entities,
            others: None,
            findings: additions.findings,
        })
    }

    fn beside(
        &self,
        render: &GlintRender,
        source: &Source,
        tree: &FileTree,
        directory: &str,
        scratch: &Scratch,
    ) -> Result<Beside, Failure> {
        let job = job(render, source, &scratch.root(), directory);
        let Reached { manifests, .. } = self.reached(scratch, directory)?;
        if !build::is_kustomized(tree, directory) {
            return Err(nothing_to_build(&render.spec.path));
        }
        let manifests: Vec<(String, Vec<u8>)> = manifests
            .iter()
            .filter_map(|path| {
                let path = path.to_str()?;
                Some((path.to_owned(), tree.get(path)?.bytes.clone()))
            })
            .collect();
        let beside = self.shell.additions(&job, &manifests);
        beside.map_err(|error| of_job(&job.object, &error, &BTreeSet::new()))
    }

    fn reached(&self, scratch: &Scratch, directory: &str) -> Result<Reached, Failure> {
        let reached = input::reached(&scratch.root(), directory.as_ref(), self.shell.limits());
        reached.map_err(|error| Failure::from(&JobError::from(error)))
    }
}

/// The entities of a dialect.
fn kinds(dialect: Dialect) -> Kinds {
    Kinds {
        api_version: dialect.api_version().to_owned(),
        kinds: EntityKind::ALL.iter().map(ToString::to_string).collect(),
    }
}

/// Whether another try may well succeed.
fn is_passing(error: &FetchError) -> bool {
    match error {
        FetchError::Unreachable { .. } => true,
        FetchError::Refused { status, .. } => *status >= 500 || *status == 429,
        FetchError::Settings(_)
        | FetchError::Url(_)
        | FetchError::HostNotAllowed { .. }
        | FetchError::NotFound { .. }
        | FetchError::TooLarge { .. }
        | FetchError::DigestMismatch { .. } => false,
    }
}

fn nothing_to_build(path: &str) -> Failure {
    let message = format!(
        "`{path}` holds nothing that Flux could build: no kustomization and no manifest; a chart needs `mode: build`"
    );
    Failure::new(Reason::BuildFailed, Next::Change, message)
}

fn plain(failure: Failure, scratch: &Scratch) -> Failure {
    Failure {
        message: scratch.without(&failure.message),
        ..failure
    }
}

/// What a renderer printed stands in the log alone; what its source lacks is known
/// without it.
fn of_job(object: &str, error: &JobError, lacking: &BTreeSet<String>) -> Failure {
    let JobError::Input(InputError::Failed { step, stderr, .. }) = error else {
        return Failure::from(error);
    };
    tracing::warn!(object, stderr, "the renderer failed");
    match lacking.is_empty() {
        true => Failure::from(error),
        false => Failure::lacking(step, lacking),
    }
}

fn of_path(error: &PathError) -> Failure {
    Failure::new(Reason::BuildFailed, Next::Change, error.to_string())
}

/// What the disk says stands in the log alone.
fn of_storage(error: &StorageError) -> Failure {
    if let Some(cause) = error.source() {
        tracing::warn!(%cause, "{error}");
    }
    Failure::storage(error)
}

fn of_scratch(error: io::Error) -> Failure {
    let message = format!("the source can't be written to the temporary directory: {error}");
    Failure::new(Reason::StorageOperationFailed, Next::Retry, message)
}
