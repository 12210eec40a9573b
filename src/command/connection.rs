//! From settings to a client of the catalog's API, and the runtime to use it in.
//!
//! Not for what is asked of the API. Invariant: a secret goes from where it is
//! straight into a `Secret`; an error names its file or variable, and nothing of
//! its content.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use tokio::runtime::{Builder, Runtime};

use crate::catalog_api::{
    ApiUrl, Client, Connection, Credentials, Proxies, Retry, Secret, Timeouts,
};
use crate::config::{Environment, Settings};
use crate::input;

/// The most that a file with an id or a secret holds.
const CREDENTIAL_LIMIT: u64 = 16 << 10;

/// The most that a file of certificates holds: the system's are a quarter of it.
const CA_LIMIT: u64 = 1 << 20;

/// A client of the API that the settings name. Nothing is sent yet.
pub(super) fn client(settings: &Settings, environment: &Environment) -> anyhow::Result<Client> {
    Ok(Client::new(connection(settings, environment)?)?)
}

/// The API that the settings name.
pub(super) fn address(settings: &Settings) -> anyhow::Result<ApiUrl> {
    let url = settings.api_url.as_deref().unwrap_or_default();
    // The address is not repeated: whoever mistyped it may have mistyped more.
    ApiUrl::parse(url).map_err(|error| anyhow!("`api-url` {error}"))
}

/// Where a command's calls run; it is dropped with all that is under way.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no threads for the network")
}

fn connection(settings: &Settings, environment: &Environment) -> anyhow::Result<Connection> {
    let secret = environment.get("GLINT_CLIENT_SECRET");
    let id = Given {
        name: "client-id",
        text: settings.client_id.as_deref(),
        file: settings.client_id_file.as_deref(),
    };
    let secret = Given {
        name: "client-secret",
        text: secret,
        file: settings.client_secret_file.as_deref(),
    };
    missing(settings, &id, &secret)?;
    let ca = settings.ca_file.as_deref().map(authorities);
    Ok(Connection {
        url: address(settings)?,
        credentials: Credentials {
            client_id: id.read()?,
            client_secret: Secret::new(secret.read()?),
        },
        ca: ca.transpose()?,
        proxies: proxies(environment),
        timeouts: Timeouts::default(),
        retry: Retry::default(),
        seed: fastrand::u64(..),
    })
}

/// Says all that is missing at once.
fn missing(settings: &Settings, id: &Given<'_>, secret: &Given<'_>) -> anyhow::Result<()> {
    let missing = [
        (
            settings.api_url.is_none(),
            "`api-url` (--api-url or GLINT_API_URL)",
        ),
        (
            id.is_missing(),
            "`client-id` (--client-id or GLINT_CLIENT_ID; or in a file: --client-id-file or GLINT_CLIENT_ID_FILE)",
        ),
        (
            secret.is_missing(),
            "`client-secret` (GLINT_CLIENT_SECRET; or in a file: --client-secret-file or GLINT_CLIENT_SECRET_FILE)",
        ),
    ];
    let missing: Vec<_> = missing
        .into_iter()
        .filter_map(|(is_missing, what)| is_missing.then_some(what))
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => bail!("to reach the catalog, set {}", missing.join(", ")),
    }
}

/// One half of the credentials, as it was given.
struct Given<'a> {
    name: &'static str,
    text: Option<&'a str>,
    file: Option<&'a Path>,
}

impl Given<'_> {
    fn is_missing(&self) -> bool {
        self.text.is_none() && self.file.is_none()
    }

    fn read(&self) -> anyhow::Result<String> {
        let Self { name, text, file } = *self;
        match (text, file) {
            (Some(_), Some(file)) => bail!(
                "`{name}` and `{name}-file` (`{}`) are both set; keep one",
                file.display()
            ),
            (Some(text), None) => Ok(text.to_owned()),
            (None, Some(file)) => credential(name, file),
            (None, None) => Ok(String::new()),
        }
    }
}

