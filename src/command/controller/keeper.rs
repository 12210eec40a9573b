//! The mapping's keeper as a part of `controller report`: its options, and the guarded
//! push that it is given.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};

use super::Started;
use crate::catalog::FragmentSources;
use crate::cli::{ControllerReportArgs, KeeperArgs, KeptMapping};
use crate::command::preview::variables;
use crate::command::publish::Unattended;
use crate::command::{connection, options};
use crate::config::typed_duration;
use crate::controller::frame::Frame;
use crate::controller::keeper::{self, Answer, Metrics, Options, Publisher};
use crate::exporter::Mapping;
use crate::publish::keeper::{Homes, Rules, Tracking};

/// The part's name.
const PART: &str = "the mapping's keeper";

/// What is to be kept, and by what.
pub(super) struct Kept {
    options: Options,
    /// None where the mapping is kept in its ConfigMap alone.
    publisher: Option<GuardedPublisher>,
}

impl Kept {
    /// Reads what was typed and set; none where nothing is to be kept.
    pub(super) fn of(
        started: &Started<'_>,
        arguments: &ControllerReportArgs,
    ) -> anyhow::Result<Option<Self>> {
        let KeeperArgs {
            keep_mapping,
            keep_grace,
            argocd_namespace,
            argocd_tracking_label,
            flux_namespace,
            mapping_style: _,
            backup,
            env,
            deletions: _,
        } = &arguments.keeper;
        if *keep_mapping == KeptMapping::Off {
            return Ok(None);
        }
        let settings = &started.settings;
        let sources = sources(settings.fragments.as_ref())?;
        let grace = typed_duration(keep_grace);
        let grace = grace.with_context(|| {
            format!("`--keep-grace` takes a time such as 10m, not `{keep_grace}`")
        })?;
        let named = sources.namespaces().map(|names| {
            let names = names.into_iter().map(str::to_owned);
            names.collect::<Vec<_>>()
        });
        let options = Options {
            namespaces: named.unwrap_or_else(|| arguments.frame.watch_namespaces.clone()),
            rules: Rules {
                sources,
                claims: settings.claims.clone(),
                homes: Homes {
                    argocd: argocd_namespace.clone(),
                    flux: flux_namespace.clone(),
                    tracking: match argocd_tracking_label {
                        None => Tracking::Annotation,
                        Some(label) => Tracking::Label(label.clone()),
                    },
                },
                dialect: settings.dialect,
                style: options::style(settings),
                grace: u64::try_from(grace.as_millis()).unwrap_or(u64::MAX),
            },
        };
        let publisher = match keep_mapping {
            KeptMapping::Off | KeptMapping::Configmap => None,
            KeptMapping::Publish => {
                variables::given(env)?;
                if settings.integration.is_none() {
                    bail!(
                        "which exporter? set `integration` (--integration or GLINT_INTEGRATION), its state key"
                    );
                }
                // What is missing is said before anything begins.
                connection::client(settings, started.environment)?;
                let unattended = Unattended {
                    cli: started.cli.clone(),
                    environment: started.environment.clone(),
                    settings: settings.clone(),
                    context: arguments.frame.context.clone(),
                    backup: backup.clone(),
                    variables: env.clone(),
                };
                Some(GuardedPublisher {
                    unattended: Arc::new(unattended),
                    is_dry_run: arguments.frame.dry_run,
                })
            }
        };
        Ok(Some(Self { options, publisher }))
    }

    /// Joins it to the controller.
    pub(super) fn join(self, frame: &mut Frame) {
        let Self { options, publisher } = self;
        let metrics = Metrics::register(frame.registry());
        let context = frame.context();
        match publisher {
            Some(publisher) => {
                frame.join(PART, keeper::run(options, context, metrics, publisher));
            }
            None => frame.join(PART, keeper::run_in_config_map(options, context, metrics)),
        }
    }
}

fn sources(sources: Option<&FragmentSources>) -> anyhow::Result<FragmentSources> {
    let sources = sources.filter(|it| !it.0.is_empty());
    sources.cloned().ok_or_else(|| {
        anyhow!(
            "whose fragments? `--keep-mapping` needs a policy with `fragments`, such as `fragments: [{{owner: Application/argocd/*, namespace: shop}}]`"
        )
    })
}

/// The guarded push, in threads of its own: what the protocol waits for blocks.
struct GuardedPublisher {
    unattended: Arc<Unattended>,
    is_dry_run: bool,
}

impl GuardedPublisher {
    async fn attempt(&self, mapping: &Mapping, approved: Option<&str>, goes: bool) -> Answer {
        let (unattended, mapping) = (Arc::clone(&self.unattended), mapping.clone());
        let approved = approved.map(str::to_owned);
        let attempt = move || unattended.attempt(&mapping, approved.as_deref(), goes);
        match tokio::task::spawn_blocking(attempt).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Answer::Failed(format!("{error:#}")),
            Err(_) => Answer::Failed("the push broke".to_owned()),
        }
    }
}

impl Publisher for GuardedPublisher {
    async fn plan(&self, mapping: &Mapping, approved: Option<&str>) -> Answer {
        self.attempt(mapping, approved, false).await
    }

    async fn push(&self, mapping: &Mapping, approved: Option<&str>) -> Answer {
        if self.is_dry_run {
            tracing::info!("dry run: would push the mapping");
            return Answer::Unneeded;
        }
        self.attempt(mapping, approved, true).await
    }
}
