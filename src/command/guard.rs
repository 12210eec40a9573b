//! The guard of a render: one that loses more entities of its `glint.lock` than
//! allowed stops.
//!
//! A wrong values file, a selector that matches nothing or a directory that was
//! moved away renders without a complaint, and the exporter then deletes what is
//! not there. The lock in Git says what was there before. It keeps mistakes out,
//! not malice: who may write the repository may write the lock, in a commit that
//! shows which entities go.

use std::path::Path;

use anyhow::anyhow;

use crate::config::Settings;
use crate::finding::{Finding, Severity};
use crate::input;
use crate::lock::{self, Limits, Lock, Loss};
use crate::manifest::Location;
use crate::render::{RenderError, Rendered};

/// How many of the lost entities are listed.
const LISTED: usize = 100;

/// A lock that lies in the rendered directory.
pub(super) struct Guard {
    /// The file, as the user would find it.
    file: String,
    /// The command that writes it.
    command: String,
    lock: Lock,
}

/// Reads the lock of a directory, where there is one. Where the program does
/// nothing, or the application is kept from the catalog as a whole, there is
/// nothing to guard.
pub(super) fn lock(settings: &Settings, directory: &Path) -> anyhow::Result<Option<Guard>> {
    if !settings.enabled || !settings.deliver {
        return Ok(None);
    }
    let Some((file, text)) = input::read_beside(directory, lock::FILE, settings.input_limit)?
    else {
        return Ok(None);
    };
    // Argo CD renders in a work folder; its author knows the folder in Git.
    let folder = match &settings.source_path {
        Some(path) if directory == Path::new(".") => path.clone(),
        Some(_) | None => directory.display().to_string(),
    };
    let command = format!("glint-gitops lock {folder}");
    match Lock::parse(&text) {
        Ok(lock) => Ok(Some(Guard {
            file,
            command,
            lock,
        })),
        Err(error) => Err(anyhow!("{file}:{error}; write it anew with `{command}`")),
    }
}

/// Lets a render through that loses no more than allowed.
pub(super) fn check<'a>(
    guard: &Guard,
    rendered: Rendered<'a>,
    settings: &Settings,
) -> Result<Rendered<'a>, RenderError> {
    let limits = Limits {
        deletions: settings.max_deletions,
        share: settings.max_deletion_share,
    };
    let loss = guard.lock.loss(&rendered.delivered, limits);
    match loss.breaches.is_empty() {
        true => Ok(rendered),
        false => Err(RenderError::Stopped(findings(guard, &loss, settings))),
    }
}

/// Why it stops, then what would go, one entity each.
fn findings(guard: &Guard, loss: &Loss, settings: &Settings) -> Vec<Finding> {
    let Loss { entities, breaches } = loss;
    let breaches: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    let message = format!("{} would be deleted", breaches.join(", "));
    let help = format!(
        "if this is meant, accept it with `{}` and commit {}",
        guard.command,
        lock::FILE
    );
    let reason = Finding::new("too-many-deletions", Severity::Error, message)
        .with_help(help)
        .at(Location {
            file: guard.file.clone(),
            line: 1,
            column: 1,
            origin: None,
        });
    let listed = entities.iter().take(LISTED).map(|(key, entry)| {
        let mut resource = entry.owner.resource();
        resource.api_version = settings.dialect.api_version().to_owned();
        let message = format!("`{key}` would go");
        Finding::new("deleted-entity", Severity::Info, message).on(resource)
    });
    let more = entities.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| {
        let message = format!("{more} more entities would go");
        Finding::new("deleted-entity", Severity::Info, message)
    });
    std::iter::once(reason).chain(listed).chain(more).collect()
}
