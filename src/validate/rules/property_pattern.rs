//! `property-pattern`: a property's text does not match the blueprint's regular
//! expression.
//!
//! The catalog's API refuses the whole entity.

use crate::validate::property::Said;

const RULE: &str = "property-pattern";

pub(in crate::validate) fn said(property: &str, pattern: &str) -> Said {
    Said {
        rule: RULE,
        message: format!("property `{property}` must match `{pattern}`"),
        help: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::property;
    use crate::validate::rules::fixture;

    #[test]
    fn the_expression_is_told() {
        fixture::check_service(
            property::check,
            "properties: {channel: shop}",
            &[
                "error property-pattern .spec.properties.channel: property `channel` must match `^#[a-z-]+$`",
            ],
        );
    }
}
