//! The list of entities: what to choose from beside it, and the table.

use maud::{Markup, html};

use super::address;
use super::frame::Page;
use super::model::{Catalog, Entity, Integration};
use super::query::{Found, PAGE, Query};
use super::value::{name, time};
use super::{problems, teach};
use crate::legible::{counted, visible};

/// The page of all entities, or of those of a blueprint.
pub(super) fn page(catalog: &Catalog<'_>, blueprint: Option<&str>, query: &Query) -> Page {
    let found = query.find(catalog, blueprint);
    let title = blueprint.unwrap_or("Entities");
    Page {
        title: title.to_owned(),
        tab: address::ENTITIES,
        side: Some(side(catalog, blueprint, &found)),
        main: html! {
            div class="main" {
                section class="list" aria-labelledby="title" {
                    h1 id="title" { (name(title)) }
                    (about(catalog, blueprint))
                    (list(catalog, blueprint, &found, None))
                }
                (problems::problems(catalog))
            }
        },
    }
}

/// What a search and the blueprints offer.
pub(super) fn side(catalog: &Catalog<'_>, chosen: Option<&str>, found: &Found<'_>) -> Markup {
    let all = catalog.entities.iter().filter(|it| !it.is_of_gitops());
    html! {
        form role="search" method="get" action=(of(chosen)) {
            label for="q" { "Search " (chosen.map_or_else(|| html! { "all entities" }, name)) }
            div class="field" {
                input id="q" name="q" type="search" value=(found.search) autocomplete="off"
                    spellcheck="false" autocapitalize="off" dir="auto";
                @if let Some(state) = &found.state { input type="hidden" name="state" value=(state); }
                button type="submit" { "Search" }
            }
        }
        nav aria-label="Blueprints" {
            ul class="blueprints" {
                li {
                    a href=(address::ENTITIES) aria-current=[chosen.is_none().then_some("page")] {
                        span { "All entities" } span class="count" { (all.count()) }
                    }
                }
                @for identifier in blueprints(catalog) {
                    (blueprint(catalog, identifier, chosen == Some(identifier)))
                }
            }
        }
    }
}

fn blueprint(catalog: &Catalog<'_>, identifier: &str, is_chosen: bool) -> Markup {
    let title = catalog.blueprints.get(identifier).and_then(|it| it.title());
    html! {
        li {
            a href=(address::blueprint(identifier)) aria-current=[is_chosen.then_some("page")]
                data-key={"blueprint " (visible(identifier))} {
                span {
                    (name(title.unwrap_or(identifier)))
                    @if title.is_some_and(|title| title.to_lowercase() != identifier.to_lowercase()) {
                        " " small class="id" { (name(identifier)) }
                    }
                }
                span class="count" { (catalog.of(identifier).count()) }
            }
        }
    }
}

/// Those that there are, and those that entities name without their being there.
fn blueprints<'c>(catalog: &'c Catalog<'_>) -> std::collections::BTreeSet<&'c str> {
    let named = catalog
        .entities
        .iter()
        .map(|it| it.identity.blueprint.as_str());
    named.chain(catalog.blueprints.keys().copied()).collect()
}

fn about(catalog: &Catalog<'_>, blueprint: Option<&str>) -> Markup {
    let Some(identifier) = blueprint else {
        return html! {};
    };
    html! {
        @match catalog.blueprints.get(identifier) {
            None => p class="note" { "The catalog has no blueprint " code { (name(identifier)) } ", so it takes no entity of it." },
            Some(it) => {
                @if let Some(text) = it.value["description"].as_str() { p class="note" { (name(text)) } }
            }
        }
    }
}

/// The table with its pages, or what to do where it is empty.
pub(super) fn list(
    catalog: &Catalog<'_>,
    blueprint: Option<&str>,
    found: &Found<'_>,
    chosen: Option<&Entity<'_>>,
) -> Markup {
    html! {
        @if found.state.is_some() || !found.search.is_empty() { (narrowed(blueprint, found)) }
        @if found.count > 0 {
            (table(catalog, blueprint, &found.entities, chosen))
            (pages(blueprint, found))
        } @else if found.state.is_none() && found.search.is_empty() {
            (teach::no_entities(catalog))
        }
    }
}

/// What the list is narrowed to, and how to see all again.
fn narrowed(blueprint: Option<&str>, found: &Found<'_>) -> Markup {
    html! {
        p class="note" {
            (counted(found.count, "entity", "entities"))
            @if let Some(state) = &found.state { " that " (is_or_are(found.count)) " " strong { (name(state)) } }
            @if !found.search.is_empty() { " with " strong { (name(&found.search)) } }
            ". "
            a href=(of(blueprint)) { "Show all" }
        }
    }
}

