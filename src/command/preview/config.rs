//! The mapping that is previewed: one in a file, else the generated one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, anyhow};
use serde_json::Value;

use crate::command::collect::Collection;
use crate::command::evaluate::Foreign;
use crate::command::merge::{config, of_config};
use crate::command::options;
use crate::exporter::{self, Config, Preview};
use crate::manifest::{FieldPath, Location, objects_of};

/// A mapping, and where it comes from.
pub(in crate::command) struct Mapping {
    /// As the exporter decodes it.
    pub config: Config,
    /// `None` for the generated one.
    file: Option<File>,
}

/// A mapping of others.
struct File {
    name: String,
    text: Vec<u8>,
    value: Value,
}

/// Reads or generates the mapping.
pub(in crate::command) fn mapping(
    file: Option<&Path>,
    collection: &Collection,
) -> anyhow::Result<Mapping> {
    let settings = &collection.settings;
    let Some(path) = file else {
        let mapping = exporter::mapping(options::style(settings), &collection.fragment);
        return Ok(Mapping {
            config: Config::of(&mapping)?,
            file: None,
        });
    };
    let name = path.display().to_string();
    let text = crate::input::read_file(path, settings.input_limit)?;
    let value = config(&text).with_context(|| format!("in `{name}`"))?;
    let decoded = Config::decode(value.clone(), settings.dialect);
    Ok(Mapping {
        config: decoded.with_context(|| format!("in `{name}`"))?,
        file: Some(File { name, text, value }),
    })
}

impl Mapping {
    /// What the exporter sends: computed here under our own mapping, elsewhere
    /// under one of others, which may never end.
    pub(in crate::command) fn preview(
        &self,
        collection: &Collection,
        variables: &BTreeMap<String, String>,
        deadline: Instant,
    ) -> anyhow::Result<Preview> {
        let Some(file) = &self.file else {
            let environment = exporter::environment(&self.config.variables, variables)
                .map_err(|name| anyhow!("can't compute which variables jq sees: {name}"))?;
            let objects = &collection.objects;
            return Ok(exporter::preview(&self.config, objects, &environment));
        };
        let foreign = Foreign {
            config: &file.value,
            dialect: collection.settings.dialect,
            variables,
            objects: collection.objects.iter().collect(),
            deadline,
        };
        foreign
            .preview()
            .with_context(|| format!("in `{}`", file.name))
    }

    /// A field of the config as it stands in its file; `None` of the generated one.
    #[cfg(feature = "catalog")]
    pub(in crate::command) fn field(&self, name: &str) -> Option<&Value> {
        Some(self.file.as_ref()?.value.get(name).unwrap_or(&Value::Null))
    }

    /// Where a field of the mapping stands; `None` in the generated one.
    pub(in crate::command) fn location(&self, field: &FieldPath) -> Option<Location> {
        let File { name, text, .. } = self.file.as_ref()?;
        let offset = of_config(text, |config, start| {
            let objects = objects_of(config);
            start + objects.first().map_or(0, |config| config.offset(field))
        });
        let before = text.get(..offset.ok()?)?;
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Some(Location {
            file: name.clone(),
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: String::from_utf8_lossy(&before[line_start..])
                .chars()
                .count()
                + 1,
            origin: None,
        })
    }
}
