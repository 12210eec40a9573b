//! Comments in a manifest by which its author takes a finding for what it is:
//! `# glint: allow(RULE) reason`.
//!
//! One that is about an object's first line covers all of the object. Invariant:
//! a comment takes away findings of the rules that it names and gives a reason
//! for, and no others; one that takes away nothing is a finding.

use std::collections::BTreeMap;

use super::comment::{Allow, comments};
use super::raised::Raised;
use super::{Application, Stream};
use crate::finding::{Finding, Severity};
use crate::render::source::Sources;
use crate::validate::{Levels, nearest, rule};

/// Takes away what comments allow; adds what is wrong with comments.
pub(super) fn apply(
    applications: &[Application<'_>],
    streams: &[Stream<'_>],
    mut raised: Vec<Raised>,
) -> Vec<Raised> {
    let mut allows: Vec<Allow<'_>> = streams
        .iter()
        .enumerate()
        .flat_map(|(index, stream)| comments(index, stream))
        .collect();
    if allows.is_empty() {
        return raised;
    }
    let by_line = by_line(&allows);
    raised.retain(|it| {
        let levels = &applications[it.application].levels;
        let lines = lines(it, &streams[it.application].sources);
        let near = lines.iter().flatten();
        let near = near.filter_map(|line| by_line.get(&(it.application, it.spot.source, *line)));
        let taking = near
            .flatten()
            .find(|index| allows[**index].takes(it.finding.rule, levels));
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

/// An application, a text of it, and a line of that.
type Line = (usize, usize, usize);

/// The indices of the comments that are about each line.
fn by_line(allows: &[Allow<'_>]) -> BTreeMap<Line, Vec<usize>> {
    let mut by_line: BTreeMap<Line, Vec<usize>> = BTreeMap::new();
    for (index, allow) in allows.iter().enumerate() {
        let line = (allow.application, allow.spot.source, allow.line);
        by_line.entry(line).or_default().push(index);
    }
    by_line
}

/// The lines on which a comment covers a finding: its own, and its object's
/// first.
fn lines(raised: &Raised, sources: &Sources<'_>) -> [Option<usize>; 2] {
    let line = |offset| sources.line(raised.spot.source, offset);
    [Some(line(raised.spot.range.start)), raised.object.map(line)]
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
