//! What a list is asked for: some words, a state, and which page of it.
//!
//! Pure, and forgiving: an address that someone wrote by hand answers something.

use serde::Deserialize;
use serde_json::Value;

use super::model::{Catalog, Entity};
use crate::legible::shortened;

/// So many entities on a page.
pub(super) const PAGE: usize = 200;
/// So much of a search is looked at.
const SEARCH: usize = 200;

/// The parameters of an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    /// Words that each must be somewhere in an entity.
    pub q: String,
    /// A state, as the lists call it.
    pub state: String,
    /// Counted from 1.
    pub page: String,
}

/// A page of a list of entities.
#[derive(Clone, Debug)]
pub(super) struct Found<'c> {
    /// What was searched for.
    pub search: String,
    /// The state that was asked for.
    pub state: Option<String>,
    /// The newest change first; what never arrived before all else.
    pub entities: Vec<&'c Entity<'c>>,
    /// How many there are on all pages.
    pub count: usize,
    /// Which page this is, counted from 1.
    pub page: usize,
    /// How many pages there are, at least 1.
    pub pages: usize,
}

impl Query {
    /// What is found in a blueprint, or in all.
    pub(super) fn find<'c>(&self, catalog: &'c Catalog<'_>, blueprint: Option<&str>) -> Found<'c> {
        let search = shortened(self.q.trim(), SEARCH);
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        let state = Some(self.state.as_str()).filter(|state| !state.is_empty());
        let mut entities: Vec<&Entity<'_>> = catalog
            .entities
            .iter()
            .filter(|it| blueprint.is_none_or(|wanted| it.identity.blueprint == wanted))
            .filter(|it| blueprint.is_some() || !it.is_of_gitops())
            .filter(|it| state.is_none_or(|wanted| it.standing() == wanted))
            .filter(|it| words.iter().all(|word| holds(it, word)))
            .collect();
        // Stable: what was written at once stays sorted by identity.
        entities.sort_by_key(|it| (it.record.is_some(), std::cmp::Reverse(it.revision)));
        let count = entities.len();
        let pages = count.div_ceil(PAGE).max(1);
        let page = self.page.parse().unwrap_or(1).clamp(1, pages);
        let entities = entities.into_iter().skip((page - 1) * PAGE).take(PAGE);
        Found {
            search,
            state: state.map(|state| shortened(state, SEARCH)),
            entities: entities.collect(),
            count,
            page,
            pages,
        }
    }
}

/// Whether a word, in small letters, is anywhere in an entity.
fn holds(entity: &Entity<'_>, word: &str) -> bool {
    let in_text = |text: &str| text.to_lowercase().contains(word);
    let declaration = entity.declaration.as_ref();
    in_text(&entity.identity.identifier)
        || in_text(&entity.identity.blueprint)
        || entity.title().is_some_and(in_text)
        || entity.standing() == word
        || declaration.is_some_and(|it| {
            it.application.is_some_and(in_text)
                || it.location.is_some_and(|location| in_text(&location.file))
        })
        || entity.record.is_some_and(|record| {
            let relations = record.relations.values();
            let values = record.properties.values().chain(relations);
            values.into_iter().any(|value| is_in(value, &in_text))
                || record.team.iter().any(|team| in_text(team))
        })
}

fn is_in(value: &Value, in_text: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => in_text(text),
        Value::Array(list) => list.iter().any(|value| is_in(value, in_text)),
        Value::Object(members) => members.values().any(|value| is_in(value, in_text)),
        Value::Number(number) => in_text(&number.to_string()),
        Value::Null | Value::Bool(_) => false,
    }
}
