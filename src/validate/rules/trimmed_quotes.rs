//! `trimmed-quotes`: a title, team or icon that begins or ends with a quote.
//!
//! The exporter takes all `"` off the ends of these (port-k8s-exporter 0.7.9), so
//! that the catalog shows another text. On identifiers the quotes are an error of
//! their own.

use crate::catalog::{EntityKind, annotation};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

const RULE: &str = "trimmed-quotes";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    _: &Context<'_>,
) -> Vec<Finding> {
    let read = [annotation::TITLE, annotation::TEAM, annotation::ICON];
    let trimmed = read.into_iter().filter(|key| {
        let text = object.annotation(key).unwrap_or_default();
        text.trim_matches('"') != text
    });
    let finding = |key| {
        let message = format!("the exporter takes the quotes at the ends of `{key}` off");
        Finding::new(RULE, Severity::Warning, message)
            .with_help("leave them out, or use others, such as `“`")
            .on(object.reference())
            .in_field(FieldPath::of(&["metadata", "annotations", key]))
    };
    trimmed.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[track_caller]
    fn check(title: &str, expected: &[&str]) {
        let text = format!("metadata: {{annotations: {{glint.io/title: {title}}}}}");
        fixture::check_text(super::check, &text, expected);
    }

    #[test]
    fn quotes_within_a_text_stay() {
        check(r#"'the "new" shop'"#, &[]);
        check(
            r#"'the "new"'"#,
            &[
                "warning trimmed-quotes .metadata.annotations[\"glint.io/title\"]: the exporter takes the quotes at the ends of `glint.io/title` off (leave them out, or use others, such as `“`)",
            ],
        );
    }
}
