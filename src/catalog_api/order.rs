//! In which order entities are sent, so that an API that does not know a related
//! entity yet is never told of it: pure.
//!
//! A relation holds an identifier; whose, its blueprint says. Where that is not
//! known, an entity of any blueprint is meant, which orders more than is needed and
//! may see a ring where none is; nothing is left out of an entity for such a one.
//! Invariant: each request is in exactly one step, and the steps have the
//! requests' order in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

/// What relations point at: blueprint and relation, to the target's blueprint.
pub(super) type Targets = BTreeMap<(String, String), String>;

/// Requests that can be sent at the same time, by their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Whatever these relate to was sent before, or is not in the set.
    Free(Vec<usize>),
    /// These relate to each other in a ring, or stand between two rings. The
    /// names are each one's relations that are known to point at others of them.
    Tangled(Vec<(usize, BTreeSet<String>)>),
}

/// The blueprints of entities in a ring: where it matters what relations point at.
pub(super) fn tangled<'a>(steps: &[Step], requests: &'a [(String, Value)]) -> BTreeSet<&'a str> {
    let places = steps.iter().flat_map(|step| match step {
        Step::Free(_) => [].as_slice(),
        Step::Tangled(places) => places,
    });
    places.map(|(at, _)| requests[*at].0.as_str()).collect()
}

/// The steps, the first to be sent first.
pub(super) fn steps(requests: &[(String, Value)], targets: &Targets) -> Vec<Step> {
    let needs = needs(requests, targets);
    let mut needed_by = vec![Vec::new(); requests.len()];
    for (at, needs) in needs.iter().enumerate() {
        for need in needs.keys() {
            needed_by[*need].push(at);
        }
    }
    let mut left: Vec<bool> = vec![true; requests.len()];
    let forward: Vec<Vec<usize>> = needs
        .iter()
        .map(|it| it.keys().copied().collect())
        .collect();
    let first = peel(&forward, &needed_by, &mut left);
    let mut last = peel(&needed_by, &forward, &mut left);
    last.reverse();
    let tangled: Vec<_> = (0..requests.len())
        .filter(|at| left[*at])
        .map(|at| {
            let known =
                |name: &&String| targets.contains_key(&(requests[at].0.clone(), (*name).clone()));
            let within = needs[at].iter().filter(|(need, _)| left[**need]);
            let names = within.flat_map(|(_, names)| names).filter(known);
            (at, names.cloned().collect())
        })
        .collect();
    let free = |steps: Vec<Vec<usize>>| steps.into_iter().map(Step::Free);
    let tangled = (!tangled.is_empty()).then_some(Step::Tangled(tangled));
    free(first).chain(tangled).chain(free(last)).collect()
}

/// Takes away, round by round, what needs nothing that is left.
fn peel(needs: &[Vec<usize>], needed_by: &[Vec<usize>], left: &mut [bool]) -> Vec<Vec<usize>> {
    let open = |at: &usize, left: &[bool]| needs[*at].iter().filter(|need| left[**need]).count();
    let mut waiting: Vec<usize> = (0..needs.len()).map(|at| open(&at, left)).collect();
    let mut round: Vec<usize> = (0..needs.len())
        .filter(|at| left[*at] && waiting[*at] == 0)
        .collect();
    let mut rounds = Vec::new();
    while !round.is_empty() {
        let mut next = Vec::new();
        for at in &round {
            left[*at] = false;
        }
        for freed in round.iter().flat_map(|at| &needed_by[*at]) {
            waiting[*freed] = waiting[*freed].saturating_sub(1);
            if left[*freed] && waiting[*freed] == 0 {
                next.push(*freed);
            }
        }
        next.sort_unstable();
        next.dedup();
        rounds.push(std::mem::replace(&mut round, next));
    }
    rounds
}

/// Of each request those that must be sent before, with the relations' names. A
/// later request for the same entity needs the earlier, so that the last one wins.
fn needs(
    requests: &[(String, Value)],
    targets: &Targets,
) -> Vec<BTreeMap<usize, BTreeSet<String>>> {
    let places = Places::of(requests);
    let mut before: HashMap<(&str, &str), usize> = HashMap::new();
    let mut all = Vec::with_capacity(requests.len());
    for (at, (blueprint, body)) in requests.iter().enumerate() {
        let mut needs: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (relation, identifier) in related(body) {
            let key = (blueprint.clone(), relation.to_owned());
            for need in places.meant(requests, at, identifier, targets.get(&key)) {
                needs.entry(need).or_default().insert(relation.to_owned());
            }
        }
        if let Some(identifier) = body.get("identifier").and_then(Value::as_str)
            && let Some(earlier) = before.insert((blueprint, identifier), at)
        {
            needs.entry(earlier).or_default();
        }
        all.push(needs);
    }
    all
}

/// The requests by their identifiers.
struct Places<'a>(HashMap<&'a str, Vec<usize>>);

impl<'a> Places<'a> {
    fn of(requests: &'a [(String, Value)]) -> Self {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, (_, body)) in requests.iter().enumerate() {
            if let Some(identifier) = body.get("identifier").and_then(Value::as_str) {
                places.entry(identifier).or_default().push(at);
            }
        }
        Self(places)
    }

    /// The requests that a relation of one of them can mean. One that is named
    /// like another blueprint's entity means that one rather than itself.
    fn meant(
        &self,
        requests: &[(String, Value)],
        from: usize,
        identifier: &str,
        target: Option<&String>,
    ) -> Vec<usize> {
        let named = self.0.get(identifier).into_iter().flatten().copied();
        let of_target = |at: &usize| target.is_none_or(|target| requests[*at].0 == *target);
        let mut found: Vec<usize> = named.filter(of_target).collect();
        // An earlier or later request for itself is no other entity.
        let own = |at: &usize| {
            requests[*at].0 == requests[from].0 && is_named(&requests[from].1, identifier)
        };
        if found.iter().any(|at| !own(at)) {
            found.retain(|at| !own(at));
        }
        found
    }
}

