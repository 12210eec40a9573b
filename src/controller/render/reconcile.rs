//! One object from what there is to what should be, step by step: observe, drift,
//! make, publish, status.
//!
//! The replica that acts writes; every other one keeps the same file, so that it can
//! serve it, and writes nothing to the cluster. Each failure of a step comes out here,
//! once, as a condition, an Event and the time of the next try.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::json;
use tokio::time::Instant;

use super::drift::{Drift, Now, drift};
use super::failure::{Failure, Next};
use super::finalize;
use super::keep::Shelf;
use super::make::{Made, Workshop};
use super::metrics::Metrics;
use super::observe::{Key, Observed, Produced, observe, source, taken};
use super::publish::{self, apply_object, apply_status, artifact, is_applied, path_key};
use super::resource::{GlintRender, GlintRenderStatus};
use super::schedule::Again;
use super::source::Source;
use super::status::{Asked, Outcome, Published, of_artifact, ready, status};
use super::tell::Teller;
use super::words::{self, KIND, REQUESTED_AT};
use crate::artifact::Digest;
use crate::cluster::micro_time;
use crate::controller::frame::Context;
use crate::reason::Reason;

/// What the operator says about all objects.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    /// After which a source that is not ready is looked at again.
    pub dependency: Duration,
    /// By how much of itself an interval differs from one time to the next, so that
    /// objects made together are not worked on together.
    pub jitter: f64,
}

/// Brings objects to what they should be. Cheap to clone.
#[derive(Clone)]
pub(super) struct Reconciler {
    pub(super) context: Context,
    pub(super) workshop: Workshop,
    pub(super) shelf: Shelf,
    pub(super) teller: Teller,
    pub(super) metrics: Metrics,
    pub(super) waits: Waits,
    /// The host by which consumers reach the artifacts.
    pub(super) address: String,
    /// What was tried last and can't succeed before something changes.
    pub(super) tried: Tried,
}

/// By object: what was tried, and what came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tried(Arc<Mutex<BTreeMap<Key, (String, Failure)>>>);

impl Tried {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<Key, (String, Failure)>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why the same would fail again.
    fn known(&self, key: &Key, inputs: &str) -> Option<Failure> {
        self.with(|tried| {
            let (before, failure) = tried.get(key)?;
            (before == inputs).then(|| failure.clone())
        })
    }

    fn note<T>(&self, key: &Key, inputs: &str, result: &Result<T, Failure>) {
        self.with(|tried| match result {
            Err(failure) if failure.next == Next::Change => {
                tried.insert(key.clone(), (inputs.to_owned(), failure.clone()));
            }
            Ok(_) | Err(_) => drop(tried.remove(key)),
        });
    }
}

/// What a render is made of, and what asks for it.
struct Wanted {
    source: Source,
    inputs: String,
    drift: Option<Drift>,
}

impl Reconciler {
    /// Works on an object once.
    pub(super) async fn reconcile(&self, key: &Key) -> Again {
        let begun = Instant::now();
        let again = match observe(&self.context.cluster, key).await {
            Ok(Some(observed)) => self.act(&observed).await,
            Ok(None) => self.forget(key),
            Err(failure) => {
                tracing::warn!(%key, "{}", failure.message);
                Again::Failed
            }
        };
        match again {
            Again::Never => self.metrics.forget(key),
            Again::Failed | Again::After(_) => self.metrics.took(key, begun),
        }
        again
    }

    /// What a replica does with an object that is there.
    async fn act(&self, observed: &Observed) -> Again {
        let render = &observed.render;
        self.shelf.expect(&observed.key, &path_key(render));
        let is_active = self.context.activity.is_active();
        match (is_active, finalize::is_going(render), render.spec.suspend) {
            (true, true, _) => self.release(observed).await,
            (false, true, _) => Again::After(self.interval(render)),
            (true, false, false) => self.publish(observed).await,
            (false, false, _) | (true, false, true) => self.keep(observed).await,
        }
    }

