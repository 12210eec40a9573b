//! The repository as a border: which paths are inside, and where a path leads.
//!
//! Not for what may be fetched from outside (`remote`). Invariant: a path that
//! [`Repository::resolve`] gives back is real, free of symlinks, and inside.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::InputError;

/// The directory tree that a render may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// Real and absolute.
    root: PathBuf,
    /// What makes it the root.
    border: Border,
}

/// What makes a directory the root of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Border {
    /// It has a `.git`.
    Git,
    /// Argo CD's plugin server made it for one request.
    WorkFolder,
    /// An artifact of Flux's was unpacked there.
    #[cfg_attr(
        not(feature = "controller"),
        expect(dead_code, reason = "only the controller unpacks artifacts")
    )]
    Artifact,
    /// Nothing: it is the directory that is rendered, on its own.
    Directory,
}

impl Repository {
    /// The repository that holds a directory: the nearest directory upwards
    /// that has a `.git`, or the work folder that Argo CD's plugin server made
    /// for this request (`…/_cmp_server/<uuid>`, argo-cd 3.6.1
    /// `cmpserver/plugin/plugin.go`; a repository may arrive there without its
    /// `.git`), else the directory itself.
    ///
    /// # Errors
    ///
    /// [`InputError::NoDirectory`] if there is no such directory;
    /// [`InputError::Read`] if the system refuses to say.
    pub(crate) fn around(dir: &Path) -> Result<Self, InputError> {
        Ok(Self::around_real(&real_directory(dir)?))
    }

    /// The repository around a directory that is real and absolute.
    pub(super) fn around_real(dir: &Path) -> Self {
        let (root, border) = root_of(dir, |candidate| candidate.join(".git").exists());
        Self {
            root: root.to_owned(),
            border,
        }
    }

    /// The repository that an artifact of Flux's holds, which comes without its
    /// `.git`; the directory is real and absolute.
    #[cfg(feature = "controller")]
    pub(super) fn of_artifact(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            border: Border::Artifact,
        }
    }

    /// The root, real and absolute.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where a path leads that `named_by` names, relative to `base`. `None` if
    /// it is inside but nothing is there.
    ///
    /// # Errors
    ///
    /// [`InputError::Outside`] if it leads out, also where nothing is there;
    /// [`InputError::Read`] if the system refuses to say.
    pub(super) fn resolve(
        &self,
        base: &Path,
        path: &str,
        named_by: &str,
    ) -> Result<Option<PathBuf>, InputError> {
        self.inside(&base.join(path), || {
            format!("`{path}`, named by {named_by},")
        })
    }

    /// What a path is from the root on, whether anything is there or not.
    pub(super) fn place(&self, base: &Path, path: &Path) -> PathBuf {
        self.shown(&without_dots(&base.join(path))).to_owned()
    }

    /// Where a symlink leads that stands inside; `named` is what a user calls
    /// it. `None` and errors as in [`Self::resolve`].
    pub(super) fn follow(&self, link: &Path, named: &Path) -> Result<Option<PathBuf>, InputError> {
        self.inside(link, || format!("the symlink `{}`", named.display()))
    }

    /// The real path, if it is inside.
    fn inside(
        &self,
        path: &Path,
        what: impl FnOnce() -> String,
    ) -> Result<Option<PathBuf>, InputError> {
        let target = match fs::canonicalize(path) {
            Ok(real) => Some(real),
            Err(error) if is_absence(&error) => None,
            Err(error) => return Err(InputError::read(self.shown(path))(error)),
        };
        let reached = target.clone().unwrap_or_else(|| without_dots(path));
        if reached.starts_with(&self.root) {
            Ok(target)
        } else {
            Err(InputError::Outside {
                what: what(),
                target: self.beyond(reached),
                border: self.border(),
            })
        }
    }

    /// The border in words: `the repository …`.
    fn border(&self) -> String {
        let root = self.root.display();
        match self.border {
            Border::Git | Border::WorkFolder => format!("the repository `{root}`"),
            Border::Directory => {
                format!("`{root}`, which is on its own, as no `.git` stands above it")
            }
            Border::Artifact => "the source's artifact".to_owned(),
        }
    }

    /// A path outside, as messages name it. Where an artifact is unpacked differs
    /// from one time to the next, and nobody knows the place.
    fn beyond(&self, path: PathBuf) -> PathBuf {
        let around = self.root.parent();
        match (
            self.border,
            around.and_then(|it| path.strip_prefix(it).ok()),
        ) {
            (Border::Artifact, Some(below)) => Path::new("..").join(below),
            (Border::Artifact | Border::Git | Border::WorkFolder | Border::Directory, _) => path,
        }
    }

    /// A path as it stands in the repository, for messages.
    pub(super) fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        match path.strip_prefix(&self.root) {
            Ok(below) if below.as_os_str().is_empty() => Path::new("."),
            Ok(below) => below,
            Err(_) => path,
        }
    }
}

