//! Where the charts that a chart depends on come from.
//!
//! Vendored ones are Helm's business. A missing one that stands in the
//! repository (`file://`) is packed; one of an allowed host is pulled; any
//! other is refused. Not for `Chart.lock`'s digest: what is vendored is what
//! was reviewed. Invariant: the user's tree stays as it is; what is missing is
//! added to a copy.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::chart::{Chart, Dependency, FILE, check_links};
use super::environment::{Home, explained};
use super::place::Place;
use super::process::{Step, run};
use super::redact::redacted;
use super::remote::{host_of, is_allowed};
use super::{InputError, Options};

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
        let step = supply.step(dependency, &copy.join("charts"), helm, home, options);
        (options.announce)(&step.name);
        run(step).map_err(explained)?;
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
    Local {
        /// Real and absolute.
        directory: PathBuf,
        /// As it stands in the repository.
        shown: String,
    },
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
    match dependency.repository.strip_prefix("file://") {
        Some(path) => local(place, chart, dependency, path, options),
        None => remote(chart, dependency, &options.allow_hosts),
    }
}

/// A chart that stands in the repository.
fn local(
    place: &Place,
    chart: &Chart,
    dependency: &Dependency,
    path: &str,
    options: &Options<'_>,
) -> Result<Supply, InputError> {
    let named_by = format!("chart `{}`", chart.name);
    let found = place.repository.resolve(&place.path, path, &named_by)?;
    let directory = found
        .filter(|found| found.join(FILE).is_file())
        .ok_or_else(|| InputError::Refused {
            what: format!(
                "{named_by} depends on `{}` from `file://{path}`, where no `{FILE}` is",
                dependency.name
            ),
            remedy: "correct `repository` in its dependencies".to_owned(),
        })?;
    check_links(place, &directory, options.limits)?;
    Ok(Supply::Local {
        shown: place.repository.shown(&directory).display().to_string(),
        directory,
    })
}

/// A chart on another host.
fn remote(
    chart: &Chart,
    dependency: &Dependency,
    allow_hosts: &BTreeSet<String>,
) -> Result<Supply, InputError> {
    let Dependency {
        name,
        repository,
        version: _,
    } = dependency;
    let schemes = [
        ("https:", Supply::Repository),
        ("http:", Supply::Repository),
        ("oci:", Supply::Registry),
    ];
    let found = schemes
        .into_iter()
        .find_map(|(scheme, supply)| Some((host_of(repository.strip_prefix(scheme)?), supply)));
    match found {
        Some((host, supply)) if is_allowed(&host, allow_hosts) => Ok(supply),
        Some((host, _)) => Err(InputError::Remote {
            named_by: format!(
                "chart `{}`, which has no `{name}` in its charts/,",
                chart.name
            ),
            url: redacted(repository),
            host,
            remedy: "run `helm dependency build` and commit charts/, or have the operator add the host",
        }),
        None => Err(InputError::Refused {
            what: format!(
                "chart `{}` has no `{name}` in its charts/, and its repository `{}` is no address",
                chart.name,
                redacted(repository)
            ),
            remedy: "run `helm dependency build` and commit charts/".to_owned(),
        }),
    }
}

impl Supply {
    /// The step that puts a packed chart into `charts`.
    fn step(
        &self,
        dependency: &Dependency,
        charts: &Path,
        helm: &Path,
        home: &Home,
        options: &Options<'_>,
    ) -> Step {
        let Dependency {
            name,
            version,
            repository,
        } = dependency;
        let mut arguments: Vec<OsString> = Vec::new();
        let mut flag = |flag: &str, value: &OsStr| {
            let mut argument = OsString::from(format!("--{flag}="));
            argument.push(value);
            arguments.push(argument);
        };
        flag("destination", charts.as_os_str());
        let (verb, subject, shown) = match self {
            Self::Local { directory, shown } => {
                ("package", directory.clone().into(), shown.clone())
            }
            Self::Repository => {
                flag("repo", repository.as_ref());
                flag("version", version.as_ref());
                (
                    "pull",
                    OsString::from(name),
                    format!("{name} from {repository}"),
                )
            }
            Self::Registry => {
                flag("version", version.as_ref());
                let address = format!("{}/{name}", repository.trim_end_matches('/'));
                ("pull", OsString::from(&address), address)
            }
        };
        arguments.insert(0, verb.into());
        arguments.extend(["--".into(), subject]);
        Step {
            name: redacted(&format!("helm {verb} {shown}")),
            program: helm.to_owned(),
            arguments,
            variables: home.variables(&options.allow_hosts),
            home: home.path().to_owned(),
            input: None,
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
