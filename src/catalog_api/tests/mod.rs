//! The client against servers that answer as a test says.

mod bulk;
mod clock;
mod reaching;
mod requests;
mod retrying;
mod secrets;
mod server;
mod storm;
mod tls;
mod tokens;
mod upsert_all;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use super::{ApiUrl, Client, Connection, Credentials, Proxies, Retry, Secret, Timeouts};
use clock::Clock;
use server::Server;

/// What no output may hold.
const SECRET: &str = "canary-4711";

fn connection(url: &str) -> Connection {
    Connection {
        url: ApiUrl::parse(url).unwrap(),
        credentials: Credentials {
            client_id: "ci".to_owned(),
            client_secret: Secret::new(SECRET),
        },
        ca: None,
        proxies: Proxies::default(),
        timeouts: Timeouts::default(),
        retry: Retry {
            attempts: 4,
            budget: Duration::from_secs(100),
            base: Duration::from_secs(1),
            cap: Duration::from_secs(10),
        },
        seed: 1,
    }
}

fn client(server: &Server) -> (Client, Arc<Clock>) {
    client_of(connection(&server.url()))
}

fn client_of(connection: Connection) -> (Client, Arc<Clock>) {
    let clock = Arc::new(Clock::new());
    let client = Client::with_clock(connection, clock.clone()).unwrap();
    (client, clock)
}
