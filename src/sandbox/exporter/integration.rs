//! The integration as the exporter reads it.
//!
//! After pkg/port/cli/integration.go and pkg/defaults/init.go of port-k8s-exporter
//! v0.7.9, started with a config file and without default resources.

use serde_json::{Map, Value, json};

use super::Installation;
use super::client::{Ask, Client, Wire, is_ok};
use crate::catalog::Dialect;
use crate::exporter::Config;
use crate::sandbox::store::Answer;

/// What the exporter takes from an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Integration {
    /// `None` for null.
    pub(super) config: Option<Value>,
    /// Empty where the answer has none.
    pub(super) updated_at: String,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The API gives none.
    Refused,
    /// It can't be decoded, by this clause.
    Undecodable(String),
}

/// Asks for it.
pub(super) fn get(
    client: &mut Client,
    wire: &mut Wire<'_>,
    is_polling: bool,
) -> Result<Integration, Unread> {
    let Installation {
        state_key, dialect, ..
    } = wire.installation;
    let ask = Ask::get(format!("/v1/integration/{state_key}"));
    let ask = ask.with(format!("isPolling={is_polling}"));
    let decoded = |answer: &Answer| decode(answer, *dialect);
    let is_readable = |answer: &Answer| !matches!(decoded(answer), Err(Unread::Undecodable(_)));
    match client.send_until(wire, &ask, is_readable) {
        Some(answer) => decoded(&answer),
        None => Err(Unread::Refused),
    }
}

fn decode(answer: &Answer, dialect: Dialect) -> Result<Integration, Unread> {
    if !is_ok(answer) {
        return Err(Unread::Refused);
    }
    let integration = &answer.body["integration"];
    let config = match &integration["config"] {
        Value::Null => None,
        config => {
            let decoded = Config::decode(config.clone(), dialect);
            decoded.map_err(|error| Unread::Undecodable(error.to_string()))?;
            Some(config.clone())
        }
    };
    let updated_at = integration["updatedAt"].as_str().unwrap_or_default();
    Ok(Integration {
        config,
        updated_at: updated_at.to_owned(),
    })
}

/// What the exporter does at its start; why it ends where it can't.
pub(super) fn initialize(client: &mut Client, wire: &mut Wire<'_>) -> Result<(), String> {
    let organization = client.send(wire, &Ask::get("/v1/organization"));
    if !organization.is_some_and(|answer| is_ok(&answer)) {
        return Err("the API does not tell its organization".to_owned());
    }
    let installation = wire.installation;
    let Installation {
        state_key,
        config_file,
        version,
        overwrites_on_restart,
        ..
    } = installation;
    let ask = match get(client, wire, false) {
        // Whatever the reason: the exporter takes it for new.
        Err(_) => Ask::post(
            "/v1/integration",
            json!({
                "installationId": state_key,
                "title": state_key,
                "installationAppType": "K8S EXPORTER",
                "config": config_file,
            }),
        ),
        Ok(integration) => {
            let mut patch = Map::from_iter([("version".to_owned(), json!(version))]);
            if integration.config.is_none() || *overwrites_on_restart {
                patch.insert("config".to_owned(), config_file.clone());
            }
            Ask::patch(format!("/v1/integration/{state_key}"), Value::Object(patch))
        }
    };
    match client.send(wire, &ask) {
        Some(answer) if is_ok(&answer) => Ok(()),
        Some(answer) => {
            let message = answer.body["message"].as_str().unwrap_or("no message");
            Err(format!(
                "its integration can't be read, made or changed: {} {message}",
                answer.status
            ))
        }
        None => Err("the API gives no token".to_owned()),
    }
}

/// When the last resync was asked for; empty where none was, `None` where the API
/// does not say.
pub(super) fn resync_request(client: &mut Client, wire: &mut Wire<'_>) -> Option<String> {
    let state_key = &wire.installation.state_key;
    let ask = Ask::get(format!("/v1/integration/{state_key}/resync-request"));
    let answer = client.send(wire, &ask).filter(is_ok)?;
    let updated_at = answer.body["request"]["updatedAt"].as_str();
    Some(updated_at.unwrap_or_default().to_owned())
}
