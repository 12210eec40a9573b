//! `mapping merge`: the explicit mapping of several applications together.
//!
//! Only the names of fragments are read. Whatever else a ConfigMap holds is
//! ignored and said: whoever writes the exporter's jq can read every Secret.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use super::{Exit, console, options, print, settings, shown};
use crate::cli::{Cli, MergeArgs};
use crate::config::Environment;
use crate::exporter::{self, Fragment};
use crate::finding::{Finding, Severity};
use crate::manifest::{Object, Parsed, objects_of, split};
use crate::output::Format;
use crate::render::FRAGMENT_LABEL;

const FRAGMENT: &str = "fragment.json";
/// What a fragment's ConfigMap holds besides, for people.
const KNOWN: [&str; 2] = ["mapping.yaml", "findings.json"];

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    arguments: &MergeArgs,
) -> anyhow::Result<Exit> {
    let settings = settings(cli, environment, None)?;
    if let Some(exit) = shown(&cli.global, &settings)? {
        return Ok(exit);
    }
    let mut merged = Fragment::empty(settings.dialect);
    let mut findings = Vec::new();
    for path in &arguments.files {
        for fragment in fragments_of(path, settings.input_limit, &mut findings)? {
            merged = merged
                .merge(fragment)
                .with_context(|| format!("in `{}`", path.display()))?;
        }
    }
    console(cli, Format::Text).report(&findings, None);
    let ours = exporter::mapping(options::style(&settings), &merged);
    let text = match &arguments.into {
        None => super::mapping::text(&ours, &settings),
        Some(path) => {
            let text = crate::input::read_file(path, settings.input_limit)?;
            let existing = config(&text).with_context(|| format!("in `{}`", path.display()))?;
            exporter::config_yaml(&exporter::merge_mapping(existing, &ours)?)
        }
    };
    print(text.as_bytes())
}

/// The fragments of a file, of which there must be one.
pub(super) fn fragments_of(
    path: &Path,
    limit: u64,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<Vec<Fragment>> {
    let text = crate::input::read_file(path, limit)?;
    let fragments =
        fragments(&text, findings).with_context(|| format!("in `{}`", path.display()))?;
    if fragments.is_empty() {
        bail!(
            "no fragment in `{}`; give it a rendered stream, or the `{FRAGMENT}` of one",
            path.display()
        );
    }
    Ok(fragments)
}

/// The fragments of a file: a `fragment.json`, or the labelled ConfigMaps of a
/// stream.
fn fragments(text: &[u8], findings: &mut Vec<Finding>) -> anyhow::Result<Vec<Fragment>> {
    let documents = split(text).map_err(|error| anyhow::anyhow!(error.message))?;
    let mut fragments = Vec::new();
    for document in documents {
        let bytes = &text[document.range.clone()];
        let Ok(parsed) = Parsed::read(bytes, document.notation) else {
            continue;
        };
        for object in objects_of(&parsed) {
            if object.kind().is_empty() && object.value.get("version").is_some() {
                fragments.push(Fragment::parse(std::str::from_utf8(bytes)?)?);
            } else if object.kind() == "ConfigMap" && object.label(FRAGMENT_LABEL) == Some("true") {
                fragments.push(of_map(&object, findings)?);
            }
        }
    }
    Ok(fragments)
}

fn of_map(map: &Object<'_>, findings: &mut Vec<Finding>) -> anyhow::Result<Fragment> {
    let data = map.value.get("data").and_then(Value::as_object);
    let others = data.into_iter().flat_map(|data| data.keys());
    for key in others.filter(|key| *key != FRAGMENT && !KNOWN.contains(&key.as_str())) {
        let message = format!("`{key}` is ignored: of a fragment only `{FRAGMENT}` is read");
        findings.push(
            Finding::new("fragment-data-ignored", Severity::Warning, message).on(map.reference()),
        );
    }
    let text = map
        .text(&["data", FRAGMENT])
        .with_context(|| format!("{} has no `{FRAGMENT}`", map.reference()))?;
    Ok(Fragment::parse(text.trim_end())?)
}

/// Every document of a text that can be read as one.
#[cfg(feature = "catalog")]
pub(super) fn documents(text: &[u8]) -> anyhow::Result<Vec<Value>> {
    let documents = split(text).map_err(|error| anyhow::anyhow!(error.message))?;
    let parsed = documents.into_iter().filter_map(|document| {
        let parsed = Parsed::read(&text[document.range.clone()], document.notation).ok()?;
        Some(parsed.value().clone())
    });
    Ok(parsed.collect())
}

/// The exporter's config in a file.
pub(super) fn config(text: &[u8]) -> anyhow::Result<Value> {
    of_config(text, |config, _| config.value().clone())
}

/// Something of the one document that a config is, and where the document begins.
pub(super) fn of_config<T>(
    text: &[u8],
    read: impl Fn(&Parsed<'_>, usize) -> T,
) -> anyhow::Result<T> {
    let documents = split(text).map_err(|error| anyhow::anyhow!(error.message))?;
    let [document] = documents.as_slice() else {
        bail!("{} documents; a config is one", documents.len());
    };
    let parsed = Parsed::read(&text[document.range.clone()], document.notation)
        .map_err(|error| anyhow::anyhow!("{}", error.message))?;
    Ok(read(&parsed, document.range.start))
}
