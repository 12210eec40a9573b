//! A preview in a terminal: one table by blueprint, and the numbers last.
//!
//! ```text
//!   service
//!     + search-api                   created
//!     ~ checkout     tier            1 → 2
//!     ↔ ledger       moved           apps/ledger → apps/finance
//!     - old-gateway  deleted         2 entities point here: checkout, web
//!
//! 1 created, 1 changed, 1 moved, 1 deleted, 4 unchanged
//! ```

use std::collections::BTreeMap;

use super::PreviewPage;
use super::events::{self, Event};
use super::state::State;
use super::words::{self, Journey, Line, Pointing, SOMETHING};
use crate::diff::{Body, Content, Counts, Declared, Deleted, Diff, Moved};
use crate::legible::{counted, shortened, value as shown, visible};

/// The widest that a column makes those beside it stand.
const COLUMN: usize = 40;
/// The most characters of a value.
const VALUE: usize = 100;

/// The preview as text, ended by a newline.
pub(crate) fn preview_text(page: &PreviewPage<'_>) -> String {
    let blueprints = match page.diff {
        Some(diff) => differences(diff),
        None => declarations(page),
    };
    let mut table = Table::default();
    for (blueprint, mut entries) in blueprints {
        table.heads.push((table.rows.len(), visible(blueprint)));
        entries.sort_by_key(|(order, _)| *order);
        table
            .rows
            .extend(entries.into_iter().flat_map(|(_, rows)| rows));
    }
    let gap = if table.rows.is_empty() { "" } else { "\n" };
    format!("{}{gap}{}\n", table.text(), summary(page))
}

/// A line of the table.
#[derive(Debug, Default)]
struct Row {
    sign: &'static str,
    name: String,
    label: String,
    value: String,
}

/// By blueprint, the rows of each entity with what they are sorted by.
type Blueprints<'a> = BTreeMap<&'a str, Vec<(usize, Vec<Row>)>>;

#[derive(Debug, Default)]
struct Table {
    /// Before which row a blueprint begins, and its name.
    heads: Vec<(usize, String)>,
    rows: Vec<Row>,
}

