//! Where the charts that a chart depends on come from.
//!
//! Vendored ones are Helm's business. A missing one that stands in the
//! repository (`file://`) is packed; one of an allowed host is pulled; any
//! other is refused. Not for `Chart.lock`'s digest: what is vendored is what
//! was reviewed. Invariant: the user's tree stays as it is; what is missing is
//! added to a copy.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::chart::{Chart, Dependency, FILE, check_links};
use super::confine::Place;
use super::environment::{Home, explained};
use super::process::{Step, run};
use super::remote::{host_of, is_allowed};
use super::{InputError, Options, redact};

/// The directory of a chart that Helm can render: the chart's own if nothing
/// is missing in it, else a completed copy in the renderer's home.
pub(super) fn completed(
    place: &Place,
    helm: &Path,
    home: &Home,
    options: &Options<'_>,
) -> Result<PathBuf, InputError> {
    let files = check_links(place, &place.path, options.limits)?;
    let chart = Chart::read(place, &place.path, options.limits)?;
    let missing: Vec<&Dependency> = chart
        .dependencies
        .iter()
        .filter(|dependency| !is_vendored(place, dependency, options))
        .collect();
    if missing.is_empty() {
        return Ok(place.path.clone());
    }
    let supplies = missing
        .iter()
        .map(|dependency| supply(place, &chart, dependency, options))
        .collect::<Result<Vec<_>, _>>()?;
    let copy = home.part("charts").join("chart");
    copy_chart(place, &files, &copy, options)?;
    for (dependency, supply) in missing.iter().zip(&supplies) {
        let step = supply.step(place, dependency, helm, home, &copy, options);
        (options.announce)(&step.name);
        run(&step).map_err(explained)?;
    }
    Ok(copy)
}

/// Whether a dependency lies in `charts/`, unpacked or packed. Helm compares
/// the names alone (`action.CheckDependencies`), and so a packed one counts if
/// its file is `<name>-<version>.tgz` for any version.
fn is_vendored(place: &Place, dependency: &Dependency, options: &Options<'_>) -> bool {
    let prefix = format!("{}-", dependency.name);
    let entries = fs::read_dir(place.path.join("charts"))
        .into_iter()
        .flatten()
        .flatten();
    entries.into_iter().any(|entry| {
        let path = entry.path();
        let name = entry.file_name();
        let version = name
            .to_str()
            .and_then(|name| name.strip_prefix(&prefix)?.strip_suffix(".tgz"));
        let is_packed = version.is_some_and(|version| {
            version
                .trim_start_matches('v')
                .starts_with(|first: char| first.is_ascii_digit())
        });
        let is_unpacked = || {
            path.join(FILE).is_file()
                && Chart::read(place, &path, options.limits)
                    .is_ok_and(|chart| chart.name == dependency.name)
        };
        is_packed || is_unpacked()
    })
}

/// Where a missing chart comes from.
enum Supply {
    /// A directory of the repository.
    Local(PathBuf),
    /// A chart repository on an allowed host.
    Repository,
    /// A registry on an allowed host.
    Registry,
}

