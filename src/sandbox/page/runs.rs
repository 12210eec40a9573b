//! Targets and their runs: what `report` and the controller write.

use maud::{Markup, html};
use serde_json::Value;

use super::address;
use super::frame::{self, Page};
use super::listing::{key, version};
use super::model::{Catalog, Entity, RUN, TARGET};
use super::teach;
use super::value::{name, time, value};
use crate::catalog::Identity;
use crate::legible::counted;

/// The most runs, and the most errors of one.
const SHOWN: usize = 200;

/// What a target counts, and the word for it.
const ENTITIES: [(&str, &str); 11] = [
    ("declaredEntities", "declared"),
    ("deliveredEntities", "delivered"),
    ("pendingEntities", "pending"),
    ("rejectedEntities", "rejected"),
    ("overwrittenEntities", "overwritten"),
    ("vanishedEntities", "vanished"),
    ("lingeringEntities", "lingering"),
    ("conflictingEntities", "in conflict"),
    ("failedEntities", "failed"),
    ("pendingDeletions", "to be deleted"),
    ("unseenRuns", "runs unseen"),
];
/// What a run counts.
const OBJECTS: [(&str, &str); 5] = [
    ("created", "created"),
    ("updated", "updated"),
    ("deleted", "deleted"),
    ("failed", "failed"),
    ("unchanged", "unchanged"),
];

/// The page of all targets and runs.
pub(super) fn page(catalog: &Catalog<'_>) -> Page {
    let targets: Vec<&Entity<'_>> = newest(catalog.of(TARGET));
    let runs: Vec<&Entity<'_>> = newest(catalog.of(RUN));
    Page {
        title: "Runs".to_owned(),
        tab: address::RUNS,
        side: None,
        main: html! {
            h1 { "Targets and runs" }
            @if targets.is_empty() && runs.is_empty() { (teach::no_runs()) }
            @if !targets.is_empty() {
                section aria-labelledby="targets-title" {
                    h2 id="targets-title" { "Targets" }
                    (target_table(&targets))
                }
            }
            @if !runs.is_empty() {
                section aria-labelledby="runs-title" {
                    h2 id="runs-title" { "Runs" }
                    (run_table(catalog, &runs))
                }
            }
        },
    }
}

/// The page of one target; none if there is no such.
pub(super) fn target(catalog: &Catalog<'_>, identifier: &str) -> Option<Page> {
    let identity = Identity {
        blueprint: TARGET.to_owned(),
        identifier: identifier.to_owned(),
    };
    let target = &catalog.entities[catalog.find(&identity)?];
    let runs = catalog
        .of(RUN)
        .filter(|run| target_of(run) == Some(identifier));
    let runs = newest(runs);
    let properties = target.record.map(|record| &record.properties);
    Some(Page {
        title: target.name().to_owned(),
        tab: address::RUNS,
        side: None,
        main: html! {
            p class="back" { a href=(address::RUNS) { "← all targets" } }
            h1 { (name(target.name())) }
            p class="id" { a href=(address::entity(target.identity)) { (name(&target.identity.to_string())) } }
            section aria-labelledby="state-title" {
                h2 id="state-title" { "State" }
                dl class="values" {
                    @for (field, it) in properties.into_iter().flatten().take(SHOWN) {
                        div data-key={"field " (field)} { dt { (name(field)) } dd { (value(it, &Value::Null)) } }
                    }
                }
            }
            section aria-labelledby="runs-title" {
                h2 id="runs-title" { (counted(runs.len(), "run", "runs")) }
                @if !runs.is_empty() { (run_table(catalog, &runs)) }
            }
        },
    })
}

/// Started last, first; else by the order in which they were written.
fn newest<'e>(entities: impl Iterator<Item = &'e Entity<'e>>) -> Vec<&'e Entity<'e>> {
    let mut entities: Vec<&Entity<'_>> = entities.collect();
    entities.sort_by_key(|it| std::cmp::Reverse((it.text("startedAt"), it.revision)));
    entities
}

