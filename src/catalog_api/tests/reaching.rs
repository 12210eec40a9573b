//! Where requests go, and where they never do.

use std::net::{Ipv4Addr, TcpListener};

use serde_json::json;

use super::server::{Server, Step, answer};
use super::tls::AUTHORITY;
use super::{SECRET, client, client_of, connection};
use crate::catalog_api::{ApiError, Client, Proxies, Secret};

fn page(status: u16, body: &str) -> Step {
    Step::Answer {
        status,
        headers: Vec::new(),
        body: body.to_owned(),
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let other = Server::script([]);
        let to = format!("http://u:{SECRET}@localhost:{}/x?y", other.address.port());
        let server = Server::script([page(status, "").with("location", to)]);
        let (client, _) = client(&server);
        let error = client.blueprints().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "GET {}/v1/blueprints: it redirects to `localhost`, and no credentials go there; is `api-url` right?",
                server.url()
            )
        );
        assert_eq!(other.all(), []);
    }
}

#[tokio::test]
async fn the_secret_is_not_redirected_either() {
    let other = Server::script([]);
    let to = format!("{}/v1/auth/access_token", other.url());
    let server = Server::answering(move |_| page(307, "").with("location", &to));
    let (client, _) = client(&server);
    client.blueprints().await.unwrap_err();
    assert_eq!((server.all().len(), other.all().len()), (1, 0));
}

#[tokio::test]
async fn nobody_at_the_address_is_said() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (client, clock) = client_of(connection(&url));
    let error = client.blueprints().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "POST {url}/v1/auth/access_token: Connection refused (os error 111) (after 4 tries)"
        )
    );
    assert_eq!(clock.waits().len(), 3);
}

#[tokio::test]
async fn what_is_no_api_is_said() {
    let server = Server::answering(|_| page(200, "<html>"));
    let (client, _) = client(&server);
    let error = client.blueprints().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "POST {}/v1/auth/access_token: the answer is no JSON; is `api-url` right?",
            server.url()
        )
    );
}

#[tokio::test]
async fn an_answer_has_a_limit() {
    let server = Server::with_tokens(|_| Step::Flood);
    let (client, _) = client(&server);
    let error = client.blueprints().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the answer is larger than 64 MiB"),
        "{error}"
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_deep_answer_is_no_stack() {
    let server = Server::with_tokens(|_| page(200, &"[".repeat(1 << 20)));
    let (client, _) = client(&server);
    let error = client.blueprints().await.unwrap_err();
    assert!(matches!(error, ApiError::Unintelligible { .. }), "{error}");
}

#[tokio::test]
async fn a_proxy_is_asked_and_never_shown() {
    let proxy = Server::answering(|_| page(403, ""));
    let mut connection = connection("https://api.example.com");
    connection.ca = Some(AUTHORITY.to_vec());
    connection.retry.attempts = 1;
    connection.proxies.https = Some(Secret::new(format!("http://u:{SECRET}@{}", proxy.address)));
    let (client, _) = client_of(connection);
    let error = client.blueprints().await.unwrap_err();
    let seen = &proxy.all()[0];
    assert_eq!(seen.line, "CONNECT api.example.com:443");
    assert!(seen.header("proxy-authorization").is_some());
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains(SECRET) && !shown.contains(&proxy.address.to_string()),
        "{shown}"
    );
    assert!(matches!(error, ApiError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn this_machine_is_reached_without_a_proxy() {
    let proxy = Server::script([]);
    let server = Server::script([answer(200, json!({"ok": true, "blueprints": []}))]);
    let mut connection = connection(&server.url());
    connection.proxies.https = Some(Secret::new(proxy.url()));
    let (client, _) = client_of(connection);
    client.blueprints().await.unwrap();
    assert_eq!(proxy.all(), []);
}

#[test]
fn what_can_not_be_used_is_said_before_anything_is_sent() {
    let error = |change: fn(&mut super::Connection)| {
        let mut connection = connection("https://api.example.com");
        change(&mut connection);
        Client::new(connection).unwrap_err().to_string()
    };
    let expected = "HTTPS_PROXY is no URL such as `http://proxy.example.com:3128`";
    for proxy in ["http://u:canary-4711@", "socks5://canary-4711:1"] {
        let mut connection = connection("https://api.example.com");
        connection.proxies = Proxies {
            https: Some(Secret::new(proxy)),
            exempt: None,
        };
        assert_eq!(Client::new(connection).unwrap_err().to_string(), expected);
    }
    assert_eq!(
        error(|it| it.ca = Some(b"canary-4711".to_vec())),
        "`ca-file` holds no certificate in PEM"
    );
}
