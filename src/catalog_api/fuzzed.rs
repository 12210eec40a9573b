//! A client against an API that answers anything, for the fuzzers.
//!
//! Invariant: nothing leaves this machine, and nothing waits: each wait moves a
//! clock on.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::pause::{Pause, Wait};
use super::{
    ApiError, ApiUrl, Client, Connection, Credentials, LogQuery, Proxies, Retry, Secret, Timeouts,
    Upsert,
};
use crate::catalog::Identity;

/// What no message may hold.
const SECRETS: [&str; 2] = ["canary-4711", "canary-token-0815"];

/// The most time that one call may take.
const BUDGET: Duration = Duration::from_secs(100);

/// The headers that say something to the client.
const HEADERS: [&str; 8] = [
    "retry-after",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-ratelimit-limit",
    "x-ratelimit-period",
    "x-trace-id",
    "location",
    "content-type",
];

/// How many calls there are to choose from.
const CALLS: u8 = 17;

/// One answer: `STATUS\nNAME: VALUE\n…\n\nBODY`.
#[derive(Debug)]
struct Answer(Vec<u8>);

/// A machine that answers and one that asks, in one thread.
#[derive(Debug)]
pub struct Api {
    runtime: tokio::runtime::Runtime,
    url: String,
    script: Arc<Mutex<VecDeque<Answer>>>,
}

/// A clock that a wait moves on at once.
#[derive(Debug)]
struct Clock {
    begin: Instant,
    passed: Mutex<Duration>,
}

impl Api {
    /// A machine of which no connection is made yet.
    ///
    /// # Panics
    /// Where this machine has no room for it.
    #[must_use]
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let script = Arc::new(Mutex::new(VecDeque::new()));
        runtime.spawn(serve(listener, script.clone()));
        Self {
            runtime,
            url,
            script,
        }
    }

    /// Makes the call that the first byte chooses, which is answered by what
    /// follows, one answer behind the other with a zero byte between. Whatever is
    /// answered, it ends in its time, and no message holds a secret. The second
    /// byte says whether requests for a token are answered so, too, and whether the
    /// client paces itself.
    ///
    /// # Panics
    /// Where that does not hold.
    pub fn call(&self, bytes: &[u8]) {
        let [call, how, answers @ ..] = bytes else {
            return;
        };
        let answers = answers.split(|byte| *byte == 0);
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        *script = answers
            .map(|answer| Answer(answer.to_vec()))
            .take(20)
            .collect();
        if how & 1 == 0 {
            let token = json!({"accessToken": SECRETS[1], "expiresIn": 3600});
            script.push_front(Answer(format!("200\n\n{token}").into_bytes()));
        }
        drop(script);
        let clock = Arc::new(Clock {
            begin: Instant::now(),
            passed: Mutex::default(),
        });
        let client = Client::with_clock(connection(&self.url), clock.clone());
        let client = client.expect("a client of this machine");
        if how & 2 != 0 {
            client.share();
        }
        let is_single = !matches!(call % CALLS, 5 | 6 | 10 | 16) && how & 2 == 0;
        if let Err(error) = self.runtime.block_on(made(&client, call % CALLS)) {
            check(&error.to_string());
            check(&error.message());
        }
        let passed = clock.passed();
        assert!(!is_single || passed <= BUDGET, "{passed:?}");
    }
}

fn connection(url: &str) -> Connection {
    Connection {
        url: ApiUrl::parse(url).expect("an address of this machine"),
        credentials: Credentials {
            client_id: "ci".to_owned(),
            client_secret: Secret::new(SECRETS[0]),
        },
        ca: None,
        proxies: Proxies::default(),
        timeouts: Timeouts::default(),
        retry: Retry {
            attempts: 4,
            budget: BUDGET,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(10),
        },
        seed: 1,
    }
}

