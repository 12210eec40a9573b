//! The config that is to be pushed: from a file, from fragments, or of directories;
//! merged into the current one, or whole.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use super::Run;
use crate::command::collect::Collection;
use crate::command::merge;
use crate::command::options;
use crate::exporter::{self, Fragment, Mapping, foreign_blocks, merge_blocks, merge_mapping};

/// What is wanted, before it meets the current config.
pub(super) enum Wanted {
    /// A mapping that this program writes.
    Ours(Mapping),
    /// A config in a file.
    File {
        /// As it was named.
        name: String,
        /// As it stands there.
        value: Value,
    },
}

impl Wanted {
    /// Reads what the command line names.
    pub(super) fn read(run: &Run<'_>, collection: &Collection) -> anyhow::Result<Self> {
        let settings = run.settings;
        if let Some(path) = &run.arguments.mapping {
            let name = path.display().to_string();
            let text = crate::input::read_file(path, settings.input_limit)?;
            let value = merge::config(&text).with_context(|| format!("in `{name}`"))?;
            return Ok(Self::File { name, value });
        }
        let fragment = match run.arguments.fragments.as_slice() {
            [] => collection.fragment.clone(),
            files => merged(run, files)?,
        };
        let style = options::style(settings);
        Ok(Self::Ours(exporter::mapping(style, &fragment)))
    }

    /// The config to push. What of a file a merge leaves out is said.
    pub(super) fn config(&self, run: &Run<'_>, current: Option<&Value>) -> anyhow::Result<Value> {
        let base = || current.cloned().unwrap_or_else(|| serde_json::json!({}));
        let advice = "the current config can't be merged into; mend it, or push a whole one with `--replace`";
        match (self, run.arguments.replace) {
            (Self::Ours(mapping), true) => Ok(mapping.to_json()),
            (Self::File { value, .. }, true) => Ok(value.clone()),
            (Self::Ours(mapping), false) => merge_mapping(base(), mapping).context(advice),
            (Self::File { name, value }, false) => {
                let blocks = ours_alone(run, name, value)?;
                merge_blocks(base(), blocks, run.settings.dialect).context(advice)
            }
        }
    }
}

/// The blocks of a file that is to be merged.
fn ours_alone(run: &Run<'_>, name: &str, config: &Value) -> anyhow::Result<Vec<Value>> {
    let foreign = foreign_blocks(config);
    if let Some(first) = foreign.first() {
        bail!(
            "`{name}` holds {} without this program's marker, the first at .resources[{first}]; a \
             merge replaces marked blocks alone: push the file as the whole config with `--replace`",
            match foreign.len() {
                1 => "1 block".to_owned(),
                count => format!("{count} blocks"),
            }
        );
    }
    let blocks = config["resources"].as_array().cloned();
    let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) else {
        bail!("`{name}` has no `resources` to merge");
    };
    let keys = config
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys());
    for key in keys.filter(|key| *key != "resources") {
        run.note(&format!(
            "`{key}` of `{name}` is left out: a merge replaces blocks alone"
        ));
    }
    Ok(blocks)
}

fn merged(run: &Run<'_>, files: &[impl AsRef<Path>]) -> anyhow::Result<Fragment> {
    let mut merged = Fragment::empty(run.settings.dialect);
    let mut findings = Vec::new();
    for path in files.iter().map(AsRef::as_ref) {
        let found = merge::fragments_of(path, run.settings.input_limit, &mut findings)?;
        for fragment in found {
            merged = merged
                .merge(fragment)
                .with_context(|| format!("in `{}`", path.display()))?;
        }
    }
    run.console().report(&findings, None);
    Ok(merged)
}
