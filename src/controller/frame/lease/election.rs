//! One replica's part in an election.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::super::activity::Control;
use super::super::metrics::FrameMetrics;
use super::record::{Candidate, duration, holder};
use super::{Leases, Terms};

/// How long it may take to give the Lease back: the process ends with it.
const GIVE_BACK: Duration = Duration::from_secs(3);

/// The candidate, and what it has seen.
pub(in super::super) struct Election<L> {
    pub(in super::super) leases: L,
    pub(in super::super) namespace: String,
    pub(in super::super) name: String,
    /// No two processes have the same.
    pub(in super::super) identity: String,
    pub(in super::super) terms: Terms,
    /// What is written into the Lease, for people to read.
    pub(in super::super) clock: fn() -> SystemTime,
    pub(in super::super) metrics: FrameMetrics,
    seen: Option<Seen>,
}

/// What the Lease was, and since when.
struct Seen {
    spec: Value,
    since: Instant,
}

/// How an attempt to get or keep the Lease went.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Attempt {
    Held,
    /// By whom.
    HeldBy(String),
    /// It changed meanwhile, or could not be reached.
    Open,
}

impl<L: Leases> Election<L> {
    pub(in super::super) fn new(
        leases: L,
        (namespace, name): (String, String),
        identity: String,
        terms: Terms,
        clock: fn() -> SystemTime,
        metrics: FrameMetrics,
    ) -> Self {
        Self {
            leases,
            namespace,
            name,
            identity,
            terms,
            clock,
            metrics,
            seen: None,
        }
    }

    /// Leads as often and as long as it can, for ever. It may be dropped at any time;
    /// then [`Self::give_back`] is called.
    pub(in super::super) async fn run(&mut self, control: &Control) {
        loop {
            let end = self.acquire().await;
            control.lead_until(end);
            tracing::info!(lease = %self.name, "leading");
            self.renew(control, end).await;
            control.follow();
            tracing::warn!(lease = %self.name, "leading no more");
        }
    }

    /// Returns once the Lease is held, with the end of that.
    async fn acquire(&mut self) -> Instant {
        let mut leader = String::new();
        loop {
            let begun = Instant::now();
            match self.attempt(self.terms.renew).await {
                Attempt::Held => return begun + self.terms.renew,
                Attempt::HeldBy(other) if other != leader => {
                    tracing::info!(lease = %self.name, leader = %other, "waiting to lead");
                    leader = other;
                }
                Attempt::HeldBy(_) | Attempt::Open => {}
            }
            sleep(self.pause()).await;
        }
    }

    /// Keeps the Lease until it is lost.
    async fn renew(&mut self, control: &Control, mut end: Instant) {
        loop {
            sleep(self.terms.retry).await;
            let begun = Instant::now();
            let Some(left) = end.checked_duration_since(begun).filter(|it| !it.is_zero()) else {
                return;
            };
            match self.attempt(left).await {
                Attempt::Held => {
                    end = begun + self.terms.renew;
                    control.lead_until(end);
                }
                Attempt::HeldBy(_) => return,
                Attempt::Open => {}
            }
        }
    }

    /// Tries once, within a time.
    async fn attempt(&mut self, within: Duration) -> Attempt {
        let tried = timeout(within, self.try_once()).await;
        let why = match tried {
            Ok(Ok(attempt)) => return attempt,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", within.as_secs()),
        };
        self.metrics.lease_failures.inc();
        tracing::warn!(lease = %self.name, "the Lease can't be had: {why}");
        Attempt::Open
    }

    async fn try_once(&mut self) -> Result<Attempt, L::Error> {
        let found = self.leases.get().await?;
        let written = match &found {
            None => {
                let first = self.candidate().first(&self.namespace, &self.name);
                self.leases.create(&first).await?
            }
            Some(lease) => {
                if let Some(other) = self.other_holder(lease) {
                    return Ok(Attempt::HeldBy(other));
                }
                let next = self.candidate().next(lease);
                self.leases.replace(&next).await?
            }
        };
        Ok(match written {
            Some(_) => Attempt::Held,
            None => Attempt::Open,
        })
    }

    /// Who else holds the Lease, as far as can be told: it counts from when it was seen
    /// to change, so that no two clocks are compared.
    fn other_holder(&mut self, lease: &Value) -> Option<String> {
        let spec = &lease["spec"];
        let now = Instant::now();
        let since = match &self.seen {
            Some(seen) if seen.spec == *spec => seen.since,
            Some(_) | None => now,
        };
        self.seen = Some(Seen {
            spec: spec.clone(),
            since,
        });
        let holder = holder(lease).filter(|holder| *holder != self.identity)?;
        let is_over = now >= since + duration(lease, self.terms.duration);
        (!is_over).then(|| holder.to_owned())
    }

    /// Gives the Lease back where it is held, so that nobody has to wait for its end.
    pub(in super::super) async fn give_back(&mut self) {
        let why = match timeout(GIVE_BACK, self.try_to_give_back()).await {
            Ok(Ok(true)) => {
                tracing::info!(lease = %self.name, "gave the Lease back");
                return;
            }
            Ok(Ok(false)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", GIVE_BACK.as_secs()),
        };
        // It runs out by itself.
        tracing::warn!(lease = %self.name, "the Lease can't be given back: {why}");
    }

    /// Whether it was this replica's to give.
    async fn try_to_give_back(&self) -> Result<bool, L::Error> {
        let Some(lease) = self.leases.get().await? else {
            return Ok(false);
        };
        if holder(&lease) != Some(&self.identity) {
            return Ok(false);
        }
        let given_back = self.candidate().given_back(&lease);
        Ok(self.leases.replace(&given_back).await?.is_some())
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            identity: &self.identity,
            duration: self.terms.duration,
            now: (self.clock)(),
        }
    }

    /// Not all replicas ask at the same time; the factor is client-go's.
    fn pause(&self) -> Duration {
        const JITTER: f64 = 1.2;
        self.terms.retry.mul_f64(1.0 + JITTER * fastrand::f64())
    }
}
