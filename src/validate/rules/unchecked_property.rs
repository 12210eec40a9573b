//! `unchecked-property`: a property whose value can't be checked, because the
//! blueprint's own schema of it can't be used.
//!
//! Said, so that nobody takes silence for a check that passed.

use crate::finding::{Finding, Severity};
use crate::validate::typed::Typed;

const RULE: &str = "unchecked-property";

pub(in crate::validate) fn finding(typed: &Typed<'_>, property: &str) -> Finding {
    let blueprint = &typed.blueprint.identifier;
    let message = format!(
        "property `{property}` is not checked: its schema in blueprint `{blueprint}` can't be used"
    );
    typed
        .finding(RULE, Severity::Info, &["properties", property], message)
        .with_help("look for a `pattern` in it that is no regular expression")
}

#[cfg(test)]
mod tests {
    use crate::validate::property;
    use crate::validate::rules::fixture;

    #[test]
    fn a_schema_that_is_none_is_said() {
        fixture::check_service(
            property::check,
            "properties: {broken: x}",
            &[
                "info unchecked-property .spec.properties.broken: property `broken` is not checked: its schema in blueprint `service` can't be used (look for a `pattern` in it that is no regular expression)",
            ],
        );
    }
}
