//! Looks at every kustomization file that a build would reach, before
//! kustomize does.
//!
//! After kustomize api 0.21.1: `types/kustomization.go` for the fields,
//! `internal/target/kusttarget.go` for what each of them may name. What a
//! remote base would reach in turn can't be seen from here; there the
//! renderer's surroundings hold (`environment`). Not for building.
//! Invariants: nothing that is reached stands outside of the repository, and
//! nothing remote goes unseen.

mod references;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use references::Referrer;

use super::loose_yaml::{Node, documents};
use super::place::Place;
use super::{InputError, Limits, file};

/// What a kustomization file may be called; one of them in a directory
/// (`konfig.RecognizedKustomizationFileNames`).
pub(super) const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// How deep bases may lie in each other. Real trees have four or five levels.
const DEPTH: usize = 50;

/// What a build needs from outside of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// At most what kustomize itself gets over HTTP.
    Nothing,
    /// An allowed base that may be a repository of git.
    Git,
}

/// The kustomization files of a directory.
pub(super) fn files(directory: &Path) -> Vec<&'static str> {
    let mut found = FILES.to_vec();
    found.retain(|name| directory.join(name).is_file());
    found
}

/// Looks at all that building a directory would reach.
///
/// # Errors
///
/// [`InputError::Remote`], [`InputError::Outside`], [`InputError::Refused`] or
/// [`InputError::Malformed`], each with the file that gives the reason.
pub(super) fn inspect(
    place: &Place,
    allow_hosts: &BTreeSet<String>,
    limits: Limits,
) -> Result<Needs, InputError> {
    let mut inspection = Inspection::new(place, allow_hosts, limits, Manner::Build);
    inspection.run()?;
    Ok(inspection.needs)
}

/// What a build reads, paths from the repository's root on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Files of manifests.
    pub manifests: BTreeSet<PathBuf>,
    /// All else: kustomizations, patches, what generators take in.
    pub others: BTreeSet<PathBuf>,
    /// What a build here would be refused for, each in words.
    pub beyond: BTreeSet<String>,
    /// What is named and not there, each in words. A build that fails may well do so
    /// because of it; one that does not has no need of it.
    pub lacking: BTreeSet<String>,
}

/// Notes all that building a directory would reach, also what is not built here.
///
/// # Errors
///
/// As for [`inspect`], but for what [`Reached::beyond`] holds.
#[cfg(feature = "controller")]
pub(super) fn reached(place: &Place, limits: Limits) -> Result<Reached, InputError> {
    let nowhere = BTreeSet::new();
    let mut inspection = Inspection::new(place, &nowhere, limits, Manner::Look);
    inspection.run()?;
    Ok(inspection.reached)
}

/// What a look is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// A build follows, so what it can't do is an error.
    Build,
    /// Somebody else builds.
    #[cfg_attr(
        not(feature = "controller"),
        expect(dead_code, reason = "only artifacts are looked at")
    )]
    Look,
}

/// What the files of a directory are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    /// Manifests: what is in them leads nowhere.
    Resources,
    /// Settings of generators, transformers and validators, which name files
    /// in turn.
    Plugins,
}

/// A directory to look at.
struct Visit {
    directory: PathBuf,
    content: Content,
    depth: usize,
}

/// A look at a whole build.
struct Inspection<'a> {
    place: &'a Place,
    allow_hosts: &'a BTreeSet<String>,
    limits: Limits,
    seen: BTreeSet<(PathBuf, Content)>,
    waiting: Vec<Visit>,
    needs: Needs,
    manner: Manner,
    reached: Reached,
}

impl<'a> Inspection<'a> {
    fn new(
        place: &'a Place,
        allow_hosts: &'a BTreeSet<String>,
        limits: Limits,
        manner: Manner,
    ) -> Self {
        Self {
            place,
            allow_hosts,
            limits,
            seen: BTreeSet::new(),
            waiting: vec![Visit {
                directory: place.path.clone(),
                content: Content::Resources,
                depth: 0,
            }],
            needs: Needs::Nothing,
            manner,
            reached: Reached::default(),
        }
    }

