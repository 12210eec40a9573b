//! `.glint.yaml`: what the rendered repository says about itself.
//!
//! Untrusted: whoever may write the repository writes it. Invariant: nothing
//! outside the repository's root is read, whatever links say.

use std::io;
use std::path::{Path, PathBuf};

use super::assignment::Assignment;
use super::error::{Problem, SettingsError};
use super::setting::Source;
use super::yaml;

/// The file's name.
const NAME: &str = ".glint.yaml";

/// The most that is read as one.
const LIMIT: u64 = 64 << 10;

/// A directory to render, and the repository that it lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkout {
    /// The rendered directory.
    pub directory: PathBuf,
    /// The topmost directory that is searched; `directory` itself where no
    /// repository is known.
    pub root: PathBuf,
}

/// The settings of the `.glint.yaml` that is nearest to the directory, going up
/// to the root; none where there is none.
pub(super) fn assignments(repository: &Checkout) -> Result<Vec<Assignment>, SettingsError> {
    let root = canonical(&repository.root)?;
    let directory = canonical(&repository.directory)?;
    if !directory.starts_with(&root) {
        let place = repository.directory.display().to_string();
        return Err(SettingsError::at(place, Problem::Outside));
    }
    let candidates = directory
        .ancestors()
        .take_while(|ancestor| ancestor.starts_with(&root))
        .map(|ancestor| ancestor.join(NAME));
    for path in candidates {
        let shown = path
            .strip_prefix(&root)
            .unwrap_or(&path)
            .display()
            .to_string();
        match path.symlink_metadata() {
            Ok(_) => return of_file(&path, &root, &shown),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => {
                return Err(SettingsError::Unreadable {
                    place: shown,
                    source,
                });
            }
        }
    }
    Ok(Vec::new())
}

fn canonical(path: &Path) -> Result<PathBuf, SettingsError> {
    path.canonicalize()
        .map_err(|source| SettingsError::Unreadable {
            place: path.display().to_string(),
            source,
        })
}

fn of_file(path: &Path, root: &Path, shown: &str) -> Result<Vec<Assignment>, SettingsError> {
    let target = path
        .canonicalize()
        .map_err(|source| SettingsError::Unreadable {
            place: shown.to_owned(),
            source,
        })?;
    if !target.starts_with(root) {
        return Err(SettingsError::at(shown, Problem::Outside));
    }
    parse(&yaml::read(&target, shown, LIMIT)?, shown)
}

/// Reads such a file's text. `place` is what messages call it.
pub(super) fn parse(text: &str, place: &str) -> Result<Vec<Assignment>, SettingsError> {
    let entries = yaml::parse(text, place)?.entries()?;
    entries
        .iter()
        .map(|entry| Assignment::of_entry(entry, Source::Repository))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::{Checkout, assignments};

    /// A scratch folder that holds `repo/apps/shop`.
    fn scratch() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("repo/apps/shop")).unwrap();
        folder
    }

    fn read(folder: &Path) -> Result<Vec<String>, String> {
        let repository = Checkout {
            directory: folder.join("repo/apps/shop"),
            root: folder.join("repo"),
        };
        let settings = assignments(&repository).map_err(|error| error.to_string())?;
        Ok(settings
            .iter()
            .map(|it| format!("{} {} {}", it.key.name(), it.raw.to_line(), it.origin))
            .collect())
    }

    #[track_caller]
    fn check(folder: &tempfile::TempDir, expected: Result<&[&str], &str>) {
        let expected = expected
            .map(|lines| lines.iter().map(|&line| line.to_owned()).collect())
            .map_err(str::to_owned);
        assert_eq!(read(folder.path()), expected);
    }

    #[test]
    fn the_nearest_file_is_the_only_one() {
        let folder = scratch();
        fs::write(folder.path().join(".glint.yaml"), "crds: never").unwrap();
        check(&folder, Ok(&[]));
        fs::write(folder.path().join("repo/.glint.yaml"), "crds: always").unwrap();
        check(&folder, Ok(&["crds always .glint.yaml:1:7"]));
        fs::write(
            folder.path().join("repo/apps/.glint.yaml"),
            "\nrecurse: true",
        )
        .unwrap();
        check(&folder, Ok(&["recurse true apps/.glint.yaml:2:10"]));
    }

    #[track_caller]
    fn says(text: &str, expected: &str) {
        let folder = scratch();
        fs::write(folder.path().join("repo/.glint.yaml"), text).unwrap();
        check(&folder, Err(expected));
    }

    #[test]
    fn a_wrong_key_or_value_says_where_and_what() {
        says(
            "crd: never",
            ".glint.yaml:1:1: no setting is called `crd`; did you mean `crds`?",
        );
        says("image: x", ".glint.yaml:1:1: no setting is called `image`");
        says(
            "# tools\nhelm-path: /tmp/helm",
            ".glint.yaml:2:1: `helm-path` can't be set here, only by the policy file, --helm-path or GLINT_HELM_PATH",
        );
        says(
            "enabled: false",
            ".glint.yaml:1:1: `enabled` can't be set here, only by a key of its own in the policy file",
        );
        says(
            "crds:",
            ".glint.yaml:1:5: `crds` takes auto, always or never, not nothing",
        );
        says(
            "release-name: --post-renderer=x",
            ".glint.yaml:1:15: `release-name` takes one line of text that does not start with `-`, not `--post-renderer=x`",
        );
    }

    #[test]
    fn a_link_may_lead_about_but_not_out() {
        let folder = scratch();
        let link = folder.path().join("repo/.glint.yaml");
        fs::write(folder.path().join("repo/shared.yaml"), "crds: never").unwrap();
        symlink("shared.yaml", &link).unwrap();
        check(&folder, Ok(&["crds never .glint.yaml:1:7"]));
        fs::remove_file(&link).unwrap();
        fs::write(folder.path().join("outside.yaml"), "crds: never").unwrap();
        symlink("../outside.yaml", &link).unwrap();
        check(&folder, Err(".glint.yaml: leads out of the repository"));
        fs::remove_file(&link).unwrap();
        symlink("nowhere", &link).unwrap();
        check(&folder, Err(".glint.yaml: can't be read"));
    }

    #[test]
    fn a_file_too_large_for_settings_is_not_read() {
        let folder = scratch();
        let path = folder.path().join("repo/.glint.yaml");
        fs::write(&path, "#".repeat(64 << 10)).unwrap();
        check(&folder, Ok(&[]));
        fs::write(&path, "#".repeat((64 << 10) + 1)).unwrap();
        check(&folder, Err(".glint.yaml: is larger than 65536 bytes"));
    }
}
