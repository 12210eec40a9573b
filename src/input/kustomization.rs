//! Looks at every kustomization file that a build would reach, before
//! kustomize does.
//!
//! After kustomize api 0.21.1: `types/kustomization.go` for the fields,
//! `internal/target/kusttarget.go` for what each of them may name. What a
//! remote base would reach in turn can't be seen from here; there the
//! renderer's surroundings hold (`environment`). Not for building.
//! Invariants: nothing that is reached stands outside of the repository, and
//! nothing remote goes unseen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::confine::Place;
use super::loose_yaml::{documents, fields, folded, text};
use super::remote::{Remote, Transport};
use super::{InputError, Limits, file};

/// What a kustomization file may be called; one of them in a directory
/// (`konfig.RecognizedKustomizationFileNames`).
pub(super) const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// How deep bases may lie in each other. Real trees have four or five levels.
const DEPTH: usize = 50;

/// Fields, at any depth, whose texts name files. In small letters.
const FILE_FIELDS: [&str; 9] = [
    "path",
    "paths",
    "files",
    "envs",
    "env",
    "targetfilepath",
    "crds",
    "configurations",
    "patchesstrategicmerge",
];

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
    let mut inspection = Inspection {
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
    };
    while let Some(visit) = inspection.waiting.pop() {
        if inspection
            .seen
            .insert((visit.directory.clone(), visit.content))
        {
            inspection.visit(&visit)?;
        }
    }
    Ok(inspection.needs)
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
}

/// A file, and where what it names is looked for.
struct Referrer<'v> {
    named: &'v str,
    directory: &'v Path,
}