    fn run(&mut self) -> Result<(), InputError> {
        while let Some(visit) = self.waiting.pop() {
            if self.seen.insert((visit.directory.clone(), visit.content)) {
                self.visit(&visit)?;
            }
        }
        Ok(())
    }

    /// What can't be built here.
    fn beyond(&mut self, in_words: String, refusal: InputError) -> Result<(), InputError> {
        match self.manner {
            Manner::Build => Err(refusal),
            Manner::Look => {
                self.reached.beyond.insert(in_words);
                Ok(())
            }
        }
    }

    /// What is not there.
    fn lacks(&mut self, reference: &Path, referrer: &Referrer<'_>) {
        let Referrer { named, directory } = referrer;
        let place = self.place.repository.place(directory, reference);
        let words = format!("`{}`, which {named} names", place.display());
        self.reached.lacking.insert(words);
    }

    /// A path from the repository's root on.
    fn shown(&self, path: &Path) -> PathBuf {
        self.place.repository.shown(path).to_owned()
    }

    /// Looks at the kustomization file of one directory. A directory without
    /// one is left to kustomize, which says so better.
    fn visit(&mut self, visit: &Visit) -> Result<(), InputError> {
        let shown = self.place.repository.shown(&visit.directory).display();
        if visit.depth > DEPTH || self.seen.len() > self.limits.files {
            return Err(InputError::Refused {
                what: format!(
                    "the bases of `{}` never end: `{shown}` is {} deep",
                    self.place.given.display(),
                    visit.depth
                ),
                remedy: "look for a base that leads back to its overlay".to_owned(),
            });
        }
        let found = files(&visit.directory);
        if found.len() > 1 {
            return Err(InputError::Refused {
                what: format!(
                    "`{shown}` holds more than one kustomization file: {}",
                    found.join(", ")
                ),
                remedy: "kustomize takes exactly one, so keep one".to_owned(),
            });
        }
        let Some(name) = found.first() else {
            if visit.depth > 0 {
                let words = format!("a kustomization in `{shown}`");
                self.reached.lacking.insert(words);
            }
            return Ok(());
        };
        let link = self.place.repository.resolve(
            &visit.directory,
            name,
            &format!("the directory `{shown}`"),
        )?;
        let Some(path) = link else {
            return Ok(());
        };
        let named = format!(
            "`{}`",
            self.place
                .repository
                .shown(&visit.directory.join(name))
                .display()
        );
        let referrer = Referrer {
            named: &named,
            directory: &visit.directory,
        };
        let shown = self.shown(&path);
        self.reached.others.insert(shown);
        for document in self.read(&path)? {
            self.kustomization(&document, &referrer, visit)?;
        }
        Ok(())
    }

    /// Reads a YAML file.
    fn read(&self, path: &Path) -> Result<Vec<Node>, InputError> {
        let shown = self.place.repository.shown(path);
        let content = file::read(path, shown, self.limits.file_bytes)?;
        documents(&content).map_err(|reason| InputError::Malformed {
            path: shown.to_owned(),
            reason,
        })
    }

    /// Looks at one kustomization.
    fn kustomization(
        &mut self,
        document: &Node,
        referrer: &Referrer<'_>,
        visit: &Visit,
    ) -> Result<(), InputError> {
        self.refuse_charts(document, referrer)?;
        for field in ["resources", "bases", "components"] {
            for reference in document.fields(field).flat_map(Node::texts) {
                self.base(reference, referrer, visit.content, visit.depth)?;
            }
        }
        for field in ["generators", "transformers", "validators"] {
            for entry in document.fields(field).flat_map(Node::texts) {
                self.plugin(entry, referrer, visit.depth)?;
            }
        }
        self.file_fields(document, referrer)
    }
}
