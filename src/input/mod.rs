//! Where manifests come from: a stream on stdin, the files of a plain
//! directory, or what Helm or kustomize render from one.
//!
//! Not for reading YAML into objects (`manifest`) or for what is added to a
//! stream (`render`). Invariants: nothing is written into the user's tree,
//! nothing outside of the repository is read, no host is contacted that the
//! operator has not named, no shell runs, and every read has a limit.

mod confine;
mod directory;
mod environment;
mod error;
mod file;
mod glob;
mod interrupt;
mod options;
mod pipes;
mod place;
mod process;
mod redact;
mod stdin;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use place::Place;

pub use confine::Repository;
pub use error::InputError;
pub use options::{DirectoryOptions, HelmOptions, Limits, Options, RendererChoice, Tool, Tools};
pub use stdin::{read_stream, widen_pipe};

/// What rendered a text. The word is the value of the setting `renderer` and
/// of the annotation of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Renderer {
    /// `helm template`.
    Helm,
    /// `kustomize build`.
    Kustomize,
    /// The files of a directory, as they are.
    Directory,
}

impl Renderer {
    /// The word used in settings, annotations and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Helm => "helm",
            Self::Kustomize => "kustomize",
            Self::Directory => "directory",
        }
    }
}

impl fmt::Display for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a text is to be split into documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFormat {
    /// A stream of YAML documents, or of JSON values.
    Stream,
    /// One JSON document: a `.json` file of a plain directory.
    Json,
}

/// One text that holds manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file as the user would find it from where the program was started
    /// (`examples/shop/checkout.yaml`), the directory for a renderer's output,
    /// or `<stdin>`.
    pub name: String,
    /// How to split it.
    pub format: SourceFormat,
    /// The bytes, exactly as they were read; a file in UTF-16 as UTF-8.
    pub text: Vec<u8>,
    /// What rendered it; `None` for a stream, which others rendered.
    pub renderer: Option<Renderer>,
}

/// All texts of one directory, in the order in which their documents follow
/// each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// One for each file of a plain directory, else exactly one.
    pub sources: Vec<Source>,
    /// What was chosen.
    pub renderer: Renderer,
}

/// Renders a directory.
///
/// # Errors
///
/// Whatever keeps the result from being complete: see [`InputError`].
pub fn render(dir: &Path, options: &Options<'_>) -> Result<Input, InputError> {
    let place = Place::of(dir)?;
    Ok(Input {
        sources: directory::manifests(&place, &options.directory, options.limits)?,
        renderer: Renderer::Directory,
    })
}
