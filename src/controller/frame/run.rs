//! A controller from its start to its end.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use axum::Router;
use prometheus_client::registry::Registry;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::activity::{self, Control};
use super::address::Address;
use super::context::Context;
use super::events::{Events, Reporter};
use super::lease::{ClusterLease, Election, Terms};
use super::metrics::FrameMetrics;
use super::policy::{self, ReadPolicy};
use super::serve::{self, Readiness, ReadyMark, Site};
use super::shard::Shard;
use super::signals;
use crate::cluster::Cluster;

/// How long parts may take to finish what is under way. With what follows it is less
/// than the 30 s after which Kubernetes kills a container.
const FINISH: Duration = Duration::from_secs(14);

/// What a controller is started with.
pub(crate) struct FrameOptions {
    /// `glint-report` or `glint-render`.
    pub controller: &'static str,
    /// The replica's name: its Pod's.
    pub replica: String,
    /// Where the controller's own objects lie.
    pub namespace: String,
    /// What is watched.
    pub shard: Shard,
    /// Whether a Lease decides which replica acts; not in a dry run, which writes none.
    pub is_elected: bool,
    /// Nothing is written anywhere.
    pub is_dry_run: bool,
    /// `/healthz` and `/readyz`; `None` for nowhere.
    pub health: Option<Address>,
    /// `/metrics`; `None` for nowhere.
    pub metrics: Option<Address>,
    /// Whether the policy lets the controller act.
    pub policy: ReadPolicy,
}

