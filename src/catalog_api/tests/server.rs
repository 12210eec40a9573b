//! A server on this machine that answers as a test says.
//!
//! Raw sockets, so that it can do what no HTTP server would: hang up, or say
//! nothing. Each connection carries one request. Invariant: it waits for no time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// `GET /v1/blueprints?a=b`.
    pub(super) line: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn is_token(&self) -> bool {
        self.line == "POST /v1/auth/access_token"
    }

    /// The identifiers of a bulk request.
    pub(super) fn identifiers(&self) -> Vec<String> {
        let body = self.json();
        let entities = body["entities"].as_array().unwrap();
        let identifier = |entity: &Value| entity["identifier"].as_str().unwrap().to_owned();
        entities.iter().map(identifier).collect()
    }
}

/// What is done about a request.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A whole answer.
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// The connection ends without a word.
    Cut,
    /// It ends in the middle of the answer's body.
    CutBody,
    /// Nothing is said until the client gives up.
    Stall,
    /// A body without an end.
    Flood,
}

pub(super) fn answer(status: u16, body: Value) -> Step {
    Step::Answer {
        status,
        headers: Vec::new(),
        body: body.to_string(),
    }
}

/// An answer that says no, in the API's form.
pub(super) fn refusal(status: u16, code: &str) -> Step {
    answer(
        status,
        json!({"ok": false, "error": code, "message": "because"}),
    )
}

impl Step {
    pub(super) fn with(self, name: &'static str, value: impl ToString) -> Self {
        match self {
            Self::Answer {
                status,
                mut headers,
                body,
            } => {
                headers.push((name, value.to_string()));
                Self::Answer {
                    status,
                    headers,
                    body,
                }
            }
            other => other,
        }
    }
}

type Handler = Box<dyn FnMut(&Seen) -> Step + Send>;

/// A running server. It ends with the test's process.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers each request as the function says, one after the other.
    pub(super) fn answering(handler: impl FnMut(&Seen) -> Step + Send + 'static) -> Self {
        Self::wrapped(handler, |stream| stream)
    }

    /// The same over what is made of each connection, such as TLS.
    pub(super) fn wrapped<S: Read + Write>(
        handler: impl FnMut(&Seen) -> Step + Send + 'static,
        wrap: impl Fn(TcpStream) -> S + Clone + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let handler: Arc<Mutex<Handler>> = Arc::new(Mutex::new(Box::new(handler)));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, handler) = (Arc::clone(&shared), Arc::clone(&handler));
                let wrap = wrap.clone();
                thread::spawn(move || serve(wrap(stream.unwrap()), &seen, &handler));
            }
        });
        Self { address, seen }
    }

    /// Gives a token to whoever asks for one, and these answers to all else.
    pub(super) fn script(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut steps: Vec<Step> = steps.into_iter().collect();
        steps.reverse();
        Self::with_tokens(move |_| steps.pop().expect("no more is asked than is scripted"))
    }

    /// Gives tokens `token-1`, `token-2`, … that live for three hours.
    pub(super) fn with_tokens(mut handler: impl FnMut(&Seen) -> Step + Send + 'static) -> Self {
        let mut given = 0;
        Self::answering(move |seen| match seen.is_token() {
            true => {
                given += 1;
                token(given, 10_800)
            }
            false => handler(seen),
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What came, tokens left out.
    pub(super) fn seen(&self) -> Vec<Seen> {
        let all = self.all();
        all.into_iter().filter(|seen| !seen.is_token()).collect()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    /// How often a token was asked for.
    pub(super) fn tokens(&self) -> usize {
        self.all().iter().filter(|seen| seen.is_token()).count()
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub(super) fn token(number: usize, seconds: u64) -> Step {
    let text = format!("token-{number}");
    answer(
        200,
        json!({"ok": true, "accessToken": text, "expiresIn": seconds}),
    )
}

fn serve(mut stream: impl Read + Write, seen: &Mutex<Vec<Seen>>, handler: &Mutex<Handler>) {
    let Some(request) = request(&mut stream) else {
        return;
    };
    let step = {
        let mut handler = handler.lock().unwrap();
        seen.lock().unwrap().push(request.clone());
        handler(&request)
    };
    // A client that hangs up has had enough.
    drop(reply(&mut stream, step));
}

fn reply(stream: &mut (impl Read + Write), step: Step) -> std::io::Result<()> {
    match step {
        Step::Cut => Ok(()),
        Step::Stall => stream.read(&mut [0]).map(drop),
        Step::CutBody => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":")
        }
        Step::Flood => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b' '; 1 << 16])?;
            }
        }
        Step::Answer {
            status,
            headers,
            body,
        } => {
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
            stream.write_all(head.as_bytes())?;
            stream.write_all(body.as_bytes())
        }
    }
}

/// `None` where the client closed the connection unused.
fn request(stream: &mut impl Read) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let line = lines.remove(0);
    let header = |line: String| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let mut seen = Seen {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: lines.into_iter().map(header).collect(),
        body: String::new(),
    };
    let length = seen
        .header("content-length")
        .map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    seen.body = String::from_utf8(body).unwrap();
    Some(seen)
}
