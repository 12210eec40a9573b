//! The integrations: the exporter's installations and their configs.
//!
//! Not for what an exporter makes of a config. Any write to an integration moves
//! its `updatedAt`, which is what makes the exporter sync again; a write of
//! nothing asks for just that. Port's OpenAPI document gives no answer's shape:
//! these are those of the exporter's own client (port-k8s-exporter v0.7.9).

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::failure::Failure;
use super::moment;
use super::state::{State, StoredIntegration};
use super::work::Work;
use crate::catalog::Dialect;

/// How many objects of a kind are kept as examples.
const EXAMPLES: usize = 5;

/// How many log entries of an integration are kept.
const LOGS: usize = 1000;

/// What a page of logs holds, unless asked for another number, and at most.
const LOG_PAGE: usize = 100;
const LOG_PAGE_MOST: usize = 300;

/// All integrations.
pub(super) fn all(state: &State, address: &str) -> Answer {
    let integrations = state.integrations.iter();
    let integrations: Vec<Value> = integrations
        .map(|(id, integration)| shown(id, integration, address))
        .collect();
    Answer::new(200, json!({"ok": true, "integrations": integrations}))
}

/// One integration.
pub(super) fn get(state: &State, id: &str, address: &str) -> Result<Answer, Failure> {
    Ok(answer(200, id, found(state, id)?, address))
}

/// Creates an integration.
pub(super) fn create(work: &mut Work<'_>, call: &Call, address: &str) -> Result<Answer, Failure> {
    let mut fields = body(call)?;
    let id = match fields.remove("installationId") {
        Some(Value::String(id)) if !id.is_empty() => id,
        Some(_) => return Err(Failure::invalid("body/installationId must be string")),
        None => {
            let message = "body must have required property 'installationId'";
            return Err(Failure::invalid(message));
        }
    };
    if work.state.integrations.contains_key(&id) {
        return Err(Failure::taken("Integration", &id));
    }
    check(&fields)?;
    let integration = StoredIntegration {
        fields,
        created_at: work.at,
        updated_at: work.at,
        resync_requested: None,
        examples: BTreeMap::new(),
        logs: VecDeque::new(),
    };
    work.put_integration(&id, integration.clone());
    Ok(answer(201, &id, &integration, address))
}

/// Changes what is given; a change of nothing asks for a resync.
pub(super) fn patch(
    work: &mut Work<'_>,
    call: &Call,
    id: &str,
    address: &str,
) -> Result<Answer, Failure> {
    let mut integration = found(work.state, id)?.clone();
    let mut fields = body(call)?;
    fields.remove("installationId");
    check(&fields)?;
    if fields.is_empty() {
        integration.resync_requested = Some(work.at);
    }
    integration.fields.extend(fields);
    integration.updated_at = work.at;
    work.put_integration(id, integration.clone());
    Ok(answer(200, id, &integration, address))
}

/// Replaces the config.
pub(super) fn patch_config(
    work: &mut Work<'_>,
    call: &Call,
    id: &str,
    address: &str,
) -> Result<Answer, Failure> {
    let mut integration = found(work.state, id)?.clone();
    let fields = body(call)?;
    if fields.keys().any(|key| key != "config") {
        return Err(Failure::invalid("body must NOT have additional properties"));
    }
    check(&fields)?;
    integration.fields.extend(fields);
    integration.updated_at = work.at;
    work.put_integration(id, integration.clone());
    Ok(answer(200, id, &integration, address))
}

/// Removes an integration; the entities that it sent stay.
pub(super) fn delete(work: &mut Work<'_>, id: &str) -> Result<Answer, Failure> {
    match work.remove_integration(id) {
        true => Ok(Answer::new(200, json!({"ok": true}))),
        false => Err(Failure::not_found("Integration", id)),
    }
}

/// When a resync was last asked for.
pub(super) fn resync(state: &State, id: &str) -> Result<Answer, Failure> {
    let at = found(state, id)?.resync_requested;
    let request = at.map(|at| json!({"updatedAt": moment::written(at)}));
    Ok(Answer::new(200, json!({"ok": true, "request": request})))
}

/// The objects that the exporter showed, by kind.
pub(super) fn kinds(state: &State, id: &str) -> Result<Answer, Failure> {
    let kinds = found(state, id)?.examples.iter();
    let data: Map<String, Value> = kinds
        .map(|(kind, objects)| {
            let examples = objects.iter().enumerate();
            let examples: Vec<Value> = examples
                .map(|(index, data)| json!({"_id": format!("{index:024x}"), "data": data}))
                .collect();
            (kind.clone(), json!({"examples": examples}))
        })
        .collect();
    Ok(Answer::new(200, json!({"ok": true, "data": data})))
}

/// Keeps some objects of a kind. believed: that this does not move `updatedAt`; else
/// the exporter, which sends them in each sync, would never be done.
pub(super) fn put_examples(
    work: &mut Work<'_>,
    call: &Call,
    (id, kind): (&str, &str),
    address: &str,
) -> Result<Answer, Failure> {
    let mut integration = found(work.state, id)?.clone();
    let mut fields = body(call)?;
    let Some(Value::Array(objects)) = fields.remove("examples") else {
        return Err(Failure::invalid("body/examples must be array"));
    };
    let kept = objects.into_iter().take(EXAMPLES).collect();
    integration.examples.insert(kind.to_owned(), kept);
    work.put_integration(id, integration.clone());
    Ok(answer(200, id, &integration, address))
}

