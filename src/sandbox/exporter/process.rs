//! The exporter's process: its start, its resyncs, its polling.
//!
//! After main.go, pkg/handlers/controllers.go (`RunResync`) and
//! pkg/event_handler/polling of port-k8s-exporter v0.7.9.

use serde_json::{Value, json};

use super::State;
use super::client::Client;
use super::controller::{Context, Crash};
use super::handler::{Handler, Progress};
use super::integration::{Integration, Unread, get, initialize, resync_request};
use crate::exporter::Kinds;

/// What lives as long as the process.
#[derive(Default)]
pub(super) struct Process {
    main: Client,
    /// What discovery said when it answered first: the exporter never asks again.
    kinds: Option<Kinds>,
    handler: Option<Handler>,
    /// Why there is no handler.
    idle: String,
    /// How far a resync is, while it waits.
    waits: Option<String>,
    polling: Option<Polling>,
    /// Once a config has not opened all variables, none opens them again.
    is_closed: bool,
    /// `allowedEnvironmentVariablesInJQ` of the last config that had it.
    patterns: Option<Value>,
}

/// What the polling has seen last.
#[derive(Clone, Debug, Default)]
struct Polling {
    updated_at: String,
    resync_request: String,
}

impl Process {
    /// The start, up to the first wait of the polling.
    pub(super) fn start(
        &mut self,
        listed: Option<usize>,
        context: &mut Context<'_, '_>,
    ) -> Result<(), Crash> {
        initialize(&mut self.main, context.wire).map_err(Crash)?;
        self.resync(listed, context)?;
        self.begin_polling(context);
        Ok(())
    }

    /// Looks whether the integration changed or a resync was asked for.
    pub(super) fn poll(&mut self, context: &mut Context<'_, '_>) -> Result<(), Crash> {
        // The polling and a resync that waits are one thread.
        let Some(polling) = self.polling.clone().filter(|_| self.waits.is_none()) else {
            return Ok(());
        };
        let integration = match get(&mut self.main, context.wire, true) {
            Ok(integration) => integration,
            Err(Unread::Undecodable(why)) => {
                context.said.note(format!(
                    "the config can't be decoded, and the one before stays in force until a \
                     restart: {why}"
                ));
                return Ok(());
            }
            Err(Unread::Refused) => return Ok(()),
        };
        let requested = resync_request(&mut self.main, context.wire).unwrap_or_default();
        let Integration { updated_at, .. } = integration;
        let is_changed = !updated_at.is_empty() && updated_at != polling.updated_at;
        let is_requested = !requested.is_empty()
            && (polling.resync_request.is_empty()
                || is_before(&polling.resync_request, &requested));
        if !is_changed && !is_requested {
            return Ok(());
        }
        self.polling = Some(Polling {
            updated_at,
            resync_request: match requested.is_empty() {
                true => polling.resync_request,
                false => requested,
            },
        });
        self.resync(None, context)
    }

    /// What happened in the cluster; a resync that waited for it goes on.
    pub(super) fn observe(&mut self, context: &mut Context<'_, '_>) -> Result<(), Crash> {
        if context.cluster.is_down {
            return Ok(());
        }
        if let Some(handler) = &mut self.handler {
            handler.observe(context)?;
        }
        if self.waits.is_some() {
            self.proceed(None, context)?;
            if self.waits.is_none() && self.polling.is_none() {
                self.begin_polling(context);
            }
        }
        Ok(())
    }

    /// The time of a batch has come.
    pub(super) fn wait(&mut self, context: &mut Context<'_, '_>) -> Result<(), Crash> {
        match &mut self.handler {
            Some(handler) => handler.wait(context),
            None => Ok(()),
        }
    }

    pub(super) fn has_pending(&self) -> bool {
        self.handler.as_ref().is_some_and(Handler::has_pending)
    }

    pub(super) fn state(&self) -> State {
        match (&self.waits, &self.handler) {
            (Some(kind), _) => State::Waiting(kind.clone()),
            (None, Some(_)) => State::Running,
            (None, None) => State::Idle(self.idle.clone()),
        }
    }

