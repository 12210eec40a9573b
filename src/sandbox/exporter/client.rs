//! How the exporter speaks with the API: its tokens, its retries, its spelling.
//!
//! After pkg/port/cli/client.go of port-k8s-exporter v0.7.9 and its HTTP client, resty
//! v2.7.0. Not for what is asked (`process`). Invariant: each request carries the
//! exporter's User-Agent, which is what ownership hangs on.

use std::time::Duration;

use serde_json::{Value, json};

use super::Installation;
use crate::sandbox::store::{Answer, Call, Method};

/// What carries a call to an API and brings its answer.
pub(crate) trait Transport {
    /// One request and its answer.
    fn call(&mut self, call: Call) -> Answer;
}

/// How often one request is sent at most: once, and five more times after an answer
/// that calls for it. The exporter waits a millionth of a second in between.
const ATTEMPTS: usize = 6;

/// One client of the exporter's, of which each kind has its own: with a token.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    token: Option<Token>,
}

#[derive(Clone, Debug)]
struct Token {
    text: String,
    /// By the clock that is given to each happening.
    ends: Duration,
}

/// What all clients need to send anything.
pub(super) struct Wire<'a> {
    pub(super) transport: &'a mut dyn Transport,
    pub(super) installation: &'a Installation,
    /// Since some beginning.
    pub(super) now: Duration,
}

/// A request without what every one has.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// Encoded.
    pub(super) path: String,
    /// Encoded, its names sorted.
    pub(super) query: String,
    pub(super) body: Option<Value>,
}

impl Client {
    /// Sends a request, again where the answer calls for it; `None` where there is no
    /// token to be had.
    pub(super) fn send(&mut self, wire: &mut Wire<'_>, ask: &Ask) -> Option<Answer> {
        self.send_until(wire, ask, |_| true)
    }

    /// The same, and again where the answer can't be read.
    pub(super) fn send_until(
        &mut self,
        wire: &mut Wire<'_>,
        ask: &Ask,
        is_readable: impl Fn(&Answer) -> bool,
    ) -> Option<Answer> {
        let mut answer = None;
        for _ in 0..ATTEMPTS {
            let Some(token) = self.token(wire) else {
                continue;
            };
            let found = wire.send(ask, Some(token));
            let again = matches!(found.status, 429 | 502 | 503 | 504);
            let again = again || (is_success(&found) && !is_readable(&found));
            answer = Some(found);
            if !again {
                break;
            }
        }
        answer
    }

    /// The token, a new one where it has ended. An answer of 401 changes nothing.
    fn token(&mut self, wire: &mut Wire<'_>) -> Option<String> {
        if let Some(token) = &self.token
            && token.ends >= wire.now
        {
            return Some(token.text.clone());
        }
        let answer = wire.send(&wire.token_request(), None);
        if answer.status != 200 {
            return None;
        }
        let text = answer.body["accessToken"].as_str().unwrap_or_default();
        let life = answer.body["expiresIn"].as_u64().unwrap_or_default();
        self.token = Some(Token {
            text: text.to_owned(),
            ends: wire.now + Duration::from_secs(life),
        });
        Some(text.to_owned())
    }
}

impl Wire<'_> {
    fn token_request(&self) -> Ask {
        let Installation {
            client_id,
            client_secret,
            ..
        } = self.installation;
        Ask::post(
            "/v1/auth/access_token",
            json!({"clientId": client_id, "clientSecret": client_secret}),
        )
    }

    fn send(&mut self, ask: &Ask, token: Option<String>) -> Answer {
        let Ask {
            method,
            path,
            query,
            body,
        } = ask.clone();
        self.transport.call(Call {
            method,
            path,
            query,
            user_agent: user_agent(&self.installation.state_key),
            token,
            body,
        })
    }
}

impl Ask {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path, None)
    }

    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::Post, path, Some(body))
    }

    pub(super) fn patch(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::Patch, path, Some(body))
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::Delete, path, None)
    }

    fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self {
            method,
            path: path.into(),
            query: String::new(),
            body,
        }
    }

    /// With a query, encoded and sorted.
    pub(super) fn with(self, query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            ..self
        }
    }
}

/// What the exporter calls itself, whatever its version.
pub(super) fn user_agent(state_key: &str) -> String {
    format!("port-k8s-exporter/^0.3.4 (statekey/{state_key})")
}

pub(super) fn is_success(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// What the API says of itself in each answer.
pub(super) fn is_ok(answer: &Answer) -> bool {
    is_success(answer) && answer.body["ok"] == true
}

/// A segment of a path, as Go's `url.PathEscape` writes it.
pub(super) fn in_path(text: &str) -> String {
    escaped(text, b"-_.~$&+:=@")
}

/// A text as Go's `url.QueryEscape` writes it; the exporter has that in a path, too.
pub(super) fn in_query(text: &str) -> String {
    escaped(text, b"-_.~ ").replace(' ', "+")
}

fn escaped(text: &str, plain: &[u8]) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            true => escaped.push(char::from(byte)),
            false => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{in_path, in_query};

    #[test]
    fn texts_are_spelled_as_go_spells_them() {
        assert_eq!(in_path("a/b c:ü;1=@"), "a%2Fb%20c:%C3%BC%3B1=@");
        assert_eq!(
            in_query("glint.io/v1/entities x+"),
            "glint.io%2Fv1%2Fentities+x%2B"
        );
    }
}
