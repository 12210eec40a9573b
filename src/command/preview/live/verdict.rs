//! What the catalog itself says of what is sent: each entity is validated there,
//! and written nowhere.
//!
//! An entity may relate to one that is created along with it and that nobody can
//! validate against yet; then it is asked for without that relation.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::catalog::{Blueprint, Identity};
use crate::catalog_api::{Client, EntityError, Upsert};
use crate::diff::{Catalog, Content, Declared, Side};

/// The API's code for a required relation that is not sent.
const REQUIRED_RELATION: &str = "required_relation";
/// The most characters of what the API says.
const REASON: usize = 300;

/// An entity that the catalog does not take.
pub(super) struct Rejection {
    /// Which one.
    pub identity: Identity,
    /// The API's own status, code and sentence.
    pub reason: String,
}

/// Asks for every entity, in the order of their identities.
pub(super) async fn rejections(
    client: &Client,
    sent: &Side,
    catalog: &Catalog,
    creates_related: bool,
) -> anyhow::Result<Vec<Rejection>> {
    let asking = Asking {
        client,
        how: Upsert {
            merge: true,
            validation_only: true,
            create_missing_related: creates_related,
            run_id: None,
        },
    };
    let is_known = |entity: &&Declared| catalog.blueprint(&entity.identity).is_some();
    let (known, strange): (Vec<&Declared>, Vec<&Declared>) = sent.entities().partition(is_known);
    let asked = known
        .into_iter()
        .filter_map(|entity| Some((entity, body(entity)?)));
    let refused = asking.refused(asked.collect()).await?;
    let new = new(sent, catalog);
    let mut again = Vec::new();
    let mut rejections = Vec::new();
    for Refused {
        asked: (entity, body),
        error,
    } in refused
    {
        let blueprint = catalog.blueprint(&entity.identity);
        match without_new(&body, &new, blueprint).filter(|_| error.status == 404) {
            Some(without) => again.push((entity, without)),
            None => rejections.push(rejection(entity, &error)),
        }
    }
    let refused = asking.refused(again).await?;
    // What was left out of a body is not missing when it is really sent.
    let refused = refused
        .iter()
        .filter(|it| it.error.code != REQUIRED_RELATION);
    rejections.extend(refused.map(|it| rejection(it.asked.0, &it.error)));
    rejections.extend(strange.into_iter().map(|entity| Rejection {
        identity: entity.identity.clone(),
        reason: "it has no such blueprint".to_owned(),
    }));
    rejections.sort_by(|left, right| left.identity.cmp(&right.identity));
    Ok(rejections)
}

/// What is asked for.
type Asked<'a> = (&'a Declared, Value);

/// What the catalog does not take, and why.
struct Refused<'a> {
    asked: Asked<'a>,
    error: EntityError,
}

/// Whom is asked, and how: without a trace.
struct Asking<'a> {
    client: &'a Client,
    how: Upsert,
}

impl Asking<'_> {
    /// What is not taken.
    ///
    /// # Errors
    /// Where the catalog can't tell now, or this client may not ask.
    async fn refused<'a>(&self, asked: Vec<Asked<'a>>) -> anyhow::Result<Vec<Refused<'a>>> {
        let requests = asked.iter().map(|(entity, body)| {
            let blueprint = entity.identity.blueprint.clone();
            (blueprint, body.clone())
        });
        let verdicts = self.client.upsert_all(requests.collect(), self.how.clone());
        let mut refused = Vec::new();
        for (asked, verdict) in asked.into_iter().zip(verdicts.await?) {
            match verdict {
                Err(error) if !error.is_verdict() => return Err(error.into()),
                Err(error) => refused.push(Refused { asked, error }),
                Ok(_) => {}
            }
        }
        Ok(refused)
    }
}

/// What the exporter sends of an entity, all its requests together.
fn body(entity: &Declared) -> Option<Value> {
    let Content::Body(body) = &entity.content else {
        return None;
    };
    let Identity {
        blueprint,
        identifier,
    } = &entity.identity;
    let search = entity.identity.is_search();
    let search = search
        .then(|| serde_json::from_str(identifier).ok())
        .flatten();
    let mut body = body.to_json();
    body["blueprint"] = blueprint.as_str().into();
    body["identifier"] = search.unwrap_or_else(|| identifier.as_str().into());
    Some(body)
}

/// What is sent and not there yet.
fn new<'a>(sent: &'a Side, catalog: &Catalog) -> BTreeSet<&'a Identity> {
    let identities = sent.entities().map(|entity| &entity.identity);
    identities
        .filter(|identity| !catalog.records.contains_key(identity))
        .collect()
}

/// A body without its relations to what is new; `None` where it has none.
fn without_new(
    body: &Value,
    new: &BTreeSet<&Identity>,
    blueprint: Option<&Blueprint>,
) -> Option<Value> {
    let relations = body.get("relations")?.as_object()?;
    let blueprint = blueprint?;
    let mut kept = Map::new();
    for (name, value) in relations {
        let target = &blueprint.relations.get(name)?.target;
        let is_new = |it: &Value| {
            let identifier = it.as_str().map(str::to_owned);
            identifier.is_some_and(|identifier| {
                let blueprint = target.clone();
                new.contains(&Identity {
                    blueprint,
                    identifier,
                })
            })
        };
        match value {
            Value::Array(items) => {
                let items = items.iter().filter(|it| !is_new(it)).cloned();
                kept.insert(name.clone(), items.collect());
            }
            one if is_new(one) => {}
            one => drop(kept.insert(name.clone(), one.clone())),
        }
    }
    let mut without = body.clone();
    let is_less = kept != *relations;
    without["relations"] = Value::Object(kept);
    is_less.then_some(without)
}

fn rejection(entity: &Declared, error: &EntityError) -> Rejection {
    let EntityError {
        identifier: _,
        status,
        code,
        message,
    } = error;
    let short: String = message.chars().take(REASON).collect();
    Rejection {
        identity: entity.identity.clone(),
        reason: format!("{status} {code}: {short}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::without_new;
    use crate::catalog::{Blueprints, Identity};

    const BLUEPRINT: &str = "
identifier: service
relations: {team: {target: team}, uses: {target: service, many: true}}
";

    #[track_caller]
    fn check(relations: Value, new: &[(&str, &str)], expected: Option<Value>) {
        let blueprints = Blueprints::parse(BLUEPRINT.as_bytes()).unwrap();
        let new: Vec<Identity> = new
            .iter()
            .map(|(blueprint, identifier)| Identity {
                blueprint: (*blueprint).to_owned(),
                identifier: (*identifier).to_owned(),
            })
            .collect();
        let body = json!({"identifier": "web", "relations": relations});
        let without = without_new(&body, &BTreeSet::from_iter(&new), blueprints.get("service"));
        assert_eq!(without.map(|body| body["relations"].clone()), expected);
    }

    #[test]
    fn relations_to_what_is_created_along_are_left_out() {
        let relations = json!({"team": "a", "uses": ["pay", "old"]});
        check(
            relations.clone(),
            &[("team", "a"), ("service", "pay")],
            Some(json!({"uses": ["old"]})),
        );
        check(
            relations.clone(),
            &[("service", "a"), ("team", "pay")],
            None,
        );
        check(relations, &[], None);
        check(json!({"unknown": "a"}), &[("team", "a")], None);
    }
}
