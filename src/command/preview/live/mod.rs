//! A preview against a live catalog: what it holds of what is sent, and what it
//! says of it itself.
//!
//! Everything is read, nothing written: entities are sent with
//! `validation_only`. Invariant: a read that fails ends the preview, so that it
//! never counts as nothing there.

mod read;
mod verdict;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

use super::Compared;
use super::against::CatalogName;
use crate::catalog::Identity;
use crate::catalog_api::{ApiUrl, Client};
use crate::command::connection;
use crate::config::{Environment, Settings};
use crate::diff::{Declared, Held, Side, diff, held};
use crate::finding::{Finding, Severity};
use verdict::Rejection;

/// The key of a config by which the exporter asks for missing related entities.
pub(super) const CREATES_RELATED: &str = "createMissingRelatedEntities";
/// How many entities are named by a finding of their own.
const NAMED: usize = 20;

/// Where the sandbox of this machine is, unless the settings name another one.
const SANDBOX: &str = "http://127.0.0.1:8808";
const SANDBOX_ADDRESS: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 8808);
/// What it is told: it takes any client.
const SANDBOX_CLIENT: &str = "sandbox";

/// A client of the catalog that was named. The settings' credentials go to the
/// sandbox only if the settings name a sandbox themselves.
pub(super) fn client(
    catalog: &CatalogName,
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Client> {
    let mut settings = settings.clone();
    match catalog {
        CatalogName::Url(url) => {
            ApiUrl::parse(url).map_err(|error| anyhow!("the URL of `--against` {error}"))?;
            settings.api_url = Some(url.clone());
        }
        CatalogName::Sandbox if names_this_machine(&settings) => {}
        CatalogName::Sandbox => {
            if TcpStream::connect(SANDBOX_ADDRESS).is_err() {
                bail!("no sandbox runs at {SANDBOX}; start one with `glint-gitops sandbox`");
            }
            settings.api_url = Some(SANDBOX.to_owned());
            settings.client_id = Some(SANDBOX_CLIENT.to_owned());
            settings.client_id_file = None;
            settings.client_secret_file = None;
            let secret = [("GLINT_CLIENT_SECRET", SANDBOX_CLIENT)];
            return connection::client(&settings, &Environment::from_iter(secret));
        }
    }
    connection::client(&settings, environment)
}

fn names_this_machine(settings: &Settings) -> bool {
    let url = settings.api_url.as_deref();
    let url = url.and_then(|url| ApiUrl::parse(url).ok());
    url.is_some_and(|url| url.is_loopback())
}

/// Asks until the deadline.
pub(super) fn answer(
    client: &Client,
    question: &Question<'_>,
    deadline: Instant,
) -> anyhow::Result<(Compared, Vec<Finding>)> {
    let asked = async {
        let asked = compared(client, question);
        match tokio::time::timeout_at(deadline.into(), asked).await {
            Ok(answer) => answer,
            Err(_) => bail!("the catalog has not answered in time; `--timeout` gives it more"),
        }
    };
    connection::runtime()?.block_on(asked)
}

/// What is compared with a catalog.
pub(super) struct Question<'a> {
    /// What was declared before, if that is known.
    pub declared: Option<&'a Side>,
    /// What is sent.
    pub sent: &'a Side,
    /// The exporter's integration, which owns what it sent.
    pub integration: Option<&'a str>,
    /// Whether the config that is previewed makes related entities that are missing;
    /// `None` where it is the generated one, which says nothing of that.
    pub creates_related: Option<bool>,
}

