//! `install`: what to apply, for the user's own names.
//!
//! Few flags, on purpose. A user's own are the images (every registry is another
//! one), the namespace, and, to run two versions side by side, the plugin's name.
//! Everything else is a line in a file that the user now has. There is none for
//! the kind of installation: that is the part's name.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Exit, print};
use crate::cli::{
    ArgocdPart, FluxPart, InstallArgocdArgs, InstallCommand, InstallFluxArgs, InstallHelmArgs,
    InstallOutputArgs,
};
use crate::output::{self, Console, NewFile};
use crate::package::{Folder, NameError, Names, argocd, flux, helm};

pub(super) fn run(command: &InstallCommand, console: &mut Console) -> anyhow::Result<Exit> {
    match command {
        InstallCommand::Argocd(arguments) => for_argocd(arguments, console),
        InstallCommand::Flux(arguments) => for_flux(arguments, console),
        InstallCommand::Helm(arguments) => for_helm(arguments, console),
    }
}

fn for_argocd(arguments: &InstallArgocdArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let InstallArgocdArgs {
        part,
        image,
        controller_image,
        namespace,
        name,
        output: InstallOutputArgs { output },
    } = arguments;
    let names = with(
        "--image",
        image.as_deref(),
        Names::of_argocd(),
        Names::with_image,
    )?;
    let names = in_a_cluster(names, controller_image.as_deref(), namespace.as_deref())?;
    let names = with("--name", name.as_deref(), names, Names::with_plugin)?;
    let (folders, default) = match names.has_plugin_of_the_image() {
        true => (argocd::ALL.to_vec(), &argocd::SIDECAR),
        // The image's plugin.yaml has its own name.
        false => (without_sidecar(), &argocd::PLUGIN_CONFIGMAP),
    };
    let part = part.map(argocd_folder);
    if let Some(part) = part
        && !folders.iter().any(|folder| folder.name == part.name)
    {
        anyhow::bail!(
            "`{}` has the image's plugin.yaml, in which the plugin is called `glint-gitops`; \
             with `--name` take `{}`",
            part.name,
            default.name
        );
    }
    match output {
        None => print_stream(part.unwrap_or(default), &names),
        Some(directory) => {
            let folders = part.map_or(folders, |part| vec![part]);
            write(directory, files(&folders, &names), console)
        }
    }
}

fn for_flux(arguments: &InstallFluxArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let InstallFluxArgs {
        part,
        image,
        controller_image,
        namespace,
        output: InstallOutputArgs { output },
    } = arguments;
    let names = with(
        "--image",
        image.as_deref(),
        Names::of_flux(),
        Names::with_image,
    )?;
    let names = in_a_cluster(names, controller_image.as_deref(), namespace.as_deref())?;
    let part = part.map(flux_folder);
    match output {
        None => print_stream(part.unwrap_or(&flux::CI), &names),
        Some(directory) => {
            let folders = part.map_or(flux::ALL.to_vec(), |part| vec![part]);
            write(directory, files(&folders, &names), console)
        }
    }
}

fn for_helm(arguments: &InstallHelmArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let InstallHelmArgs {
        output: InstallOutputArgs { output },
    } = arguments;
    let names = Names::of_argocd();
    let Some(directory) = output else {
        return print_stream(&helm::PLUGIN, &names);
    };
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let content =
        std::fs::read(&program).with_context(|| format!("cannot read `{}`", program.display()))?;
    let mut files = new_files(&helm::PLUGIN, &names, Path::new(""));
    files.push(NewFile {
        path: PathBuf::from(helm::PROGRAM),
        content,
        is_program: true,
    });
    write(directory, files, console)
}

fn print_stream(folder: &Folder, names: &Names) -> anyhow::Result<Exit> {
    let stream = folder.stream(names).with_context(|| {
        format!(
            "`{}` is a patch and a ConfigMap, and no command of kubectl takes both; write them \
             with `--output`, for kustomize",
            folder.name
        )
    })?;
    print(stream.as_bytes())
}

fn in_a_cluster(
    names: Names,
    controller_image: Option<&str>,
    namespace: Option<&str>,
) -> anyhow::Result<Names> {
    let set = Names::with_controller_image;
    let names = with("--controller-image", controller_image, names, set)?;
    with("--namespace", namespace, names, Names::with_namespace)
}

/// The names with one that was typed; the message says at which flag.
fn with(
    flag: &str,
    typed: Option<&str>,
    names: Names,
    set: fn(Names, &str) -> Result<Names, NameError>,
) -> anyhow::Result<Names> {
    match typed {
        None => Ok(names),
        Some(typed) => set(names, typed).with_context(|| flag.to_owned()),
    }
}

fn without_sidecar() -> Vec<&'static Folder> {
    let others = argocd::ALL.into_iter();
    others
        .filter(|folder| folder.name != argocd::SIDECAR.name)
        .collect()
}

fn argocd_folder(part: ArgocdPart) -> &'static Folder {
    match part {
        ArgocdPart::Sidecar => &argocd::SIDECAR,
        ArgocdPart::PluginConfigmap => &argocd::PLUGIN_CONFIGMAP,
        ArgocdPart::Values => &argocd::VALUES,
        ArgocdPart::Policy => &argocd::POLICY,
        ArgocdPart::Crds => &argocd::CRDS,
        ArgocdPart::Applications => &argocd::APPLICATIONS,
        ArgocdPart::Controller => &argocd::CONTROLLER,
        ArgocdPart::Health => &argocd::HEALTH,
        ArgocdPart::Promotion => &argocd::PROMOTION,
        ArgocdPart::Monitoring => &argocd::MONITORING,
    }
}

fn flux_folder(part: FluxPart) -> &'static Folder {
    match part {
        FluxPart::Component => &flux::COMPONENT,
        FluxPart::Crds => &flux::CRDS,
        FluxPart::Ci => &flux::CI,
        FluxPart::Render => &flux::RENDER,
        FluxPart::Report => &flux::REPORT,
        FluxPart::Applications => &flux::APPLICATIONS,
        FluxPart::Notifications => &flux::NOTIFICATIONS,
        FluxPart::Monitoring => &flux::MONITORING,
    }
}

/// The files of some folders, each below its folder's name.
fn files(folders: &[&Folder], names: &Names) -> Vec<NewFile> {
    let below_its_name = |folder: &&Folder| new_files(folder, names, Path::new(folder.name));
    folders.iter().flat_map(below_its_name).collect()
}

fn new_files(folder: &Folder, names: &Names, place: &Path) -> Vec<NewFile> {
    let files = folder.files(names).into_iter();
    files
        .map(|file| NewFile {
            path: place.join(file.name),
            content: file.text.into_bytes(),
            is_program: file.is_program,
        })
        .collect()
}

fn write(directory: &Path, files: Vec<NewFile>, console: &mut Console) -> anyhow::Result<Exit> {
    let written = output::write_new(directory, &files)?;
    let there = files.len() - written;
    let files = if written == 1 { "file" } else { "files" };
    let rest = match there {
        0 => String::new(),
        there => format!(", {there} were there already"),
    };
    console.note(&format!(
        "wrote {written} {files} below `{}`{rest}",
        directory.display()
    ));
    Ok(Exit::Done)
}
