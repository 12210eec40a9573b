//! Whole renders of small repositories, and every way in which one can fail,
//! in the exact words that a user sees.
//!
//! Renderers are shell scripts here; the real ones have a test target of their
//! own. Invariant: nothing sleeps but a script that a deadline ends.

mod directory;
mod helm;
mod kustomize;
mod process;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{
    DirectoryOptions, HelmOptions, Input, InputError, Limits, Options, RendererChoice, Tools,
    render,
};

/// A repository in a directory of its own, beside fake renderers.
struct Scene {
    directory: TempDir,
    choice: RendererChoice,
    helm: HelmOptions,
    files: DirectoryOptions,
    limits: Limits,
    allow_hosts: BTreeSet<String>,
    time: Duration,
    announced: RefCell<Vec<String>>,
}

impl Scene {
    /// An empty repository.
    fn new() -> Self {
        let scene = Self {
            directory: tempfile::tempdir().unwrap(),
            choice: RendererChoice::Auto,
            helm: HelmOptions {
                release_name: "pay".into(),
                namespace: None,
                values_files: Vec::new(),
                parameters: BTreeMap::new(),
                kube_version: None,
                api_versions: Vec::new(),
            },
            files: DirectoryOptions {
                recurse: false,
                include: None,
                exclude: None,
            },
            limits: Limits {
                file_bytes: 1000,
                total_bytes: 2000,
                files: 20,
            },
            allow_hosts: BTreeSet::new(),
            time: Duration::from_secs(60),
            announced: RefCell::default(),
        };
        fs::create_dir_all(scene.repository().join(".git")).unwrap();
        fs::create_dir_all(scene.path("bin")).unwrap();
        scene
    }

    /// A path beside the repository.
    fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.directory.path()).unwrap().join(name)
    }

    /// The repository's root.
    fn repository(&self) -> PathBuf {
        self.path("repo")
    }

    /// Adds a file to the repository.
    fn file(self, name: &str, text: &str) -> Self {
        self.beside(&format!("repo/{name}"), text)
    }

    /// Adds a file beside the repository.
    fn beside(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Adds a symlink to the repository.
    fn link(self, name: &str, target: &str) -> Self {
        let path = self.repository().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        self
    }

    /// Adds a renderer that is a script. It is copied by another process, so
    /// that no thread of this one can hold it open for writing (`ETXTBSY`).
    fn tool(self, name: &str, script: &str) -> Self {
        let scene = self.beside(
            "script",
            &format!("#!/bin/sh\nPATH=/bin:/usr/bin\n{script}\n"),
        );
        let status = Command::new("install")
            .args(["-m", "755"])
            .args([scene.path("script"), scene.path("bin").join(name)])
            .status()
            .unwrap();
        assert!(status.success());
        scene
    }

    /// Renders a directory of the repository.
    fn render(&self, dir: &str) -> Result<Input, InputError> {
        let announce = |step: &str| self.announced.borrow_mut().push(self.told(step));
        let options = Options {
            renderer: self.choice,
            helm: self.helm.clone(),
            directory: self.files.clone(),
            limits: self.limits,
            deadline: Instant::now() + self.time,
            allow_hosts: self.allow_hosts.clone(),
            tools: Tools {
                helm: None,
                kustomize: None,
                search_path: self.path("bin").into_os_string(),
            },
            announce: &announce,
        };
        render(&self.repository().join(dir), &options)
    }

    /// A text with the changing parts of paths taken out.
    fn told(&self, text: &str) -> String {
        text.replace(&*self.repository().to_string_lossy(), "<repo>")
            .replace(&*self.path("").to_string_lossy(), "<beside>/")
    }

    /// What the only text of a render is.
    #[track_caller]
    fn text(&self, dir: &str) -> String {
        let mut input = self
            .render(dir)
            .map_err(|error| self.words(&error))
            .unwrap();
        assert_eq!(input.sources.len(), 1);
        let text = input.sources.remove(0).text;
        self.told(&String::from_utf8(text).unwrap())
    }

    /// The words of an error and of its sources.
    fn words(&self, error: &InputError) -> String {
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            words = format!("{words}: {cause}");
            source = cause.source();
        }
        self.told(&words)
    }

    /// Checks that a render fails with these words.
    #[track_caller]
    fn check_failure(&self, dir: &str, words: &str) {
        let error = self.render(dir).map(|input| input.sources).unwrap_err();
        assert_eq!(self.words(&error), words);
    }

    /// Checks the names of the texts of a render.
    #[track_caller]
    fn check_names(&self, dir: &str, names: &[&str]) {
        let input = self
            .render(dir)
            .map_err(|error| self.words(&error))
            .unwrap();
        let found: Vec<String> = input
            .sources
            .iter()
            .map(|source| self.told(&source.name))
            .collect();
        assert_eq!(found, names);
    }
}

/// Whether this user may read everything, so that no file is unreadable.
fn reads_everything(path: &Path) -> bool {
    fs::File::open(path).is_ok()
}
