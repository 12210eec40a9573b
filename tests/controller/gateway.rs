//! A way to the catalog that can be closed: an outage.
//!
//! Bytes are passed on as they are. Invariant: while it is closed no connection stands.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A way to a server on loopback.
#[derive(Debug)]
pub(crate) struct Gateway {
    url: String,
    way: Arc<Way>,
}

#[derive(Debug)]
struct Way {
    /// `127.0.0.1:40123`.
    to: String,
    is_open: AtomicBool,
    is_over: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
}

impl Gateway {
    /// A way to `http://127.0.0.1:40123`, open.
    pub(crate) fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let way = Arc::new(Way {
            to: url.trim_start_matches("http://").to_owned(),
            is_open: AtomicBool::new(true),
            is_over: AtomicBool::new(false),
            streams: Mutex::default(),
        });
        let passing = Arc::clone(&way);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if passing.is_over.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    // Who comes to a closed gate is sent away.
                    passing.connect(stream).ok();
                }
            }
        });
        Self {
            url: format!("http://{address}"),
            way,
        }
    }

    /// Where it begins.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Nobody gets through from now on; who is on the way is cut off.
    pub(crate) fn close(&self) {
        self.way.is_open.store(false, Ordering::SeqCst);
        self.way.cut();
    }

    /// Everybody gets through again.
    pub(crate) fn open(&self) {
        self.way.is_open.store(true, Ordering::SeqCst);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.way.is_over.store(true, Ordering::SeqCst);
        self.close();
        // The last one who comes finds that it is over.
        drop(TcpStream::connect(self.url.trim_start_matches("http://")));
    }
}

impl Way {
    fn connect(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        if !self.is_open.load(Ordering::SeqCst) {
            return Ok(());
        }
        let server = TcpStream::connect(&self.to)?;
        let mut streams = self.streams.lock().expect("nobody panics here");
        streams.extend([client.try_clone()?, server.try_clone()?]);
        drop(streams);
        pass(client.try_clone()?, server.try_clone()?);
        pass(server, client);
        // It may have been closed meanwhile.
        if !self.is_open.load(Ordering::SeqCst) {
            self.cut();
        }
        Ok(())
    }

    fn cut(&self) {
        let mut streams = self.streams.lock().expect("nobody panics here");
        for stream in streams.drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        io::copy(&mut from, &mut to).ok();
        from.shutdown(Shutdown::Both).ok();
        to.shutdown(Shutdown::Both).ok();
    });
}
