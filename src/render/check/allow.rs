//! Comments in a manifest by which its author takes a finding for what it is:
//! `# glint: allow(RULE) reason`.
//!
//! One stands behind a field or an object's first line, or alone in the lines
//! above; on an object it covers all of the object. What is only text in a
//! scalar is no comment, and JSON has none. Invariant: a comment takes away
//! findings of the rules that it names and gives a reason for, and no others;
//! one that takes away nothing is a finding.

use std::collections::BTreeMap;

use memchr::memmem;

use super::raised::{Raised, Spot};
use super::{Application, Stream};
use crate::finding::{Finding, Severity};
use crate::manifest::{NodeKind, Notation, Parsed};
use crate::validate::{Levels, nearest, rule};

/// What a comment begins with, behind its `#` and blanks.
const OPENING: &str = "glint: allow(";

/// A comment and what it covers.
struct Allow<'t> {
    /// The application and text that it stands in.
    application: usize,
    spot: Spot,
    /// The rules that it names.
    rules: Vec<&'t str>,
    /// Whether it gives a reason.
    reasoned: bool,
    /// The line that it is about.
    line: usize,
    /// Whether it took something away.
    used: bool,
}

/// Takes away what comments allow; adds what is wrong with comments.
pub(super) fn apply(
    applications: &[Application<'_>],
    streams: &[Stream<'_>],
    mut raised: Vec<Raised>,
) -> Vec<Raised> {
    let mut allows: Vec<Allow<'_>> = streams
        .iter()
        .enumerate()
        .flat_map(|(index, stream)| of_stream(index, stream))
        .collect();
    if allows.is_empty() {
        return raised;
    }
    let mut by_line: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, allow) in allows.iter().enumerate() {
        let place = (allow.application, allow.spot.source, allow.line);
        by_line.entry(place).or_default().push(index);
    }
    raised.retain(|it| {
        let Raised {
            application,
            spot,
            object,
            finding,
            ..
        } = it;
        let sources = &streams[*application].sources;
        let line = |offset| sources.line(spot.source, offset);
        let lines = [Some(line(spot.range.start)), object.map(line)];
        let levels = &applications[*application].levels;
        let at = lines.iter().flatten();
        let near = at.filter_map(|line| by_line.get(&(*application, spot.source, *line)));
        let taking = near
            .flatten()
            .find(|index| allows[**index].takes(finding.rule, levels));
        if let Some(index) = taking {
            allows[*index].used = true;
        }
        taking.is_none()
    });
    for allow in &allows {
        let levels = &applications[allow.application].levels;
        let findings = allow.findings(levels).into_iter();
        raised.extend(
            findings.map(|finding| Raised::at(allow.application, allow.spot.clone(), finding)),
        );
    }
    raised
}

/// Whether no comment may take away a rule's findings.
fn is_fixed(id: &str, levels: &Levels) -> bool {
    levels.is_enforced(id) || rule(id).is_some_and(|rule| rule.stops)
}

impl Allow<'_> {
    fn takes(&self, rule: &str, levels: &Levels) -> bool {
        self.reasoned && self.rules.contains(&rule) && !is_fixed(rule, levels)
    }

    /// What is wrong with the comment itself.
    fn findings(&self, levels: &Levels) -> Vec<Finding> {
        let mut findings = Vec::new();
        for id in self.rules.iter().filter(|id| rule(id).is_none()) {
            findings.push(unknown(id));
        }
        for id in self.rules.iter().filter(|id| is_fixed(id, levels)) {
            findings.push(refused(id));
        }
        if !self.reasoned {
            let message = "a comment that allows something has to say why, so it allows nothing";
            findings.push(
                Finding::new("allow-without-reason", Severity::Warning, message)
                    .with_help("write the reason behind it: `# glint: allow(RULE) reason`"),
            );
        }
        if findings.is_empty() && !self.used {
            let message = format!("nothing to allow here: no `{}`", self.rules.join("`, `"));
            findings.push(
                Finding::new("allow-unused", Severity::Info, message)
                    .with_help("remove the comment, or put it right above the field"),
            );
        }
        findings
    }
}

fn unknown(id: &str) -> Finding {
    let message = format!("no rule is called `{id}`");
    let help = match nearest(id) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`glint-gitops explain` lists all rules".to_owned(),
    };
    Finding::new("allow-unknown-rule", Severity::Warning, message).with_help(help)
}

fn refused(id: &str) -> Finding {
    let why = match rule(id).is_some_and(|rule| rule.stops) {
        true => "it stops a render",
        false => "the policy enforces it",
    };
    let message = format!("`{id}` can't be allowed by a comment: {why}");
    Finding::new("allow-refused", Severity::Warning, message)
        .with_help("mend what it finds, or ask the operator")
}

fn of_stream<'s>(application: usize, stream: &'s Stream<'_>) -> Vec<Allow<'s>> {
    let mut allows = Vec::new();
    let yaml = |parsed: &Parsed<'_>| parsed.tree().notation() == Notation::Yaml;
    for candidate in stream.candidates.iter().filter(|it| yaml(&it.parsed)) {
        let text = candidate.parsed.text();
        for opening in memmem::find_iter(text.as_bytes(), OPENING) {
            let Some(comment) = comment(&candidate.parsed, opening) else {
                continue;
            };
            let Some((names, reason)) = text[opening + OPENING.len()..comment.end].split_once(')')
            else {
                continue;
            };
            let about = about(text, comment.start);
            let spot = Spot::of_site(&stream.sources, candidate.site, comment);
            let about = Spot::of_site(&stream.sources, candidate.site, about..about);
            allows.push(Allow {
                application,
                spot,
                rules: names.split(',').map(str::trim).collect(),
                reasoned: !reason.trim().is_empty(),
                line: stream.sources.line(about.source, about.range.start),
                used: false,
            });
        }
    }
    allows
}

