//! A way to a server on loopback that can be cut and mended.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// The way. It stays until the tests end.
#[derive(Debug)]
pub(crate) struct Relay {
    /// Where it begins.
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    is_cut: bool,
    open: Vec<TcpStream>,
}

impl Relay {
    /// To what listens at a port.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let relay = Self {
            port: listener.local_addr().expect("it is bound").port(),
            state: Arc::default(),
        };
        let state = Arc::clone(&relay.state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let mut state = state.lock().expect("no thread panics here");
                if !state.is_cut {
                    // What can't be joined is closed by being dropped.
                    state.open.extend(join(client, port).into_iter().flatten());
                }
            }
        });
        relay
    }

    /// Ends all connections, and each new one at once.
    pub(crate) fn cut(&self) {
        let mut state = self.state();
        state.is_cut = true;
        for stream in state.open.drain(..) {
            // The other end may have closed it before.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn mend(&self) {
        self.state().is_cut = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics here")
    }
}

/// Carries what comes from either end to the other.
fn join(client: TcpStream, port: u16) -> io::Result<[TcpStream; 2]> {
    let server = TcpStream::connect(("127.0.0.1", port))?;
    for (from, to) in [(&client, &server), (&server, &client)] {
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        thread::spawn(move || {
            // It ends with the connection, however that ends.
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok([client, server])
}
