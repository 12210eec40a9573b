//! What a preview is compared with: a lock, the same directory elsewhere, its
//! place in a checkout of the whole repository, or a live catalog.
//!
//! Of a catalog only its name is read here; `live` asks it.

use std::path::{Component, Path, PathBuf};

use anyhow::{anyhow, bail};

use crate::command::collect::Input;
use crate::input::{self, Repository};
use crate::lock::Lock;

/// The word for the sandbox of this machine; a directory of that name is
/// `./sandbox`.
const SANDBOX: &str = "sandbox";

/// What was typed with `--against`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Against {
    /// A directory or a lock: what was declared before.
    pub declared: Option<PathBuf>,
    /// What is there now.
    pub catalog: Option<CatalogName>,
}

/// A catalog, as it was typed. A URL may hold a password, which nobody repeats.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum CatalogName {
    /// The sandbox of this machine.
    Sandbox,
    /// Its API's URL.
    Url(String),
}

impl std::fmt::Debug for CatalogName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sandbox => SANDBOX,
            Self::Url(_) => "a URL",
        })
    }
}

impl Against {
    /// Tells catalogs from paths.
    ///
    /// # Errors
    /// Two of one kind.
    pub(super) fn of(typed: &[PathBuf]) -> anyhow::Result<Self> {
        let mut against = Self::default();
        for path in typed {
            let earlier = match catalog_name(path) {
                Some(catalog) => against.catalog.replace(catalog).is_some(),
                None => against.declared.replace(path.clone()).is_some(),
            };
            if earlier {
                bail!(
                    "`--against` takes one directory or glint.lock, one catalog, or one of each, \
                     and no two of a kind"
                );
            }
        }
        Ok(against)
    }

