//! `claim-not-allowed`: the operator's policy does not let this application
//! declare the entity.
//!
//! The one finding on an entity that stops a render: a policy that only warns
//! is none.

use crate::catalog::Entity;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

/// The rule's id.
pub(crate) const RULE: &str = "claim-not-allowed";

pub(in crate::validate) fn check(
    entity: &Entity,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Option<Finding> {
    let claims = context.claims?;
    if claims.allows(context.claimant, &entity.blueprint, &entity.identifier) {
        return None;
    }
    let message = format!(
        "the policy does not let this application declare `{}/{}`",
        entity.blueprint, entity.identifier
    );
    Some(
        Finding::new(RULE, Severity::Error, message)
            .with_help("ask the operator for a claim, or use an identifier of your own")
            .on(object.reference())
            .in_field(FieldPath::of(&["spec", "identifier"])),
    )
}
