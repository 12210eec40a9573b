//! `report`: an application's last sync, and what became of its entities, to the
//! catalog.
//!
//! Nothing is kept here: what was reported before is what the catalog holds.
//! Invariant: a second run on the same object writes nothing.

mod declared;
mod install;
mod object;
mod wait;
mod watched;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use serde_json::Value;

use super::render::format;
use super::{Exit, connection, console, options, print, settings, shown};
use crate::catalog::{BlueprintId, Delivery, MemberName};
use crate::catalog_api::Client;
use crate::cli::{Cli, ReportArgs};
use crate::config::{Environment, Settings};
use crate::output::{self, Format, ReportPage};
use crate::report::{self, Relate, Reported, Seen, SyncResult, Watch};
use crate::reporter;
use declared::Declared;
use watched::Watched;

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    arguments: &ReportArgs,
) -> anyhow::Result<Exit> {
    let settings = settings(cli, environment, None)?;
    if let Some(exit) = shown(&cli.global, &settings)? {
        return Ok(exit);
    }
    let relations = relations(&arguments.target.relate)?;
    let result = match &arguments.object {
        Some(file) => Some(object::read(file, arguments, &settings)?),
        None => None,
    };
    if let (true, Some(result)) = (arguments.dry_run, &result) {
        return dry_run(result);
    }
    let run = Run {
        cli,
        environment,
        arguments,
        client: connection::client(&settings, environment)?,
        deadline: options::deadline(&settings, Path::new(".")),
        settings,
        relations,
    };
    run.steps(result.as_ref())
}

/// What a run of the command was given.
struct Run<'a> {
    cli: &'a Cli,
    environment: &'a Environment,
    arguments: &'a ReportArgs,
    settings: Settings,
    client: Client,
    deadline: Instant,
    relations: Vec<Relate>,
}

/// What a run did.
#[derive(Default)]
struct Done {
    installed: Vec<install::Installed>,
    sent: usize,
    removed: usize,
    watched: Vec<Watched>,
    waited: Option<Duration>,
}

impl Run<'_> {
    fn steps(&self, result: Option<&SyncResult>) -> anyhow::Result<Exit> {
        let runtime = connection::runtime()?;
        let mut console = console(self.cli, Format::Text);
        let mut done = Done::default();
        if self.arguments.install {
            console.step("make the blueprints");
            done.installed = runtime.block_on(install::run(&self.client, &self.relations))?;
        }
        let mut reported = Reported::default();
        if let Some(result) = result {
            console.step("report to the catalog");
            reported = runtime.block_on(reporter::reported(&self.client, result))?;
            match self.arguments.deleted {
                true => {
                    done.removed = runtime.block_on(reporter::remove(&self.client, &reported))?;
                }
                false => {
                    let unseen = Seen::default();
                    let sending = self.send(result, &mut reported, &unseen);
                    done.add(runtime.block_on(sending)?);
                }
            }
        }
        if !self.arguments.entities.is_empty() {
            let mapping = runtime.block_on(declared::mapping(&self.client, &self.settings))?;
            let declared = declared::declared(self, mapping)?;
            let since = result.and_then(|result| result.runs.last()?.finished_at);
            let begun = Instant::now();
            done.watched = runtime.block_on(wait::watch(self, &declared, since, &mut console))?;
            done.waited = self.arguments.wait.then(|| begun.elapsed());
            if let Some(result) = result {
                let seen = self.seen(&declared, &done.watched);
                let sending = self.send(result, &mut reported, &seen);
                done.add(runtime.block_on(sending)?);
            }
        }
        // The last step's line goes before the result is there.
        drop(console);
        self.finish(result, &done)
    }

    /// Sends what the catalog does not hold, and removes what is too old.
    async fn send(
        &self,
        result: &SyncResult,
        reported: &mut Reported,
        seen: &Seen,
    ) -> anyhow::Result<reporter::Sent> {
        let keep = usize::from(self.arguments.target.keep_runs);
        Ok(reporter::send(&self.client, result, reported, seen, keep).await?)
    }

    /// What is reported of the entities, and which of them the target leads to.
    fn seen(&self, declared: &Declared, watched: &[Watched]) -> Seen {
        let mut counts: BTreeMap<Delivery, usize> = BTreeMap::new();
        for entity in watched.iter().filter(|entity| !entity.is_gone()) {
            *counts.entry(entity.delivery).or_default() += 1;
        }
        let rejected = watched.iter().filter_map(|entity| {
            let code = entity.rejection.as_ref()?.code.clone();
            Some((entity.identity.clone(), code))
        });
        let related = self.relations.iter().map(|relation| {
            let found = watched.iter().filter(|entity| {
                entity.is_there
                    && declared.has(&entity.identity)
                    && entity.identity.blueprint == relation.blueprint.as_str()
            });
            let identifiers = found.map(|entity| entity.identity.identifier.clone());
            (relation.name.to_string(), identifiers.collect())
        });
        Seen {
            deliveries: Some(counts),
            rejected: rejected.collect(),
            related: related.collect(),
        }
    }

    fn finish(&self, result: Option<&SyncResult>, done: &Done) -> anyhow::Result<Exit> {
        let statistics = self.client.statistics();
        tracing::debug!(?statistics, "requests to the catalog");
        let entities: Vec<_> = done.watched.iter().map(Watched::row).collect();
        let installed: Vec<String> = done.installed.iter().map(ToString::to_string).collect();
        let page = ReportPage {
            result,
            installed: &installed,
            sent: done.sent,
            removed: done.removed,
            is_deleted: self.arguments.deleted,
            entities: &entities,
            waited: done.waited,
        };
        let text = match format(&self.settings) {
            Format::Text => output::report_text(&page),
            Format::Json => output::report_json(&page),
        };
        print(text.as_bytes())?;
        let has_all = done.watched.iter().all(|entity| !entity.is_missing());
        Ok(if has_all { Exit::Done } else { Exit::Findings })
    }
}

impl Done {
    fn add(&mut self, sent: reporter::Sent) {
        self.sent += sent.upserts;
        self.removed += sent.removed;
    }
}

/// The relations that were asked for.
pub(super) fn relations(typed: &[String]) -> anyhow::Result<Vec<Relate>> {
    let relations = typed.iter().map(|text| {
        let (name, blueprint) = text
            .split_once('=')
            .with_context(|| format!("`--relate` takes NAME=BLUEPRINT, not `{text}`"))?;
        Ok(Relate {
            name: MemberName::parse(name)
                .map_err(|why| anyhow!("`--relate {text}`: the name {why}"))?,
            blueprint: BlueprintId::parse(blueprint)
                .map_err(|why| anyhow!("`--relate {text}`: the blueprint {why}"))?,
        })
    });
    relations.collect()
}

/// Prints what a first report would send.
fn dry_run(result: &SyncResult) -> anyhow::Result<Exit> {
    let requests = report::requests(
        result,
        &Reported::default(),
        &Seen::default(),
        &Watch::default(),
    );
    let requests: Vec<Value> = requests
        .into_iter()
        .map(|(blueprint, body)| serde_json::json!({"blueprint": blueprint, "body": body}))
        .collect();
    let text = format!("{:#}\n", Value::from(requests));
    print(text.as_bytes())
}
