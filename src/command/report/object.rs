//! The object of a host, from a file or stdin.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

use crate::cli::ReportArgs;
use crate::config::Settings;
use crate::input;
use crate::manifest::{Parsed, objects_of, split};
use crate::report::{self, ClusterName, Options, SyncResult};

/// More than Kubernetes stores of one object, and of the sources beside it.
const LIMIT: u64 = 16 << 20;

/// Reads a file and says what its object tells.
pub(super) fn read(
    file: &Path,
    arguments: &ReportArgs,
    settings: &Settings,
) -> anyhow::Result<SyncResult> {
    let cluster = arguments.cluster_name.as_deref().unwrap_or_default();
    let cluster =
        ClusterName::parse(cluster).map_err(|why| anyhow!("`--cluster-name`: the name {why}"))?;
    let limit = LIMIT.min(settings.input_limit);
    let (name, text) = match file == Path::new("-") {
        true => {
            let stream = input::read_stream(rustix::stdio::stdin(), limit)?;
            (stream.name, stream.text)
        }
        false => (file.display().to_string(), input::read_file(file, limit)?),
    };
    let within = || format!("in `{name}`");
    let objects = objects(&text).with_context(within)?;
    let (object, source) = told_apart(objects).with_context(within)?;
    let options = Options {
        cluster,
        dialect: settings.dialect,
        source,
    };
    report::sync_result(&object, &options).with_context(within)
}

/// Every object of a stream, lists flattened as kubectl prints them.
fn objects(text: &[u8]) -> anyhow::Result<Vec<Value>> {
    let documents = split(text).map_err(|error| anyhow!(error.message))?;
    let mut objects = Vec::new();
    for document in documents {
        let parsed = Parsed::read(&text[document.range.clone()], document.notation)
            .map_err(|error| anyhow!(error.message))?;
        let found = objects_of(&parsed);
        objects.extend(found.iter().map(|object| object.value.clone()));
    }
    Ok(objects)
}

/// The one object that tells of syncs, and the Flux source that it is made from,
/// where that stands beside it.
fn told_apart(objects: Vec<Value>) -> anyhow::Result<(Value, Option<Value>)> {
    let is_source = |object: &Value| {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        version.starts_with("source.toolkit.fluxcd.io/")
    };
    let (mut sources, mut objects): (Vec<Value>, Vec<Value>) =
        objects.into_iter().partition(is_source);
    match (objects.len(), sources.len()) {
        (1, 0 | 1) => Ok((objects.remove(0), sources.pop())),
        (0, _) => bail!("no object; give what `kubectl get -o json` prints of an application"),
        (1, count) => bail!("{count} Flux sources; give the one that the object is made from"),
        (count, _) => bail!("{count} objects; report one application at a time"),
    }
}
