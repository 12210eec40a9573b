//! `render` and `argocd generate`: a directory in, its manifests with Glint's
//! part out.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};

use super::{Exit, console, guard, judged, options, settings, shown};
use crate::cli::{Cli, Command};
use crate::config::{Checkout, Environment, Format as FormatSetting, Settings};
use crate::exporter;
use crate::finding::Finding;
use crate::input::{self, Input, InputError, Repository};
use crate::output::{self, Console, Format, Rendering};
use crate::render::{self, Host, Rendered, Source, SourceFormat};

pub(super) fn run(cli: &Cli, environment: &Environment, directory: &Path) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let repository = Repository::around(directory)?;
    let root = repository.root();
    let checkout = Checkout {
        directory: directory.to_owned(),
        root: root.to_owned(),
    };
    let settings = settings(cli, environment, Some(&checkout))?;
    if let Some(exit) = shown(&cli.global, &settings)? {
        return Ok(exit);
    }
    let mut console = console(cli, format(&settings));
    let deadline = options::deadline(&settings, root);
    let hosted = matches!(cli.command, Command::Argocd(_));
    if hosted {
        console.step("read the repository");
    }
    let lock = guard::lock(&settings, directory)?;
    let input = read(&settings, directory, deadline, cli)?;
    if hosted {
        console.step("add what Glint needs");
    }
    let sources = sources(&input.sources);
    let host = options::host(&settings).unwrap_or(Host::Pipe);
    let application = options::directory_name(directory);
    let renderer = input.renderer.as_str();
    let options = options::render(&settings, host, Some(renderer), application);
    let rendered = match settings.enabled {
        true => render::render(&sources, &options),
        false => render::pass(&sources, options.emptiness),
    };
    let rendered = rendered.and_then(|rendered| match &lock {
        Some(lock) => guard::check(lock, rendered, &settings),
        None => Ok(rendered),
    });
    let rendered = stopped(rendered, &settings, &mut console)?;
    if Instant::now() > deadline {
        bail!("not done at the deadline; raise `timeout`, or render less at once");
    }
    note_if_off(&settings, &mut console);
    side_files(&settings, &rendered, &options)?;
    let files = input.sources.len();
    let rendering = Rendering {
        directory: &directory.display().to_string(),
        renderer,
        files,
        took: started.elapsed(),
    };
    // Argo CD shows stderr as one paragraph and only of what failed.
    let summary =
        (settings.enabled && !hosted).then(|| output::summary(rendering, &rendered.summary));
    console.report(&rendered.findings, summary.as_deref());
    output::write_all(rendered.pieces.iter().map(render::Piece::as_bytes)).context("stdout")?;
    Ok(judged(&rendered.findings, settings.fail_on))
}

/// Reads a directory; one without a manifest is an empty input where that is
/// allowed.
pub(super) fn read(
    settings: &Settings,
    directory: &Path,
    deadline: Instant,
    cli: &Cli,
) -> anyhow::Result<Input> {
    let console = std::cell::RefCell::new(console(cli, Format::Text));
    let announce = |step: &str| console.borrow_mut().step(step);
    let options = options::input(settings, directory, deadline, &announce);
    match input::render(directory, &options) {
        Err(InputError::NoManifest { .. }) if settings.allow_empty => Ok(Input {
            sources: Vec::new(),
            renderer: input::Renderer::Directory,
        }),
        read => Ok(read?),
    }
}

/// The input's texts, as the core takes them.
pub(super) fn sources(texts: &[input::Source]) -> Vec<Source<'_>> {
    texts
        .iter()
        .map(|source| Source {
            name: &source.name,
            text: &source.text,
            format: match source.format {
                input::SourceFormat::Stream => SourceFormat::Stream,
                input::SourceFormat::Json => SourceFormat::Json,
            },
        })
        .collect()
}

pub(super) fn format(settings: &Settings) -> Format {
    match settings.format {
        FormatSetting::Text => Format::Text,
        FormatSetting::Json => Format::Json,
    }
}

/// Findings that stop a render are said in full before the error is.
pub(super) fn stopped<T>(
    rendered: Result<T, render::RenderError>,
    settings: &Settings,
    console: &mut Console,
) -> anyhow::Result<T> {
    if let Err(render::RenderError::Stopped(findings)) = &rendered {
        report_file(settings, findings)?;
        console.report(findings, None);
    }
    Ok(rendered?)
}

/// Says that the operator has switched the program off, which would look like a
/// mistake otherwise.
pub(super) fn note_if_off(settings: &Settings, console: &mut Console) {
    if !settings.enabled {
        console.note("switched off by the policy (`enabled: false`): manifests pass untouched");
    }
}

/// Writes what settings want besides stdout.
pub(super) fn side_files(
    settings: &Settings,
    rendered: &Rendered<'_>,
    options: &render::Options,
) -> anyhow::Result<()> {
    report_file(settings, &rendered.findings)?;
    if let Some(path) = &settings.mapping_output {
        let empty = exporter::Fragment::empty(options.dialect);
        let fragment = rendered.fragment.as_ref().unwrap_or(&empty);
        let mapping = exporter::mapping(options.style, fragment).to_yaml();
        output::write_file(path, &mapping)
            .with_context(|| format!("cannot write the mapping `{}`", path.display()))?;
    }
    Ok(())
}

/// Writes the findings to the file that settings name, if any.
pub(super) fn report_file(settings: &Settings, findings: &[Finding]) -> anyhow::Result<()> {
    let Some(path) = &settings.report else {
        return Ok(());
    };
    output::write_file(path, &report(findings, format(settings)))
        .with_context(|| format!("cannot write the report `{}`", path.display()))
}

fn report(findings: &[Finding], format: Format) -> String {
    match format {
        Format::Json => output::findings_json(findings),
        Format::Text => output::findings_text(findings, output::Paint::Plain),
    }
}
