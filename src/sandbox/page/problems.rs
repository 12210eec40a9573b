//! What needs someone: entities that are not as they are declared, and findings.

use maud::{Markup, html};

use super::address;
use super::listing::{place, state};
use super::model::{Catalog, Entity};
use super::value::name;
use crate::catalog::Delivery;
use crate::finding::Finding;
use crate::legible::visible;

/// The most of each kind.
const SHOWN: usize = 20;

/// All problems; nothing where there is none.
pub(super) fn problems(catalog: &Catalog<'_>) -> Markup {
    let wanting: Vec<&Entity<'_>> = catalog
        .entities
        .iter()
        .filter(|it| is_wanting(it))
        .collect();
    let findings: Vec<&Finding> = catalog.findings.iter().collect();
    html! {
        @if !(wanting.is_empty() && findings.is_empty()) {
            section class="detail problems" aria-labelledby="problems-title" {
                h2 id="problems-title" { "What needs you" }
                ul {
                    @for entity in wanting.iter().take(SHOWN) { (undelivered(entity)) }
                    @for finding in findings.iter().take(SHOWN) { (found(finding)) }
                }
                @if wanting.len() > SHOWN || findings.len() > SHOWN {
                    p class="note" { "and more: " code { "glint-gitops check" } " tells all" }
                }
            }
        }
    }
}

fn is_wanting(entity: &Entity<'_>) -> bool {
    let delivery = entity.declaration.as_ref().map(|it| it.delivery);
    match delivery {
        None | Some(Delivery::Delivered | Delivery::Pending | Delivery::NotObserved) => false,
        Some(
            Delivery::Lingering
            | Delivery::Overwritten
            | Delivery::Vanished
            | Delivery::Rejected
            | Delivery::Conflict,
        ) => true,
    }
}

fn undelivered(entity: &Entity<'_>) -> Markup {
    let declaration = entity.declaration.as_ref();
    html! {
        li {
            p {
                (state(entity)) " "
                a href=(address::entity(entity.identity)) { (name(&entity.identity.to_string())) }
            }
            @if let Some(reason) = declaration.and_then(|it| it.reason) { p { (name(reason)) } }
            @if let Some(location) = declaration.and_then(|it| it.location) {
                p { (place(&location.file, location.line)) }
            }
        }
    }
}

fn found(finding: &Finding) -> Markup {
    let Finding {
        rule,
        severity,
        message,
        help,
        location,
        resource,
        field: _,
    } = finding;
    html! {
        li {
            p {
                span class={"state " (severity)} { span class="dot" aria-hidden="true" {} (severity) } " "
                code { (rule) }
                @if let Some(resource) = resource { " " (name(&resource.to_string())) }
            }
            p { (name(message)) }
            @if let Some(help) = help { p { "help: " (name(help)) } }
            @if let Some(location) = location { p { (place(&location.file, location.line)) } }
            @if let Some(origin) = location.as_ref().and_then(|it| it.origin.as_ref()) {
                p { "from " (visible(origin)) }
            }
        }
    }
}
