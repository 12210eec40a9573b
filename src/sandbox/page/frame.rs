//! What every page has: the head, what is going on in one sentence, and the ways
//! to the other pages.

use maud::{DOCTYPE, Markup, html};

use super::address;
use super::asset;
use super::model::Catalog;
use super::value::name;
use crate::catalog::Delivery;
use crate::legible::{counted, visible};

/// A page without its frame.
#[derive(Debug)]
pub(super) struct Page {
    /// The window's name.
    pub title: String,
    /// Which of the ways in the head leads here.
    pub tab: &'static str,
    /// What stands beside the main part; empty if nothing does.
    pub side: Option<Markup>,
    /// The main part, with the page's one `h1`.
    pub main: Markup,
}

/// The ways in the head.
const TABS: [(&str, &str); 5] = [
    (address::ENTITIES, "Entities"),
    (address::GRAPH, "Relations"),
    (address::RUNS, "Runs"),
    (address::MAPPING, "Mapping"),
    (address::CALLS, "API calls"),
];

/// The whole document.
pub(super) fn document(catalog: &Catalog<'_>, page: Page) -> String {
    let Page {
        title,
        tab,
        side,
        main,
    } = page;
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (visible(&title)) " · Glint sandbox" }
                link rel="icon" href=(asset::ICON.address()) type="image/svg+xml";
                link rel="stylesheet" href=(asset::STYLE.address());
                script src=(asset::SCRIPT.address()) defer {}
            }
            body {
                a class="skip" href="#main" { "Skip to the content" }
                header class="top" {
                    div class="bar" {
                        span class="brand" { "Glint sandbox" }
                        (tabs(tab))
                        // Filled by the script, which alone can be live.
                        span id="live" {}
                    }
                    div id="going-on" { (sentence(catalog)) }
                }
                div id="page" class=(if side.is_some() { "regions" } else { "region" }) {
                    @if let Some(side) = side { div class="side" { (side) } }
                    main id="main" tabindex="-1" { (main) }
                }
                p id="announcement" class="unseen" role="status" {}
                footer {
                    p {
                        "A catalog that lives in this process, and the exporter's part played; glint-gitops "
                        (env!("CARGO_PKG_VERSION"))
                    }
                }
            }
        }
    };
    document.into_string()
}

fn tabs(current: &str) -> Markup {
    html! {
        nav aria-label="Pages" {
            ul class="tabs" {
                @for (address, label) in TABS {
                    li {
                        a href=(address) aria-current=[(address == current).then_some("page")] { (label) }
                    }
                }
            }
        }
    }
}

/// `following examples/shop: 7 entities, 1 rejected`.
fn sentence(catalog: &Catalog<'_>) -> Markup {
    let count = catalog.entities.iter().filter(|it| !it.is_of_gitops());
    let count = counted(count.count(), "entity", "entities");
    html! {
        p class="sentence" {
            @match catalog.subject {
                Some(subject) => { "following " strong { (name(subject)) } ": " }
                None => "following nothing: ",
            }
            a href=(address::ENTITIES) { (count) }
            @for (delivery, count) in tallies(catalog) {
                ", "
                a class={"tally " (delivery)} href=(address::list(address::ENTITIES, "", Some(delivery.as_str()), 1)) {
                    (count) " " (delivery)
                }
            }
        }
        @if let Some(error) = catalog.error {
            div class="alert" {
                p { strong { "It can't be read now" } "; what you see is from before." }
                pre { bdi { (lines(error)) } }
            }
        }
    }
}

/// How many entities are in each state in which one does not want them.
fn tallies(catalog: &Catalog<'_>) -> impl Iterator<Item = (Delivery, usize)> {
    let worst_first = Delivery::ALL.into_iter().rev();
    let states = worst_first.filter(|it| *it != Delivery::Delivered);
    let counts = states.map(|state| {
        let declarations = catalog
            .entities
            .iter()
            .filter_map(|it| it.declaration.as_ref());
        let of_it = declarations.filter(|it| it.delivery == state);
        (state, of_it.count())
    });
    counts.filter(|(_, count)| *count > 0)
}

/// A text with its lines, and nothing hidden in them.
pub(super) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().take(200).map(visible).collect();
    lines.join("\n")
}
