//! Connections that nobody can hold for ever.
//!
//! axum's own server knows no limits: neither how many connections there are, nor how
//! long one may say nothing or take nothing. Invariant: a connection on which nothing
//! moves ends, and one more than may be waits to be accepted.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// How long nothing may move. Prometheus keeps its connection between scrapes, and makes
/// a new one when it is gone.
const IDLE: Duration = Duration::from_secs(60);

/// How long a connection may last in all.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// How many connections a server has at a time.
const MOST: usize = 512;

/// Accepts connections.
#[derive(Debug)]
pub(super) struct Limited {
    listener: TcpListener,
    free: Arc<Semaphore>,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    born: Instant,
    end: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Limited {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self::with_room(listener, MOST)
    }

    fn with_room(listener: TcpListener, most: usize) -> Self {
        Self {
            listener,
            free: Arc::new(Semaphore::new(most)),
        }
    }
}

impl Listener for Limited {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // Never closed, so there always is one in the end.
        let place = Arc::clone(&self.free).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // An answer is small and waited for; if it can't be sent at once, it is sent a
        // little later.
        let _set = stream.set_nodelay(true);
        let connection = Connection {
            stream,
            born: Instant::now(),
            end: Box::pin(sleep(IDLE)),
            _place: place,
        };
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connection {
    /// What came of something, unless it is still to come and the time is over.
    fn within<T>(
        &mut self,
        context: &mut Context<'_>,
        moved: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match moved {
            Poll::Ready(moved) => {
                let end = (Instant::now() + IDLE).min(self.born + LIFE);
                self.end.as_mut().reset(end);
                Poll::Ready(moved)
            }
            Poll::Pending => {
                ready!(self.end.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.within(context, read)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.within(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use axum::serve::Listener;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::{Instant, sleep, timeout};

    use super::{Connection, IDLE, LIFE, Limited};

    async fn limited(most: usize) -> Limited {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Limited::with_room(listener, most)
    }

    async fn connected(server: &mut Limited) -> (TcpStream, Connection) {
        let client = TcpStream::connect(server.local_addr().unwrap()).await;
        let (connection, _) = server.accept().await;
        (client.unwrap(), connection)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_nothing_moves_ends() {
        let (_client, mut connection) = connected(&mut limited(1).await).await;
        let begun = Instant::now();
        let error = connection.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), IDLE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_little_moves_ends_too() {
        let (mut client, mut connection) = connected(&mut limited(1).await).await;
        let begun = Instant::now();
        let dripping = async {
            loop {
                client.write_u8(b'x').await.unwrap();
                sleep(IDLE / 2).await;
            }
        };
        let reading = async { while connection.read_u8().await.is_ok() {} };
        tokio::select! {
            () = dripping => {}
            () = reading => {}
        }
        assert_eq!(begun.elapsed().as_secs(), LIFE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn one_more_than_may_be_waits_and_is_not_refused() {
        let mut server = limited(1).await;
        let (_client, first) = connected(&mut server).await;
        let _waits = TcpStream::connect(server.local_addr().unwrap())
            .await
            .unwrap();
        let second = timeout(Duration::from_secs(1), server.accept()).await;
        assert!(second.is_err());
        drop(first);
        let second = timeout(Duration::from_secs(1), server.accept()).await;
        assert!(second.is_ok());
    }
}
