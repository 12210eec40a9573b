//! Fetching an artifact from where the operator allows it.
//!
//! The one file of the module that names the HTTP client. Not for trying again: an
//! error says whether that helps. Invariants: a host that is not allowed is never
//! asked, and no redirect leads to one; a fetch has an end, in time and in bytes;
//! what does not have its digest is never given out; a message holds neither user
//! nor query of a URL.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, LOCATION};
use reqwest::{Client, Response, StatusCode, Url, redirect};

use super::digest::Digest;
use super::tree::shown;
use crate::http;

/// How long a connection may take, where all may take longer.
const CONNECT: Duration = Duration::from_secs(10);

/// How many redirects are followed, all of them to allowed hosts.
const REDIRECTS: usize = 3;

/// What may be fetched.
#[derive(Clone, Debug)]
pub(crate) struct FetchOptions {
    /// From where. Nothing is fetched with none.
    pub hosts: Vec<AllowedHost>,
    /// The most bytes of one artifact, packed.
    pub size: u64,
    /// The most time for one, from the name of the host to the last byte.
    pub timeout: Duration,
}

/// A host from which the operator lets artifacts come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHost {
    host: String,
    /// None: the default port of `http` or `https`.
    port: Option<u16>,
}

/// Why an artifact was not fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// What the operator said can't be used. Not worth another try.
    #[error("{0}")]
    Settings(String),
    /// The source's status holds no URL to fetch. Not worth another try.
    #[error("the URL of the artifact can't be fetched: {0}")]
    Url(&'static str),
    /// The URL, or a redirect from it, leads elsewhere. Not worth another try.
    #[error("`{url}` is not fetched: its host is none of those that the operator allows")]
    HostNotAllowed {
        /// Where it leads.
        url: String,
    },
    /// The server has no such file (any more).
    #[error("`{url}` is not there: the server answers 404")]
    NotFound {
        /// What was asked for.
        url: String,
    },
    /// The server answers something else.
    #[error("`{url}` is refused: the server answers {status}")]
    Refused {
        /// What was asked for.
        url: String,
        /// As HTTP has it.
        status: u16,
    },
    /// No answer, or not all of it.
    #[error("`{url}` can't be fetched: {reason}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        reason: String,
    },
    /// More than is fetched. Not worth another try.
    #[error("`{url}` has more than {limit} bytes, the most that is fetched")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The most.
        limit: u64,
    },
    /// Something else came than the source's status tells of.
    #[error("`{url}` is not the artifact of that digest: {found} instead of {expected}")]
    DigestMismatch {
        /// What was asked for.
        url: String,
        /// What it should have been.
        expected: String,
        /// What it is.
        found: String,
    },
}

impl AllowedHost {
    /// From `host` or `host:port`; a host alone is one at the default port of
    /// `http` or `https`. As in DNS a dot at the end changes nothing, so that the
    /// `….svc.cluster.local.` of Flux's URLs needs none.
    ///
    /// # Errors
    /// Anything else, such as a URL.
    pub(crate) fn parse(text: &str) -> Result<Self, FetchError> {
        let unfit = || {
            FetchError::Settings(format!(
                "`{}` is no host such as `source-controller.flux-system.svc.cluster.local` or `10.0.0.1:9090`",
                shown(text.as_bytes())
            ))
        };
        let is_bare = !text.contains(['/', '?', '#', '@', '\\']);
        let under = |scheme| match is_bare {
            true => Url::parse(&format!("{scheme}://{text}")).map_err(|_| unfit()),
            false => Err(unfit()),
        };
        // A URL leaves out the default port of its own scheme only.
        let (http, https) = (under("http")?, under("https")?);
        Ok(Self {
            host: host(&http).ok_or_else(unfit)?.to_owned(),
            port: http.port().or(https.port()),
        })
    }

    fn is_of(&self, url: &Url) -> bool {
        let Self { host: own, port } = self;
        let is_port = match port {
            Some(port) => url.port_or_known_default() == Some(*port),
            None => url.port().is_none(),
        };
        is_port && host(url) == Some(own)
    }
}

/// Fetches artifacts. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    client: Client,
    options: FetchOptions,
}

