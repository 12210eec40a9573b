//! `property-length`: a property's text, list or mapping is longer or shorter than
//! the blueprint lets it be.
//!
//! The catalog's API refuses the whole entity.

use crate::catalog::{Bound, Unit};
use crate::validate::property::Said;

const RULE: &str = "property-length";

pub(in crate::validate) fn said(property: &str, unit: Unit, bound: Bound, limit: u64) -> Said {
    let unit = match (unit, limit) {
        (Unit::Characters, 1) => "character",
        (Unit::Characters, _) => "characters",
        (Unit::Items, 1) => "item",
        (Unit::Items, _) => "items",
        (Unit::Members, 1) => "key",
        (Unit::Members, _) => "keys",
    };
    let bound = match bound {
        Bound::Least => "at least",
        Bound::Most => "at most",
        Bound::Above => "more than",
        Bound::Below => "fewer than",
    };
    Said {
        rule: RULE,
        message: format!("property `{property}` must have {bound} {limit} {unit}"),
        help: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::property;
    use crate::validate::rules::fixture;

    #[test]
    fn the_limit_is_told_in_what_it_counts() {
        fixture::check_service(
            property::check,
            "properties: {summary: far too long for it, dashboards: []}",
            &[
                "error property-length .spec.properties.dashboards: property `dashboards` must have at least 1 item",
                "error property-length .spec.properties.summary: property `summary` must have at most 10 characters",
            ],
        );
    }
}
