//! `property-type`: a property's value is of another type than the blueprint says.
//!
//! The catalog's API refuses the whole entity.

use crate::validate::property::Said;

const RULE: &str = "property-type";

pub(in crate::validate) fn said(property: &str, expected: &[&str], found: &str) -> Said {
    let types: Vec<&str> = expected.iter().map(|expected| noun(expected)).collect();
    Said {
        rule: RULE,
        message: format!(
            "property `{property}` must be {}, not {}",
            types.join(" or "),
            noun(found)
        ),
        help: help(expected, found).map(str::to_owned),
    }
}

/// JSON's types in words, with the article that belongs to them.
fn noun(json_type: &str) -> &str {
    match json_type {
        "string" => "a string",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "a boolean",
        "array" => "a list",
        "object" => "a mapping",
        other => other,
    }
}

/// What an author probably forgot.
fn help(expected: &[&str], found: &str) -> Option<&'static str> {
    match (expected, found) {
        (["string"], "number" | "boolean") => Some("put it in quotes"),
        (["number" | "integer"], "string") => Some("write a number, without quotes"),
        (["boolean"], "string") => Some("write `true` or `false`, without quotes"),
        (["array"], "string" | "number" | "boolean" | "object") => {
            Some("write it as a list, each item behind a `-`")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::property;
    use crate::validate::rules::fixture;

    #[test]
    fn another_type_is_named_and_no_value() {
        fixture::check_service(
            property::check,
            "properties: {tier: one, pager: 'yes', version: 1.10, dashboards: a, objectives: []}",
            &[
                "error property-type .spec.properties.dashboards: property `dashboards` must be a list, not a string (write it as a list, each item behind a `-`)",
                "error property-type .spec.properties.objectives: property `objectives` must be a mapping, not a list",
                "error property-type .spec.properties.pager: property `pager` must be a boolean, not a string (write `true` or `false`, without quotes)",
                "error property-type .spec.properties.tier: property `tier` must be a number, not a string (write a number, without quotes)",
                "error property-type .spec.properties.version: property `version` must be a string, not a number (put it in quotes)",
            ],
        );
    }

    #[test]
    fn null_is_no_value_of_a_wrong_type() {
        fixture::check_service(property::check, "properties: {tier: null, pager: }", &[]);
    }

    #[test]
    fn what_flux_puts_in_later_is_not_judged() {
        fixture::check_under_flux(
            property::check,
            "properties: {tier: '${TIER}', dashboards: ['${ONE}', '${ONE}']}",
            &[],
        );
    }
}