/// A page of what the exporter logged, the newest first.
pub(super) fn logs(state: &State, call: &Call, id: &str) -> Result<Answer, Failure> {
    let integration = found(state, id)?;
    let levels: Vec<String> = call.parameters("level").collect();
    let limit = match call.parameter("limit") {
        None => LOG_PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| *limit <= LOG_PAGE_MOST)
            .ok_or_else(|| Failure::invalid("querystring/limit must be <= 300"))?,
    };
    let from = call.parameter("timestamp");
    let is_later = call.parameter("direction").as_deref() == Some("up");
    let text = |log: &Value, key: &str| log.get(key).and_then(Value::as_str).map(str::to_owned);
    let wanted = |log: &&Value| {
        let level = text(log, "level").is_some_and(|level| levels.contains(&level));
        let at = text(log, "timestamp");
        let on_its_side = from.is_none() || if is_later { at > from } else { at < from };
        (levels.is_empty() || level) && on_its_side
    };
    let logs: Vec<&Value> = integration
        .logs
        .iter()
        .rev()
        .filter(wanted)
        .take(limit)
        .collect();
    Ok(Answer::new(200, json!({"ok": true, "auditLogs": logs})))
}

/// Takes what the exporter logs, at the address that its integration names.
pub(super) fn ingest_logs(work: &mut Work<'_>, call: &Call, id: &str) -> Result<Answer, Failure> {
    let mut integration = found(work.state, id)?.clone();
    let mut fields = body(call)?;
    let Some(Value::Array(logs)) = fields.remove("logs") else {
        return Err(Failure::invalid("body/logs must be array"));
    };
    integration.logs.extend(logs);
    while integration.logs.len() > LOGS {
        integration.logs.pop_front();
    }
    work.put_integration(id, integration);
    Ok(Answer::new(200, json!({"ok": true})))
}

fn found<'s>(state: &'s State, id: &str) -> Result<&'s StoredIntegration, Failure> {
    let integration = state.integrations.get(id);
    integration.ok_or_else(|| Failure::not_found("Integration", id))
}

fn body(call: &Call) -> Result<Map<String, Value>, Failure> {
    match &call.body {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(fields)) => Ok(fields.clone()),
        Some(_) => Err(Failure::invalid("body must be object")),
    }
}

fn answer(status: u16, id: &str, integration: &StoredIntegration, address: &str) -> Answer {
    let integration = shown(id, integration, address);
    Answer::new(status, json!({"ok": true, "integration": integration}))
}

fn shown(id: &str, integration: &StoredIntegration, address: &str) -> Value {
    let StoredIntegration {
        fields,
        created_at,
        updated_at,
        resync_requested: _,
        examples: _,
        logs: _,
    } = integration;
    let own = json!({
        "identifier": id,
        "installationId": id,
        "config": fields.get("config").unwrap_or(&Value::Null),
        "createdAt": moment::written(*created_at),
        "updatedAt": moment::written(*updated_at),
        "logAttributes": {
            "ingestUrl": format!("{address}/logs/integration/{id}"), "ingestId": id,
        },
        "resyncState": {},
    });
    let mut shown = fields.clone();
    shown.extend(own.as_object().cloned().unwrap_or_default());
    Value::Object(shown)
}

/// Holds what was sent against the schema of Port's OpenAPI document: only that
/// what is required of a config is there. No jq is looked at.
fn check(fields: &Map<String, Value>) -> Result<(), Failure> {
    for (key, is_right, what) in [
        ("title", is_text_or_null as fn(&Value) -> bool, "string"),
        ("version", Value::is_string, "string"),
        ("installationAppType", Value::is_string, "string"),
        ("config", is_config, "object"),
    ] {
        if fields.get(key).is_some_and(|value| !is_right(value)) {
            return Err(Failure::invalid(format!("body/{key} must be {what}")));
        }
    }
    let resources = fields
        .get("config")
        .and_then(|config| config.get("resources"));
    match resources {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(resources)) => {
            let mut resources = resources.iter().enumerate();
            resources.try_for_each(|(index, resource)| check_resource(index, resource))
        }
        Some(_) => Err(Failure::invalid("body/config/resources must be array")),
    }
}

fn check_resource(index: usize, resource: &Value) -> Result<(), Failure> {
    let missing = |at: &str, name: &str| {
        let place = format!("body/config/resources/{index}{at}");
        Failure::invalid(format!("{place} must have required property '{name}'"))
    };
    for name in ["kind", "selector"] {
        resource.get(name).ok_or_else(|| missing("", name))?;
    }
    // A catalog speaks one dialect; this one takes either.
    let keys = Dialect::ALL.map(Dialect::mapping_key);
    let key = keys.into_iter().find(|key| resource.get(*key).is_some());
    let key = key.ok_or_else(|| missing("", "port"))?;
    let entity = resource[key].get("entity");
    let entity = entity.ok_or_else(|| missing(&format!("/{key}"), "entity"))?;
    let at = format!("/{key}/entity");
    let mappings = entity.get("mappings");
    let mappings = mappings.ok_or_else(|| missing(&at, "mappings"))?;
    let at = format!("{at}/mappings");
    let listed = mappings
        .as_array()
        .map_or(std::slice::from_ref(mappings), Vec::as_slice);
    for mapping in listed {
        for name in ["identifier", "blueprint"] {
            mapping.get(name).ok_or_else(|| missing(&at, name))?;
        }
    }
    Ok(())
}

fn is_text_or_null(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

fn is_config(value: &Value) -> bool {
    value.is_object() || value.is_null()
}
