//! What stands between the program and the catalog and looks at each call: it can
//! hold one, so that the program is ended at that very moment, or answer itself.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The catalog gets it, and answers.
    Pass,
    /// The catalog does not get it, and nobody answers.
    Hold,
    /// The catalog gets it, and its answer does not arrive.
    PassAndHold,
    /// The catalog does not get it; this is answered with this status.
    Answer(u16),
}

/// A running proxy; its threads end with the test's process.
pub(crate) struct Proxy {
    pub(crate) url: String,
    held: Receiver<()>,
}

/// How a call is looked at: by what it begins with, `GET /v1/…`.
type Look = Arc<Mutex<dyn FnMut(&str) -> Act + Send>>;

impl Proxy {
    /// In front of a catalog.
    pub(crate) fn start(url: &str, look: impl FnMut(&str) -> Act + Send + 'static) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (holds, held) = channel();
        let look: Look = Arc::new(Mutex::new(look));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&target).expect("the catalog listens");
                serve(client, server, &look, &holds);
            }
        });
        Self { url, held }
    }

    /// One that does something with the call that writes the config.
    pub(crate) fn at_the_write(url: &str, act: Act) -> Self {
        Self::start(url, move |call| {
            match call.starts_with("PATCH /v1/integration/") {
                true => act.clone(),
                false => Act::Pass,
            }
        })
    }

    /// Waits until a call is held.
    pub(crate) fn wait(&self) {
        let waited = self.held.recv_timeout(Duration::from_secs(60));
        waited.expect("the call comes within a minute");
    }
}

fn serve(client: TcpStream, server: TcpStream, look: &Look, holds: &Sender<()>) {
    let copy_of = |stream: &TcpStream| stream.try_clone().expect("a copy");
    let (mut from_client, mut answer) = (copy_of(&client), copy_of(&client));
    let (mut from_server, mut to_server) = (copy_of(&server), server);
    let mut to_client = client;
    let (lose, lost) = channel();
    let (look, holds_call) = (Arc::clone(look), holds.clone());
    thread::spawn(move || {
        copy(&mut from_client, |bytes| {
            let line = String::from_utf8_lossy(bytes);
            let act = (look.lock().expect("no look panics"))(&line);
            match act {
                Act::Pass => to_server.write_all(bytes).is_ok(),
                Act::PassAndHold => {
                    lose.send(()).ok();
                    to_server.write_all(bytes).is_ok()
                }
                Act::Hold => {
                    holds_call.send(()).ok();
                    false
                }
                Act::Answer(status) => {
                    let body = r#"{"ok":false,"error":"refused","message":"by the test"}"#;
                    let length = body.len();
                    let head = format!(
                        "HTTP/1.1 {status} No\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
                    );
                    answer.write_all(format!("{head}{body}").as_bytes()).is_ok()
                }
            }
        });
    });
    let holds_answer = holds.clone();
    thread::spawn(move || {
        copy(&mut from_server, |bytes| {
            if lost.try_recv().is_ok() {
                holds_answer.send(()).ok();
                return false;
            }
            to_client.write_all(bytes).is_ok()
        });
    });
}

/// Passes on what comes until nothing comes, or it is not to; then the other side
/// waits for ever.
fn copy(from: &mut TcpStream, mut pass: impl FnMut(&[u8]) -> bool) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) | Err(_) => {
                drop(from.shutdown(Shutdown::Both));
                return;
            }
            Ok(length) => {
                if !pass(&buffer[..length]) {
                    thread::park();
                }
            }
        }
    }
}
