//! The directory to render: what the user called it, where it is, and what
//! surrounds it.
//!
//! Not for what is in it. Invariant: messages and sources use the name that the
//! user gave, programs get the real path.

use std::path::{Path, PathBuf};

use super::confine::real_directory;
use super::{InputError, Renderer, Repository, Source, SourceFormat};

/// The directory to render, and the repository around it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// As the user named it, without a leading `./`.
    pub(super) given: PathBuf,
    /// Real and absolute.
    pub(super) path: PathBuf,
    /// What may be read.
    pub(super) repository: Repository,
}

impl Place {
    /// Finds a directory.
    pub(super) fn of(dir: &Path) -> Result<Self, InputError> {
        let path = real_directory(dir)?;
        Ok(Self {
            given: dir.components().collect(),
            repository: Repository::around_real(&path),
            path,
        })
    }

    /// Finds a directory of an unpacked artifact. What is below its root is named
    /// from there: the user knows the tree and not where it was unpacked.
    #[cfg(feature = "controller")]
    pub(super) fn of_artifact(root: &Path, below: &Path) -> Result<Self, InputError> {
        let repository = Repository::of_artifact(&real_directory(root)?);
        let given: PathBuf = below.components().collect();
        let named = match given.as_os_str().is_empty() {
            true => Path::new("."),
            false => &given,
        };
        let absent = |problem| InputError::NoDirectory {
            problem,
            path: named.to_owned(),
        };
        let asked = below.to_string_lossy();
        let path = repository.resolve(repository.root(), &asked, "`spec.path`")?;
        match path {
            Some(path) if path.is_dir() => Ok(Self {
                given: named.to_owned(),
                path,
                repository,
            }),
            Some(_) => Err(absent("not a directory")),
            None => Err(absent("no such directory")),
        }
    }

    /// A file below the directory, as the user would find it.
    pub(super) fn named(&self, below: &Path) -> PathBuf {
        let named = self.given.join(below);
        named
            .strip_prefix(".")
            .map_or_else(|_| named.clone(), Path::to_owned)
    }

    /// What a renderer made of the directory.
    pub(super) fn rendered(&self, renderer: Renderer, text: Vec<u8>) -> Source {
        Source {
            name: self.given.to_string_lossy().into_owned(),
            format: SourceFormat::Stream,
            text,
            renderer: Some(renderer),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Place;
    use crate::input::Repository;

    #[test]
    fn a_directory_that_is_none_is_named() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file.yaml");
        fs::write(&file, "").unwrap();
        let told = |path: &Path| Place::of(path).map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            told(Path::new("no/such/dir")),
            "no such directory: `no/such/dir`; name a directory that holds manifests, a chart or a kustomization"
        );
        assert_eq!(
            told(&file),
            format!(
                "not a directory: `{}`; name a directory that holds manifests, a chart or a kustomization",
                file.display()
            )
        );
    }

    #[test]
    fn a_file_is_named_from_where_the_user_stands() {
        let place = |given: &str| Place {
            given: Path::new(given).components().collect(),
            path: "/r/apps".into(),
            repository: Repository::around(Path::new("/")).unwrap(),
        };
        assert_eq!(place(".").named(Path::new("a.yaml")), Path::new("a.yaml"));
        assert_eq!(
            place("./apps/").named(Path::new("a.yaml")),
            Path::new("apps/a.yaml")
        );
        assert_eq!(
            place("../apps").named(Path::new("a.yaml")),
            Path::new("../apps/a.yaml")
        );
    }
}
