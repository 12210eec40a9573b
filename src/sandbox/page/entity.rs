//! One entity: its values, its relations both ways, and where it all comes from.

use maud::{Markup, html};
use serde_json::Value;

use super::address;
use super::frame::Page;
use super::listing::{self, place};
use super::model::{Catalog, Declaration, Entity, Target};
use super::query::Query;
use super::value::{name, time, value};
use crate::catalog::{Delivery, Record};
use crate::legible::{counted, visible};

/// The most relations of each direction, and the most properties.
const SHOWN: usize = 200;

/// The page of an entity, beside the list of its blueprint.
pub(super) fn page(catalog: &Catalog<'_>, index: usize, query: &Query) -> Page {
    let entity = &catalog.entities[index];
    let blueprint = entity.identity.blueprint.as_str();
    let found = query.find(catalog, Some(blueprint));
    Page {
        title: entity.name().to_owned(),
        tab: address::ENTITIES,
        side: Some(listing::side(catalog, Some(blueprint), &found)),
        main: html! {
            div class="main" {
                section class="list beside" aria-labelledby="list-title" {
                    h2 id="list-title" { (name(blueprint)) }
                    (listing::list(catalog, Some(blueprint), &found, Some(entity)))
                }
                (detail(catalog, index))
            }
        },
    }
}

fn detail(catalog: &Catalog<'_>, index: usize) -> Markup {
    let entity = &catalog.entities[index];
    let blueprint = &entity.identity.blueprint;
    html! {
        article class="detail" aria-labelledby="title" data-key={"entity " (listing::key(entity))} {
            p class="back" { a href=(address::blueprint(blueprint)) { "← all of " (name(blueprint)) } }
            h1 id="title" { (name(entity.name())) }
            p class="id" { (name(&entity.identity.to_string())) }
            p { (listing::state(entity)) }
            @if let Some(reason) = entity.declaration.as_ref().and_then(|it| it.reason) {
                p class="reason" { (name(reason)) }
            }
            @match entity.record {
                Some(record) => (properties(catalog, entity, record)),
                None => p class="note" { "It never arrived in the catalog." },
            }
            (relations(catalog, index))
            (origin(catalog, entity))
        }
    }
}

fn properties(catalog: &Catalog<'_>, entity: &Entity<'_>, record: &Record) -> Markup {
    let Record {
        identity: _,
        title,
        icon,
        team,
        properties,
        relations: _,
        rest: _,
    } = record;
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let team = (!team.is_empty()).then(|| Value::from(team.clone()));
    let own = [("title", text(title)), ("icon", text(icon)), ("team", team)];
    let blueprint = catalog.blueprints.get(record.identity.blueprint.as_str());
    let schema = blueprint.map_or(&Value::Null, |it| &it.value["schema"]["properties"]);
    html! {
        section aria-labelledby="properties-title" {
            h2 id="properties-title" { "Properties" }
            @if properties.is_empty() { p class="note" { "It has none." } }
            dl class="values" {
                @for (field, it) in properties.iter().take(SHOWN) {
                    (line(entity, &format!("properties.{field}"), field, it, &schema[field.as_str()]))
                }
                @for (field, it) in own {
                    @if let Some(it) = it { (line(entity, field, field, &it, &Value::Null)) }
                }
            }
            @if properties.len() > SHOWN {
                p class="note" { "and " (counted(properties.len() - SHOWN, "more property", "more properties")) }
            }
        }
    }
}

/// A value with the place where it is written, if that is known.
fn line(entity: &Entity<'_>, field: &str, label: &str, it: &Value, schema: &Value) -> Markup {
    html! {
        div data-key={"field " (visible(field))} {
            dt { (name(label)) }
            dd {
                div { (value(it, schema)) }
                @if let Some(declaration) = &entity.declaration { (written(declaration, field)) }
            }
        }
    }
}

fn written(declaration: &Declaration<'_>, field: &str) -> Markup {
    let left_git = declaration.delivery == Delivery::Lingering && !declaration.fields.is_empty();
    html! {
        @match declaration.fields.get(field) {
            Some(location) => { " " (place(&location.file, location.line)) }
            None if left_git && field.starts_with("properties.") => {
                " " span class="state lingering" { span class="dot" aria-hidden="true" {} "left Git, stays here" }
            }
            None => {}
        }
    }
}

