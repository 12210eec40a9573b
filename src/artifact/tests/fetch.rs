//! What is fetched, and in which words it is not.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::get;
use futures_util::stream;
use tokio::net::TcpListener;

use super::Server;
use crate::artifact::digest::Digest;
use crate::artifact::fetch::{AllowedHost, FetchError, FetchOptions, Fetcher};

/// The most bytes that the tests fetch.
const SIZE: u64 = 1000;

/// What no message may hold.
const SECRET: &str = "canary-4711";

fn fetcher(hosts: &[&str]) -> Fetcher {
    fetcher_within(Duration::from_secs(60), hosts)
}

fn fetcher_within(timeout: Duration, hosts: &[&str]) -> Fetcher {
    let hosts = hosts.iter().map(|host| AllowedHost::parse(host).unwrap());
    let options = FetchOptions {
        hosts: hosts.collect(),
        size: SIZE,
        timeout,
    };
    Fetcher::new(options).unwrap()
}

/// Fetches from a server that is allowed.
async fn fetch(server: &Server, path: &str, digest: &Digest) -> Result<Vec<u8>, FetchError> {
    let fetcher = fetcher(&[&server.address.to_string()]);
    fetcher.fetch(&server.url(path), digest, None).await
}

/// The words in which a file that is `x` is not fetched, the server being `HOST`.
async fn refusal(server: &Server, path: &str) -> String {
    let refused = fetch(server, path, &Digest::sha256(b"x"))
        .await
        .unwrap_err();
    let refused = refused.to_string();
    assert!(!refused.contains(SECRET), "{refused}");
    refused.replace(&server.address.to_string(), "HOST")
}

#[tokio::test]
async fn what_has_its_digest_is_fetched() {
    let server = Server::start(Router::new().route("/a.tar.gz", get(|| async { "glint" }))).await;
    for digest in [
        "sha256:00cf4f1616c9a31c272130a87a222988a798b4b6240f28e953c3877473331487",
        "sha384:bb133a5ff30b54b3888491b77983b6b2a1d3e0b1a13eb8c58ba8c329e25c6d6e065561f9b13ccd97859d99eb21a188c0",
    ] {
        let digest = Digest::parse(digest).unwrap();
        let fetched = fetch(&server, "a.tar.gz", &digest).await.unwrap();
        assert_eq!(fetched, b"glint");
    }
}

#[tokio::test]
async fn what_has_another_digest_is_not_given_out() {
    let server = Server::start(Router::new().route("/a", get(|| async { "y" }))).await;
    let [x, y] = [b"x", b"y"].map(|text| Digest::sha256(text));
    assert_eq!(
        refusal(&server, "a?token=canary-4711").await,
        format!("`http://HOST/a` is not the artifact of that digest: {y} instead of {x}"),
    );
}

#[tokio::test]
async fn each_answer_but_the_artifact_is_told_apart() {
    let status = |status: StatusCode| get(move || async move { status });
    let router = Router::new()
        .route("/forbidden", status(StatusCode::FORBIDDEN))
        .route("/empty", status(StatusCode::NO_CONTENT))
        .route("/busy", status(StatusCode::SERVICE_UNAVAILABLE))
        .route("/nowhere", status(StatusCode::FOUND));
    let server = Server::start(router).await;
    for (path, expected) in [
        (
            "gone?token=canary-4711",
            "`http://HOST/gone` is not there: the server answers 404",
        ),
        (
            "forbidden",
            "`http://HOST/forbidden` is refused: the server answers 403",
        ),
        (
            "empty",
            "`http://HOST/empty` is refused: the server answers 204",
        ),
        (
            "busy",
            "`http://HOST/busy` is refused: the server answers 503",
        ),
        (
            "nowhere",
            "`http://HOST/nowhere` is refused: the server answers 302",
        ),
    ] {
        assert_eq!(refusal(&server, path).await, expected);
    }
}

#[tokio::test]
async fn a_server_that_does_not_listen_is_unreachable() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let fetcher = fetcher(&[&address.to_string()]);
    let url = format!("http://{address}/a");
    check_unreachable(&url, fetcher.fetch(&url, &Digest::sha256(b"x"), None).await);
}

/// The reason is the system's.
#[track_caller]
fn check_unreachable(url: &str, fetched: Result<Vec<u8>, FetchError>) {
    let refused = fetched.unwrap_err();
    assert!(matches!(refused, FetchError::Unreachable { .. }));
    let expected = format!("`{url}` can't be fetched: ");
    assert!(refused.to_string().starts_with(&expected), "{refused}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_not_waited_for() {
    let never = get(std::future::pending::<&str>);
    let server = Server::start(Router::new().route("/a", never)).await;
    let fetcher = fetcher_within(Duration::from_millis(50), &[&server.address.to_string()]);
    let url = server.url("a");
    let refused = fetcher.fetch(&url, &Digest::sha256(b"x"), None).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        format!("`{url}` can't be fetched: it did not come within 50ms"),
    );
}

#[tokio::test]
async fn an_answer_that_is_cut_short_is_not_the_artifact() {
    let cut = get(|| async {
        let pieces = [Ok("x"), Err(io::Error::other("cut"))];
        let body = Body::from_stream(stream::iter(pieces));
        ([(CONTENT_LENGTH, "9")], body)
    });
    let server = Server::start(Router::new().route("/a", cut)).await;
    let fetched = fetch(&server, "a", &Digest::sha256(b"x")).await;
    check_unreachable(&server.url("a"), fetched);
}

