//! A preview as a comment on a pull request: GitHub's and GitLab's Markdown.
//!
//! Whatever comes from manifests stands in code: there no markup, no mention and
//! no link is made of it, on either host. What is too long is cut
//! by whole entities (`comment`).

mod comment;

use std::collections::BTreeMap;

use maud::html;

use super::PreviewPage;
use super::events::{self, Event};
use super::state::State;
use super::words::{self, Journey, Line, Pointing, SOMETHING, Tally};
use crate::diff::{Diff, Relating};
use crate::finding::Finding;
use crate::legible::{counted, shortened, visible};
use comment::{Comment, Item, Part};

/// The most characters of a name.
const NAME: usize = 120;
/// The most fields of an entity.
const FIELDS: usize = 40;

/// The comment.
pub(crate) fn preview_markdown(page: &PreviewPage<'_>) -> String {
    let mut comment = Comment::new(head(page));
    comment.add(&deletions(page.diff));
    comment.add(&problems(page.findings));
    let entities = match page.diff {
        Some(diff) => differences(diff),
        None => declarations(page),
    };
    for part in entities {
        comment.add(&part);
    }
    comment.ended(&mark(page.subject))
}

/// The first lines: what happens, then of what and where to see more.
fn head(page: &PreviewPage<'_>) -> String {
    let tallies = words::tallies(page);
    let texts: Vec<String> = tallies.iter().map(number).collect();
    let mut head = texts.join(", ");
    head.push_str(&format!("\n\nCatalog preview of {}", code(page.subject)));
    if let Some(against) = page.against {
        head.push_str(&format!(" against {}", code(against)));
    }
    if let Some(link) = page.link.filter(|link| is_link(link)) {
        head.push_str(&format!(", [with the graph of relations](<{link}>)"));
    }
    head.push_str("\n\n");
    head
}

/// A number of the first line, which stands out where something happens.
fn number(tally: &Tally) -> String {
    match tally.state {
        Some(_) => format!("**{}**", tally.text),
        None => tally.text.clone(),
    }
}

/// What whoever replaces an earlier comment by this one finds it by.
fn mark(subject: &str) -> String {
    let subject: String = shortened(&visible(&shortened(subject, NAME)), NAME)
        .chars()
        .map(|it| if "<>-".contains(it) { '_' } else { it })
        .collect();
    format!("<!-- glint-gitops preview {subject} -->\n")
}

/// Whether a URL can stand in a link as it is.
fn is_link(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web
        && url
            .chars()
            .all(|it| it.is_ascii_graphic() && !"<>\\`".contains(it))
}

fn deletions(diff: Option<&Diff>) -> Part {
    let deleted = diff.map(|diff| diff.deleted.as_slice()).unwrap_or_default();
    let items = deleted.iter().map(|deleted| Item {
        word: State::Deleted.word(),
        text: format!(
            "- {}{}\n",
            code(&deleted.before.identity.to_string()),
            pointing(&deleted.relating)
        ),
    });
    Part {
        summary: format!("<b>{} deleted</b>", deleted.len()),
        open: true,
        items: items.collect(),
    }
}

fn problems(findings: &[Finding]) -> Part {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Part {
        summary: format!("<b>{}</b>", counted(findings.len(), "problem", "problems")),
        open: true,
        items: sorted.into_iter().map(problem).collect(),
    }
}

fn problem(finding: &Finding) -> Item {
    let Finding {
        rule,
        severity,
        message,
        help,
        location,
        resource,
        field: _,
    } = finding;
    let mut text = format!("- **{severity}** {}", code(message));
    if let Some(help) = help {
        text.push_str(&format!("; {}", code(help)));
    }
    let resource = resource.as_ref().map(ToString::to_string);
    let location = location.as_ref().map(ToString::to_string);
    for place in [resource, location].into_iter().flatten() {
        text.push_str(&format!(", {}", code(&place)));
    }
    text.push_str(&format!(" ({rule})\n"));
    Item {
        word: "problems",
        text,
    }
}

/// A part for each blueprint of which something changes.
fn differences(diff: &Diff) -> Vec<Part> {
    let parts = events::events(diff).into_iter();
    parts
        .map(|(blueprint, events)| Part {
            summary: format!("{}: {}", html_code(blueprint), events::counts(&events)),
            open: false,
            items: events.into_iter().map(item).collect(),
        })
        .collect()
}

fn item(event: Event<'_>) -> Item {
    let word = event.state().word();
    let name = code(&event.identity().identifier);
    let mut text = format!("- **{word}** {name}");
    if let Event::Moved(moved) = event {
        let Journey { from, to, cost } = words::journey(moved);
        text.push_str(&format!(": {} → {} ({cost})", code(&from), code(&to)));
        text.push_str(&pointing(&moved.relating));
    }
    if event.is_vague() {
        text.push_str(&format!(": {SOMETHING}"));
    }
    text.push('\n');
    let lines = event.fields().map(words::lines).unwrap_or_default();
    text.extend(lines.iter().take(FIELDS).map(line));
    if lines.len() > FIELDS {
        text.push_str(&format!("  - and {} more fields\n", lines.len() - FIELDS));
    }
    Item { word, text }
}

fn line(line: &Line) -> String {
    match line {
        Line::Lingering {
            field,
            value,
            meaning,
        } => {
            format!("  - {} {meaning}: {}\n", code(field), code(value))
        }
        Line::Change {
            field,
            before,
            after,
        } => {
            let after = after.as_deref().map_or_else(|| "nothing".to_owned(), code);
            match before {
                Some(before) => format!("  - {}: {} → {after}\n", code(field), code(before)),
                None => format!("  - {}: {after}, new\n", code(field)),
            }
        }
    }
}

/// Without a comparison: what is sent, blueprint by blueprint.
fn declarations(page: &PreviewPage<'_>) -> Vec<Part> {
    let mut items: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
    for entity in page.after.entities() {
        let identifier = code(&entity.identity.identifier);
        let place = code(&words::place(entity));
        items
            .entry(&entity.identity.blueprint)
            .or_default()
            .push(Item {
                word: "entities",
                text: format!("- {identifier} from {place}\n"),
            });
    }
    let parts = items.into_iter();
    parts
        .map(|(blueprint, items)| Part {
            summary: format!(
                "{}: {}",
                html_code(blueprint),
                counted(items.len(), "entity", "entities")
            ),
            open: false,
            items,
        })
        .collect()
}

/// `: 3 entities point here: …`, or nothing.
fn pointing(relating: &[Relating]) -> String {
    let Some(Pointing { text, named, more }) = words::pointing(relating) else {
        return String::new();
    };
    let names = named.iter().map(|it| {
        let Relating { identity, relation } = it;
        format!("{} by {}", code(&identity.to_string()), code(relation))
    });
    let mut names: Vec<String> = names.collect();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    format!("; {text}: {}", names.join(", "))
}

/// A text as code: all of it is shown, and nothing of it means anything.
fn code(text: &str) -> String {
    let text = shortened(&visible(&shortened(text, NAME * 2)), NAME * 2);
    let mut fence = 1;
    while text.contains(&"`".repeat(fence)) {
        fence += 1;
    }
    let fence = "`".repeat(fence);
    // One blank on either side is taken off again where both are there, and a
    // text of blanks alone keeps all of them.
    let needs_blank = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    match needs_blank && !text.trim().is_empty() || text.is_empty() {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// The same where the host reads HTML: in the heading of a part.
fn html_code(text: &str) -> String {
    let text = shortened(&visible(text), NAME);
    html! { code { (text) } }.into_string()
}
