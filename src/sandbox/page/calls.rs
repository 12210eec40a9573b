//! What the API was asked, the last first.

use maud::{Markup, html};

use super::address;
use super::frame::Page;
use super::model::{Call, Catalog};
use super::teach;
use super::value::{name, time};

/// The page.
pub(super) fn page(catalog: &Catalog<'_>) -> Page {
    Page {
        title: "API calls".to_owned(),
        tab: address::CALLS,
        side: None,
        main: html! {
            h1 { "API calls" }
            @if catalog.calls.is_empty() { (teach::no_calls()) } @else { (table(&catalog.calls)) }
        },
    }
}

fn table(calls: &[Call<'_>]) -> Markup {
    html! {
        table class="calls" {
            caption class="unseen" { "Calls of the API, the last first" }
            thead { tr {
                th scope="col" { "Call" }
                th scope="col" { "Answer" }
                th scope="col" { "By" }
                th scope="col" class="when" { "At (UTC)" }
            } }
            tbody { @for call in calls { (row(call)) } }
        }
    }
}

fn row(call: &Call<'_>) -> Markup {
    let Call {
        at,
        method,
        path,
        user_agent,
        status,
    } = call;
    let class = match status {
        ..300 => "delivered",
        404 => "undeclared",
        300..500 => "warning",
        _ => "error",
    };
    html! {
        tr {
            th scope="row" { code { (name(method)) " " (name(path)) } }
            td { span class={"state " (class)} { span class="dot" aria-hidden="true" {} (status) } }
            td { (name(user_agent)) }
            td class="when" { (time(at)) }
        }
    }
}
