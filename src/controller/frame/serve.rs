//! The HTTP servers: health, metrics, and what parts serve on addresses of their own.
//!
//! Not for what a part answers. They listen before anything else begins and end after
//! everything else, on each replica, whether it acts or not. Invariant: every request
//! has a time and a size.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::activity::Activity;
use super::address::Address;
use super::connection::Limited;
use super::metrics::{self, FrameMetrics};
use super::run::FrameError;

/// How long it may take until an answer begins.
const ANSWER: Duration = Duration::from_secs(30);

/// The largest body that is read.
const BODY: usize = 1 << 20;

/// How long answers that are under way may take after the end was asked for.
const GRACE: Duration = Duration::from_secs(2);

/// Whether all that has to be ready for requests is.
#[derive(Clone, Debug, Default)]
pub(super) struct Readiness(Vec<ReadyMark>);

/// What the replica is not ready without.
#[derive(Clone, Debug)]
pub(crate) struct ReadyMark {
    what: &'static str,
    is_ready: Arc<AtomicBool>,
}

impl ReadyMark {
    /// It is ready from now on.
    pub(crate) fn ready(&self) {
        self.is_ready.store(true, Ordering::Release);
    }
}

impl Readiness {
    /// One more thing that has to be ready, and is not yet.
    pub(super) fn mark(&mut self, what: &'static str) -> ReadyMark {
        let mark = ReadyMark {
            what,
            is_ready: Arc::default(),
        };
        self.0.push(mark.clone());
        mark
    }

    fn missing(&self) -> Vec<&'static str> {
        let marks = self.0.iter();
        let missing = marks.filter(|mark| !mark.is_ready.load(Ordering::Acquire));
        missing.map(|mark| mark.what).collect()
    }
}

/// What is served at an address.
#[derive(Debug)]
pub(super) struct Site {
    /// `metrics`, for the log.
    pub(super) what: &'static str,
    pub(super) address: Address,
    pub(super) router: Router,
}

/// `GET /healthz` and `GET /readyz`, as the kubelet asks for them.
pub(super) fn health(readiness: Readiness) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(readiness)
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    let missing = readiness.missing();
    match missing.is_empty() {
        true => "ok\n".into_response(),
        false => {
            let said = format!("not ready yet: {}\n", missing.join(", "));
            (StatusCode::SERVICE_UNAVAILABLE, said).into_response()
        }
    }
}

/// `GET /metrics`, as Prometheus asks for it.
pub(super) fn metrics(registry: Registry, frame: FrameMetrics, activity: Activity) -> Router {
    let registry = Arc::new(registry);
    let show = async move || {
        frame.observe(&activity);
        let text = metrics::text(&registry);
        ([(header::CONTENT_TYPE, metrics::TYPE)], text)
    };
    Router::new().route("/metrics", get(show))
}

/// A server that listens and does not answer yet.
pub(super) struct Bound {
    site: Site,
    listener: TcpListener,
}

impl Site {
    /// # Errors
    ///
    /// An address that can't be had.
    pub(super) async fn bind(self) -> Result<Bound, FrameError> {
        let Self { what, address, .. } = self;
        let failed = |source| FrameError::Listen {
            what,
            address: address.to_string(),
            source,
        };
        let listener = address.listen().await.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        tracing::info!("listening on {local} ({what})");
        let site = self;
        Ok(Bound { site, listener })
    }
}

impl Bound {
    /// Answers until `stop` says `true` or is gone, and then to the end of what is under
    /// way.
    pub(super) fn serve(self, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
        let Self { site, listener } = self;
        let router = site
            .router
            .layer(DefaultBodyLimit::max(BODY))
            .layer(from_fn(in_time));
        let stopped = async move {
            let _gone = stop.wait_for(|is_stopped| *is_stopped).await;
        };
        tokio::spawn(async move {
            let serving = axum::serve(Limited::new(listener), router);
            // It never ends with an error: a connection that fails is its own affair.
            let _ended = serving.with_graceful_shutdown(stopped).await;
        })
    }
}

