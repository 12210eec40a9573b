//! Which entities a stream declares, and every finding on what it holds.
//!
//! Knows which findings stop a render; not what is done to the stream (`plan`).

use super::source::Sources;
use super::survey::{self, Member, Role};
use super::{Options, RenderError};
use crate::catalog::Entity;
use crate::finding::Finding;
use crate::validate::{self, Context};

/// The entities of a stream and every finding on it.
pub(super) struct Judged<'d> {
    pub(super) entities: Vec<(Entity, Member<'d>)>,
    pub(super) findings: Vec<Finding>,
}

/// Judges every object, then the entities together.
///
/// # Errors
/// A finding that stops a render.
pub(super) fn judge<'d>(
    sources: &Sources<'_>,
    members: &[Member<'d>],
    options: &Options,
    mut findings: Vec<Finding>,
) -> Result<Judged<'d>, RenderError> {
    let context = Context::of_stream(
        options.dialect,
        options.host.reader(),
        options.claims.as_ref(),
        &options.claimant,
    );
    let place = |member: &Member<'_>, finding: Finding| {
        let field = finding.field.clone().unwrap_or_default();
        let offset = member.object.offset(&field);
        finding.at(sources.location(member.site, offset))
    };
    let Found {
        entities,
        findings: found,
    } = each(members, &context);
    let placed = found
        .into_iter()
        .map(|(index, finding)| place(&members[index], finding));
    findings.extend(placed);
    let pairs: Vec<_> = entities
        .iter()
        .map(|(entity, index)| (entity, members[*index].object))
        .collect();
    for joint in validate::together(&pairs) {
        let (_, index) = entities[joint.entity];
        findings.push(place(&members[index], joint.finding));
    }
    for (index, finding) in survey::strangers(members, options.dialect) {
        findings.push(finding.at(sources.location(members[index].site, 0)));
    }
    let stops = |finding: &Finding| validate::rule(finding.rule).is_some_and(|rule| rule.stops);
    if findings.iter().any(stops) {
        findings.retain(stops);
        findings.sort_by(|left, right| left.location.cmp(&right.location));
        return Err(RenderError::Stopped(findings));
    }
    let entities = entities.into_iter();
    Ok(Judged {
        entities: entities
            .map(|(entity, index)| (entity, members[index]))
            .collect(),
        findings,
    })
}

/// What is found on the members of a stream, each with the index of its member.
pub(super) struct Found {
    pub(super) entities: Vec<(Entity, usize)>,
    pub(super) findings: Vec<(usize, Finding)>,
}

/// Judges every object by itself.
pub(super) fn each(members: &[Member<'_>], context: &Context<'_>) -> Found {
    let mut entities = Vec::new();
    let mut findings = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let found = match member.role {
            Role::Entity(kind) => {
                let (entity, found) = validate::entity(kind, &member.object, context);
                entities.extend(entity.map(|entity| (entity, index)));
                found
            }
            Role::Crd(_) => validate::crd(&member.object),
            Role::Fragment | Role::Hook | Role::Foreign => Vec::new(),
        };
        findings.extend(found.into_iter().map(|finding| (index, finding)));
    }
    Found { entities, findings }
}
