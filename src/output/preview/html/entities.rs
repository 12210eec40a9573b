//! The list of all entities: what the drawing shows, in words, and each value.

use maud::{Markup, html};
use serde_json::Value;

use super::{link, name};
use crate::graph::Link;
use crate::legible::{self, counted, visible};
use crate::output::preview::entries::Entry;
use crate::output::preview::state::State;

/// The most rows; those that change are never among those left out.
const ROWS: usize = 2_000;
/// The most lines in a cell.
const LINES: usize = 60;
/// The most characters of a value.
const VALUE: usize = 300;

pub(super) fn entities(entries: &[Entry<'_>]) -> Markup {
    let shown = shown(entries);
    let left_out = entries.len() - shown.len();
    html! {
        section id="entities" aria-labelledby="entities-title" {
            h2 id="entities-title" { (counted(entries.len(), "entity", "entities")) }
            @if left_out > 0 {
                p class="note" { (left_out) " that stay as they are have no row here." }
            }
            table {
                thead {
                    tr {
                        th scope="col" class="who" { "Entity" }
                        th scope="col" class="rel" { "Relations" }
                        th scope="col" class="prop" { "Properties" }
                    }
                }
                tbody { @for index in shown { (row(index, entries)) } }
            }
        }
    }
}

/// Indices of the entries that have a row, sorted.
fn shown(entries: &[Entry<'_>]) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..entries.len()).collect();
    indices.sort_by_key(|index| entries[*index].state == State::Unchanged);
    indices.truncate(ROWS);
    indices.sort_unstable();
    indices
}

fn row(index: usize, entries: &[Entry<'_>]) -> Markup {
    let entry = &entries[index];
    html! {
        tr id={"entity-" (index)} {
            th scope="row" {
                bdi { (name(entry.name())) }
                bdi class="id" { (name(&entry.identity.to_string())) }
                @if entry.state.is_said() {
                    span class={"state " (entry.state.word())} {
                        (entry.state.sign()) " " (entry.state.word())
                    }
                }
            }
            td { (relations(entry, entries)) }
            td { (properties(entry)) }
        }
    }
}

fn relations(entry: &Entry<'_>, entries: &[Entry<'_>]) -> Markup {
    let (links, from) = (&entry.links, &entry.from);
    html! {
        @if !(links.is_empty() && from.is_empty()) {
            ul {
                @for it in links.iter().take(LINES) { li { (target(it, entries)) } }
                (rest(links.len(), "relations"))
                @for (source, relation) in from.iter().take(LINES) {
                    li class="from" {
                        "← " (link(*source, &entries[*source])) " "
                        span class="relation" { "by " bdi { (visible(relation)) } }
                    }
                }
                (rest(from.len(), "that point here"))
            }
        }
    }
}

fn target(it: &Link<'_>, entries: &[Entry<'_>]) -> Markup {
    let Link {
        relation,
        identifier,
        to,
    } = it;
    html! {
        span class="relation" { bdi { (visible(relation)) } " → " }
        @match (to.as_slice(), identifier) {
            ([], None) => "what a search finds",
            ([], Some(identifier)) => {
                bdi { (name(identifier)) } span class="relation" { " (elsewhere)" }
            },
            (several, _) => @for (at, index) in several.iter().enumerate() {
                @if at > 0 { " or " }
                (link(*index, &entries[*index]))
            },
        }
    }
}

fn properties(entry: &Entry<'_>) -> Markup {
    let lines = entry.body.map(lines).unwrap_or_default();
    html! {
        @if !lines.is_empty() {
            ul {
                @for (field, value) in lines.iter().take(LINES) {
                    li {
                        span class="property" { bdi { (visible(field)) } " " }
                        code { bdi { (legible::value(value, VALUE)) } }
                    }
                }
                (rest(lines.len(), "properties"))
            }
        }
    }
}

/// All that is sent besides the identity and the relations.
fn lines(body: &crate::diff::Body) -> Vec<(&str, Value)> {
    let crate::diff::Body {
        title,
        icon,
        team,
        properties,
        relations: _,
    } = body;
    let texts = [("title", title), ("icon", icon)];
    let texts = texts.into_iter().filter_map(|(field, text)| {
        let text = text.as_deref()?;
        Some((field, Value::from(text)))
    });
    let team = team.iter().map(|team| ("team", team.clone()));
    let properties = properties
        .iter()
        .map(|(field, value)| (field.as_str(), value.clone()));
    texts.chain(team).chain(properties).collect()
}

fn rest(count: usize, of_what: &str) -> Markup {
    html! {
        @if count > LINES { li { "and " (count - LINES) " more " (of_what) } }
    }
}
