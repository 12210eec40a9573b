//! Which call does what.
//!
//! Not for doing it. The table is the API's subset, whole.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::call::{Answer, Call, Method};
use super::failure::Failure;
use super::state::State;
use super::work::Work;
use super::{StoreOptions, blueprints, entities, integrations, search};

/// The path of the one call that needs no token.
pub(super) fn is_token(method: Method, segments: &[&str]) -> bool {
    method == Method::Post && segments == ["v1", "auth", "access_token"]
}

/// Gives a token for credentials.
pub(super) fn token(
    state: &mut State,
    options: &StoreOptions,
    call: &Call,
    now: SystemTime,
) -> Result<Answer, Failure> {
    let field = |name: &str| {
        let value = call.body.as_ref().and_then(|body| body.get(name));
        let value = value.and_then(Value::as_str);
        value.ok_or_else(|| Failure::invalid(format!("body/{name} must be string")))
    };
    let (id, secret) = (field("clientId")?, field("clientSecret")?);
    let is_taken = match &options.credentials {
        Some((taken_id, taken_secret)) => taken_id == id && taken_secret == secret,
        None => !id.is_empty() && !secret.is_empty(),
    };
    if !is_taken {
        return Err(Failure::unauthorized("The credentials are not valid"));
    }
    let (token, life) = state.session.token((id, secret), &options.token_key, now);
    Ok(Answer::new(
        200,
        json!({
            "ok": true, "accessToken": token,
            "expiresIn": life.as_secs(), "tokenType": "Bearer",
        }),
    ))
}

/// Carries a call out.
///
/// # Errors
/// Whatever the API says instead.
pub(super) fn carried_out(
    work: &mut Work<'_>,
    call: &Call,
    segments: &[&str],
    address: &str,
) -> Result<Answer, Failure> {
    use Method::{Delete, Get, Patch, Post, Put};
    let unrouted = || Failure::no_route(call.method.as_str(), &call.path);
    let rest = match segments {
        ["v1", rest @ ..] => rest,
        ["logs", "integration", id] if call.method == Post => {
            return integrations::ingest_logs(work, call, id);
        }
        _ => return Err(unrouted()),
    };
    match (call.method, rest) {
        (Get, ["organization"]) => Ok(organization()),

        (Get, ["integration"]) => Ok(integrations::all(work.state, address)),
        (Post, ["integration"]) => integrations::create(work, call, address),
        (Get, ["integration", id]) => integrations::get(work.state, id, address),
        (Patch, ["integration", id]) => integrations::patch(work, call, id, address),
        (Delete, ["integration", id]) => integrations::delete(work, id),
        (Patch, ["integration", id, "config"]) => {
            integrations::patch_config(work, call, id, address)
        }
        (Get, ["integration", id, "resync-request"]) => integrations::resync(work.state, id),
        (Get, ["integration", id, "kinds"]) => integrations::kinds(work.state, id),
        (Post, ["integration", id, "kinds", kind, "examples"]) => {
            integrations::put_examples(work, call, (id, kind), address)
        }
        (Get, ["integration", id, "logs"]) => integrations::logs(work.state, call, id),

        (Get, ["blueprints"]) => Ok(blueprints::all(work.state)),
        (Post, ["blueprints"]) => blueprints::create(work, call),
        (Get, ["blueprints", id]) => blueprints::get(work.state, id),
        (Put, ["blueprints", id]) => blueprints::put(work, call, id),
        (Patch, ["blueprints", id]) => blueprints::patch(work, call, id),
        (Delete, ["blueprints", id]) => blueprints::delete(work, id),

        (Post, ["blueprints", "entities", "datasource-entities"]) => {
            search::of_datasource(work.state, call)
        }
        (Post, ["entities", "search"]) => search::everywhere(work.state, call, work.at),
        (Post, ["blueprints", id, "entities", "search"]) => {
            search::in_blueprint(work.state, call, id, work.at)
        }

        (Get, ["blueprints", id, "entities"]) => entities::all(work.state, call, id),
        (Get, ["blueprints", id, "entities-count"]) => entities::count(work.state, id),
        (Post, ["blueprints", id, "entities"]) => entities::upsert(work, call, id),
        (Post, ["blueprints", id, "entities", "bulk"]) => entities::upsert_bulk(work, call, id),
        (Post, ["blueprints", id, "bulk", "entities", "delete"]) => {
            entities::delete_bulk(work, call, id)
        }
        (Delete, ["blueprints", id, "all-entities"]) => entities::delete_all(work, call, id),
        (Get, ["blueprints", blueprint, "entities", id]) => {
            entities::get(work.state, call, blueprint, id)
        }
        (Patch, ["blueprints", blueprint, "entities", id]) => {
            entities::patch(work, call, blueprint, id)
        }
        (Put, ["blueprints", blueprint, "entities", id]) => {
            entities::put(work, call, blueprint, id)
        }
        (Delete, ["blueprints", blueprint, "entities", id]) => {
            entities::delete(work, call, blueprint, id)
        }

        (Get | Post | Put | Patch | Delete, _) => Err(unrouted()),
    }
}

fn organization() -> Answer {
    let organization = json!({"id": "org_sandbox", "name": "sandbox", "featureFlags": []});
    Answer::new(200, json!({"ok": true, "organization": organization}))
}
