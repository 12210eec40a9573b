//! `crds`: Glint's CRDs, to be applied once; with `--diff`, how those of a
//! cluster differ from them.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use super::render::format;
use super::{Exit, print};
use crate::catalog::{Dialect, EntityKind};
use crate::cli::{CrdFormat, CrdKind, CrdsArgs};
use crate::config::Settings;
use crate::input;
use crate::manifest::{Parsed, objects_of, split};
use crate::output::{self, Format};
use crate::render::{CrdDiff, Verdict, crd_diff, crd_json, crd_yaml};

const KIND: &str = "CustomResourceDefinition";
const API_VERSION: &str = "apiextensions.k8s.io/v1";

pub(super) fn run(settings: &Settings, arguments: &CrdsArgs) -> anyhow::Result<Exit> {
    let kinds = match arguments.kind {
        Some(CrdKind::Entity) => vec![EntityKind::Entity],
        Some(CrdKind::ClusterEntity) => vec![EntityKind::ClusterEntity],
        None => EntityKind::ALL.to_vec(),
    };
    match &arguments.diff {
        Some(file) => diff(settings, arguments, file, &kinds),
        None => print(text(settings.dialect, arguments.format, &kinds).as_bytes()),
    }
}

fn text(dialect: Dialect, format: Option<CrdFormat>, kinds: &[EntityKind]) -> String {
    match format {
        Some(CrdFormat::Json) => kinds
            .iter()
            .map(|kind| format!("{}\n", crd_json(dialect, *kind)))
            .collect(),
        Some(CrdFormat::Yaml) | None => {
            let crds: Vec<&str> = kinds.iter().map(|kind| crd_yaml(dialect, *kind)).collect();
            crds.join("---\n")
        }
    }
}

fn diff(
    settings: &Settings,
    arguments: &CrdsArgs,
    file: &Path,
    kinds: &[EntityKind],
) -> anyhow::Result<Exit> {
    let format = match arguments.format {
        Some(CrdFormat::Yaml) => bail!("`--diff` writes text or `--format json`, not yaml"),
        Some(CrdFormat::Json) => Format::Json,
        None => format(settings),
    };
    let (name, text) = if file == Path::new("-") {
        let stream = input::read_stream(rustix::stdio::stdin(), settings.input_limit)?;
        (stream.name, stream.text)
    } else {
        let text = input::read_file(file, settings.input_limit)?;
        (format!("`{}`", file.display()), text)
    };
    let crds = crds(&text).with_context(|| format!("in {name}"))?;
    let diffs = diffs(&crds, settings.dialect, kinds).with_context(|| format!("in {name}"))?;
    let apply = apply(settings.dialect, arguments.kind);
    let text = match format {
        Format::Text => output::crd_diffs(&diffs, &apply),
        Format::Json => output::crd_diffs_json(&diffs, &apply),
    };
    print(text.as_bytes())?;
    let same = diffs.iter().all(|diff| diff.verdict() == Verdict::Same);
    Ok(if same { Exit::Done } else { Exit::Findings })
}

/// Every CRD of a stream, lists flattened as kubectl prints them.
fn crds(text: &[u8]) -> anyhow::Result<Vec<Value>> {
    let documents = split(text).map_err(|error| anyhow::anyhow!(error.message))?;
    let mut crds = Vec::new();
    for document in documents {
        let parsed = Parsed::read(&text[document.range], document.notation)
            .map_err(|error| anyhow::anyhow!(error.message))?;
        let objects = objects_of(&parsed);
        let found = objects.iter().filter(|object| object.kind() == KIND);
        crds.extend(found.map(|object| object.value.clone()));
    }
    Ok(crds)
}

fn diffs(crds: &[Value], dialect: Dialect, kinds: &[EntityKind]) -> anyhow::Result<Vec<CrdDiff>> {
    let mut diffs = Vec::new();
    let mut any = false;
    for kind in kinds {
        let name = dialect.crd_name(*kind);
        let found: Vec<&Value> = crds.iter().filter(|crd| is_named(crd, &name)).collect();
        if found.len() > 1 {
            bail!(
                "`{name}` is there {} times; give it one cluster's",
                found.len()
            );
        }
        if let Some(crd) = found.first() {
            let version = crd.get("apiVersion").and_then(Value::as_str);
            if version != Some(API_VERSION) {
                bail!("`{name}` is not of `{API_VERSION}`, the one that can be compared");
            }
        }
        any |= !found.is_empty();
        diffs.push(crd_diff(found.first().copied(), dialect, *kind));
    }
    if any {
        return Ok(diffs);
    }
    let names = |dialect: Dialect| -> Vec<String> {
        kinds.iter().map(|kind| dialect.crd_name(*kind)).collect()
    };
    let other = Dialect::ALL.into_iter().find(|other| {
        let is_there = |name: &String| crds.iter().any(|crd| is_named(crd, name));
        names(*other).iter().any(is_there)
    });
    if let Some(other) = other {
        bail!("only CRDs of the other dialect; add `--dialect {other}`");
    }
    bail!(
        "no CRD of Glint's; ask for them with `kubectl get crd {} -o yaml`, and where kubectl finds \
         none, apply them with `{}`",
        names(dialect).join(" "),
        apply(dialect, None)
    )
}

fn is_named(crd: &Value, name: &str) -> bool {
    crd.pointer("/metadata/name").and_then(Value::as_str) == Some(name)
}

/// The command that applies our CRDs. Where Argo CD or Flux applied them first,
/// the API server asks who is to own them from now on.
fn apply(dialect: Dialect, kind: Option<CrdKind>) -> String {
    let dialect = match dialect {
        Dialect::Glint => "",
        Dialect::Port => " --dialect port",
    };
    let kind = match kind {
        None => "",
        Some(CrdKind::Entity) => " --kind entity",
        Some(CrdKind::ClusterEntity) => " --kind clusterentity",
    };
    format!("glint-gitops crds{dialect}{kind} | kubectl apply --server-side --force-conflicts -f -")
}
