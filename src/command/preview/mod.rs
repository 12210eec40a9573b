//! `preview`: what the exporter sends of directories and files, and what changes
//! in the catalog by it.
//!
//! All that is said follows from the files and the variables that were given, and
//! with a catalog as `--against` from what that answers (`live`); otherwise
//! nothing here talks to a network.

mod against;
pub(super) mod config;
mod entities;
#[cfg(feature = "catalog")]
mod live;
pub(super) mod problems;
pub(super) mod variables;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::collect::{Collection, Input, collect, settings_of};
use super::render::report_file;
use super::{Exit, console, judged, options, print, shown};
use crate::cli::{Cli, PreviewArgs, PreviewFormat};
use crate::config::{Environment, FailOn, Format as FormatSetting, Settings};
use crate::diff::{Diff, Side, diff};
use crate::exporter::Preview;
use crate::finding::Finding;
use crate::manifest::FieldPath;
use crate::output::{self, Format, PreviewPage};
use against::{Against, Before, CatalogName};

pub(super) fn run(
    cli: &Cli,
    environment: &Environment,
    arguments: &PreviewArgs,
) -> anyhow::Result<Exit> {
    let here = [PathBuf::from(".")];
    let paths = match arguments.paths.as_slice() {
        [] => &here,
        paths => paths,
    };
    let first = settings_of(cli, environment, paths.first().map(PathBuf::as_path))?;
    if let Some(exit) = shown(&cli.global, &first)? {
        return Ok(exit);
    }
    let against = Against::of(&arguments.against)?;
    let sides = against::sides(paths, against.declared.as_deref(), first.input_limit)?;
    for path in &sides.new {
        let path = path.display();
        let note = format!("`{path}` is new: there is nothing to compare it with");
        console(cli, Format::Text).note(&note);
    }
    let run = Run {
        cli,
        environment,
        arguments,
    };
    let after = run.half(&sides.after)?;
    let before = sides.before.map(|before| run.earlier(before)).transpose()?;
    let (declared, earlier) = before.unzip();
    let sent = after.side();
    let (compared, asked) = match &against.catalog {
        Some(catalog) => {
            let (compared, asked) = run.asked(catalog, &after, declared.as_ref(), &sent)?;
            (Some(compared), asked)
        }
        None => {
            let compared = declared.map(|before| Compared::of(before, &sent));
            (compared, Vec::new())
        }
    };
    let shown = Shown {
        sent,
        compared,
        findings: [after.findings(), earlier.unwrap_or_default(), asked].concat(),
    };
    report_file(&after.collection.settings, &shown.findings)?;
    console(cli, Format::Text).report(&shown.findings, None);
    write(arguments, &shown.text(arguments, paths, &against, &after))?;
    let unread = problems::is_unread(&after.collection.findings);
    Ok(match unread || problems::is_incomplete(&after.preview) {
        true => Exit::Findings,
        false => judged(
            &shown.findings,
            after
                .collection
                .settings
                .chosen_fail_on()
                .unwrap_or(FailOn::Error),
        ),
    })
}

/// What a run of the command was given.
struct Run<'a> {
    cli: &'a Cli,
    environment: &'a Environment,
    arguments: &'a PreviewArgs,
}

impl Run<'_> {
    /// What a catalog holds and says.
    #[cfg(feature = "catalog")]
    fn asked(
        &self,
        catalog: &CatalogName,
        after: &Half,
        declared: Option<&Side>,
        sent: &Side,
    ) -> anyhow::Result<(Compared, Vec<Finding>)> {
        let settings = &after.collection.settings;
        let client = live::client(catalog, settings, self.environment)?;
        console(self.cli, Format::Text).step("asking the catalog");
        let question = live::Question {
            declared,
            sent,
            integration: settings.integration.as_deref(),
            creates_related: after
                .config
                .field(live::CREATES_RELATED)
                .map(|it| it == true),
        };
        let deadline = options::deadline(settings, Path::new("."));
        live::answer(&client, &question, deadline)
    }

    #[cfg(not(feature = "catalog"))]
    fn asked(
        &self,
        _: &CatalogName,
        _: &Half,
        _: Option<&Side>,
        _: &Side,
    ) -> anyhow::Result<(Compared, Vec<Finding>)> {
        bail!(
            "this build can't speak with a catalog: it lacks the feature `catalog`; compare with \
             a directory or a glint.lock"
        )
    }

    fn half(&self, inputs: &[Input]) -> anyhow::Result<Half> {
        let collection = collect(self.cli, self.environment, inputs)?;
        Half::of(collection, self.arguments)
    }

    /// The earlier side, and what can't be said of it.
    fn earlier(&self, before: Before) -> anyhow::Result<(Side, Vec<Finding>)> {
        match before {
            // Its digests are of other requests: all entities would be changed.
            Before::Lock(_) if self.arguments.mapping.is_some() => bail!(
                "a glint.lock holds what the generated mapping sends; compare under \
                 `--mapping` with a directory, or leave `--mapping` out"
            ),
            Before::Lock(lock) => Ok((Side::from(&lock), Vec::new())),
            Before::Inputs(inputs) => {
                let half = self.half(&inputs)?;
                Ok((half.side(), problems::of_earlier(&half.preview)))
            }
        }
    }
}

