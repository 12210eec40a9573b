//! The accepted fragments in the cluster: the controller's only state.
//!
//! One ConfigMap; where it would grow too large, it names others that hold the parts.
//! Parts are written first, into those that are not in use, so that whatever ends the
//! process, the one ConfigMap names what is whole. Invariants: nobody else's write is
//! lost; what can't be read whole is an error and never nothing.

use serde_json::{Value, json};

use super::config_maps;
use crate::cluster::{Cluster, ClusterError};
use crate::lock::Digest;
use crate::publish::keeper::{AcceptedError, AcceptedSet, of_part, to_parts};

/// The ConfigMap's name.
pub(crate) const ACCEPTED: &str = "glint-gitops-accepted";

/// Those of the parts, twice as many as are in use at a time.
pub(crate) const PARTS: [[&str; 4]; 2] = [
    [
        "glint-gitops-accepted-a0",
        "glint-gitops-accepted-a1",
        "glint-gitops-accepted-a2",
        "glint-gitops-accepted-a3",
    ],
    [
        "glint-gitops-accepted-b0",
        "glint-gitops-accepted-b1",
        "glint-gitops-accepted-b2",
        "glint-gitops-accepted-b3",
    ],
];

/// How many bytes of text one ConfigMap holds at most; Kubernetes takes 1 MiB of all.
const LIMIT: usize = 900 << 10;

const TEXT: &str = "accepted.json";
const INDEX: &str = "parts.json";

/// Why the state can't be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// The API server refuses, or does not answer.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// What is there is not what was written.
    #[error(
        "ConfigMap `{name}` {source}; restore it, or delete `{ACCEPTED}` to begin anew from what is in the cluster"
    )]
    Broken {
        /// Which ConfigMap.
        name: String,
        /// What is wrong with it.
        source: AcceptedError,
    },
    /// A part is missing, or of another time.
    #[error(
        "ConfigMap `{name}` is not the part that `{ACCEPTED}` names; restore it, or delete `{ACCEPTED}` to begin anew from what is in the cluster"
    )]
    Torn {
        /// Which ConfigMap.
        name: String,
    },
    /// Somebody else has written meanwhile.
    #[error("ConfigMap `{ACCEPTED}` was written by someone else meanwhile")]
    Conflict,
    /// More than the parts hold.
    #[error("the accepted fragments need {parts} ConfigMaps, more than the {} there may be", PARTS[0].len())]
    Full {
        /// How many they need.
        parts: usize,
    },
}

/// Where it lies, and what is known of it.
#[derive(Debug)]
pub(super) struct State {
    cluster: Cluster,
    namespace: String,
    manager: &'static str,
    /// The resource version; none where there is no such ConfigMap.
    version: Option<String>,
    /// What it holds.
    data: Value,
    /// Which parts are in use.
    in_use: Option<usize>,
}

impl State {
    /// Reads it; nothing is accepted where there is none.
    ///
    /// # Errors
    /// Where nobody knows what was accepted.
    pub(super) async fn load(
        cluster: Cluster,
        namespace: &str,
        manager: &'static str,
    ) -> Result<(Self, AcceptedSet), StateError> {
        let mut state = Self {
            cluster,
            namespace: namespace.to_owned(),
            manager,
            version: None,
            data: Value::Null,
            in_use: None,
        };
        let Some(object) = state.get(ACCEPTED).await? else {
            return Ok((state, AcceptedSet::new()));
        };
        let version = object["metadata"]["resourceVersion"].as_str();
        state.version = version.map(str::to_owned);
        state.data = object["data"].clone();
        let accepted = match object["data"][INDEX].as_str() {
            None => read(ACCEPTED, object["data"][TEXT].as_str().unwrap_or_default())?,
            Some(index) => state.of_parts(index).await?,
        };
        Ok((state, accepted))
    }

    /// Writes it, if it is not as it was read or written last.
    ///
    /// # Errors
    /// See [`StateError`].
    pub(super) async fn save(&mut self, accepted: &AcceptedSet) -> Result<(), StateError> {
        let texts = to_parts(accepted, LIMIT);
        let (data, in_use) = match texts.as_slice() {
            [text] => (json!({ TEXT: text }), None),
            texts => {
                let next = self.in_use.map_or(0, |it| 1 - it);
                (self.write_parts(texts, next).await?, Some(next))
            }
        };
        if data == self.data {
            return Ok(());
        }
        let mut object = object(&self.namespace, ACCEPTED, &data);
        let written = match &self.version {
            None => self.cluster.create(&config_maps(), &object).await?,
            Some(version) => {
                object["metadata"]["resourceVersion"] = version.as_str().into();
                self.cluster.replace(&config_maps(), &object).await?
            }
        };
        let written = written.ok_or(StateError::Conflict)?;
        let version = written["metadata"]["resourceVersion"].as_str();
        self.version = version.map(str::to_owned).or(self.version.take());
        (self.data, self.in_use) = (data, in_use);
        Ok(())
    }

    /// Writes the parts that are not in use, and says which these are.
    async fn write_parts(&self, texts: &[String], set: usize) -> Result<Value, StateError> {
        let names = PARTS[set];
        if texts.len() > names.len() {
            return Err(StateError::Full { parts: texts.len() });
        }
        let mut index = Vec::new();
        for (name, text) in names.iter().zip(texts) {
            let object = object(&self.namespace, name, &json!({ TEXT: text }));
            self.cluster
                .apply(&config_maps(), &object, self.manager)
                .await?;
            index.push(json!({"name": name, "digest": digest(text)}));
        }
        Ok(json!({ INDEX: Value::from(index).to_string() }))
    }

    async fn of_parts(&mut self, index: &str) -> Result<AcceptedSet, StateError> {
        let broken = |source| StateError::Broken {
            name: ACCEPTED.to_owned(),
            source,
        };
        let index: Value = serde_json::from_str(index).map_err(|it| broken(it.into()))?;
        let mut accepted = AcceptedSet::new();
        for (place, part) in index.as_array().into_iter().flatten().enumerate() {
            let name = part["name"].as_str().unwrap_or_default();
            let set = PARTS.iter().position(|set| set.get(place) == Some(&name));
            self.in_use = Some(set.ok_or_else(|| broken(AcceptedError::Field(place)))?);
            let object = self.get(name).await?;
            let text = object.as_ref().and_then(|it| it["data"][TEXT].as_str());
            let text = text.filter(|text| part["digest"] == digest(text));
            let text = text.ok_or_else(|| StateError::Torn {
                name: name.to_owned(),
            })?;
            accepted.extend(read(name, text)?);
        }
        Ok(accepted)
    }

    async fn get(&self, name: &str) -> Result<Option<Value>, ClusterError> {
        let namespace = Some(self.namespace.as_str());
        self.cluster.get(&config_maps(), namespace, name).await
    }
}

fn object(namespace: &str, name: &str, data: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    })
}

fn read(name: &str, text: &str) -> Result<AcceptedSet, StateError> {
    of_part(text).map_err(|source| StateError::Broken {
        name: name.to_owned(),
        source,
    })
}

fn digest(text: &str) -> String {
    Digest::of(&text.into()).to_string()
}
