//! Which files of a plain directory are manifests: Argo CD's rules.
//!
//! After argo-cd 3.6.1 `reposerver/repository/repository.go`, functions
//! `getPotentiallyValidManifests`, `getPotentiallyValidManifestFile` and
//! `getObjsFromYAMLOrJSON`. Different on purpose: Jsonnet is refused, `.git` is
//! not searched, and our own settings file is no manifest.
//! Not for what is in the files. Invariant: the order is that of Go's
//! `filepath.Walk`, so it never depends on the file system.

use std::fs;
use std::path::{Path, PathBuf};

use memchr::memmem;
use walkdir::{DirEntry, WalkDir};

use super::glob::Glob;
use super::place::Place;
use super::{DirectoryOptions, InputError, Limits, Renderer, Source, SourceFormat, file};
use crate::manifest::{self, ParseErrorKind, Parsed};

/// A file that holds these bytes anywhere is passed over (argo-cd
/// `skipFileRenderingMarker`).
const SKIP_MARKER: &[u8] = b"+argocd:skip-file-rendering";

/// The repository's settings for this program.
const SETTINGS_FILE: &str = ".glint.yaml";

/// The manifests of a plain directory, in the order of their paths.
pub(super) fn manifests(
    place: &Place,
    options: &DirectoryOptions,
    limits: Limits,
) -> Result<Vec<Source>, InputError> {
    let filter = Filter::new(options)?;
    let mut sources = Vec::new();
    let mut total_bytes = 0;
    for candidate in candidates(place, options.recurse)? {
        let below = candidate.strip_prefix(&place.path).unwrap_or(&candidate);
        let Some(regular) = regular_file(place, &candidate, below)? else {
            continue;
        };
        if !filter.admits(below) {
            continue;
        }
        if sources.len() == limits.files {
            return Err(InputError::TooManyFiles {
                path: place.given.clone(),
                limit: limits.files,
            });
        }
        let name = place.named(below);
        let text = in_utf8(file::read(&regular, &name, limits.file_bytes)?);
        if memmem::find(&text, SKIP_MARKER).is_some() {
            continue;
        }
        if is_jsonnet(below) {
            return Err(jsonnet(&name));
        }
        let Some(format) = format_of(below, &text) else {
            continue;
        };
        total_bytes += text.len() as u64;
        if total_bytes > limits.total_bytes {
            return Err(InputError::TooLarge {
                what: format!("`{}` as a whole", place.given.display()),
                limit: limits.total_bytes,
            });
        }
        sources.push(Source {
            name: name.to_string_lossy().into_owned(),
            format,
            text,
            renderer: Some(Renderer::Directory),
        });
    }
    if sources.is_empty() {
        return Err(nothing_found(place, options));
    }
    Ok(sources)
}

/// `include` and `exclude`.
struct Filter {
    include: Option<Glob>,
    exclude: Option<Glob>,
}

impl Filter {
    /// An empty pattern is none, as in Argo CD.
    fn new(options: &DirectoryOptions) -> Result<Self, InputError> {
        let parse = |setting, pattern: &Option<String>| {
            pattern
                .as_deref()
                .filter(|pattern| !pattern.is_empty())
                .map(|pattern| Glob::parse(setting, pattern))
                .transpose()
        };
        Ok(Self {
            include: parse("include", &options.include)?,
            exclude: parse("exclude", &options.exclude)?,
        })
    }

    /// Whether a path below the directory counts.
    fn admits(&self, below: &Path) -> bool {
        let path = below.to_string_lossy();
        let excluded = self
            .exclude
            .as_ref()
            .is_some_and(|glob| glob.matches(&path));
        let included = self.include.as_ref().is_none_or(|glob| glob.matches(&path));
        included && !excluded
    }
}

