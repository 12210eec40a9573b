//! `property-format`: a property's text is not of the format that the blueprint
//! names.
//!
//! Only the formats that JSON Schema defines: of the API's own (`url`, `team` and
//! so on) it is not known that the API checks them.

use crate::validate::property::Said;

const RULE: &str = "property-format";

pub(in crate::validate) fn said(property: &str, format: &str) -> Said {
    let example = example(format).map(|example| format!("write it like `{example}`"));
    Said {
        rule: RULE,
        message: format!("property `{property}` must have the format `{format}`"),
        help: example,
    }
}

fn example(format: &str) -> Option<&'static str> {
    match format {
        "date-time" => Some("2026-01-31T09:30:00Z"),
        "date" => Some("2026-01-31"),
        "email" => Some("team@example.com"),
        "ipv4" => Some("192.0.2.7"),
        "ipv6" => Some("2001:db8::7"),
        "uri" => Some("https://example.com/path"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::property;
    use crate::validate::rules::fixture;

    #[test]
    fn a_format_is_shown_by_an_example() {
        fixture::check_service(
            property::check,
            "properties: {contact: nobody, since: yesterday, url: nowhere}",
            &[
                "error property-format .spec.properties.contact: property `contact` must have the format `email` (write it like `team@example.com`)",
                "error property-format .spec.properties.since: property `since` must have the format `date-time` (write it like `2026-01-31T09:30:00Z`)",
            ],
        );
    }
}
