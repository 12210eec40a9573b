//! Files in memory: what a source holds, and what an artifact is made of.
//!
//! Invariant: each path is relative, leads nowhere outside, is written in one way
//! only (`a/b`, never `./a//b`), and no file stands where another has its folder;
//! so a tree can be written to a disk, or into an archive, as it is.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::digest::Digest;

/// How many bytes a path may have. Linux takes 4096 with the folder before it.
const LONGEST_PATH: usize = 1024;

/// How many bytes a name between two slashes may have, as file systems have it.
const LONGEST_NAME: usize = 255;

/// How many characters of a hostile name a message repeats.
const SHOWN: usize = 200;

/// Files by their paths, in the order of the paths' bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileTree {
    files: BTreeMap<String, TreeFile>,
}

/// A file of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TreeFile {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether it may be run.
    pub is_executable: bool,
}

/// A path at which no file can stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no file can be named `{path}`: {fault}")]
pub(crate) struct PathError {
    /// The path, made legible.
    pub path: String,
    /// What is wrong with it.
    pub fault: PathFault,
}

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathFault {
    /// Nothing, `.` or `/`.
    #[error("its name is empty")]
    Empty,
    /// It begins with a slash.
    #[error("its name is absolute")]
    Absolute,
    /// It holds `..`; or `../` at the end of a name, which Flux refuses, too.
    #[error("its name leads out of the folder")]
    Outside,
    /// It holds `\`.
    #[error("its name holds a backslash")]
    Backslash,
    /// It holds a NUL, a line's end or the like.
    #[error("its name holds a control character")]
    Control,
    /// It is no text.
    #[error("its name is no UTF-8")]
    NotUtf8,
    /// It, or a name in it, is longer than a file system takes.
    #[error("its name is too long")]
    Long,
    /// It is a folder of another file, or another file is a folder of it.
    #[error("it is a file and a folder at once")]
    Conflict,
}

