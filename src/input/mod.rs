//! Where manifests come from: a stream on stdin, the files of a plain
//! directory, or what Helm or kustomize render from one.
//!
//! Not for reading YAML into objects (`manifest`) or for what is added to a
//! stream (`render`). Invariants: nothing is written into the user's tree,
//! nothing outside of the repository is read, no host is contacted that the
//! operator has not named, no shell runs, and every read has a limit.

mod chart;
mod chart_dependencies;
mod confine;
mod directory;
mod environment;
mod error;
mod file;
mod glob;
mod helm;
mod interrupt;
mod kustomization;
mod kustomize;
mod loose_yaml;
mod options;
mod pipes;
mod place;
mod process;
mod redact;
mod remote;
mod stdin;
#[cfg(test)]
mod tests;
#[cfg(feature = "catalog")]
mod watch;
mod worker;

use std::fmt;
use std::io;
use std::path::Path;

use place::Place;

pub(crate) use confine::Repository;
pub(crate) use error::InputError;
#[cfg(feature = "catalog")]
pub(crate) use interrupt::leave_ending_to_others;
#[cfg(feature = "controller")]
pub(crate) use kustomization::Reached;
pub(crate) use options::{
    DirectoryOptions, HelmOptions, Limits, Options, RendererChoice, Tool, Tools,
};
pub(crate) use redact::{redacted, without_userinfo};
pub(crate) use stdin::{read_stream, widen_pipe};
#[cfg(feature = "catalog")]
pub(crate) use watch::{Watch, Watched};
pub(crate) use worker::{Work, WorkEnd, WorkLimits, Worked, confine, work};

/// What rendered a text. The word is the value of the setting `renderer` and
/// of the annotation of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Renderer {
    /// `helm template`.
    Helm,
    /// `kustomize build`.
    Kustomize,
    /// The files of a directory, as they are.
    Directory,
}

impl Renderer {
    /// The word used in settings, annotations and messages.
    pub(crate) fn as_str(self) -> &'static str {
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
pub(crate) enum SourceFormat {
    /// A stream of YAML documents, or of JSON values.
    Stream,
    /// One JSON document: a `.json` file of a plain directory.
    Json,
}

/// One text that holds manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
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
pub(crate) struct Input {
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
pub(crate) fn render(dir: &Path, options: &Options<'_>) -> Result<Input, InputError> {
    rendered(&Place::of(dir)?, options)
}

/// Renders a directory of an unpacked artifact of Flux's; `below` is its path
/// there, and nothing outside of the artifact is read.
///
/// # Errors
///
/// As for [`render`].
#[cfg(feature = "controller")]
pub(crate) fn render_artifact(
    root: &Path,
    below: &Path,
    options: &Options<'_>,
) -> Result<Input, InputError> {
    rendered(&Place::of_artifact(root, below)?, options)
}

/// What a build of a directory of an unpacked artifact would read, without
/// building it.
///
/// # Errors
///
/// Whatever no build gets past: a path that leads out, a file that can't be
/// read, more files than `limits` allow.
#[cfg(feature = "controller")]
pub(crate) fn reached(root: &Path, below: &Path, limits: Limits) -> Result<Reached, InputError> {
    kustomization::reached(&Place::of_artifact(root, below)?, limits)
}

fn rendered(place: &Place, options: &Options<'_>) -> Result<Input, InputError> {
    let renderer = choose(place, options.renderer)?;
    let sources = match renderer {
        Renderer::Helm => vec![place.rendered(renderer, helm::template(place, options)?)],
        Renderer::Kustomize => vec![place.rendered(renderer, kustomize::build(place, options)?)],
        Renderer::Directory => directory::manifests(place, &options.directory, options.limits)?,
    };
    Ok(Input { sources, renderer })
}

/// Reads one file that the user named.
///
/// # Errors
///
/// [`InputError::Read`], or [`InputError::TooLarge`] for more than `limit`
/// bytes.
pub(crate) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, InputError> {
    file::read(path, path, limit)
}

/// Reads a file of a directory by its name, and what a user calls it; `None`
/// where there is none. What is there under that name and can't be read is an
/// error, a symlink to nothing among it.
///
/// # Errors
///
/// [`InputError::Outside`] for a symlink out of the repository; else as for
/// [`read_file`].
pub(crate) fn read_beside(
    dir: &Path,
    name: &str,
    limit: u64,
) -> Result<Option<(String, Vec<u8>)>, InputError> {
    let place = Place::of(dir)?;
    let path = place.path.join(name);
    let named = place.named(Path::new(name));
    let is_link = match path.symlink_metadata() {
        Ok(found) => found.is_symlink(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(InputError::read(&named)(error)),
    };
    let target = match is_link {
        true => place.repository.follow(&path, &named)?.unwrap_or(path),
        false => path,
    };
    // A pipe would be waited for.
    let metadata = target.metadata().map_err(InputError::read(&named))?;
    if !metadata.is_file() {
        return Err(InputError::Refused {
            what: format!("`{}` is no regular file", named.display()),
            remedy: "remove it".to_owned(),
        });
    }
    let text = file::read(&target, &named, limit)?;
    Ok(Some((named.display().to_string(), text)))
}

/// Reads a file of manifests that the user named.
///
/// # Errors
///
/// As for [`read_file`].
pub(crate) fn manifest_file(path: &Path, limit: u64) -> Result<Source, InputError> {
    let json = path.extension().is_some_and(|it| it == "json");
    Ok(Source {
        name: path.display().to_string(),
        format: if json {
            SourceFormat::Json
        } else {
            SourceFormat::Stream
        },
        text: read_file(path, limit)?,
        renderer: None,
    })
}

/// Reads a file that the user named, or all files of data in a directory that he
/// named, each with its name.
///
/// # Errors
///
/// As for [`read_file`].
pub(crate) fn read_files(path: &Path, limit: u64) -> Result<Vec<(String, Vec<u8>)>, InputError> {
    file::read_all(path, limit)
}

/// Which renderer a directory is for.
///
/// As in argo-cd 3.6.1 `util/app/discovery/discovery.go`, which walks the files
/// in lexical order and lets the last one decide: where a `Chart.yaml` and a
/// kustomization stand side by side, it is the kustomization.
fn choose(place: &Place, choice: RendererChoice) -> Result<Renderer, InputError> {
    let has_chart = place.path.join(chart::FILE).is_file();
    let has_kustomization = !kustomization::files(&place.path).is_empty();
    let absent = |setting: Renderer, file: &str| InputError::Refused {
        what: format!("`{}` holds no `{file}`", place.given.display()),
        remedy: format!("the setting `renderer: {setting}` asks for one"),
    };
    match choice {
        RendererChoice::Helm if !has_chart => Err(absent(Renderer::Helm, chart::FILE)),
        RendererChoice::Kustomize if !has_kustomization => {
            Err(absent(Renderer::Kustomize, kustomization::FILES[0]))
        }
        RendererChoice::Auto if has_kustomization => Ok(Renderer::Kustomize),
        RendererChoice::Auto if has_chart => Ok(Renderer::Helm),
        RendererChoice::Helm => Ok(Renderer::Helm),
        RendererChoice::Kustomize => Ok(Renderer::Kustomize),
        RendererChoice::Auto | RendererChoice::Directory => Ok(Renderer::Directory),
    }
}