fn relations(catalog: &Catalog<'_>, index: usize) -> Markup {
    let entity = &catalog.entities[index];
    let (targets, sources) = (catalog.targets(index), catalog.sources(index));
    html! {
        section aria-labelledby="relations-title" {
            h2 id="relations-title" { "Relations" }
            @if targets.is_empty() && sources.is_empty() { p class="note" { "It has none, and none leads here." } }
            @if !targets.is_empty() {
                ul class="ways" {
                    @for target in targets.iter().take(SHOWN) {
                        li data-key={"to " (visible(target.relation)) " " (visible(target.identifier))} {
                            span class="way" { (way(catalog, target)) }
                            @if let Some(it) = &entity.declaration {
                                (written(it, &format!("relations.{}", target.relation)))
                            }
                        }
                    }
                    (rest(targets.len()))
                }
            }
            @if !sources.is_empty() {
                h3 { "From others" }
                ul class="ways" {
                    @for (source, relation) in sources.iter().take(SHOWN) {
                        @let source = &catalog.entities[*source];
                        li data-key={"from " (visible(relation)) " " (listing::key(source))} {
                            span class="way" {
                                span class="arrow" aria-hidden="true" { "← " }
                                a href=(address::entity(source.identity)) { (name(source.name())) }
                                span class="soft" { " by " (name(relation)) }
                            }
                        }
                    }
                    (rest(sources.len()))
                }
            }
        }
    }
}

/// A relation and what it leads to: a link, where that is there.
pub(super) fn way(catalog: &Catalog<'_>, target: &Target<'_>) -> Markup {
    let Target {
        relation,
        identifier,
        index,
    } = target;
    html! {
        span class="soft" { (name(relation)) } span class="arrow" aria-hidden="true" { " → " }
        @match index.map(|it| &catalog.entities[it]) {
            Some(entity) => a href=(address::entity(entity.identity)) { (name(entity.name())) },
            None => { (name(identifier)) span class="soft" { " (not in the catalog)" } }
        }
    }
}

fn rest(count: usize) -> Markup {
    html! { @if count > SHOWN { li class="soft" { "and " (count - SHOWN) " more" } } }
}

/// Which object declares it, where, and who sent it.
fn origin(catalog: &Catalog<'_>, entity: &Entity<'_>) -> Markup {
    let rest = entity.record.map(|record| &record.rest);
    let text = |key: &str| rest?.get(key)?.as_str();
    html! {
        section aria-labelledby="origin-title" {
            h2 id="origin-title" { "Where it comes from" }
            dl class="values" {
                @if let Some(declaration) = &entity.declaration { (declared(declaration)) }
                @else { div { dt { "declared" } dd { "by nothing that is followed" } } }
                @if !entity.datasource.is_empty() {
                    div { dt { "sent by" } dd {
                        @if let Some(known) = listing::sender(catalog, entity.datasource) { (name(known)) " " }
                        small class="soft" { (name(entity.datasource)) }
                    } }
                }
                @for (label, key) in [("created", "createdAt"), ("changed", "updatedAt")] {
                    @if let Some(at) = text(key) { div data-key={"origin " (label)} { dt { (label) } dd { span { (time(at)) " UTC" } } } }
                }
            }
            @if entity.declaration.is_some() {
                p class="note" {
                    "On the way of one value: "
                    code { "glint-gitops why " (name(&entity.identity.identifier)) }
                }
            }
        }
    }
}

fn declared(declaration: &Declaration<'_>) -> Markup {
    let Declaration {
        application,
        resource,
        location,
        fields: _,
        delivery: _,
        reason: _,
    } = declaration;
    html! {
        div { dt { "object" } dd { (name(&resource.to_string())) } }
        @if let Some(application) = application { div { dt { "application" } dd { (name(application)) } } }
        @if let Some(location) = location {
            div data-key="origin file" { dt { "file" } dd { (place(&location.file, location.line)) } }
            @if let Some(origin) = &location.origin { div { dt { "template" } dd { (name(origin)) } } }
        }
    }
}
