//! From what the store and the followed directory hold to what the page shows.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use super::model::{Blueprint, Call, Catalog, Declaration, Entity, Integration};
use crate::catalog::Identity;
use crate::sandbox::following::{self, Following, SharedFollowing};
use crate::sandbox::store::{Logged, State, Store, StoredIntegration, moment_written};

/// Shows what there is now to `show`, while nobody writes.
pub(super) fn look<T>(
    store: &Store,
    following: &SharedFollowing,
    show: impl FnOnce(&Catalog<'_>) -> T,
) -> T {
    let following = following.read().unwrap_or_else(PoisonError::into_inner);
    store.read(|state| show(&catalog(state, &following)))
}

fn catalog<'a>(state: &'a State, following: &'a Following) -> Catalog<'a> {
    let blueprints = state.blueprints.iter();
    let blueprints = blueprints.map(|(id, value)| (id.as_str(), Blueprint { value }));
    let integrations = state.integrations.iter();
    Catalog {
        subject: Some(following.subject.as_str()).filter(|subject| !subject.is_empty()),
        error: following.error.as_deref(),
        findings: &following.findings,
        blueprints: blueprints.collect(),
        entities: entities(state, following),
        integrations: integrations.map(integration).collect(),
        calls: state.calls.iter().rev().map(call).collect(),
    }
}

/// Those that are stored, and those that are declared and are not.
fn entities<'a>(state: &'a State, following: &'a Following) -> Vec<Entity<'a>> {
    let identities = state.entities.keys().chain(following.entities.keys());
    let identities: BTreeSet<&Identity> = identities.collect();
    let entities = identities.into_iter().map(|identity| {
        let stored = state.entities.get(identity);
        Entity {
            identity,
            record: stored.map(|it| &it.record),
            revision: stored.map_or(0, |it| it.revision),
            datasource: stored.map_or("", |it| it.datasource.as_str()),
            declaration: following.entities.get(identity).map(declaration),
        }
    });
    entities.collect()
}

fn declaration(declaration: &following::Declaration) -> Declaration<'_> {
    let following::Declaration {
        application,
        resource,
        location,
        fields,
        delivery,
        reason,
    } = declaration;
    Declaration {
        application: application.as_deref(),
        resource,
        location: location.as_ref(),
        fields,
        delivery: *delivery,
        reason: reason.as_deref(),
    }
}

fn integration<'a>((id, stored): (&'a String, &'a StoredIntegration)) -> Integration<'a> {
    let config = stored.fields.get("config");
    Integration {
        id,
        config: config.filter(|config| !config.is_null()),
    }
}

fn call(logged: &Logged) -> Call<'_> {
    Call {
        at: moment_written(logged.at),
        method: logged.method.as_str(),
        path: &logged.path,
        user_agent: &logged.user_agent,
        status: logged.status,
    }
}