    async fn release(&self, observed: &Observed) -> Again {
        match finalize::release(&self.context.cluster, observed).await {
            Ok(()) => self.forget(&observed.key),
            Err(failure) => {
                tracing::warn!(key = %observed.key, "{}", failure.message);
                Again::Failed
            }
        }
    }

    /// An object that is gone: nothing of it stays here.
    fn forget(&self, key: &Key) -> Again {
        self.shelf.forget(key);
        self.tried.with(|tried| tried.remove(key));
        let removed = self.workshop.storage.remove(&key.namespace, &key.name);
        if let Err(error) = removed {
            tracing::warn!(%key, %error, "the artifacts of an object that is gone stay");
        }
        Again::Never
    }

    /// Of the replica that acts.
    async fn publish(&self, observed: &Observed) -> Again {
        // Not worth a condition: it is done before anything is made, or another
        // writer was quicker and it is done at the next try.
        let is_foreign = |it: &Produced| it.foreign.is_some();
        if !observed.produced.as_ref().is_some_and(is_foreign)
            && let Err(failure) = finalize::hold(&self.context.cluster, observed).await
        {
            tracing::warn!(key = %observed.key, "{}", failure.message);
            return Again::Failed;
        }
        let known = observed.render.status.clone().unwrap_or_default();
        let mut current = known.clone();
        let result = self.work(observed, &mut current).await;
        let told = match result {
            Ok(None) => {
                self.metrics.stands(&observed.key, None);
                return Again::After(self.interval(&observed.render));
            }
            Ok(Some(published)) => {
                self.metrics.stands(&observed.key, None);
                self.settle(observed, &known, current, Ok(published)).await
            }
            // Who is asked to end has its renderers ended.
            Err(failure) if self.context.activity.has_ended() => {
                tracing::info!(key = %observed.key, "left undone: {}", failure.message);
                return Again::Failed;
            }
            Err(failure) => {
                self.metrics.stands(&observed.key, Some(failure.reason));
                self.recover(observed).await;
                self.settle(observed, &known, current, Err(failure)).await
            }
        };
        told.unwrap_or_else(|failure| {
            tracing::warn!(key = %observed.key, "{}", failure.message);
            Again::Failed
        })
    }

    /// All steps up to the ExternalArtifact; `None` where there is nothing to do.
    async fn work(
        &self,
        observed: &Observed,
        current: &mut GlintRenderStatus,
    ) -> Result<Option<Published>, Failure> {
        let Observed {
            key,
            render,
            produced,
        } = observed;
        if let Some(owner) = produced.as_ref().and_then(|it| it.foreign.as_deref()) {
            let message = taken(key, owner);
            return Err(Failure::new(Reason::AccessDenied, Next::Change, message));
        }
        let Wanted {
            source,
            inputs,
            drift,
        } = self.wanted(observed).await?;
        let Some(drift) = drift else {
            return Ok(None);
        };
        if drift != Drift::Requested
            && let Some(failure) = self.tried.known(key, &inputs)
        {
            return Err(failure);
        }
        tracing::info!(%key, ?drift, source = source.named, revision = source.revision, "rendering");
        self.begin(observed, &source, current).await?;
        let made = self.make(key, render, &source, &inputs).await?;
        self.deliver(observed, source, inputs, made).await.map(Some)
    }

    /// What an object would be made of, and whether there is a reason to.
    async fn wanted(&self, observed: &Observed) -> Result<Wanted, Failure> {
        let Observed {
            key,
            render,
            produced,
        } = observed;
        let object = source(&self.context.cluster, observed).await?;
        let source = Source::of(&render.spec.source_ref, object.as_ref())?;
        let fingerprint = self.workshop.shell.fingerprint();
        let fingerprint = fingerprint.map_err(|error| Failure::from(&error))?;
        let inputs = inputs(render, &source, &fingerprint);
        let wanted = publish::object(key, render, self.context.controller);
        let produced = produced.as_ref();
        let drift = drift(
            render,
            Now {
                inputs: &inputs,
                artifact: produced.and_then(|it| it.artifact.as_ref()),
                is_applied: produced.is_some_and(|it| is_applied(&it.object, &wanted)),
                artifact_requested: produced.and_then(|it| it.requested.as_deref()),
                is_stored: self.is_stored(produced),
            },
        );
        Ok(Wanted {
            source,
            inputs,
            drift,
        })
    }

