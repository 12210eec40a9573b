//! `check`: directories, files or stdin in, every finding out.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::preview::variables::given;
use super::render::{read, sources};
use super::trial::Mapping;
use super::{Exit, judged, options, print, settings, shown};
use crate::catalog::{Blueprints, Known};
use crate::cli::{CheckArgs, CheckFormat, Cli, Color};
use crate::config::{Checkout, Environment, FailOn, Format as FormatSetting, Settings};
use crate::finding::Finding;
use crate::input::{self, Repository};
use crate::output::{self, CheckOutput, Paint};
use crate::render::{self, Application, CatalogFacts, Host, Source};

/// A list of entities from a file.
struct Entities {
    path: PathBuf,
    name: String,
    known: Known,
}

/// A path after reading.
struct Checked {
    path: PathBuf,
    settings: Settings,
    texts: Vec<input::Source>,
    renderer: Option<input::Renderer>,
}

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    arguments: &CheckArgs,
) -> anyhow::Result<Exit> {
    let here = [PathBuf::from(".")];
    let paths = match arguments.paths.as_slice() {
        [] => here.as_slice(),
        paths => paths,
    };
    let mut inputs = Vec::new();
    for path in paths {
        let settings = settings(cli, environment, checkout(path)?.as_ref())?;
        if let Some(exit) = shown(&cli.global, &settings)? {
            return Ok(exit);
        }
        inputs.push(input(cli, path, settings)?);
    }
    let settings = inputs.first().map(|it| it.settings.clone());
    let settings = settings.context("no path")?;
    let blueprints = blueprints(&arguments.blueprints, settings.input_limit)?;
    let known = known(&arguments.known, settings.input_limit)?;
    let locks = locks(&arguments.locks, settings.input_limit)?;
    let texts: Vec<Vec<Source<'_>>> = inputs.iter().map(|it| sources(&it.texts)).collect();
    let mapping = mapping(arguments, &settings)?;
    let mapping_texts = sources(mapping.as_slice());
    let mut applications: Vec<_> = std::iter::zip(&inputs, &texts)
        .map(|(input, texts)| application(input, texts, &locks))
        .collect();
    if let Some(file) = &mapping {
        let tried = tried(file, arguments, &settings)?.findings(&applications)?;
        applications.extend(of_mapping(&mapping_texts, &applications, tried));
    }
    let facts = CatalogFacts {
        blueprints: blueprints.as_ref(),
        known: known.as_ref(),
    };
    let checked = render::check(&applications, facts);
    let format = format(arguments, &settings);
    if let Some(path) = &settings.report {
        let text = output::checked(&checked, format, Paint::Plain);
        output::write_file(path, &text)
            .with_context(|| format!("cannot write the report `{}`", path.display()))?;
    }
    print(output::checked(&checked, format, paint(cli)).as_bytes())?;
    let findings: Vec<Finding> = checked.findings.into_iter().map(|it| it.finding).collect();
    Ok(judged(&findings, fail_on(&inputs)))
}

/// The strictest level that any of the paths asks for.
fn fail_on(inputs: &[Checked]) -> FailOn {
    let chosen = inputs.iter().filter_map(|it| it.settings.chosen_fail_on());
    let strictness = |level: &FailOn| match level {
        FailOn::Never => 0,
        FailOn::Error => 1,
        FailOn::Warning => 2,
        FailOn::Info => 3,
    };
    chosen.max_by_key(strictness).unwrap_or(FailOn::Error)
}

/// The directory whose settings a path has; stdin has none.
fn checkout(path: &Path) -> anyhow::Result<Option<Checkout>> {
    if is_stdin(path) {
        return Ok(None);
    }
    let directory = match path.is_dir() {
        true => path,
        false => match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            Some(_) | None => Path::new("."),
        },
    };
    let root = Repository::around(directory)?.root().to_owned();
    Ok(Some(Checkout {
        directory: directory.to_owned(),
        root,
    }))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn input(cli: &Cli, path: &Path, settings: Settings) -> anyhow::Result<Checked> {
    let limit = settings.input_limit;
    let (texts, renderer) = if is_stdin(path) {
        let stream = input::read_stream(rustix::stdio::stdin(), limit)?;
        if stream.text.trim_ascii().is_empty() && !settings.allow_empty {
            bail!("no manifest in `<stdin>`: it is empty; did the program fail that writes to it?");
        }
        (vec![stream], None)
    } else if path.is_dir() {
        let deadline = options::deadline(&settings, path);
        let input = read(&settings, path, deadline, cli)?;
        (input.sources, Some(input.renderer))
    } else {
        (vec![input::manifest_file(path, limit)?], None)
    };
    Ok(Checked {
        path: path.to_owned(),
        settings,
        texts,
        renderer,
    })
}

