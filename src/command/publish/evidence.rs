//! What both configs make of the objects that are known, and the plan that follows.
//!
//! Neither config is ours: whoever may change an integration may write any jq into
//! it. So both are evaluated in a process of their own.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde_json::Value;

use super::Run;
use super::known::Known;
use crate::catalog::{Dialect, Identity};
use crate::catalog_api::Integration;
use crate::command::collect::Collection;
use crate::command::evaluate::Foreign;
use crate::command::preview::variables;
use crate::exporter::{Config, Preview};
use crate::lock::Limits;
use crate::publish::{Facts, Hazard, Plan, Weight, Witnesses, overwrites};

/// What a plan is made from.
pub(super) struct Evidence<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) integration: &'a Integration,
    pub(super) owned: &'a BTreeSet<Identity>,
    /// What the API made because the exporter's entities relate to it.
    pub(super) automatic: &'a BTreeSet<Identity>,
    pub(super) new: &'a Value,
    pub(super) collection: &'a Collection,
    /// What the new config is known to make.
    pub(super) known: &'a BTreeSet<Identity>,
    /// What may go without counting.
    pub(super) spared: &'a BTreeSet<Identity>,
    pub(super) dialect: Dialect,
}

impl Evidence<'_> {
    /// The plan of the push.
    pub(super) fn plan(&self) -> anyhow::Result<Plan> {
        let Self {
            run,
            integration,
            owned,
            automatic,
            new,
            collection,
            known: made_before,
            spared,
            dialect,
        } = *self;
        let variables = variables::given(&run.arguments.env)?;
        let current = integration.config.as_ref();
        let known = Known::of(run, collection, [current, Some(new)], dialect)?;
        let witnesses = match known.is_whole {
            true => Witnesses::default(),
            false => Witnesses::of(owned.union(automatic), dialect),
        };
        let preview = |config: Option<&Value>| self.preview(config, &known, &witnesses, &variables);
        let before = preview(current).context("what the current config makes")?;
        let after = preview(Some(new)).context("what the new config makes")?;
        let mut plan = Plan::of(&Facts {
            installation: &integration.installation_id,
            app_type: integration
                .installation_app_type
                .as_deref()
                .unwrap_or_default(),
            current,
            new,
            dialect,
            owned,
            given: &known.applications,
            is_whole: known.is_whole,
            automatic,
            witnesses: &witnesses,
            before: &before,
            after: &after,
            served: &known.served,
            variables: &variables.keys().cloned().collect(),
            limits: Limits {
                deletions: run.settings.max_deletions,
                share: run.settings.max_deletion_share,
            },
            known: made_before,
            spared,
        });
        let existing = run.live.records(&plan.created)?;
        plan.adopt(&existing.into_keys().collect());
        for hazard in overwriting(run, collection)? {
            plan.add(hazard);
        }
        Ok(plan)
    }

    /// What a config makes of the known objects, then of the witnesses; nothing where
    /// the exporter can't decode it.
    fn preview(
        &self,
        config: Option<&Value>,
        known: &Known<'_>,
        witnesses: &Witnesses,
        variables: &BTreeMap<String, String>,
    ) -> anyhow::Result<Preview> {
        let config = config.filter(|it| Config::problem(it, self.dialect).is_none());
        let given = known.objects.iter().map(AsRef::as_ref);
        let objects: Vec<&Value> = given.chain(&witnesses.objects).collect();
        let Some(config) = config.filter(|_| !objects.is_empty()) else {
            return Ok(Preview::default());
        };
        let foreign = Foreign {
            config,
            dialect: self.dialect,
            variables,
            objects,
            deadline: self.run.deadline,
        };
        match known.is_whole {
            true => foreign.as_given(),
            false => foreign.preview(),
        }
    }
}

/// H10, in what was given of how the exporter is installed.
fn overwriting(run: &Run<'_>, collection: &Collection) -> anyhow::Result<Vec<Hazard>> {
    let hazard = |place: &str| {
        let message = format!(
            "{place} sets `overwriteConfigurationOnRestart`: the exporter puts its own config back at its next start, and deletes what that does not map"
        );
        Hazard::new("overwritten-at-restart", Weight::Never, message)
            .with_help("set it to false first, or put this mapping into its own config")
    };
    let mut hazards = Vec::new();
    let files = run.arguments.exporter.iter().chain(&run.arguments.mapping);
    for path in files {
        let text = crate::input::read_file(path, run.settings.input_limit)?;
        let documents = super::super::merge::documents(&text);
        let documents = documents.with_context(|| format!("in `{}`", path.display()))?;
        if documents.iter().any(overwrites) {
            hazards.push(hazard(&format!("`{}`", path.display())));
        }
    }
    let objects = collection.objects.iter().zip(&collection.origins);
    for (object, origin) in objects {
        if overwrites(object) {
            hazards.push(hazard(&origin.resource.to_string()));
        }
    }
    Ok(hazards)
}
