//! Asking the owners of ConfigMaps whether they are theirs.
//!
//! Only owners that the policy takes are asked, so that nobody makes the controller
//! read what he likes.

use serde_json::Value;

use super::resource_of;
use crate::cluster::{Cluster, ClusterError};
use crate::publish::keeper::{Evidence, Owner, Question};

/// How many questions are under way at a time.
pub(super) const AT_ONCE: usize = 8;

/// A question, and what its owners say, in its order; none for one that can't be read.
pub(super) type Answered = (Question, Vec<Option<Evidence>>);

/// Asks the owners of a question.
pub(super) async fn answered(cluster: Cluster, question: Question) -> Answered {
    let mut said = Vec::new();
    for owner in &question.owners {
        said.push(match read(&cluster, owner).await {
            Ok(object) => Some(Evidence::of(owner, object.as_ref(), &question.key)),
            Err(error) => {
                let key = &question.key;
                tracing::warn!("whether ConfigMap {key} is of {owner} can't be told: {error}");
                None
            }
        });
    }
    (question, said)
}

async fn read(cluster: &Cluster, owner: &Owner) -> Result<Option<Value>, ClusterError> {
    let Owner {
        kind,
        namespace,
        name,
    } = owner;
    cluster
        .get(&resource_of(*kind), Some(namespace), name)
        .await
}
