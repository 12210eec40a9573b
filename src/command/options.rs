//! Settings, as the options of the modules that do the work.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::config::{
    CrdsSetting, HostSetting, MappingSetting, MappingStyle, RendererSetting, Settings,
};
use crate::exporter::Style;
use crate::input::{self, DirectoryOptions, HelmOptions, Limits, RendererChoice, Tools};
use crate::render::{
    ClusterKinds, CrdPolicy, Delivery, Emptiness, Host, MappingPlacement, Options, Provenance,
};

/// A directory's most files: more is a mistake long before it is a limit of this
/// program.
const FILES: usize = 10_000;

/// The core's options; the host and the renderer are known once the input is.
pub(super) fn render(
    settings: &Settings,
    host: Host,
    renderer: Option<&str>,
    application: Option<String>,
) -> Options {
    let cluster = match &settings.served_api_versions {
        Some(versions) => ClusterKinds::Known(versions.iter().cloned().collect()),
        None => ClusterKinds::Unknown,
    };
    Options {
        dialect: settings.dialect,
        host,
        crds: match settings.crds {
            CrdsSetting::Auto => CrdPolicy::Auto,
            CrdsSetting::Always => CrdPolicy::Always,
            CrdsSetting::Never => CrdPolicy::Never,
        },
        cluster,
        provenance: Provenance {
            application: settings.application.clone().or(application),
            project: settings.project.clone(),
            source_repo: settings.source_repo.clone(),
            source_path: settings.source_path.clone(),
            renderer: renderer.map(str::to_owned),
        },
        delivery: match settings.deliver {
            true => Delivery::Delivered,
            false => Delivery::Withheld,
        },
        mapping: match settings.mapping {
            MappingSetting::ConfigMap => MappingPlacement::ConfigMap,
            MappingSetting::None => MappingPlacement::None,
        },
        style: style(settings),
        claims: settings.claims.clone(),
        claimant: settings.claimant.clone(),
        emptiness: match settings.allow_empty {
            true => Emptiness::Allowed,
            false => Emptiness::Refused,
        },
    }
}

pub(super) fn style(settings: &Settings) -> Style {
    match settings.mapping_style {
        MappingStyle::Generic => Style::Generic,
        MappingStyle::Explicit => Style::Explicit,
    }
}

/// The host that was named, if any.
pub(super) fn host(settings: &Settings) -> Option<Host> {
    settings.host.map(|host| match host {
        HostSetting::ArgoCd => Host::ArgoCd,
        HostSetting::Flux => Host::Flux,
        HostSetting::Helm => Host::Helm,
        HostSetting::Pipe => Host::Pipe,
    })
}

/// The input's options.
pub(super) fn input<'a>(
    settings: &Settings,
    directory: &Path,
    deadline: Instant,
    announce: &'a dyn Fn(&str),
) -> input::Options<'a> {
    input::Options {
        renderer: match settings.renderer {
            RendererSetting::Auto => RendererChoice::Auto,
            RendererSetting::Helm => RendererChoice::Helm,
            RendererSetting::Kustomize => RendererChoice::Kustomize,
            RendererSetting::Directory => RendererChoice::Directory,
        },
        helm: HelmOptions {
            release_name: release_name(settings, directory),
            namespace: settings.namespace.clone(),
            values_files: settings.values_files.clone(),
            parameters: settings.parameters.clone(),
            kube_version: settings.kube_version.clone(),
            api_versions: settings.api_versions.clone().unwrap_or_default(),
        },
        directory: DirectoryOptions {
            recurse: settings.recurse,
            include: settings.include.clone(),
            exclude: settings.exclude.clone(),
        },
        limits: limits(settings),
        deadline,
        allow_hosts: settings
            .allow_hosts
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>(),
        tools: Tools {
            helm: settings.helm_path.clone(),
            kustomize: settings.kustomize_path.clone(),
            search_path: std::env::var_os("PATH").unwrap_or_default(),
        },
        announce,
    }
}

/// How much is read at most.
pub(super) fn limits(settings: &Settings) -> Limits {
    Limits {
        file_bytes: settings.input_limit,
        total_bytes: settings.input_limit,
        files: FILES,
    }
}

/// The release's name as Argo CD chooses it: the application's, else the
/// directory's, cut to what Helm takes.
fn release_name(settings: &Settings, directory: &Path) -> String {
    const LIMIT: usize = 53;
    let application = settings.application.as_deref();
    let application = match host(settings) {
        Some(Host::ArgoCd) => application.map(application_name),
        Some(Host::Flux | Host::Helm | Host::Pipe) | None => application,
    };
    let name = settings
        .release_name
        .clone()
        .or_else(|| application.map(str::to_owned))
        .or_else(|| directory_name(directory))
        .unwrap_or_else(|| "release".to_owned());
    let label: String = name
        .chars()
        .map(|found| found.to_ascii_lowercase())
        .map(|found| {
            if found.is_ascii_alphanumeric() || found == '.' {
                found
            } else {
                '-'
            }
        })
        .take(LIMIT)
        .collect();
    label.trim_matches(['-', '.']).to_owned()
}

/// An Application's own name. One outside of Argo CD's namespace is called
/// `<namespace>_<name>`, and Argo CD leaves the namespace out of its release
/// (`ParseInstanceName` in argo-cd 3.6.1 util/argo/argo.go).
fn application_name(instance: &str) -> &str {
    instance.split_once('_').map_or(instance, |(_, name)| name)
}

/// The last part of a directory's path, `.` resolved.
pub(super) fn directory_name(directory: &Path) -> Option<String> {
    let real = std::fs::canonicalize(directory).ok()?;
    Some(real.file_name()?.to_string_lossy().into_owned())
}

/// The moment at which the work must be done.
///
/// Argo CD's plugin server kills a call by a clock that runs since before the
/// work folder was made, so there the time is counted from the folder's birth;
/// elsewhere from now.
pub(super) fn deadline(settings: &Settings, root: &Path) -> Instant {
    let spent = match settings.host {
        Some(HostSetting::ArgoCd) => work_folder_age(root).unwrap_or_default(),
        Some(HostSetting::Flux | HostSetting::Helm | HostSetting::Pipe) | None => Duration::ZERO,
    };
    Instant::now() + settings.timeout.saturating_sub(spent)
}

/// How long ago the plugin server made the work folder, `None` for any other
/// directory.
fn work_folder_age(root: &Path) -> Option<Duration> {
    let made_by_server = root.parent()?.file_name()? == "_cmp_server";
    let metadata = std::fs::metadata(root).ok().filter(|_| made_by_server)?;
    let born = metadata.created().or_else(|_| metadata.modified()).ok()?;
    SystemTime::now().duration_since(born).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{application_name, work_folder_age};

    #[test]
    fn a_release_is_called_like_its_application_wherever_that_lives() {
        assert_eq!(application_name("shop"), "shop");
        assert_eq!(application_name("team-a_shop"), "shop");
    }

    #[test]
    fn only_a_work_folder_of_the_plugin_server_has_an_age() {
        let scratch = tempfile::tempdir().unwrap();
        let work = scratch.path().join("_cmp_server/6f1c");
        let other = scratch.path().join("apps/6f1c");
        for folder in [&work, &other] {
            fs::create_dir_all(folder).unwrap();
        }
        assert!(work_folder_age(&work).is_some());
        assert_eq!(work_folder_age(&other), None);
    }
}
