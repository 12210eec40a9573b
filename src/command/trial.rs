//! The exporter's config, tried: on everything that is checked, by `check
//! --mapping`.
//!
//! The variables of its environment are given, never taken from this program's
//! own: what is found would depend on who runs it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;

use super::evaluate::Foreign;
use crate::catalog::Dialect;
use crate::exporter::Config;
use crate::finding::Finding;
use crate::input;
use crate::manifest::{Parsed, ResourceRef, split};
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

/// What was typed as `NAME=VALUE`.
pub(super) fn variables(pairs: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for pair in pairs {
        // The value may be a secret, so it is not repeated.
        let (name, value) = pair
            .split_once('=')
            .context("`--env` takes NAME=VALUE, not a text without `=`")?;
        if name.is_empty() {
            bail!("`--env` takes NAME=VALUE, not an empty name");
        }
        variables.insert(name.to_owned(), value.to_owned());
    }
    Ok(variables)
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
        let value = self.value().with_context(named)?;
        let config = match Config::decode(value.clone(), self.dialect) {
            Ok(config) => config,
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
            config: &config,
            preview: &foreign.preview().with_context(named)?,
            objects: &resources,
            variables: &names,
        }))
    }

    /// The one document of the file.
    fn value(&self) -> anyhow::Result<Value> {
        let text = &self.file.text;
        let documents = split(text).map_err(|error| anyhow::anyhow!(error.message))?;
        let [document] = documents.as_slice() else {
            bail!("{} documents; a config is one", documents.len());
        };
        let parsed = Parsed::read(&text[document.range.clone()], document.notation)
            .map_err(|error| anyhow::anyhow!("{}", error.message))?;
        Ok(parsed.value().clone())
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

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn a_variable_has_a_name_and_its_value_is_not_repeated() {
        let given = variables(&["A=b=c".to_owned()]).unwrap();
        assert_eq!(given.get("A").map(String::as_str), Some("b=c"));
        let says = |pair: &str| variables(&[pair.to_owned()]).unwrap_err().to_string();
        assert_eq!(
            says("hunter2"),
            "`--env` takes NAME=VALUE, not a text without `=`"
        );
        assert_eq!(
            says("=hunter2"),
            "`--env` takes NAME=VALUE, not an empty name"
        );
    }
}
