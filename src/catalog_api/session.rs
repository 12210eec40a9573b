//! A conversation with one API: a token, tries, and keeping to the limit of
//! requests.
//!
//! Invariants: one call renews the token at most once, and concurrent calls share
//! the new one; a request that can't be repeated is sent once (twice where the
//! first had no valid token, as that one did nothing); no call takes longer than
//! the budget and one exchange.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::address::ApiUrl;
use super::backoff;
use super::connection::{Connection, Credentials, Retry};
use super::error::ApiError;
use super::pace::Pace;
use super::pause::Pause;
use super::request::Request;
use super::secret::Secret;
use super::transport::{Broken, Reply, Transport};

/// A token is renewed this much before its end, or at nine tenths of its time.
const AHEAD: Duration = Duration::from_secs(60);

/// How long a token is used whose end is not said: Port's live three hours.
const UNSAID: Duration = Duration::from_secs(3_600);

/// What was sent so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statistics {
    /// Exchanges, those for tokens and further tries included.
    pub sent: u64,
    /// Of these, further tries.
    pub retried: u64,
    /// Exchanges without an answer.
    pub broken: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
}

/// A token with its end.
#[derive(Clone, Debug)]
struct Token {
    secret: Secret,
    renew_at: Instant,
    /// The first is 1.
    number: u64,
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Session {
    transport: Transport,
    api: ApiUrl,
    credentials: Credentials,
    retry: Retry,
    pause: Arc<dyn Pause>,
    dice: Mutex<fastrand::Rng>,
    /// Held while it is renewed, so that others wait for the new one.
    token: tokio::sync::Mutex<Option<Token>>,
    /// Until when the API takes no more requests, as it said.
    full_until: Mutex<Option<Instant>>,
    /// Nothing where all that the API allows is for this client.
    pace: Mutex<Option<Pace>>,
    statistics: Mutex<Statistics>,
}

impl Session {
    pub(super) fn new(connection: Connection, pause: Arc<dyn Pause>) -> Result<Self, ApiError> {
        let transport = Transport::new(&connection)?;
        let Connection {
            url,
            credentials,
            ca: _,
            proxies: _,
            timeouts: _,
            retry,
            seed,
        } = connection;
        Ok(Self {
            transport,
            api: url,
            credentials,
            retry,
            pause,
            dice: Mutex::new(fastrand::Rng::with_seed(seed)),
            token: tokio::sync::Mutex::new(None),
            full_until: Mutex::new(None),
            pace: Mutex::new(None),
            statistics: Mutex::new(Statistics::default()),
        })
    }

    pub(super) fn api(&self) -> &ApiUrl {
        &self.api
    }

    pub(super) fn client_secret(&self) -> &Secret {
        &self.credentials.client_secret
    }

    pub(super) fn retry(&self) -> &Retry {
        &self.retry
    }

    pub(super) fn pause(&self) -> &dyn Pause {
        self.pause.as_ref()
    }

    pub(super) fn share(&self) {
        *locked(&self.pace) = Some(Pace::new(self.pause.now()));
    }

    pub(super) fn statistics(&self) -> Statistics {
        locked(&self.statistics).clone()
    }

    /// How long to wait after a try that failed.
    pub(super) fn wait(&self, tried: u32, asked: Option<Duration>) -> Duration {
        backoff::wait(tried, asked, &self.retry, &mut locked(&self.dice))
    }

    /// Does a request; the answer's body.
    ///
    /// # Errors
    ///
    /// Every variant of [`ApiError`] but `Settings` and `Unsendable`.
    pub(super) async fn call(&self, request: &Request) -> Result<Value, ApiError> {
        self.wait_for_turn().await;
        let deadline = self.pause.now() + self.retry.budget;
        let token = self.token(None, deadline).await?;
        let reply = self.send(request, Some(&token.secret), deadline).await?;
        if reply.status != 401 {
            return self.judge(request, &reply, Some(&token.secret));
        }
        let token = self.token(Some(token.number), deadline).await?;
        let reply = self.send(request, Some(&token.secret), deadline).await?;
        self.judge(request, &reply, Some(&token.secret))
    }

