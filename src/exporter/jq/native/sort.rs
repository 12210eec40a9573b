//! What orders lists, by their items or by keys.

use super::super::fault::Fault;
use super::super::order::compare;
use super::super::value::Value;
use super::take::{first, list};
use super::{Outcome, Row};

pub(super) const TABLE: &[Row] = &[
    ("min", 0, |_, v, _| {
        extreme(list("min", v)?, list("min", v)?, true)
    }),
    ("max", 0, |_, v, _| {
        extreme(list("max", v)?, list("max", v)?, false)
    }),
    ("_min_by", 1, |_, v, a| {
        let (items, keys) = keyed("min_by", v, first(a))?;
        extreme(items, keys, true)
    }),
    ("_max_by", 1, |_, v, a| {
        let (items, keys) = keyed("max_by", v, first(a))?;
        extreme(items, keys, false)
    }),
    ("sort", 0, |_, v, _| {
        let items = list("sort", v)?;
        Ok(sorted(items, items))
    }),
    ("_sort_by", 1, |_, v, a| {
        let (items, keys) = keyed("sort_by", v, first(a))?;
        Ok(sorted(items, keys))
    }),
    ("_group_by", 1, |_, v, a| {
        let (items, keys) = keyed("group_by", v, first(a))?;
        let groups = grouped(items, keys).into_iter().map(Value::array);
        Ok(Value::array(groups.collect()))
    }),
    ("unique", 0, |_, v, _| {
        let items = list("unique", v)?;
        Ok(unique(items, items))
    }),
    ("_unique_by", 1, |_, v, a| {
        let (items, keys) = keyed("unique_by", v, first(a))?;
        Ok(unique(items, keys))
    }),
];

/// A list and its keys, of which there is one for each item.
fn keyed<'v>(
    name: &str,
    input: &'v Value,
    keys: &'v Value,
) -> Result<(&'v [Value], &'v [Value]), Fault> {
    match (input.as_array(), keys.as_array()) {
        (Some(items), Some(list)) if items.len() == list.len() => Ok((items, list)),
        (Some(_), Some(_)) => Err(Fault::wrapped_with(name, input, keys, "length mismatch")),
        _ => Err(Fault::argument(name, input, keys)),
    }
}

/// Of equals the first is the least, the last the greatest.
fn extreme(items: &[Value], keys: &[Value], least: bool) -> Outcome {
    let mut best = 0;
    for at in 1..keys.len() {
        if compare(&keys[best], &keys[at]).is_gt() == least {
            best = at;
        }
    }
    Ok(items.get(best).cloned().unwrap_or(Value::Null))
}

/// Items with their keys, in the order of the keys; equals stay as they are.
fn pairs<'v>(items: &'v [Value], keys: &'v [Value]) -> Vec<(&'v Value, &'v Value)> {
    let mut pairs: Vec<_> = items.iter().zip(keys).collect();
    pairs.sort_by(|(_, left), (_, right)| compare(left, right));
    pairs
}

fn sorted(items: &[Value], keys: &[Value]) -> Value {
    let items = pairs(items, keys).into_iter().map(|(item, _)| item.clone());
    Value::array(items.collect())
}

fn grouped(items: &[Value], keys: &[Value]) -> Vec<Vec<Value>> {
    let mut groups: Vec<Vec<Value>> = Vec::new();
    let mut last = None;
    for (item, key) in pairs(items, keys) {
        let same = last.is_some_and(|last| compare(last, key).is_eq());
        match groups.last_mut() {
            Some(group) if same => group.push(item.clone()),
            Some(_) | None => {
                groups.push(vec![item.clone()]);
                last = Some(key);
            }
        }
    }
    groups
}

fn unique(items: &[Value], keys: &[Value]) -> Value {
    let groups = grouped(items, keys).into_iter();
    Value::array(
        groups
            .filter_map(|group| group.into_iter().next())
            .collect(),
    )
}