    /// Whether the published file is in this replica's storage, whole.
    fn is_stored(&self, produced: Option<&Produced>) -> bool {
        let artifact = produced.and_then(|it| it.artifact.as_ref());
        artifact.is_some_and(|artifact| {
            Digest::parse(&artifact.digest)
                .is_ok_and(|digest| self.workshop.storage.verify(&artifact.path, &digest))
        })
    }

    /// Says that work has begun.
    async fn begin(
        &self,
        observed: &Observed,
        source: &Source,
        current: &mut GlintRenderStatus,
    ) -> Result<(), Failure> {
        let on = format!("{} at {}", source.named, source.origin_revision());
        let now = now();
        let begun = status(
            current,
            Outcome::Started { source: &on },
            asked(observed, &now),
        );
        self.write(&observed.key, current, &begun).await?;
        *current = begun;
        Ok(())
    }

    async fn make(
        &self,
        key: &Key,
        render: &GlintRender,
        source: &Source,
        inputs: &str,
    ) -> Result<Made, Failure> {
        let made = self.workshop.make(key, render, source).await;
        self.tried.note(key, inputs, &made);
        self.shelf.changed();
        if let Ok(made) = &made {
            self.metrics.made(made.stored.size);
        }
        made
    }

    /// Publishes what was made: the object, then its status.
    async fn deliver(
        &self,
        observed: &Observed,
        source: Source,
        inputs: String,
        made: Made,
    ) -> Result<Published, Failure> {
        let produced = observed.produced.as_ref();
        let before = produced.and_then(|it| it.artifact.as_ref());
        let (stored, content, now) = (&made.stored, &made.content, now());
        let published = Published {
            artifact: artifact(&self.address, stored, content, &source, before, &now),
            origin_revision: source.origin_revision().to_owned(),
            message: said(&source, &made),
            entities: i64::try_from(made.entities).unwrap_or(i64::MAX),
            inputs,
        };
        self.must_act()?;
        let (cluster, controller) = (&self.context.cluster, self.context.controller);
        let applied = apply_object(cluster, controller, observed).await;
        applied.map_err(|error| Failure::cluster(&error))?;
        self.tell_artifact(observed, Outcome::Published(&published), &now)
            .await?;
        let keep: Vec<&str> = std::iter::once(published.artifact.path.as_str())
            .chain(before.map(|it| it.path.as_str()))
            .collect();
        self.collect(&observed.key, &keep);
        Ok(published)
    }

    /// The status of the ExternalArtifact; a failure leaves its artifact.
    async fn tell_artifact(
        &self,
        observed: &Observed,
        outcome: Outcome<'_>,
        now: &str,
    ) -> Result<(), Failure> {
        let produced = observed.produced.as_ref();
        let conditions = produced.map_or(&[][..], |it| it.conditions.as_slice());
        let Some(ready) = of_artifact(conditions, outcome, asked(observed, now)) else {
            return Ok(());
        };
        let artifact = match outcome {
            Outcome::Published(published) => Some(&published.artifact),
            Outcome::Started { .. } | Outcome::Failed(_) => {
                produced.and_then(|it| it.artifact.as_ref())
            }
        };
        let (cluster, controller) = (&self.context.cluster, self.context.controller);
        let key = &observed.key;
        let applied = apply_status(cluster, controller, key, produced, artifact, &ready).await;
        applied.map_err(|error| Failure::cluster(&error))
    }

