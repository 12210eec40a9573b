//! Where manifests come from: a stream on stdin, the files of a plain
//! directory, or what Helm or kustomize render from one.
//!
//! Not for reading YAML into objects (`manifest`) or for what is added to a
//! stream (`render`). Invariants: nothing is written into the user's tree,
//! nothing outside of the repository is read, no host is contacted that the
//! operator has not named, no shell runs, and every read has a limit.

mod error;
mod options;
mod stdin;

use std::fmt;

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