fn target_table(targets: &[&Entity<'_>]) -> Markup {
    html! {
        table {
            caption class="unseen" { "Targets, the newest change first" }
            thead { tr {
                th scope="col" { "Target" }
                th scope="col" { "Sync" }
                th scope="col" { "Health" }
                th scope="col" { "Entities" }
                th scope="col" class="when" { "Last attempt (UTC)" }
            } }
            tbody { @for target in targets.iter().take(SHOWN) {
                tr data-key=(key(target)) data-version=(version(target)) {
                    th scope="row" {
                        a href=(address::target(&target.identity.identifier)) { (name(target.name())) }
                        @if let Some(tool) = target.text("tool") { " " small class="soft" { (name(tool)) } }
                    }
                    td { (word(target.text("syncStatus"))) (message(target, "reason")) (message(target, "message")) }
                    td { (word(target.text("healthStatus"))) }
                    td { (counts(target, &ENTITIES)) }
                    td class="when" { @if let Some(at) = target.text("lastAttemptAt").or(target.text("lastSyncedAt")) { (time(at)) } }
                }
            } }
        }
    }
}

fn run_table(catalog: &Catalog<'_>, runs: &[&Entity<'_>]) -> Markup {
    html! {
        table {
            caption class="unseen" { "Runs, the last one first" }
            thead { tr {
                th scope="col" { "Run" }
                th scope="col" { "Result" }
                th scope="col" { "What it did" }
                th scope="col" class="when" { "Started (UTC)" }
            } }
            tbody { @for run in runs.iter().take(SHOWN) {
                tr data-key=(key(run)) data-version=(version(run)) {
                    th scope="row" {
                        a href=(address::entity(run.identity)) {
                            (name(run.text("revision").unwrap_or_else(|| run.name())))
                        }
                        @if let Some(target) = target_of(run) { " " small { (target_link(catalog, target)) } }
                    }
                    td { (word(run.text("phase"))) (message(run, "reason")) (errors(run)) }
                    td { (counts(run, &OBJECTS)) }
                    td class="when" {
                        @if let Some(at) = run.text("startedAt") { (time(at)) }
                        @if let Some(took) = property(run, "durationSeconds").and_then(Value::as_f64) {
                            " " small class="soft" { "took " (took) " s" }
                        }
                    }
                }
            } }
        }
        @if runs.len() > SHOWN { p class="note" { "and " (runs.len() - SHOWN) " earlier" } }
    }
}

fn target_link(catalog: &Catalog<'_>, target: &str) -> Markup {
    let title = catalog
        .of(TARGET)
        .find(|it| it.identity.identifier == target);
    html! { a href=(address::target(target)) { (name(title.map_or(target, |it| it.name()))) } }
}

fn target_of<'a>(run: &Entity<'a>) -> Option<&'a str> {
    run.record?.relations.get("target")?.as_str()
}

/// A dot and the host's word.
fn word(word: Option<&str>) -> Markup {
    let class = match word {
        Some("Succeeded" | "Synced" | "Healthy") => "delivered",
        Some("Failed" | "Error" | "Degraded" | "Missing") => "rejected",
        Some("OutOfSync" | "Suspended") => "lingering",
        Some("Running" | "Progressing") => "pending",
        Some(_) | None => "undeclared",
    };
    html! { @if let Some(word) = word {
        span class={"state " (class)} { span class="dot" aria-hidden="true" {} (name(word)) }
    } }
}

fn message(entity: &Entity<'_>, property: &str) -> Markup {
    html! { @if let Some(text) = entity.text(property) { p class="reason" { (name(text)) } } }
}

/// Entity by entity, where an error names one.
fn errors(run: &Entity<'_>) -> Markup {
    let errors = property(run, "errors").and_then(Value::as_array);
    let errors = errors.map(Vec::as_slice).unwrap_or_default();
    html! {
        @if !errors.is_empty() {
            ul class="errors" {
                @for error in errors.iter().take(SHOWN) { li { (self::error(error)) } }
            }
        }
    }
}

fn error(error: &Value) -> Markup {
    let text = |key: &str| error[key].as_str();
    let identity = text("blueprint").zip(text("identifier"));
    html! {
        @if let Some((blueprint, identifier)) = identity {
            @let identity = Identity { blueprint: blueprint.to_owned(), identifier: identifier.to_owned() };
            a href=(address::entity(&identity)) { (name(&identity.to_string())) } " "
        }
        @if let Some(code) = text("code") { code { (name(code)) } " " }
        @match text("message") {
            Some(message) => bdi { (frame::lines(message)) },
            None => @if identity.is_none() { (value(error, &Value::Null)) },
        }
    }
}

/// Those of the counts that are there and say something: `7 declared, 1 rejected`.
fn counts(entity: &Entity<'_>, of: &[(&str, &str)]) -> Markup {
    let counts = of.iter().filter_map(|(field, word)| {
        let count = property(entity, field)?.as_u64()?;
        (count > 0).then_some((count, word))
    });
    html! {
        @for (at, (count, word)) in counts.enumerate() {
            @if at > 0 { ", " }
            span class="whole" { (count) " " (word) }
        }
    }
}

fn property<'a>(entity: &Entity<'a>, name: &str) -> Option<&'a Value> {
    entity.record?.properties.get(name)
}
