//! A sandbox that is running: its address, and its end.
//!
//! Not for what it answers (`rest`, the page). Invariant: it listens on loopback
//! alone.

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::data::{DataError, DataFile, Keeper};
use super::fault::Faults;
use super::rest;
use super::store::{CALLS, RateLimit, State, Store, StoreOptions};

/// How long answers that are under way may take after the end was asked for.
const GRACE: Duration = Duration::from_millis(500);

/// A limit that nobody reaches by accident. Nobody knows that of the API.
const RATE_LIMIT: RateLimit = RateLimit {
    calls: 100_000,
    period: Duration::from_secs(300),
};

/// What a sandbox is started with.
#[derive(Debug)]
pub(crate) struct SandboxOptions {
    /// The port; any free one with 0.
    pub port: u16,
    /// What goes wrong.
    pub faults: Faults,
    /// What is served beside the API: the page.
    pub page: Router,
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SandboxError {
    /// The port is taken, or not allowed.
    #[error("can't listen on port {port} of 127.0.0.1; `--port 0` takes any that is free")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
}

/// The catalog of a sandbox, in memory or in a file.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// What is in it.
    pub store: Store,
    file: Option<DataFile>,
}

impl Catalog {
    /// A catalog for these credentials, or for any; with what a file holds, which
    /// it is then kept in.
    ///
    /// # Errors
    /// A file that can't be used.
    pub(crate) fn open(
        credentials: Option<(String, String)>,
        data: Option<PathBuf>,
    ) -> Result<Self, DataError> {
        let options = StoreOptions {
            clock: Box::new(SystemTime::now),
            credentials,
            token_key: unguessable(),
            rate_limit: RATE_LIMIT,
            calls_kept: CALLS,
        };
        Self::with(options, data)
    }

    /// The same with every option of the store.
    pub(super) fn with(options: StoreOptions, data: Option<PathBuf>) -> Result<Self, DataError> {
        let (file, state) = match data {
            None => (None, State::default()),
            Some(path) => {
                let (file, state) = DataFile::open(&path)?;
                (Some(file), state)
            }
        };
        let store = Store::with_state(options, state);
        Ok(Self { store, file })
    }
}

/// A sandbox that is running. Dropped, it ends at once.
#[derive(Debug)]
pub(crate) struct Sandbox {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    keeper: Option<(Store, Keeper, JoinHandle<()>)>,
}

impl Sandbox {
    /// Starts to serve a catalog. Needs a runtime of tokio's, and ends with it.
    ///
    /// # Errors
    /// A port that can't be had.
    pub(crate) async fn start(
        catalog: Catalog,
        options: SandboxOptions,
    ) -> Result<Self, SandboxError> {
        let SandboxOptions { port, faults, page } = options;
        let Catalog { store, file } = catalog;
        let listen = |source| SandboxError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        store.set_address(&format!("http://{address}"));
        let keeper = file.map(|file| {
            let (keeper, task) = Keeper::start(store.clone(), file);
            (store.clone(), keeper, task)
        });
        let kept = keeper.as_ref().map(|(_, keeper, _)| keeper.clone());
        let router = rest::router(store, faults, kept)
            .merge(page)
            .fallback(rest::not_found)
            .layer(axum::middleware::from_fn(rest::loopback_only));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(rest::serve(listener, router, async move {
            let _dropped = stopped.await;
        }));
        Ok(Self {
            address,
            stop: Some(stop),
            server,
            keeper,
        })
    }

    /// Where it is served: `http://127.0.0.1:8808`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it: no new connections, half a second for answers under way, and what
    /// was written is in the file.
    pub(crate) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _already_ended = stop.send(());
        }
        let _slow = tokio::time::timeout(GRACE, &mut self.server).await;
        if let Some((store, keeper, _)) = &self.keeper {
            let _unkept = keeper.kept(store.revision()).await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
        if let Some((_, _, task)) = &self.keeper {
            task.abort();
        }
    }
}

/// A text that nobody can guess: the standard library seeds its hashes from the
/// system's randomness.
pub(super) fn unguessable() -> String {
    let random = || RandomState::new().hash_one("sandbox");
    format!("{:016x}{:016x}", random(), random())
}
