//! `property-shape`: a property's value does not fit the blueprint's schema in some
//! other way, such as an item that is there twice or a key that is missing in a
//! mapping.
//!
//! The catalog's API refuses the whole entity.

use crate::validate::property::Said;

const RULE: &str = "property-shape";

pub(in crate::validate) fn said(property: &str, must: &str) -> Said {
    Said {
        rule: RULE,
        message: format!("property `{property}` must {must}"),
        help: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::property;
    use crate::validate::rules::fixture;

    #[test]
    fn what_must_be_is_told() {
        fixture::check_service(
            property::check,
            "properties: {dashboards: [a, a], objectives: {availability: 1, latency: 1}}",
            &[
                "error property-shape .spec.properties.dashboards: property `dashboards` must hold no item twice",
                "error property-shape .spec.properties.objectives: property `objectives` must not have `latency`",
            ],
        );
        fixture::check_service(
            property::check,
            "properties: {objectives: {}}",
            &[
                "error property-shape .spec.properties.objectives: property `objectives` must have `availability`",
            ],
        );
    }
}