/// What a catalog makes of what is sent, and the findings on that.
async fn compared(
    client: &Client,
    question: &Question<'_>,
) -> anyhow::Result<(Compared, Vec<Finding>)> {
    let Question {
        declared,
        sent,
        integration,
        creates_related,
    } = question;
    let config = match integration {
        Some(id) => config(client, id).await?,
        None => Value::Null,
    };
    let creates_related = creates_related.unwrap_or(config[CREATES_RELATED] == true);
    let catalog = read::catalog(client, question)
        .await
        .context("cannot read what the catalog holds")?;
    let rejections = verdict::rejections(client, sent, &catalog, creates_related)
        .await
        .context("cannot ask whether the catalog takes what is sent")?;
    let held = held(&catalog, *declared, sent);
    let mut findings = rejected(sent, &rejections);
    findings.extend(unknown(&held));
    findings.extend(deletions(*declared, *integration, &held));
    let diff = diff(&held.side, sent);
    let diff = match declared {
        Some(_) => diff,
        None => diff.without_history(),
    };
    let before = held.side;
    Ok((Compared { before, diff }, findings))
}

/// An integration's config. One that is mistyped owns nothing, which would look as
/// if nothing were deleted.
async fn config(client: &Client, id: &str) -> anyhow::Result<Value> {
    let integration = client.integration(id).await;
    let integration = integration.context("cannot read the integration")?;
    let integration = integration.with_context(|| {
        format!("the catalog has no integration `{id}`; name the exporter's state key")
    })?;
    Ok(integration.config.unwrap_or_default())
}

/// An error for each entity that the catalog does not take.
fn rejected(sent: &Side, rejections: &[Rejection]) -> Vec<Finding> {
    let all = rejections.iter().take(NAMED);
    let mut findings: Vec<Finding> = all
        .map(|Rejection { identity, reason }| {
            let message = format!("the catalog does not take `{identity}`: {reason}");
            let finding = Finding::new("rejected", Severity::Error, message);
            on(finding, sent.get(identity))
        })
        .collect();
    let more = rejections.len().saturating_sub(NAMED);
    if more > 0 {
        let message = format!("the catalog does not take {more} more entities");
        findings.push(Finding::new("rejected", Severity::Error, message));
    }
    findings
}

fn on(finding: Finding, declared: Option<&Declared>) -> Finding {
    let Some(place) = declared.and_then(|declared| declared.places.first()) else {
        return finding;
    };
    let finding = finding.on(place.owner.resource());
    match &place.location {
        Some(location) => finding.at(location.clone()),
        None => finding,
    }
}

/// What is sent as a search can't be compared.
fn unknown(held: &Held) -> Option<Finding> {
    let entities: BTreeSet<&Identity> = held.unknown.iter().map(|(it, _)| it).collect();
    let (first, field) = held.unknown.first()?;
    let message = match entities.len() {
        1 => format!("{field} of `{first}` is a search: whether it changes is not said"),
        count => format!(
            "{field} of `{first}`, and fields of {} more entities, are searches: whether they \
             change is not said",
            count - 1
        ),
    };
    Some(Finding::new(
        "mapping-unsupported",
        Severity::Warning,
        message,
    ))
}

/// What is said of deletions: all that is deleted is in the difference, so this is
/// what is not, and why.
fn deletions(declared: Option<&Side>, integration: Option<&str>, held: &Held) -> Vec<Finding> {
    let unknown = |message: String, help: &str| {
        vec![Finding::new("deletions-unknown", Severity::Info, message).with_help(help)]
    };
    if declared.is_none() {
        return unknown(
            "nothing says what was declared before, so it is not said what is deleted".to_owned(),
            "name it as well: `--against` a checkout of the base branch, or a glint.lock",
        );
    }
    let Some((first, others)) = held.left.split_first() else {
        return Vec::new();
    };
    let more = match others.len() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let Some(integration) = integration else {
        return unknown(
            format!(
                "`{first}`{more} left Git and is in the catalog; whether it is deleted hangs on \
                 which integration owns it"
            ),
            "name the exporter's with `--integration`",
        );
    };
    let left = held.left.iter().take(NAMED).map(|identity| {
        let message = format!(
            "`{identity}` left Git and stays in the catalog: the integration `{integration}` \
             does not own it"
        );
        Finding::new("not-deleted", Severity::Info, message)
    });
    let more = held.left.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| {
        let message = format!("{more} more entities left Git and stay in the catalog");
        Finding::new("not-deleted", Severity::Info, message)
    });
    left.chain(more).collect()
}