/// Ends all servers, those first that have nothing under way.
pub(super) async fn stop(servers: Vec<JoinHandle<()>>, stop: watch::Sender<bool>) {
    stop.send_replace(true);
    let all = async {
        for server in servers {
            let _ended = server.await;
        }
    };
    let _slow = tokio::time::timeout(GRACE, all).await;
}

async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "no answer in time\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use prometheus_client::registry::Registry;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::watch;

    use super::{Readiness, Site, health, metrics, stop};
    use crate::controller::frame::metrics::FrameMetrics;
    use crate::controller::frame::{Activity, Address};

    fn site(router: Router) -> Site {
        Site {
            what: "test",
            address: Address::parse("127.0.0.1:0").unwrap().unwrap(),
            router,
        }
    }

    /// The status and the body of an answer.
    async fn ask(port: u16, request: &str) -> (String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let request = format!("{request} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.lines().next().unwrap().trim_start_matches("HTTP/1.1 ");
        (status.to_owned(), body.to_owned())
    }

    fn said(status: &str, body: &str) -> (String, String) {
        (status.to_owned(), body.to_owned())
    }

    #[tokio::test]
    async fn a_replica_is_healthy_before_it_is_ready() {
        let mut readiness = Readiness::default();
        let (storage, source) = (readiness.mark("storage"), readiness.mark("sources"));
        let bound = site(health(readiness)).bind().await.unwrap();
        let port = bound.listener.local_addr().unwrap().port();
        let (tell, told) = watch::channel(false);
        let server = bound.serve(told);
        assert_eq!(ask(port, "GET /healthz").await, said("200 OK", "ok\n"));
        source.ready();
        assert_eq!(
            ask(port, "GET /readyz").await,
            said("503 Service Unavailable", "not ready yet: storage\n")
        );
        storage.ready();
        assert_eq!(ask(port, "GET /readyz").await, said("200 OK", "ok\n"));
        assert_eq!(ask(port, "GET /other").await, said("404 Not Found", ""));
        stop(vec![server], tell).await;
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    }

    #[tokio::test]
    async fn metrics_are_served_as_they_are_at_that_moment() {
        let mut registry = Registry::default();
        let frame = FrameMetrics::register(&mut registry, "glint-report");
        let router = metrics(registry, frame, Activity::always());
        let bound = site(router).bind().await.unwrap();
        let port = bound.listener.local_addr().unwrap().port();
        let (_tell, told) = watch::channel(false);
        let _server = bound.serve(told);
        let (status, body) = ask(port, "GET /metrics").await;
        assert_eq!(status, "200 OK");
        assert!(body.contains("\nglint_gitops_leader 1\n"), "{body}");
        let (status, _) = ask(port, "POST /metrics").await;
        assert_eq!(status, "405 Method Not Allowed");
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_said() {
        let first = site(Router::new()).bind().await.unwrap();
        let port = first.listener.local_addr().unwrap().port();
        let second = Site {
            address: Address::parse(&format!("127.0.0.1:{port}"))
                .unwrap()
                .unwrap(),
            ..site(Router::new())
        };
        let error = second.bind().await.err().unwrap();
        assert_eq!(
            error.to_string(),
            format!("can't listen on 127.0.0.1:{port} (test)")
        );
    }

    #[tokio::test]
    async fn what_is_under_way_is_answered_to_the_end() {
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let (finish, finished) = tokio::sync::oneshot::channel::<()>();
        let ends = std::sync::Mutex::new(Some((begin, finished)));
        let slow = async move || {
            let (begin, finished) = ends.lock().unwrap().take().unwrap();
            begin.send(()).unwrap();
            finished.await.unwrap();
            "done"
        };
        let slow = std::sync::Arc::new(slow);
        let router = Router::new().route("/", get(async move || slow().await));
        let bound = site(router).bind().await.unwrap();
        let port = bound.listener.local_addr().unwrap().port();
        let (tell, told) = watch::channel(false);
        let server = bound.serve(told);
        let asked = tokio::spawn(async move { ask(port, "GET /").await });
        begun.await.unwrap();
        let stopping = tokio::spawn(stop(vec![server], tell));
        finish.send(()).unwrap();
        assert_eq!(asked.await.unwrap(), said("200 OK", "done"));
        stopping.await.unwrap();
    }
}
