//! The file that a push leaves behind before it changes anything: what there was,
//! whole, and how far the push has come.
//!
//! One JSON document. Not for reading and writing files (`command`). What the
//! journal says is a hint: a process can be ended between a change and the note of
//! it, so what is true is found by comparing the live config ([`Backup::stand`]).
//! Invariant: what is written reads as the same backup; entities are kept as the
//! catalog answered them.

use serde_json::{Map, Value, json};

use crate::catalog::{Dialect, Identity, Record};
use crate::lock::canonical;

const VERSION: u64 = 1;

/// A backup.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Backup {
    /// The address of the catalog's API. An integration's name is one per catalog.
    pub api: String,
    /// The exporter's state key.
    pub installation: String,
    /// Whose exporter.
    pub dialect: Dialect,
    /// When, as RFC 3339.
    pub taken_at: String,
    /// The integration, as the catalog answered it.
    pub integration: Value,
    /// The config that was there; none for null.
    pub before: Option<Value>,
    /// The config of the push.
    pub after: Value,
    /// What the exporter owned.
    pub owned: Vec<Identity>,
    /// What the push may delete.
    pub deleted: Vec<Identity>,
    /// Those of them of which it can't be known without their objects.
    pub uncertain: Vec<Identity>,
    /// What the push is known to create.
    pub created: Vec<Identity>,
    /// The entities that may go.
    pub at_stake: Vec<Record>,
    /// Those that point to one of them.
    pub relating: Vec<Record>,
    /// How far it has come.
    pub phase: Phase,
}

/// How far a push has come, as far as its process could note it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Nothing is written to the catalog.
    BackedUp,
    /// The catalog has taken the config.
    Patched,
    /// Its outcome is known.
    Confirmed,
    /// It ended before it wrote anything.
    Abandoned,
}

/// Which config is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// The one from before the push.
    Before,
    /// The pushed one.
    After,
    /// Neither: someone else has changed it.
    Other,
}

/// What became of an earlier push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It was ended before it wrote anything.
    Nothing,
    /// Its config is live, and nobody saw what came of it.
    Unseen,
    /// Someone else has changed the config since, and whether its own was ever live
    /// can't be told.
    Unknown,
    /// Its config was live, and the one from before is back.
    Reverted,
}

/// Why a text is no backup.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BackupError {
    /// No JSON document.
    #[error("is no JSON document: {0}")]
    Json(String),
    /// Of a later program.
    #[error("has version {0}; this program reads version {VERSION}")]
    Version(u64),
    /// A field is missing or of another type.
    #[error("is no backup of `glint-gitops publish`: `{0}` is missing or wrong")]
    Field(&'static str),
}

impl Phase {
    const ALL: [Self; 4] = [
        Self::BackedUp,
        Self::Patched,
        Self::Confirmed,
        Self::Abandoned,
    ];

    /// Its word in the file.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BackedUp => "backed-up",
            Self::Patched => "patched",
            Self::Confirmed => "confirmed",
            Self::Abandoned => "abandoned",
        }
    }
}

impl Backup {
    /// Which config is live. Where both are the same, it is the one from before.
    pub(crate) fn stand(&self, live: Option<&Value>) -> Stand {
        let is = |config: Option<&Value>| config.map(canonical) == live.map(canonical);
        if is(self.before.as_ref()) {
            Stand::Before
        } else if is(Some(&self.after)) {
            Stand::After
        } else {
            Stand::Other
        }
    }

    /// What is to be told of an earlier push once its integration is looked at again;
    /// none where there is nothing to tell.
    pub(crate) fn truth(&self, stand: Stand) -> Option<Truth> {
        match (self.phase, stand) {
            (Phase::BackedUp, Stand::Before) => Some(Truth::Nothing),
            // A catalog may take late what seemed lost.
            (Phase::BackedUp | Phase::Patched | Phase::Abandoned, Stand::After) => {
                Some(Truth::Unseen)
            }
            (Phase::BackedUp | Phase::Patched, Stand::Other) => Some(Truth::Unknown),
            (Phase::Patched | Phase::Confirmed, Stand::Before) => Some(Truth::Reverted),
            (Phase::Confirmed, Stand::After | Stand::Other)
            | (Phase::Abandoned, Stand::Before | Stand::Other) => None,
        }
    }

