//! A preview as a page: one file that asks for nothing and runs nothing.
//!
//! What comes from manifests is only ever text: no link, no image, no style and
//! no attribute but `data-*` is made of it. The content security policy forbids
//! all but the one style sheet, by its digest, and the empty icon, so that a
//! mistake here would load and run nothing. Invariant: the list says all that the
//! drawing shows.

mod changes;
mod entities;
mod style;

pub(super) use style::policy;

use maud::{DOCTYPE, Markup, html};

use super::PreviewPage;
use super::entries::{self, Entry};
use super::words::{self, Tally};
use crate::graph::{Graph, LeftOut, Limits, Sheet, graph, layout, svg};
use crate::legible::{counted, shortened, visible};

/// The most characters of what was typed.
const TYPED: usize = 200;

/// The page.
pub(crate) fn preview_html(page: &PreviewPage<'_>) -> String {
    let entries = entries::entries(page);
    let graph = graph(&entries::vertices(&entries), Limits::LEGIBLE);
    let style = style::style(&graph);
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta http-equiv="Content-Security-Policy" content=(policy(&style));
                // Without one, a browser asks the host of the page for it.
                link rel="icon" href="data:,";
                title { "Catalog preview of " (typed(page.subject)) }
                style { (maud::PreEscaped(&style)) }
            }
            body {
                a class="away" href="#entities" { "Skip to the list of entities" }
                div class="sheet" {
                    (head(page))
                    main {
                        (changes::problems(page.findings))
                        @if let Some(diff) = page.diff { (changes::changes(diff, &entries)) }
                        (drawing(&graph))
                        (entities::entities(&entries))
                    }
                    (foot(page))
                }
            }
        }
    };
    document.into_string()
}

fn head(page: &PreviewPage<'_>) -> Markup {
    html! {
        header {
            p class="what" {
                "Catalog preview of " bdi { (typed(page.subject)) }
                @if let Some(against) = page.against {
                    " against " bdi { (typed(against)) }
                }
            }
            h1 class=[page.diff.map(|_| "counted")] {
                @for (index, tally) in words::tallies(page).iter().enumerate() {
                    @if index > 0 { ", " }
                    (figure(tally))
                }
            }
            nav aria-label="Parts of this page" {
                ul {
                    @if !page.findings.is_empty() { li { a href="#problems" { "Problems" } } }
                    @if page.diff.is_some() { li { a href="#changes" { "Changes" } } }
                    li { a href="#relations" { "Relations" } }
                    li { a href="#entities" { "Entities" } }
                }
            }
        }
    }
}

fn figure(tally: &Tally) -> Markup {
    let class = tally.state.map_or("unchanged", super::state::State::word);
    html! { span class={"figure " (class)} { (tally.text) } }
}

fn drawing(graph: &Graph) -> Markup {
    let LeftOut { nodes, edges } = graph.left_out;
    let wide = layout(graph, Sheet::WIDE);
    let narrow = layout(graph, Sheet::NARROW);
    html! {
        section id="relations" aria-labelledby="relations-title" {
            h2 id="relations-title" { "Relations" }
            p class="note" {
                "A line leads from a relation to the entity that it names. "
                @if nodes > 0 || edges > 0 {
                    "There is no room for " (counted(nodes, "entity", "entities")) " and "
                    (counted(edges, "relation", "relations"))
                    "; what changes is drawn before all else. "
                }
                "The " a href="#entities" { "list" } " below says the same in words."
            }
            @if !graph.nodes.is_empty() {
                div class="board" { (svg(graph, &wide, "wide")) (svg(graph, &narrow, "narrow")) }
            }
        }
    }
}

fn foot(page: &PreviewPage<'_>) -> Markup {
    html! {
        footer {
            p {
                "What the exporter will send, computed by glint-gitops " (env!("CARGO_PKG_VERSION"))
                " from the manifests"
                @if page.live { ", compared with what the catalog held at the time." }
                @else { " alone; the catalog was not asked." }
                @if page.diff.is_none() { " Nothing was compared." }
            }
        }
    }
}

/// What the user typed, as text.
fn typed(text: &str) -> String {
    shortened(&visible(text), TYPED)
}

/// A link to an entity's row in the list, by its name.
fn link(index: usize, entry: &Entry<'_>) -> Markup {
    html! { a href={"#entity-" (index)} { bdi { (name(&entry.identity.identifier)) } } }
}

/// An identifier or a name, as text.
fn name(text: &str) -> String {
    shortened(&visible(text), 300)
}
