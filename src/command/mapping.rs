//! `mapping`: the exporter's mapping of directories and files, alone.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::render::{format, read, report_file, sources, stopped};
use super::{Exit, console, judged, options, print, settings, shown};
use crate::cli::Cli;
use crate::config::{Checkout, Environment, Settings};
use crate::exporter::{self, Fragment, Mapping};
use crate::finding::Finding;
use crate::input::Repository;
use crate::output::Format;
use crate::render::{self, Emptiness, Host, MappingPlacement, Source, SourceFormat};

pub(super) fn run(cli: &Cli, environment: &Environment, paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let mut merged: Option<Fragment> = None;
    let mut findings = Vec::new();
    let mut last = None;
    for path in paths {
        let checkout = match path.is_dir() {
            true => Some(Checkout {
                directory: path.clone(),
                root: Repository::around(path)?.root().to_owned(),
            }),
            false => None,
        };
        let settings = settings(cli, environment, checkout.as_ref())?;
        if let Some(exit) = shown(&cli.global, &settings)? {
            return Ok(exit);
        }
        let (fragment, found) = declared(&settings, cli, path)?;
        findings.extend(found);
        merged = Some(match merged {
            Some(merged) => merged.merge(fragment)?,
            None => fragment,
        });
        last = Some(settings);
    }
    let settings = last.context("no path")?;
    let fragment = merged.unwrap_or_else(|| Fragment::empty(settings.dialect));
    report_file(&settings, &findings)?;
    console(cli, Format::Text).report(&findings, None);
    let mapping = exporter::mapping(options::style(&settings), &fragment);
    print(text(&mapping, &settings).as_bytes())?;
    Ok(judged(&findings, settings.fail_on))
}

/// The mapping in the format that was asked for.
pub(super) fn text(mapping: &Mapping, settings: &Settings) -> String {
    match format(settings) {
        Format::Text => mapping.to_yaml(),
        Format::Json => format!("{:#}\n", mapping.to_json()),
    }
}

fn declared(
    settings: &Settings,
    cli: &Cli,
    path: &Path,
) -> anyhow::Result<(Fragment, Vec<Finding>)> {
    let mut options = options::render(settings, Host::Pipe, None, None);
    options.mapping = MappingPlacement::None;
    options.emptiness = Emptiness::Allowed;
    let mut console = console(cli, Format::Text);
    let rendered = if path.is_dir() {
        let deadline = options::deadline(settings, path);
        let input = read(settings, path, deadline, cli)?;
        let sources = sources(&input.sources);
        let rendered = stopped(render::render(&sources, &options), settings, &mut console)?;
        (rendered.fragment, rendered.findings)
    } else {
        let text = crate::input::read_file(path, settings.input_limit)?;
        let name = path.display().to_string();
        let json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let sources = [Source {
            name: &name,
            text: &text,
            format: if json {
                SourceFormat::Json
            } else {
                SourceFormat::Stream
            },
        }];
        let rendered = stopped(render::render(&sources, &options), settings, &mut console)?;
        (rendered.fragment, rendered.findings)
    };
    let (fragment, findings) = rendered;
    let fragment = fragment.unwrap_or_else(|| Fragment::empty(settings.dialect));
    Ok((fragment, findings))
}