    /// A token that is not the refused one.
    async fn token(&self, refused: Option<u64>, deadline: Instant) -> Result<Token, ApiError> {
        let mut held = self.token.lock().await;
        if let Some(token) = held.as_ref()
            && Some(token.number) != refused
            && self.pause.now() < token.renew_at
        {
            return Ok(token.clone());
        }
        let Credentials {
            client_id,
            client_secret,
        } = &self.credentials;
        let body = json!({"clientId": client_id, "clientSecret": client_secret.expose()});
        let request = Request::post(&["v1", "auth", "access_token"], &body)?.repeatable();
        let reply = self.send(&request, None, deadline).await?;
        let answer = self.judge(&request, &reply, None)?;
        let text = answer.get("accessToken").and_then(Value::as_str);
        let text = text.ok_or_else(|| self.lacks(&request, "accessToken"))?;
        let life = answer.get("expiresIn").and_then(Value::as_u64);
        let life = life.map_or(UNSAID, Duration::from_secs);
        let number = held.as_ref().map_or(0, |token| token.number) + 1;
        let now = self.pause.now();
        let token = Token {
            secret: Secret::new(text),
            renew_at: now
                .checked_add(life - AHEAD.min(life / 10))
                .unwrap_or(now + UNSAID),
            number,
        };
        *held = Some(token.clone());
        Ok(token)
    }

    /// Sends a request until something comes of it that another try would not
    /// change.
    async fn send(
        &self,
        request: &Request,
        token: Option<&Secret>,
        deadline: Instant,
    ) -> Result<Reply, ApiError> {
        let mut tried = 0;
        loop {
            self.wait_for_room(deadline).await;
            tried += 1;
            let exchanged = self.transport.exchange(&self.api, request, token).await;
            self.note(request, &exchanged, tried);
            let asked = match &exchanged {
                Ok(reply) => match request.repeatable && backoff::is_passing(reply.status) {
                    true => backoff::asked(&reply.headers, self.pause.calendar()),
                    false => return exchanged.map_err(|it| self.unreachable(request, it, tried)),
                },
                Err(Broken { permanent, .. }) => match request.repeatable && !permanent {
                    true => None,
                    false => return exchanged.map_err(|it| self.unreachable(request, it, tried)),
                },
            };
            let wait = self.wait(tried, asked);
            let left = deadline.saturating_duration_since(self.pause.now());
            if tried >= self.retry.attempts || wait >= left {
                let asked = asked.filter(|asked| *asked >= left);
                return Err(match exchanged {
                    Ok(reply) => self.unavailable(request, &reply, token, tried, asked),
                    Err(broken) => self.unreachable(request, broken, tried),
                });
            }
            self.pause.sleep(wait).await;
        }
    }

    /// Waits while others have the right of way. Tries after the first don't: they have
    /// waited longer already.
    async fn wait_for_turn(&self) {
        let now = self.pause.now();
        let wait = locked(&self.pace).as_mut().map(|pace| pace.take(now));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            self.pause.sleep(wait).await;
        }
    }

    /// Waits until the API takes requests again, unless that is later than
    /// anyone would wait: then the API may say so itself.
    async fn wait_for_room(&self, deadline: Instant) {
        loop {
            let until = *locked(&self.full_until);
            let now = self.pause.now();
            match until {
                Some(until) if now < until && until < deadline => {
                    self.pause.sleep(until - now).await;
                }
                Some(_) | None => return,
            }
        }
    }

    /// Counts an exchange, and keeps what it says about the limit of requests.
    fn note(&self, request: &Request, exchanged: &Result<Reply, Broken>, tried: u32) {
        let mut statistics = locked(&self.statistics);
        statistics.sent += 1;
        statistics.retried += u64::from(tried > 1);
        if let Some(pace) = locked(&self.pace).as_mut().filter(|_| tried > 1) {
            let _waited_longer = pace.take(self.pause.now());
        }
        let (method, path) = (request.method.as_str(), &request.path);
        match exchanged {
            Ok(reply) => {
                *statistics.statuses.entry(reply.status).or_default() += 1;
                drop(statistics);
                let status = reply.status;
                tracing::debug!(method, path, status, tried, "the catalog answered");
                if let Some(pace) = locked(&self.pace).as_mut() {
                    pace.learn(&reply.headers, self.pause.now());
                }
                let calendar = self.pause.calendar();
                let full = match reply.status {
                    429 => backoff::asked(&reply.headers, calendar),
                    _ => backoff::exhausted(&reply.headers, calendar),
                };
                if let Some(until) = full.and_then(|full| self.pause.now().checked_add(full)) {
                    let mut held = locked(&self.full_until);
                    *held = (*held).max(Some(until));
                }
            }
            Err(Broken { reason, .. }) => {
                statistics.broken += 1;
                tracing::debug!(method, path, reason, tried, "the catalog did not answer");
            }
        }
    }
}

/// What a panic in another thread left is whole: nothing panics while it holds
/// one of these.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