async fn made(client: &Client, call: u8) -> Result<(), ApiError> {
    let identity = Identity {
        blueprint: "service".to_owned(),
        identifier: "pay".to_owned(),
    };
    let body = |name: &str| json!({"identifier": name, "relations": {"a": "pay", "b": ["x"]}});
    let bodies = [body("pay"), body("x"), body("y")];
    let merged = Upsert {
        merge: true,
        ..Upsert::default()
    };
    match call {
        0 => drop(client.organization().await?),
        1 => drop(client.blueprints().await?),
        2 => drop(client.blueprint("service").await?),
        3 => drop(client.entity(&identity).await?),
        4 => drop(client.upsert("service", &bodies[0], merged).await?),
        5 | 6 => {
            let how = Upsert {
                validation_only: call == 6,
                ..merged
            };
            let done = client.upsert_bulk("service", &bodies, how).await?;
            assert_eq!(done.results.len(), bodies.len());
            for error in done.results.iter().filter_map(|it| it.as_ref().err()) {
                check(&error.to_string());
            }
        }
        7 => {
            let deleted = client.delete_bulk("service", &["pay".to_owned()]).await?;
            drop(deleted);
        }
        8 => drop(client.search(&json!({}), &["title"]).await?),
        9 => drop(client.search_blueprint("service", None, None).await?),
        10 => drop(client.datasource_entities("a", "b").await?),
        11 => drop(client.integration("k8s").await?),
        12 => drop(client.patch_config("k8s", &json!({})).await?),
        13 => drop(client.resync_request("k8s").await?),
        14 => drop(client.integration_logs("k8s", &LogQuery::default()).await?),
        15 => drop(client.kind_examples("k8s").await?),
        _ => {
            let requests: Vec<(String, Value)> = bodies
                .iter()
                .map(|body| ("service".to_owned(), body.clone()))
                .collect();
            let done = client.upsert_all(requests, merged).await?;
            assert_eq!(done.len(), bodies.len());
        }
    }
    Ok(())
}

/// One line that holds no secret.
fn check(message: &str) {
    let found = SECRETS.iter().find(|secret| message.contains(*secret));
    assert_eq!(found, None, "{message:?}");
    assert!(!message.contains(char::is_control), "{message:?}");
}

impl Clock {
    fn passed(&self) -> Duration {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pause for Clock {
    fn now(&self) -> Instant {
        self.begin + self.passed()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_168_800) + self.passed()
    }

    fn sleep(&self, time: Duration) -> Wait {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner) += time;
        Box::pin(std::future::ready(()))
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<VecDeque<Answer>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer_all(stream, script.clone()));
    }
}

/// Answers on one connection until the client has enough.
async fn answer_all(
    stream: TcpStream,
    script: Arc<Mutex<VecDeque<Answer>>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            if let Some(found) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = found.trim().parse().unwrap_or(0);
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        let next = script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let next = next.unwrap_or_else(|| Answer(b"400\n\n{}".to_vec()));
        stream.get_mut().write_all(&next.to_http()).await?;
    }
}

impl Answer {
    /// An answer that HTTP allows; what it does not is left out.
    fn to_http(&self) -> Vec<u8> {
        let end = self.0.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) = match end {
            Some(end) => (&self.0[..end], &self.0[end + 2..]),
            None => (self.0.as_slice(), &[][..]),
        };
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let status = lines.next().and_then(|it| it.trim().parse::<u16>().ok());
        let status = status.filter(|it| (200..600).contains(it)).unwrap_or(200);
        let has_body = !matches!(status, 204 | 304);
        let body = if has_body { body } else { &[] };
        let mut answer = format!("HTTP/1.1 {status} X\r\n");
        if has_body {
            answer.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let is_known = HEADERS.contains(&name);
            if is_known && value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                answer.push_str(&format!("{name}: {}\r\n", value.trim()));
            }
        }
        answer.push_str("\r\n");
        [answer.as_bytes(), body].concat()
    }
}