/// An application has its own lock besides, which says nothing of others.
fn application<'a>(
    input: &Checked,
    texts: &'a [Source<'a>],
    locks: &'a [Entities],
) -> Application<'a> {
    let text = texts.first().map_or(&[][..], |source| source.text);
    let host = options::host(&input.settings).unwrap_or_else(|| match is_stdin(&input.path) {
        true => Host::of_stream(text),
        false => Host::Pipe,
    });
    let renderer = input.renderer.map(input::Renderer::as_str);
    let name = options::directory_name(&input.path).filter(|_| input.path.is_dir());
    let own = |lock: &Path| lock.parent().is_some_and(|it| is_same(it, &input.path));
    let others = locks.iter().filter(|lock| !own(&lock.path));
    Application {
        texts,
        options: options::render(&input.settings, host, renderer, name),
        levels: input.settings.levels.clone(),
        locks: others.map(|it| (it.name.as_str(), &it.known)).collect(),
        findings: Vec::new(),
    }
}

/// The exporter's config, if one is to be tried.
fn mapping(arguments: &CheckArgs, settings: &Settings) -> anyhow::Result<Option<input::Source>> {
    let file = arguments.mapping.as_ref();
    let file = file.map(|path| input::manifest_file(path, settings.input_limit));
    Ok(file.transpose()?)
}

fn tried<'a>(
    file: &'a input::Source,
    arguments: &CheckArgs,
    settings: &Settings,
) -> anyhow::Result<Mapping<'a>> {
    Ok(Mapping {
        file,
        dialect: settings.dialect,
        variables: given(&arguments.env)?,
        deadline: options::deadline(settings, Path::new(&file.name)),
    })
}

/// The config as one more text, where its comments count as everywhere.
fn of_mapping<'a>(
    texts: &'a [Source<'a>],
    applications: &[Application<'_>],
    findings: Vec<Finding>,
) -> Option<Application<'a>> {
    let first = applications.first()?;
    Some(Application {
        texts,
        options: first.options.clone(),
        levels: first.levels.clone(),
        locks: Vec::new(),
        findings,
    })
}

fn is_same(left: &Path, right: &Path) -> bool {
    let real = |path: &Path| {
        let path = match path == Path::new("") {
            true => Path::new("."),
            false => path,
        };
        std::fs::canonicalize(path).ok()
    };
    real(left).is_some_and(|left| real(right) == Some(left))
}

/// Reads blueprints from files and directories of files; `None` where none is
/// named.
pub(super) fn blueprints(paths: &[PathBuf], limit: u64) -> anyhow::Result<Option<Blueprints>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let mut all = Blueprints::default();
    for path in paths {
        let files = input::read_files(path, limit)?;
        // A wrong directory, or a download that failed, is no empty catalog.
        if files.iter().all(|(_, text)| text.trim_ascii().is_empty()) {
            bail!(
                "no blueprints in `{}`; name a file, or a directory of files that end in .json, \
                 .yaml or .yml, that holds what `GET /v1/blueprints` answers",
                path.display()
            );
        }
        for (name, text) in files {
            let read = Blueprints::parse(&text).and_then(|read| all.extend(read));
            read.with_context(|| format!("cannot read the blueprints `{name}`"))?;
        }
    }
    Ok(Some(all))
}

fn known(paths: &[PathBuf], limit: u64) -> anyhow::Result<Option<Known>> {
    let mut all = None;
    for Entities { known, .. } in locks(paths, limit)? {
        all.get_or_insert_with(Known::default).extend(known);
    }
    Ok(all)
}

fn locks(paths: &[PathBuf], limit: u64) -> anyhow::Result<Vec<Entities>> {
    let read = |path: &PathBuf| {
        let text = input::read_file(path, limit)?;
        let name = path.display().to_string();
        let known = Known::parse(&String::from_utf8_lossy(&text))
            .with_context(|| format!("cannot read the entities `{name}`"))?;
        let path = path.clone();
        Ok(Entities { path, name, known })
    };
    paths.iter().map(read).collect()
}

fn format(arguments: &CheckArgs, settings: &Settings) -> CheckOutput {
    match (arguments.findings.format, settings.format) {
        (Some(CheckFormat::Text), _) | (None, FormatSetting::Text) => CheckOutput::Text,
        (Some(CheckFormat::Json), _) | (None, FormatSetting::Json) => CheckOutput::Json,
        (Some(CheckFormat::Sarif), _) => CheckOutput::Sarif,
        (Some(CheckFormat::Github), _) => CheckOutput::Github,
    }
}

/// Whether stdout takes colour.
fn paint(cli: &Cli) -> Paint {
    match cli.global.color {
        Color::Always => Paint::Colour,
        Color::Never => Paint::Plain,
        Color::Auto => output::stdout_paint(),
    }
}
