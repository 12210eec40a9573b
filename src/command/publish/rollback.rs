//! `--rollback`: the config from before a push, and its entities as they were.
//!
//! The config goes back by a push like any other, guarded and backed up. Then the
//! exporter makes its entities anew, so that they are its own again: what this
//! program makes, the exporter would never clean up. Only then what its mapping does
//! not map is merged into them. Invariant: doing it twice is doing it once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use futures_util::StreamExt;
use serde_json::Value;

use super::Run;
use super::evidence::Evidence;
use super::push::{End, Push};
use super::watch::until;
use crate::catalog::{Identity, Record};
use crate::catalog_api::ApiError;
use crate::command::Exit;
use crate::command::collect::Collection;
use crate::exporter::Config;
use crate::output::{Restored, publish_restored};
use crate::publish::{
    Backup, Hazard, Loss, Lost, Phase, Restoration, Returned, Stand, Weight, pointing, restoration,
};

pub(super) fn run(run: &Run<'_>, backup: Backup) -> anyhow::Result<Exit> {
    let Some(before) = backup.before.clone() else {
        bail!(
            "before that push the integration had no config, and none would stop its exporter: there is nothing to go back to; `publish --replace` pushes a whole one"
        );
    };
    run.step(&format!("read integration {}", run.live.installation));
    let push = planned(run, &backup, &before)?;
    let mut kept = match push.go()? {
        End::Stopped(exit) => {
            push.document(None, None)?;
            return Ok(exit);
        }
        End::Unneeded if run.arguments.dry_run => {
            push.document(None, None)?;
            return Ok(Exit::Done);
        }
        End::Unneeded => None,
        End::Pushed(kept) => Some(kept),
    };
    let config = Config::decode(before, backup.dialect)?;
    let restored = restore(run, &backup, &config)?;
    run.print(&format!("\n{}", publish_restored(&restored)))?;
    push.document(None, Some(&restored))?;
    let has_all = restored.at_stake > 0 && restored.returned == restored.at_stake;
    if let Some(kept) = kept.as_mut().filter(|_| has_all) {
        kept.note(Phase::Confirmed)?;
    }
    let is_whole = |loss: &Loss| matches!(loss.what, Lost::History | Lost::Ownership);
    Ok(match restored.losses.iter().all(is_whole) {
        true => Exit::Done,
        false => Exit::Findings,
    })
}

/// The push that brings the config back.
fn planned<'a>(run: &'a Run<'a>, backup: &Backup, before: &Value) -> anyhow::Result<Push<'a>> {
    let integration = run.live.integration()?;
    let owned = run.live.owned()?;
    // What the exporter owned then, the config from then makes again.
    let known: BTreeSet<Identity> = backup.owned.iter().cloned().collect();
    let spared: BTreeSet<Identity> = owned.difference(&known).cloned().collect();
    let mut plan = Evidence {
        run,
        integration: &integration,
        owned: &owned,
        // What the config from then made of these, nobody has noted.
        automatic: &BTreeSet::new(),
        new: before,
        collection: &Collection::empty(run.settings),
        known: &known,
        spared: &spared,
        dialect: backup.dialect,
    }
    .plan()?;
    if backup.stand(integration.config.as_ref()) == Stand::Other {
        plan.add(Hazard::new(
            "changed-since",
            Weight::Approvable,
            format!(
                "someone else has changed the config since the push of {}: going back loses that change, too",
                backup.taken_at
            ),
        ));
    }
    Ok(Push {
        run,
        integration,
        owned,
        new: before.clone(),
        plan,
        dialect: backup.dialect,
        is_rollback: true,
    })
}

/// Waits for the exporter's entities and merges what its mapping does not map.
fn restore(run: &Run<'_>, backup: &Backup, config: &Config) -> anyhow::Result<Restored> {
    let wanted: BTreeSet<Identity> = backup
        .at_stake
        .iter()
        .map(|it| it.identity.clone())
        .collect();
    if wanted.is_empty() {
        return Ok(Restored::default());
    }
    run.step(&format!(
        "wait until the exporter has made {} entities anew",
        wanted.len()
    ));
    let mut there = There::of(run, &wanted)?;
    if !run.arguments.no_wait {
        until(run.deadline, || {
            there = There::of(run, &wanted)?;
            Ok(there.is_whole(&wanted))
        })?;
    }
    run.step("put back what its mapping does not map");
    let live = Now {
        records: run.live.records(
            backup
                .at_stake
                .iter()
                .chain(&backup.relating)
                .map(|it| &it.identity),
        )?,
        blueprints: run.live.blueprints()?,
    };
    let There { owned, automatic } = there;
    let returned: BTreeSet<Identity> = owned.union(&automatic).cloned().collect();
    let (restorations, mut losses) = live.restorations(backup, &returned, config);
    losses.extend(automatic.into_iter().map(|identity| Loss {
        identity,
        what: Lost::Ownership,
    }));
    let refused = apply(run, &restorations)?;
    let applied = restorations
        .iter()
        .filter(|it| refused.iter().all(|loss| loss.identity != it.identity));
    let (properties, relations) = applied.fold((0, 0), |(properties, relations), it| {
        (properties + it.properties, relations + it.relations)
    });
    losses.extend(refused);
    losses.sort();
    Ok(Restored {
        at_stake: wanted.len(),
        returned: returned.len(),
        properties,
        relations,
        losses,
    })
}

