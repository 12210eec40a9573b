//! One exchange over HTTP: a request out, an answer in.
//!
//! The one file that speaks HTTP. Not for trying again (`session`) or
//! for what an answer means (`answer`). Invariants: no redirect is followed, so
//! that a token never goes to another host; a body has a limit; what went wrong
//! is told without URLs, which may hold a proxy's password.

use std::error::Error;
use std::io;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Certificate, NoProxy, Proxy, Url, redirect};

use super::address::ApiUrl;
use super::connection::{Connection, Proxies, Timeouts};
use super::error::ApiError;
use super::request::{Method, Request};
use super::secret::Secret;
use crate::http;

/// The most of an answer that is read: far more than any page of entities has.
const ANSWER_LIMIT: usize = 64 << 20;

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// `Err`: why it could not be read whole, though a status came.
    pub(super) body: Result<Vec<u8>, String>,
}

/// Nothing came back, or not all of it.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) reason: String,
    /// It would break again.
    pub(super) permanent: bool,
}

/// A pool of connections to one API.
#[derive(Debug)]
pub(super) struct Transport {
    client: reqwest::Client,
    timeouts: Timeouts,
}

impl Transport {
    /// # Errors
    ///
    /// [`ApiError::Settings`] for a CA or a proxy that can't be used.
    pub(super) fn new(connection: &Connection) -> Result<Self, ApiError> {
        let timeouts = connection.timeouts;
        let mut client = http::builder()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .timeout(timeouts.total);
        if let Some(proxy) = proxy(&connection.url, &connection.proxies)? {
            client = client.proxy(proxy);
        }
        match &connection.ca {
            Some(pem) => client = client.tls_certs_only(authorities(pem)?),
            // Plain HTTP needs none, and a machine may have none.
            None if !connection.url.is_https() => client = client.tls_certs_only([]),
            None => {}
        }
        let client = client.build().map_err(|error| {
            ApiError::Settings(format!(
                "no HTTPS can be spoken: {}; `ca-file` names the authorities to trust",
                root(&error)
            ))
        })?;
        Ok(Self { client, timeouts })
    }

    /// Sends a request and reads the answer.
    pub(super) async fn exchange(
        &self,
        api: &ApiUrl,
        request: &Request,
        token: Option<&Secret>,
    ) -> Result<Reply, Broken> {
        let url = api.with(&request.path, &request.query);
        let mut building = self
            .client
            .request(method(request.method), url)
            .header(ACCEPT, "application/json");
        if let Some(token) = token {
            building = building.header(AUTHORIZATION, bearer(token)?);
        }
        if let Some(body) = &request.body {
            building = building
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let mut response = building.send().await.map_err(|it| self.broken(it))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|it| self.broken(it))? {
            if body.len() + piece.len() > ANSWER_LIMIT {
                let reason = format!("the answer is larger than {} MiB", ANSWER_LIMIT >> 20);
                return Ok(Reply {
                    status,
                    headers,
                    body: Err(reason),
                });
            }
            body.extend_from_slice(&piece);
        }
        Ok(Reply {
            status,
            headers,
            body: Ok(body),
        })
    }

    fn broken(&self, error: reqwest::Error) -> Broken {
        let error = error.without_url();
        let Timeouts {
            connect,
            read,
            total,
        } = self.timeouts;
        if error.is_timeout() {
            let reason = match error.is_connect() {
                true => format!("no connection within {connect:?}"),
                false => format!("no answer in time ({read:?} for a part, {total:?} for all)"),
            };
            return Broken {
                reason,
                permanent: false,
            };
        }
        match certificate_error(&error) {
            Some(problem) => Broken {
                reason: format!(
                    "the server's certificate is not trusted: {problem}; `ca-file` names the authority that is"
                ),
                permanent: true,
            },
            None => Broken {
                reason: root(&error),
                permanent: false,
            },
        }
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn bearer(token: &Secret) -> Result<HeaderValue, Broken> {
    let text = format!("Bearer {}", token.expose());
    let mut value = HeaderValue::try_from(text).map_err(|_| Broken {
        reason: "the API gave a token that no header can hold".to_owned(),
        permanent: true,
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, ApiError> {
    let unfit = || ApiError::Settings("`ca-file` holds no certificate in PEM".to_owned());
    let found = Certificate::from_pem_bundle(pem).map_err(|_| unfit())?;
    match found.is_empty() {
        true => Err(unfit()),
        false => Ok(found),
    }
}

fn proxy(api: &ApiUrl, proxies: &Proxies) -> Result<Option<Proxy>, ApiError> {
    let Proxies { https, exempt } = proxies;
    let Some(https) = https.as_ref().filter(|_| !api.is_loopback()) else {
        return Ok(None);
    };
    let unfit = || {
        ApiError::Settings(
            "HTTPS_PROXY is no URL such as `http://proxy.example.com:3128`".to_owned(),
        )
    };
    // As curl and Go read it: without a scheme it is HTTP.
    let text = match https.expose() {
        text if text.contains("://") => text.to_owned(),
        text => format!("http://{text}"),
    };
    let url = Url::parse(&text).map_err(|_| unfit())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(unfit());
    }
    let proxy = Proxy::https(url).map_err(|_| unfit())?;
    Ok(Some(proxy.no_proxy(
        exempt.as_deref().and_then(NoProxy::from_string),
    )))
}

/// What lies at the bottom of an error, which is what a person can act upon.
fn root(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// What is wrong with the server's certificate, where that is the reason. It lies
/// in errors of I/O that lie in one another, whose `source` skips what they hold.
fn certificate_error(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(rustls::Error::InvalidCertificate(problem)) = error.downcast_ref() {
        return Some(problem.to_string());
    }
    let held = error.downcast_ref().and_then(io::Error::get_ref);
    let held = held.map(|held| held as &(dyn Error + 'static));
    certificate_error(held.or_else(|| error.source())?)
}
