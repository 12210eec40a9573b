//! The smallest client: what it sends is to the byte what a test says, and a
//! connection that is cut shows as what came before.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use glint_gitops::LocalSandbox;
use serde_json::{Value, json};

/// What came back.
#[derive(Debug, PartialEq)]
pub(crate) struct Came {
    /// 0 where the connection ended before a whole status line.
    pub(crate) status: u16,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    /// As far as it came.
    pub(crate) body: String,
    /// Whether all of the body came.
    pub(crate) is_whole: bool,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        Some(value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

/// Sends a text on a connection of its own.
pub(crate) fn send(sandbox: &LocalSandbox, text: &str) -> Came {
    send_to(sandbox.url(), text)
}

fn send_to(url: &str, text: &str) -> Came {
    let address = url.strip_prefix("http://").expect("a URL");
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(text.as_bytes()).expect("it is sent");
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}"),
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: Option<usize> = length.and_then(|(_, length)| length.parse().ok());
    Came {
        status: status.unwrap_or_default(),
        is_whole: length == Some(body.len()),
        headers,
        body: body.to_owned(),
    }
}

/// Sends `METHOD target`, with headers beside those that every request has.
pub(crate) fn request(sandbox: &LocalSandbox, line: &str, headers: &str, body: &str) -> Came {
    request_to(sandbox.url(), line, headers, body)
}

/// The same, to a sandbox of another process.
pub(crate) fn request_to(url: &str, line: &str, headers: &str, body: &str) -> Came {
    let host = url.trim_start_matches("http://");
    let length = body.len();
    let text = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nUser-Agent: test\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    );
    send_to(url, &text)
}

/// A caller with a token.
pub(crate) struct Client<'s> {
    sandbox: &'s LocalSandbox,
    pub(crate) token: String,
}

impl<'s> Client<'s> {
    pub(crate) fn new(sandbox: &'s LocalSandbox) -> Self {
        let credentials = json!({
            "clientId": LocalSandbox::CLIENT_ID, "clientSecret": LocalSandbox::CLIENT_SECRET,
        });
        let line = "POST /v1/auth/access_token";
        let (_, answer) = sandbox.call_as("test", line, Some(credentials));
        let token = answer["accessToken"].as_str().expect("a token").to_owned();
        Self { sandbox, token }
    }

    pub(crate) fn call(&self, line: &str, body: Option<&Value>) -> Came {
        let body = body.map(Value::to_string).unwrap_or_default();
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            self.token
        );
        request(self.sandbox, line, &headers, &body)
    }
}