    /// The last step: conditions, the Event, and when it goes on.
    async fn settle(
        &self,
        observed: &Observed,
        known: &GlintRenderStatus,
        current: GlintRenderStatus,
        result: Result<Published, Failure>,
    ) -> Result<Again, Failure> {
        let now = now();
        let outcome = match &result {
            Ok(published) => Outcome::Published(published),
            Err(failure) => Outcome::Failed(failure),
        };
        self.must_act()?;
        let is_ours = |it: &Produced| it.foreign.is_none();
        if result.is_err() && observed.produced.as_ref().is_some_and(is_ours) {
            self.tell_artifact(observed, outcome, &now).await?;
        }
        let settled = status(&current, outcome, asked(observed, &now));
        self.write(&observed.key, &current, &settled).await?;
        self.teller.tell(observed, known, &settled).await;
        if let Some(ready) = ready(&settled.conditions) {
            tracing::info!(key = %observed.key, reason = ready.reason, "{}", ready.message);
        }
        Ok(match result {
            Ok(_) => Again::After(self.interval(&observed.render)),
            Err(failure) => match failure.next {
                Next::Dependency => Again::After(self.waits.dependency),
                Next::Retry => Again::Failed,
                Next::Change => Again::After(self.interval(&observed.render)),
            },
        })
    }

    /// Writes a status that is not as it was.
    async fn write(
        &self,
        key: &Key,
        before: &GlintRenderStatus,
        after: &GlintRenderStatus,
    ) -> Result<(), Failure> {
        if before == after {
            return Ok(());
        }
        self.must_act()?;
        let object = json!({
            "apiVersion": words::api_version(),
            "kind": KIND,
            "metadata": {"namespace": key.namespace, "name": key.name},
            "status": after,
        });
        let (cluster, controller) = (&self.context.cluster, self.context.controller);
        let resource = words::renders();
        let applied = cluster.apply_status(&resource, &object, controller).await;
        applied.map(drop).map_err(|error| Failure::cluster(&error))
    }

    /// Of a replica that does not act, and of an object that is suspended: the file
    /// that is published is here, and the one that is about to be.
    async fn keep(&self, observed: &Observed) -> Again {
        let again = self.keep_up(observed).await;
        self.recover(observed).await;
        again
    }

    /// What is published and can't be made here any more, as its source has changed or
    /// is gone, is taken from a replica that made it when it could.
    async fn recover(&self, observed: &Observed) {
        let Observed {
            key,
            render,
            produced,
        } = observed;
        let own = produced.as_ref().filter(|it| it.foreign.is_none());
        let Some(artifact) = own.and_then(|it| it.artifact.as_ref()) else {
            return;
        };
        if self.is_stored(own) || !self.shelf.may_ask(key) {
            return;
        }
        match self.workshop.take(key, render, artifact).await {
            Ok(()) => {
                tracing::info!(%key, "what is published is taken from another replica");
                self.shelf.changed();
            }
            Err(failure) => {
                tracing::warn!(%key, "what is published is not here: {}", failure.message);
            }
        }
    }

    async fn keep_up(&self, observed: &Observed) -> Again {
        let Observed { key, render, .. } = observed;
        self.metrics.stands(key, None);
        let again = Again::After(self.interval(render));
        let wanted = match self.wanted(observed).await {
            Ok(wanted) => wanted,
            Err(failure) => {
                tracing::debug!(%key, "{}", failure.message);
                return match failure.next {
                    Next::Dependency => Again::After(self.waits.dependency),
                    Next::Retry | Next::Change => again,
                };
            }
        };
        let Wanted { source, inputs, .. } = wanted;
        let status = render.status.clone().unwrap_or_default();
        let is_published = status.observed_inputs.as_deref() == Some(&inputs);
        let is_here = self.is_stored(observed.produced.as_ref());
        // A suspended object is only restored.
        let is_wanted = !is_here || (!is_published && !render.spec.suspend);
        if !is_wanted || self.shelf.has_tried(key, &inputs) && is_here {
            return again;
        }
        if self.tried.known(key, &inputs).is_some() {
            return again;
        }
        match self.make(key, render, &source, &inputs).await {
            Ok(made) => {
                self.shelf.tried(key, inputs);
                let produced = observed.produced.as_ref();
                let published = produced.and_then(|it| it.artifact.as_ref());
                let keep: Vec<&str> = std::iter::once(made.stored.path.as_str())
                    .chain(published.map(|it| it.path.as_str()))
                    .collect();
                self.collect(key, &keep);
                again
            }
            Err(failure) => {
                tracing::debug!(%key, "not kept here: {}", failure.message);
                match failure.next {
                    Next::Retry => Again::Failed,
                    Next::Dependency | Next::Change => again,
                }
            }
        }
    }

