//! What `check` does: every finding on several applications in one go, each
//! with the text it points at.
//!
//! Judges as a render does, then as only many applications together, blueprints
//! and comments allow. Not for how findings are written (`output`) nor for what
//! they mean for an exit code. Invariants: nothing is edited; the findings are in
//! the order of their places; no more than [`FINDINGS`] of them.

mod allow;
mod comment;
mod mark;
mod raised;

use super::source::Sources;
use super::survey::{self, Candidate, Member, Role};
use super::{Delivery, Options, Source, judge, scan};
use crate::catalog::{Blueprints, Entity, Known, parse_entity};
use crate::finding::{Finding, Severity};
use crate::manifest::{Location, Parsed, objects_of};
use crate::validate::{self, Context, Level, Levels};
use raised::{Raised, Spot};

pub(crate) use mark::Mark;

/// The most findings that are listed: more can't be read, and code scanning
/// takes no more than a few thousand.
pub(crate) const FINDINGS: usize = 1000;

/// What is deployed together and checked as one: a directory, a file, a stream.
#[derive(Clone, Debug)]
pub(crate) struct Application<'a> {
    /// Its texts.
    pub texts: &'a [Source<'a>],
    /// For whom it is rendered.
    pub options: Options,
    /// The levels that its settings give to rules.
    pub levels: Levels,
    /// The locks of other applications, each with its file's name.
    pub locks: Vec<(&'a str, &'a Known)>,
    /// What is known of its first text otherwise; each finding's field is one of
    /// the text's first document.
    pub findings: Vec<Finding>,
}

/// What is known of the catalog without asking it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CatalogFacts<'a> {
    /// Its blueprints, if somebody gave them.
    pub blueprints: Option<&'a Blueprints>,
    /// The entities that somebody says are there.
    pub known: Option<&'a Known>,
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The findings by file and line; those without a place last.
    pub findings: Vec<Placed>,
    /// All in numbers, also those that are left out.
    pub tally: Tally,
}

/// What was looked at and found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Files, or outputs of a renderer.
    pub texts: usize,
    /// Entities that the catalog could take.
    pub entities: usize,
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity info.
    pub infos: usize,
    /// Findings that are not listed.
    pub left_out: usize,
}

/// A finding and what it points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The finding, with its location.
    pub finding: Finding,
    /// The text at that location.
    pub mark: Option<Mark>,
    /// The file of the chart that the text was rendered from: the location is one
    /// in Helm's output, which is no file.
    pub template: Option<String>,
    /// A second place that it is about.
    pub other: Option<(Location, Option<Mark>)>,
}

/// An application after reading.
struct Stream<'a> {
    sources: Sources<'a>,
    candidates: Vec<Candidate<'a>>,
    /// What can't be read.
    unread: Vec<Raised>,
    /// Whether Helm rendered it.
    of_chart: bool,
}

/// An entity, and where it is declared.
struct Declared<'d> {
    entity: Entity,
    application: usize,
    member: Member<'d>,
}

/// Checks applications.
pub(crate) fn check(applications: &[Application<'_>], facts: CatalogFacts<'_>) -> Checked {
    let numbered = || applications.iter().enumerate();
    let streams: Vec<_> = numbered().map(read).collect();
    let members: Vec<Vec<Member<'_>>> = numbered()
        .map(|(index, it)| survey::members(&streams[index].candidates, it.options.dialect))
        .collect();
    let known = declared(applications, &members);
    let mut raised = Vec::new();
    let mut entities = Vec::new();
    for (index, application) in numbered() {
        let context = Context {
            blueprints: facts.blueprints,
            declared: Some(&known),
            known: facts.known,
            ..application.context()
        };
        let stream = &streams[index];
        raised.extend(given(index, application, &stream.sources));
        let found = judge::each(&members[index], &context);
        raised.extend(stream.unread.iter().cloned());
        let strangers = survey::strangers(&members[index], application.options.dialect);
        for (member, finding) in found.findings.into_iter().chain(strangers) {
            let member = &members[index][member];
            raised.push(Raised::on(index, &stream.sources, member, finding));
        }
        entities.extend(found.entities.into_iter().map(|(entity, member)| Declared {
            entity,
            application: index,
            member: members[index][member],
        }));
    }
    raised.extend(together(applications, &streams, &entities));
    let allowed = allow::apply(applications, &streams, raised);
    let tally = Tally {
        texts: applications.iter().map(|it| it.texts.len()).sum(),
        entities: entities.len(),
        ..Tally::default()
    };
    listed(&streams, levelled(applications, allowed), tally)
}

impl Application<'_> {
    fn context(&self) -> Context<'_> {
        Context::of_stream(
            self.options.dialect,
            self.options.host.reader(),
            self.options.claims.as_ref(),
            &self.options.claimant,
        )
    }

    /// Whether its settings let its entities reach the catalog.
    fn delivers(&self) -> bool {
        match self.options.delivery {
            Delivery::Delivered => true,
            Delivery::Withheld => false,
        }
    }
}

