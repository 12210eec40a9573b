//! The sandbox's page: what is in the catalog, where it comes from, and what
//! happens to it, for a person with a browser.
//!
//! Rendered here, whole, from what the store and the followed directory hold at
//! that moment; a script of ours asks again whenever something changed. It only
//! reads: all writing is the API's. Values are anybody's, so they are text and
//! never markup (`value`), and the policy in `asset` forbids the rest.
//!
//! Not for the host names that are answered: `rest` refuses all but loopback for
//! the merged router.

mod address;
mod asset;
mod calls;
mod entity;
mod events;
mod frame;
mod listing;
mod look;
mod mapping;
mod model;
mod problems;
mod query;
mod relations;
mod runs;
mod teach;
#[cfg(test)]
mod tests;
mod value;

use axum::Router;
use axum::extract::{Path, Query as Parameters, State};
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use maud::html;
use serde::Deserialize;

use super::following::SharedFollowing;
use super::store::Store;
use crate::catalog::Identity;
use asset::Asset;
use frame::Page;
use model::Catalog;
use query::Query;

/// What the pages are made from.
#[derive(Clone, Debug)]
struct Sources {
    store: Store,
    following: SharedFollowing,
}

/// The routes of the page; none of them is one of the API's.
pub(crate) fn router(store: Store, following: SharedFollowing) -> Router {
    let sources = Sources { store, following };
    let mut router = Router::new()
        .route(address::ENTITIES, get(all))
        .route("/blueprints/{blueprint}", get(of_blueprint))
        .route("/entities/{blueprint}/{id}", get(one))
        .route("/entity", get(one_by_parameters))
        .route(address::GRAPH, get(graph))
        .route(address::RUNS, get(runs))
        .route("/targets/{id}", get(target))
        .route("/target", get(target_by_parameter))
        .route(address::MAPPING, get(mapping))
        .route(address::CALLS, get(calls))
        .route("/events", get(events))
        .with_state(sources);
    for asset in [&asset::STYLE, &asset::SCRIPT, &asset::ICON] {
        let asset: &'static Asset = asset;
        router = router.route(asset.path(), get(async || asset.answer()));
    }
    router.layer(map_response(async |mut response: Response| {
        response.headers_mut().extend(asset::HEADERS);
        response
    }))
}

impl Sources {
    /// A page of what there is now; a page that says so where it is not there.
    fn page(&self, page: impl FnOnce(&Catalog<'_>) -> Option<Page>) -> Response {
        let (status, document) = look::look(&self.store, &self.following, |catalog| {
            let (status, page) = match page(catalog) {
                Some(page) => (StatusCode::OK, page),
                None => (StatusCode::NOT_FOUND, nothing()),
            };
            (status, frame::document(catalog, page))
        });
        let headers = [(header::CACHE_CONTROL, "no-store")];
        (status, headers, Html(document)).into_response()
    }

    fn entity(&self, identity: &Identity, query: &Query) -> Response {
        self.page(|catalog| {
            let index = catalog.find(identity)?;
            Some(entity::page(catalog, index, query))
        })
    }
}

fn nothing() -> Page {
    Page {
        title: "Not there".to_owned(),
        tab: "",
        side: None,
        main: html! {
            h1 { "Not there" }
            p class="note" { "The catalog has nothing of that name, or has it no more. " a href=(address::ENTITIES) { "All entities" } }
        },
    }
}

async fn all(State(sources): State<Sources>, Parameters(query): Parameters<Query>) -> Response {
    sources.page(|catalog| Some(listing::page(catalog, None, &query)))
}

async fn of_blueprint(
    State(sources): State<Sources>,
    Path(blueprint): Path<String>,
    Parameters(query): Parameters<Query>,
) -> Response {
    sources.page(|catalog| {
        let is_there = catalog.blueprints.contains_key(blueprint.as_str())
            || catalog.of(&blueprint).next().is_some();
        is_there.then(|| listing::page(catalog, Some(&blueprint), &query))
    })
}

async fn one(
    State(sources): State<Sources>,
    Path((blueprint, identifier)): Path<(String, String)>,
    Parameters(query): Parameters<Query>,
) -> Response {
    let identity = Identity {
        blueprint,
        identifier,
    };
    sources.entity(&identity, &query)
}

/// An identity that is no part of a path, such as `..`.
#[derive(Deserialize)]
struct ById {
    #[serde(default)]
    blueprint: String,
    id: String,
}

async fn one_by_parameters(
    State(sources): State<Sources>,
    Parameters(ById { blueprint, id }): Parameters<ById>,
) -> Response {
    let identity = Identity {
        blueprint,
        identifier: id,
    };
    sources.entity(&identity, &Query::default())
}

async fn graph(State(sources): State<Sources>) -> Response {
    sources.page(|catalog| Some(relations::page(catalog)))
}

async fn runs(State(sources): State<Sources>) -> Response {
    sources.page(|catalog| Some(runs::page(catalog)))
}

async fn target(State(sources): State<Sources>, Path(identifier): Path<String>) -> Response {
    sources.page(|catalog| runs::target(catalog, &identifier))
}

async fn target_by_parameter(
    State(sources): State<Sources>,
    Parameters(ById { blueprint: _, id }): Parameters<ById>,
) -> Response {
    sources.page(|catalog| runs::target(catalog, &id))
}

async fn mapping(State(sources): State<Sources>) -> Response {
    sources.page(|catalog| Some(mapping::page(catalog)))
}

async fn calls(State(sources): State<Sources>) -> Response {
    sources.page(|catalog| Some(calls::page(catalog)))
}

async fn events(State(sources): State<Sources>) -> Response {
    events::events(&sources.store).into_response()
}
