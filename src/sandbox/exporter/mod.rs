//! The exporter's part, played: the requests that the exporter would send, for what
//! happens in a cluster and in the catalog.
//!
//! After port-k8s-exporter v0.7.9, and held against traces of it (`tests`): the same
//! requests in the same order for the same happenings, its hazards included. What it
//! does in no order (kinds, blueprints of a batch) is done in one. Its mapping code is
//! the twin that `preview` uses (`crate::exporter`).
//!
//! Pure: what carries the requests, the time, and who evaluates jq are given. Not here:
//! what makes things happen (`command`), and what a request does (`store`).

mod batch;
mod client;
mod cluster;
mod controller;
mod evaluate;
mod examples;
mod handler;
mod integration;
mod live;
mod process;
mod said;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::catalog::Dialect;
use crate::exporter::{Kind, Kinds};

pub(crate) use client::Transport;
pub(crate) use cluster::{Change, Cluster, Key};
pub(crate) use evaluate::{Evaluate, Here};
pub(crate) use said::{Said, Verdict};

use client::Wire;
use controller::{Context, Crash};
use process::Process;

/// What the exporter's entities have in their `$datasource`.
const DATASOURCE: &str = "port-k8s-exporter";
/// What those have that the API made because an entity of the exporter's relates to
/// them.
const DATASOURCE_AUTO: &str = "port-auto-k8s-exporter";
/// The query of each search.
const INCLUDE: &str = "exclude_calculated_properties=true&include=blueprint&include=identifier";

/// How the exporter is installed.
#[derive(Clone)]
pub(crate) struct Installation {
    /// Small letters: the id of its integration, and what its ownership hangs on.
    pub state_key: String,
    /// What it has a token for.
    pub client_id: String,
    /// The sandbox's own, which is no secret.
    pub client_secret: String,
    /// Under which key a mapping stands.
    pub dialect: Dialect,
    /// The version that it gives itself.
    pub version: String,
    /// The config of its own file, which the API gets where it has none.
    pub config_file: Value,
    /// `overwriteConfigurationOnRestart`.
    pub overwrites_on_restart: bool,
}

/// Something that happens to the exporter.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// Its process starts: anew, where it ran.
    Started,
    /// Its process starts and is told to end while it lists objects, once it has seen
    /// so many of each kind.
    #[cfg_attr(not(test), expect(dead_code, reason = "a hazard that only tests show"))]
    Interrupted {
        /// How many.
        listed: usize,
    },
    /// The time has come to ask for the integration.
    Polled,
    /// These things happened in the cluster, at once.
    Changed(Vec<Change>),
    /// The time of a batch has come.
    Waited,
    /// The API server stops answering.
    #[cfg_attr(not(test), expect(dead_code, reason = "a hazard that only tests show"))]
    ServerLost,
    /// The API server answers again.
    #[cfg_attr(not(test), expect(dead_code, reason = "a hazard that only tests show"))]
    ServerBack,
    /// The exporter may not list a kind.
    #[cfg_attr(not(test), expect(dead_code, reason = "a hazard that only tests show"))]
    Forbidden(Kind),
    /// Of a real cluster these kinds are known, and of no others a list comes.
    Listed(BTreeSet<Kind>),
    /// A real cluster's discovery says this.
    Served(Kinds),
}

/// When something happens.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// Since some beginning: what the life of a token is counted by.
    pub elapsed: Duration,
    /// RFC 3339, whole seconds: what the API server writes into an object.
    pub wall: String,
}

/// What the exporter is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It runs under the config that it has read last.
    Running,
    /// It runs, and does nothing until the integration changes: why.
    Idle(String),
    /// It waits for the list of this kind, and neither polls nor syncs meanwhile.
    Waiting(String),
    /// Its process ended: why.
    Crashed(String),
    /// It is not started, or was told to end.
    Off,
}

/// What the process does about a happening.
#[derive(Clone, Copy)]
enum Doing {
    /// It starts; told to end after so many objects, or not.
    Starting(Option<usize>),
    Polling,
    Observing,
    Waiting,
}

/// The exporter, its cluster, and what it has said.
pub(crate) struct Player {
    installation: Installation,
    evaluate: Box<dyn Evaluate>,
    cluster: Cluster,
    process: Option<Process>,
    state: State,
    said: Said,
}

impl Player {
    /// Not started yet, with an empty cluster.
    pub(crate) fn new(installation: Installation, evaluate: Box<dyn Evaluate>) -> Self {
        Self {
            installation,
            evaluate,
            cluster: Cluster::default(),
            process: None,
            state: State::Off,
            said: Said::default(),
        }
    }

    /// Does what the exporter does then.
    pub(crate) fn handle(
        &mut self,
        happening: Happening,
        moment: &Moment,
        transport: &mut dyn Transport,
    ) {
        let doing = match happening {
            Happening::Started => self.start(None),
            Happening::Interrupted { listed } => self.start(Some(listed)),
            Happening::Polled => Doing::Polling,
            Happening::Waited => Doing::Waiting,
            Happening::Changed(changes) => {
                for change in changes {
                    self.cluster.change(change, &moment.wall);
                }
                Doing::Observing
            }
            Happening::ServerLost => {
                self.cluster.is_down = true;
                Doing::Observing
            }
            Happening::ServerBack => {
                self.cluster.is_down = false;
                Doing::Observing
            }
            Happening::Forbidden(kind) => {
                self.cluster.forbidden.insert(kind);
                Doing::Observing
            }
            Happening::Listed(kinds) => {
                self.cluster.listed = Some(kinds);
                Doing::Observing
            }
            Happening::Served(kinds) => {
                self.cluster.served = Some(kinds);
                Doing::Observing
            }
        };
        self.go_on(doing, moment, transport);
    }

    fn start(&mut self, listed: Option<usize>) -> Doing {
        self.process = Some(Process::default());
        Doing::Starting(listed)
    }

    fn go_on(&mut self, doing: Doing, moment: &Moment, transport: &mut dyn Transport) {
        let Some(process) = &mut self.process else {
            return;
        };
        let mut wire = Wire {
            transport,
            installation: &self.installation,
            now: moment.elapsed,
        };
        let mut context = Context {
            cluster: &self.cluster,
            wire: &mut wire,
            evaluate: self.evaluate.as_ref(),
            said: &mut self.said,
        };
        let done = match doing {
            Doing::Starting(listed) => process.start(listed, &mut context),
            Doing::Polling => process.poll(&mut context),
            Doing::Observing => process.observe(&mut context),
            Doing::Waiting => process.wait(&mut context),
        };
        self.state = match (done, doing) {
            (Err(Crash(why)), _) => {
                self.said.note(format!("the exporter crashed: {why}"));
                self.process = None;
                State::Crashed(why)
            }
            (Ok(()), Doing::Starting(Some(_))) => {
                self.process = None;
                State::Off
            }
            (Ok(()), _) => process.state(),
        };
    }

    /// What it is doing.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Whether a batch waits for its time.
    pub(crate) fn has_pending(&self) -> bool {
        self.process.as_ref().is_some_and(Process::has_pending)
    }

    /// What it has said of entities and objects.
    pub(crate) fn said(&self) -> &Said {
        &self.said
    }

    /// The lines that it has said since they were taken last.
    pub(crate) fn take_notes(&mut self) -> Vec<String> {
        self.said.take_notes()
    }
}