impl Table {
    fn text(&self) -> String {
        let width = |cell: fn(&Row) -> &String| {
            let widths = self.rows.iter().map(|row| cell(row).chars().count());
            widths.filter(|width| *width <= COLUMN).max().unwrap_or(0)
        };
        let (names, labels) = (width(|row| &row.name), width(|row| &row.label));
        let mut heads = self.heads.iter().peekable();
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            while let Some((_, head)) = heads.next_if(|(at, _)| *at == index) {
                text.push_str(&format!("  {head}\n"));
            }
            let Row {
                sign,
                name,
                label,
                value,
            } = row;
            let line = format!("    {sign:1} {name:names$}  {label:labels$}  {value}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// What happens to each entity: what is new, what changes, what moves, what goes.
fn differences(diff: &Diff) -> Blueprints<'_> {
    let mut blueprints: Blueprints<'_> = BTreeMap::new();
    for (blueprint, events) in events::events(diff) {
        let entries = events.into_iter().map(|event| match event {
            Event::Created(entity) => (0, named(State::Created, entity, created())),
            Event::Changed(changed) => (1, named(event.state(), &changed.after, fields(event))),
            Event::Moved(moved) => {
                let rows = journey(moved).into_iter().chain(fields(event)).collect();
                (2, named(State::Moved, &moved.after, rows))
            }
        });
        blueprints.entry(blueprint).or_default().extend(entries);
    }
    for deleted in &diff.deleted {
        let Deleted { before, relating } = deleted;
        let row = Row {
            label: State::Deleted.word().to_owned(),
            value: pointing(relating, "point here"),
            ..Row::default()
        };
        let rows = named(State::Deleted, before, vec![row]);
        let entries = blueprints.entry(&before.identity.blueprint).or_default();
        entries.push((3, rows));
    }
    blueprints
}

fn created() -> Vec<Row> {
    vec![Row {
        value: State::Created.word().to_owned(),
        ..Row::default()
    }]
}

/// The rows of an entity, its sign and name in the first.
fn named(state: State, entity: &Declared, mut rows: Vec<Row>) -> Vec<Row> {
    if rows.is_empty() {
        rows.push(Row::default());
    }
    if let Some(first) = rows.first_mut() {
        // The one sign that a terminal may not have is easy to write otherwise.
        first.sign = match state {
            State::Deleted => "-",
            State::Created
            | State::Changed
            | State::Moved
            | State::Lingering
            | State::Unchanged => state.sign(),
        };
        first.name = visible(&entity.identity.identifier);
    }
    rows
}

/// A row for each field that differs.
fn fields(event: Event<'_>) -> Vec<Row> {
    if event.is_vague() {
        return vec![Row {
            label: State::Changed.word().to_owned(),
            value: SOMETHING.to_owned(),
            ..Row::default()
        }];
    }
    let lines = event.fields().map(words::lines).unwrap_or_default();
    let rows = lines.into_iter().map(|line| {
        let (label, value) = match line {
            Line::Change {
                field,
                before,
                after,
            } => (field, change(before, after)),
            Line::Lingering {
                field,
                value: _,
                meaning,
            } => (field, format!("lingering: {meaning}")),
        };
        Row {
            label,
            value,
            ..Row::default()
        }
    });
    rows.collect()
}

/// `1 → 2`; what was not sent, or goes with what it was in, is a word.
fn change(before: Option<String>, after: Option<String>) -> String {
    let cut = |text: String| shortened(&text, VALUE);
    match (before.map(cut), after.map(cut)) {
        (None, None) => String::new(),
        (None, Some(after)) if after == "null" => "cleared".to_owned(),
        (None, Some(after)) => format!("new: {after}"),
        (Some(before), None) => format!("{before} → removed"),
        (Some(before), Some(after)) if after == "null" => format!("{before} → cleared"),
        (Some(before), Some(after)) => format!("{before} → {after}"),
    }
}

/// From where to where, what that costs, and who still points to the old name.
fn journey(moved: &Moved) -> Vec<Row> {
    let Journey { from, to, cost: _ } = words::journey(moved);
    let mut rows = vec![Row {
        label: State::Moved.word().to_owned(),
        value: format!("{} → {}", visible(&from), visible(&to)),
        ..Row::default()
    }];
    let more = |value: String| Row {
        value,
        ..Row::default()
    };
    rows.extend(moved.cost.sentence().map(|cost| more(cost.to_owned())));
    let pointing = pointing(&moved.relating, "point to the old name");
    rows.extend((!pointing.is_empty()).then(|| more(pointing)));
    rows
}

/// `2 entities point here: checkout, web`; empty where nobody does.
fn pointing(relating: &[crate::diff::Relating], verb: &str) -> String {
    let Some(Pointing {
        text: _,
        named,
        more,
    }) = words::pointing(relating)
    else {
        return String::new();
    };
    let mut names: Vec<String> = Vec::new();
    for relating in named {
        let name = visible(&relating.identity.identifier);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let count = match relating.len() {
        1 => format!("1 entity {}", verb.replacen("point", "points", 1)),
        _ => format!(
            "{} {verb}",
            counted(names.len() + more, "entity", "entities")
        ),
    };
    let more = if more > 0 { ", …" } else { "" };
    format!("{count}: {}{more}", names.join(", "))
}

/// Every entity with what is sent of it.
fn declarations<'a>(page: &PreviewPage<'a>) -> Blueprints<'a> {
    let mut blueprints: Blueprints<'_> = BTreeMap::new();
    for entity in page.after.entities() {
        let place = Row {
            label: "declared".to_owned(),
            value: visible(&words::place(entity)),
            ..Row::default()
        };
        let mut rows = named(State::Unchanged, entity, vec![place]);
        if let Content::Body(body) = &entity.content {
            rows.extend(sent(body));
        }
        let entries = blueprints.entry(&entity.identity.blueprint).or_default();
        entries.push((0, rows));
    }
    blueprints
}

/// A row for each field that is sent.
fn sent(body: &Body) -> Vec<Row> {
    let Body {
        title,
        icon,
        team,
        properties,
        relations,
    } = body;
    let text = |text: &Option<String>| text.as_deref().map(serde_json::Value::from);
    let own = [
        ("title", text(title)),
        ("icon", text(icon)),
        ("team", team.clone()),
    ];
    let own = own
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let properties = properties
        .iter()
        .map(|(name, value)| (format!("properties.{name}"), value.clone()));
    let relations = relations
        .iter()
        .map(|(name, value)| (format!("relations.{name}"), value.clone()));
    let fields = own.chain(properties).chain(relations);
    fields
        .map(|(field, value)| {
            let name = field.strip_prefix("properties.").unwrap_or(&field);
            Row {
                label: visible(name),
                value: shown(&value, VALUE),
                ..Row::default()
            }
        })
        .collect()
}

/// The numbers of it.
fn summary(page: &PreviewPage<'_>) -> String {
    let Some(diff) = page.diff else {
        let tallies = words::tallies(page);
        let texts: Vec<String> = tallies.into_iter().map(|tally| tally.text).collect();
        return texts.join(", ");
    };
    let Counts {
        created,
        changed,
        moved,
        deleted,
        unchanged,
        lingering,
    } = diff.counts();
    let mut summary = format!(
        "{created} created, {changed} changed, {moved} moved, {deleted} deleted, {unchanged} unchanged"
    );
    if lingering > 0 {
        let lingers = counted(lingering, "field lingers", "fields linger");
        summary.push_str(&format!("; {lingers}"));
    }
    summary
}