    fn collect(&self, key: &Key, keep: &[&str]) {
        let storage = &self.workshop.storage;
        match storage.collect_garbage(&key.namespace, &key.name, keep) {
            Ok(gone) if gone.is_empty() => {}
            Ok(gone) => tracing::debug!(%key, ?gone, "old artifacts are removed"),
            Err(error) => tracing::warn!(%key, %error, "old artifacts stay"),
        }
    }

    /// Whoever leads no more writes nothing.
    fn must_act(&self) -> Result<(), Failure> {
        match self.context.activity.is_active() {
            true => Ok(()),
            false => Err(Failure::new(
                Reason::ReconciliationFailed,
                Next::Retry,
                "this replica acts no more",
            )),
        }
    }

    fn interval(&self, render: &GlintRender) -> Duration {
        const UNREADABLE: Duration = Duration::from_secs(3600);
        let interval = super::duration::parse(&render.spec.interval).unwrap_or(UNREADABLE);
        let share = 1.0 + self.waits.jitter * (2.0 * fastrand::f64() - 1.0);
        interval.mul_f64(share)
    }
}

/// What the status is about.
fn asked<'a>(observed: &'a Observed, now: &'a str) -> Asked<'a> {
    let metadata = &observed.render.metadata;
    let annotations = metadata.annotations.as_ref();
    let produced = observed.produced.as_ref();
    Asked {
        generation: metadata.generation.unwrap_or_default(),
        requested: annotations
            .and_then(|it| it.get(REQUESTED_AT))
            .map(String::as_str),
        artifact_requested: produced.and_then(|it| it.requested.as_deref()),
        now,
    }
}

/// What is made of what: the source's artifact, the spec but for what says when, and
/// the settings.
fn inputs(render: &GlintRender, source: &Source, fingerprint: &str) -> String {
    let mut spec = json!(render.spec);
    for when in ["interval", "suspend", "timeout"] {
        spec.as_object_mut().map(|spec| spec.remove(when));
    }
    let all = json!([
        spec,
        source.digest.to_string(),
        source.revision,
        source.origin,
        source.url,
        fingerprint,
    ]);
    Digest::sha256(all.to_string().as_bytes()).to_string()
}

/// What the condition says of an artifact.
fn said(source: &Source, made: &Made) -> String {
    let many = |count: usize, one: &str, more: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    };
    let entities = many(made.entities, "entity", "entities");
    let what = match made.others {
        Some(0) => entities,
        Some(others) => format!(
            "{entities} and {}",
            many(others, "other document", "other documents")
        ),
        None => format!("{entities} in sight, for Flux to build"),
    };
    let findings = match made.findings.len() {
        0 => String::new(),
        count => format!(
            "; {}, which `glint-gitops check` shows",
            many(count, "finding", "findings")
        ),
    };
    format!(
        "stored artifact of {} at {}: {what}{findings}",
        source.named,
        source.origin_revision()
    )
}

/// The time as Kubernetes' objects have it, in whole seconds.
pub(super) fn now() -> String {
    let micro = micro_time(SystemTime::now());
    match micro.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => micro,
    }
}
