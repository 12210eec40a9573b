//! All entities of a page, what happens to each, and where their relations lead.
//!
//! Those that are deleted are among them: somebody may point to them. Invariant:
//! sorted by identity, each identity once, and a link's target is an entry.

use std::collections::BTreeMap;

use serde_json::Value;

use super::PreviewPage;
use super::events;
use super::state::State;
use crate::catalog::Identity;
use crate::diff::{self, Body, Content, Declared, Moved, Relations, Side};
use crate::graph::{Link, Node, Vertex};

/// An entity.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// Which one.
    pub identity: &'a Identity,
    /// What is sent of it, if that is known; what was sent, of a deleted one.
    pub body: Option<&'a Body>,
    /// What happens to it.
    pub state: State,
    /// Its relations, target by target. None of a deleted one: they go with it.
    pub links: Vec<Link<'a>>,
    /// Who points here, sorted: indices of entries, and the relations' names.
    pub from: Vec<(usize, &'a str)>,
}

impl Entry<'_> {
    /// The title, where it is another than the identifier.
    pub(super) fn title(&self) -> Option<&str> {
        let title = self.body.and_then(|body| body.title.as_deref());
        title.filter(|title| *title != self.identity.identifier && !title.trim().is_empty())
    }

    /// What a person calls it.
    pub(super) fn name(&self) -> &str {
        self.title().unwrap_or(&self.identity.identifier)
    }
}

/// The entries as a drawing takes them; a card leads to the entry's row.
pub(super) fn vertices<'e>(entries: &'e [Entry<'e>]) -> Vec<Vertex<'e>> {
    let vertices = entries.iter().enumerate();
    let vertices = vertices.map(|(index, entry)| Vertex {
        node: Node {
            href: Some(format!("#entity-{index}")),
            blueprint: Some(entry.identity.blueprint.clone()),
            identifier: entry.identity.identifier.clone(),
            title: entry.title().map(str::to_owned),
            mark: entry.state.mark(),
        },
        comes_first: entry.state != State::Unchanged,
        links: &entry.links,
    });
    vertices.collect()
}

/// The entries of a page.
pub(super) fn entries<'a>(page: &PreviewPage<'a>) -> Vec<Entry<'a>> {
    let mut entries = unlinked(page);
    let nothing = Side::default();
    let relations = Relations::of(page.before.unwrap_or(&nothing), page.after);
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        named
            .entry(&entry.identity.identifier)
            .or_default()
            .push(index);
    }
    for (index, declared) in sent(page, &entries) {
        let links = links(declared, &relations, &named, &entries);
        for link in &links {
            for to in &link.to {
                entries[*to].from.push((index, link.relation));
            }
        }
        entries[index].links = links;
    }
    entries
}

fn unlinked<'a>(page: &PreviewPage<'a>) -> Vec<Entry<'a>> {
    let mut entries = BTreeMap::new();
    let mut add = |declared: &'a Declared, state| {
        let entry = Entry {
            identity: &declared.identity,
            body: body(declared),
            state,
            links: Vec::new(),
            from: Vec::new(),
        };
        entries.insert(&declared.identity, entry);
    };
    page.after
        .entities()
        .for_each(|it| add(it, State::Unchanged));
    let Some(diff) = page.diff else {
        return entries.into_values().collect();
    };
    diff.created.iter().for_each(|it| add(it, State::Created));
    diff.changed
        .iter()
        .for_each(|it| add(&it.after, events::state(it)));
    diff.deleted
        .iter()
        .for_each(|it| add(&it.before, State::Deleted));
    for moved in &diff.moved {
        add(&moved.after, State::Moved);
        if is_missed(moved) {
            add(&moved.before, State::Deleted);
        }
    }
    entries.into_values().collect()
}

/// A renamed entity that others still point to by its old name.
fn is_missed(moved: &Moved) -> bool {
    !moved.relating.is_empty()
}

fn body(declared: &Declared) -> Option<&Body> {
    match &declared.content {
        Content::Body(body) => Some(body),
        Content::Digest(_) => None,
    }
}

/// What is sent, with the index of its entry.
fn sent<'a>(page: &PreviewPage<'a>, entries: &[Entry<'_>]) -> Vec<(usize, &'a Declared)> {
    let index = |declared: &Declared| {
        let found = entries.binary_search_by_key(&&declared.identity, |entry| entry.identity);
        found.unwrap_or_default()
    };
    let sent = page.after.entities();
    sent.map(|declared| (index(declared), declared)).collect()
}

fn links<'a>(
    declared: &'a Declared,
    relations: &Relations,
    named: &BTreeMap<&str, Vec<usize>>,
    entries: &[Entry<'_>],
) -> Vec<Link<'a>> {
    let mut links: Vec<Link<'a>> = Vec::new();
    for (relation, identifier) in diff::pointers(declared) {
        let candidates = named.get(identifier).into_iter().flatten().copied();
        let to = candidates
            .filter(|to| relations.leads(&declared.identity, relation, entries[*to].identity));
        let link = Link {
            relation,
            identifier: Some(identifier),
            to: to.collect(),
        };
        if !links.contains(&link) {
            links.push(link);
        }
    }
    let relations = body(declared).map(|body| &body.relations);
    let searches = relations
        .into_iter()
        .flatten()
        .filter(|(_, value)| is_search(value));
    links.extend(searches.map(|(relation, _)| Link {
        relation,
        identifier: None,
        to: Vec::new(),
    }));
    links
}

fn is_search(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            false
        }
    }
}