/// All files whose names are those of manifests, symlinks included.
fn candidates(place: &Place, recurse: bool) -> Result<Vec<PathBuf>, InputError> {
    let depth = if recurse { usize::MAX } else { 1 };
    let is_git = |entry: &DirEntry| entry.file_type().is_dir() && entry.file_name() == ".git";
    let mut found = Vec::new();
    let walk = WalkDir::new(&place.path)
        .max_depth(depth)
        .sort_by_file_name();
    for entry in walk.into_iter().filter_entry(|entry| !is_git(entry)) {
        let entry = entry.map_err(|error| unreadable(place, error))?;
        if !entry.file_type().is_dir() && is_manifest_name(entry.path()) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

/// A directory that could not be listed, as the user would find it.
fn unreadable(place: &Place, error: walkdir::Error) -> InputError {
    let path = error.path().unwrap_or(&place.path);
    let below = path.strip_prefix(&place.path).unwrap_or(path);
    InputError::read(&place.named(below))(error.into())
}

/// Whether a file is a manifest by its name: argo-cd's `manifestFile`.
fn is_manifest_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let extension = path.extension().unwrap_or_default();
    // `.yaml` alone has no extension here and is a manifest there.
    let is_bare = [".yaml", ".yml", ".json"].iter().any(|bare| name == *bare);
    let is_named = ["yaml", "yml", "json", "jsonnet"]
        .iter()
        .any(|known| extension == *known);
    (is_named || is_bare) && name != SETTINGS_FILE
}

/// The file itself, through symlinks. `None` for what argo-cd passes over: a
/// symlink to nothing, or what is no regular file.
fn regular_file(place: &Place, path: &Path, below: &Path) -> Result<Option<PathBuf>, InputError> {
    let named = place.named(below);
    let metadata = fs::symlink_metadata(path).map_err(InputError::read(&named))?;
    let target = if metadata.is_symlink() {
        let link = place.repository.follow(path, &named)?;
        let Some(target) = link else {
            tracing::warn!(file = %named.display(), "the symlink leads to nothing, so it is passed over");
            return Ok(None);
        };
        target
    } else {
        path.to_owned()
    };
    let metadata = fs::metadata(&target).map_err(InputError::read(&named))?;
    if !metadata.is_file() {
        tracing::warn!(file = %named.display(), "no regular file, so it is passed over");
        return Ok(None);
    }
    Ok(Some(target))
}

/// How to split a file; `None` for YAML without manifests.
fn format_of(below: &Path, text: &[u8]) -> Option<SourceFormat> {
    if is_json(below) {
        Some(SourceFormat::Json)
    } else {
        holds_manifests(text).then_some(SourceFormat::Stream)
    }
}

/// Whether argo-cd takes YAML for manifests. It passes over a file whose first
/// document is no object, such as values or a pipeline's definition, unless the
/// text looks like an object's: then that is a mistake, and it says so.
fn holds_manifests(text: &[u8]) -> bool {
    let mentions = |word: &str| memmem::find(text, word.as_bytes()).is_some();
    if ["apiVersion:", "kind:", "metadata:"]
        .into_iter()
        .all(mentions)
    {
        return true;
    }
    // Spares most of the others being parsed.
    mentions("kind") && begins_with_object(text)
}

/// Whether the first document with something in it, if any, is an object to Go.
/// What only this program can't read counts as one.
fn begins_with_object(text: &[u8]) -> bool {
    let Ok(documents) = manifest::split(text) else {
        return true;
    };
    let first = documents.into_iter().find_map(|document| {
        let bytes = &text[document.range];
        match Parsed::read(bytes, document.notation) {
            Ok(parsed) if parsed.value().is_null() => None,
            read => Some(read.and_then(|parsed| manifest::objects(&parsed).map(drop))),
        }
    });
    match first {
        Some(Err(error)) => error.kind == ParseErrorKind::Unsupported,
        Some(Ok(())) | None => true,
    }
}

/// Whether argo-cd decodes a file as one JSON object.
fn is_json(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b".json")
}

/// Whether argo-cd would evaluate a file.
fn is_jsonnet(path: &Path) -> bool {
    path.extension().is_some_and(|known| known == "jsonnet")
}

/// Jsonnet can't be passed over in silence: what Argo CD makes of it by itself
/// would be pruned once its application uses this program.
fn jsonnet(name: &Path) -> InputError {
    InputError::Refused {
        what: format!(
            "`{}` is Jsonnet, which is not evaluated here",
            name.display()
        ),
        remedy: "commit what it makes as YAML or JSON and leave it out with `exclude: '*.jsonnet'`"
            .to_owned(),
    }
}

/// Turns UTF-16 with a byte order mark into UTF-8, as argo-cd's `utfutil`
/// reader does. All else stays as it is.
fn in_utf8(text: Vec<u8>) -> Vec<u8> {
    let units = |read: fn([u8; 2]) -> u16| -> Vec<u16> {
        text[2..]
            .chunks_exact(2)
            .map(|pair| read([pair[0], pair[1]]))
            .collect()
    };
    let units = match text.get(..2) {
        Some([0xff, 0xfe]) => units(u16::from_le_bytes),
        Some([0xfe, 0xff]) => units(u16::from_be_bytes),
        Some(_) | None => return text,
    };
    String::from_utf16_lossy(&units).into_bytes()
}

/// Says why nothing was found, as well as we know.
fn nothing_found(place: &Place, options: &DirectoryOptions) -> InputError {
    let has = |recurse| candidates(place, recurse).is_ok_and(|found| !found.is_empty());
    let hint = if options.include.is_some() || options.exclude.is_some() {
        "no file in it that ends in .yaml, .yml or .json passes `include` and `exclude`"
    } else if has(options.recurse) {
        "its files that end in .yaml, .yml or .json hold none; write an object into one, with its `kind`"
    } else if !options.recurse && has(true) {
        "its files that end in .yaml, .yml or .json are in directories below; name one of those, or set `recurse`"
    } else {
        "it needs a file that ends in .yaml, .yml or .json and holds an object, a `Chart.yaml`, or a `kustomization.yaml`"
    };
    InputError::NoManifest {
        path: place.given.clone(),
        hint,
    }
}
