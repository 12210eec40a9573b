//! Where a server listens, as Go's servers take it: `:8080`, `127.0.0.1:8080`,
//! `[::1]:8080`, and `0` for nowhere.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

/// An address to listen on. Port 0 takes any that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// `None` means every address of the machine.
    host: Option<IpAddr>,
    port: u16,
}

/// What is no address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("takes `:PORT` or `IP:PORT`, or `0` for no server, not `{0}`")]
pub(crate) struct AddressError(String);

impl Address {
    /// Reads an address; `None` for `0`, which means no server.
    ///
    /// # Errors
    ///
    /// Whatever else is no address. Names of hosts are none: what they mean may change.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, AddressError> {
        if text == "0" {
            return Ok(None);
        }
        let refused = || AddressError(text.to_owned());
        let address = match text.strip_prefix(':') {
            Some(port) => Self {
                host: None,
                port: port.parse().map_err(|_| refused())?,
            },
            None => {
                let socket: SocketAddr = text.parse().map_err(|_| refused())?;
                Self {
                    host: Some(socket.ip()),
                    port: socket.port(),
                }
            }
        };
        Ok(Some(address))
    }

    /// Listens. Every address means both families where the machine has both.
    pub(super) async fn listen(self) -> io::Result<TcpListener> {
        let Self { host, port } = self;
        match host {
            Some(host) => TcpListener::bind((host, port)).await,
            None => match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
                Ok(listener) => Ok(listener),
                // Without IPv6 there is no such address; a port that is taken is taken
                // in the other family as well, and that error says so.
                Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await,
            },
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        match host {
            Some(host) => write!(f, "{}", SocketAddr::new(*host, *port)),
            None => write!(f, ":{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_reads_as_it_is_written() {
        for text in [":8080", "127.0.0.1:0", "[::1]:9440"] {
            let address = Address::parse(text).unwrap().unwrap();
            assert_eq!(address.to_string(), text);
        }
        assert_eq!(Address::parse("0"), Ok(None));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "8080",
            ":",
            ":port",
            ":65536",
            "localhost:8080",
            "::1:80",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("takes `:PORT` or `IP:PORT`, or `0` for no server, not `{text}`")
            );
        }
    }
}
