//! The state as bytes, and back.
//!
//! Not for files (`data`). Tokens, calls and the count of the rate limit are not
//! kept. Invariant: a state that was read is the one that was written.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::moment;
use super::state::{State, Stored, StoredIntegration};
use crate::catalog::{Blueprint, Record};

/// What the first field of such a file says.
const FORMAT: &str = "glint-gitops sandbox 1";

/// Why bytes are no state: a sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// No JSON, or of another shape.
    #[error("it is not the JSON of a sandbox's data")]
    Shape(#[from] serde_json::Error),
    /// Of another version of this program.
    #[error("its format is `{0}`, not `{FORMAT}`")]
    Format(String),
    /// Something in it can't be what it is said to be.
    #[error("{0}")]
    Content(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    format: String,
    revision: u64,
    last_write: Option<String>,
    blueprints: Vec<Value>,
    entities: Vec<Entity>,
    integrations: BTreeMap<String, Integration>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entity {
    record: Value,
    datasource: String,
    created_at: String,
    updated_at: String,
    updated_by: String,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Integration {
    fields: Map<String, Value>,
    created_at: String,
    updated_at: String,
    resync_requested: Option<String>,
    examples: BTreeMap<String, Vec<Value>>,
    logs: VecDeque<Value>,
}

impl State {
    /// The bytes of a state.
    pub(super) fn to_snapshot(&self) -> Vec<u8> {
        let Self {
            blueprints,
            entities,
            integrations,
            calls: _,
            calls_total: _,
            revision,
            types: _,
            last_write,
            session: _,
        } = self;
        let snapshot = Snapshot {
            format: FORMAT.to_owned(),
            revision: *revision,
            last_write: last_write.map(moment::written),
            blueprints: blueprints.values().cloned().collect(),
            entities: entities.values().map(Entity::of).collect(),
            integrations: integrations
                .iter()
                .map(|(id, it)| (id.clone(), Integration::of(it)))
                .collect(),
        };
        serde_json::to_vec(&snapshot).expect("it has no maps but those with text keys")
    }

    /// Reads the state that bytes hold.
    ///
    /// # Errors
    /// Bytes that are none.
    pub(crate) fn of_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let Snapshot {
            format,
            revision,
            last_write,
            blueprints,
            entities,
            integrations,
        } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            return Err(SnapshotError::Format(format));
        }
        let mut state = Self {
            revision,
            last_write: last_write.as_deref().map(moment_of).transpose()?,
            ..Self::default()
        };
        for value in blueprints {
            let blueprint = Blueprint::parse(&value);
            let blueprint = blueprint.map_err(|why| SnapshotError::Content(why.to_string()))?;
            let identifier = blueprint.identifier.to_string();
            state.types.insert(identifier.clone(), Arc::new(blueprint));
            state.blueprints.insert(identifier, value);
        }
        for entity in entities {
            let stored = entity.stored()?;
            state
                .entities
                .insert(stored.record.identity.clone(), stored);
        }
        for (id, integration) in integrations {
            state.integrations.insert(id, integration.stored()?);
        }
        Ok(state)
    }
}

impl Entity {
    fn of(stored: &Stored) -> Self {
        let Stored {
            record,
            datasource,
            created_at,
            updated_at,
            updated_by,
            revision,
        } = stored;
        Self {
            record: record.to_json(),
            datasource: datasource.clone(),
            created_at: moment::written(*created_at),
            updated_at: moment::written(*updated_at),
            updated_by: updated_by.clone(),
            revision: *revision,
        }
    }

    fn stored(self) -> Result<Stored, SnapshotError> {
        let Self {
            record,
            datasource,
            created_at,
            updated_at,
            updated_by,
            revision,
        } = self;
        let record = Record::parse(record);
        let record =
            record.ok_or_else(|| SnapshotError::Content("an entity is none".to_owned()))?;
        Ok(Stored {
            record,
            datasource,
            created_at: moment_of(&created_at)?,
            updated_at: moment_of(&updated_at)?,
            updated_by,
            revision,
        })
    }
}

impl Integration {
    fn of(stored: &StoredIntegration) -> Self {
        let StoredIntegration {
            fields,
            created_at,
            updated_at,
            resync_requested,
            examples,
            logs,
        } = stored;
        Self {
            fields: fields.clone(),
            created_at: moment::written(*created_at),
            updated_at: moment::written(*updated_at),
            resync_requested: resync_requested.map(moment::written),
            examples: examples.clone(),
            logs: logs.clone(),
        }
    }

    fn stored(self) -> Result<StoredIntegration, SnapshotError> {
        let Self {
            fields,
            created_at,
            updated_at,
            resync_requested,
            examples,
            logs,
        } = self;
        Ok(StoredIntegration {
            fields,
            created_at: moment_of(&created_at)?,
            updated_at: moment_of(&updated_at)?,
            resync_requested: resync_requested.as_deref().map(moment_of).transpose()?,
            examples,
            logs,
        })
    }
}

fn moment_of(text: &str) -> Result<SystemTime, SnapshotError> {
    let moment = moment::read(text);
    moment.ok_or_else(|| SnapshotError::Content(format!("`{text}` is no moment")))
}
