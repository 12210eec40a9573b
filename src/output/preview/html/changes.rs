//! The parts of the page that say what happens: problems, deletions, and what
//! changes, blueprint by blueprint.

use maud::{Markup, html};

use super::{link, name};
use crate::catalog::Identity;
use crate::diff::{Declared, Deleted, Diff, Relating};
use crate::finding::{Finding, Severity};
use crate::legible::{counted, visible};
use crate::output::preview::entries::Entry;
use crate::output::preview::events::{self, Event};
use crate::output::preview::state::State;
use crate::output::preview::words::{self, Journey, Line, Pointing, SOMETHING};

/// The most entities of a blueprint, and the most deletions and problems, that
/// are told one by one.
const TOLD: usize = 1_000;
/// The most fields of an entity.
const FIELDS: usize = 100;

/// What stands in the way of a preview, or of the exporter.
pub(super) fn problems(findings: &[Finding]) -> Markup {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    html! {
        @if !sorted.is_empty() {
            section id="problems" aria-labelledby="problems-title" {
                h2 id="problems-title" { (counted(sorted.len(), "problem", "problems")) }
                @for finding in sorted.iter().take(TOLD) { (problem(finding)) }
                (rest(sorted.len(), "problems"))
            }
        }
    }
}

fn problem(finding: &Finding) -> Markup {
    let Finding {
        rule,
        severity,
        message,
        help,
        location,
        resource,
        field: _,
    } = finding;
    let class = match severity {
        Severity::Error => "change deleted",
        Severity::Warning => "change changed",
        Severity::Info => "change",
    };
    html! {
        div class=(class) {
            div class="head" {
                span class="state" { span class="sign" { (severity) } }
                span class="id" { (rule) }
                @if let Some(resource) = resource { bdi class="id" { (visible(&resource.to_string())) } }
                @if let Some(location) = location { bdi class="id" { (visible(&location.to_string())) } }
            }
            p { (visible(message)) }
            @if let Some(help) = help { p { "help: " (visible(help)) } }
        }
    }
}

/// What changes, deletions first.
pub(super) fn changes(diff: &Diff, entries: &[Entry<'_>]) -> Markup {
    let events = events::events(diff);
    let deleted = &diff.deleted;
    html! {
        section id="changes" aria-labelledby="changes-title" {
            h2 id="changes-title" { "Changes" }
            @if deleted.is_empty() && events.is_empty() {
                p class="note" { "Nothing changes in the catalog." }
            }
            @if !deleted.is_empty() {
                h3 { "Deleted" small { (counted(deleted.len(), "entity", "entities")) } }
                @for deleted in deleted.iter().take(TOLD) { (deletion(deleted, entries)) }
                (rest(deleted.len(), "deleted entities"))
            }
            @for (blueprint, events) in &events {
                h3 { bdi { (name(blueprint)) } small { (events::counts(events)) } }
                @for event in events.iter().take(TOLD) { (change(*event, entries)) }
                (rest(events.len(), "entities"))
            }
        }
    }
}

fn deletion(deleted: &Deleted, entries: &[Entry<'_>]) -> Markup {
    html! {
        div class="change deleted" {
            (heading(State::Deleted, &deleted.before, entries, true))
            (pointing(&deleted.relating, entries))
        }
    }
}

fn change(event: Event<'_>, entries: &[Entry<'_>]) -> Markup {
    html! {
        div class={"change " (event.state().word())} {
            (heading(event.state(), event.declared(), entries, false))
            @if let Event::Moved(moved) = event {
                @let Journey { from, to, cost } = words::journey(moved);
                p {
                    code { bdi { (name(&from)) } } " → " code { bdi { (name(&to)) } } "; " (cost)
                }
                (pointing(&moved.relating, entries))
            }
            @if event.is_vague() { p { (SOMETHING) } }
            (fields(event))
        }
    }
}

/// The state, the entity, and where it is declared.
fn heading(
    state: State,
    declared: &Declared,
    entries: &[Entry<'_>],
    with_blueprint: bool,
) -> Markup {
    let Identity {
        blueprint,
        identifier: _,
    } = &declared.identity;
    html! {
        div class="head" {
            span class={"state " (state.word())} { (state.sign()) " " (state.word()) }
            span class="name" {
                @if with_blueprint { bdi { (name(blueprint)) } " / " }
                (entity(&declared.identity, entries))
            }
            bdi class="id" { (visible(&words::place(declared))) }
        }
    }
}

fn fields(event: Event<'_>) -> Markup {
    let lines = event.fields().map(words::lines).unwrap_or_default();
    html! {
        @if !lines.is_empty() {
            dl class="fields" {
                @for line in lines.iter().take(FIELDS) { (field(line)) }
            }
            (rest_of(lines.len(), FIELDS, "fields"))
        }
    }
}

fn field(line: &Line) -> Markup {
    match line {
        Line::Lingering {
            field,
            value,
            meaning,
        } => html! {
            dt { bdi { (visible(field)) } }
            dd { (meaning) ": " code { bdi { (value) } } }
        },
        Line::Change {
            field,
            before,
            after,
        } => html! {
            dt { bdi { (visible(field)) } }
            dd {
                @if let Some(before) = before {
                    del class="value" { bdi { (before) } } span class="to" { "→" }
                }
                @match after {
                    Some(after) => ins class="value" { bdi { (after) } },
                    None => "nothing",
                }
                @if before.is_none() { span class="new" { "new" } }
            }
        },
    }
}

fn pointing(relating: &[Relating], entries: &[Entry<'_>]) -> Markup {
    html! {
        @if let Some(Pointing { text, named, more }) = words::pointing(relating) {
            p {
                (text) ": "
                @for (index, Relating { identity, relation }) in named.iter().enumerate() {
                    @if index > 0 { ", " }
                    (entity(identity, entries)) " by " bdi { (visible(relation)) }
                }
                @if more > 0 { ", " (more) " more" }
            }
        }
    }
}

/// A link to an entity, where it has a row.
fn entity(identity: &Identity, entries: &[Entry<'_>]) -> Markup {
    match entries.binary_search_by_key(&identity, |entry| entry.identity) {
        Ok(index) => link(index, &entries[index]),
        Err(_) => html! { bdi { (name(&identity.identifier)) } },
    }
}

/// How many are not told.
fn rest(count: usize, of_what: &str) -> Markup {
    rest_of(count, TOLD, of_what)
}

fn rest_of(count: usize, limit: usize, of_what: &str) -> Markup {
    html! {
        @if count > limit { p class="note" { "and " (count - limit) " more " (of_what) } }
    }
}
