//! What an answer means: pure.
//!
//! Invariant: what the API says is shown as one line of a readable length,
//! without a secret of ours that it may repeat.

use reqwest::Url;
use reqwest::header::{HeaderMap, LOCATION};
use serde_json::Value;

use super::error::Answered;
use super::secret::Secret;
use super::transport::Reply;

/// The header that numbers an answer in the API's own log.
const TRACE: &str = "x-trace-id";

/// The most characters of the API's own words that are shown.
const SHOWN: usize = 1_000;

/// Reads a body; an empty one is null. Nesting deeper than 128 is refused by the
/// reader, before it could overflow a stack.
pub(super) fn json(reply: &Reply) -> Result<Value, String> {
    let body = reply.body.as_ref().map_err(Clone::clone)?;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => "the answer ends too early".to_owned(),
        _ => "the answer is no JSON".to_owned(),
    })
}

/// What the API says of a request that it does not do. It answers
/// `{"ok":false,"error":"<code>","message":"…"}`, and on a few routes `error` is
/// an object of `name` and `message`.
pub(super) fn said(reply: &Reply, body: Option<&Value>, secrets: &[&Secret]) -> Answered {
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str)?;
        (!text.is_empty()).then(|| line(text, secrets))
    };
    let field = |name| body.and_then(|body| body.get(name));
    let error = field("error");
    let inner = |name| error.and_then(|error| error.get(name));
    let trace = reply.headers.get(TRACE).and_then(|it| it.to_str().ok());
    Answered {
        status: reply.status,
        code: text(error).or_else(|| text(inner("name"))),
        message: text(field("message")).or_else(|| text(inner("message"))),
        trace: trace.map(|trace| line(trace, secrets)),
    }
}

/// Where a redirect leads, without what a URL may hold beside the host.
pub(super) fn elsewhere(headers: &HeaderMap) -> String {
    let location = headers.get(LOCATION).and_then(|it| it.to_str().ok());
    let url = location.and_then(|location| Url::parse(location).ok());
    match url.as_ref().and_then(Url::host_str) {
        Some(host) => format!(" to `{host}`, and no credentials go there"),
        None => String::new(),
    }
}

/// One line of a readable length that holds none of the secrets.
pub(super) fn line(text: &str, secrets: &[&Secret]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|it| !it.expose().is_empty()) {
        text = text.replace(secret.expose(), &secret.to_string());
    }
    let clean = |found: char| if found.is_control() { ' ' } else { found };
    let mut shown: String = text.chars().take(SHOWN).map(clean).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use serde_json::{Value, json};

    use super::{json, line, said};
    use crate::catalog_api::secret::Secret;
    use crate::catalog_api::transport::Reply;

    fn reply(status: u16, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert("x-trace-id", "1f3a".parse().unwrap());
        Reply {
            status,
            headers,
            body: Ok(body.as_bytes().to_vec()),
        }
    }

    fn shown(status: u16, body: &str) -> String {
        let reply = reply(status, body);
        said(&reply, json(&reply).ok().as_ref(), &[]).to_string()
    }

    #[test]
    fn the_api_speaks_for_itself() {
        assert_eq!(
            shown(
                422,
                r#"{"ok":false,"error":"invalid_request","message":"no\nidentifier"}"#
            ),
            "422 invalid_request: no identifier (trace 1f3a)"
        );
        assert_eq!(
            shown(500, r#"{"error":{"name":"Oops","message":"sorry"}}"#),
            "500 Oops: sorry (trace 1f3a)"
        );
        assert_eq!(shown(502, "<html>"), "502 (trace 1f3a)");
        assert_eq!(shown(404, ""), "404 (trace 1f3a)");
    }

    #[test]
    fn a_body_is_json_or_nothing() {
        assert_eq!(json(&reply(200, " \n")), Ok(Value::Null));
        assert_eq!(json(&reply(200, "[1]")), Ok(json!([1])));
        let error = |body: &str| json(&reply(200, body)).unwrap_err();
        assert_eq!(error("<html>"), "the answer is no JSON");
        assert_eq!(error("{\"a\":"), "the answer ends too early");
        assert_eq!(error(&"[".repeat(100_000)), "the answer is no JSON");
    }

    #[test]
    fn what_is_shown_is_short_and_holds_no_secret() {
        let secret = Secret::new("canary");
        assert_eq!(
            line("token canary\u{1b}[2J", &[&secret]),
            "token hidden [2J"
        );
        assert_eq!(
            line(&"x".repeat(1_001), &[]),
            format!("{}…", "x".repeat(1_000))
        );
        assert_eq!(line("a", &[&Secret::new("")]), "a");
    }
}
