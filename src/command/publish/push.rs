//! One push, from what is wanted to what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

use super::backups::{self, Kept};
use super::evidence::Evidence;
use super::watch::watch;
use super::{Run, Wanted, ask};
use crate::catalog::{Dialect, Identity, Record};
use crate::catalog_api::{ApiError, Integration};
use crate::command::Exit;
use crate::command::collect::Collection;
use crate::output::{
    Outcome, Publication, Restored, publish_json, publish_outcome, publish_text, stdout_paint,
};
use crate::publish::{Backup, Hazard, Phase, Plan, Stand, Truth, Verdict, Weight};

/// The pause before a config is written again; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A planned push.
pub(super) struct Push<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) integration: Integration,
    pub(super) owned: BTreeSet<Identity>,
    pub(super) new: Value,
    pub(super) plan: Plan,
    pub(super) dialect: Dialect,
    pub(super) is_rollback: bool,
}

/// How far a push went.
pub(super) enum End {
    /// Nothing was to be written.
    Unneeded,
    /// Nothing was written, for this exit.
    Stopped(Exit),
    /// The config is live.
    Pushed(Box<Kept>),
}

pub(super) fn run(run: &Run<'_>, paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let collection = run.collection(paths)?;
    let wanted = Wanted::read(run, &collection)?;
    let (push, earlier) = planned(run, &collection, |current| wanted.config(run, current))?;
    match push.go()? {
        End::Stopped(exit) => {
            push.document(None, None)?;
            Ok(exit)
        }
        End::Unneeded => match earlier {
            Some(Earlier {
                truth: Truth::Unseen,
                kept,
            }) if !run.arguments.dry_run && !run.arguments.no_wait => push.confirm(kept),
            Some(_) | None => {
                push.document(None, None)?;
                Ok(Exit::Done)
            }
        },
        End::Pushed(kept) => push.confirm(*kept),
    }
}

/// The push of what is to become of the current config, and what the last one left
/// behind.
pub(super) fn planned<'a>(
    run: &'a Run<'a>,
    collection: &Collection,
    wanted: impl FnOnce(Option<&Value>) -> anyhow::Result<Value>,
) -> anyhow::Result<(Push<'a>, Option<Earlier>)> {
    run.step(&format!("read integration {}", run.live.installation));
    let integration = run.live.integration()?;
    let earlier = earlier(run, &integration)?;
    let new = wanted(integration.config.as_ref())?;
    let owned = run.live.owned()?;
    run.step("compute what changes");
    let nothing = BTreeSet::new();
    let mut plan = Evidence {
        run,
        integration: &integration,
        owned: &owned,
        automatic: &run.live.automatic()?,
        new: &new,
        collection,
        known: &nothing,
        spared: &nothing,
        dialect: run.settings.dialect,
    }
    .plan()?;
    if let Some(Earlier {
        truth: Truth::Reverted,
        kept,
    }) = &earlier
    {
        plan.add(reverted(&kept.backup));
    }
    let push = Push {
        run,
        integration,
        owned,
        new,
        plan,
        dialect: run.settings.dialect,
        is_rollback: false,
    };
    Ok((push, earlier))
}

/// An earlier push of which something is to be told.
pub(super) struct Earlier {
    truth: Truth,
    kept: Kept,
}

/// Looks at what the last run left behind, and says what is true of it.
fn earlier(run: &Run<'_>, integration: &Integration) -> anyhow::Result<Option<Earlier>> {
    let Some(mut kept) = run.backups.last(&run.live.installation) else {
        return Ok(None);
    };
    let stand = kept.backup.stand(integration.config.as_ref());
    let Some(truth) = kept.backup.truth(stand) else {
        return Ok(None);
    };
    let at = kept.backup.taken_at.clone();
    match truth {
        Truth::Nothing => {
            run.note(&format!(
                "the run of {at} ended before it wrote anything: the config is the one from before it"
            ));
            if !run.arguments.dry_run {
                kept.note(Phase::Abandoned)?;
            }
        }
        Truth::Unseen => run.note(&format!(
            "the run of {at} wrote its config, which is live, and did not see what came of it; back: `glint-gitops publish --rollback {}`",
            kept.path.display()
        )),
        Truth::Unknown => run.note(&format!(
            "the config was changed by someone else since the run of {at}, which ended early; whether its own was ever live can't be told"
        )),
        // Said with the plan, since it may happen again.
        Truth::Reverted => {}
    }
    Ok(Some(Earlier { truth, kept }))
}

