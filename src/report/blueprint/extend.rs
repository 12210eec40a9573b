//! What a blueprint that is there already lacks of ours.
//!
//! Invariant: nothing that it has is ever taken from it or changed; what stands in
//! the way is named instead.

use serde_json::{Map, Value, json};

/// Why a blueprint of the catalog can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the blueprint `{blueprint}` has the {member} `{name}` as {theirs}, and reports need {ours}; rename it, or use another organisation"
)]
pub(crate) struct Clash {
    blueprint: String,
    member: &'static str,
    name: String,
    theirs: String,
    ours: String,
}

/// What to change of a blueprint that is there, so that it can hold what ours holds;
/// nothing where it can. What it has goes along, as a change replaces the whole
/// schema.
///
/// # Errors
/// A property of another type, or a relation that leads elsewhere.
pub(crate) fn extended(theirs: &Value, ours: &Value) -> Result<Option<Value>, Clash> {
    let schema = object(&theirs["schema"]);
    let mut properties = object(&theirs["schema"]["properties"]);
    let mut relations = object(&theirs["relations"]);
    let mut is_changed = false;
    let clash = |member, name: &str, theirs: &Value, needed: &Value| Clash {
        blueprint: ours["identifier"].as_str().unwrap_or_default().to_owned(),
        member,
        name: name.to_owned(),
        theirs: theirs.to_string(),
        ours: needed.to_string(),
    };
    for (name, property) in &object(&ours["schema"]["properties"]) {
        match properties.get_mut(name) {
            None => {
                properties.insert(name.clone(), property.clone());
                is_changed = true;
            }
            Some(existing) if existing["type"] != property["type"] => {
                return Err(clash(
                    "property",
                    name,
                    &existing["type"],
                    &property["type"],
                ));
            }
            Some(existing) => is_changed |= add_words(existing, property),
        }
    }
    for (name, relation) in &object(&ours["relations"]) {
        match relations.get(name) {
            None => {
                relations.insert(name.clone(), relation.clone());
                is_changed = true;
            }
            Some(existing)
                if ["target", "many"]
                    .iter()
                    .any(|it| existing[it] != relation[it]) =>
            {
                return Err(clash("relation", name, existing, relation));
            }
            Some(_) => {}
        }
    }
    let mut schema = schema;
    schema.insert("properties".to_owned(), Value::Object(properties));
    Ok(is_changed.then(|| json!({"schema": schema, "relations": relations})))
}

/// Adds the words that a property must take besides those it takes.
fn add_words(theirs: &mut Value, ours: &Value) -> bool {
    let (Some(existing), Some(needed)) = (theirs["enum"].as_array(), ours["enum"].as_array())
    else {
        return false;
    };
    let missing: Vec<Value> = needed
        .iter()
        .filter(|word| !existing.contains(word))
        .cloned()
        .collect();
    let words = [existing.clone(), missing.clone()].concat();
    theirs["enum"] = Value::from(words);
    for word in missing.iter().filter_map(Value::as_str) {
        if let (Some(colours), Some(colour)) = (
            theirs["enumColors"].as_object_mut(),
            ours["enumColors"].get(word),
        ) {
            colours.insert(word.to_owned(), colour.clone());
        }
    }
    !missing.is_empty()
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::extended;
    use crate::report::blueprints;

    #[test]
    fn a_blueprint_that_has_all_is_left_alone() {
        for ours in blueprints(&[]) {
            assert_eq!(extended(&ours, &ours), Ok(None));
        }
    }

    #[test]
    fn what_is_missing_is_added_and_what_is_there_stays() {
        let ours = json!({
            "identifier": "gitopsSync",
            "schema": {"properties": {
                "phase": {"type": "string", "enum": ["Running", "Error"], "enumColors": {"Running": "blue", "Error": "red"}},
                "reason": {"type": "string"},
            }, "required": ["phase"]},
            "relations": {"target": {"target": "gitopsTarget", "many": false}},
        });
        let theirs = json!({
            "identifier": "gitopsSync",
            "schema": {"properties": {
                "phase": {"type": "string", "title": "Mine", "enum": ["Done", "Running"], "enumColors": {"Running": "green"}},
                "cost": {"type": "number"},
            }, "required": ["cost"]},
            "relations": {"owner": {"target": "team", "many": false}},
        });
        let change = extended(&theirs, &ours).unwrap().unwrap();
        assert_eq!(
            change,
            json!({
                "schema": {"properties": {
                    "phase": {"type": "string", "title": "Mine", "enum": ["Done", "Running", "Error"], "enumColors": {"Running": "green", "Error": "red"}},
                    "cost": {"type": "number"},
                    "reason": {"type": "string"},
                }, "required": ["cost"]},
                "relations": {
                    "owner": {"target": "team", "many": false},
                    "target": {"target": "gitopsTarget", "many": false},
                },
            })
        );
        let mut after = theirs;
        after["schema"] = change["schema"].clone();
        after["relations"] = change["relations"].clone();
        assert_eq!(extended(&after, &ours), Ok(None));
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let ours = json!({"identifier": "gitopsSync", "schema": {"properties": {"phase": {"type": "string"}}}});
        let theirs = json!({"schema": {"properties": {"phase": {"type": "number"}}}});
        assert_eq!(
            extended(&theirs, &ours).unwrap_err().to_string(),
            "the blueprint `gitopsSync` has the property `phase` as \"number\", and reports need \"string\"; rename it, or use another organisation"
        );
    }
}
