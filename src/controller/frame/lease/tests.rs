//! Elections between replicas, on a Lease in memory, in a time that is made.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::super::activity::{Activity, channel};
use super::super::metrics::FrameMetrics;
use super::{Election, Leases, Terms};

const SECOND: Duration = Duration::from_secs(1);

/// The API server, as far as one Lease goes.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lease: Option<Value>,
    version: u64,
    /// Calls fail.
    is_down: bool,
    /// Calls are never answered.
    is_silent: bool,
}

impl Server {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    fn spec(&self) -> Value {
        let state = self.0.lock().unwrap();
        state.lease.as_ref().unwrap()["spec"].clone()
    }

    async fn answer<T>(
        &self,
        call: impl FnOnce(&mut State) -> T + Send,
    ) -> Result<T, &'static str> {
        if self.0.lock().unwrap().is_silent {
            std::future::pending::<()>().await;
        }
        let mut state = self.0.lock().unwrap();
        match state.is_down {
            true => Err("connection refused"),
            false => Ok(call(&mut state)),
        }
    }
}

impl State {
    fn write(&mut self, mut lease: Value) -> Option<Value> {
        self.version += 1;
        lease["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.lease = Some(lease);
        self.lease.clone()
    }
}

impl Leases for Server {
    type Error = &'static str;

    async fn get(&self) -> Result<Option<Value>, &'static str> {
        self.answer(|state| state.lease.clone()).await
    }

    async fn create(&self, lease: &Value) -> Result<Option<Value>, &'static str> {
        self.answer(|state| match state.lease {
            Some(_) => None,
            None => state.write(lease.clone()),
        })
        .await
    }

    async fn replace(&self, lease: &Value) -> Result<Option<Value>, &'static str> {
        self.answer(|state| {
            let there = state.lease.as_ref()?;
            let version = |it: &Value| it["metadata"]["resourceVersion"].clone();
            (version(there) == version(lease)).then(|| state.write(lease.clone()))?
        })
        .await
    }
}

/// A replica in its own task.
struct Replica {
    activity: Activity,
    task: JoinHandle<()>,
    server: Server,
    identity: &'static str,
    clock: fn() -> SystemTime,
}

impl Replica {
    fn start(server: &Server, identity: &'static str, clock: fn() -> SystemTime) -> Self {
        let mut election = election(server, identity, clock);
        let (control, activity) = channel();
        control.pause(false);
        let task = tokio::spawn(async move { election.run(&control).await });
        Self {
            activity,
            task,
            server: server.clone(),
            identity,
            clock,
        }
    }

    /// As with SIGKILL: nothing more is heard of it.
    async fn crash(self) {
        self.task.abort();
        let _aborted = self.task.await;
    }

    /// As with SIGTERM.
    async fn leave(self) {
        let (server, identity, clock) = (self.server.clone(), self.identity, self.clock);
        self.crash().await;
        election(&server, identity, clock).give_back().await;
    }
}

fn election(server: &Server, identity: &str, clock: fn() -> SystemTime) -> Election<Server> {
    Election::new(
        server.clone(),
        (
            "glint".to_owned(),
            "glint-report-leader-election".to_owned(),
        ),
        identity.to_owned(),
        Terms::DEFAULT,
        clock,
        FrameMetrics::default(),
    )
}

/// How much of the made time has gone by.
fn gone_by() -> Duration {
    let now = Instant::now().into_std();
    now.saturating_duration_since(std::time::Instant::now())
}

/// Of a machine whose clock is days ahead.
fn fast() -> SystemTime {
    UNIX_EPOCH + 1_000_000 * SECOND + gone_by()
}

/// Of a machine that has never heard of time servers.
fn slow() -> SystemTime {
    UNIX_EPOCH + gone_by()
}

/// Two replicas, the first of which leads.
async fn pair(server: &Server) -> (Replica, Replica) {
    let mut first = Replica::start(server, "first", fast);
    first.activity.active().await;
    let second = Replica::start(server, "second", slow);
    sleep(60 * SECOND).await;
    assert!(first.activity.is_active());
    assert!(!second.activity.is_active());
    (first, second)
}

