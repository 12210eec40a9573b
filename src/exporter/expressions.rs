//! The expressions of a block, and the variables that they read by name.
//!
//! Not for what they yield (`preview`). A name that is computed is not found:
//! `env[.metadata.name]`.

use std::sync::OnceLock;

use regex::Regex;

use super::config::{Block, DecodedMapping, Query};

/// `env.NAME`, `$ENV.NAME`, `env["NAME"]` and `env."NAME"`.
const READ: &str = concat!(
    // Not a field of that name.
    r"(?:^|[^.$\w])(?:\$ENV|env)\s*",
    r#"(?:\.\s*([A-Za-z_]\w*)|\.\s*"([^"\\]+)"|\.?\s*\[\s*"([^"\\]+)"\s*\])"#
);

/// The names of the variables that an expression reads, in their order.
pub(crate) fn variables_read(expression: &str) -> Vec<&str> {
    static READS: OnceLock<Option<Regex>> = OnceLock::new();
    // Written above, and so it compiles.
    let Some(read) = READS.get_or_init(|| Regex::new(READ).ok()) else {
        return Vec::new();
    };
    let found = read.captures_iter(expression);
    let names = found.filter_map(|found| found.iter().skip(1).flatten().next());
    names.map(|name| name.as_str()).collect()
}

/// Every expression of a block.
pub(crate) fn every_expression(block: &Block) -> Vec<&str> {
    let mut all = of_selection(block);
    for mapping in &block.mappings {
        let DecodedMapping {
            identifier,
            title,
            blueprint,
            icon,
            team,
            properties,
            relations,
        } = mapping;
        all.extend([title.as_str(), blueprint, icon]);
        all.extend(properties.values().map(String::as_str));
        let queries = [identifier, team].into_iter().chain(relations.values());
        queries.for_each(|query| leaves(query, &mut all));
    }
    all
}

/// Those that decide which identities one of the block's mappings makes.
#[cfg(feature = "catalog")]
pub(crate) fn key_expressions<'b>(block: &'b Block, mapping: &'b DecodedMapping) -> Vec<&'b str> {
    let mut keys = of_selection(block);
    keys.push(&mapping.blueprint);
    leaves(&mapping.identifier, &mut keys);
    keys
}

/// Those that decide which objects and items a block is for.
fn of_selection(block: &Block) -> Vec<&str> {
    let Block {
        kind: _,
        selector,
        items_to_parse,
        items_to_parse_name: _,
        mappings: _,
    } = block;
    vec![selector, items_to_parse]
}

fn leaves<'q>(query: &'q Query, all: &mut Vec<&'q str>) {
    match query {
        Query::Absent | Query::Other => {}
        Query::Text(text) => all.push(text),
        Query::List(items) => items.iter().for_each(|item| leaves(item, all)),
        Query::Map(fields) => fields.values().for_each(|field| leaves(field, all)),
    }
}
