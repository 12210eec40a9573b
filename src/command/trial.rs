//! The exporter's config, tried: on everything that is checked, by `check
//! --mapping`.
//!
//! Not for what is wrong with it: that is the rules' (`validate`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::Context;
use serde_json::Value;

use super::evaluate::Foreign;
use super::merge::config;
use crate::catalog::Dialect;
use crate::exporter::Config;
use crate::finding::Finding;
use crate::input;
use crate::manifest::ResourceRef;
use crate::render::{self, Application, Emptiness, MappingPlacement};
use crate::validate::{self, Trial};

/// A config, and what it is tried with.
pub(super) struct Mapping<'a> {
    /// The file.
    pub(super) file: &'a input::Source,
    /// Whose exporter.
    pub(super) dialect: Dialect,
    /// The exporter's environment.
    pub(super) variables: BTreeMap<String, String>,
    /// When the command has to be done.
    pub(super) deadline: Instant,
}

impl Mapping<'_> {
    /// What the config does to the objects of the applications that it should not.
    ///
    /// # Errors
    /// Where the file holds no config, or nothing can be tried at all.
    pub(super) fn findings(
        &self,
        applications: &[Application<'_>],
    ) -> anyhow::Result<Vec<Finding>> {
        let named = || format!("in `{}`", self.file.name);
        let value = config(&self.file.text).with_context(named)?;
        let decoded = match Config::decode(value.clone(), self.dialect) {
            Ok(decoded) => decoded,
            Err(error) => return Ok(vec![validate::undecodable(&error)]),
        };
        let (objects, resources): (Vec<Value>, Vec<ResourceRef>) =
            applications.iter().flat_map(deployed).unzip();
        let foreign = Foreign {
            config: &value,
            dialect: self.dialect,
            variables: &self.variables,
            objects: objects.iter().collect(),
            deadline: self.deadline,
        };
        let names: BTreeSet<String> = self.variables.keys().cloned().collect();
        Ok(validate::config(&Trial {
            config: &decoded,
            preview: &foreign.preview().with_context(named)?,
            objects: &resources,
            variables: &names,
        }))
    }
}

/// What an application leaves in the cluster; nothing where its render stops, for
/// a reason that is a finding of its own.
fn deployed(application: &Application<'_>) -> Vec<(Value, ResourceRef)> {
    let mut options = application.options.clone();
    options.mapping = MappingPlacement::None;
    options.emptiness = Emptiness::Allowed;
    let Ok(inventory) = render::inventory(application.texts, &options) else {
        return Vec::new();
    };
    let objects = inventory.objects().iter();
    objects
        .map(|object| (object.value.clone(), object.resource.clone()))
        .collect()
}