const fn is_or_are(count: usize) -> &'static str {
    match count {
        1 => "is",
        _ => "are",
    }
}

fn table(
    catalog: &Catalog<'_>,
    blueprint: Option<&str>,
    entities: &[&Entity<'_>],
    chosen: Option<&Entity<'_>>,
) -> Markup {
    let is_chosen = |it: &Entity<'_>| chosen.is_some_and(|chosen| chosen.identity == it.identity);
    html! {
        table class="entities" {
            caption class="unseen" { "Entities, the newest change first" }
            thead {
                tr {
                    th scope="col" { "Entity" }
                    @if blueprint.is_none() { th scope="col" { "Blueprint" } }
                    th scope="col" { "State" }
                    th scope="col" class="where" { "Declared in" }
                    th scope="col" class="when" { "Changed (UTC)" }
                }
            }
            tbody {
                @for entity in entities { (row(catalog, blueprint, entity, is_chosen(entity))) }
            }
        }
    }
}

fn row(
    catalog: &Catalog<'_>,
    blueprint: Option<&str>,
    entity: &Entity<'_>,
    is_chosen: bool,
) -> Markup {
    let declaration = entity.declaration.as_ref();
    html! {
        tr data-key=(key(entity)) data-version=(version(entity)) class=[is_chosen.then_some("chosen")] {
            th scope="row" {
                a href=(address::entity(entity.identity)) aria-current=[is_chosen.then_some("true")] {
                    (name(entity.name()))
                }
                @if entity.title().is_some() { " " bdi class="id" { (name(&entity.identity.identifier)) } }
            }
            @if blueprint.is_none() { td class="kind" { (name(&entity.identity.blueprint)) } }
            td class="standing" {
                (state(entity))
                @if let Some(reason) = declaration.and_then(|it| it.reason) {
                    p class="reason" { (name(reason)) }
                }
            }
            td class="where" {
                @match declaration {
                    Some(it) => {
                        @if let Some(location) = it.location { (place(&location.file, location.line)) }
                        @if let Some(application) = it.application { " " small class="soft" { (name(application)) } }
                    }
                    None => span class="soft" {
                        "sent by " (name(sender(catalog, entity.datasource).unwrap_or(entity.datasource)))
                    }
                }
            }
            td class="when" { @if let Some(changed) = entity.changed() { (time(changed)) } }
        }
    }
}

/// A file and a line, which never part.
pub(super) fn place(file: &str, line: usize) -> Markup {
    let file = visible(file);
    html! {
        bdi class="place" {
            // A narrow column breaks it between folders, not within a number.
            @for (index, part) in file.split_inclusive('/').enumerate() {
                @if index > 0 { wbr; }
                (part)
            }
            ":" (line)
        }
    }
}

/// A dot and a word for what became of an entity.
pub(super) fn state(entity: &Entity<'_>) -> Markup {
    let word = entity.standing();
    let class = if entity.declaration.is_some() {
        word
    } else {
        "undeclared"
    };
    html! { span class={"state " (class)} { span class="dot" aria-hidden="true" {} (word) } }
}

/// The integration that sent something; none where it was not one that is known.
pub(super) fn sender<'c>(catalog: &'c Catalog<'_>, datasource: &str) -> Option<&'c str> {
    let ids = catalog.integrations.iter();
    let mut ids = ids.map(|Integration { id, config: _ }| *id);
    ids.find(|id| datasource.contains(&format!("(statekey/{id})")))
}

/// What a script and a test know a row by.
pub(super) fn key(entity: &Entity<'_>) -> String {
    visible(&entity.identity.to_string())
}

/// Differs when an entity or what became of it does.
pub(super) fn version(entity: &Entity<'_>) -> String {
    format!("{} {}", entity.revision, entity.standing())
}

fn pages(blueprint: Option<&str>, found: &Found<'_>) -> Markup {
    let Found {
        search,
        state,
        entities,
        count,
        page,
        pages,
    } = found;
    let first = (page - 1) * PAGE;
    let way = |to: usize| address::list(&of(blueprint), search, state.as_deref(), to);
    html! {
        @if *pages > 1 {
            nav class="pages" aria-label="Pages of the list" {
                @if *page > 1 { a href=(way(page - 1)) rel="prev" { "← Newer" } }
                span { (first + 1) "–" (first + entities.len()) " of " (count) }
                @if page < pages { a href=(way(page + 1)) rel="next" { "Older →" } }
            }
        }
    }
}

fn of(blueprint: Option<&str>) -> String {
    blueprint.map_or_else(|| address::ENTITIES.to_owned(), address::blueprint)
}
