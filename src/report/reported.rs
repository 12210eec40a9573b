//! What the catalog holds of a target: the memory of whoever reports.

use serde_json::Value;

use super::Timestamp;
use crate::catalog::Record;

/// What was reported of a target before.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reported {
    /// The target.
    pub target: Option<Record>,
    /// Its runs, in any order.
    pub runs: Vec<Record>,
}

impl Reported {
    /// The run of an identifier.
    pub(super) fn run(&self, identifier: &str) -> Option<&Record> {
        let mut runs = self.runs.iter();
        runs.find(|run| run.identity.identifier == identifier)
    }

    /// The newest run.
    pub(super) fn last(&self) -> Option<&Record> {
        self.runs.iter().max_by_key(|run| order(run))
    }

    /// How many runs were counted that nobody reported.
    #[cfg_attr(
        not(feature = "controller"),
        expect(dead_code, reason = "a controller asks")
    )]
    pub(crate) fn unseen_runs(&self) -> Option<u64> {
        self.number("unseenRuns")
    }

    /// A number of the target's.
    pub(super) fn number(&self, property: &str) -> Option<u64> {
        whole(self.target.as_ref()?.properties.get(property)?)
    }
}

/// A time of a run.
pub(super) fn time(run: &Record, property: &str) -> Option<Timestamp> {
    Timestamp::parse(run.properties.get(property)?.as_str()?)
}

/// A text of a run.
pub(super) fn text<'r>(run: &'r Record, property: &str) -> Option<&'r str> {
    run.properties.get(property)?.as_str()
}

/// A number of a run.
pub(super) fn number(run: &Record, property: &str) -> Option<u64> {
    whole(run.properties.get(property)?)
}

/// A number that may have come back as `3.0`.
fn whole(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| *number >= 0.0)?;
    Some(number as u64)
}

/// The order of runs: when they began, or were seen to end.
pub(super) fn order(run: &Record) -> (Option<Timestamp>, Option<u64>, &str) {
    let began = time(run, "startedAt").or(time(run, "finishedAt"));
    (began, number(run, "number"), &run.identity.identifier)
}