fn read<'a>((index, application): (usize, &Application<'a>)) -> Stream<'a> {
    let (sources, failures) = Sources::split_each(application.texts);
    let suspects = scan::candidates(&sources);
    let sites = suspects.iter().copied();
    let (candidates, unread) = survey::parse(&sources, sites, &suspects, &application.options);
    let unsplit = failures.into_iter().map(|failure| {
        let spot = Spot::new(failure.source, failure.offset..failure.offset);
        let finding = Finding::new("unreadable-stream", Severity::Error, failure.message)
            .with_help("mend the text: nothing in it can be deployed");
        Raised::at(index, spot, finding).unseen()
    });
    let unread = unread.into_iter().map(|unread| {
        let spot = Spot::of_site(&sources, unread.site, unread.offset..unread.offset);
        Raised::at(index, spot, unread.finding)
    });
    Stream {
        unread: unsplit.chain(unread).collect(),
        of_chart: application.options.provenance.renderer.as_deref() == Some("helm"),
        sources,
        candidates,
    }
}

/// What is known of a text before it is checked.
fn given(index: usize, application: &Application<'_>, sources: &Sources<'_>) -> Vec<Raised> {
    let first = application.texts.first().zip(sources.sites().first());
    let Some((text, site)) = first.filter(|_| !application.findings.is_empty()) else {
        return Vec::new();
    };
    let parsed = Parsed::read(&text.text[site.range.clone()], site.notation).ok();
    let objects = parsed.iter().flat_map(|parsed| objects_of(parsed));
    let object = objects.into_iter().next();
    let at = |finding: &Finding| {
        let field = finding.field.clone().unwrap_or_default();
        let span = object.as_ref().map_or(0..0, |object| object.span(&field));
        let spot = Spot::of_site(sources, 0, span);
        Raised::at(index, spot, finding.clone())
    };
    application.findings.iter().map(at).collect()
}

/// Every entity that reaches the catalog from any of the applications.
fn declared(applications: &[Application<'_>], members: &[Vec<Member<'_>>]) -> Known {
    let delivering = std::iter::zip(applications, members).filter(|(it, _)| it.delivers());
    let mut declared = Known::default();
    for member in delivering.flat_map(|(_, members)| members) {
        let Role::Entity(kind) = member.role else {
            continue;
        };
        let (entity, _) = parse_entity(kind, &member.object);
        if let Some(entity) = entity.filter(|entity| entity.delivered) {
            declared.insert(entity.blueprint.as_str(), entity.identifier.as_str());
        }
    }
    declared
}

/// Findings on entities because of others, here or in another's lock.
fn together(
    applications: &[Application<'_>],
    streams: &[Stream<'_>],
    entities: &[Declared<'_>],
) -> Vec<Raised> {
    let mut raised = Vec::new();
    let delivered: Vec<&Declared<'_>> = entities
        .iter()
        .filter(|it| applications[it.application].delivers() && it.entity.delivered)
        .collect();
    let on = |it: &Declared<'_>, finding| {
        let sources = &streams[it.application].sources;
        Raised::on(it.application, sources, &it.member, finding)
    };
    for it in &delivered {
        let locks = &applications[it.application].locks;
        let finding = validate::elsewhere(&it.entity, &it.member.object, locks);
        raised.extend(finding.map(|finding| on(it, finding)));
    }
    let pairs: Vec<_> = delivered
        .iter()
        .map(|it| (&it.entity, it.member.object))
        .collect();
    for joint in validate::together(&pairs) {
        let other = delivered[joint.other];
        let field = joint.finding.field.clone().unwrap_or_default();
        let sources = &streams[other.application].sources;
        let spot = Spot::of_member(sources, &other.member, &field);
        let mut finding = on(delivered[joint.entity], joint.finding);
        finding.other = Some((other.application, spot));
        raised.push(finding);
    }
    raised
}

/// The findings with the severities that settings give them.
fn levelled(applications: &[Application<'_>], mut raised: Vec<Raised>) -> Vec<Raised> {
    raised.retain_mut(|it| {
        let levels = &applications[it.application].levels;
        match levels.of(it.finding.rule) {
            Some(Level::Off) => return false,
            Some(Level::At(severity)) => it.finding.severity = severity,
            None => {}
        }
        true
    });
    raised
}

/// The findings in order, the worst of them where there are too many.
fn listed(streams: &[Stream<'_>], mut raised: Vec<Raised>, mut tally: Tally) -> Checked {
    for it in &raised {
        match it.finding.severity {
            Severity::Error => tally.errors += 1,
            Severity::Warning => tally.warnings += 1,
            Severity::Info => tally.infos += 1,
        }
    }
    tally.left_out = raised.len().saturating_sub(FINDINGS);
    if tally.left_out > 0 {
        raised.sort_by_key(|it| std::cmp::Reverse(it.finding.severity));
        raised.truncate(FINDINGS);
    }
    let placed = raised.into_iter().map(|it| it.placed(streams));
    let mut findings: Vec<Placed> = placed.collect();
    findings.sort_by(|left, right| order(left).cmp(&order(right)));
    Checked { findings, tally }
}

fn order(placed: &Placed) -> impl Ord + '_ {
    let Finding { location, rule, .. } = &placed.finding;
    (location.is_none(), location, *rule)
}