impl Fetcher {
    /// Connects to nothing yet. No proxy of the environment is used: what is
    /// fetched lies in the cluster.
    ///
    /// # Errors
    /// [`FetchError::Settings`] where the machine can't speak HTTP.
    pub(crate) fn new(options: FetchOptions) -> Result<Self, FetchError> {
        let client = http::in_cluster(|client| {
            client
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(CONNECT.min(options.timeout))
        });
        let client = client.map_err(|error| {
            FetchError::Settings(format!("no HTTP can be spoken: {}", root(&error)))
        })?;
        Ok(Self { client, options })
    }

    /// The bytes of an artifact, which have its digest; and its size, where that is
    /// known beforehand.
    ///
    /// # Errors
    /// Each of [`FetchError`] but `Settings`.
    pub(crate) async fn fetch(
        &self,
        url: &str,
        digest: &Digest,
        size: Option<u64>,
    ) -> Result<Vec<u8>, FetchError> {
        let url = self.admitted(Url::parse(url).map_err(|_| FetchError::Url("it is no URL"))?)?;
        self.check_size(&url, size)?;
        let timeout = self.options.timeout;
        let fetched = async {
            let response = self.found(url.clone()).await?;
            self.body(response, digest).await
        };
        let fetched = tokio::time::timeout(timeout, fetched).await;
        fetched.unwrap_or_else(|_| {
            Err(FetchError::Unreachable {
                url: legible(&url),
                reason: format!("it did not come within {timeout:?}"),
            })
        })
    }

    /// A URL that may be asked for.
    fn admitted(&self, url: Url) -> Result<Url, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Url("it is neither `http` nor `https`"));
        }
        // Flux's have none, and it would be sent as credentials.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Url("it names a user"));
        }
        match self.options.hosts.iter().any(|host| host.is_of(&url)) {
            true => Ok(url),
            false => Err(FetchError::HostNotAllowed { url: legible(&url) }),
        }
    }

    /// The answer that holds the artifact, behind redirects to allowed hosts.
    async fn found(&self, mut url: Url) -> Result<Response, FetchError> {
        for _ in 0..=REDIRECTS {
            // What is encoded does not have the digest.
            let asked = self
                .client
                .get(url.clone())
                .header(ACCEPT_ENCODING, "identity");
            let response = asked.send().await.map_err(|error| broken(&url, error))?;
            match response.status() {
                StatusCode::OK => return Ok(response),
                StatusCode::NOT_FOUND => return Err(FetchError::NotFound { url: legible(&url) }),
                status => match target(&response) {
                    Some(target) => url = self.admitted(target)?,
                    None => return Err(refused(&url, status)),
                },
            }
        }
        Err(FetchError::Unreachable {
            url: legible(&url),
            reason: format!("it is behind more than {REDIRECTS} redirects"),
        })
    }

    async fn body(&self, mut response: Response, digest: &Digest) -> Result<Vec<u8>, FetchError> {
        let url = response.url().clone();
        self.check_size(&url, response.content_length())?;
        let mut check = digest.check();
        let mut bytes = Vec::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| broken(&url, error))?
        {
            self.check_size(&url, Some((bytes.len() + piece.len()) as u64))?;
            check.take(&piece);
            bytes.extend_from_slice(&piece);
        }
        let found = check.digest();
        match found == *digest {
            true => Ok(bytes),
            false => Err(FetchError::DigestMismatch {
                url: legible(&url),
                expected: digest.to_string(),
                found: found.to_string(),
            }),
        }
    }

    fn check_size(&self, url: &Url, size: Option<u64>) -> Result<(), FetchError> {
        let limit = self.options.size;
        match size.is_some_and(|size| size > limit) {
            true => Err(FetchError::TooLarge {
                url: legible(url),
                limit,
            }),
            false => Ok(()),
        }
    }
}

/// Where a redirect leads.
fn target(response: &Response) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| is_redirect)?;
    response.url().join(location.to_str().ok()?).ok()
}

fn refused(url: &Url, status: StatusCode) -> FetchError {
    FetchError::Refused {
        url: legible(url),
        status: status.as_u16(),
    }
}

fn broken(url: &Url, error: reqwest::Error) -> FetchError {
    FetchError::Unreachable {
        url: legible(url),
        reason: shown(root(&error.without_url()).as_bytes()),
    }
}

/// What lies at the bottom of an error, which is what a person can act upon.
fn root(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

fn host(url: &Url) -> Option<&str> {
    let host = url.host_str()?;
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty()).then_some(host)
}

/// A URL without what may be a secret in it.
fn legible(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}"));
    let text = format!(
        "{}://{}{}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        port.unwrap_or_default(),
        url.path()
    );
    shown(text.as_bytes())
}
