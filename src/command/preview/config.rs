//! The mapping that is previewed: one in a file, else the generated one.

use std::path::Path;

use anyhow::{Context, bail};

use crate::command::collect::Collection;
use crate::command::options;
use crate::exporter::{self, Config};
use crate::manifest::{FieldPath, Location, Parsed, objects_of, split};

/// A mapping, and where it comes from.
pub(super) struct Mapping {
    /// As the exporter decodes it.
    pub config: Config,
    /// The file's name and text; `None` for the generated one.
    file: Option<(String, Vec<u8>)>,
}

/// Reads or generates the mapping.
pub(super) fn mapping(file: Option<&Path>, collection: &Collection) -> anyhow::Result<Mapping> {
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
    let config = parsed(&text, |config| {
        Ok(Config::decode(config.value().clone(), settings.dialect)?)
    });
    Ok(Mapping {
        config: config.with_context(|| format!("in `{name}`"))?,
        file: Some((name, text)),
    })
}

/// The one document of a config.
fn parsed<T>(text: &[u8], read: impl Fn(&Parsed<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let documents = split(text).map_err(|error| anyhow::anyhow!(error.message))?;
    let [document] = documents.as_slice() else {
        bail!("{} documents; a config is one", documents.len());
    };
    let parsed = Parsed::read(&text[document.range.clone()], document.notation)
        .map_err(|error| anyhow::anyhow!("{}", error.message))?;
    read(&parsed)
}

impl Mapping {
    /// Whether others wrote it.
    pub(super) fn is_foreign(&self) -> bool {
        self.file.is_some()
    }

    /// Where a field of the mapping stands; `None` in the generated one.
    pub(super) fn location(&self, field: &FieldPath) -> Option<Location> {
        let (name, text) = self.file.as_ref()?;
        let start = split(text).ok()?.first()?.range.start;
        let offset = parsed(text, |config| {
            let objects = objects_of(config);
            Ok(objects.first().map_or(0, |config| config.offset(field)))
        });
        let before = text.get(..start + offset.ok()?)?;
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
