//! A Helm chart as it lies in the repository: its metadata, and its borders.
//!
//! Not for templates. Invariant: nothing in a chart that passed
//! [`check_links`] leads out of the repository.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::loose_yaml::{Node, documents};
use super::place::Place;
use super::{InputError, Limits, file};

/// The file that makes a directory a chart. Helm knows no other spelling.
pub(super) const FILE: &str = "Chart.yaml";

/// Where charts of `apiVersion: v1` list their dependencies.
const REQUIREMENTS: &str = "requirements.yaml";

/// What we need to know of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chart {
    /// Its name.
    pub(super) name: String,
    /// The charts it consists of, besides itself.
    pub(super) dependencies: Vec<Dependency>,
}

/// One entry of `dependencies`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The chart's own name, whatever `alias` says.
    pub(super) name: String,
    /// A version or a range of versions.
    pub(super) version: String,
    /// `https://…`, `oci://…`, `file://…`, `@name`, or empty.
    pub(super) repository: String,
}

impl Chart {
    /// Reads the metadata of the chart in a directory of the repository.
    pub(super) fn read(
        place: &Place,
        directory: &Path,
        limits: Limits,
    ) -> Result<Self, InputError> {
        let metadata = read_yaml(place, &directory.join(FILE), limits)?;
        let mut dependencies = dependencies(&metadata);
        let requirements = directory.join(REQUIREMENTS);
        if requirements.is_file() {
            dependencies.extend(self::dependencies(&read_yaml(
                place,
                &requirements,
                limits,
            )?));
        }
        Ok(Self {
            name: metadata.field_text("name").to_owned(),
            dependencies,
        })
    }
}

/// Reads the only document of a file.
fn read_yaml(place: &Place, path: &Path, limits: Limits) -> Result<Node, InputError> {
    let shown = place.repository.shown(path);
    let real = place.repository.follow(path, shown)?;
    let malformed = |reason| InputError::Malformed {
        path: shown.to_owned(),
        reason,
    };
    let text = file::read(real.as_deref().unwrap_or(path), shown, limits.file_bytes)?;
    let mut read = documents(&text).map_err(malformed)?;
    if read.len() > 1 {
        return Err(malformed("it has more than one document".to_owned()));
    }
    Ok(read.pop().unwrap_or(Node::Other))
}

/// The entries of `dependencies`.
fn dependencies(metadata: &Node) -> Vec<Dependency> {
    metadata
        .fields("dependencies")
        .flat_map(Node::elements)
        .map(|entry| Dependency {
            name: entry.field_text("name").to_owned(),
            version: entry.field_text("version").to_owned(),
            repository: entry.field_text("repository").to_owned(),
        })
        .collect()
}

/// Follows every symlink of a chart, as Helm does, and gives back the files
/// with their real paths.
///
/// # Errors
///
/// [`InputError::Outside`] for a symlink that leads out of the repository,
/// [`InputError::TooManyFiles`], [`InputError::Read`].
pub(super) fn check_links(
    place: &Place,
    directory: &Path,
    limits: Limits,
) -> Result<Vec<PathBuf>, InputError> {
    let mut files = Vec::new();
    let walk = WalkDir::new(directory)
        .follow_links(true)
        .sort_by_file_name();
    let mut entries = walk.into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|error| unreadable(place, directory, error))?;
        if entry.path_is_symlink() {
            place
                .repository
                .follow(entry.path(), place.repository.shown(entry.path()))?;
        }
        if entry.file_type().is_dir() && entry.file_name() == ".git" {
            entries.skip_current_dir();
        } else if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
        if files.len() > limits.files {
            return Err(InputError::TooManyFiles {
                path: place.given.clone(),
                limit: limits.files,
            });
        }
    }
    Ok(files)
}

/// What could not be walked, as it stands in the repository.
fn unreadable(place: &Place, directory: &Path, error: walkdir::Error) -> InputError {
    let path = error.path().unwrap_or(directory).to_owned();
    InputError::read(place.repository.shown(&path))(error.into())
}