/// H10, by what can be seen of it.
fn reverted(backup: &Backup) -> Hazard {
    let message = format!(
        "the config that was pushed at {} is gone, and the one from before it is back: where nobody did that by hand, the exporter overwrites its config at each start",
        backup.taken_at
    );
    Hazard::new("reverted", Weight::Warning, message).with_help(
        "set `overwriteConfigurationOnRestart: false` where the exporter is installed; `--exporter FILE` looks there",
    )
}

impl Push<'_> {
    /// Shows the plan and, if it may go, goes as far as the config is live.
    pub(super) fn go(&self) -> anyhow::Result<End> {
        let arguments = self.run.arguments;
        let verdict = self.verdict();
        let text = publish_text(&self.publication(), stdout_paint());
        self.run.print(&text)?;
        match verdict {
            Verdict::Nothing => return Ok(End::Unneeded),
            Verdict::Held | Verdict::Refused => return Ok(End::Stopped(Exit::Findings)),
            Verdict::Free | Verdict::Approved if arguments.dry_run => {
                return Ok(End::Stopped(Exit::Done));
            }
            Verdict::Free | Verdict::Approved => {}
        }
        if !arguments.yes && !ask::may_go(&mut self.run.console(), "push this?")? {
            self.run.note("nothing was written");
            return Ok(End::Stopped(Exit::Findings));
        }
        let mut kept = self.back_up()?;
        if let Err(error) = self.check_unchanged() {
            kept.note(Phase::Abandoned)?;
            return Err(error);
        }
        self.write(&mut kept)?;
        Ok(End::Pushed(Box::new(kept)))
    }

    /// Whether it may go.
    pub(super) fn verdict(&self) -> Verdict {
        self.plan.verdict(self.run.arguments.approve.as_deref())
    }

    fn publication(&self) -> Publication<'_> {
        Publication {
            installation: &self.integration.installation_id,
            updated_at: &self.integration.updated_at,
            plan: &self.plan,
            verdict: self.verdict(),
            is_dry_run: self.run.arguments.dry_run,
            is_rollback: self.is_rollback,
        }
    }

    /// Keeps the config and every entity at stake, before anything is written.
    fn back_up(&self) -> anyhow::Result<Kept> {
        self.run.step("back up");
        let live = self.run.live;
        let deleted: BTreeSet<Identity> = self
            .plan
            .deleted
            .iter()
            .map(|it| it.identity.clone())
            .collect();
        let uncertain = self.plan.deleted.iter();
        let uncertain = uncertain.filter(|it| !it.reason.is_certain());
        let at_stake = live.records(&deleted)?;
        self.check_whole(&deleted, &at_stake)?;
        let relating = live.relating(&deleted)?;
        let kept = self.run.backups.keep(Backup {
            api: self.run.backups.api.clone(),
            installation: self.integration.installation_id.clone(),
            dialect: self.dialect,
            taken_at: backups::now(),
            integration: whole(&self.integration),
            before: self.integration.config.clone(),
            after: self.new.clone(),
            owned: self.owned.iter().cloned().collect(),
            deleted: deleted.into_iter().collect(),
            uncertain: uncertain.map(|it| it.identity.clone()).collect(),
            created: self.plan.created.clone(),
            at_stake: at_stake.into_values().collect(),
            relating,
            phase: Phase::BackedUp,
        })?;
        let entities = match kept.backup.at_stake.len() + kept.backup.relating.len() {
            0 => String::new(),
            1 => " and 1 entity".to_owned(),
            count => format!(" and {count} entities"),
        };
        let path = kept.path.display();
        self.run
            .note(&format!("backup of the config{entities}: {path}"));
        Ok(kept)
    }

    /// A backup with holes would be none: whoever sees less than the exporter owns can't
    /// put it back. What went by itself meanwhile is no hole.
    fn check_whole(
        &self,
        deleted: &BTreeSet<Identity>,
        read: &BTreeMap<Identity, Record>,
    ) -> anyhow::Result<()> {
        let mut unread = deleted
            .iter()
            .filter(|it| !read.contains_key(*it))
            .peekable();
        if unread.peek().is_none() {
            return Ok(());
        }
        let owned = self.run.live.owned()?;
        match unread.find(|it| owned.contains(*it)) {
            None => Ok(()),
            Some(identity) => bail!(
                "nothing was written: `{identity}` is at stake and can't be read, so it can't be \
                 backed up; publish with credentials that may read it"
            ),
        }
    }

    /// Reads once more: the API has no way to write only if nothing has changed.
    fn check_unchanged(&self) -> anyhow::Result<()> {
        let now = self.run.live.integration()?;
        let before = &self.integration;
        if now.updated_at == before.updated_at && now.config == before.config {
            return Ok(());
        }
        bail!(
            "nothing was written: integration {} was changed by someone else meanwhile ({}, before {}); run it again",
            now.installation_id,
            now.updated_at,
            before.updated_at
        )
    }

    /// Writes the config: again where the API can't take it now, as long as nobody has
    /// changed anything.
    fn write(&self, kept: &mut Kept) -> anyhow::Result<()> {
        self.run.step("write the config");
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_to_write(kept)? {
                None => return kept.note(Phase::Patched),
                Some(error) if error.is_passing() && Instant::now() + pause < self.run.deadline => {
                    self.run.note(&format!("{error}; tried again in {pause:?}"));
                    thread::sleep(pause);
                    pause *= 2;
                    self.check_unchanged()?;
                }
                Some(error) if may_have_been_taken(&error) => {
                    return Err(anyhow!(error).context(format!(
                        "the config is not live so far, and may still become so; the next run \
                         tells, or {}",
                        self.back(kept)
                    )));
                }
                Some(error) => {
                    kept.note(Phase::Abandoned)?;
                    return Err(anyhow!(error).context("nothing was written"));
                }
            }
        }
    }

    /// Sends it once. `None`: it is live; else why it is not.
    fn try_to_write(&self, kept: &mut Kept) -> anyhow::Result<Option<ApiError>> {
        let live = self.run.live;
        let id = &self.integration.installation_id;
        let written = live.wait(live.client().patch_config(id, &self.new));
        let back = self.back(kept);
        // Whatever was answered, what is live is what counts.
        let now = live.integration().with_context(|| {
            format!("whether the config was written can't be told; the next run tells, or {back}")
        });
        match (kept.backup.stand(now?.config.as_ref()), written) {
            (Stand::After, _) => Ok(None),
            (Stand::Before, Err(error)) => Ok(Some(error)),
            (Stand::Before, Ok(_)) => {
                bail!(
                    "the catalog said that it took the config, and has the one from before; {back}"
                )
            }
            (Stand::Other, _) => {
                kept.note(Phase::Patched)?;
                bail!("the catalog has another config than was written; {back}")
            }
        }
    }

    fn back(&self, kept: &Kept) -> String {
        let path = kept.path.display();
        format!("back: `glint-gitops publish --rollback {path}`")
    }

    /// Waits for what comes of it, and says it.
    pub(super) fn confirm(&self, mut kept: Kept) -> anyhow::Result<Exit> {
        let run = self.run;
        if !run.arguments.no_wait {
            run.step("wait for the exporter");
        }
        let outcome = watch(run, &kept.backup)?;
        run.print(&format!("\n{}", publish_outcome(&outcome)))?;
        self.document(Some(&outcome), None)?;
        if !outcome.is_as_planned() {
            run.note(&format!(
                "back: `glint-gitops publish --rollback {}`",
                kept.path.display()
            ));
            return Ok(Exit::Findings);
        }
        if outcome.waited || !outcome.expects {
            kept.note(Phase::Confirmed)?;
        }
        Ok(Exit::Done)
    }

    /// Prints all of it, where that is for a machine.
    pub(super) fn document(
        &self,
        outcome: Option<&Outcome>,
        restored: Option<&Restored>,
    ) -> anyhow::Result<()> {
        self.run
            .print_json(|| publish_json(&self.publication(), outcome, restored))
    }
}

/// Whether the catalog may have taken what it gave no answer to.
fn may_have_been_taken(error: &ApiError) -> bool {
    error.is_passing() || matches!(error, ApiError::Unintelligible { .. })
}

/// The integration as the catalog answered it.
fn whole(integration: &Integration) -> Value {
    let Integration {
        installation_id,
        title,
        version,
        installation_app_type,
        config,
        updated_at,
        rest,
    } = integration;
    let mut whole = rest.clone();
    let known = [
        ("installationId", Value::from(installation_id.as_str())),
        ("title", Value::from(title.clone())),
        ("version", Value::from(version.clone())),
        (
            "installationAppType",
            Value::from(installation_app_type.clone()),
        ),
        ("config", config.clone().unwrap_or_default()),
        ("updatedAt", Value::from(updated_at.as_str())),
    ];
    whole.extend(known.map(|(key, value)| (key.to_owned(), value)));
    Value::Object(whole)
}
