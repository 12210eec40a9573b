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
    let mut entities = Vec::new();
    for member in members {
        match member.role {
            Role::Entity(kind) => {
                let (entity, found) = validate::entity(kind, &member.object, &context);
                findings.extend(found.into_iter().map(|finding| place(member, finding)));
                entities.extend(entity.map(|entity| (entity, *member)));
            }
            Role::Crd(_) => {
                let found = validate::crd(&member.object);
                findings.extend(found.into_iter().map(|finding| place(member, finding)));
            }
            Role::Fragment | Role::Hook | Role::Foreign => {}
        }
    }
    let pairs: Vec<_> = entities
        .iter()
        .map(|(entity, member)| (entity.clone(), member.object))
        .collect();
    for (index, finding) in validate::together(&pairs) {
        findings.push(place(&entities[index].1, finding));
    }
    for (site, finding) in survey::strangers(members, options.dialect) {
        findings.push(finding.at(sources.location(site, 0)));
    }
    let stops = |finding: &Finding| {
        finding.rule == validate::HOOK_RULE || finding.rule == validate::CLAIM_RULE
    };
    if findings.iter().any(stops) {
        findings.retain(stops);
        findings.sort_by(|left, right| left.location.cmp(&right.location));
        return Err(RenderError::Stopped(findings));
    }
    Ok(Judged { entities, findings })
}