/// The bytes of the comment whose text begins at `opening`, if it is one.
fn comment(parsed: &Parsed<'_>, opening: usize) -> Option<std::ops::Range<usize>> {
    let text = parsed.text();
    let start = text[..opening].trim_end_matches([' ', '\t']).len();
    let start = start
        .checked_sub(1)
        .filter(|at| text[*at..].starts_with('#'))?;
    // A `#` within a word is none either.
    if !text[..start].is_empty() && !text[..start].ends_with([' ', '\t', '\n', '\r']) {
        return None;
    }
    let in_scalar = parsed
        .tree()
        .nodes()
        .iter()
        .any(|node| matches!(node.kind, NodeKind::Scalar { .. }) && node.span.contains(&start));
    let end = text[start..].find('\n').map_or(text.len(), |it| start + it);
    (!in_scalar).then(|| start..start + text[start..end].trim_end().len())
}

/// The byte that a comment is about: what stands before it in its line, or the
/// first line below that is no comment.
fn about(text: &str, start: usize) -> usize {
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    if !text[line..start].trim().is_empty() {
        return line;
    }
    let mut at = start;
    while let Some(end) = text[at..].find('\n') {
        at += end + 1;
        if !text[at..].trim_start_matches([' ', '\t']).starts_with('#') {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use crate::catalog::Claimant;
    use crate::exporter::Style;
    use crate::render::check::{Application, CatalogFacts, Checked, check};
    use crate::render::{
        ClusterKinds, CrdPolicy, Delivery, Emptiness, Host, MappingPlacement, Options, Provenance,
        Source, SourceFormat,
    };
    use crate::validate::Levels;

    fn options() -> Options {
        Options {
            dialect: crate::catalog::Dialect::Glint,
            host: Host::Pipe,
            crds: CrdPolicy::Never,
            cluster: ClusterKinds::Unknown,
            provenance: Provenance::default(),
            delivery: Delivery::Delivered,
            mapping: MappingPlacement::None,
            style: Style::Generic,
            claims: None,
            claimant: Claimant::default(),
            emptiness: Emptiness::Allowed,
        }
    }

    fn checked(texts: &[Source<'_>]) -> Checked {
        let application = Application {
            texts,
            options: options(),
            levels: Levels::default(),
            locks: Vec::new(),
            findings: Vec::new(),
        };
        let facts = CatalogFacts {
            blueprints: None,
            known: None,
        };
        check(&[application], facts)
    }

    /// Checks the lines and rules that are left of a stream.
    #[track_caller]
    fn left(text: &str, expected: &[&str]) {
        let texts = [Source {
            name: "a.yaml",
            text: text.as_bytes(),
            format: SourceFormat::Stream,
        }];
        let checked = checked(&texts);
        let lines = checked.findings.iter().map(|placed| {
            let line = placed.finding.location.as_ref().map_or(0, |it| it.line);
            format!("{line} {}", placed.finding.rule)
        });
        assert_eq!(lines.collect::<Vec<_>>(), expected, "{text}");
    }

    /// An entity with one field too many, in line 8.
    fn entity(before: &str, above: &str, behind: &str) -> String {
        format!(
            "{before}apiVersion: glint.io/v1\nkind: Entity\nmetadata: {{name: x}}\nspec:\n  blueprint: b\n  identifier: i\n{above}  title: X{behind}\n"
        )
    }

    #[test]
    fn a_comment_takes_away_what_it_names_where_it_stands() {
        left(&entity("", "", ""), &["7 pruned-field"]);
        left(&entity("", "", "  # glint: allow(pruned-field) old"), &[]);
        left(&entity("", "  # glint: allow(pruned-field) old\n", ""), &[]);
        left(&entity("# glint: allow(pruned-field) old\n", "", ""), &[]);
        left(
            &entity(
                "",
                "  #glint: allow(wave-on-entity, pruned-field) old\n  # more\n",
                "",
            ),
            &[],
        );
    }

    #[test]
    fn a_comment_elsewhere_takes_away_nothing_and_says_so() {
        left(
            &entity("# glint: allow(wave-on-entity) x\n", "", ""),
            &["1 allow-unused", "8 pruned-field"],
        );
        left(
            &entity("", "", "\n  # glint: allow(pruned-field) below"),
            &["7 pruned-field", "8 allow-unused"],
        );
    }

    #[test]
    fn a_comment_needs_a_rule_and_a_reason() {
        left(
            &entity("", "", " # glint: allow(pruned-field)"),
            &["7 pruned-field", "7 allow-without-reason"],
        );
        left(
            &entity("", "", " # glint: allow(pruned-fields) x"),
            &["7 pruned-field", "7 allow-unknown-rule"],
        );
        left(
            &entity("# glint: allow(claim-not-allowed) x\n", "", ""),
            &["1 allow-refused", "8 pruned-field"],
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_checked(text in "(([-:{}\\[\\], '\"|>#&*a1ü~]|\n  |# glint: allow\\(|pruned-field|\\) x|\r\n|---\n){0,30})") {
            let text = format!("apiVersion: glint.io/v1\nkind: Entity\nspec:\n  a: {text}");
            let texts = [Source { name: "a", text: text.as_bytes(), format: SourceFormat::Stream }];
            checked(&texts);
        }
    }

    #[test]
    fn text_is_no_comment() {
        left(
            &entity("", "  icon: '# glint: allow(pruned-field) x'\n", ""),
            &["7 pruned-field", "8 pruned-field"],
        );
    }
}
