//! Backups on the disk: written whole, for their owner alone, and noted in as a push
//! goes on.
//!
//! A file's name holds the integration and the moment, so that the last one of an
//! integration is found without reading the others. Invariant: a file of that name
//! is a whole backup at any moment, whenever the process or the machine ends.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow};

use crate::catalog_api::ApiUrl;
use crate::input;
use crate::publish::{Backup, Phase};

/// The largest backup that is read: it holds entities whole.
const LIMIT: u64 = 4 << 30;

/// A directory of backups.
pub(super) struct Backups {
    directory: PathBuf,
    /// The address of the API that they are of.
    pub(super) api: String,
}

/// A backup and its file.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) backup: Backup,
}

impl Backups {
    /// The directory that was named, else the user's place for such.
    pub(super) fn in_directory(named: Option<&Path>, api: &ApiUrl) -> Self {
        let directory = match named {
            Some(named) => named.to_owned(),
            None => state_directory(),
        };
        Self {
            directory,
            api: api.to_string(),
        }
    }

    /// Writes a new one.
    pub(super) fn keep(&self, backup: Backup) -> anyhow::Result<Kept> {
        let named = || format!("cannot keep a backup in `{}`", self.directory.display());
        let mut builder = fs::DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(&self.directory);
        made.with_context(named)?;
        let moment: String = backup
            .taken_at
            .chars()
            .filter(|it| !matches!(it, '-' | ':'))
            .collect();
        let name = format!("{}{moment}.json", prefix(&backup.installation));
        let path = self.directory.join(name);
        let kept = Kept { path, backup };
        kept.write().with_context(named)?;
        Ok(kept)
    }

    /// Removes all of an integration but the last ones. What can't be removed stays.
    #[cfg(feature = "controller")]
    pub(super) fn tidy(&self, installation: &str, kept: usize) {
        let mut paths = self.of(installation);
        paths.truncate(paths.len().saturating_sub(kept));
        for path in paths {
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!("cannot remove the backup `{}`: {error}", path.display());
            }
        }
    }

    /// The last one of an integration of this API; none where there is none that can
    /// be read. Other catalogs have an integration of that name, too.
    pub(super) fn last(&self, installation: &str) -> Option<Kept> {
        let paths = self.of(installation).into_iter();
        paths.rev().find_map(|path| {
            let backup = read(&path).ok()?;
            let is_ours = backup.installation == installation && backup.api == self.api;
            is_ours.then_some(Kept { path, backup })
        })
    }

    /// Those whose names say that they are of an integration, the oldest first.
    fn of(&self, installation: &str) -> Vec<PathBuf> {
        let prefix = prefix(installation);
        let entries = fs::read_dir(&self.directory).into_iter().flatten();
        let names = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names
            .filter(|name| {
                let moment = name.strip_prefix(&prefix);
                // Another integration's name may begin like this one's.
                moment.is_some_and(|it| it.ends_with(".json") && !it.contains('-'))
            })
            .collect();
        names.sort();
        let paths = names.iter().map(|name| self.directory.join(name));
        paths.collect()
    }
}

impl Kept {
    /// Notes how far the push has come.
    pub(super) fn note(&mut self, phase: Phase) -> anyhow::Result<()> {
        self.backup.phase = phase;
        let written = self.write();
        written.with_context(|| format!("cannot note it in `{}`", self.path.display()))
    }