    /// Stops what runs, and only then asks for the config.
    fn resync(
        &mut self,
        listed: Option<usize>,
        context: &mut Context<'_, '_>,
    ) -> Result<(), Crash> {
        if let Some(handler) = self.handler.take() {
            handler.stop(context);
        }
        let idle = match get(&mut self.main, context.wire, false) {
            Ok(Integration {
                config: Some(config),
                ..
            }) => return self.resync_under(config, listed, context),
            Ok(Integration { config: None, .. }) => "the integration's config is null".to_owned(),
            Err(Unread::Undecodable(why)) => why,
            Err(Unread::Refused) => "the integration can't be had".to_owned(),
        };
        let note = format!("nothing is synced or deleted any more: {idle}");
        context.said.note(note);
        self.idle = idle;
        Ok(())
    }

    fn resync_under(
        &mut self,
        config: Value,
        listed: Option<usize>,
        context: &mut Context<'_, '_>,
    ) -> Result<(), Crash> {
        if self.kinds.is_none() && !context.cluster.is_down {
            self.kinds = Some(context.cluster.kinds());
        }
        let config = self.with_variables(config);
        context.said.unmapped.clear();
        self.handler = Some(Handler::new(&config, self.kinds.as_ref(), context));
        self.proceed(listed, context)
    }

    fn proceed(
        &mut self,
        listed: Option<usize>,
        context: &mut Context<'_, '_>,
    ) -> Result<(), Crash> {
        let Some(handler) = &mut self.handler else {
            return Ok(());
        };
        let progress = handler.proceed(listed, &mut self.main, context)?;
        let waits = match progress {
            Progress::Done => None,
            Progress::Waits(kind) => Some(kind),
        };
        if let Some(kind) = waits.as_ref().filter(|_| self.waits.is_none()) {
            context.said.note(format!(
                "waits for the list of kind `{kind}`: no resync and no polling until it comes"
            ));
        }
        self.waits = waits;
        Ok(())
    }

    fn begin_polling(&mut self, context: &mut Context<'_, '_>) {
        if self.waits.is_some() {
            return;
        }
        let mut polling = Polling::default();
        if let Ok(integration) = get(&mut self.main, context.wire, true) {
            polling.updated_at = integration.updated_at;
            polling.resync_request =
                resync_request(&mut self.main, context.wire).unwrap_or_default();
        }
        self.polling = Some(polling);
    }

    /// The config, with what of earlier ones the process still goes by.
    fn with_variables(&mut self, mut config: Value) -> Value {
        const ALL: &str = "allowAllEnvironmentVariablesInJQ";
        const PATTERNS: &str = "allowedEnvironmentVariablesInJQ";
        self.is_closed |= config[ALL] != true;
        config[ALL] = json!(!self.is_closed);
        match (&config[PATTERNS], &self.patterns) {
            (Value::Null, Some(patterns)) => config[PATTERNS] = patterns.clone(),
            (Value::Null, None) => {}
            (patterns, _) => self.patterns = Some(patterns.clone()),
        }
        config
    }
}

/// Whether one time (RFC 3339, in UTC) is before another, however precise each is.
fn is_before(one: &str, other: &str) -> bool {
    let key = |text: &str| {
        let plain = text.trim_end_matches('Z');
        let (seconds, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        (seconds.to_owned(), format!("{fraction:0<9}"))
    };
    key(one) < key(other)
}

#[cfg(test)]
mod tests {
    use super::is_before;

    #[test]
    fn times_are_compared_however_precise_they_are() {
        let second = "2026-11-23T03:14:29Z";
        assert!(is_before(second, "2026-11-23T03:14:29.5Z"));
        assert!(!is_before("2026-11-23T03:14:29.000Z", second));
        assert!(is_before(
            "2026-11-23T03:14:29.25Z",
            "2026-11-23T03:14:29.3Z"
        ));
    }
}
