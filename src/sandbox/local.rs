//! A sandbox inside a test of ours.
//!
//! With a runtime of its own, so that the test need not be async. Not for the
//! command. Invariant: it ends when it is dropped.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use axum::Router;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::fault::Faults;
use super::serve::{Catalog, Sandbox, SandboxOptions, unguessable};
use super::store::{Call, Method, RateLimit, Store, StoreOptions};

/// What a sandbox of a test is started with.
#[derive(Clone, Debug, Default)]
pub struct LocalOptions {
    /// What goes wrong, as `--fault` takes it.
    pub faults: String,
    /// What decides when.
    pub seed: u64,
    /// The file that keeps it.
    pub data: Option<PathBuf>,
    /// How many calls it takes in five minutes; practically any number with `None`.
    pub calls: Option<u32>,
}

/// A call that it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// `GET`, …
    pub method: &'static str,
    /// As on the wire, still encoded, without the query.
    pub path: String,
    /// As on the wire.
    pub query: String,
    /// The caller's name.
    pub user_agent: String,
    /// What it was answered with; 0 where its connection was cut instead.
    pub status: u16,
}

/// A sandbox that is running in this process.
#[derive(Debug)]
pub struct LocalSandbox {
    sandbox: Option<Sandbox>,
    store: Store,
    runtime: Runtime,
    url: String,
}

impl LocalSandbox {
    /// The credentials that it takes, as it takes any.
    pub const CLIENT_ID: &'static str = "sandbox";
    /// The other half of them.
    pub const CLIENT_SECRET: &'static str = "sandbox-secret";

    /// Starts one on a free port, empty and without faults.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(LocalOptions::default())
    }

    /// Starts one on a free port.
    ///
    /// # Panics
    /// Where it does not start, as a test should.
    #[must_use]
    pub fn start_with(options: LocalOptions) -> Self {
        let LocalOptions {
            faults,
            seed,
            data,
            calls,
        } = options;
        let options = StoreOptions {
            clock: Box::new(SystemTime::now),
            credentials: None,
            token_key: unguessable(),
            rate_limit: RateLimit {
                calls: calls.unwrap_or(u32::MAX),
                period: Duration::from_secs(300),
            },
            calls_kept: usize::MAX,
        };
        let catalog = Catalog::with(options, data);
        let catalog = catalog.unwrap_or_else(|error| panic!("{error}"));
        let store = catalog.store.clone();
        let faults = Faults::parse(&faults, seed).unwrap_or_else(|error| panic!("{error}"));
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
        let options = SandboxOptions {
            port: 0,
            faults,
            page: Router::new(),
        };
        let sandbox = runtime.block_on(Sandbox::start(catalog, options));
        let sandbox = sandbox.unwrap_or_else(|error| panic!("{error}"));
        let url = sandbox.url();
        Self {
            sandbox: Some(sandbox),
            store,
            runtime,
            url,
        }
    }

    /// Where it listens: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a program is given to call it, as variables of its environment.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("GLINT_API_URL", self.url.clone()),
            ("GLINT_CLIENT_ID", Self::CLIENT_ID.to_owned()),
            ("GLINT_CLIENT_SECRET", Self::CLIENT_SECRET.to_owned()),
        ]
    }

    /// Calls it without a connection and without faults: `call_as("curl", "GET
    /// /v1/blueprints", None)`. The status and the body.
    ///
    /// # Panics
    /// At a line that is no method and path.
    pub fn call_as(&self, user_agent: &str, line: &str, body: Option<Value>) -> (u16, Value) {
        let credentials = json!({
            "clientId": Self::CLIENT_ID, "clientSecret": Self::CLIENT_SECRET,
        });
        let line_of_token = "POST /v1/auth/access_token";
        let answer = self.handle(user_agent, line_of_token, None, Some(credentials));
        let token = answer.1["accessToken"].as_str().map(str::to_owned);
        self.handle(user_agent, line, token, body)
    }

    fn handle(
        &self,
        user_agent: &str,
        line: &str,
        token: Option<String>,
        body: Option<Value>,
    ) -> (u16, Value) {
        let (method, target) = line.split_once(' ').expect("a method and a path");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let answer = self.store.handle(&Call {
            method: Method::parse(method).expect("a method of the API"),
            path: path.to_owned(),
            query: query.to_owned(),
            user_agent: user_agent.to_owned(),
            token,
            body,
        });
        (answer.status, answer.body)
    }

    /// Creates blueprints and then entities, each with its blueprint, as if this
    /// `User-Agent` had.
    ///
    /// # Panics
    /// At the first that is refused.
    pub fn seed_as(&self, user_agent: &str, blueprints: &[Value], entities: &[(&str, Value)]) {
        let create = |line: &str, body: &Value| {
            let (status, answer) = self.call_as(user_agent, line, Some(body.clone()));
            assert_eq!(status, 201, "{line} {body}: {answer}");
        };
        for blueprint in blueprints {
            create("POST /v1/blueprints", blueprint);
        }
        for (blueprint, entity) in entities {
            create(&format!("POST /v1/blueprints/{blueprint}/entities"), entity);
        }
    }

    /// The calls that it was sent, the oldest first, those of the test itself
    /// included.
    #[must_use]
    pub fn calls(&self) -> Vec<Called> {
        self.store.read(|state| {
            let calls = state.calls.iter().map(|call| Called {
                method: call.method.as_str(),
                path: call.path.clone(),
                query: call.query.clone(),
                user_agent: call.user_agent.clone(),
                status: call.status,
            });
            calls.collect()
        })
    }

    /// Ends every token, as if its time were up.
    pub fn expire_tokens(&self) {
        self.store.expire_tokens();
    }
}

impl Drop for LocalSandbox {
    fn drop(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            self.runtime.block_on(sandbox.stop());
        }
    }
}
