//! `property-range`: a property's number is larger or smaller than the blueprint
//! lets it be.
//!
//! The catalog's API refuses the whole entity.

use serde_json::Value;

use crate::catalog::Bound;
use crate::validate::property::Said;

const RULE: &str = "property-range";

pub(in crate::validate) fn said(property: &str, bound: Bound, limit: &Value) -> Said {
    let bound = match bound {
        Bound::Least => "at least",
        Bound::Most => "at most",
        Bound::Above => "more than",
        Bound::Below => "less than",
    };
    Said {
        rule: RULE,
        message: format!("property `{property}` must be {bound} {limit}"),
        help: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::property;
    use crate::validate::rules::fixture;

    #[test]
    fn the_limit_is_told() {
        let at_most =
            "error property-range .spec.properties.tier: property `tier` must be at most 4";
        fixture::check_service(property::check, "properties: {tier: 5}", &[at_most]);
        let at_least =
            "error property-range .spec.properties.tier: property `tier` must be at least 1";
        fixture::check_service(property::check, "properties: {tier: 0}", &[at_least]);
    }
}
