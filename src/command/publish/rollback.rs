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
use super::backups::Kept;
use super::evidence::Evidence;
use super::push::{End, Push};
use super::watch::{REST, until};
use crate::catalog::{Identity, Record};
use crate::catalog_api::ApiError;
use crate::command::Exit;
use crate::command::collect::Collection;
use crate::exporter::Config;
use crate::output::{Restored, publish_restored};
use crate::publish::{
    Backup, Hazard, Loss, Lost, Phase, Restoration, Returned, Stand, Truth, Weight, pointing,
    restoration,
};

pub(super) fn run(run: &Run<'_>, mut of: Kept) -> anyhow::Result<Exit> {
    let Some(before) = of.backup.before.clone() else {
        bail!(
            "before that push the integration had no config, and none would stop its exporter: there is nothing to go back to; `publish --replace` pushes a whole one"
        );
    };
    run.step(&format!("read integration {}", run.live.installation));
    let push = planned(run, &of.backup, &before)?;
    let stand = of.backup.stand(push.integration.config.as_ref());
    note_live(run, &mut of, stand);
    let backup = of.backup;
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
    let restored = restore(run, &backup, &config, wrote_nothing(&backup, stand))?;
    run.print(&format!("\n{}", publish_restored(&restored)))?;
    push.document(None, Some(&restored))?;
    let has_all = restored.at_stake > 0 && restored.returned == restored.at_stake;
    if let Some(kept) = kept.as_mut().filter(|_| has_all) {
        kept.note(Phase::Confirmed)?;
    }
    let is_whole = |loss: &Loss| matches!(loss.what, Lost::History | Lost::Ownership);
    let is_back = restored.untouched.is_empty() && restored.losses.iter().all(is_whole);
    Ok(match is_back {
        true => Exit::Done,
        false => Exit::Findings,
    })
}

/// Notes that the push has written its config, or may have, where its process could
/// not: once the config is back, nothing else tells it from a push that wrote nothing.
fn note_live(run: &Run<'_>, of: &mut Kept, stand: Stand) {
    let is_unnoted = of.backup.phase == Phase::BackedUp && stand != Stand::Before;
    if !is_unnoted || run.arguments.dry_run {
        return;
    }
    // A backup that can only be read still leads back.
    if let Err(error) = of.note(Phase::Patched) {
        run.note(&format!("{error:#}"));
    }
}

/// Whether the exporter never saw the pushed config, as far as can be told.
fn wrote_nothing(backup: &Backup, stand: Stand) -> bool {
    let is_abandoned = backup.phase == Phase::Abandoned && stand == Stand::Before;
    is_abandoned || backup.truth(stand) == Some(Truth::Nothing)
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
fn restore(
    run: &Run<'_>,
    backup: &Backup,
    config: &Config,
    wrote_nothing: bool,
) -> anyhow::Result<Restored> {
    let at_stake = backup.at_stake.iter();
    let wanted: Wanted<'_> = at_stake.map(|it| (&it.identity, it)).collect();
    if wanted.is_empty() {
        return Ok(Restored::default());
    }
    run.step(&format!(
        "wait until the exporter has made {} entities anew",
        wanted.len()
    ));
    let look = || There::of(run, &wanted, wrote_nothing);
    let mut there = look()?;
    if !run.arguments.no_wait {
        let mut same = 0;
        until(run.deadline, || {
            let now = look()?;
            same = if now == there { same + 1 } else { 0 };
            there = now;
            Ok(there.is_over(&wanted, same))
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
    let There {
        owned,
        automatic,
        untouched,
    } = there;
    let returned: BTreeSet<Identity> = owned.union(&automatic).cloned().collect();
    let (restorations, mut losses) = live.restorations(backup, &returned, &untouched, config);
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
        untouched: untouched.into_iter().collect(),
    })
}

/// The entities that were at stake, as they were.
type Wanted<'a> = BTreeMap<&'a Identity, &'a Record>;

/// What is there of what is wanted.
#[derive(PartialEq, Eq)]
struct There {
    /// The exporter made it again.
    owned: BTreeSet<Identity>,
    /// The API made it, for a relation that the exporter sent sooner.
    automatic: BTreeSet<Identity>,
    /// It is the one from before the push: nobody has deleted it, so far.
    untouched: BTreeSet<Identity>,
}

impl There {
    fn of(run: &Run<'_>, wanted: &Wanted<'_>, wrote_nothing: bool) -> anyhow::Result<Self> {
        let of = |all: BTreeSet<Identity>| -> BTreeSet<Identity> {
            all.into_iter()
                .filter(|it| wanted.contains_key(it))
                .collect()
        };
        let mut owned = of(run.live.owned()?);
        let automatic = match owned.len() == wanted.len() {
            true => BTreeSet::new(),
            false => of(run.live.automatic()?),
        };
        let mut untouched = BTreeSet::new();
        if !wrote_nothing {
            let records = run.live.records(&owned)?;
            let is_same = |it: &Record| {
                let before = wanted.get(&it.identity);
                before.is_some_and(|before| is_the_same(before, it))
            };
            untouched.extend(records.into_values().filter(is_same).map(|it| it.identity));
            owned.retain(|it| !untouched.contains(it));
        }
        Ok(Self {
            owned,
            automatic,
            untouched,
        })
    }

    /// Whether there is nothing more to wait for. One that is not deleted may still be:
    /// the exporter ends the resync of the push before it begins the next.
    fn is_over(&self, wanted: &Wanted<'_>, same: usize) -> bool {
        let there = self.owned.len() + self.automatic.len() + self.untouched.len();
        there >= wanted.len() && (self.untouched.is_empty() || same >= REST)
    }
}

/// Whether it is the very entity, and none that was made anew in its place.
fn is_the_same(before: &Record, live: &Record) -> bool {
    let made_at = |it: &Record| it.rest.get("createdAt").cloned();
    made_at(before).is_some() && made_at(before) == made_at(live)
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
        untouched: &BTreeSet<Identity>,
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
        let at_stake = backup.at_stake.iter();
        for before in at_stake.filter(|it| !untouched.contains(&it.identity)) {
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