/// The objects of one side of a comparison, and what becomes of them.
struct Half {
    collection: Collection,
    config: config::Mapping,
    preview: Preview,
    /// The names of the variables that the exporter has.
    variables: BTreeSet<String>,
}

impl Half {
    fn of(collection: Collection, arguments: &PreviewArgs) -> anyhow::Result<Self> {
        let config = config::mapping(arguments.mapping.as_deref(), &collection)?;
        let given = variables::given(&arguments.env)?;
        let deadline = options::deadline(&collection.settings, Path::new("."));
        let preview = config.preview(&collection, &given, deadline)?;
        Ok(Self {
            variables: given.into_keys().collect(),
            collection,
            config,
            preview,
        })
    }

    fn side(&self) -> Side {
        entities::side(&self.collection, &self.preview)
    }

    /// All findings: on what was rendered, on what becomes of it.
    fn findings(&self) -> Vec<Finding> {
        let mut findings = self.collection.findings.clone();
        let locate = |field: &FieldPath| self.config.location(field);
        findings.extend(problems::findings(
            &self.collection,
            &self.config.config,
            &self.preview,
            &self.variables,
            locate,
        ));
        findings.extend(entities::findings(&self.collection, &self.preview));
        findings
    }
}

/// The earlier side, and what differs from it.
struct Compared {
    before: Side,
    diff: Diff,
}

impl Compared {
    fn of(before: Side, sent: &Side) -> Self {
        let diff = diff(&before, sent);
        Self { before, diff }
    }
}

/// What there is to show.
struct Shown {
    sent: Side,
    /// Where something is compared.
    compared: Option<Compared>,
    findings: Vec<Finding>,
}

impl Shown {
    fn text(
        &self,
        arguments: &PreviewArgs,
        paths: &[PathBuf],
        against: &Against,
        half: &Half,
    ) -> String {
        let names: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let compared = self.compared.as_ref();
        let against_what = against.shown();
        let page = PreviewPage {
            subject: &names.join(", "),
            against: against_what.as_deref(),
            live: against.catalog.is_some(),
            before: compared.map(|compared| &compared.before),
            after: &self.sent,
            diff: compared.map(|compared| &compared.diff),
            findings: &self.findings,
            link: arguments.link.as_deref(),
        };
        match format(arguments, &half.collection.settings) {
            PreviewFormat::Text => output::preview_text(&page),
            PreviewFormat::Json => {
                let sent = entities::requests(&half.collection, &half.preview);
                output::preview_json(&page, &sent)
            }
            PreviewFormat::Markdown => output::preview_markdown(&page),
            PreviewFormat::Html => output::preview_html(&page),
        }
    }
}

/// The format that was typed, else the setting's.
fn format(arguments: &PreviewArgs, settings: &Settings) -> PreviewFormat {
    arguments.format.unwrap_or(match settings.format {
        FormatSetting::Text => PreviewFormat::Text,
        FormatSetting::Json => PreviewFormat::Json,
    })
}

fn write(arguments: &PreviewArgs, text: &str) -> anyhow::Result<()> {
    match &arguments.output {
        Some(path) => output::write_file(path, text)
            .with_context(|| format!("cannot write the preview `{}`", path.display())),
        None => print(text.as_bytes()).map(drop),
    }
}