/// Why a controller could not run, or not to the end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// A server has no address.
    #[error("can't listen on {address} ({what})")]
    Listen {
        /// Which server.
        what: &'static str,
        /// Where.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// No signal would end the process as it should.
    #[error("can't listen for signals")]
    Signals(#[source] io::Error),
    /// A part can't go on, and so the controller can't.
    #[error("{part} can't go on")]
    Part {
        /// Which part.
        part: &'static str,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A part ended, though nobody asked for that.
    #[error("{0} has ended by itself")]
    Ended(&'static str),
}

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
type Part = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A controller that is put together.
pub(crate) struct Frame {
    context: Context,
    options: FrameOptions,
    control: Control,
    registry: Registry,
    metrics: FrameMetrics,
    readiness: Readiness,
    sites: Vec<Site>,
    parts: Vec<(&'static str, Part)>,
}

impl Frame {
    /// A controller without parts. Nothing begins yet.
    pub(crate) fn new(cluster: Cluster, options: FrameOptions) -> Self {
        let (control, activity) = activity::channel();
        let mut registry = Registry::default();
        let metrics = FrameMetrics::register(&mut registry, options.controller);
        let cluster = match options.is_dry_run {
            true => cluster.dry_run(),
            false => cluster,
        };
        let reporter = Reporter {
            controller: options.controller,
            instance: options.replica.clone(),
        };
        let events = Events::new(
            cluster.clone(),
            activity.clone(),
            reporter,
            options.is_dry_run,
        );
        let context = Context {
            cluster,
            activity,
            events,
            shard: options.shard.clone(),
            is_dry_run: options.is_dry_run,
            controller: options.controller,
            namespace: options.namespace.clone(),
        };
        Self {
            context,
            options,
            control,
            registry,
            metrics,
            readiness: Readiness::default(),
            sites: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// What parts work with.
    pub(crate) fn context(&self) -> Context {
        self.context.clone()
    }

    /// Where a part registers its metrics.
    pub(crate) fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// The replica is not ready until this is marked as ready.
    pub(crate) fn not_ready_without(&mut self, what: &'static str) -> ReadyMark {
        self.readiness.mark(what)
    }

    /// Serves a part's routes at an address of their own, on every replica, whether it
    /// acts or not; nowhere without an address.
    pub(crate) fn serve(&mut self, what: &'static str, address: Option<Address>, router: Router) {
        let site = address.map(|address| Site {
            what,
            address,
            router,
        });
        self.sites.extend(site);
    }

    /// Joins a part. It ends, without an error, after `Activity::ended` has returned
    /// and what was under way is done; ends it before, the controller ends with it.
    pub(crate) fn join<E>(
        &mut self,
        name: &'static str,
        part: impl Future<Output = Result<(), E>> + Send + 'static,
    ) where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let part = Box::pin(async move { part.await.map_err(Into::into) });
        self.parts.push((name, part));
    }

    /// Runs until a signal ends it, or a part can't go on.
    ///
    /// # Errors
    ///
    /// See [`FrameError`]. What was under way is finished and the Lease is given back in
    /// any case.
    pub(crate) async fn run(self) -> Result<(), FrameError> {
        let signals = signals::listen().map_err(FrameError::Signals)?;
        self.run_until(signals).await
    }

    async fn run_until(self, signals: mpsc::Receiver<&'static str>) -> Result<(), FrameError> {
        let Self {
            context,
            options,
            control,
            registry,
            metrics,
            readiness,
            mut sites,
            parts,
        } = self;
        let mut site = |what, address: Option<Address>, router| {
            sites.extend(address.map(|address| Site {
                what,
                address,
                router,
            }));
        };
        site("health", options.health, serve::health(readiness));
        let shown = serve::metrics(registry, metrics.clone(), context.activity.clone());
        site("metrics", options.metrics, shown);
        let (stop, stopped) = watch::channel(false);
        let servers = listen(sites, &stopped).await?;

        let mut election = election(&context, &options, metrics.clone());
        let ended = {
            let lead = async {
                match &mut election {
                    Some(election) => election.run(&control).await,
                    None => {
                        control.lead_alone();
                        std::future::pending().await
                    }
                }
            };
            let switch = policy::watch(options.policy, &control, &metrics);
            let work = to_the_end(parts, signals, &control);
            tokio::select! {
                ended = work => ended,
                // These two never end.
                () = lead => Ok(()),
                () = switch => Ok(()),
            }
        };
        control.follow();
        if let Some(election) = &mut election {
            election.give_back().await;
        }
        serve::stop(servers, stop).await;
        ended
    }
}

/// All servers; none begins unless all have their address.
async fn listen(
    sites: Vec<Site>,
    stopped: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, FrameError> {
    let mut bound = Vec::new();
    for site in sites {
        bound.push(site.bind().await?);
    }
    let servers = bound.into_iter().map(|it| it.serve(stopped.clone()));
    Ok(servers.collect())
}

/// The replica as a candidate; `None` where it need not be elected.
fn election(
    context: &Context,
    options: &FrameOptions,
    metrics: FrameMetrics,
) -> Option<Election<ClusterLease>> {
    let is_elected = options.is_elected && !options.is_dry_run;
    let name = context.shard.lease_name(context.controller);
    let lease = ClusterLease {
        cluster: context.cluster.clone(),
        namespace: context.namespace.clone(),
        name: name.clone(),
    };
    // A Pod's container may start again while its predecessor still runs.
    let identity = format!("{}_{:016x}", options.replica, fastrand::u64(..));
    is_elected.then(|| {
        let place = (context.namespace.clone(), name);
        Election::new(
            lease,
            place,
            identity,
            Terms::DEFAULT,
            SystemTime::now,
            metrics,
        )
    })
}

/// Runs the parts until a signal comes or one of them ends, and then until all have
/// ended, within a time. At a second signal nothing is waited for any more.
async fn to_the_end(
    parts: Vec<(&'static str, Part)>,
    mut signals: mpsc::Receiver<&'static str>,
    control: &Control,
) -> Result<(), FrameError> {
    let mut running = JoinSet::new();
    for (name, part) in parts {
        running.spawn(async move { (name, part.await) });
    }
    let first = tokio::select! {
        Some(signal) = signals.recv() => {
            tracing::info!("{signal}: finishing what is under way");
            Ok(())
        }
        Some(ended) = running.join_next() => Err(unasked(ended)),
    };
    control.end();
    let all = async {
        while let Some(ended) = running.join_next().await {
            if let Ok((part, Err(error))) = ended {
                tracing::warn!("{part} did not finish what was under way: {error}");
            }
        }
    };
    let is_done = tokio::select! {
        () = all => true,
        () = tokio::time::sleep(FINISH) => false,
        Some(_second) = signals.recv() => false,
    };
    if !is_done {
        tracing::warn!("not all that was under way is done");
        running.shutdown().await;
    }
    first
}

/// What a part's end means that nobody asked for.
fn unasked(ended: Result<(&'static str, Outcome), tokio::task::JoinError>) -> FrameError {
    match ended {
        Ok((part, Ok(()))) => FrameError::Ended(part),
        Ok((part, Err(source))) => FrameError::Part { part, source },
        Err(panicked) => FrameError::Part {
            part: "a part",
            source: panicked.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use axum::Router;
    use tokio::net::TcpStream;
    use tokio::sync::mpsc;
    use tokio::time::{Instant, sleep};

    use super::{Frame, FrameOptions};
    use crate::cluster::Cluster;
    use crate::controller::frame::{Address, Context, Shard};

    fn frame() -> Frame {
        let options = FrameOptions {
            controller: "glint-report",
            replica: "glint-report-0".to_owned(),
            namespace: "glint".to_owned(),
            shard: Shard::default(),
            is_elected: false,
            is_dry_run: false,
            health: None,
            metrics: None,
            policy: Arc::new(|| Ok(true)),
        };
        Frame::new(Cluster::unreachable(), options)
    }

    /// What a part did, in order.
    type Log = Arc<Mutex<Vec<&'static str>>>;

    /// Finishes what it has begun, in so many seconds.
    async fn part(mut context: Context, log: Log, seconds: u64) -> io::Result<()> {
        let say = |what| log.lock().unwrap().push(what);
        context.activity.active().await;
        say("acts");
        context.activity.ended().await;
        sleep(Duration::from_secs(seconds)).await;
        assert!(context.activity.is_active());
        say("finished");
        Ok(())
    }

    /// Lets a controller with such a part run for a minute and ends it; what the part
    /// did, and how long the end took.
    async fn ended(seconds: u64, signals: usize) -> (Vec<&'static str>, Duration) {
        let mut frame = frame();
        let log = Log::default();
        frame.join("a part", part(frame.context(), Arc::clone(&log), seconds));
        let (send, signalled) = mpsc::channel(2);
        let asked = async {
            sleep(Duration::from_secs(60)).await;
            for _ in 0..signals {
                send.send("SIGTERM").await.unwrap();
            }
            Instant::now()
        };
        let (ended, asked) = tokio::join!(frame.run_until(signalled), asked);
        ended.unwrap();
        let did = log.lock().unwrap().clone();
        (did, asked.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_is_finished() {
        let (did, time) = ended(9, 1).await;
        assert_eq!(did, ["acts", "finished"]);
        assert_eq!(time.as_secs(), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_comes_in_time_for_kubernetes() {
        let (did, time) = ended(3600, 1).await;
        assert_eq!(did, ["acts"]);
        assert!(time <= Duration::from_secs(20), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_signal_waits_for_nothing() {
        let (did, time) = ended(9, 2).await;
        assert_eq!(did, ["acts"]);
        assert_eq!(time.as_secs(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_can_not_go_on_ends_all_and_lets_the_others_finish() {
        let mut frame = frame();
        let log = Log::default();
        frame.join("a part", part(frame.context(), Arc::clone(&log), 1));
        frame.join("the gate", async {
            Err(io::Error::other("no more memory"))
        });
        let (_send, signalled) = mpsc::channel(2);
        let error = anyhow::Error::from(frame.run_until(signalled).await.unwrap_err());
        assert_eq!(format!("{error:#}"), "the gate can't go on: no more memory");
        assert_eq!(*log.lock().unwrap(), ["acts", "finished"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_never_just_ends() {
        let mut frame = frame();
        frame.join("the gate", async { io::Result::Ok(()) });
        let (_send, signalled) = mpsc::channel(2);
        let error = frame.run_until(signalled).await.unwrap_err();
        assert_eq!(error.to_string(), "the gate has ended by itself");
    }

    #[tokio::test]
    async fn servers_answer_until_the_parts_have_ended() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let place = free.local_addr().unwrap();
        drop(free);
        let mut frame = frame();
        let address = Address::parse(&place.to_string()).unwrap();
        frame.serve("artifacts", address, Router::new());
        let mut activity = frame.context().activity;
        frame.join("a part", async move {
            activity.ended().await;
            TcpStream::connect(place).await.map(drop)
        });
        let (send, signalled) = mpsc::channel(2);
        send.send("SIGTERM").await.unwrap();
        frame.run_until(signalled).await.unwrap();
        assert!(TcpStream::connect(place).await.is_err());
    }
}
