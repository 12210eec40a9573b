//! Plays notification-controller: takes events and keeps them, or refuses them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A server on loopback, for as long as the tests run.
#[derive(Debug)]
pub(crate) struct Recorder {
    url: String,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug)]
struct Taken {
    /// What every event is answered.
    status: &'static str,
    events: Vec<Value>,
}

impl Recorder {
    /// It listens.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let taken = Arc::new(Mutex::new(Taken {
            status: "202 Accepted",
            events: Vec::new(),
        }));
        let kept = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || while take(&stream, &kept).is_some() {});
            }
        });
        Self {
            url: format!("http://{address}/"),
            taken,
        }
    }

    /// Answers so from now on; what is answered with anything but a success is not kept.
    pub(crate) fn answer(&self, status: &'static str) {
        self.taken.lock().expect("nobody panics here").status = status;
    }

    /// What `--events-addr` is given.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What was taken, in its order.
    pub(crate) fn events(&self) -> Vec<Value> {
        let taken = self.taken.lock().expect("nobody panics here");
        taken.events.clone()
    }
}

/// Takes one request of a connection; nothing at its end.
fn take(mut stream: &TcpStream, kept: &Mutex<Taken>) -> Option<()> {
    let timeout = Some(Duration::from_secs(60));
    stream.set_read_timeout(timeout).expect("a time");
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        match line.strip_prefix("content-length: ") {
            Some(said) => length = said.parse().expect("a number"),
            None if line.is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let event = serde_json::from_slice(&body).expect("JSON");
    let mut kept = kept.lock().expect("nobody panics here");
    if kept.status.starts_with('2') {
        kept.events.push(event);
    }
    let answer = format!("HTTP/1.1 {}\r\ncontent-length: 0\r\n\r\n", kept.status);
    drop(kept);
    stream.write_all(answer.as_bytes()).ok()
}