    /// As it was typed, for the outputs.
    pub(super) fn shown(&self) -> Option<String> {
        let declared = self.declared.iter().map(|path| path.display().to_string());
        let catalog = self.catalog.iter().map(|catalog| match catalog {
            CatalogName::Sandbox => "the sandbox".to_owned(),
            CatalogName::Url(url) => url.clone(),
        });
        let all: Vec<String> = declared.chain(catalog).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

fn catalog_name(path: &Path) -> Option<CatalogName> {
    let text = path.to_str()?;
    match text {
        SANDBOX => Some(CatalogName::Sandbox),
        _ if text.contains("://") => Some(CatalogName::Url(text.to_owned())),
        _ => None,
    }
}

/// The earlier side.
pub(super) enum Before {
    /// What a lock says.
    Lock(Lock),
    /// Directories and files, each called as the one that it is compared with.
    Inputs(Vec<Input>),
}

/// Both sides of a preview.
pub(super) struct Sides {
    /// `None` where nothing is compared.
    pub before: Option<Before>,
    /// What is previewed.
    pub after: Vec<Input>,
    /// Paths that the earlier side does not have.
    pub new: Vec<PathBuf>,
}

/// Finds for each path what it is compared with. A path that only the earlier side
/// has is one whose entities all go.
///
/// # Errors
/// A path that neither side has; a lock that can't be read.
pub(super) fn sides(
    paths: &[PathBuf],
    against: Option<&Path>,
    limit: u64,
) -> anyhow::Result<Sides> {
    let mut sides = Sides {
        before: None,
        after: Vec::new(),
        new: Vec::new(),
    };
    let Some(against) = against else {
        sides.after = existing(paths)?;
        return Ok(sides);
    };
    if !against.is_dir() {
        sides.after = existing(paths)?;
        sides.before = Some(Before::Lock(lock(against, limit)?));
        return Ok(sides);
    }
    let is_checkout = paths.len() > 1 || against.join(".git").exists();
    let mut before = Vec::new();
    for path in paths {
        let earlier = match is_checkout {
            true => plain(&against.join(place(path)?)),
            false => against.to_owned(),
        };
        match (path.exists(), earlier.exists()) {
            (false, false) => bail!("neither `{}` nor `{}`", path.display(), earlier.display()),
            (true, false) => sides.new.push(path.clone()),
            (true | false, true) => before.push(Input {
                path: earlier,
                named: path.clone(),
            }),
        }
        if path.exists() {
            sides.after.push(Input::of(path));
        }
    }
    sides.before = Some(Before::Inputs(before));
    Ok(sides)
}

/// Inputs that are all there.
fn existing(paths: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let inputs = paths.iter().map(|path| match path.exists() {
        true => Ok(Input::of(path)),
        false => Err(anyhow!("no such file or directory: `{}`", path.display())),
    });
    inputs.collect()
}

fn lock(file: &Path, limit: u64) -> anyhow::Result<Lock> {
    let text = input::read_file(file, limit)?;
    Lock::parse(&text).map_err(|error| anyhow!("{}:{error}", file.display()))
}

/// A path's place in its repository; as it was typed where it is in none.
fn place(path: &Path) -> anyhow::Result<PathBuf> {
    let absolute = plain(&std::env::current_dir()?.join(path));
    let absolute = absolute.canonicalize().unwrap_or(absolute);
    let directory = absolute.ancestors().find(|ancestor| ancestor.is_dir());
    let root = match directory {
        Some(directory) => Repository::around(directory)?.root().to_owned(),
        None => return Ok(plain(path)),
    };
    match absolute.strip_prefix(&root) {
        Ok(below) if root.join(".git").exists() => Ok(below.to_owned()),
        Ok(_) | Err(_) => Ok(plain(path)),
    }
}

/// A path without `.`, and without `..` behind a name.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            Component::Prefix(_)
            | Component::RootDir
            | Component::ParentDir
            | Component::Normal(_) => plain.push(part),
        }
    }
    match plain.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => plain,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Against, Before, CatalogName, plain, sides};

    /// A scratch folder with `head` and `base`, two checkouts with one
    /// application in common.
    fn scratch() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for directory in [
            "head/.git",
            "head/pay",
            "head/new",
            "base/.git",
            "base/pay",
            "base/old",
        ] {
            fs::create_dir_all(folder.path().join(directory)).unwrap();
        }
        folder
    }

    /// Checks what each path is compared with, paths relative to the folder.
    #[track_caller]
    fn check(paths: &[&str], against: &str, expected: &[(&str, &str)], new: &[&str]) {
        let folder = scratch();
        let at = |path: &str| folder.path().join(path);
        let paths: Vec<PathBuf> = paths.iter().map(|path| at(path)).collect();
        let sides = sides(&paths, Some(&at(against)), 1024).unwrap();
        let Some(Before::Inputs(before)) = sides.before else {
            panic!("no directories");
        };
        let before: Vec<(PathBuf, PathBuf)> =
            before.into_iter().map(|it| (it.named, it.path)).collect();
        let expected: Vec<(PathBuf, PathBuf)> = expected
            .iter()
            .map(|(named, path)| (at(named), at(path)))
            .collect();
        assert_eq!(before, expected);
        let new: Vec<PathBuf> = new.iter().map(|path| at(path)).collect();
        assert_eq!(sides.new, new);
    }

    #[test]
    fn a_checkout_has_each_path_in_its_place() {
        check(&["head/pay"], "base", &[("head/pay", "base/pay")], &[]);
        check(
            &["head/pay", "head/new", "head/old"],
            "base",
            &[("head/pay", "base/pay"), ("head/old", "base/old")],
            &["head/new"],
        );
        check(&["head"], "base", &[("head", "base")], &[]);
    }

    #[test]
    fn another_directory_is_the_same_one_elsewhere() {
        check(&["head/pay"], "base/old", &[("head/pay", "base/old")], &[]);
    }

    #[test]
    fn what_is_nowhere_is_a_mistake() {
        let folder = scratch();
        let nowhere = [folder.path().join("head/nowhere")];
        assert!(sides(&nowhere, Some(&folder.path().join("base")), 1024).is_err());
        assert!(sides(&nowhere, None, 1024).is_err());
    }

    #[test]
    fn a_catalog_is_told_from_a_path() {
        let of = |typed: &[&str]| {
            let typed: Vec<PathBuf> = typed.iter().map(PathBuf::from).collect();
            Against::of(&typed).map_err(|error| error.to_string())
        };
        let url = CatalogName::Url("https://api.example.com".to_owned());
        let against = |declared: Option<&str>, catalog| Against {
            declared: declared.map(PathBuf::from),
            catalog,
        };
        assert_eq!(of(&[]), Ok(against(None, None)));
        assert_eq!(of(&["../main"]), Ok(against(Some("../main"), None)));
        assert_eq!(
            of(&["sandbox"]),
            Ok(against(None, Some(CatalogName::Sandbox)))
        );
        assert_eq!(of(&["./sandbox"]), Ok(against(Some("./sandbox"), None)));
        let both = against(Some("../main"), Some(url));
        assert_eq!(of(&["https://api.example.com", "../main"]), Ok(both));
        assert_eq!(
            of(&["a", "b"]).unwrap_err(),
            "`--against` takes one directory or glint.lock, one catalog, or one of each, and no \
             two of a kind"
        );
    }

    #[test]
    fn a_path_is_made_plain() {
        let made = |path| plain(Path::new(path)).display().to_string();
        assert_eq!(made("../main/./apps/../pay"), "../main/pay");
        assert_eq!(made("../.."), "../..");
        assert_eq!(made("./"), ".");
    }
}
