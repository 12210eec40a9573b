//! The closed loop's options, and jq of others for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use serde_json::Value;

use super::Started;
use crate::catalog::Dialect;
use crate::cli::{ControllerReportArgs, DeliveryArgs};
use crate::command::evaluate::Foreign;
use crate::command::preview::variables;
use crate::controller::delivery::{Evaluate, Options};
use crate::exporter::Preview;
use crate::report::Relate;
use crate::report::delivery::Gate;
use crate::report::duration;

/// How long jq of others may take for one round of objects.
const TIME: Duration = Duration::from_secs(30);

/// Evaluates a mapping of others in a child process.
#[derive(Debug)]
struct OthersMapping {
    dialect: Dialect,
    /// The exporter's environment.
    variables: BTreeMap<String, String>,
}

impl Evaluate for OthersMapping {
    fn evaluate(&self, config: &Value, objects: &[Value]) -> Result<Preview, String> {
        let foreign = Foreign {
            config,
            dialect: self.dialect,
            variables: &self.variables,
            objects: objects.iter().collect(),
            deadline: Instant::now() + TIME,
        };
        foreign.preview().map_err(|error| format!("{error:#}"))
    }
}

/// How the loop is closed, as it was typed and set.
pub(super) fn options(
    started: &Started<'_>,
    arguments: &ControllerReportArgs,
    relations: Vec<Relate>,
) -> anyhow::Result<(Options, Arc<dyn Evaluate>)> {
    let DeliveryArgs {
        sweep,
        gate,
        gate_timeout,
        resync_vanished,
    } = &arguments.delivery;
    let settings = &started.settings;
    let longest = typed("gate-timeout", gate_timeout)?;
    let options = Options {
        dialect: settings.dialect,
        integration: settings.integration.clone(),
        sweep: typed("sweep", sweep)?,
        gate: Gate {
            is_on: *gate,
            longest: u64::try_from(longest.as_millis()).unwrap_or(u64::MAX),
        },
        is_resyncing: *resync_vanished,
        relations,
    };
    let others = OthersMapping {
        dialect: settings.dialect,
        variables: variables::given(&arguments.keeper.env)?,
    };
    Ok((options, Arc::new(others)))
}

/// A duration that was typed.
fn typed(flag: &str, text: &str) -> anyhow::Result<Duration> {
    let seconds = duration(text).filter(|seconds| *seconds >= 0.001);
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.ok_or_else(|| anyhow!("`--{flag}` takes a duration such as 30s or 5m, not `{text}`"))
}
