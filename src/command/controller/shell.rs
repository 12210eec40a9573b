//! What `controller render` needs of the shell: each render's settings, and the main
//! job in an unpacked artifact.
//!
//! Flags, environment and policy are read anew for each render, as `render` does, so
//! that a changed policy holds from then on and a broken one stops everything. Not for
//! what an artifact is made of (`controller`). Invariant: nothing remote: whatever hosts
//! the operator allows for charts and bases, none is asked here.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use super::super::{Exit, guard, judged, layers, options, render as main_job};
use crate::artifact::Digest;
use crate::cli::Cli;
use crate::config::{Checkout, Environment, Said, Settings};
use crate::controller::render::{Beside, Job, JobError, Shell, Stream};
use crate::input::{self, Input, InputError, Limits, Renderer};
use crate::render::{self, Host, Source, SourceFormat};

/// The process, as a render sees it.
pub(super) struct Process {
    pub(super) cli: Cli,
    pub(super) environment: Environment,
    pub(super) limits: Limits,
}

impl Shell for Process {
    fn fingerprint(&self) -> Result<String, JobError> {
        let layers = layers(&self.cli, &self.environment, None).map_err(|it| wrong(&it))?;
        let settings = layers.resolve().map_err(|it| wrong(&it.into()))?;
        if !settings.enabled {
            return Err(JobError::Paused);
        }
        let all = format!("{} {layers:?}", env!("CARGO_PKG_VERSION"));
        Ok(Digest::sha256(all.as_bytes()).to_string())
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn render(&self, job: &Job) -> Result<Stream, JobError> {
        let settings = self.settings(job)?;
        let directory = job.root.join(&job.directory);
        let deadline = Instant::now() + settings.timeout;
        let lock = guard::lock(&settings, &directory).map_err(|it| wrong(&it))?;
        let input = read(&settings, job, deadline)?;
        let sources = main_job::sources(&input.sources);
        let renderer = Some(input.renderer.as_str());
        let options = options::render(&settings, Host::Flux, renderer, None);
        let rendered = render::render(&sources, &options)?;
        let rendered = match &lock {
            Some(lock) => guard::check(lock, rendered, &settings)?,
            None => rendered,
        };
        if Instant::now() > deadline {
            return Err(JobError::Late);
        }
        match judged(&rendered.findings, settings.fail_on) {
            Exit::Findings => Err(JobError::Findings(rendered.findings)),
            Exit::Done | Exit::Failed => Ok(Stream {
                text: rendered.to_bytes(),
                others: rendered.summary.others,
                entities: rendered.summary.entities,
                findings: rendered.findings,
            }),
        }
    }

    fn additions(&self, job: &Job, manifests: &[(String, Vec<u8>)]) -> Result<Beside, JobError> {
        let settings = self.settings(job)?;
        let sources: Vec<Source<'_>> = manifests
            .iter()
            .map(|(name, text)| Source {
                name,
                text,
                format: match name.ends_with(".json") {
                    true => SourceFormat::Json,
                    false => SourceFormat::Stream,
                },
            })
            .collect();
        // It is Flux that builds, and it does so with kustomize.
        let renderer = Some(Renderer::Kustomize.as_str());
        let options = options::render(&settings, Host::Flux, renderer, None);
        let additions = render::additions(&sources, &options)?;
        match judged(&additions.findings, settings.fail_on) {
            Exit::Findings => Err(JobError::Findings(additions.findings)),
            Exit::Done | Exit::Failed => Ok(Beside {
                additions,
                dialect: settings.dialect,
            }),
        }
    }
}

impl Process {
    /// The settings of one render.
    fn settings(&self, job: &Job) -> Result<Settings, JobError> {
        let checkout = Checkout {
            directory: job.root.join(&job.directory),
            root: job.root.clone(),
        };
        let said = Said {
            object: &job.object,
            facts: &job.facts,
            chosen: &job.chosen,
        };
        let layers = layers(&self.cli, &self.environment, None).map_err(|it| wrong(&it))?;
        let layers = layers.with_object(said, Some(&checkout));
        let settings = layers.and_then(|layers| layers.resolve());
        let settings = settings.map_err(|it| wrong(&it.into()))?;
        match settings.enabled {
            true => Ok(settings),
            false => Err(JobError::Paused),
        }
    }
}

/// Reads the directory; one without a manifest is an empty input where that is allowed.
fn read(settings: &Settings, job: &Job, deadline: Instant) -> Result<Input, JobError> {
    let object = job.object.as_str();
    let announce = |step: &str| tracing::info!(object, "{step}");
    let options = input::Options {
        allow_hosts: BTreeSet::new(),
        ..options::input(settings, Path::new(&job.directory), deadline, &announce)
    };
    match input::render_artifact(&job.root, &job.directory, &options) {
        Err(InputError::NoManifest { .. }) if settings.allow_empty => Ok(Input {
            sources: Vec::new(),
            renderer: Renderer::Directory,
        }),
        read => Ok(read?),
    }
}

fn wrong(error: &anyhow::Error) -> JobError {
    JobError::Settings(format!("{error:#}"))
}