/// One line of a file, as editors and `kubectl create secret` leave it.
fn credential(name: &str, file: &Path) -> anyhow::Result<String> {
    let refused = |why| anyhow!("`{name}-file`: `{}` {why}", file.display());
    let bytes = input::read_file(file, CREDENTIAL_LIMIT)?;
    let text = String::from_utf8(bytes).map_err(|_| refused("is no UTF-8 text"))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(refused("is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(refused("holds more than one line"));
    }
    Ok(text.to_owned())
}

fn authorities(file: &Path) -> anyhow::Result<Vec<u8>> {
    Ok(input::read_file(file, CA_LIMIT)?)
}

/// In capitals first, as Go reads them, and so the tools around.
fn proxies(environment: &Environment) -> Proxies {
    let either = |upper, lower| environment.get(upper).or_else(|| environment.get(lower));
    Proxies {
        https: either("HTTPS_PROXY", "https_proxy").map(Secret::new),
        exempt: either("NO_PROXY", "no_proxy").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use clap::Parser;

    use super::connection;
    use crate::catalog_api::Connection;
    use crate::cli::Cli;
    use crate::config::{Environment, Layers};

    const SECRET: &str = "canary-4711";

    fn connect(policy: &str, variables: &[(&str, &str)]) -> anyhow::Result<Connection> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policy.yaml");
        fs::write(&file, policy).unwrap();
        let environment = Environment::from_iter(variables.iter().copied());
        let cli = Cli::try_parse_from(["glint-gitops", "render", "."]).unwrap();
        let settings = Layers::load(&cli, &environment, None, &file)?.resolve()?;
        assert!(!format!("{settings:?}{environment:?}").contains(SECRET));
        connection(&settings, &environment)
    }

    #[track_caller]
    fn fails(policy: &str, variables: &[(&str, &str)], expected: &str) {
        let error = connect(policy, variables).unwrap_err();
        assert_eq!(format!("{error:#}"), expected);
    }

    #[test]
    fn what_is_missing_is_said_at_once() {
        fails(
            "",
            &[],
            "to reach the catalog, set `api-url` (--api-url or GLINT_API_URL), `client-id` (--client-id or GLINT_CLIENT_ID; or in a file: --client-id-file or GLINT_CLIENT_ID_FILE), `client-secret` (GLINT_CLIENT_SECRET; or in a file: --client-secret-file or GLINT_CLIENT_SECRET_FILE)",
        );
        fails(
            "defaults: {dialect: port, client-id: ci}",
            &[],
            "to reach the catalog, set `client-secret` (GLINT_CLIENT_SECRET; or in a file: --client-secret-file or GLINT_CLIENT_SECRET_FILE)",
        );
    }

    #[test]
    fn the_environment_is_enough() {
        let variables = [
            ("GLINT_API_URL", "http://user:secret@127.0.0.1:8808/"),
            ("GLINT_CLIENT_ID", "ci"),
            ("GLINT_CLIENT_SECRET", SECRET),
            ("HTTPS_PROXY", "http://canary-4711@proxy:3128"),
            ("no_proxy", "localhost,.corp"),
        ];
        let connection = connect("", &variables).unwrap();
        assert_eq!(connection.url.to_string(), "http://127.0.0.1:8808");
        assert_eq!(connection.credentials.client_id, "ci");
        assert_eq!(
            connection.proxies.exempt.as_deref(),
            Some("localhost,.corp")
        );
        assert!(connection.proxies.https.is_some());
        assert!(!format!("{connection:?}").contains(SECRET));
    }

    #[test]
    fn an_operator_who_speaks_port_has_a_default_and_a_repository_gives_none() {
        let credentials = [("GLINT_CLIENT_ID", "ci"), ("GLINT_CLIENT_SECRET", SECRET)];
        let connection = connect("defaults: {dialect: port}", &credentials).unwrap();
        assert_eq!(connection.url.to_string(), "https://api.port.io");
        fails(
            "",
            &credentials,
            "to reach the catalog, set `api-url` (--api-url or GLINT_API_URL)",
        );
    }

    #[test]
    fn an_address_that_would_leak_is_refused() {
        let variables = |url| {
            [
                ("GLINT_API_URL", url),
                ("GLINT_CLIENT_ID", "ci"),
                ("GLINT_CLIENT_SECRET", SECRET),
            ]
        };
        fails(
            "",
            &variables("http://api.example.com"),
            "`api-url` would send the client secret unencrypted; `http://` is for this machine only",
        );
        fails(
            "",
            &variables("api.example.com"),
            "`api-url` is no URL such as `https://api.port.io`",
        );
    }

    /// With `content` as the file of the client's secret.
    fn of_file(content: &[u8], more: &[(&str, &str)]) -> Result<Connection, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap().to_owned();
        let mut variables = vec![
            ("GLINT_API_URL", "https://h"),
            ("GLINT_CLIENT_ID", "ci"),
            ("GLINT_CLIENT_SECRET_FILE", path.as_str()),
        ];
        variables.extend(more);
        connect("", &variables).map_err(|error| format!("{error:#}").replace(&path, "FILE"))
    }

    #[test]
    fn a_file_holds_one_line() {
        assert!(of_file(b"canary-4711\r\n", &[]).is_ok());
        let error = |content: &[u8]| of_file(content, &[]).unwrap_err();
        assert_eq!(error(b"\n"), "`client-secret-file`: `FILE` is empty");
        assert_eq!(
            error(b"canary-4711\nmore"),
            "`client-secret-file`: `FILE` holds more than one line"
        );
        assert_eq!(
            error(b"canary-4711\xff"),
            "`client-secret-file`: `FILE` is no UTF-8 text"
        );
        let large = error(&[b'x'; (16 << 10) + 1]);
        assert!(
            large.contains("`FILE`") && !large.contains("xxx"),
            "{large}"
        );
    }

    #[test]
    fn two_ways_at_once_are_one_too_many() {
        let error = of_file(b"x", &[("GLINT_CLIENT_SECRET", SECRET)]).unwrap_err();
        assert_eq!(
            error,
            "`client-secret` and `client-secret-file` (`FILE`) are both set; keep one"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let variables = [
            ("GLINT_API_URL", "https://h"),
            ("GLINT_CLIENT_ID", "ci"),
            ("GLINT_CLIENT_SECRET_FILE", "/nowhere/secret"),
        ];
        let error = format!("{:#}", connect("", &variables).unwrap_err());
        assert!(error.contains("/nowhere/secret"), "{error}");
        assert!(!Path::new("/nowhere/secret").exists());
    }
}
