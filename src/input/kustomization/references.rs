//! What the entries of a kustomization lead to: files, directories, other
//! hosts, and settings of plugins.
//!
//! Not for the order in which directories are looked at (`mod.rs`). Invariant:
//! every entry is either followed or refused.

use std::path::{Path, PathBuf};

use super::{Content, Inspection, Needs, Visit};
use crate::input::InputError;
use crate::input::loose_yaml::{Node, documents, folded};
use crate::input::remote::{Remote, Transport};

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

/// How files end that patches and generators take.
const ENDS: [&str; 7] = ["yaml", "yml", "json", "env", "properties", "conf", "txt"];

/// A file, and where what it names is looked for.
pub(super) struct Referrer<'v> {
    /// The file in words, for messages.
    pub(super) named: &'v str,
    /// Its directory.
    pub(super) directory: &'v Path,
}

impl Inspection<'_> {
    /// A resource, a base or a component: a file, a directory, or remote.
    pub(super) fn base(
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
            Some(file) if file.is_file() => {
                let shown = self.shown(&file);
                match content {
                    Content::Resources => drop(self.reached.manifests.insert(shown)),
                    Content::Plugins => {
                        self.reached.others.insert(shown);
                        self.plugin_file(&file)?;
                    }
                }
            }
            Some(_) | None => self.lacks(reference.as_ref(), referrer),
        }
        Ok(())
    }

    /// A generator, transformer or validator: settings in the text itself, or
    /// the name of a file or directory with them.
    pub(super) fn plugin(
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
        settings: &Node,
        referrer: &Referrer<'_>,
    ) -> Result<(), InputError> {
        let mut kinds = settings.fields("kind").filter_map(Node::as_text);
        if kinds.any(|kind| kind == "HelmChartInflationGenerator") {
            self.chart(referrer)?;
        }
        self.file_fields(settings, referrer)
    }

    /// All fields that name files, at any depth.
    pub(super) fn file_fields(
        &mut self,
        value: &Node,
        referrer: &Referrer<'_>,
    ) -> Result<(), InputError> {
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            for (key, inner) in value.entries() {
                if FILE_FIELDS.contains(&folded(key).as_str()) {
                    inner
                        .texts()
                        .try_for_each(|reference| self.file(reference, referrer))?;
                }
                waiting.push(inner);
            }
            waiting.extend(value.elements());
        }
        Ok(())
    }

    /// A reference to a file: `path`, or `key=path` for a generator. A patch
    /// may also stand here itself, or, in settings of plugins, the path of a
    /// field, `/metadata/name`: an absolute path to nothing can't be read.
    fn file(&mut self, reference: &str, referrer: &Referrer<'_>) -> Result<(), InputError> {
        if reference.contains('\n') {
            return Ok(());
        }
        let path = reference.split_once('=').map(|(_, path)| path);
        let mut is_there = false;
        for candidate in [Some(reference), path].into_iter().flatten() {
            if let Some(remote) = Remote::file(candidate) {
                self.remote(remote, referrer)?;
                is_there = true;
            }
            let path = Path::new(candidate);
            if path.is_relative() || path.exists() {
                let found =
                    self.place
                        .repository
                        .resolve(referrer.directory, candidate, referrer.named)?;
                is_there |= found.is_some();
                if let Some(file) = found.filter(|file| file.is_file()) {
                    let shown = self.shown(&file);
                    self.reached.others.insert(shown);
                }
            }
        }
        // The path of a field has no such end.
        let path = Path::new(path.unwrap_or(reference));
        let is_named = path
            .extension()
            .is_some_and(|end| ENDS.iter().any(|it| end == *it));
        if is_named && path.is_relative() && !is_there {
            self.lacks(path, referrer);
        }
        Ok(())
    }

    /// Something on another host.
    fn remote(&mut self, remote: Remote, referrer: &Referrer<'_>) -> Result<(), InputError> {
        if !remote.is_allowed(self.allow_hosts) {
            let in_words = format!("{} needs `{}`", referrer.named, remote.url);
            let refusal = InputError::Remote {
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
            };
            return self.beyond(in_words, refusal);
        }
        if remote.transport == Transport::Git {
            self.needs = Needs::Git;
        }
        Ok(())
    }

    /// Refuses charts inside of a kustomization.
    pub(super) fn refuse_charts(
        &mut self,
        document: &Node,
        referrer: &Referrer<'_>,
    ) -> Result<(), InputError> {
        let has_charts = ["helmcharts", "helmchartinflationgenerator"]
            .iter()
            .flat_map(|field| document.fields(field))
            .any(|charts| !charts.elements().is_empty());
        match has_charts {
            true => self.chart(referrer),
            false => Ok(()),
        }
    }

    /// Charts need Helm inside of kustomize, and mostly the network.
    fn chart(&mut self, referrer: &Referrer<'_>) -> Result<(), InputError> {
        let named = referrer.named;
        let refusal = InputError::Refused {
            what: format!(
                "{named} inflates a Helm chart, which kustomize does only with `--enable-helm`"
            ),
            remedy: "render the chart on its own, or commit what it renders".to_owned(),
        };
        self.beyond(format!("{named} inflates a Helm chart"), refusal)
    }
}
