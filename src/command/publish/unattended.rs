//! The push of a controller: the same protocol, with nobody to ask.
//!
//! Not for when to push (`controller::keeper`). Invariant: what a person would have to
//! approve is held, unless that very set was approved.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;

use super::backups::Backups;
use super::live::Live;
use super::push::{End, planned};
use super::{Caller, Run};
use crate::cli::{Cli, PublishArgs};
use crate::command::collect::Collection;
use crate::command::connection;
use crate::config::{Environment, Settings};
use crate::controller::keeper::Answer;
use crate::exporter::{Mapping, merge_mapping};
use crate::publish::{Plan, Verdict, Weight};

/// How many backups of one integration are kept: a controller makes one at each push,
/// and nobody tidies up behind it.
const BACKUPS: usize = 100;

/// What a controller pushes with.
#[derive(Clone, Debug)]
pub(in crate::command) struct Unattended {
    /// As the controller was started.
    pub(in crate::command) cli: Cli,
    /// Where the client's secret is.
    pub(in crate::command) environment: Environment,
    /// To whom, and how much may go.
    pub(in crate::command) settings: Settings,
    /// Which cluster.
    pub(in crate::command) context: Option<String>,
    /// Where backups go.
    pub(in crate::command) backup: Option<PathBuf>,
    /// Variables that the exporter's jq may read.
    pub(in crate::command) variables: Vec<String>,
}

impl Unattended {
    /// Plans the push of a mapping, and goes as far as its config is live, if it is to
    /// go and may. Blocks: it is for a thread of its own.
    ///
    /// # Errors
    /// What could not be read or written.
    pub(in crate::command) fn attempt(
        &self,
        mapping: &Mapping,
        approved: Option<&str>,
        goes: bool,
    ) -> anyhow::Result<Answer> {
        let Self {
            cli,
            environment,
            settings,
            context,
            backup,
            variables,
        } = self;
        let arguments = PublishArgs {
            yes: true,
            no_wait: true,
            dry_run: !goes,
            approve: approved.map(str::to_owned),
            reads_cluster: true,
            context: context.clone(),
            env: variables.clone(),
            ..PublishArgs::default()
        };
        let integration = settings.integration.as_deref();
        let integration = integration.context("`integration` is not set")?;
        let client = connection::client(settings, environment)?;
        let backups = Backups::in_directory(backup.as_deref(), &connection::address(settings)?);
        let live = Live::new(client, integration)?;
        let run = Run {
            cli,
            environment,
            arguments: &arguments,
            settings,
            live: &live,
            backups: &backups,
            deadline: Instant::now() + settings.timeout,
            caller: Caller::Controller,
        };
        let nothing = Collection::empty(settings);
        let (push, _) = planned(&run, &nothing, |current| {
            let base = current.cloned().unwrap_or_else(|| json!({}));
            merge_mapping(base, mapping).context("the current config can't be merged into")
        })?;
        match push.verdict() {
            Verdict::Nothing => return Ok(Answer::Unneeded),
            Verdict::Held => return Ok(held(&push.plan)),
            Verdict::Refused => return Ok(refused(&push.plan)),
            Verdict::Free | Verdict::Approved if !goes => return Ok(Answer::Free),
            Verdict::Free | Verdict::Approved => {}
        }
        match push.go()? {
            End::Unneeded => Ok(Answer::Unneeded),
            End::Stopped(_) => anyhow::bail!("the push stopped before it wrote anything"),
            End::Pushed(kept) => {
                push.confirm(*kept)?;
                backups.tidy(integration, BACKUPS);
                Ok(Answer::Pushed {
                    deletions: push.plan.deleted.len(),
                })
            }
        }
    }
}

/// How many entities of a held push the log names.
const NAMED: usize = 100;

fn held(plan: &Plan) -> Answer {
    for deletion in plan.deleted.iter().take(NAMED) {
        tracing::info!("may go: {}", deletion.identity);
    }
    let approvable = plan.hazards.iter();
    let approvable = approvable.filter(|it| it.weight == Weight::Approvable);
    Answer::Held {
        deletions: plan.deleted.len(),
        hazards: approvable.map(|it| it.name).collect(),
        digest: plan.approval.to_string(),
    }
}

fn refused(plan: &Plan) -> Answer {
    let never = plan.hazards.iter().filter(|it| it.weight == Weight::Never);
    for hazard in never.clone() {
        tracing::warn!("{}: {}", hazard.name, hazard.message);
    }
    Answer::Refused {
        hazards: never.map(|it| it.name).collect(),
    }
}