fn is_named(body: &Value, identifier: &str) -> bool {
    body.get("identifier").and_then(Value::as_str) == Some(identifier)
}

/// The relations of an entity that hold identifiers, one at a time. One that is a
/// query is the API's to resolve.
fn related(body: &Value) -> impl Iterator<Item = (&str, &str)> {
    let relations = body.get("relations").and_then(Value::as_object);
    relations.into_iter().flatten().flat_map(|(name, value)| {
        let one = value.as_str();
        let many = value.as_array().into_iter().flatten();
        let all = one.into_iter().chain(many.filter_map(Value::as_str));
        all.map(move |identifier| (name.as_str(), identifier))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Step, Targets, steps, tangled};

    /// `service/pay system=shop deps=a,b`.
    fn requests(lines: &[&str]) -> Vec<(String, Value)> {
        lines.iter().map(|line| request(line)).collect()
    }

    fn request(line: &str) -> (String, Value) {
        let mut words = line.split(' ');
        let (blueprint, identifier) = words.next().unwrap().split_once('/').unwrap();
        let relations: serde_json::Map<_, _> = words
            .map(|word| {
                let (name, value) = word.split_once('=').unwrap();
                let value = match value.split_once(',') {
                    Some(_) => value.split(',').collect(),
                    None => Value::from(value),
                };
                (name.to_owned(), value)
            })
            .collect();
        let body = json!({"identifier": identifier, "relations": relations});
        (blueprint.to_owned(), body)
    }

    #[track_caller]
    fn check(lines: &[&str], targets: &[(&str, &str, &str)], expected: &str) {
        let targets: Targets = targets
            .iter()
            .map(|(blueprint, relation, target)| {
                let key = ((*blueprint).to_owned(), (*relation).to_owned());
                (key, (*target).to_owned())
            })
            .collect();
        let name = |at: &usize| lines[*at].split(' ').next().unwrap();
        let shown: Vec<String> = steps(&requests(lines), &targets)
            .iter()
            .map(|step| match step {
                Step::Free(places) => places.iter().map(name).collect::<Vec<_>>().join(" "),
                Step::Tangled(places) => {
                    let one = |(at, names): &(usize, _)| format!("{}{names:?}", name(at));
                    format!("({})", places.iter().map(one).collect::<Vec<_>>().join(" "))
                }
            })
            .collect();
        assert_eq!(shown.join(" | "), expected);
    }

    #[test]
    fn what_is_related_to_goes_first() {
        check(
            &["s/pay system=shop", "s/web", "y/shop"],
            &[],
            "s/web y/shop | s/pay",
        );
        check(&["s/a r=b", "s/b r=c", "s/c"], &[], "s/c | s/b | s/a");
        check(&["s/a r=b,c", "s/b r=c", "s/c"], &[], "s/c | s/b | s/a");
        check(&["s/a r=elsewhere"], &[], "s/a");
        check(&[], &[], "");
    }

    #[test]
    fn a_ring_is_sent_together_between_what_it_needs_and_what_needs_it() {
        let lines = ["s/a r=b", "s/b r=a q=x", "s/c r=a", "s/x"];
        check(&lines, &[], "s/x | (s/a{} s/b{}) | s/c");
        check(
            &lines,
            &[("s", "r", "s"), ("s", "q", "s")],
            "s/x | (s/a{\"r\"} s/b{\"r\"}) | s/c",
        );
        check(&["s/a r=a"], &[("s", "r", "s")], "(s/a{\"r\"})");
    }

    #[test]
    fn a_namesake_of_another_blueprint_is_meant_rather_than_itself() {
        check(&["s/pay r=pay", "y/pay"], &[], "y/pay | s/pay");
    }

    #[test]
    fn a_relations_target_tells_namesakes_apart() {
        let lines = ["s/pay system=pay", "y/pay owner=pay", "t/pay"];
        check(&lines, &[], "t/pay | (s/pay{} y/pay{})");
        let found = tangled(
            &steps(&requests(&lines), &Targets::new()),
            &requests(&lines),
        )
        .len();
        assert_eq!(found, 2);
        let targets = [("s", "system", "y"), ("y", "owner", "t")];
        check(&lines, &targets, "t/pay | y/pay | s/pay");
        check(&["s/a r=a"], &[("s", "r", "y")], "s/a");
    }

    #[test]
    fn of_two_requests_for_one_entity_the_last_wins() {
        check(&["s/a", "s/b", "s/a"], &[], "s/a s/b | s/a");
    }

    #[test]
    fn a_query_and_null_are_no_identifiers() {
        let body = json!({"identifier": {"combinator": "and"}, "relations":
            {"a": null, "b": {"combinator": "and"}, "c": [null, 1, {}]}});
        let requests = [("s".to_owned(), body)];
        assert_eq!(steps(&requests, &Targets::new()), [Step::Free(vec![0])]);
    }

    #[test]
    fn a_long_chain_is_no_deep_recursion() {
        let lines: Vec<String> = (0..20_000)
            .map(|at| format!("s/{at} r={}", at + 1))
            .collect();
        let requests: Vec<_> = lines.iter().map(|line| request(line)).collect();
        assert_eq!(steps(&requests, &Targets::new()).len(), 20_000);
    }
}