#[tokio::test(start_paused = true)]
async fn one_leads_and_the_other_waits_whatever_their_clocks_say() {
    let server = Server::default();
    let (first, second) = pair(&server).await;
    sleep(3600 * SECOND).await;
    assert!(first.activity.is_active());
    assert!(!second.activity.is_active());
    assert_eq!(server.spec()["leaseTransitions"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_crash_is_waited_for_and_not_longer() {
    let server = Server::default();
    let (first, mut second) = pair(&server).await;
    first.crash().await;
    let begun = Instant::now();
    second.activity.active().await;
    let waited = begun.elapsed();
    // The Lease, and two looks at it: the one that saw its last sign, and the one that
    // saw that it was the last.
    let at_most = 15 * SECOND + 2 * Duration::from_millis(4400);
    assert!(13 * SECOND <= waited && waited <= at_most, "{waited:?}");
    let spec = server.spec();
    assert_eq!(spec["holderIdentity"], "second");
    assert_eq!(spec["leaseTransitions"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_given_back_is_taken_at_the_next_look() {
    let server = Server::default();
    let (first, mut second) = pair(&server).await;
    first.leave().await;
    let begun = Instant::now();
    second.activity.active().await;
    assert!(begun.elapsed() <= Duration::from_millis(4400));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_lead_gives_nothing_back() {
    let server = Server::default();
    let (first, second) = pair(&server).await;
    second.leave().await;
    assert_eq!(server.spec()["holderIdentity"], "first");
    assert!(first.activity.is_active());
}

#[track_caller]
fn check_inactive_in_time(begun: Instant) {
    let waited = begun.elapsed();
    // From the last renewal, which was up to 2 s ago.
    assert!(8 * SECOND <= waited && waited <= 10 * SECOND, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn without_an_api_server_nobody_leads_and_afterwards_the_same_one_does() {
    let server = Server::default();
    let (mut first, second) = pair(&server).await;
    server.change(|state| state.is_down = true);
    let begun = Instant::now();
    first.activity.inactive().await;
    check_inactive_in_time(begun);
    assert!(!second.activity.is_active());
    sleep(60 * SECOND).await;
    server.change(|state| state.is_down = false);
    let (mut one, mut other) = (first.activity.clone(), second.activity.clone());
    tokio::select! {
        () = one.active() => {}
        () = other.active() => {}
    }
    assert!(first.activity.is_active() != second.activity.is_active());
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_does_not_answer_is_as_good_as_none() {
    let server = Server::default();
    let (mut first, _second) = pair(&server).await;
    server.change(|state| state.is_silent = true);
    let begun = Instant::now();
    first.activity.inactive().await;
    check_inactive_in_time(begun);
    server.change(|state| state.is_silent = false);
    timeout(60 * SECOND, first.activity.active()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_finds_another_one_s_name_in_the_lease_stops_at_once() {
    let server = Server::default();
    let (mut first, _second) = pair(&server).await;
    server.change(|state| {
        let mut lease = state.lease.clone().unwrap();
        lease["spec"]["holderIdentity"] = "somebody".into();
        state.write(lease);
    });
    let begun = Instant::now();
    first.activity.inactive().await;
    assert!(begun.elapsed() <= 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_somebody_deletes_or_labels_stays_with_its_holder() {
    let server = Server::default();
    let (first, second) = pair(&server).await;
    server.change(|state| {
        let mut lease = state.lease.clone().unwrap();
        lease["metadata"]["labels"] = json!({"team": "platform"});
        state.write(lease);
    });
    sleep(30 * SECOND).await;
    assert!(first.activity.is_active());
    server.change(|state| state.lease = None);
    sleep(3 * SECOND).await;
    let holders = [&first, &second].map(|it| it.activity.is_active());
    assert!(holders.contains(&true), "{holders:?}");
    sleep(30 * SECOND).await;
    let holders = [&first, &second].map(|it| it.activity.is_active());
    assert_eq!(holders.iter().filter(|it| **it).count(), 1, "{holders:?}");
}