    /// The file's text.
    pub(crate) fn to_text(&self) -> String {
        let Self {
            api,
            installation,
            dialect,
            taken_at,
            integration,
            before,
            after,
            owned,
            deleted,
            uncertain,
            created,
            at_stake,
            relating,
            phase,
        } = self;
        let identities = |all: &[Identity]| -> Vec<Value> { all.iter().map(identity).collect() };
        let records = |all: &[Record]| -> Vec<Value> { all.iter().map(Record::to_json).collect() };
        let document = json!({
            "version": VERSION,
            "what": "a backup of `glint-gitops publish`; to go back: `glint-gitops publish --rollback FILE`",
            "phase": phase.as_str(),
            "api": api,
            "installation": installation,
            "dialect": dialect.as_str(),
            "takenAt": taken_at,
            "integration": integration,
            "before": before,
            "after": after,
            "owned": identities(owned),
            "deleted": identities(deleted),
            "uncertain": identities(uncertain),
            "created": identities(created),
            "atStake": records(at_stake),
            "relating": records(relating),
        });
        format!("{document:#}\n")
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`BackupError`]: nothing is guessed in a file that a way back hangs on.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, BackupError> {
        let document: Map<String, Value> =
            serde_json::from_slice(text).map_err(|error| BackupError::Json(error.to_string()))?;
        let fields = Fields(&document);
        match fields.get("version")?.as_u64() {
            Some(VERSION) => {}
            Some(version) => return Err(BackupError::Version(version)),
            None => return Err(BackupError::Field("version")),
        }
        let phase = fields.text("phase")?;
        let dialect = fields.text("dialect")?;
        Ok(Self {
            api: fields.text("api")?.to_owned(),
            installation: fields.text("installation")?.to_owned(),
            dialect: Dialect::ALL
                .into_iter()
                .find(|it| it.as_str() == dialect)
                .ok_or(BackupError::Field("dialect"))?,
            taken_at: fields.text("takenAt")?.to_owned(),
            integration: fields.get("integration")?.clone(),
            before: Some(fields.get("before")?.clone()).filter(|it| !it.is_null()),
            after: fields.get("after")?.clone(),
            owned: fields.list("owned", of_identity)?,
            deleted: fields.list("deleted", of_identity)?,
            uncertain: fields.list("uncertain", of_identity)?,
            created: fields.list("created", of_identity)?,
            at_stake: fields.list("atStake", |it| Record::parse(it.clone()))?,
            relating: fields.list("relating", |it| Record::parse(it.clone()))?,
            phase: Phase::ALL
                .into_iter()
                .find(|it| it.as_str() == phase)
                .ok_or(BackupError::Field("phase"))?,
        })
    }
}

fn identity(identity: &Identity) -> Value {
    let Identity {
        blueprint,
        identifier,
    } = identity;
    json!({"blueprint": blueprint, "identifier": identifier})
}

fn of_identity(value: &Value) -> Option<Identity> {
    Some(Identity {
        blueprint: value["blueprint"].as_str()?.to_owned(),
        identifier: value["identifier"].as_str()?.to_owned(),
    })
}

