//! `claim-not-allowed`: the operator's policy does not let this application
//! declare the entity.
//!
//! The one finding on an entity that stops a render: a policy that only warns
//! is none. Judged is the identity that the exporter sends: it takes all `"` off
//! the ends (port-k8s-exporter 0.7.9), so that quotes would lead around a claim.

use crate::catalog::{BlueprintId, EntityId, EntityKind};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

/// The rule's id.
pub(crate) const RULE: &str = "claim-not-allowed";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let (Some(claims), Some((blueprint, identifier))) = (context.claims, identity(object)) else {
        return Vec::new();
    };
    if claims.allows(context.claimant, &blueprint, &identifier) {
        return Vec::new();
    }
    let message =
        format!("the policy does not let this application declare `{blueprint}/{identifier}`");
    vec![
        Finding::new(RULE, Severity::Error, message)
            .with_help("ask the operator for a claim, or use an identifier of your own")
            .on(object.reference())
            .in_field(FieldPath::of(&["spec", "identifier"])),
    ]
}

/// What the exporter sends as the entity's identity, unless the catalog refuses it.
fn identity(object: &Object<'_>) -> Option<(BlueprintId, EntityId)> {
    let sent = |field| Some(object.text(&["spec", field])?.trim_matches('"'));
    let blueprint = BlueprintId::parse(sent("blueprint")?).ok()?;
    let identifier = EntityId::parse(sent("identifier")?).ok()?;
    Some((blueprint, identifier))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::catalog::{Claim, Claimant, Claims, Dialect, EntityKind, Pattern};
    use crate::manifest::objects_of;
    use crate::validate::rules::fixture;
    use crate::validate::{Context, Reader};

    #[track_caller]
    fn check_lines(claims: Option<Claims>, expected: &[&str]) {
        check_spec("{blueprint: service, identifier: cart}", claims, expected);
    }

    #[track_caller]
    fn check_spec(spec: &str, claims: Option<Claims>, expected: &[&str]) {
        let text = format!("spec: {spec}");
        let document = fixture::read(&text);
        let object = objects_of(&document)[0];
        let claimant = Claimant::default();
        let context = Context::of_stream(Dialect::Glint, Reader::Plain, claims.as_ref(), &claimant);
        let findings = check(EntityKind::Entity, &object, &context);
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

    #[test]
    fn quotes_lead_around_no_claim() {
        let quoted = r#"{blueprint: '"service', identifier: '"cart""'}"#;
        check_spec(quoted, Some(of("service")), &[]);
        check_spec(
            quoted,
            Some(of("system")),
            &[
                "error claim-not-allowed .spec.identifier: the policy does not let this application declare `service/cart`",
            ],
        );
        // Of what the catalog refuses nothing is delivered.
        check_spec("{blueprint: a b, identifier: c}", Some(of("system")), &[]);
    }
}
