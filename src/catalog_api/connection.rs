//! What a client needs to know before its first request.
//!
//! Not for where the values come from (`config`). Invariant: its `Debug` shows
//! no secret, and of a proxy neither user nor password.

use std::time::Duration;

use super::address::ApiUrl;
use super::secret::Secret;

/// How to reach an API, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// Where it is.
    pub url: ApiUrl,
    /// Who asks.
    pub credentials: Credentials,
    /// The certificate authorities that are trusted, as PEM, instead of the
    /// system's.
    pub ca: Option<Vec<u8>>,
    /// Ways around a firewall.
    pub proxies: Proxies,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How often to try.
    pub retry: Retry,
    /// The seed of the jitter between tries.
    pub seed: u64,
}

/// A pair that the API takes for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// Its public half.
    pub client_id: String,
    /// Its other half.
    pub client_secret: Secret,
}

/// The proxies of an environment. As in Go, requests to this machine use none;
/// and as plain HTTP leads to this machine only, `HTTP_PROXY` has no say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proxies {
    /// `HTTPS_PROXY`: the proxy's URL, maybe with a user and a password.
    pub https: Option<Secret>,
    /// `NO_PROXY`: hosts that are reached without one, separated by commas.
    pub exempt: Option<String>,
}

/// How long one exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeouts {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// Between two pieces of the answer, and until its first.
    pub read: Duration,
    /// All of one exchange.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            total: Duration::from_secs(60),
        }
    }
}

/// How often and how long one call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    /// The most tries, the first included.
    pub attempts: u32,
    /// The most time for all tries and the waits between them.
    pub budget: Duration,
    /// The longest wait after the first try, where the API names none; it
    /// doubles with each try.
    pub base: Duration,
    /// What it grows to.
    pub cap: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 10,
            budget: Duration::from_secs(180),
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
        }
    }
}