/// A document's fields, each of which must be there.
struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn get(&self, name: &'static str) -> Result<&Value, BackupError> {
        self.0.get(name).ok_or(BackupError::Field(name))
    }

    fn text(&self, name: &'static str) -> Result<&str, BackupError> {
        self.get(name)?.as_str().ok_or(BackupError::Field(name))
    }

    fn list<T>(
        &self,
        name: &'static str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, BackupError> {
        let items = self.get(name)?.as_array().ok_or(BackupError::Field(name))?;
        let read = items.iter().map(read).collect::<Option<Vec<T>>>();
        read.ok_or(BackupError::Field(name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Backup, BackupError, Phase, Stand, Truth};
    use crate::catalog::{Dialect, Identity, Record};

    fn backup() -> Backup {
        let pay = Identity {
            blueprint: "service".to_owned(),
            identifier: "pay".to_owned(),
        };
        let record = json!({"blueprint": "service", "identifier": "pay", "title": "Pay",
            "icon": null, "team": ["a"], "properties": {"tier": 1.5}, "relations": {"r": ["x"]},
            "createdAt": "2026-11-01T00:00:00Z", "$datasource": "port-k8s-exporter/1 (statekey/k)"});
        Backup {
            api: "https://api.port.io".to_owned(),
            installation: "k".to_owned(),
            dialect: Dialect::Port,
            taken_at: "2026-11-20T10:14:02Z".to_owned(),
            integration: json!({"installationId": "k", "unknown": [1]}),
            before: Some(json!({"resources": []})),
            after: json!({"resources": [{}]}),
            owned: vec![pay.clone()],
            deleted: vec![pay.clone()],
            uncertain: vec![pay],
            created: Vec::new(),
            at_stake: Record::parse(record).into_iter().collect(),
            relating: Vec::new(),
            phase: Phase::BackedUp,
        }
    }

    #[test]
    fn a_backup_reads_as_it_was_written() {
        let mut backup = backup();
        assert_eq!(Backup::parse(backup.to_text().as_bytes()).unwrap(), backup);
        backup.before = None;
        backup.phase = Phase::Confirmed;
        assert_eq!(Backup::parse(backup.to_text().as_bytes()).unwrap(), backup);
    }

    #[test]
    fn what_is_no_backup_is_named() {
        #[track_caller]
        fn check(change: impl Fn(&mut serde_json::Value), expected: &str) {
            let mut document = serde_json::from_str(&backup().to_text()).unwrap();
            change(&mut document);
            let error = Backup::parse(document.to_string().as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        check(
            |it| it["version"] = json!(2),
            "has version 2; this program reads version 1",
        );
        check(
            |it| it["atStake"][0] = json!({}),
            "is no backup of `glint-gitops publish`: `atStake` is missing or wrong",
        );
        check(
            |it| drop(it.as_object_mut().unwrap().remove("api")),
            "is no backup of `glint-gitops publish`: `api` is missing or wrong",
        );
        check(
            |it| it["phase"] = json!("done"),
            "is no backup of `glint-gitops publish`: `phase` is missing or wrong",
        );
        assert!(matches!(Backup::parse(b"{"), Err(BackupError::Json(_))));
    }

    #[test]
    fn what_is_told_of_an_earlier_push_follows_from_what_is_live() {
        let mut backup = backup();
        let mut tell = |phase, stand| {
            backup.phase = phase;
            backup.truth(stand)
        };
        assert_eq!(tell(Phase::BackedUp, Stand::Before), Some(Truth::Nothing));
        assert_eq!(tell(Phase::BackedUp, Stand::After), Some(Truth::Unseen));
        assert_eq!(tell(Phase::Patched, Stand::After), Some(Truth::Unseen));
        assert_eq!(tell(Phase::Patched, Stand::Other), Some(Truth::Unknown));
        assert_eq!(tell(Phase::Patched, Stand::Before), Some(Truth::Reverted));
        assert_eq!(tell(Phase::Confirmed, Stand::Before), Some(Truth::Reverted));
        assert_eq!(tell(Phase::Confirmed, Stand::After), None);
        assert_eq!(tell(Phase::Confirmed, Stand::Other), None);
        assert_eq!(tell(Phase::Abandoned, Stand::Before), None);
        assert_eq!(tell(Phase::Abandoned, Stand::After), Some(Truth::Unseen));
    }

    #[test]
    fn the_live_config_tells_how_far_a_push_came() {
        let backup = backup();
        assert_eq!(backup.stand(backup.before.as_ref()), Stand::Before);
        assert_eq!(backup.stand(Some(&backup.after)), Stand::After);
        assert_eq!(backup.stand(None), Stand::Other);
        assert_eq!(backup.stand(Some(&json!({}))), Stand::Other);
    }
}
