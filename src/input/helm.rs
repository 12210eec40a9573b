//! Runs `helm template`, with flags that Helm 3 and Helm 4 share.
//!
//! After argo-cd 3.6.1 `util/helm/cmd.go` (`template`), so that a chart renders
//! here as it does there: CRDs are included, tests are not skipped, parameters
//! go through `--set`. Not for the chart's dependencies
//! (`chart_dependencies`). Invariants: Helm asks no cluster and runs no plugin
//! and no post-renderer.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::chart_dependencies::completed;
use super::environment::{Home, explained};
use super::place::Place;
use super::process::{Step, run};
use super::{HelmOptions, InputError, Options, Tool};

/// Renders the chart of a directory.
pub(super) fn template(place: &Place, options: &Options<'_>) -> Result<Vec<u8>, InputError> {
    let values_files = values_files(place, &options.helm.values_files)?;
    let program = options.tools.find(Tool::Helm)?;
    let home = Home::new()?;
    let chart = completed(place, &program, &home, options)?;
    let step = Step {
        name: format!("helm template {}", place.given.display()),
        program,
        arguments: arguments(&options.helm, &values_files, &chart),
        variables: home.variables(&options.allow_hosts),
        home: home.path().to_owned(),
        input: None,
        output_limit: options.limits.total_bytes,
        deadline: options.deadline,
    };
    (options.announce)(&step.name);
    run(step).map_err(explained)
}

/// The arguments. Each value stands in one word with its flag, so that none
/// can be taken for a flag itself.
fn arguments(options: &HelmOptions, values_files: &[PathBuf], chart: &Path) -> Vec<OsString> {
    let HelmOptions {
        release_name,
        namespace,
        values_files: _,
        parameters,
        kube_version,
        api_versions,
    } = options;
    let flag = |name: &str, value: &str| OsString::from(format!("--{name}={value}"));
    let mut arguments = vec![OsString::from("template")];
    arguments.extend(
        namespace
            .iter()
            .map(|namespace| flag("namespace", namespace)),
    );
    arguments.extend(
        kube_version
            .iter()
            .map(|version| flag("kube-version", version)),
    );
    arguments.extend(
        parameters
            .iter()
            .map(|(name, value)| flag("set", &format!("{name}={}", escaped(value)))),
    );
    arguments.extend(values_files.iter().map(|file| {
        let mut argument = OsString::from("--values=");
        argument.push(file);
        argument
    }));
    // One flag an API: a single argument may be at most 128 KiB long on Linux.
    arguments.extend(
        api_versions
            .iter()
            .map(|version| flag("api-versions", version)),
    );
    arguments.extend([
        "--include-crds".into(),
        "--".into(),
        release_name.into(),
        chart.into(),
    ]);
    arguments
}

/// A parameter's value with its commas escaped, which `--set` would split at;
/// lists in braces keep theirs (argo-cd `cleanSetParameters`).
fn escaped(value: &str) -> String {
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut escaped = String::new();
    let mut before = '\0';
    for letter in value.chars() {
        if letter == ',' && before != '\\' {
            escaped.push('\\');
        }
        escaped.push(letter);
        before = letter;
    }
    escaped
}

/// The files of values with their real paths.
fn values_files(place: &Place, named: &[String]) -> Result<Vec<PathBuf>, InputError> {
    named.iter().map(|name| values_file(place, name)).collect()
}

/// One file of values: below the chart, or from the repository's root if it
/// begins with `/` (argo-cd `util/io/path/resolved.go`). A real path into the
/// repository, as a shell completes it, is understood too.
fn values_file(place: &Place, name: &str) -> Result<PathBuf, InputError> {
    let refused = |problem: &str, remedy: &str| InputError::Refused {
        what: format!(
            "the values file `{}` {problem}",
            super::redact::redacted(name)
        ),
        remedy: remedy.to_owned(),
    };
    if name.contains("://") {
        return Err(refused(
            "is a URL",
            "commit it to the repository and name it there",
        ));
    }
    let root = place.repository.root();
    let (base, below) = match name.strip_prefix('/') {
        Some(_) if Path::new(name).starts_with(root) => (root, name),
        Some(below) => (root, below.trim_start_matches('/')),
        None => (place.path.as_path(), name),
    };
    let found = place.repository.resolve(base, below, "`values-files`")?;
    let file = found.filter(|found| found.is_file()).ok_or_else(|| {
        let from = place.repository.shown(base).display();
        refused(
            &format!("is not in `{from}`"),
            "name it relative to the chart, or from the repository's root with a `/` in front",
        )
    })?;
    // Helm reads the flag as a line of CSV.
    if file.to_string_lossy().contains([',', '"', '\n']) {
        return Err(refused(
            "has a comma, a quote or a line break in its path",
            "rename it",
        ));
    }
    Ok(file)
}
