//! The catalog's state and what each call makes of it.
//!
//! The REST subset of Port's API that the exporter and we use (its OpenAPI
//! document, 2026-01), as a function from a call to an answer: routing, tokens,
//! rate limit, validation, codes, ownership. Not for connections (`rest`), faults
//! or files, and not async. What the API is only believed to do is marked
//! `believed:` where it is done.
//!
//! Invariants: a call is carried out whole or not at all; a call that only
//! validates takes the same path as one that writes, and is taken back.

mod blueprints;
mod call;
mod entities;
mod failure;
mod integrations;
mod moment;
mod route;
mod search;
mod session;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;
mod work;

use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

use tokio::sync::broadcast;

pub(crate) use call::{Answer, Call, Method};
use failure::Failure;
pub(crate) use moment::written as moment_written;
pub(crate) use session::RateLimit;
use session::{digest, epoch_seconds};
pub(crate) use snapshot::SnapshotError;
pub(crate) use state::{CALLS, Change, Logged, State, StoredIntegration};
use work::Work;

/// How many changes a slow listener may be behind before it misses some.
const CHANGES: usize = 1024;

/// What a store is made with.
pub(crate) struct StoreOptions {
    /// What time it is.
    pub clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
    /// The pair of client id and secret that is taken; any with `None`, as long as
    /// neither is empty.
    pub credentials: Option<(String, String)>,
    /// What nobody can guess, from which tokens are made.
    pub token_key: String,
    /// How many calls are taken.
    pub rate_limit: RateLimit,
    /// How many calls are remembered.
    pub calls_kept: usize,
}

/// The catalog. A clone is the same catalog.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    options: StoreOptions,
    state: RwLock<State>,
    changes: broadcast::Sender<Change>,
    /// Where it is served, once it is.
    address: OnceLock<String>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// An empty catalog.
    #[cfg(test)]
    pub(crate) fn new(options: StoreOptions) -> Self {
        Self::with_state(options, State::default())
    }

    /// A catalog that holds something from the start.
    pub(crate) fn with_state(options: StoreOptions, state: State) -> Self {
        let (changes, _) = broadcast::channel(CHANGES);
        let inner = Inner {
            options,
            state: RwLock::new(state),
            changes,
            address: OnceLock::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Answers a call.
    pub(crate) fn handle(&self, call: &Call) -> Answer {
        let now = (self.inner.options.clock)();
        let mut state = self.write();
        let (mut answer, changes) = self.answer(&mut state, call, now);
        state.session.traces += 1;
        let trace = digest(&format!("trace {}", state.session.traces));
        answer.headers.push(("x-trace-id", trace));
        state.log(
            logged(call, answer.status, now),
            self.inner.options.calls_kept,
        );
        drop(state);
        changes.into_iter().for_each(|change| self.announce(change));
        answer
    }

    fn answer(&self, state: &mut State, call: &Call, now: SystemTime) -> (Answer, Vec<Change>) {
        let limit = self.inner.options.rate_limit;
        let (left, reset) = state.session.count(limit, now);
        let mut work = Work::new(state, call, now);
        let carried_out = match left {
            None => Err(Failure::too_many()),
            Some(_) => self.authenticated(&mut work, call, now),
        };
        let (mut answer, changes) = match carried_out {
            Ok(answer) => (answer, work.keep()),
            Err(failure) => {
                work.take_back();
                (failure.answer(), Vec::new())
            }
        };
        if left.is_none() {
            let wait = reset.duration_since(now).unwrap_or_default();
            let seconds = wait.as_secs_f64().ceil().to_string();
            answer.headers.push(("retry-after", seconds));
        }
        answer
            .headers
            .extend(limit.headers(left.unwrap_or(0), epoch_seconds(reset)));
        (answer, changes)
    }

    fn authenticated(
        &self,
        work: &mut Work<'_>,
        call: &Call,
        now: SystemTime,
    ) -> Result<Answer, Failure> {
        let segments = call.segments();
        let segments = segments.ok_or_else(|| Failure::bad_request("the path is not UTF-8"))?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if route::is_token(call.method, &segments) {
            return route::token(work.state, &self.inner.options, call, now);
        }
        let token = call.token.as_deref();
        let token = token.ok_or_else(|| Failure::unauthorized("No authorization was given"))?;
        let client = work.state.session.client(token, now);
        let client = client.ok_or_else(|| Failure::unauthorized("The token is not valid"))?;
        work.client = client.to_owned();
        route::carried_out(work, call, &segments, self.address())
    }

    /// Remembers a call that something else answered, with its status; 0 where its
    /// connection was cut instead.
    pub(crate) fn note(&self, call: &Call, status: u16) {
        let now = (self.inner.options.clock)();
        let logged = logged(call, status, now);
        self.write().log(logged, self.inner.options.calls_kept);
    }

    /// The headers of a call that is refused as one too many, although it is not:
    /// when to call again is in so many seconds, said in seconds or as a moment.
    pub(crate) fn limit_headers(&self, wait: u64, in_seconds: bool) -> Vec<(&'static str, String)> {
        let now = (self.inner.options.clock)();
        let reset = match in_seconds {
            true => wait,
            false => epoch_seconds(now) + wait,
        };
        self.inner.options.rate_limit.headers(0, reset).to_vec()
    }

    /// How often anything was written.
    pub(crate) fn revision(&self) -> u64 {
        self.read(|state| state.revision)
    }

    /// The state as bytes, and which revision it is.
    pub(crate) fn snapshot(&self) -> (u64, Vec<u8>) {
        self.read(|state| (state.revision, state.to_snapshot()))
    }

    /// Looks at the state.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        let state = self.inner.state.read();
        look(&state.unwrap_or_else(PoisonError::into_inner))
    }

    /// What changes from now on.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// Tells all listeners of a change. Nobody needs to listen.
    pub(crate) fn announce(&self, change: Change) {
        let _nobody_listens = self.inner.changes.send(change);
    }

    /// Ends every token, as if its time were up.
    pub(crate) fn expire_tokens(&self) {
        self.write().session.expire();
    }

    /// Says once where the catalog is served: `http://127.0.0.1:8808`.
    pub(crate) fn set_address(&self, address: &str) {
        let _already_set = self.inner.address.set(address.to_owned());
    }

    /// Where the catalog is served; nowhere that exists before it is.
    pub(crate) fn address(&self) -> &str {
        self.inner
            .address
            .get()
            .map_or("http://127.0.0.1", String::as_str)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        let state = self.inner.state.write();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

fn logged(call: &Call, status: u16, at: SystemTime) -> Logged {
    Logged {
        at,
        user_agent: call.user_agent.clone(),
        method: call.method,
        path: call.path.clone(),
        query: call.query.clone(),
        status,
    }
}