#[tokio::test]
async fn what_is_too_large_is_not_read_to_its_end() {
    let endless = get(|| async {
        let pieces = stream::repeat(Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 100])));
        Body::from_stream(pieces)
    });
    let router = Router::new()
        .route("/large", get(|| async { "x".repeat(1001) }))
        .route("/endless", endless);
    let server = Server::start(router).await;
    for path in ["large", "endless"] {
        assert_eq!(
            refusal(&server, path).await,
            format!("`http://HOST/{path}` has more than 1000 bytes, the most that is fetched"),
        );
    }
    let largest =
        Server::start(Router::new().route("/a", get(|| async { "x".repeat(1000) }))).await;
    let digest = Digest::sha256("x".repeat(1000).as_bytes());
    assert_eq!(fetch(&largest, "a", &digest).await.unwrap().len(), 1000);
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_not_even_asked() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let count = move || async move {
        counted.fetch_add(1, Ordering::Relaxed);
        "x"
    };
    let other = Server::start(Router::new().route("/a", get(count))).await;
    let elsewhere = other.url("a?token=canary-4711");
    let router = Router::new().route("/away", get(|| async move { Redirect::to(&elsewhere) }));
    let server = Server::start(router).await;
    let refused = refusal(&server, "away").await;
    let expected = format!(
        "`{}` is not fetched: its host is none of those that the operator allows",
        other.url("a")
    );
    assert_eq!(refused, expected);

    let fetcher = fetcher(&[&server.address.to_string()]);
    let refused = fetcher
        .fetch(&other.url("a"), &Digest::sha256(b"x"), None)
        .await;
    assert_eq!(refused.unwrap_err().to_string(), expected);
    let large = Some(SIZE + 1);
    let refused = fetcher
        .fetch(&server.url("a"), &Digest::sha256(b"x"), large)
        .await;
    assert!(matches!(refused, Err(FetchError::TooLarge { .. })));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_redirect_within_the_allowed_hosts_is_followed_and_not_for_ever() {
    let router = Router::new()
        .route("/a", get(|| async { Redirect::temporary("/b") }))
        .route("/b", get(|| async { "x" }))
        .route("/loop", get(|| async { Redirect::permanent("/loop") }));
    let server = Server::start(router).await;
    assert_eq!(
        fetch(&server, "a", &Digest::sha256(b"x")).await.unwrap(),
        b"x"
    );
    assert_eq!(
        refusal(&server, "loop").await,
        "`http://HOST/loop` can't be fetched: it is behind more than 3 redirects",
    );
}

#[tokio::test]
async fn the_bytes_are_asked_for_as_they_are() {
    let echo = |headers: HeaderMap| async move {
        let name = |name| {
            headers
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        format!("{:?} {:?}", name("accept-encoding"), name("authorization"))
    };
    let server = Server::start(Router::new().route("/a", get(echo))).await;
    let expected = br#"Some("identity") None"#;
    let fetched = fetch(&server, "a", &Digest::sha256(expected)).await;
    assert_eq!(fetched.unwrap(), expected);
}

#[tokio::test]
async fn a_url_that_is_none_of_flux_is_refused_without_repeating_it() {
    let fetcher = fetcher(&["example.com"]);
    for (url, expected) in [
        ("canary-4711", "it is no URL"),
        (
            "file:///etc/canary-4711",
            "it is neither `http` nor `https`",
        ),
        (
            "ftp://example.com/canary-4711",
            "it is neither `http` nor `https`",
        ),
        ("http://me:canary-4711@example.com/a", "it names a user"),
        ("http://canary-4711@example.com/a", "it names a user"),
    ] {
        let refused = fetcher.fetch(url, &Digest::sha256(b"x"), None).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            format!("the URL of the artifact can't be fetched: {expected}"),
        );
    }
}

#[tokio::test]
async fn a_host_is_allowed_at_its_port_alone() {
    let flux = "source-controller.flux-system.svc.cluster.local";
    let url = format!("http://{flux}./gitrepository/a");
    check(flux, &url, true).await;
    check(&format!("{flux}."), &url, true).await;
    check(&format!("{flux}:80"), &url, true).await;
    check(&flux.to_uppercase(), &url, true).await;
    check(&format!("{flux}:9090"), &url, false).await;
    check("flux-system.svc.cluster.local", &url, false).await;
    check("example.com", "https://example.com/a", true).await;
    check("example.com:443", "https://example.com/a", true).await;
    check("example.com:443", "http://example.com/a", false).await;
    check("example.com", "http://example.com:8080/a", false).await;
    check("example.com", "http://example.com.evil.org/a", false).await;
    check("example.com", "http://evil.org/example.com", false).await;
    check("example.com", "http://evil.org\\@example.com/a", false).await;
    check("[::1]:9090", "http://[::1]:9090/a", true).await;
    check("127.0.0.1", "http://0x7f.1/a", true).await;

    /// Whether the host is asked, which a deadline of nothing ends at once.
    async fn check(host: &str, url: &str, is_allowed: bool) {
        let fetcher = fetcher_within(Duration::ZERO, &[host]);
        let refused = fetcher.fetch(url, &Digest::sha256(b"x"), None).await;
        let is_asked = !matches!(refused, Err(FetchError::HostNotAllowed { .. }));
        assert_eq!(is_asked, is_allowed, "{host} {url}");
    }
}

#[test]
fn what_is_no_host_is_a_mistake_of_the_operator() {
    for text in [
        "",
        ":80",
        "http://example.com",
        "example.com/a",
        "a@b",
        "a:99999",
        "a b",
        ".",
    ] {
        let refused = AllowedHost::parse(text).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "`{text}` is no host such as `source-controller.flux-system.svc.cluster.local` or `10.0.0.1:9090`"
            ),
        );
    }
}