impl Inspection<'_> {
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
        for document in self.read(&path)? {
            self.kustomization(&document, &referrer, visit)?;
        }
        Ok(())
    }

    /// Reads a YAML file.
    fn read(&self, path: &Path) -> Result<Vec<Value>, InputError> {
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
        document: &Value,
        referrer: &Referrer<'_>,
        visit: &Visit,
    ) -> Result<(), InputError> {
        refuse_charts(document, referrer.named)?;
        for field in ["resources", "bases", "components"] {
            for reference in fields(document, field).flat_map(texts) {
                self.base(reference, referrer, visit.content, visit.depth)?;
            }
        }
        for field in ["generators", "transformers", "validators"] {
            for entry in fields(document, field).flat_map(texts) {
                self.plugin(entry, referrer, visit.depth)?;
            }
        }
        self.file_fields(document, referrer)
    }

    /// A resource, a base or a component: a file, a directory, or remote.
    fn base(
        &mut self,
        reference: &str,
        referrer: &Referrer<'_>,
        content: Content,
        depth: usize,
    ) -> Result<(), InputError> {
        if let Some(remote) = Remote::file_or_base(reference) {
            // A file of that odd name is read as one, before git is thought of.
            let is_local = remote.transport == Transport::Unsupported
                && referrer.directory.join(reference).is_file();
            if !is_local {
                return self.remote(remote, referrer);
            }
        }
        match self
            .place
            .repository
            .resolve(referrer.directory, reference, referrer.named)?
        {
            Some(directory) if directory.is_dir() => self.waiting.push(Visit {
                directory,
                content,
                depth: depth + 1,
            }),
            Some(file) if content == Content::Plugins => self.plugin_file(&file)?,
            Some(_) | None => {}
        }
        Ok(())
    }

    /// A generator, transformer or validator: settings in the text itself, or
    /// the name of a file or directory with them.
    fn plugin(
        &mut self,
        entry: &str,
        referrer: &Referrer<'_>,
        depth: usize,
    ) -> Result<(), InputError> {
        if !entry.contains('\n') && !entry.contains('{') {
            return self.base(entry, referrer, Content::Plugins, depth);
        }
        let inline = documents(entry.as_bytes()).map_err(|reason| InputError::Malformed {
            path: PathBuf::from(referrer.named.trim_matches('`')),
            reason: format!("settings of a plugin in it: {reason}"),
        })?;
        inline
            .iter()
            .try_for_each(|settings| self.plugin_settings(settings, referrer))
    }

    /// A file with settings of plugins.
    fn plugin_file(&mut self, path: &Path) -> Result<(), InputError> {
        let named = format!("`{}`", self.place.repository.shown(path).display());
        let referrer = Referrer {
            named: &named,
            directory: path.parent().unwrap_or(path),
        };
        self.read(path)?
            .iter()
            .try_for_each(|settings| self.plugin_settings(settings, &referrer))
    }

    /// Settings of one plugin. Only kustomize's own run: all others need a
    /// program or a container, which kustomize refuses without a flag.
    fn plugin_settings(
        &mut self,
        settings: &Value,
        referrer: &Referrer<'_>,
    ) -> Result<(), InputError> {
        if text(settings, "kind") == "HelmChartInflationGenerator" {
            return Err(charts_refused(referrer.named));
        }
        self.file_fields(settings, referrer)
    }

    /// All fields that name files, at any depth.
    fn file_fields(&mut self, value: &Value, referrer: &Referrer<'_>) -> Result<(), InputError> {
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            if let Some(object) = value.as_object() {
                for (key, inner) in object {
                    if FILE_FIELDS.contains(&folded(key).as_str()) {
                        texts(inner).try_for_each(|reference| self.file(reference, referrer))?;
                    }
                    waiting.push(inner);
                }
            }
            waiting.extend(value.as_array().into_iter().flatten());
        }
        Ok(())
    }

    /// A reference to a file: `path`, or `key=path` for a generator. A patch
    /// may also stand here itself.
    fn file(&mut self, reference: &str, referrer: &Referrer<'_>) -> Result<(), InputError> {
        if reference.contains('\n') {
            return Ok(());
        }
        let path = reference.split_once('=').map(|(_, path)| path);
        for candidate in [Some(reference), path].into_iter().flatten() {
            if let Some(remote) = Remote::file(candidate) {
                self.remote(remote, referrer)?;
            }
            self.place
                .repository
                .resolve(referrer.directory, candidate, referrer.named)?;
        }
        Ok(())
    }

    /// Something on another host.
    fn remote(&mut self, remote: Remote, referrer: &Referrer<'_>) -> Result<(), InputError> {
        if !remote.is_allowed(self.allow_hosts) {
            return Err(InputError::Remote {
                named_by: referrer.named.to_owned(),
                remedy: match remote.transport {
                    Transport::Http | Transport::Git => {
                        "copy it into the repository, or have the operator add the host"
                    }
                    Transport::Unsupported => {
                        "copy it into the repository; over ssh and from local paths nothing is fetched"
                    }
                },
                url: remote.url,
                host: remote.host,
            });
        }
        if remote.transport == Transport::Git {
            self.needs = Needs::Git;
        }
        Ok(())
    }
}

/// The texts of a value: itself, or those of its list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().into_iter().flatten();
    value
        .as_str()
        .into_iter()
        .chain(list.filter_map(Value::as_str))
}

/// Refuses charts inside of a kustomization.
fn refuse_charts(document: &Value, named: &str) -> Result<(), InputError> {
    let has_charts = ["helmcharts", "helmchartinflationgenerator"]
        .iter()
        .flat_map(|field| fields(document, field))
        .any(|charts| charts.as_array().is_some_and(|charts| !charts.is_empty()));
    if has_charts {
        return Err(charts_refused(named));
    }
    Ok(())
}

/// Charts need Helm inside of kustomize, and mostly the network.
fn charts_refused(named: &str) -> InputError {
    InputError::Refused {
        what: format!(
            "{named} inflates a Helm chart, which kustomize does only with `--enable-helm`"
        ),
        remedy: "render the chart on its own, or commit what it renders".to_owned(),
    }
}
