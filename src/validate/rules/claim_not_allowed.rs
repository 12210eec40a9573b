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

#[cfg(test)]
mod tests {
    use super::check;
    use crate::catalog::{Claim, Claimant, Claims, Dialect, EntityKind, Pattern, parse_entity};
    use crate::manifest::objects_of;
    use crate::validate::rules::fixture;
    use crate::validate::{Context, Reader};

    #[track_caller]
    fn check_lines(claims: Option<Claims>, expected: &[&str]) {
        let document = fixture::read("spec: {blueprint: service, identifier: cart}\n");
        let object = objects_of(&document)[0];
        let (entity, _) = parse_entity(EntityKind::Entity, &object);
        let claimant = Claimant::default();
        let context = Context::of_stream(Dialect::Glint, Reader::Plain, claims.as_ref(), &claimant);
        let entity = entity.expect("the identity is right");
        let findings: Vec<_> = check(&entity, &object, &context).into_iter().collect();
        assert_eq!(fixture::lines(&findings), expected);
    }

    fn of(blueprint: &str) -> Claims {
        Claims(vec![Claim {
            selector: Default::default(),
            blueprints: Some(vec![Pattern::parse(blueprint).unwrap()]),
            identifiers: None,
        }])
    }

    #[test]
    fn what_no_claim_allows_is_an_error() {
        check_lines(None, &[]);
        check_lines(Some(of("serv*")), &[]);
        let refused = "error claim-not-allowed .spec.identifier: the policy does not let this application declare `service/cart`";
        check_lines(Some(of("system")), &[refused]);
        check_lines(Some(Claims(Vec::new())), &[refused]);
    }
}
