//! What both outputs say of a difference, in the same words.
//!
//! Plain text without markup; what of it comes from manifests is not escaped.

use std::collections::BTreeSet;

use super::PreviewPage;
use super::state::State;
use crate::diff::{Cost, Counts, Declared, FieldChange, Fields, Lingering, Moved, Place, Relating};
use crate::legible::{self, counted, shortened};
use crate::manifest::FieldPath;

/// The most characters of a value.
const VALUE: usize = 160;
/// The most entities that are named where one lists those that point somewhere.
const NAMED: usize = 12;

/// A number of the first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    /// `1 created`.
    pub text: String,
    /// What it counts, if that is one thing.
    pub state: Option<State>,
}

/// The numbers of the first line, those that say something.
pub(super) fn tallies(page: &PreviewPage<'_>) -> Vec<Tally> {
    let Some(diff) = page.diff else {
        return vec![Tally {
            text: all(page),
            state: None,
        }];
    };
    let Counts {
        created,
        changed,
        moved,
        deleted,
        unchanged,
        lingering,
    } = diff.counts();
    let states = [
        (created, State::Created),
        (changed, State::Changed),
        (moved, State::Moved),
        (deleted, State::Deleted),
    ];
    let mut tallies: Vec<Tally> = states
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| tally(format!("{count} {}", state.word()), Some(state)))
        .collect();
    if tallies.is_empty() {
        tallies.push(tally("no change".to_owned(), None));
    }
    tallies.push(tally(format!("{unchanged} unchanged"), None));
    if lingering > 0 {
        let text = counted(lingering, "field lingers", "fields linger");
        tallies.push(tally(text, Some(State::Lingering)));
    }
    tallies
}

fn tally(text: String, state: Option<State>) -> Tally {
    Tally { text, state }
}

fn all(page: &PreviewPage<'_>) -> String {
    let entities = page.after.entities();
    let blueprints: BTreeSet<&str> = entities
        .map(|entity| entity.identity.blueprint.as_str())
        .collect();
    format!(
        "{} of {}",
        counted(page.after.entities().count(), "entity", "entities"),
        counted(blueprints.len(), "blueprint", "blueprints")
    )
}

/// A field as people name it: a property by its name, all else by its path.
pub(super) fn field(path: &FieldPath) -> String {
    let path = path.to_string();
    let name = path.strip_prefix(".properties.");
    let name = name.or_else(|| path.strip_prefix('.')).unwrap_or(&path);
    shortened(name, VALUE)
}

/// A field that differs, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Another value is sent.
    Change {
        /// The field.
        field: String,
        /// What was sent, if anything.
        before: Option<String>,
        /// What is sent; none where the field goes with what it was in.
        after: Option<String>,
    },
    /// Nothing is sent any more.
    Lingering {
        /// The field.
        field: String,
        /// What stays.
        value: String,
        /// What that means.
        meaning: &'static str,
    },
}

/// Every field that differs.
pub(super) fn lines(fields: &Fields) -> Vec<Line> {
    let Fields { changes, lingering } = fields;
    let shown = |value: &serde_json::Value| legible::value(value, VALUE);
    let changes = changes.iter().map(|change| {
        let FieldChange {
            path,
            before,
            after,
        } = change;
        Line::Change {
            field: field(path),
            before: before.as_ref().map(shown),
            after: after.as_ref().map(shown),
        }
    });
    let lingering = lingering.iter().map(|lingering| {
        let Lingering {
            path,
            value,
            left_git,
        } = lingering;
        Line::Lingering {
            field: field(path),
            value: shown(value),
            meaning: match left_git {
                true => "left Git, stays in the catalog",
                false => "not in Git, stays in the catalog",
            },
        }
    });
    changes.chain(lingering).collect()
}

/// What is known where only a lock is compared with.
pub(super) const SOMETHING: &str = "something of it differs; a lock does not say what";

/// From where to where an entity moved, and what that costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journey {
    /// Where it was, or who it was.
    pub from: String,
    /// Where it is, or who it is.
    pub to: String,
    /// What it costs.
    pub cost: &'static str,
}

pub(super) fn journey(moved: &Moved) -> Journey {
    let (before, after) = (&moved.before, &moved.after);
    let ways: [fn(&Declared) -> Option<String>; 3] = [file, object, application];
    let names = match moved.cost {
        Cost::Identity => Some((before.identity.to_string(), after.identity.to_string())),
        Cost::Nothing | Cost::Recreated => ways
            .into_iter()
            .filter_map(|way| way(before).zip(way(after)))
            .find(|(from, to)| from != to),
    };
    let (from, to) = names.unwrap_or_default();
    Journey {
        from,
        to,
        cost: moved.cost.sentence().unwrap_or("nothing is lost"),
    }
}

fn file(declared: &Declared) -> Option<String> {
    declared.places.first()?.file().map(str::to_owned)
}

fn object(declared: &Declared) -> Option<String> {
    Some(declared.places.first()?.owner.resource().to_string())
}

fn application(declared: &Declared) -> Option<String> {
    declared.places.first()?.owner.application.clone()
}

/// Where an entity is declared: `apps/pay.yaml:3`, else the object.
pub(super) fn place(declared: &Declared) -> String {
    let Some((first, others)) = declared.places.split_first() else {
        return String::new();
    };
    let Place { owner, location } = first;
    let text = match location {
        Some(location) => format!("{}:{}", location.file, location.line),
        None => owner.resource().to_string(),
    };
    let more = match others.len() {
        0 => String::new(),
        count => format!(" and {}", counted(count, "other place", "other places")),
    };
    format!("{text}{more}")
}

/// Who points to an entity: how many, some of them, and how many more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointing<'a> {
    /// `3 entities point here`.
    pub text: String,
    /// Those that are named.
    pub named: &'a [Relating],
    /// How many are not.
    pub more: usize,
}

/// None where nobody does.
pub(super) fn pointing(relating: &[Relating]) -> Option<Pointing<'_>> {
    let entities: BTreeSet<_> = relating.iter().map(|it| &it.identity).collect();
    let named = &relating[..relating.len().min(NAMED)];
    (!relating.is_empty()).then(|| Pointing {
        text: match entities.len() {
            1 => "1 entity points here".to_owned(),
            count => format!("{count} entities point here"),
        },
        named,
        more: relating.len() - named.len(),
    })
}