/// A directory as the user named it, real and absolute.
pub(super) fn real_directory(dir: &Path) -> Result<PathBuf, InputError> {
    let absent = |problem| InputError::NoDirectory {
        problem,
        path: dir.to_owned(),
    };
    match fs::canonicalize(dir) {
        Ok(path) if path.is_dir() => Ok(path),
        Ok(_) => Err(absent("not a directory")),
        Err(error) if is_absence(&error) => Err(absent("no such directory")),
        Err(error) => Err(InputError::read(dir)(error)),
    }
}

/// Whether an error says that nothing is at a path.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    )
}

/// The nearest root upwards from an absolute directory.
fn root_of(dir: &Path, has_git: impl Fn(&Path) -> bool) -> (&Path, Border) {
    let is_work_folder = |candidate: &Path| {
        candidate
            .parent()
            .is_some_and(|parent| parent.ends_with("_cmp_server"))
    };
    let border_of = |candidate: &Path| {
        if has_git(candidate) {
            Some(Border::Git)
        } else if is_work_folder(candidate) {
            Some(Border::WorkFolder)
        } else {
            None
        }
    };
    dir.ancestors()
        .find_map(|candidate| Some((candidate, border_of(candidate)?)))
        .unwrap_or((dir, Border::Directory))
}

/// A path without `.` and `..`, by its text alone.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                plain.push(component);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::{Repository, root_of, without_dots};

    #[test]
    fn the_root_is_the_nearest_git_or_work_folder_else_the_directory() {
        #[track_caller]
        fn check(dir: &str, git: &[&str], root: &str) {
            let has_git = |candidate: &Path| git.iter().any(|one| candidate == Path::new(one));
            assert_eq!(root_of(Path::new(dir), has_git).0, Path::new(root));
        }
        check(
            "/home/ann/shop/apps/pay",
            &["/home/ann/shop"],
            "/home/ann/shop",
        );
        check("/r/sub/app", &["/r", "/r/sub"], "/r/sub");
        check(
            "/tmp/_cmp_server/0af3/apps/pay",
            &[],
            "/tmp/_cmp_server/0af3",
        );
        check(
            "/tmp/_cmp_server/0af3/apps/pay",
            &["/", "/tmp"],
            "/tmp/_cmp_server/0af3",
        );
        check("/srv/pay", &[], "/srv/pay");
    }

    #[test]
    fn dots_are_taken_out_by_text_alone() {
        assert_eq!(
            without_dots(Path::new("/a/./b/../../../c")),
            Path::new("/c")
        );
    }

    #[test]
    fn a_path_that_leads_out_is_refused_with_its_words() {
        let temporary = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(temporary.path()).unwrap();
        let root = base.join("repo");
        fs::create_dir_all(root.join("apps/pay")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::write(root.join("common.yaml"), "a: 1").unwrap();
        fs::write(base.join("secret.yaml"), "a: 1").unwrap();
        symlink(base.join("secret.yaml"), root.join("apps/pay/link.yaml")).unwrap();
        symlink("../../common.yaml", root.join("apps/pay/inside.yaml")).unwrap();
        let repository = Repository::around(&root.join("apps/pay")).unwrap();
        let resolve = |path: &str| {
            repository
                .resolve(&root.join("apps/pay"), path, "`values-files`")
                .map_err(|error| {
                    error
                        .to_string()
                        .replace(&*base.to_string_lossy(), "<base>")
                })
        };
        let refused = |path: &str, target: &str| {
            Err(format!(
                "`{path}`, named by `values-files`, leads to `{target}`, outside of the repository `<base>/repo`; keep what is rendered inside the repository"
            ))
        };
        assert_eq!(
            resolve("../../common.yaml"),
            Ok(Some(root.join("common.yaml")))
        );
        assert_eq!(resolve("inside.yaml"), Ok(Some(root.join("common.yaml"))));
        assert_eq!(resolve("absent.yaml"), Ok(None));
        assert_eq!(
            resolve("link.yaml"),
            refused("link.yaml", "<base>/secret.yaml")
        );
        assert_eq!(
            resolve("../../../secret.yaml"),
            refused("../../../secret.yaml", "<base>/secret.yaml")
        );
        assert_eq!(
            resolve("../../../absent.yaml"),
            refused("../../../absent.yaml", "<base>/absent.yaml")
        );
        assert_eq!(
            resolve("/etc/hostname-not-there"),
            refused("/etc/hostname-not-there", "/etc/hostname-not-there")
        );
    }
}
