//! A Git repository that Argo CD clones by its `file://` URL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// A repository with a work tree.
#[derive(Debug)]
pub(crate) struct Repository(PathBuf);

impl Repository {
    /// Makes an empty repository in a folder that is not there yet.
    pub(super) fn init(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).expect("a folder for the repository");
        let repository = Self(folder);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Writes a file, and the folders that lead to it.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.0.join(path);
        let folder = path.parent().expect("a file stands in a folder");
        fs::create_dir_all(folder).expect("a folder of the repository");
        fs::write(path, text).expect("a file of the repository is written");
        self
    }

    /// Removes a file or a folder.
    pub(crate) fn remove(&self, path: &str) -> &Self {
        self.git(&["rm", "-r", "--quiet", "--force", path]);
        self
    }

    /// Copies a folder of this project.
    pub(crate) fn copy(&self, from: &str, to: &str) -> &Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
        for entry in walkdir::WalkDir::new(&from) {
            let entry = entry.expect("the folder can be walked");
            if entry.file_type().is_file() {
                let below = entry.path().strip_prefix(&from).expect("it is below");
                let text = fs::read_to_string(entry.path()).expect("the file is text");
                self.write(&format!("{to}/{}", below.display()), &text);
            }
        }
        self
    }

    /// Commits all, even if that is nothing, and returns the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=change"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// The source of an Application, with our plugin.
    pub(crate) fn plugin(&self, path: &str) -> Value {
        let mut source = self.native(path);
        source["plugin"] = json!({"name": "glint-gitops"});
        source
    }

    /// The source of an Application as Argo CD renders it by itself.
    pub(crate) fn native(&self, path: &str) -> Value {
        json!({"repoURL": self.url(), "path": path, "targetRevision": "main"})
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.0.display())
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.0)
            .envs([
                ("GIT_AUTHOR_NAME", "test"),
                ("GIT_AUTHOR_EMAIL", "test@example.com"),
            ])
            .envs([
                ("GIT_COMMITTER_NAME", "test"),
                ("GIT_COMMITTER_EMAIL", "test@example.com"),
            ])
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("git prints text")
    }
}
