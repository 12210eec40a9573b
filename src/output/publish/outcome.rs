//! What came of a push, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Outcome, Restored};
use crate::catalog::Identity;
use crate::legible::{counted, visible};
use crate::publish::Lost;

/// How many entities of one line are named.
const NAMED: usize = 20;

/// One line for each thing that came, or did not.
pub(crate) fn outcome(outcome: &Outcome) -> String {
    let Outcome {
        waited,
        expects,
        arrived,
        missing,
        gone,
        stayed,
        kept,
        surprises,
    } = outcome;
    match (expects, waited) {
        (false, _) => {
            return "pushed: the config is live, and no known entity comes or goes by it\n"
                .to_owned();
        }
        (true, false) => {
            return "pushed: the config is live; nobody waited for the exporter, which looks for changes once a minute\n"
                .to_owned();
        }
        (true, true) => {}
    }
    let is_all_there = missing.is_empty() && stayed.is_empty();
    let mut text = String::from(match outcome.is_as_planned() {
        true => "confirmed: ",
        false if is_all_there && !outcome.is_seen() => "not seen: ",
        false => "not as planned: ",
    });
    writeln!(
        text,
        "{} came, {} went",
        counted(*arrived, "entity", "entities"),
        counted(*gone, "entity", "entities")
    )
    .ok();
    if !missing.is_empty() {
        text.push_str(&listed("has not come", "have not come", missing));
    }
    if !stayed.is_empty() {
        text.push_str(&listed("is still there", "are still there", stayed));
        text.push_str(
            "  while one object fails, the exporter deletes nothing: look at the integration's log\n",
        );
    }
    if !kept.is_empty() {
        text.push_str(&listed(
            "was at stake and is still there",
            "were at stake and are still there",
            kept,
        ));
    }
    if is_all_there && !outcome.is_seen() {
        text.push_str(
            "  whether the exporter has taken the config can't be told: it may not run, an object may fail, or all of them are still sent\n",
        );
    }
    if !surprises.is_empty() {
        let surprises: Vec<Identity> = surprises.iter().cloned().collect();
        let (one, many) = (
            "went though it was not planned",
            "went though it was not planned",
        );
        text.push_str(&listed(one, many, &surprises));
    }
    text
}

fn listed(one: &str, many: &str, entities: &[Identity]) -> String {
    let (count, verb) = match entities.len() {
        1 => ("1 entity".to_owned(), one),
        count => (format!("{count} entities"), many),
    };
    let named: Vec<String> = entities.iter().map(ToString::to_string).collect();
    format!("  {count} {verb}: {}\n", names(&named))
}

fn names(all: &[String]) -> String {
    let named: Vec<&str> = all.iter().take(NAMED).map(String::as_str).collect();
    let more = match all.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("{}{more}", visible(&named.join(", ")))
}

/// What a rollback put back, and each loss by name.
pub(crate) fn restored(restored: &Restored) -> String {
    let Restored {
        at_stake,
        returned,
        properties,
        relations,
        losses,
        untouched,
    } = restored;
    if *at_stake == 0 {
        return "nothing was at stake in that push, so nothing is to be put back\n".to_owned();
    }
    let mut text = format!(
        "{returned} of {} back; put back from the backup: {}, {}\n",
        counted(*at_stake, "entity is", "entities are"),
        counted(*properties, "property", "properties"),
        counted(*relations, "relation", "relations")
    );
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for loss in losses {
        let (kind, name) = words(&loss.what, &loss.identity);
        kinds.entry(kind).or_default().push(name);
    }
    if !kinds.is_empty() {
        text.push_str("lost:\n");
    }
    for (kind, names_of) in kinds {
        writeln!(text, "  {kind}: {}", names(&names_of)).ok();
    }
    if !untouched.is_empty() {
        let go = if untouched.len() == 1 {
            "it goes"
        } else {
            "they go"
        };
        let named: Vec<String> = untouched.iter().map(ToString::to_string).collect();
        writeln!(
            text,
            "{} not deleted (so far): if the exporter's resync of that push still runs, {go}; run the same command again when it is over\n  {}",
            counted(untouched.len(), "entity was", "entities were"),
            names(&named)
        )
        .ok();
    }
    text
}

/// The kind of a loss, and what it is of.
fn words(what: &Lost, identity: &Identity) -> (String, String) {
    let of = identity.to_string();
    match what {
        Lost::Entity => (
            "entities that the exporter has not made again".to_owned(),
            of,
        ),
        Lost::History => (
            "date of creation, history and scorecards' results".to_owned(),
            of,
        ),
        Lost::Ownership => (
            "the exporter's ownership, so that no resync will delete it: the catalog made it first, for a relation"
                .to_owned(),
            of,
        ),
        Lost::Property(name) => (
            "properties that their blueprint has no more".to_owned(),
            format!("{of} .properties.{name}"),
        ),
        Lost::Relation(name) => (
            "relations that their blueprint has no more".to_owned(),
            format!("{of} .relations.{name}"),
        ),
        Lost::Pointer(name) => (
            "relations that point elsewhere by now".to_owned(),
            format!("{of} .relations.{name}"),
        ),
        Lost::Refused(why) => (
            "what the catalog did not take back".to_owned(),
            format!("{of} ({why})"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::outcome;
    use crate::catalog::Identity;
    use crate::output::Outcome;

    #[test]
    fn what_stays_though_it_had_to_go_is_told_from_what_might_have_gone() {
        let service = |identifier: &str| Identity {
            blueprint: "service".to_owned(),
            identifier: identifier.to_owned(),
        };
        let mut came = Outcome {
            waited: true,
            expects: true,
            gone: 2,
            kept: vec![service("web")],
            ..Outcome::default()
        };
        assert_eq!(
            outcome(&came),
            "confirmed: 0 entities came, 2 entities went\n  \
             1 entity was at stake and is still there: service/web\n"
        );
        let waited = Outcome {
            gone: 0,
            ..came.clone()
        };
        assert_eq!(
            outcome(&waited),
            "not seen: 0 entities came, 0 entities went\n  \
             1 entity was at stake and is still there: service/web\n  \
             whether the exporter has taken the config can't be told: it may not run, an object \
             may fail, or all of them are still sent\n"
        );
        came.stayed = vec![service("pay"), service("ledger")];
        assert_eq!(
            outcome(&came),
            "not as planned: 0 entities came, 2 entities went\n  \
             2 entities are still there: service/pay, service/ledger\n  \
             while one object fails, the exporter deletes nothing: look at the integration's log\n  \
             1 entity was at stake and is still there: service/web\n"
        );
    }
}
