//! What is wrong with entities and with Glint's CRDs, by rule.
//!
//! Each rule is a file of its own below `rules`. Rules say the object and the
//! field; the place in a file is added by whoever knows the file. Rules judge
//! what an author wrote, never what this program adds.

mod instead;
mod levels;
mod property;
mod registry;
mod rules;
mod scalars;
mod trial;
mod typed;

use crate::catalog::{
    Blueprints, Claimant, Claims, Dialect, Entity, EntityKind, Known, Limits, parse_entity,
};
use crate::finding::{Finding, Severity};
use crate::manifest::Object;

/// Who reads the stream after this program: each reads some texts in its own
/// way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Argo CD, which reads everything twice.
    ArgoCd,
    /// kustomize, in Flux's controllers, and Flux's substitution after it.
    Kustomize,
    /// Helm, kubectl, or whoever reads as they do.
    Plain,
}

/// What the rules must know besides the object.
#[derive(Clone, Debug)]
pub(crate) struct Context<'a> {
    /// Whose entities.
    pub dialect: Dialect,
    /// Who reads the stream next.
    pub reader: Reader,
    /// The operator's claims, `None` where the policy has none.
    pub claims: Option<&'a Claims>,
    /// On whose behalf the stream is rendered.
    pub claimant: &'a Claimant,
    /// The catalog's blueprints, `None` where nobody gave them: then nothing is
    /// held against them.
    pub blueprints: Option<&'a Blueprints>,
    /// Every entity that is declared in this run, in whatever application;
    /// `None` in a render, which sees one application.
    pub declared: Option<&'a Known>,
    /// The entities that a user says exist besides, `None` where he says
    /// nothing.
    pub known: Option<&'a Known>,
    /// How much the catalog's API takes.
    pub limits: Limits,
}

impl<'a> Context<'a> {
    /// What is known where nothing but a stream is: in a render.
    pub(crate) fn of_stream(
        dialect: Dialect,
        reader: Reader,
        claims: Option<&'a Claims>,
        claimant: &'a Claimant,
    ) -> Self {
        Self {
            dialect,
            reader,
            claims,
            claimant,
            blueprints: None,
            declared: None,
            known: None,
            limits: Limits::API,
        }
    }
}

/// Judges one entity object: what it declares, if the catalog would take it,
/// and every finding on it.
pub(crate) fn entity(
    kind: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> (Option<Entity>, Vec<Finding>) {
    // First, because it stops a render and must not be among those left out.
    let mut findings = rules::claim_not_allowed::check(kind, object, context);
    let (entity, of_entity) = parse_entity(kind, object);
    findings.extend(of_entity);
    let checks = [
        rules::duplicate_key::check,
        rules::hook_on_entity::check,
        rules::wave_on_entity::check,
        rules::namespaced_cluster_entity::check,
        rules::pruned_field::check,
        rules::argocd_reading::check,
        rules::kustomize_reading::check,
        rules::substitution::check,
        rules::trimmed_quotes::check,
        rules::entity_too_large::check,
        rules::unknown_blueprint::check,
        rules::unknown_property::check,
        rules::missing_required_property::check,
        property::check,
        rules::unknown_relation::check,
        rules::missing_required_relation::check,
        rules::many_relation::check,
        rules::single_relation::check,
        rules::invalid_relation::check,
        rules::unknown_target::check,
        rules::team_inherited::check,
    ];
    for check in checks {
        findings.extend(check(kind, object, context));
    }
    (entity, shortened(findings, object))
}

/// How many findings one object can have: enough to see what is wrong with it.
const FINDINGS_PER_OBJECT: usize = 100;

/// The worst findings, where there are very many, and how many more there are.
fn shortened(mut findings: Vec<Finding>, object: &Object<'_>) -> Vec<Finding> {
    let more = findings.len().saturating_sub(FINDINGS_PER_OBJECT);
    if more > 0 {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.truncate(FINDINGS_PER_OBJECT);
        let message = format!("{more} more findings on this object are left out");
        findings
            .push(Finding::new("more-findings", Severity::Info, message).on(object.reference()));
    }
    findings
}

/// Judges one of Glint's CRDs that the stream brings.
pub(crate) fn crd(object: &Object<'_>) -> Vec<Finding> {
    let checks = [
        rules::hook_on_crd::check,
        rules::wave_on_crd::check,
        rules::instance_label_on_crd::check,
        rules::namespace_on_crd::check,
    ];
    checks.iter().flat_map(|check| check(object)).collect()
}

/// A finding on one entity because of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Joint {
    /// The index of the entity that it is about.
    pub entity: usize,
    /// What is wrong.
    pub finding: Finding,
    /// The index of the other entity.
    pub other: usize,
}

/// Judges entities together: each with the object that declares it.
pub(crate) fn together(entities: &[(&Entity, Object<'_>)]) -> Vec<Joint> {
    rules::identity_taken::check(entities)
}

pub(crate) use levels::{Authority, Level, Levels};
pub(crate) use registry::{RULES, Rule, nearest, rule};
pub(crate) use rules::claim_not_allowed::RULE as CLAIM_RULE;
pub(crate) use rules::identity_taken::elsewhere;
pub(crate) use rules::mapping_undecodable::finding as undecodable;
pub(crate) use rules::substitution::{SUBSTITUTE, needs_keeping};
pub(crate) use trial::{Trial, config};

#[cfg(test)]
mod tests {
    use super::{CLAIM_RULE, Context, FINDINGS_PER_OBJECT, Reader, entity};
    use crate::catalog::{Claimant, Claims, Dialect, EntityKind};
    use crate::manifest::{Notation, Parsed, objects_of};

    #[test]
    fn many_findings_hide_no_breach_of_the_policy() {
        let wrong: Vec<String> = (0..200).map(|number| format!("'a.{number}': 1")).collect();
        let text = format!(
            "spec: {{blueprint: a, identifier: b, properties: {{{}}}}}",
            wrong.join(", ")
        );
        let document = Parsed::read(text.as_bytes(), Notation::Yaml).unwrap();
        let (claims, claimant) = (Claims::default(), Claimant::default());
        let context = Context::of_stream(Dialect::Glint, Reader::Plain, Some(&claims), &claimant);
        let (_, findings) = entity(EntityKind::Entity, &objects_of(&document)[0], &context);
        let more = 1;
        assert_eq!(findings.len(), FINDINGS_PER_OBJECT + more);
        assert!(findings.iter().any(|finding| finding.rule == CLAIM_RULE));
    }
}
