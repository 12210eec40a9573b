//! The setting `rules`: how bad the findings of each rule are.
//!
//! The only setting whose sources are merged, rule by rule: what a repository
//! says of one rule and the operator of another both hold. Invariant: a rule that
//! stops a render keeps its severity whatever the repository says.

use std::collections::BTreeMap;

use super::assignment::Assignment;
use super::error::{Problem, SettingsError, listed, quoted};
use super::name;
use super::setting::Source;
use super::value::{self, Raw};
use crate::validate::{Authority, Level, Levels, RULES, Rule, rule};

/// The levels that assignments give, the strongest assignment first.
pub(super) fn levels<'a>(
    assignments: impl DoubleEndedIterator<Item = &'a Assignment>,
) -> Result<Levels, SettingsError> {
    let mut levels = Levels::default();
    for assignment in assignments.rev() {
        let authority = match assignment.origin.source {
            Source::Enforced => Authority::Enforced,
            Source::CommandLine
            | Source::Function
            | Source::Object
            | Source::Parameter
            | Source::ApplicationEnv
            | Source::Host
            | Source::Environment
            | Source::Repository
            | Source::PolicyDefault
            | Source::BuiltIn => Authority::Usual,
        };
        let wrong = |problem| SettingsError::at(&assignment.origin.place, problem);
        let members = value::map(&assignment.raw)
            .map_err(|mismatch| wrong(Problem::takes(assignment.key.setting(), mismatch)))?;
        for (id, word) in &members {
            let (rule, level) = level(id, word).map_err(wrong)?;
            if rule.stops && assignment.origin.source.is_untrusted() {
                return Err(wrong(Problem::Protected { rule: rule.id }));
            }
            levels.set(rule, level, authority);
        }
    }
    Ok(levels)
}

/// What is in force of all assignments, the strongest first.
pub(super) fn merged<'a>(assignments: impl DoubleEndedIterator<Item = &'a Assignment>) -> Raw {
    let maps = assignments.rev().filter_map(|it| value::map(&it.raw).ok());
    Raw::Map(maps.flatten().collect::<BTreeMap<_, _>>())
}

fn level(id: &str, word: &str) -> Result<(&'static Rule, Level), Problem> {
    let rule =
        rule(id).ok_or_else(|| name::unknown("rule", id, RULES.iter().map(|rule| rule.id)))?;
    let level = Level::from_word(word).ok_or_else(|| Problem::Takes {
        name: id.to_owned(),
        takes: listed(&Level::WORDS),
        given: quoted(word),
    })?;
    Ok((rule, level))
}

#[cfg(test)]
mod tests {
    use super::{levels, merged};
    use crate::config::assignment::Assignment;
    use crate::config::setting::{Origin, Source};
    use crate::config::table::Key;
    use crate::config::value::Given;
    use crate::finding::Severity;
    use crate::validate::Level;

    fn assignment(source: Source, line: &str) -> Assignment {
        let given = Given::Line(line.to_owned());
        Assignment::new(Key::Rules, &given, Origin::new(source, "place")).unwrap()
    }

    #[test]
    fn sources_are_merged_and_the_stronger_wins() {
        let all = [
            assignment(Source::Enforced, "wave-on-entity=error"),
            assignment(Source::Repository, "wave-on-entity=off,pruned-field=info"),
        ];
        let levels = levels(all.iter()).unwrap();
        let error = Some(Level::At(Severity::Error));
        assert_eq!(levels.of("wave-on-entity"), error);
        assert_eq!(levels.of("pruned-field"), Some(Level::At(Severity::Info)));
        assert_eq!(levels.of("duplicate-key"), None);
        assert!(levels.is_enforced("wave-on-entity") && !levels.is_enforced("pruned-field"));
        assert_eq!(
            merged(all.iter()).to_line(),
            "pruned-field=info,wave-on-entity=error"
        );
    }

    #[track_caller]
    fn fails(source: Source, line: &str, expected: &str) {
        let error = levels([assignment(source, line)].iter()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn rules_and_levels_are_known_ones() {
        fails(
            Source::CommandLine,
            "wave-on-entities=off",
            "place: no rule is called `wave-on-entities`; did you mean `wave-on-entity`?",
        );
        fails(
            Source::CommandLine,
            "pruned-field=none",
            "place: `pruned-field` takes error, warning, info or off, not `none`",
        );
    }

    #[test]
    fn what_stops_a_render_is_the_operator_s() {
        let protected =
            "place: `claim-not-allowed` stops a render, so that only the operator can change it";
        fails(Source::Repository, "claim-not-allowed=off", protected);
        let operators = assignment(Source::CommandLine, "claim-not-allowed=off");
        let levels = levels([operators].iter()).unwrap();
        assert_eq!(levels.of("claim-not-allowed"), Some(Level::Off));
    }
}
