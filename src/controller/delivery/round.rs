//! One round of looking: objects in, what is sent of them and what the catalog holds
//! out. The questions for its verdict are a round of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::ledger::{Answer, Question, Sought};
use super::mapping::{Evaluate, Made, Mapping};
use crate::catalog::{Identity, Record};
use crate::catalog_api::{ApiError, Client, Integration};
use crate::report::delivery::{Refusal, fields};
use crate::reporter::{Rejection, look, rejections};

/// Why nothing could be found out.
#[derive(Debug, thiserror::Error)]
pub(super) enum RoundError {
    /// The catalog.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The mapping.
    #[error("the mapping of others can't be evaluated: {0}")]
    Evaluate(String),
}

/// What a round found.
#[derive(Debug)]
pub(super) struct Found {
    pub answers: Vec<Answer>,
    pub records: BTreeMap<Identity, Record>,
}

/// Computes what is sent of the objects, and looks for it.
pub(super) async fn find(
    client: Client,
    mapping: Arc<Mapping>,
    evaluate: Arc<dyn Evaluate>,
    sought: Vec<Sought>,
) -> Result<Found, RoundError> {
    let made = tokio::task::spawn_blocking(move || answers(&mapping, &*evaluate, &sought));
    let made = made.await.map_err(|error| error.to_string());
    let answers = made.and_then(|made| made).map_err(RoundError::Evaluate)?;
    let identities: BTreeSet<&Identity> = answers.iter().flat_map(Answer::identities).collect();
    let records = look(&client, &identities).await?;
    Ok(Found { answers, records })
}

fn answers(
    mapping: &Mapping,
    evaluate: &dyn Evaluate,
    sought: &[Sought],
) -> Result<Vec<Answer>, String> {
    let objects = |of: &dyn Fn(&Sought) -> Option<Value>| -> Vec<Value> {
        sought.iter().filter_map(of).collect()
    };
    let now = mapping.make(&objects(&|it| Some(it.object.clone())), evaluate)?;
    let before = objects(&|it| it.before.clone());
    let mut before = mapping.make(&before, evaluate)?.into_iter();
    let answers = sought.iter().zip(now).map(|(sought, made)| {
        let before: Option<Made> = sought.before.as_ref().and_then(|_| before.next());
        sought.made(made, before)
    });
    Ok(answers.collect())
}

/// Asks the API why it does not have entities.
pub(super) async fn ask(
    client: Client,
    creates_missing: bool,
    questions: Vec<Question>,
) -> Result<(Vec<Question>, BTreeMap<Identity, Refusal>), ApiError> {
    let bodies = questions.iter().map(|it| (&it.identity, &it.body));
    let bodies: BTreeMap<&Identity, &Value> = bodies.collect();
    let refused = rejections(&client, &bodies, creates_missing).await?;
    let refused = refused.into_iter().map(|(identity, rejection)| {
        let fields = bodies
            .get(&identity)
            .map(|body| named(&rejection, body))
            .unwrap_or_default();
        let Rejection {
            status,
            code,
            message: _,
        } = rejection;
        let refusal = Refusal {
            status,
            code,
            fields,
        };
        (identity, refusal)
    });
    let refused = refused.collect();
    Ok((questions, refused))
}

/// The fields of a body that the API's sentence names. Of the sentence itself nothing
/// is told: it quotes values.
fn named(rejection: &Rejection, body: &Value) -> Vec<String> {
    let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '='));
    let words: BTreeSet<&str> = rejection.message.split(is_end).collect();
    let own = ["title", "icon", "team", "identifier"].map(str::to_owned);
    let own = own.into_iter().filter(|name| body.get(name).is_some());
    let all = fields(body).into_iter().chain(own);
    let is_named = |field: &String| {
        let name = field.rsplit_once('.').map_or(field.as_str(), |it| it.1);
        words.contains(name)
    };
    all.filter(is_named).collect()
}

/// Reads the integration; nothing where none is named.
pub(super) async fn integration(
    client: Client,
    id: Option<String>,
) -> Result<Option<Integration>, ApiError> {
    match id {
        Some(id) => client.integration(&id).await,
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::named;
    use crate::reporter::Rejection;

    #[test]
    fn of_what_the_api_says_the_names_of_fields_are_told() {
        let body = json!({
            "identifier": "pay", "blueprint": "service", "team": "payments",
            "properties": {"tier": "s3cret", "slo": 1},
            "relations": {"system": "shop"},
        });
        let told = |message: &str| {
            named(
                &Rejection {
                    status: 422,
                    code: "invalid_request".to_owned(),
                    message: message.to_owned(),
                },
                &body,
            )
        };
        assert_eq!(
            told("\"/properties/tier\" is \"s3cret\" and must be number"),
            ["properties.tier"]
        );
        assert_eq!(
            told("relation `system` and team"),
            ["relations.system", "team"]
        );
        assert_eq!(told("something of tiers"), [""; 0]);
    }
}
