//! What goes over the wire: a relay in front of a catalog that keeps all bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A running relay; its threads end with the test's process.
pub(crate) struct Wire {
    pub(crate) url: String,
    sent: Kept,
    answered: Kept,
}

type Kept = Arc<Mutex<Vec<u8>>>;

impl Wire {
    /// In front of a catalog.
    pub(crate) fn start(url: &str) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (sent, answered) = (Kept::default(), Kept::default());
        let (to, from) = (Arc::clone(&sent), Arc::clone(&answered));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&target).expect("the catalog listens");
                relay(&client, &server, &to);
                relay(&server, &client, &from);
            }
        });
        Self {
            url,
            sent,
            answered,
        }
    }

    /// All that the program sent, the credentials where they belong left out: in
    /// the body of a request for a token.
    pub(crate) fn sent(&self, credentials: [&str; 2]) -> String {
        let [id, secret] = credentials;
        let body = format!("{{\"clientId\":\"{id}\",\"clientSecret\":\"{secret}\"}}");
        let sent = text(&self.sent);
        assert!(sent.contains(&body), "no token was asked for: {sent}");
        sent.replace(&body, "")
    }

    /// The tokens that the catalog gave.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let answered = text(&self.answered);
        let parts = answered.split("\"accessToken\":\"").skip(1);
        let tokens = parts.filter_map(|part| part.split('"').next());
        tokens.map(str::to_owned).collect()
    }
}

fn text(kept: &Kept) -> String {
    let bytes = kept.lock().expect("nobody panics with it");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Passes on what comes until nothing comes.
fn relay(from: &TcpStream, to: &TcpStream, kept: &Kept) {
    let copy = |stream: &TcpStream| stream.try_clone().expect("a copy");
    let (mut from, mut to, kept) = (copy(from), copy(to), Arc::clone(kept));
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..length];
            kept.lock().expect("nobody panics with it").extend(bytes);
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        // The other direction has its own end.
        drop(to.shutdown(Shutdown::Write));
    });
}