/// Decides where a missing chart comes from.
fn supply(
    place: &Place,
    chart: &Chart,
    dependency: &Dependency,
    options: &Options<'_>,
) -> Result<Supply, InputError> {
    let named_by = format!("chart `{}`", chart.name);
    let Dependency {
        name,
        repository,
        version: _,
    } = dependency;
    if let Some(path) = repository.strip_prefix("file://") {
        let found = place.repository.resolve(&place.path, path, &named_by)?;
        let directory = found.filter(|found| found.join(FILE).is_file());
        let directory = directory.ok_or_else(|| InputError::Refused {
            what: format!(
                "{named_by} depends on `{name}` from `{}`, where no `{FILE}` is",
                redact::redacted(repository)
            ),
            remedy: "correct `repository` in its dependencies".to_owned(),
        })?;
        check_links(place, &directory, options.limits)?;
        return Ok(Supply::Local(directory));
    }
    let supplied = [
        ("https:", Supply::Repository),
        ("http:", Supply::Repository),
        ("oci:", Supply::Registry),
    ]
    .into_iter()
    .find_map(|(scheme, supply)| {
        repository
            .strip_prefix(scheme)
            .map(|rest| (host_of(rest), supply))
    });
    match supplied {
        Some((host, supply)) if is_allowed(&host, &options.allow_hosts) => Ok(supply),
        Some((host, _)) => Err(InputError::Remote {
            named_by: format!("{named_by}, which has no `{name}` in its charts/,"),
            url: redact::redacted(repository),
            host,
            remedy: "run `helm dependency build` and commit charts/, or have the operator add the host",
        }),
        None => Err(InputError::Refused {
            what: format!(
                "{named_by} has no `{name}` in its charts/, and its repository `{}` is no address",
                redact::redacted(repository)
            ),
            remedy: "run `helm dependency build` and commit charts/".to_owned(),
        }),
    }
}

impl Supply {
    /// The step that puts a packed chart into the copy's charts/.
    fn step(
        &self,
        place: &Place,
        dependency: &Dependency,
        helm: &Path,
        home: &Home,
        copy: &Path,
        options: &Options<'_>,
    ) -> Step {
        let Dependency {
            name,
            version,
            repository,
        } = dependency;
        let flag = |flag: &str, value: &str| OsString::from(format!("--{flag}={value}"));
        let mut destination = OsString::from("--destination=");
        destination.push(copy.join("charts"));
        let (shown, arguments) = match self {
            Self::Local(directory) => {
                let shown = place.repository.shown(directory).display();
                let arguments = vec![
                    "package".into(),
                    destination,
                    "--".into(),
                    directory.clone().into(),
                ];
                (format!("helm package {shown}"), arguments)
            }
            Self::Repository => {
                let repo = flag("repo", repository);
                let arguments = vec![
                    "pull".into(),
                    repo,
                    flag("version", version),
                    destination,
                    "--".into(),
                    name.into(),
                ];
                (
                    format!("helm pull {name} from {}", redact::redacted(repository)),
                    arguments,
                )
            }
            Self::Registry => {
                let address = format!("{}/{name}", repository.trim_end_matches('/'));
                let shown = format!("helm pull {}", redact::redacted(&address));
                (
                    shown,
                    vec![
                        "pull".into(),
                        flag("version", version),
                        destination,
                        "--".into(),
                        address.into(),
                    ],
                )
            }
        };
        Step {
            name: shown,
            program: helm.to_owned(),
            arguments,
            variables: home.variables(&options.allow_hosts),
            directory: home.part("tmp"),
            output_limit: options.limits.total_bytes,
            deadline: options.deadline,
        }
    }
}

/// Copies a chart's files, symlinks as what they lead to.
fn copy_chart(
    place: &Place,
    files: &[PathBuf],
    copy: &Path,
    options: &Options<'_>,
) -> Result<(), InputError> {
    let scratch = |source| InputError::Scratch {
        what: "a copy of the chart",
        source,
    };
    let mut left = options.limits.total_bytes;
    fs::create_dir_all(copy.join("charts")).map_err(scratch)?;
    for file in files {
        let below = file.strip_prefix(&place.path).unwrap_or(file);
        let target = copy.join(below);
        let size = fs::metadata(file)
            .map_err(InputError::read(&place.named(below)))?
            .len();
        left = left.checked_sub(size).ok_or_else(|| InputError::TooLarge {
            what: format!("the chart `{}`", place.given.display()),
            limit: options.limits.total_bytes,
        })?;
        fs::create_dir_all(target.parent().unwrap_or(copy)).map_err(scratch)?;
        fs::copy(file, &target).map_err(scratch)?;
    }
    Ok(())
}
