//! Who is answered at all: programs of this machine, and pages of this server.
//!
//! A page of another site can make a browser call loopback, and can let its own
//! name lead there. The first is recognised by `Origin` on what writes, the second
//! by `Host`. What such a page reads is the browser's matter: no answer ever has a
//! CORS header. Not for tokens (`store`).

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Refusal;

/// The names under which loopback is reached.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Lets a request through, or refuses it.
pub(in super::super) async fn loopback_only(request: Request, next: Next) -> Response {
    match refused(request.method(), request.headers()) {
        Some((status, message)) => Refusal::new(status, "forbidden", message).into_response(),
        None => next.run(request).await,
    }
}

fn refused(method: &Method, headers: &HeaderMap) -> Option<(u16, &'static str)> {
    let text = |name| headers.get(name)?.to_str().ok();
    let host = text(header::HOST).unwrap_or_default();
    if !NAMES.contains(&name(host)) {
        return Some((421, "The sandbox answers only to names of loopback"));
    }
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let own = format!("http://{host}");
    let is_foreign = headers.contains_key(header::ORIGIN) && text(header::ORIGIN) != Some(&own);
    (!reads && is_foreign).then_some((403, "The sandbox takes no writes from other sites"))
}

/// A host without its port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method, header};

    use super::refused;

    #[track_caller]
    fn check(method: &Method, host: &str, origin: Option<&str>, expected: Option<u16>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        let status = refused(method, &headers).map(|(status, _)| status);
        assert_eq!(status, expected, "{method} {host} {origin:?}");
    }

    #[test]
    fn only_names_of_loopback_are_answered() {
        for host in [
            "127.0.0.1:8808",
            "localhost",
            "localhost:1",
            "[::1]:8808",
            "[::1]",
        ] {
            check(&Method::GET, host, None, None);
        }
        for host in [
            "",
            "evil.example",
            "127.0.0.1.evil.example:80",
            "localhost.",
            "::1",
            "a:b",
        ] {
            check(&Method::GET, host, None, Some(421));
        }
        assert!(refused(&Method::GET, &HeaderMap::new()).is_some());
    }

    #[test]
    fn other_sites_write_nothing() {
        let (host, own) = ("127.0.0.1:8808", "http://127.0.0.1:8808");
        check(&Method::POST, host, Some(own), None);
        check(&Method::GET, host, Some("https://evil.example"), None);
        for origin in [
            "https://evil.example",
            "null",
            "http://127.0.0.1:1",
            "http://localhost:8808",
        ] {
            check(&Method::POST, host, Some(origin), Some(403));
            check(&Method::DELETE, host, Some(origin), Some(403));
        }
    }
}
