//! The mappings, block by block, and what the exporter makes of them.

use maud::{Markup, html};
use serde_json::Value;

use super::address;
use super::frame::Page;
use super::listing::{place, state};
use super::model::{Catalog, Entity, Integration};
use super::teach;
use super::value::{name, value};
use crate::legible::{counted, visible};

/// The most objects of a kind.
const SHOWN: usize = 200;

/// The page.
pub(super) fn page(catalog: &Catalog<'_>) -> Page {
    let mapped = catalog.integrations.iter().filter(|it| it.config.is_some());
    Page {
        title: "Mapping".to_owned(),
        tab: address::MAPPING,
        side: None,
        main: html! {
            h1 { "Mapping" }
            p class="note" { "By a mapping an exporter knows which objects of a cluster to send, and as what." }
            @if mapped.clone().count() == 0 { (teach::no_mapping()) }
            @for it in mapped { (integration(catalog, it)) }
        },
    }
}

fn integration(catalog: &Catalog<'_>, integration: &Integration<'_>) -> Markup {
    let Integration { id, config } = integration;
    let config = config.unwrap_or(&Value::Null);
    let blocks = config["resources"].as_array();
    let blocks = blocks.map(Vec::as_slice).unwrap_or_default();
    html! {
        section data-key={"integration " (visible(id))} {
            h2 { "Integration " (name(id)) " " small { (counted(blocks.len(), "block", "blocks")) } }
            @for kind in kinds(blocks) { (of_kind(catalog, kind, blocks)) }
            details {
                summary { "The whole configuration as JSON" }
                pre tabindex="0" { bdi { (pretty(config)) } }
            }
        }
    }
}

/// The kinds of the blocks, each once, as they come.
fn kinds(blocks: &[Value]) -> Vec<&Value> {
    let mut kinds: Vec<&Value> = Vec::new();
    for block in blocks {
        if !kinds.contains(&&block["kind"]) {
            kinds.push(&block["kind"]);
        }
    }
    kinds
}

/// All blocks of a kind, and what became of its objects: which block's selector
/// takes an object is the exporter's to say.
fn of_kind(catalog: &Catalog<'_>, kind: &Value, blocks: &[Value]) -> Markup {
    let blocks = blocks.iter().filter(|block| block["kind"] == *kind);
    let kind = kind.as_str().unwrap_or_default();
    let entities = catalog.entities.iter();
    let objects: Vec<&Entity<'_>> = entities.filter(|it| is_of(it, kind)).collect();
    html! {
        div class="block" {
            h3 { (name(kind)) }
            @for it in blocks { (block(it)) }
            (sent(&objects))
        }
    }
}

fn block(block: &Value) -> Markup {
    let mappings = ["glint", "port"].map(|key| &block[key]["entity"]["mappings"]);
    let selector = &block["selector"]["query"];
    html! {
        dl class="values jq" {
            div { dt { "selector" } dd { code { (value(selector, &Value::Null)) } } }
            @for it in mappings.into_iter().filter(|it| !it.is_null()) {
                div { dt { "sends" } dd { code { (value(it, &Value::Null)) } } }
            }
        }
    }
}

/// The objects of a kind that are followed, and the entities that they are sent as.
fn sent(objects: &[&Entity<'_>]) -> Markup {
    html! {
        @if !objects.is_empty() {
            details open[objects.len() <= 20] {
                summary { (counted(objects.len(), "object", "objects")) " of this kind" }
                table {
                    thead { tr {
                        th scope="col" { "Object" } th scope="col" { "Sent as" } th scope="col" { "State" }
                    } }
                    tbody { @for entity in objects.iter().take(SHOWN) { (row(entity)) } }
                }
                @if objects.len() > SHOWN { p class="note" { "and " (objects.len() - SHOWN) " more" } }
            }
        }
    }
}

fn row(entity: &Entity<'_>) -> Markup {
    html! {
        @if let Some(declaration) = &entity.declaration {
            tr {
                th scope="row" {
                    (name(&declaration.resource.to_string()))
                    @if let Some(location) = declaration.location { " " (place(&location.file, location.line)) }
                }
                td { a href=(address::entity(entity.identity)) { (name(&entity.identity.to_string())) } }
                td { (state(entity)) @if let Some(reason) = declaration.reason { p class="reason" { (name(reason)) } } }
            }
        }
    }
}

/// Whether an entity's object is of a block's kind: `glint.io/v1/entities`.
fn is_of(entity: &Entity<'_>, kind: &str) -> bool {
    let Some(declaration) = &entity.declaration else {
        return false;
    };
    let Some((api_version, plural)) = kind.rsplit_once('/') else {
        return false;
    };
    let singular = declaration.resource.kind.to_lowercase();
    declaration.resource.api_version == api_version
        && (plural == format!("{singular}s")
            || Some(plural)
                == singular
                    .strip_suffix('y')
                    .map(|stem| format!("{stem}ies"))
                    .as_deref())
}

fn pretty(config: &Value) -> String {
    let text = serde_json::to_string_pretty(config).unwrap_or_default();
    super::frame::lines(&text)
}