impl FileTree {
    /// Adds a plain file, or replaces the one of that path.
    ///
    /// # Errors
    /// A path at which no file can stand.
    pub(crate) fn insert(
        &mut self,
        path: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<(), PathError> {
        let file = TreeFile {
            bytes: bytes.into(),
            is_executable: false,
        };
        self.insert_file(path, file)
    }

    /// The same for one that may be run.
    pub(crate) fn insert_file(&mut self, path: &str, file: TreeFile) -> Result<(), PathError> {
        let fault = |fault| PathError {
            path: shown(path.as_bytes()),
            fault,
        };
        let relative = relative(path).map_err(fault)?;
        match self.files.entry(relative) {
            Entry::Occupied(mut there) => {
                there.insert(file);
            }
            Entry::Vacant(place) => {
                let relative = place.key().clone();
                if self.stands_in_the_way(&relative) {
                    return Err(fault(PathFault::Conflict));
                }
                self.files.insert(relative, file);
            }
        }
        Ok(())
    }

    /// The file at a path, written as [`Self::iter`] gives it.
    pub(crate) fn get(&self, path: &str) -> Option<&TreeFile> {
        self.files.get(path)
    }

    /// All files with their paths, in the order of the paths' bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &TreeFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// How many files there are.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Tells one content from another, whatever it is packed with: the SHA-256 of
    /// what `sha256sum` prints for the files in the order of their paths. Whether a
    /// file may be run is no part of it, since nothing runs them.
    pub(crate) fn content_digest(&self) -> Digest {
        let lines = self.iter().map(|(path, file)| {
            let digest = Digest::sha256(&file.bytes);
            format!("{}  {path}\n", digest.hex())
        });
        Digest::sha256(lines.collect::<String>().as_bytes())
    }

    /// Whether a path that is no file yet is a folder, or lies in a file.
    fn stands_in_the_way(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let is_folder = self
            .files
            .range(below.clone()..)
            .next()
            .is_some_and(|(next, _)| next.starts_with(&below));
        let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        is_folder || folders.any(|folder| self.files.contains_key(folder))
    }
}

/// The one way to write a path: without `.`, and without a slash too many.
pub(super) fn relative(path: &str) -> Result<String, PathFault> {
    if path.starts_with('/') {
        return Err(PathFault::Absolute);
    }
    if path.contains('\\') {
        return Err(PathFault::Backslash);
    }
    if path.chars().any(char::is_control) {
        return Err(PathFault::Control);
    }
    // As Flux's tar/untar.go has it, which would refuse our archive otherwise.
    if path.contains("../") || path.split('/').any(|name| name == "..") {
        return Err(PathFault::Outside);
    }
    let names: Vec<_> = path
        .split('/')
        .filter(|name| !matches!(*name, "" | "."))
        .collect();
    let relative = names.join("/");
    let is_long =
        relative.len() > LONGEST_PATH || names.iter().any(|name| name.len() > LONGEST_NAME);
    match (relative.is_empty(), is_long) {
        (true, _) => Err(PathFault::Empty),
        (false, true) => Err(PathFault::Long),
        (false, false) => Ok(relative),
    }
}

/// A text of others, as a message may repeat it: on one line, and not endless.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> FileTree {
        let mut tree = FileTree::default();
        for path in paths {
            tree.insert(path, *path).unwrap();
        }
        tree
    }

    #[test]
    fn a_path_is_written_in_one_way_only() {
        let tree = tree(&["./b", "a//c.yaml", "a/./d", ".hidden", "..data/x", "é/ü"]);
        let paths: Vec<_> = tree.iter().map(|(path, _)| path).collect();
        assert_eq!(
            paths,
            ["..data/x", ".hidden", "a/c.yaml", "a/d", "b", "é/ü"]
        );
    }

    #[test]
    fn a_path_that_is_no_place_for_a_file_is_refused_by_name() {
        let name = "n".repeat(256);
        let path = "folder/".repeat(150) + "x";
        for (path, expected) in [
            ("", "no file can be named ``: its name is empty"),
            ("./.", "no file can be named `./.`: its name is empty"),
            (
                "/etc/passwd",
                "no file can be named `/etc/passwd`: its name is absolute",
            ),
            (
                "a/../../b",
                "no file can be named `a/../../b`: its name leads out of the folder",
            ),
            (
                "..",
                "no file can be named `..`: its name leads out of the folder",
            ),
            (
                "a../b",
                "no file can be named `a../b`: its name leads out of the folder",
            ),
            (
                "a\\b",
                r"no file can be named `a\\b`: its name holds a backslash",
            ),
            (
                "a\0b",
                r"no file can be named `a\0b`: its name holds a control character",
            ),
            (
                "a\nb",
                r"no file can be named `a\nb`: its name holds a control character",
            ),
            (
                &name,
                &format!(
                    "no file can be named `{}…`: its name is too long",
                    "n".repeat(200)
                ),
            ),
            (
                &path,
                &format!(
                    "no file can be named `{}…`: its name is too long",
                    &path[..200]
                ),
            ),
        ] {
            let refused = FileTree::default().insert(path, "").unwrap_err();
            assert_eq!(refused.to_string(), expected);
        }
    }

    #[test]
    fn a_file_is_no_folder() {
        let mut tree = tree(&["a/b", "c", "a-b/c"]);
        for path in ["a", "c/d", "c/d/e", "a/b/c", "a-b"] {
            let refused = tree.insert(path, "").unwrap_err();
            assert_eq!(refused.fault, PathFault::Conflict, "{path}");
        }
        tree.insert("a/b", "again").unwrap();
        tree.insert("a.b", "").unwrap();
        assert_eq!(tree.get("a/b").unwrap().bytes, b"again");
        assert_eq!(tree.len(), 4);
    }

    #[test]
    fn the_content_digest_is_what_sha256sum_says_of_sha256sum() {
        // `cd "$(mktemp -d)"; mkdir a; printf x >a/b; printf y >c; sha256sum a/b c | sha256sum`
        let mut tree = FileTree::default();
        tree.insert("c", "y").unwrap();
        tree.insert("a/b", "x").unwrap();
        assert_eq!(
            tree.content_digest().to_string(),
            "sha256:e420047ebb23507f0db79775fb76b21cdfd1bd586820d82cdaded820058513e5"
        );
    }
}