    fn write(&self) -> io::Result<()> {
        let directory = self.path.parent();
        let directory = directory.filter(|it| !it.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(directory)?;
        file.write_all(self.backup.to_text().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        // The name, too, must be there after a power cut.
        File::open(directory)?.sync_all()
    }
}

/// Reads one.
pub(super) fn read(path: &Path) -> anyhow::Result<Backup> {
    let text = input::read_file(path, LIMIT)?;
    Backup::parse(&text).map_err(|error| anyhow!("`{}` {error}", path.display()))
}

/// `k8s-prod@`: what the names of an integration's backups begin with.
fn prefix(installation: &str) -> String {
    let plain = |it: char| match it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.') {
        true => it,
        false => '_',
    };
    let name: String = installation.chars().map(plain).collect();
    format!("{name}@")
}

fn state_directory() -> PathBuf {
    let absolute = |name| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    match state {
        Some(state) => state.join("glint-gitops/backups"),
        None => PathBuf::from("glint-backups"),
    }
}

/// Now, as RFC 3339 with milliseconds.
pub(super) fn now() -> String {
    moment(SystemTime::now())
}

fn moment(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let millis = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day of a day since 1970, in years that begin with March, so that
/// the odd day is the last one.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::json;

    use super::{Backups, moment};
    use crate::catalog::Dialect;
    use crate::catalog_api::ApiUrl;
    use crate::publish::{Backup, Phase};

    const API: &str = "https://api.port.io";

    fn backups(directory: &Path) -> Backups {
        Backups::in_directory(Some(directory), &ApiUrl::parse(API).unwrap())
    }

    fn backup(installation: &str, taken_at: &str) -> Backup {
        Backup {
            api: API.to_owned(),
            installation: installation.to_owned(),
            dialect: Dialect::Glint,
            taken_at: taken_at.to_owned(),
            integration: json!({}),
            before: None,
            after: json!({}),
            owned: Vec::new(),
            deleted: Vec::new(),
            uncertain: Vec::new(),
            created: Vec::new(),
            at_stake: Vec::new(),
            relating: Vec::new(),
            phase: Phase::BackedUp,
        }
    }

    #[test]
    fn the_last_backup_of_an_integration_is_found_and_noted_in() {
        let folder = tempfile::tempdir().unwrap();
        let backups = backups(&folder.path().join("a/b"));
        assert!(backups.last("k8s").is_none());
        for (installation, moment) in [
            ("k8s", "2026-11-20T10:14:02.000Z"),
            ("k8s", "2026-11-19T10:14:02.000Z"),
            ("k8s-prod", "2026-11-21T10:14:02.000Z"),
        ] {
            backups.keep(backup(installation, moment)).unwrap();
        }
        let mut last = backups.last("k8s").unwrap();
        assert_eq!(last.backup.taken_at, "2026-11-20T10:14:02.000Z");
        last.note(Phase::Patched).unwrap();
        assert_eq!(backups.last("k8s").unwrap().backup.phase, Phase::Patched);
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(last.path.clone()), 0o600);
        assert_eq!(mode(folder.path().join("a/b")), 0o700);
        assert_eq!(
            last.path.file_name().unwrap(),
            "k8s@20261120T101402.000Z.json"
        );
    }

    #[cfg(feature = "controller")]
    #[test]
    fn the_oldest_backups_of_an_integration_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let backups = backups(folder.path());
        let days = ["18", "19", "20"];
        for (installation, day) in [("k8s", "17"), ("other", "16")]
            .into_iter()
            .chain(days.map(|day| ("k8s", day)))
        {
            let moment = format!("2026-11-{day}T10:14:02.000Z");
            backups.keep(backup(installation, &moment)).unwrap();
        }
        backups.tidy("k8s", 2);
        let names = |installation| -> Vec<_> {
            let paths = backups.of(installation).into_iter();
            let names = paths.map(|it| it.file_name().unwrap().to_owned());
            names.map(|it| it.into_string().unwrap()).collect()
        };
        assert_eq!(
            names("k8s"),
            [
                "k8s@20261119T101402.000Z.json",
                "k8s@20261120T101402.000Z.json"
            ]
        );
        assert_eq!(names("other").len(), 1);
    }

    #[test]
    fn a_later_backup_that_is_not_of_this_integration_and_api_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let backups = backups(folder.path());
        let mut other = backup("k/8", "2026-11-22T10:14:02.000Z");
        other.api = "https://api.us.port.io".to_owned();
        let ours = backup("k/8", "2026-11-20T10:14:02.000Z");
        // Its files are named like those of the other integration.
        let alike = backup("k:8", "2026-11-21T10:14:02.000Z");
        for backup in [ours.clone(), alike, other] {
            backups.keep(backup).unwrap();
        }
        fs::write(folder.path().join("k_8@20261123T101402.000Z.json"), "{}").unwrap();
        assert_eq!(backups.last("k/8").unwrap().backup, ours);
    }

    #[test]
    fn a_moment_is_written_as_everybody_does() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_868_799, "2000-02-29T23:59:59.000Z"),
            (1_795_774_442, "2026-11-27T10:14:02.000Z"),
        ] {
            assert_eq!(moment(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
