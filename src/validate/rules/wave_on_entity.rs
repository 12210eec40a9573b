//! `wave-on-entity`: an entity that waits for its turn.
//!
//! A wave makes the sync wait for everything before it to be healthy; with
//! several applications at once it was seen to stall for minutes.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

const RULE: &str = "wave-on-entity";
const WAVE: &str = "argocd.argoproj.io/sync-wave";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    _: &Context<'_>,
) -> Vec<Finding> {
    if object.annotation(WAVE).is_none() {
        return Vec::new();
    }
    let message = "an entity in a wave waits until all before it is healthy";
    let help = format!("remove the annotation `{WAVE}`: entities need no order");
    vec![
        Finding::new(RULE, Severity::Warning, message)
            .with_help(help)
            .on(object.reference())
            .in_field(FieldPath::of(&["metadata", "annotations", WAVE])),
    ]
}

#[cfg(test)]
mod tests {
    use crate::validate::Reader;
    use crate::validate::rules::fixture;

    #[test]
    fn an_entity_needs_no_wave() {
        fixture::check(
            super::check,
            Reader::Plain,
            "metadata: {annotations: {argocd.argoproj.io/sync-wave: '1'}}",
            &[
                "warning wave-on-entity .metadata.annotations[\"argocd.argoproj.io/sync-wave\"]: an entity in a wave waits until all before it is healthy",
            ],
        );
        fixture::check(super::check, Reader::Plain, "metadata: {name: x}", &[]);
    }
}