/// What is there again of what is wanted.
struct There {
    /// The exporter made it.
    owned: BTreeSet<Identity>,
    /// The API made it, for a relation that the exporter sent sooner.
    automatic: BTreeSet<Identity>,
}

impl There {
    fn of(run: &Run<'_>, wanted: &BTreeSet<Identity>) -> anyhow::Result<Self> {
        let of = |all: BTreeSet<Identity>| wanted.intersection(&all).cloned().collect();
        let owned: BTreeSet<Identity> = of(run.live.owned()?);
        let automatic = match owned.len() == wanted.len() {
            true => BTreeSet::new(),
            false => of(run.live.automatic()?),
        };
        Ok(Self { owned, automatic })
    }

    fn is_whole(&self, wanted: &BTreeSet<Identity>) -> bool {
        self.owned.len() + self.automatic.len() >= wanted.len()
    }
}

/// What the catalog has now.
struct Now {
    records: BTreeMap<Identity, Record>,
    blueprints: BTreeMap<String, Value>,
}

impl Now {
    /// What is to be merged, one for each entity, and what can't be.
    fn restorations(
        &self,
        backup: &Backup,
        returned: &BTreeSet<Identity>,
        config: &Config,
    ) -> (Vec<Restoration>, Vec<Loss>) {
        let mut restorations: BTreeMap<Identity, Restoration> = BTreeMap::new();
        let mut losses = Vec::new();
        let mut take = |(restoration, lost): (Option<Restoration>, Vec<Loss>)| {
            losses.extend(lost);
            if let Some(restoration) = restoration {
                let identity = restoration.identity.clone();
                let merged = match restorations.remove(&identity) {
                    Some(earlier) => earlier.merge(restoration),
                    None => restoration,
                };
                restorations.insert(identity, merged);
            }
        };
        for before in &backup.at_stake {
            let live = self.records.get(&before.identity);
            let live = live.filter(|it| returned.contains(&it.identity));
            match (live, self.blueprint(before)) {
                (Some(live), Some(blueprint)) => take(restoration(&Returned {
                    before,
                    live,
                    blueprint,
                    config,
                })),
                (None, _) | (_, None) => take((None, vec![gone(before)])),
            }
        }
        for before in &backup.relating {
            match (self.records.get(&before.identity), self.blueprint(before)) {
                (Some(live), Some(blueprint)) => take(pointing(before, live, blueprint, returned)),
                (None, _) | (_, None) => take((None, vec![gone(before)])),
            }
        }
        (restorations.into_values().collect(), losses)
    }

    fn blueprint(&self, record: &Record) -> Option<&Value> {
        self.blueprints.get(&record.identity.blueprint)
    }
}

fn gone(record: &Record) -> Loss {
    Loss {
        identity: record.identity.clone(),
        what: Lost::Entity,
    }
}

/// Merges, and says what the catalog did not take.
fn apply(run: &Run<'_>, restorations: &[Restoration]) -> anyhow::Result<Vec<Loss>> {
    const AT_ONCE: usize = 8;
    let client = run.live.client();
    let requests = restorations.iter().map(|it| async move {
        let answer = client.patch_entity(&it.identity, &it.body).await;
        (it, answer)
    });
    let answers = futures_util::stream::iter(requests).buffered(AT_ONCE);
    let answers: Vec<_> = run.live.wait(answers.collect());
    let mut refused = Vec::new();
    for (restoration, answer) in answers {
        match answer {
            Ok(_) => {}
            // The entity, or what it is to point to, is not as it was. Whatever else
            // goes wrong may go well the next time.
            Err(error @ ApiError::Refused { .. }) => {
                let code = error.code().unwrap_or("refused").to_owned();
                refused.push(Loss {
                    identity: restoration.identity.clone(),
                    what: Lost::Refused(format!("{code}: {}", error.message())),
                });
            }
            Err(error) => {
                return Err(error).context(
                    "not all could be put back; the same command goes on where it stopped",
                );
            }
        }
    }
    Ok(refused)
}
