//! An object that is gone: its entities are deleted if they are the exporter's own.
//!
//! After `objectHandler` in pkg/k8s/controller.go and `CheckIfOwnEntity` in
//! pkg/port/entity/entity.go of port-k8s-exporter v0.7.9.

use serde_json::{Value, json};

use super::client::{Ask, Client, in_path, is_ok};
use super::controller::{Context, Crash};
use super::evaluate::{Blocks, Made};
use super::{DATASOURCE, DATASOURCE_AUTO, INCLUDE};
use crate::catalog::Identity;
use crate::exporter::Request;

/// Deleting, by one client.
pub(super) struct Deletion<'c> {
    pub(super) client: &'c mut Client,
    /// Whether what relates to an entity goes with it.
    pub(super) dependents: bool,
}

impl Deletion<'_> {
    /// Deletes the entities that an object would be mapped to now, whoever else maps
    /// to them.
    pub(super) fn of_object(
        mut self,
        object: &Value,
        blocks: &Blocks,
        context: &mut Context<'_, '_>,
    ) -> Result<(), Crash> {
        let made = blocks.make(context.evaluate, &[object]);
        for made in made.into_iter().flatten() {
            match made {
                Made::Entities(entities) => {
                    let named = entities.iter().filter(|it| it.identifier.is_string());
                    named.for_each(|entity| self.of_own(entity, context));
                }
                Made::Failed(why) => context.said.note(format!(
                    "an object is gone, and its entities stay, since they can't be told: {why}"
                )),
                Made::Crash(why) => return Err(Crash(why)),
            }
        }
        Ok(())
    }

    fn of_own(&mut self, entity: &Request, context: &mut Context<'_, '_>) {
        let mut is_own = false;
        for datasource in [DATASOURCE, DATASOURCE_AUTO] {
            let ask = search(entity, datasource, &context.wire.installation.state_key);
            match self.client.send(context.wire, &ask) {
                Some(answer) if is_ok(&answer) => {
                    let entities = answer.body["entities"].as_array();
                    is_own |= entities.is_some_and(|entities| !entities.is_empty());
                }
                Some(_) | None => return,
            }
        }
        let identity = entity.identity();
        match is_own {
            true => self.of_entity(&identity, context),
            false => context
                .said
                .note(format!("{identity} is not the exporter's own, and stays")),
        }
    }

    /// Deletes an entity, and says whether that went well.
    pub(super) fn of_entity(&mut self, identity: &Identity, context: &mut Context<'_, '_>) {
        let ask = deletion(identity, self.dependents);
        let why = match self.client.send(context.wire, &ask) {
            Some(answer) if is_ok(&answer) => return context.said.deleted(identity),
            Some(answer) => {
                let message = answer.body["message"].as_str().unwrap_or("no message");
                format!("{} {message}", answer.status)
            }
            None => "the API gives no token".to_owned(),
        };
        let note = format!("{identity} can't be deleted: {why}");
        context.said.note(note);
    }
}

fn search(entity: &Request, datasource: &str, state_key: &str) -> Ask {
    let rule = |property: &str, operator: &str, value: &str| json!({"property": property, "operator": operator, "value": value});
    let identifier = entity.identifier.as_str().unwrap_or_default();
    let body = json!({
        "rules": [
            rule("$datasource", "contains", datasource),
            rule("$identifier", "=", identifier),
            rule("$datasource", "contains", &format!("(statekey/{state_key})")),
            rule("$blueprint", "=", &entity.blueprint),
        ],
        "combinator": "and",
    });
    Ask::post("/v1/entities/search", body).with(INCLUDE)
}

fn deletion(identity: &Identity, dependents: bool) -> Ask {
    let Identity {
        blueprint,
        identifier,
    } = identity;
    let path = format!(
        "/v1/blueprints/{}/entities/{}",
        in_path(blueprint),
        in_path(identifier)
    );
    Ask::delete(path).with(format!("delete_dependents={dependents}"))
}
