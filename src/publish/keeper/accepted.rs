//! What of each fragment is in the mapping: all that the keeper knows of the past.
//!
//! Written as JSON, in parts that each fit an object of the cluster. Invariant: what
//! was written reads as the same; what does not read is an error and never nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::owner::Owner;
use super::sighting::MapKey;
use crate::exporter::{Fragment, FragmentError};

const VERSION: u64 = 1;

/// What was taken of one ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Whose it is, as was proven then.
    pub owner: Owner,
    /// The owner's AppProject.
    pub project: Option<String>,
    /// The names.
    pub fragment: Arc<Fragment>,
}

/// Of all.
pub(crate) type AcceptedSet = BTreeMap<MapKey, Accepted>;

/// Why a text is not what was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcceptedError {
    /// No JSON.
    #[error("is no JSON")]
    Json(#[from] serde_json::Error),
    /// Of another version of this program.
    #[error("has another version than {VERSION}; it was written by a newer glint-gitops")]
    Version,
    /// A field is missing or of another type.
    #[error("is not as this program writes it, at fragments[{0}]")]
    Field(usize),
    /// A fragment does not read.
    #[error("does not read at fragments[{index}]: {source}")]
    Fragment {
        /// Which.
        index: usize,
        /// Why.
        source: FragmentError,
    },
}

/// Everything, in texts of at most `limit` bytes each if every single fragment is
/// shorter by 1 KiB. There is always one text.
pub(crate) fn to_parts(accepted: &AcceptedSet, limit: usize) -> Vec<String> {
    let rows = accepted
        .iter()
        .map(|(key, accepted)| row(key, accepted).to_string());
    let mut parts = vec![String::new()];
    for row in rows {
        let last = parts.last().map_or(0, String::len);
        // The comma, and what stands around all rows.
        if last > 0 && last + row.len() + 64 > limit {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            if !part.is_empty() {
                part.push(',');
            }
            part.push_str(&row);
        }
    }
    let whole = parts
        .iter()
        .map(|rows| format!(r#"{{"version":{VERSION},"fragments":[{rows}]}}"#));
    whole.collect()
}

/// Reads one of the texts.
pub(crate) fn of_part(text: &str) -> Result<AcceptedSet, AcceptedError> {
    let value: Value = serde_json::from_str(text)?;
    if value["version"] != VERSION {
        return Err(AcceptedError::Version);
    }
    let rows = value["fragments"]
        .as_array()
        .ok_or(AcceptedError::Field(0))?;
    let rows = rows
        .iter()
        .enumerate()
        .map(|(index, row)| of_row(index, row));
    rows.collect()
}

fn row(key: &MapKey, accepted: &Accepted) -> Value {
    let Accepted {
        owner,
        project,
        fragment,
    } = accepted;
    json!({
        "configMap": key.to_string(),
        "owner": owner.to_string(),
        "project": project,
        "fragment": fragment.to_json(),
    })
}

fn of_row(index: usize, row: &Value) -> Result<(MapKey, Accepted), AcceptedError> {
    let text = |field: &str| row[field].as_str().ok_or(AcceptedError::Field(index));
    let key = MapKey::parse(text("configMap")?).ok_or(AcceptedError::Field(index))?;
    let owner = Owner::parse(text("owner")?).ok_or(AcceptedError::Field(index))?;
    let fragment = Fragment::parse(text("fragment")?);
    let accepted = Accepted {
        owner,
        project: row["project"].as_str().map(str::to_owned),
        fragment: Arc::new(fragment.map_err(|source| AcceptedError::Fragment { index, source })?),
    };
    Ok((key, accepted))
}
